// SPDX-License-Identifier: EUPL-1.2

package deed

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
)

// Witnessed is a checkpoint with the certificates to verify it (DER, leaf first).
type Witnessed struct {
	Checkpoint *Checkpoint
	Chain      [][]byte
}

// Equivocation is a proof that the keeper of a feed told two stories: two
// checkpoints of one dossier that can't both be of one chain. It needs nothing
// else to be verified, so whoever finds one can show it to everybody.
type Equivocation struct {
	First, Second Witnessed
	// Entries lead from the first checkpoint's number to the second one's, in the
	// second one's story. Empty when both have the same number.
	Entries []Entry
}

// FindEquivocation compares two checkpoints of one dossier. Entries are those of
// the later story that follow on the earlier number, as a peer got them from the
// feed; they don't matter when the numbers are equal. Without a contradiction it
// gives nil; so it does when the entries don't lead to the later checkpoint.
func FindEquivocation(a, b Witnessed, entries []Entry) *Equivocation {
	if a.Checkpoint.Number > b.Checkpoint.Number {
		a, b = b, a
	}
	if a.Checkpoint.Number == b.Checkpoint.Number {
		entries = nil
	}
	e := &Equivocation{First: a, Second: b, Entries: slices.Clone(entries)}
	if e.contradicts() != nil {
		return nil
	}
	return e
}

// contradicts checks that no single chain can have both checkpoints.
func (e *Equivocation) contradicts() error {
	a, b := e.First.Checkpoint, e.Second.Checkpoint
	if a.Dossier != b.Dossier {
		return fault(CodeFeed, "", "checkpoints are about different dossiers")
	}
	if a.Number == b.Number {
		if len(e.Entries) > 0 || a.Head == b.Head {
			return fault(CodeFeed, "", "checkpoints agree")
		}
		return nil
	}
	if len(e.Entries) == 0 || int64(len(e.Entries)) != b.Number-a.Number {
		return fault(CodeFeed, "entries", "don't lead from the one checkpoint to the other")
	}
	// In the second story this is the head at the first one's number.
	told := Head{Dossier: b.Dossier, Number: a.Number, Hash: e.Entries[0].Previous}
	head, err := told.Extend(e.Entries...)
	if err != nil {
		return err
	}
	switch {
	case head.Number != b.Number || head.Hash != b.Head:
		return fault(CodeFeed, "entries", "don't lead to the second checkpoint")
	case told.Hash == a.Head:
		return fault(CodeFeed, "", "checkpoints agree")
	}
	return nil
}

// Verify checks the proof and tells which organisation it is about: both
// checkpoints are signed by it, and they contradict each other.
func (e *Equivocation) Verify(group fsc.GroupID, a Authority) (fsc.PeerID, error) {
	if err := e.contradicts(); err != nil {
		return "", err
	}
	first, err := e.First.Checkpoint.Keeper(group, e.First.Chain, a)
	if err != nil {
		return "", named("first", err)
	}
	second, err := e.Second.Checkpoint.Keeper(group, e.Second.Chain, a)
	if err != nil {
		return "", named("second", err)
	}
	if first != second {
		return "", fault(CodeFeed, "", "checkpoints were signed by different organisations")
	}
	return first, nil
}

type wireWitnessed struct {
	Checkpoint string   `json:"checkpoint"`
	Chain      [][]byte `json:"chain"`
}

type wireEquivocation struct {
	First   *wireWitnessed   `json:"first"`
	Second  *wireWitnessed   `json:"second"`
	Entries []jsontext.Value `json:"entries"`
}

// Raw gives the proof in canonical form, to send to others.
func (e *Equivocation) Raw() ([]byte, error) {
	w := wireEquivocation{
		First:   &wireWitnessed{Checkpoint: e.First.Checkpoint.JWS, Chain: e.First.Chain},
		Second:  &wireWitnessed{Checkpoint: e.Second.Checkpoint.JWS, Chain: e.Second.Chain},
		Entries: []jsontext.Value{},
	}
	for i := range e.Entries {
		raw, err := e.Entries[i].Raw()
		if err != nil {
			return nil, err
		}
		w.Entries = append(w.Entries, raw)
	}
	return marshalCanonical(w)
}

// ParseEquivocation reads a proof strictly. [Equivocation.Verify] tells whether
// it proves anything.
func ParseEquivocation(raw []byte) (*Equivocation, error) {
	if len(raw) > MaxDossierBytes {
		return nil, fault(CodeLimit, "", "proof is larger than %d bytes", MaxDossierBytes)
	}
	var w wireEquivocation
	if err := Unmarshal(raw, &w); err != nil {
		return nil, err
	}
	if w.First == nil || w.Second == nil || w.Entries == nil {
		return nil, fault(CodeMalformed, "", "a proof needs first, second and entries")
	}
	first, err := w.First.witnessed()
	if err != nil {
		return nil, err
	}
	second, err := w.Second.witnessed()
	if err != nil {
		return nil, err
	}
	entries, err := parseEntries(w.Entries)
	if err != nil {
		return nil, err
	}
	return &Equivocation{First: first, Second: second, Entries: entries}, nil
}

func (w *wireWitnessed) witnessed() (Witnessed, error) {
	c, err := ParseCheckpoint(w.Checkpoint)
	if err != nil {
		return Witnessed{}, err
	}
	return Witnessed{Checkpoint: c, Chain: w.Chain}, checkChain(w.Chain)
}

func parseEntries(raws []jsontext.Value) ([]Entry, error) {
	if len(raws) > MaxEntries {
		return nil, fault(CodeLimit, "entries", "are %d; at most %d are accepted", len(raws), MaxEntries)
	}
	entries := make([]Entry, 0, len(raws))
	for i, raw := range raws {
		e, err := ParseEntry(raw)
		if err != nil {
			return nil, named(at("entries", i, ""), err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}
