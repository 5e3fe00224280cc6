// SPDX-License-Identifier: EUPL-1.2

package deed

import (
	"cmp"
	"slices"

	"github.com/samenspel/samenspel/fsc"
)

// Finding is something in a dossier that didn't hold. What it is about is left
// out of the report's deeds, signatures and receipts.
type Finding struct {
	Code Code
	// Subject is the deed or signature in question; empty for a checkpoint or the feed.
	Subject Hash
	Detail  string
}

// Report is what can be known of a dossier without asking anybody.
type Report struct {
	Root    Hash
	GroupID fsc.GroupID
	// Keeper is the secretariat of the dossier; empty when it has none, and then
	// there are no receipts.
	Keeper fsc.PeerID
	Deeds  []*Content
	// Signed are the signatures that hold, those with a receipt first, in the order
	// of the feed.
	Signed []Signed
	// Received has the receipt of each deed that has one.
	Received map[Hash]Receipt
	// Covered is how far a checkpoint of the keeper vouches for the feed, and
	// CheckpointAt when it was signed, in Unix seconds.
	Covered      Head
	CheckpointAt int64
	// Withheld are deeds and signatures that the feed received and that the file
	// leaves out: confidential deeds, from which no other deed follows, and what the
	// file says it leaves out. What those would change isn't known.
	Withheld []Hash
	// Missing are parents and mandates that the file names and doesn't have.
	Missing       []Hash
	Findings      []Finding
	Equivocations []*Equivocation
}

// Sound tells whether everything in the dossier held and the keeper told one
// story. Deeds that are [Report.Missing] don't make it unsound: they may stand
// in another dossier. Nor do those that are [Report.Withheld], but whoever reads
// an excerpt has to know it is one.
func (r *Report) Sound() bool { return len(r.Findings) == 0 && len(r.Equivocations) == 0 }

// Verify checks a dossier in a file against trust anchors, and nothing else: no
// server, no clock. A file that can't be read gives an error; whatever doesn't
// hold in a file that can gives a finding.
func Verify(raw []byte, a Authority) (*Report, error) {
	d, err := ParseDossier(raw)
	if err != nil {
		return nil, err
	}
	return d.Verify(a)
}

// Verify is [Verify] for a dossier that is in memory already.
func (d *Dossier) Verify(a Authority) (*Report, error) {
	v := verifier{
		dossier: d, authority: a, deeds: map[Hash]*Content{}, signatures: map[Hash]*Signature{},
		chains: map[string][][]byte{}, receipts: map[Hash]Receipt{},
		report: &Report{Root: d.Root, Received: map[Hash]Receipt{}},
	}
	if err := v.index(); err != nil {
		return nil, err
	}
	v.feed()
	v.checkpoints()
	v.entries()
	v.sign()
	v.finish()
	return v.report, nil
}

type verifier struct {
	dossier    *Dossier
	authority  Authority
	deeds      map[Hash]*Content
	signatures map[Hash]*Signature
	chains     map[string][][]byte
	heads      []Head // heads[n] is the feed after n entries
	receipts   map[Hash]Receipt
	report     *Report
}

func (v *verifier) find(code Code, subject Hash, detail string) {
	v.report.Findings = append(v.report.Findings, Finding{Code: code, Subject: subject, Detail: detail})
}

func (v *verifier) index() error {
	for _, c := range v.dossier.Deeds {
		v.deeds[c.hash] = c
	}
	for _, s := range v.dossier.Signatures {
		v.signatures[s.Hash()] = s
	}
	for _, chain := range v.dossier.Chains {
		v.chains[fsc.CertificateThumbprint(chain[0])] = chain
	}
	root, ok := v.deeds[v.dossier.Root]
	if !ok {
		return fault(CodeUnknown, "dossier", "the deed that founds it isn't in the file")
	}
	v.report.GroupID = root.GroupID
	v.report.Keeper, _ = root.Keeper()
	for h, c := range v.deeds {
		if c.GroupID != root.GroupID {
			v.find(CodeMalformed, h, "deed belongs to another Group")
			delete(v.deeds, h)
		}
	}
	return nil
}

// feed walks the chain of entries up to the first that doesn't fit.
func (v *verifier) feed() {
	head := NewFeed(v.dossier.Root)
	v.heads = append(v.heads, head)
	for _, e := range v.dossier.Entries {
		next, err := head.Extend(e)
		if err != nil {
			v.find(CodeOf(err), "", "feed: "+fieldOf(err)+" "+detailOf(err))
			return
		}
		head = next
		v.heads = append(v.heads, head)
	}
}

// checkpoints finds how far the keeper vouches for this feed, and compares all
// that it signed.
func (v *verifier) checkpoints() {
	var told []Witnessed
	for _, c := range v.dossier.Checkpoints {
		chain := v.chains[c.CertificateThumbprint]
		keeper, err := c.Keeper(v.report.GroupID, chain, v.authority)
		switch {
		case err != nil:
			v.find(CodeOf(err), "", "checkpoint: "+detailOf(err))
			continue
		case c.Dossier != v.report.Root || v.report.Keeper == "" || keeper != v.report.Keeper:
			v.find(CodeFeed, "", "checkpoint isn't one of the secretariat of this dossier")
			continue
		}
		told = append(told, Witnessed{Checkpoint: c, Chain: chain})
		switch {
		case c.Number >= int64(len(v.heads)):
			v.find(CodeFeed, "", "feed is shorter than a checkpoint says; entries have been left out")
		case !c.covers(v.heads[c.Number]):
			v.find(CodeFeed, "", "checkpoint is about another feed than the one in the file")
		case c.Number > v.report.Covered.Number || c.Number == v.report.Covered.Number && c.At > v.report.CheckpointAt:
			v.report.Covered, v.report.CheckpointAt = v.heads[c.Number], c.At
		}
	}
	v.compare(told)
}

