// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// drawAlone has the buyer of a call-off draw it from its own reservation, under a
// number of its own, changed as asked.
func (s *scene) drawAlone(f, o *deed.Content, local, at int64, change ...func(*deed.Draft, *dossier.Command)) *deed.Content {
	s.t.Helper()
	body, err := dossier.ReadCallOff(o)
	if err != nil {
		s.t.Fatal(err)
	}
	d := deed.Draft{
		Type: dossier.TypeOwnDraw, Parents: []deed.Hash{f.Hash(), o.Hash()}, Rule: deed.Rule{Kind: deed.RuleOne, Role: buyerRole},
		Parties: []deed.Party{{PeerID: dossier.Buyer(o), Role: buyerRole}},
	}
	c := dossier.Command{
		Request: "d/" + string(o.Hash()), Kind: "draw", Lot: body.Lot, Buyer: string(dossier.Buyer(o)), CallOff: string(o.Hash()),
		Quantity: body.Quantity, Local: local,
	}
	for _, ch := range change {
		ch(&d, &c)
	}
	return s.accept(s.deed(d, dossier.OwnDraw{Command: c}), at)
}

// reserved is a framework of 1000 of which the town has reserved 300, the
// purchasing body is silent from then on.
func (s *scene) reserved(now int64) (f, in *deed.Content) {
	s.t.Helper()
	f = s.framework()
	in = s.join(f, town, now, reserve(400, 300))
	s.allocate(f, now)
	return f, in
}

func (s *scene) wantCallOff(o *deed.Content, at int64, want collective.Word) {
	s.t.Helper()
	if st := s.at(o, at); collective.CallOffState(st) != want {
		s.t.Errorf("the call-off is %s, want %s: %+v %+v", collective.CallOffState(st), want, st.Reasons, st.Notes)
	}
}

func TestABuyerDrawsAloneFromItsReservationAndThePurchasingBodySettlesItLater(t *testing.T) {
	s := newScene(t)
	now := on(t, 2026, 3, 2, 9)
	f, in := s.reserved(now)
	first, other := s.callOff(f, in, 200), s.callOff(f, in, 100)
	s.accept(first, now+1)
	s.accept(other, now+1)
	s.wantCallOff(first, now+1, collective.WordWaits)
	s.want(s.drawAlone(f, first, 1, now+2), now+2, "drawn")
	s.want(s.drawAlone(f, other, 2, now+3), now+3, "drawn")
	s.wantCallOff(first, now+3, collective.WordLive)
	s.wantCallOff(other, now+3, collective.WordLive)
	s.wantCount(f, now+3, 0, 300, 700) // nothing is counted before the purchasing body speaks
	bound := s.deed(deed.Draft{
		Type: dossier.TypeBinding, Rule: deed.Rule{Kind: deed.RuleAll}, Parents: []deed.Hash{first.Hash()}, Parties: first.Parties,
		NotBefore: first.NotBefore, NotAfter: first.NotAfter,
	}, dossier.Binding{Contract: contractOfFSC})
	s.want(s.accept(bound, now+4), now+4, "bound")

	made := s.allocate(f, now+10)
	if len(made) != 2 {
		t.Fatalf("%d allocations", len(made))
	}
	for i, c := range made {
		a, err := dossier.ReadAllocation(c)
		if err != nil || a.Receipt == nil || a.Command.Local != int64(i+1) || a.Receipt.FromPool != 0 || a.Receipt.Settled != int64(i+1) {
			t.Errorf("settled as %+v, %v", a, err)
		}
	}
	s.wantCount(f, now+10, 300, 0, 700)
	s.wantCallOff(first, now+10, collective.WordLive)
	s.want(bound, now+10, "bound")
	if again := s.allocate(f, now+11); len(again) != 0 {
		t.Errorf("%d settled twice", len(again))
	}
}

