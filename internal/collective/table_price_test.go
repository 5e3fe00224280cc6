// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"slices"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// price is a sheet of a supplier for a lot that begins at a moment.
func (s *scene) price(f *deed.Content, by fsc.PeerID, lot string, cents, from int64) *deed.Content {
	s.t.Helper()
	sheet := dossier.PriceSheet{Lot: lot, Cents: cents, Hours: 40}
	raw, err := sheet.Body()
	if err != nil {
		s.t.Fatal(err)
	}
	return s.deed(deed.Draft{
		Type: dossier.TypePriceSheet, Parents: []deed.Hash{f.Hash()}, Rule: deed.Rule{Kind: deed.RuleAll}, NotBefore: from, Body: raw,
		Parties: []deed.Party{{PeerID: purchaser, Role: bodyRole}, {PeerID: by, Role: supplierRole}},
	}, nil)
}

func TestALaterPriceTakesThePlaceOfTheFormerFromItsBeginning(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	begin := on(t, 2026, 3, 2, 9)
	first := s.accept(s.price(f, supplier, lot, 100, begin), begin)
	s.want(first, begin, rule.InForce)
	next := s.accept(s.price(f, supplier, lot, 90, begin+100*hour), begin+hour)
	s.want(next, begin+99*hour, rule.Pending)
	s.want(first, begin+99*hour, rule.InForce)
	s.want(next, begin+100*hour, rule.InForce)
	s.want(first, begin+100*hour, "replaced", rule.ReasonMoved)
	late := s.accept(s.price(f, supplier, lot, 80, begin+50*hour), begin+101*hour)
	s.want(late, begin+101*hour, rule.Refused, "term")
	slices.Reverse(s.facts.Deeds)
	slices.Reverse(s.facts.Signed)
	s.want(first, begin+102*hour, "replaced", rule.ReasonMoved)
}

func TestThePriceOfAnotherSupplierDoesntReplace(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	begin := on(t, 2026, 3, 2, 9)
	first := s.accept(s.price(f, supplier, lot, 100, begin), begin)
	other := s.accept(s.price(f, second, lot, 90, begin), begin+1)
	s.want(first, begin+2, rule.InForce)
	s.want(other, begin+2, rule.InForce)
}

func TestAPriceIsSignedByBothOverALotOfTheSupplier(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	begin := on(t, 2026, 3, 2, 9)
	half := s.price(f, supplier, lot, 100, begin)
	s.sign(half, purchaser, bodyRole, deed.Accept, begin)
	s.want(half, begin, rule.Proposed)
	s.want(s.accept(s.price(f, stranger, lot, 100, begin), begin), begin, rule.Refused, rule.ReasonCode(dossier.ReasonSupplier))
	s.want(s.accept(s.price(f, supplier, "x", 100, begin), begin), begin, rule.Refused, rule.ReasonCode(dossier.ReasonLot))
	s.want(s.accept(s.price(f, supplier, lot, 100, 1), begin), begin, rule.Refused, "term")
}
