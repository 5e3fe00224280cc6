// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/collective/usage"
)

// alter has buyer and supplier sign another quantity and value for a call-off.
func (s *scene) alter(f, o *deed.Content, quantity, value, at int64, change ...func(*deed.Draft)) *deed.Content {
	s.t.Helper()
	d := deed.Draft{
		Type: dossier.TypeCallOffChange, Parents: []deed.Hash{f.Hash(), o.Hash()}, Rule: deed.Rule{Kind: deed.RuleAll}, Parties: o.Parties,
	}
	for _, c := range change {
		c(&d)
	}
	return s.accept(s.deed(d, dossier.CallOffChange{Quantity: quantity, Value: value, Reason: "Meer balies."}), at)
}

func (s *scene) wantTerms(o *deed.Content, at, quantity, value int64) {
	s.t.Helper()
	if got := collective.TermsOf(s.view(at), o.Hash()); got.Quantity != quantity || got.Value != value {
		s.t.Errorf("%d are called off for %d; want %d for %d", got.Quantity, got.Value, quantity, value)
	}
}

func TestACallOffGrowsAndShrinksWhenThePurchasingBodyHasAllocatedIt(t *testing.T) {
	s := newScene(t)
	now := on(t, 2026, 3, 2, 9)
	f, in := s.reserved(now)
	o := s.accept(s.callOff(f, in, 200), now+1)
	s.allocate(f, now+2)
	more := s.alter(f, o, 350, 175_000, now+3)
	s.want(more, now+3, "signed")
	s.wantTerms(o, now+3, 200, 100_000) // until it is allocated
	s.want(s.alter(f, o, 400, 200_000, now+4), now+4, rule.Refused, collective.CodeChangeState)
	s.allocate(f, now+5)
	s.want(more, now+5, "applied")
	s.wantTerms(o, now+5, 350, 175_000)
	s.wantCount(f, now+5, 350, 0, 650) // first what was reserved
	s.want(s.alter(f, o, 350, 180_000, now+6), now+6, rule.Refused, collective.CodeChangeState)
	less := s.alter(f, o, 50, 25_000, now+7)
	s.allocate(f, now+8)
	s.want(less, now+8, "applied")
	s.wantTerms(o, now+8, 50, 25_000)
	s.wantCount(f, now+8, 50, 0, 950)
	s.sign(o, supplier, supplierRole, deed.Revoke, now+9)
	s.allocate(f, now+10)
	s.wantCount(f, now+10, 0, 0, 1000)
	exact(t, s.view(now+10), f.Hash())
}

func TestACallOffDoesNotGrowBeyondWhatIsLeft(t *testing.T) {
	s := newScene(t)
	now := on(t, 2026, 3, 2, 9)
	f := s.framework()
	in, other := s.join(f, town, now, reserve(1000, 0)), s.join(f, village, now, reserve(1000, 0))
	o, last := s.accept(s.callOff(f, in, 200), now+1), s.accept(s.callOff(f, other, 700), now+1)
	s.allocate(f, now+2)
	much := s.alter(f, o, 301, 175_000, now+3)
	s.allocate(f, now+4)
	st := s.want(much, now+4, rule.Refused, "maximum_reached")
	if !strings.Contains(st.Reasons[0].Detail, "300 could") {
		t.Errorf("what is left isn't told: %+v", st.Reasons)
	}
	s.wantTerms(o, now+4, 200, 100_000)
	s.alter(f, o, 300, 175_000, now+5)
	s.allocate(f, now+6)
	s.want(f, now+6, "exhausted")
	s.want(s.alter(f, last, 701, 175_000, now+7), now+7, rule.Refused, "maximum_reached")
	less := s.alter(f, last, 600, 90_000, now+8) // less is always possible
	s.allocate(f, now+9)
	s.want(less, now+9, "applied")
	s.wantCount(f, now+9, 900, 0, 100)
	exact(t, s.view(now+9), f.Hash())
}

func TestAChangeThatCantBeIsRefusedWithItsReason(t *testing.T) {
	now := on(t, 2026, 3, 2, 9)
	at := now + 10
	for name, c := range map[string]struct {
		act   func(s *scene, f, in, o *deed.Content) *deed.Content
		state rule.State
		want  rule.ReasonCode
	}{
		"not allocated yet": {func(s *scene, f, in, _ *deed.Content) *deed.Content {
			return s.alter(f, s.accept(s.callOff(f, in, 10), at-1), 20, 1, at)
		}, rule.Refused, "no_allocation"},
		"drawn alone and not settled": {func(s *scene, f, in, _ *deed.Content) *deed.Content {
			o := s.accept(s.callOff(f, in, 10), at-2)
			s.drawAlone(f, o, 1, at-1)
			return s.alter(f, o, 20, 1, at)
		}, rule.Refused, "no_allocation"},
		"more while it is suspended": {func(s *scene, f, _, o *deed.Content) *deed.Content {
			s.change(f, at-1, dossier.Change{Kind: dossier.ChangeSuspension})
			return s.alter(f, o, 201, 1, at)
		}, rule.Refused, "framework_closed"},
		"after it ended": {func(s *scene, f, _, o *deed.Content) *deed.Content {
			s.sign(o, town, buyerRole, deed.Revoke, at-1)
			return s.alter(f, o, 100, 1, at)
		}, rule.Refused, rule.ReasonParentState},
		"for a later day": {func(s *scene, f, _, o *deed.Content) *deed.Content {
			return s.alter(f, o, 100, 1, at, func(d *deed.Draft) { d.NotBefore = at + hour })
		}, rule.Refused, collective.CodeTerm},
		"with an end": {func(s *scene, f, _, o *deed.Content) *deed.Content {
			return s.alter(f, o, 100, 1, at, func(d *deed.Draft) { d.NotAfter = at + hour })
		}, rule.Void, rule.ReasonForm},
		"of another supplier": {func(s *scene, f, _, o *deed.Content) *deed.Content {
			return s.alter(f, o, 100, 1, at, func(d *deed.Draft) {
				d.Parties = []deed.Party{o.Parties[0], {PeerID: second, Role: supplierRole}}
			})
		}, rule.Void, rule.ReasonParentParty},
		"under another framework": {func(s *scene, _, _, o *deed.Content) *deed.Content {
			return s.alter(s.framework(), o, 100, 1, at)
		}, rule.Refused, "parent"},
		"more than can be spent": {func(s *scene, f, _, o *deed.Content) *deed.Content {
			return s.alter(f, o, 201, 50_000_001, at)
		}, rule.Refused, "maximum_reached"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			f, in := s.reserved(now)
			o := s.accept(s.callOff(f, in, 200), now+1)
			s.allocate(f, now+2)
			s.want(c.act(s, f, in, o), at, c.state, c.want)
			s.wantTerms(o, at, 200, 100_000)
		})
	}
}

