// SPDX-License-Identifier: EUPL-1.2

package deed

import (
	"cmp"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
)

const (
	dossierFormat  = "collective-dossier"
	dossierVersion = 1
)

// Dossier is everything about one matter in one file: deeds, signatures, the
// certificates they need and the feed with its checkpoints. Nothing in it may be
// trusted before [Verify].
type Dossier struct {
	Root        Hash // the deed that founds it
	Deeds       []*Content
	Signatures  []*Signature
	Chains      [][][]byte // certificates, DER, leaf first
	Entries     []Entry
	Checkpoints []*Checkpoint
	// Withheld are deeds and signatures that the feed received and that whoever made
	// this file left out on purpose: the file is an excerpt. Sorted.
	Withheld []Hash
}

type wireDossier struct {
	Format       string           `json:"format"`
	Version      int              `json:"version"`
	Dossier      Hash             `json:"dossier"`
	Deeds        []jsontext.Value `json:"deeds"`
	Signatures   []string         `json:"signatures"`
	Certificates [][][]byte       `json:"certificates"`
	Entries      []jsontext.Value `json:"entries"`
	Checkpoints  []string         `json:"checkpoints"`
	Withheld     []Hash           `json:"withheld,omitzero"`
}

// ParseDossier reads a dossier strictly: its form, its limits, and each thing in
// it once.
func ParseDossier(raw []byte) (*Dossier, error) {
	if len(raw) > MaxDossierBytes {
		return nil, fault(CodeLimit, "", "dossier is larger than %d bytes", MaxDossierBytes)
	}
	var w wireDossier
	if err := fsc.UnmarshalStrict(raw, &w); err != nil {
		return nil, jsonFault(err)
	}
	if err := w.check(); err != nil {
		return nil, err
	}
	d := &Dossier{Root: w.Dossier, Chains: w.Certificates, Withheld: w.Withheld}
	var err error
	if d.Deeds, err = parseList("deeds", w.Deeds, func(v jsontext.Value) (*Content, error) { return Parse(v) }); err != nil {
		return nil, err
	}
	if d.Signatures, err = parseList("signatures", w.Signatures, ParseSignature); err != nil {
		return nil, err
	}
	if d.Checkpoints, err = parseList("checkpoints", w.Checkpoints, ParseCheckpoint); err != nil {
		return nil, err
	}
	if d.Entries, err = parseEntries(w.Entries); err != nil {
		return nil, err
	}
	if err := d.checkOnce(); err != nil {
		return nil, err
	}
	return d, nil
}

func (w *wireDossier) check() error {
	switch {
	case w.Format != dossierFormat || w.Version != dossierVersion:
		return fault(CodeMalformed, "format", "must be %s, version %d", dossierFormat, dossierVersion)
	case w.Deeds == nil || w.Signatures == nil || w.Certificates == nil || w.Entries == nil || w.Checkpoints == nil:
		return fault(CodeMalformed, "", "a dossier needs deeds, signatures, certificates, entries and checkpoints")
	}
	for _, l := range []struct {
		name   string
		n, max int
	}{
		{"deeds", len(w.Deeds), MaxDossierDeeds},
		{"signatures", len(w.Signatures), MaxDossierActs},
		{"certificates", len(w.Certificates), MaxDossierChains},
		{"checkpoints", len(w.Checkpoints), MaxCheckpoints},
		{"withheld", len(w.Withheld), MaxEntries},
	} {
		if l.n > l.max {
			return fault(CodeLimit, l.name, "are %d; at most %d are accepted", l.n, l.max)
		}
	}
	if _, err := w.Dossier.Type(); err != nil {
		return named("dossier", err)
	}
	for i, chain := range w.Certificates {
		if err := checkChain(chain); err != nil {
			return named(at("certificates", i, ""), err)
		}
	}
	return nil
}

func parseList[From, To any](list string, in []From, parse func(From) (To, error)) ([]To, error) {
	out := make([]To, 0, len(in))
	for i, v := range in {
		x, err := parse(v)
		if err != nil {
			return nil, named(at(list, i, fieldOf(err)), err)
		}
		out = append(out, x)
	}
	return out, nil
}