func TestWhatCantBeDrawnAloneIsRefusedWithItsReason(t *testing.T) {
	now := on(t, 2026, 3, 2, 9)
	end := on(t, 2026, 10, 1, 0)
	type act func(s *scene, f, in *deed.Content) (*deed.Content, int64)
	draw := func(quantity, local, at int64, change ...func(*deed.Draft, *dossier.Command)) act {
		return func(s *scene, f, in *deed.Content) (*deed.Content, int64) {
			return s.drawAlone(f, s.accept(s.callOff(f, in, quantity), now+1), local, at, change...), at
		}
	}
	for name, c := range map[string]struct {
		act   act
		state rule.State
		want  rule.ReasonCode
	}{
		"more than is reserved":      {draw(301, 1, now+2), rule.Refused, "maximum_reached"},
		"another number":             {draw(100, 2, now+2), rule.Refused, collective.CodeOwnNumber},
		"after the window":           {draw(100, 1, end), rule.Refused, "window_closed"},
		"another quantity":           {draw(100, 1, now+2, func(_ *deed.Draft, c *dossier.Command) { c.Quantity = 99 }), rule.Refused, collective.CodeCommand},
		"another request":            {draw(100, 1, now+2, func(_ *deed.Draft, c *dossier.Command) { c.Request = "x" }), rule.Refused, collective.CodeCommand},
		"without a number":           {draw(100, 0, now+2), rule.Void, rule.ReasonForm},
		"a reservation":              {draw(100, 1, now+2, func(_ *deed.Draft, c *dossier.Command) { c.Kind = "reserve" }), rule.Void, rule.ReasonForm},
		"for a day to come":          {draw(100, 1, now+2, func(d *deed.Draft, _ *dossier.Command) { d.NotBefore = end }), rule.Refused, collective.CodeTerm},
		"with an end":                {draw(100, 1, now+2, func(d *deed.Draft, _ *dossier.Command) { d.NotAfter = end }), rule.Void, rule.ReasonForm},
		"by the buyer of another":    {draw(100, 1, now+2, asVillage), rule.Void, rule.ReasonParentParty},
		"under another framework":    {otherFramework, rule.Refused, "parent"},
		"of an unsigned call-off":    {unsigned, rule.Refused, rule.ReasonParentState},
		"without a reservation":      {unreserved, rule.Refused, "maximum_reached"},
		"after it was given up":      {givenUp, rule.Refused, "not_acceded"},
		"while the framework stands": {suspended, rule.Refused, "framework_closed"},
		"what is allocated":          {allocated, rule.Refused, collective.CodeAllocated},
		"the same once more":         {twice, rule.Refused, collective.CodeAllocated},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			f, in := s.reserved(now)
			own, at := c.act(s, f, in)
			s.want(own, at, c.state, c.want)
			s.wantCount(f, now, 0, 300, 700)
		})
	}
}

func asVillage(d *deed.Draft, c *dossier.Command) {
	d.Parties[0].PeerID, c.Buyer = village, string(village)
}

func otherFramework(s *scene, f, in *deed.Content) (*deed.Content, int64) {
	at := on(s.t, 2026, 3, 2, 9) + 2
	return s.drawAlone(s.framework(), s.accept(s.callOff(f, in, 10), at-1), 1, at), at
}

func unsigned(s *scene, f, in *deed.Content) (*deed.Content, int64) {
	at := on(s.t, 2026, 3, 2, 9) + 2
	return s.drawAlone(f, s.callOff(f, in, 10), 1, at), at
}

func unreserved(s *scene, f, _ *deed.Content) (*deed.Content, int64) {
	at := on(s.t, 2026, 3, 2, 9) + 2
	return s.drawAlone(f, s.accept(s.callOff(f, s.join(f, village, at-1, reserve(100, 50)), 10), at-1), 1, at), at
}

func givenUp(s *scene, f, in *deed.Content) (*deed.Content, int64) {
	at := on(s.t, 2026, 3, 2, 9) + 3
	o := s.accept(s.callOff(f, in, 10), at-2)
	s.sign(in, town, buyerRole, deed.Revoke, at-1)
	return s.drawAlone(f, o, 1, at), at
}

func suspended(s *scene, f, in *deed.Content) (*deed.Content, int64) {
	at := on(s.t, 2026, 3, 2, 9) + 3
	o := s.accept(s.callOff(f, in, 10), at-2)
	s.change(f, at-1, dossier.Change{Kind: dossier.ChangeSuspension})
	return s.drawAlone(f, o, 1, at), at
}

func allocated(s *scene, f, in *deed.Content) (*deed.Content, int64) {
	at := on(s.t, 2026, 3, 2, 9) + 3
	o := s.accept(s.callOff(f, in, 10), at-2)
	s.allocate(f, at-1)
	return s.drawAlone(f, o, 1, at), at
}

func twice(s *scene, f, in *deed.Content) (*deed.Content, int64) {
	at := on(s.t, 2026, 3, 2, 9) + 3
	o := s.accept(s.callOff(f, in, 10), at-2)
	s.want(s.drawAlone(f, o, 1, at-1), at-1, "drawn")
	return s.drawAlone(f, o, 2, at), at
}