// What a change adds to the value of a lot is spent, what it takes off is free
// again once it is applied, and a change that is refused takes nothing.
func TestAChangeMovesWhatCanBeSpent(t *testing.T) {
	s := newScene(t)
	f := s.framework(func(_ *deed.Draft, f *dossier.Framework) { f.Lots[0].MaximumValue = 300_000 })
	now := on(t, 2026, 3, 2, 9)
	in := s.join(f, town, now, reserve(1000, 0))
	worth := func(cents int64) func(*deed.Draft, *dossier.CallOff) {
		return func(_ *deed.Draft, o *dossier.CallOff) { o.Value = cents }
	}
	o := s.accept(s.callOff(f, in, 10, worth(200_000)), now+1)
	s.allocate(f, now+2)
	s.want(s.alter(f, o, 2000, 300_000, now+3), now+3, "signed")
	s.want(s.accept(s.callOff(f, in, 1, worth(1)), now+4), now+4, rule.Refused, "maximum_reached")
	s.allocate(f, now+5) // refused: there are only 1000 units
	s.want(s.accept(s.callOff(f, in, 1, worth(100_000)), now+6), now+6, "signed")
	s.alter(f, o, 5, 50_000, now+7)
	s.want(s.accept(s.callOff(f, in, 1, worth(1)), now+8), now+8, rule.Refused, "maximum_reached")
	s.allocate(f, now+9)
	s.want(s.accept(s.callOff(f, in, 1, worth(150_001)), now+10), now+10, rule.Refused, "maximum_reached")
	s.want(s.accept(s.callOff(f, in, 1, worth(150_000)), now+11), now+11, "signed")
}

func TestAChangeIsHeldAgainstTheCeilingOfAMandate(t *testing.T) {
	s := newScene(t)
	now := on(t, 2026, 3, 2, 9)
	f, in := s.reserved(now)
	o := s.accept(s.callOff(f, in, 200), now+1)
	s.allocate(f, now+2)
	m := s.deed(deed.Draft{
		Type: rule.TypeMandate, NotAfter: on(t, 2028, 1, 1, 0), Rule: deed.Rule{Kind: deed.RuleOne, Role: rule.RoleMandator},
		Parties: []deed.Party{{PeerID: town, Role: rule.RoleMandator}, {PeerID: office, Role: deed.Secretariat}},
		Body:    fmt.Appendf(nil, `{"mandatary":"%s","key_thumbprint":"%s","deed_types":[%d],"ceiling":150000}`, town, keyOfTown, dossier.TypeCallOffChange),
	}, nil)
	s.accept(m, now+3)
	for value, want := range map[int64]rule.State{150_001: rule.Proposed, 150_000: "signed"} {
		g := s.deed(deed.Draft{
			Type: dossier.TypeCallOffChange, Parents: []deed.Hash{f.Hash(), o.Hash()}, Rule: deed.Rule{Kind: deed.RuleAll}, Parties: o.Parties,
		}, dossier.CallOffChange{Quantity: 250, Value: value, Reason: "Meer balies."})
		s.sign(g, supplier, supplierRole, deed.Accept, now+4)
		by := s.sign(g, town, buyerRole, deed.Accept, now+4)
		by.MandateHash, by.KeyThumbprint = m.Hash(), keyOfTown
		s.want(g, now+4, want)
	}
}

func TestASavingIsHeldAgainstTheQuantityOfNow(t *testing.T) {
	s := newScene(t)
	now := on(t, 2026, 3, 2, 9)
	f, in := s.reserved(now)
	o := s.accept(s.callOff(f, in, 200), now+1)
	s.allocate(f, now+2)
	g := s.alter(f, o, 250, 125_000, now+4)
	s.allocate(f, now+5)
	s.want(g, now+5, "applied")
	for _, quantity := range []int64{251, 250} {
		want := map[int64]rule.State{251: rule.Refused, 250: "issued"}[quantity]
		d := deed.Draft{
			Type: usage.TypeSaving, Parents: []deed.Hash{o.Hash()}, Rule: deed.Rule{Kind: deed.RuleOne, Role: buyerRole},
			Parties: []deed.Party{{PeerID: town, Role: buyerRole}},
			Annexes: []deed.Annex{{Hash: deed.AnnexHash([]byte("contract")), Name: "contract.pdf", MediaType: "application/pdf", Size: 8, Owner: town}},
		}
		s.want(s.accept(s.deed(d, usage.SavingStatement{
			Quantity: quantity, Price: 1, Baseline: usage.Baseline{Price: 2, Source: d.Annexes[0].Hash, Note: "Het oude contract."},
		}), now+6), now+6, want)
	}
}