// checkOnce refuses what stands there twice: an export has no doubles, so a
// double is a mistake or a trick.
func (d *Dossier) checkOnce() error {
	perDeed, perSigner := map[Hash]int{}, map[string]int{}
	seen := map[string]bool{}
	twice := func(kind, key string) bool {
		key = kind + key
		was := seen[key]
		seen[key] = true
		return was
	}
	for i, c := range d.Deeds {
		if twice("deed", string(c.hash)) {
			return fault(CodeDuplicate, at("deeds", i, ""), "stands there twice")
		}
	}
	for i, s := range d.Signatures {
		perDeed[s.DeedHash]++
		perSigner[string(s.DeedHash)+s.CertificateThumbprint]++
		switch {
		case twice("signature", s.JWS):
			return fault(CodeDuplicate, at("signatures", i, ""), "stands there twice")
		case perDeed[s.DeedHash] > MaxSignatures:
			return fault(CodeLimit, at("signatures", i, ""), "is one too many: a deed has at most %d", MaxSignatures)
		case perSigner[string(s.DeedHash)+s.CertificateThumbprint] > MaxPerSigner:
			return fault(CodeLimit, at("signatures", i, ""), "is one too many: a certificate signs a deed at most %d times", MaxPerSigner)
		}
	}
	for i, chain := range d.Chains {
		if twice("certificate", fsc.CertificateThumbprint(chain[0])) {
			return fault(CodeDuplicate, at("certificates", i, ""), "stands there twice")
		}
	}
	for i, h := range d.Withheld {
		if twice("withheld", string(h)) {
			return fault(CodeDuplicate, at("withheld", i, ""), "stands there twice")
		}
	}
	for i, c := range d.Checkpoints {
		if twice("checkpoint", c.JWS) {
			return fault(CodeDuplicate, at("checkpoints", i, ""), "stands there twice")
		}
	}
	return nil
}

// Raw writes the dossier down in canonical form: the same dossier gives the same
// bytes, whatever the order it was collected in.
func (d *Dossier) Raw() ([]byte, error) {
	w := wireDossier{
		Format: dossierFormat, Version: dossierVersion, Dossier: d.Root, Certificates: append([][][]byte{}, d.Chains...),
		Deeds: []jsontext.Value{}, Signatures: []string{}, Entries: []jsontext.Value{}, Checkpoints: []string{},
	}
	for _, c := range slices.SortedFunc(slices.Values(d.Deeds), func(a, b *Content) int { return cmp.Compare(a.hash, b.hash) }) {
		w.Deeds = append(w.Deeds, c.raw)
	}
	for _, s := range d.Signatures {
		w.Signatures = append(w.Signatures, s.JWS)
	}
	slices.Sort(w.Signatures)
	w.Withheld = slices.Sorted(slices.Values(d.Withheld))
	slices.SortFunc(w.Certificates, func(a, b [][]byte) int {
		return cmp.Compare(fsc.CertificateThumbprint(a[0]), fsc.CertificateThumbprint(b[0]))
	})
	for _, e := range slices.SortedFunc(slices.Values(d.Entries), func(a, b Entry) int { return cmp.Compare(a.Number, b.Number) }) {
		raw, err := e.Raw()
		if err != nil {
			return nil, err
		}
		w.Entries = append(w.Entries, raw)
	}
	for _, c := range slices.SortedFunc(slices.Values(d.Checkpoints), func(a, b *Checkpoint) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.JWS, b.JWS))
	}) {
		w.Checkpoints = append(w.Checkpoints, c.JWS)
	}
	raw, err := json.Marshal(w)
	if err != nil {
		return nil, jsonFault(err)
	}
	out, err := fsc.Canonicalize(raw)
	if err != nil {
		return nil, jsonFault(err)
	}
	return out, nil
}

// Excerpt gives the part of a dossier with the deeds that keep chooses, among
// them the founding one, with their signatures; the rest is named as withheld.
// What the feed has not received is left out without a word: nobody can tell that
// it exists.
func (d *Dossier) Excerpt(keep func(*Content) bool) *Dossier {
	out := &Dossier{Root: d.Root, Entries: d.Entries, Checkpoints: d.Checkpoints, Withheld: slices.Clone(d.Withheld)}
	shown, needed, received := map[Hash]bool{}, map[string]bool{}, map[Hash]bool{}
	for i := range d.Entries {
		received[d.Entries[i].Subject] = true
	}
	for _, c := range d.Deeds {
		if c.hash == d.Root || received[c.hash] && keep(c) {
			out.Deeds = append(out.Deeds, c)
			shown[c.hash] = true
		}
	}
	for _, s := range d.Signatures {
		if h := s.Hash(); received[h] && shown[s.DeedHash] {
			out.Signatures = append(out.Signatures, s)
			shown[h], needed[s.CertificateThumbprint] = true, true
		}
	}
	for h := range received {
		if !shown[h] && !slices.Contains(d.Withheld, h) {
			out.Withheld = append(out.Withheld, h)
		}
	}
	for _, c := range d.Checkpoints {
		needed[c.CertificateThumbprint] = true
	}
	for _, chain := range d.Chains {
		if needed[fsc.CertificateThumbprint(chain[0])] {
			out.Chains = append(out.Chains, chain)
		}
	}
	return out
}