// A purchasing body that closes the window, or gives the reservation to another
// call-off, without having seen an own draw is refused: what is live stays within
// the maximum, and what was drawn alone is settled first.
func TestAPurchasingBodyThatWasAwayCannotTakeWhatWasDrawnAlone(t *testing.T) {
	s := newScene(t)
	now, end := on(t, 2026, 3, 2, 9), on(t, 2026, 10, 1, 0)
	f, in := s.reserved(now)
	o, plain := s.accept(s.callOff(f, in, 200), now+1), s.accept(s.callOff(f, in, 250), now+2)
	last := s.accept(s.callOff(f, s.join(f, village, now, reserve(1000, 0)), 650), now+3)
	s.want(s.drawAlone(f, o, 1, end-1), end-1, "drawn")
	bound := s.accept(s.deed(deed.Draft{
		Type: dossier.TypeBinding, Rule: deed.Rule{Kind: deed.RuleAll}, Parents: []deed.Hash{o.Hash()}, Parties: o.Parties,
		NotBefore: o.NotBefore, NotAfter: o.NotAfter,
	}, dossier.Binding{Contract: contractOfFSC}), end-1)

	// What it owed before the own draw came, and makes of it when the window is over.
	blind := s.without(dossier.TypeOwnDraw)
	v := rule.Fold(s.table, blind, end)
	owed, err := collective.OwedBy(v, f.Hash())
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, d := range owed {
		if d.About == o.Hash() || d.About == last.Hash() {
			continue // settles it, or takes nothing of the town
		}
		l, err := collective.LedgerOf(v, f.Hash())
		if err != nil {
			t.Fatal(err)
		}
		draft, err := collective.Allocate(f, d, l)
		if err != nil {
			t.Fatal(err)
		}
		s.want(s.accept(s.deed(draft, nil), end), end, rule.Refused, collective.CodeOwnNumber)
		tried++
	}
	if tried != 2 {
		t.Fatalf("%d were tried: %+v", tried, owed)
	}
	s.allocate(f, end+1)
	s.wantCallOff(o, end+1, collective.WordLive)
	s.want(bound, end+1, "bound")
	s.want(plain, end+1, "signed")
	s.want(last, end+1, rule.Refused, "maximum_reached")
	s.wantCount(f, end+1, 450, 0, 550)
	exact(t, s.view(end+1), f.Hash())
}

// without gives the facts as they are without the deeds of a type.
func (s *scene) without(typ deed.Type) rule.Facts {
	out := rule.Facts{Signed: s.facts.Signed}
	for _, c := range s.facts.Deeds {
		if c.Type != typ {
			out.Deeds = append(out.Deeds, c)
		}
	}
	return out
}

// Giving up the accession doesn't take back what was drawn alone.
func TestWhoGivesUpItsAccessionKeepsWhatItDrewAlone(t *testing.T) {
	s := newScene(t)
	now := on(t, 2026, 3, 2, 9)
	f, in := s.reserved(now)
	o := s.accept(s.callOff(f, in, 200), now+1)
	s.drawAlone(f, o, 1, now+2)
	s.sign(in, town, buyerRole, deed.Revoke, now+3)
	s.allocate(f, now+4)
	s.wantCallOff(o, now+4, collective.WordLive)
	s.wantCount(f, now+4, 200, 0, 800)
}

// A purchasing body that gives a call-off its units at the moment its buyer draws
// them alone settles it with that: nothing is counted twice, and the next draw
// has the next number.
func TestAnAllocationThatCrossesAnOwnDrawSettlesIt(t *testing.T) {
	s := newScene(t)
	now := on(t, 2026, 3, 2, 9)
	f, in := s.reserved(now)
	o := s.accept(s.callOff(f, in, 100), now+1)
	crossing := s.due(f, now+1)
	s.want(s.drawAlone(f, o, 1, now+2), now+2, "drawn")
	s.want(s.accept(s.deed(crossing, nil), now+3), now+3, "issued")
	s.wantCount(f, now+3, 100, 200, 700)
	next := s.accept(s.callOff(f, in, 200), now+4)
	s.want(s.drawAlone(f, next, 1, now+5), now+5, rule.Refused, collective.CodeOwnNumber)
	s.want(s.drawAlone(f, next, 2, now+6), now+6, "drawn")
	if made := s.allocate(f, now+7); len(made) != 1 {
		t.Errorf("%d allocations", len(made))
	}
	s.wantCount(f, now+7, 300, 0, 700)
}

