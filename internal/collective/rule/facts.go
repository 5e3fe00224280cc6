// SPDX-License-Identifier: EUPL-1.2

package rule

import (
	"cmp"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// Facts are the deeds and verified signatures that a node has. Order and doubles
// don't matter.
type Facts struct {
	Deeds  []*deed.Content
	Signed []deed.Signed
}

// FactsOf takes what held in one or more dossiers.
func FactsOf(reports ...*deed.Report) Facts {
	var f Facts
	for _, r := range reports {
		f.Deeds = append(f.Deeds, r.Deeds...)
		f.Signed = append(f.Signed, r.Signed...)
	}
	return f
}

// statement is what makes two signatures one: the same key says the same. An
// ECDSA signature has a twin that anybody can make; it mustn't count twice.
type statement struct {
	deed.Statement
	signer fsc.PeerID
	key    string
}

// distinct gives each statement once, with its earliest receipt from a dossier
// that the deed belongs to.
func (f *fold) distinct(all []deed.Signed) []deed.Signed {
	best := map[statement]deed.Signed{}
	for _, s := range all {
		if s.Receipt.Given() && !f.belongs(s.DeedHash, s.Receipt.Dossier) {
			s.Receipt = deed.Receipt{}
		}
		k := statement{s.Statement, s.Signer, s.KeyThumbprint}
		was, ok := best[k]
		switch {
		case !ok:
		case earlier(was.Receipt, s.Receipt):
			was.KeyRevoked = was.KeyRevoked || s.KeyRevoked
			s = was
		default:
			s.KeyRevoked = was.KeyRevoked || s.KeyRevoked
		}
		best[k] = s
	}
	out := make([]deed.Signed, 0, len(best))
	for _, s := range best {
		out = append(out, s)
	}
	slices.SortFunc(out, compareSigned)
	return out
}

func earlier(a, b deed.Receipt) bool {
	if a.Given() != b.Given() {
		return a.Given()
	}
	return compareReceipts(a, b) <= 0
}

func compareReceipts(a, b deed.Receipt) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Dossier, b.Dossier), cmp.Compare(a.Number, b.Number))
}

func compareSigned(a, b deed.Signed) int {
	return cmp.Or(
		compareReceipts(a.Receipt, b.Receipt), cmp.Compare(a.DeedHash, b.DeedHash), cmp.Compare(a.SignedAt, b.SignedAt),
		cmp.Compare(a.Signer, b.Signer), cmp.Compare(a.Act, b.Act), cmp.Compare(a.Role, b.Role),
		cmp.Compare(a.MandateHash, b.MandateHash), cmp.Compare(a.KeyThumbprint, b.KeyThumbprint),
	)
}

// belongs tells whether a deed stands in the dossier that root founds: it is
// root, or has it among its ancestors. A stranger who puts a deed into a feed of
// his own can't date it.
func (f *fold) belongs(h, root deed.Hash) bool {
	below, ok := f.dossiers[root]
	if !ok {
		below = map[deed.Hash]bool{root: true}
		for queue := []deed.Hash{root}; len(queue) > 0; queue = queue[1:] {
			for _, c := range f.children[queue[0]] {
				if !below[c] {
					below[c] = true
					queue = append(queue, c)
				}
			}
		}
		f.dossiers[root] = below
	}
	return below[h]
}