// compare sets each checkpoint against the last one that fits the feed, and
// those of equal number against each other.
func (v *verifier) compare(told []Witnessed) {
	slices.SortFunc(told, func(a, b Witnessed) int { return cmp.Compare(a.Checkpoint.Number, b.Checkpoint.Number) })
	var last *Witnessed
	for i := range told {
		if c := told[i].Checkpoint; c.Number < int64(len(v.heads)) && c.covers(v.heads[c.Number]) {
			last = &told[i]
		}
	}
	for i := range told {
		if i > 0 && told[i-1].Checkpoint.Number == told[i].Checkpoint.Number {
			v.prove(FindEquivocation(told[i-1], told[i], nil))
			continue
		}
		if n := told[i].Checkpoint.Number; last != nil && n < last.Checkpoint.Number {
			v.prove(FindEquivocation(told[i], *last, v.dossier.Entries[n:last.Checkpoint.Number]))
		}
	}
}

func (v *verifier) prove(e *Equivocation) {
	if e != nil {
		v.report.Equivocations = append(v.report.Equivocations, e)
	}
}

// entries turns the part of the feed that a checkpoint covers into receipts.
func (v *verifier) entries() {
	withheld := map[Hash]bool{}
	for _, h := range v.dossier.Withheld {
		withheld[h] = true
	}
	for i := range v.report.Covered.Number {
		e := &v.dossier.Entries[i]
		if _, twice := v.receipts[e.Subject]; twice {
			continue // the first receipt stands
		}
		s, signature := v.signatures[e.Subject]
		switch _, deed := v.deeds[e.Subject]; {
		case !deed && e.Subject.confidential():
			v.report.Withheld = append(v.report.Withheld, e.Subject)
		case !signature && !deed && withheld[e.Subject]:
			v.report.Withheld = append(v.report.Withheld, e.Subject)
			continue
		case !signature && !deed:
			v.find(CodeUnknown, e.Subject, "feed has received it, but it isn't in the file")
			continue
		case signature:
			if _, known := v.receipts[s.DeedHash]; !known {
				v.find(CodeFeed, e.Subject, "feed has a signature before its deed")
			}
		}
		v.receipts[e.Subject] = e.Receipt()
	}
}

func (v *verifier) sign() {
	for h, s := range v.signatures {
		c, ok := v.deeds[s.DeedHash]
		if !ok && s.DeedHash.confidential() {
			continue // it says nothing of the deeds that are here
		}
		if !ok {
			v.find(CodeUnknown, h, "signature is about a deed that isn't in the file")
			continue
		}
		signed, err := s.Judge(c, v.chains[s.CertificateThumbprint], v.authority, v.receipts[h])
		if err != nil {
			v.find(CodeOf(err), h, "signature: "+detailOf(err))
			continue
		}
		v.report.Signed = append(v.report.Signed, signed)
	}
}

// finish puts everything in an order that doesn't depend on maps.
func (v *verifier) finish() {
	r := v.report
	missing := map[Hash]bool{}
	for h, c := range v.deeds {
		r.Deeds = append(r.Deeds, c)
		if receipt, ok := v.receipts[h]; ok {
			r.Received[h] = receipt
		}
		for _, p := range c.Parents {
			missing[p] = v.deeds[p] == nil
		}
	}
	for i := range r.Signed {
		if m := r.Signed[i].MandateHash; m != "" {
			missing[m] = v.deeds[m] == nil
		}
	}
	for h, gone := range missing {
		if gone {
			r.Missing = append(r.Missing, h)
		}
	}
	slices.Sort(r.Missing)
	slices.Sort(r.Withheld)
	r.Withheld = slices.Compact(r.Withheld)
	slices.SortFunc(r.Deeds, func(a, b *Content) int { return cmp.Compare(a.hash, b.hash) })
	slices.SortFunc(r.Signed, func(a, b Signed) int { return a.compare(&b) })
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Detail, b.Detail))
	})
}

// compare orders by receipt, and those without one last.
func (s *Signed) compare(o *Signed) int {
	if s.Receipt.Given() != o.Receipt.Given() {
		if s.Receipt.Given() {
			return -1
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(s.Receipt.Number, o.Receipt.Number), cmp.Compare(s.DeedHash, o.DeedHash), cmp.Compare(s.Signer, o.Signer),
		cmp.Compare(s.Role, o.Role), cmp.Compare(s.Act, o.Act), cmp.Compare(s.SignedAt, o.SignedAt),
		cmp.Compare(s.MandateHash, o.MandateHash), cmp.Compare(s.KeyThumbprint, o.KeyThumbprint),
	)
}