// Own draws are settled in the order of their numbers, also when one of them is
// not to be settled any more, and what happens to the framework doesn't stop it.
func TestOwnDrawsAreSettledInTheirOrder(t *testing.T) {
	s := newScene(t)
	now := on(t, 2026, 3, 2, 9)
	f, in := s.reserved(now)
	var offers []*deed.Content
	for i := range int64(3) {
		o := s.accept(s.callOff(f, in, 100), now+1)
		s.want(s.drawAlone(f, o, i+1, now+2+i), now+2+i, "drawn")
		offers = append(offers, o)
	}
	s.sign(offers[0], supplier, supplierRole, deed.Revoke, now+10)
	fourth := s.accept(s.callOff(f, in, 100), now+11)
	s.want(s.drawAlone(f, fourth, 4, now+12), now+12, "drawn") // the units of the first are free
	s.change(f, now+13, dossier.Change{Kind: dossier.ChangeSuspension})
	v := s.view(now + 13)
	owed, err := collective.OwedBy(v, f.Hash())
	if err != nil || len(owed) != 3 || owed[0].About != offers[1].Hash() || owed[2].About != fourth.Hash() {
		t.Fatalf("owed %+v, %v", owed, err)
	}
	l, err := collective.LedgerOf(v, f.Hash())
	if err != nil {
		t.Fatal(err)
	}
	late, err := collective.Allocate(f, owed[2], l)
	if err != nil {
		t.Fatal(err)
	}
	s.want(s.accept(s.deed(late, nil), now+14), now+14, rule.Refused, collective.CodeOwnNumber)
	s.allocate(f, now+15)
	s.wantCount(f, now+15, 300, 0, 700)
	s.wantCallOff(fourth, now+15, collective.WordLive)
	s.want(offers[0], now+15, "terminated")
	exact(t, s.view(now+15), f.Hash())
}

// 280 buyers join; each third draws alone while the purchasing body is silent and
// each seventh of those ends its call-off; then all is settled, exact.
func TestOfTwoHundredEightyBuyersSomeDrawAloneAndAllSettlesExact(t *testing.T) {
	s := newScene(t)
	var buyers []fsc.PeerID
	for _, m := range s.reg.Municipalities()[:280] {
		buyers = append(buyers, fsc.PeerID(m.OIN))
	}
	const each, units = int64(500), int64(130_000)
	f := s.framework(func(_ *deed.Draft, f *dossier.Framework) {
		f.Eligible, f.Lots[0].MaximumQuantity = buyers, units
	})
	now := on(t, 2026, 3, 2, 9)
	entered := make([]*deed.Content, len(buyers))
	for i, b := range buyers {
		reserved := int64(0)
		if i%3 == 0 {
			reserved = each
		}
		entered[i] = s.join(f, b, now+int64(i), reserve(each, reserved))
	}
	s.allocate(f, now+500)
	var alone, offers []*deed.Content
	for i := range buyers {
		o := s.accept(s.callOff(f, entered[i], each), now+1000+int64(i))
		offers = append(offers, o)
		if i%3 == 0 {
			s.drawAlone(f, o, 1, now+2000)
			s.drawAlone(f, o, 1, now+2000) // tried again
			alone = append(alone, o)
		}
		if i%21 == 0 {
			s.sign(o, dossier.Buyer(o), buyerRole, deed.Revoke, now+2500)
		}
	}
	exact(t, s.view(now+2600), f.Hash())
	s.allocate(f, now+3000)
	v := s.view(now + 3001)
	exact(t, v, f.Hash())
	for _, o := range alone {
		if st, _ := v.Status(o.Hash()); collective.CallOffState(st) != collective.WordLive && st.State != "terminated" {
			t.Errorf("drawn alone, and now %s: %+v", st.State, st.Reasons)
		}
	}
	live, ended := int64(0), int64(0)
	for _, o := range offers {
		switch st, _ := v.Status(o.Hash()); {
		case collective.CallOffState(st) == collective.WordLive:
			live += each
		case st.State == "terminated": // still reserved, until the window closes
			ended += each
		}
	}
	if live != units-ended || ended != 14*each {
		t.Errorf("%d units are live and %d ended, of %d", live, ended, units)
	}
}
