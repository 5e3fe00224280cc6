// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/ledger"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

func TestTwoBuyersRaceForTheLastUnitsAndOneIsToldWhatIsLeft(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	now := on(t, 2026, 3, 2, 9)
	first, other := s.join(f, town, now-hour, reserve(900, 0)), s.join(f, village, now-hour, reserve(900, 0))
	a, b := s.callOff(f, first, 700), s.callOff(f, other, 700)
	s.accept(b, now)
	s.accept(a, now+1)
	made := s.allocate(f, now+2)
	if w := collective.CallOffState(s.want(b, now+2, "signed")); w != collective.WordLive {
		t.Errorf("the first is %s", w)
	}
	s.want(a, now+2, rule.Refused, rule.ReasonCode(dossier.ReasonExhausted))
	got, err := dossier.ReadAllocation(made[1])
	if err != nil || got.Refusal == nil || got.Refusal.Code != string(ledger.CodeNotEnough) || got.Refusal.Remaining != 300 {
		t.Errorf("got %+v, %v", got, err)
	}
	s.wantCount(f, now+2, 700, 0, 300)
}

func TestThresholdsShowAndAtTheMaximumTheFrameworkIsExhausted(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	now := on(t, 2026, 3, 2, 9)
	in := s.join(f, town, now, reserve(1000, 0))
	other := s.join(f, village, now, reserve(1000, 0))
	for i, c := range []struct {
		quantity int64
		overlays []string
		state    rule.State
	}{
		{650, nil, "live"},
		{100, []string{collective.OverlayUsed70}, "live"},
		{150, []string{collective.OverlayUsed70, collective.OverlayUsed90}, "live"},
		{100, []string{collective.OverlayUsed100, collective.OverlayUsed70, collective.OverlayUsed90}, "exhausted"},
	} {
		at := now + int64(i+1)*hour
		s.accept(s.callOff(f, in, c.quantity), at)
		s.allocate(f, at)
		if st := s.want(f, at, c.state); !slices.Equal(st.Overlays, c.overlays) {
			t.Errorf("after %d: %v, want %v", i, st.Overlays, c.overlays)
		}
	}
	late := now + 10*hour
	s.want(s.join(f, amsterdam, late, reserve(1, 0)), late, rule.Refused, "maximum_reached")
	s.want(s.accept(s.callOff(f, other, 1), late), late, rule.Refused, "maximum_reached")
	s.want(in, late, "effective")
	s.want(f, on(t, 2028, 1, 1, 0), rule.Expired)
}

func TestAFrameworkIsExhaustedWhenAllItsLotsAre(t *testing.T) {
	s := newScene(t)
	f := s.framework(func(_ *deed.Draft, f *dossier.Framework) {
		more := f.Lots[0]
		more.ID, more.MaximumQuantity = lotTwo, 5
		f.Lots = append(f.Lots, more)
	})
	now := on(t, 2026, 3, 2, 9)
	in := s.join(f, town, now, []dossier.Reservation{{Lot: lot, Need: 1000}, {Lot: lotTwo, Need: 5}})
	s.accept(s.callOff(f, in, 5, func(_ *deed.Draft, o *dossier.CallOff) { o.Lot = lotTwo }), now+1)
	s.allocate(f, now+1)
	if st := s.want(f, now+1, "live"); !slices.Contains(st.Overlays, collective.OverlayUsed100) {
		t.Errorf("overlays %v", st.Overlays)
	}
	s.accept(s.callOff(f, in, 1000), now+2)
	s.allocate(f, now+2)
	s.want(f, now+2, "exhausted")
}

func TestWhatCanBeSpentOnALotHasAMaximumAsWell(t *testing.T) {
	s := newScene(t)
	f := s.framework(func(_ *deed.Draft, f *dossier.Framework) { f.Lots[0].MaximumValue = 300_000 })
	now := on(t, 2026, 3, 2, 9)
	in := s.join(f, town, now, reserve(1000, 0))
	worth := func(cents int64) func(*deed.Draft, *dossier.CallOff) {
		return func(_ *deed.Draft, o *dossier.CallOff) { o.Value = cents }
	}
	s.want(s.accept(s.callOff(f, in, 1, worth(200_000)), now+1), now+1, "signed")
	s.want(s.accept(s.callOff(f, in, 1, worth(100_001)), now+2), now+2, rule.Refused, "maximum_reached")
	// One that gets no units makes room again.
	s.want(s.accept(s.callOff(f, in, 1001, worth(100_000)), now+3), now+3, "signed")
	s.want(s.accept(s.callOff(f, in, 1, worth(1)), now+4), now+4, rule.Refused, "maximum_reached")
	s.allocate(f, now+5)
	s.want(s.accept(s.callOff(f, in, 1, worth(100_000)), now+6), now+6, "signed")
}

func TestReservedUnitsReturnWhenTheWindowCloses(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	end := on(t, 2026, 10, 1, 0)
	in := s.join(f, town, end-hour, reserve(400, 300))
	s.allocate(f, end-1)
	s.wantCount(f, end-1, 0, 300, 700)
	s.allocate(f, end)
	s.wantCount(f, end, 0, 0, 1000)
	s.want(in, end, "effective")
	o := s.accept(s.callOff(f, in, 200), end+1)
	s.allocate(f, end+1)
	s.want(o, end+1, "signed")
	s.wantCount(f, end+1, 200, 0, 800)
}

func TestABuyerThatWithdrawsGivesItsReservationBackAndKeepsItsCallOffs(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	now := on(t, 2026, 3, 2, 9)
	in := s.join(f, town, now, reserve(400, 300))
	o := s.accept(s.callOff(f, in, 100), now+1)
	s.allocate(f, now+2)
	s.wantCount(f, now+2, 100, 200, 700)
	s.sign(in, town, buyerRole, deed.Revoke, now+3)
	s.want(in, now+3, "ended")
	s.allocate(f, now+4)
	s.wantCount(f, now+4, 100, 0, 900)
	s.want(o, now+4, "signed")
	s.sign(o, supplier, supplierRole, deed.Revoke, now+5)
	s.want(o, now+5, "terminated")
	s.allocate(f, now+6)
	s.wantCount(f, now+6, 0, 0, 1000)
	// It may come back while a window is open; nothing is counted twice.
	s.want(s.join(f, town, now+7, reserve(400, 300)), now+7, "effective")
	s.allocate(f, now+8)
	s.wantCount(f, now+8, 0, 300, 700)
}

func TestNoWindowIsClosedBeforeItsEndAndNothingReturnsOnARevokeWithoutReceipt(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	now := on(t, 2026, 3, 2, 9)
	o := s.accept(s.callOff(f, s.join(f, town, now, reserve(100, 60)), 40), now+1)
	s.allocate(f, now+2)
	early := s.deed(deed.Draft{
		Type: dossier.TypeAllocation, Parents: []deed.Hash{f.Hash()}, Rule: deed.Rule{Kind: deed.RuleOne, Role: bodyRole},
		Parties: []deed.Party{{PeerID: purchaser, Role: bodyRole}},
	}, dossier.Allocation{
		Command: dossier.Command{Request: "c1/" + string(f.Hash()) + "/" + lot, Kind: "close", Lot: lot, Window: 1},
		Receipt: &dossier.Receipt{Request: "c1/" + string(f.Hash()) + "/" + lot, Kind: "close", Lot: lot, Serial: 3, ToPool: 20, Pool: 960, Committed: 40},
	})
	s.want(s.accept(early, now+3), now+3, rule.Refused, collective.CodeTerm)
	s.wantCount(f, now+3, 40, 20, 940)
	s.sign(o, town, buyerRole, deed.Revoke, now+4).Receipt = deed.Receipt{}
	if st := s.want(o, now+5, "terminated"); !st.Provisional {
		t.Error("isn't provisional")
	}
	if owed, err := collective.OwedBy(s.view(now+5), f.Hash()); err != nil || len(owed) != 0 {
		t.Errorf("%d owed, %v", len(owed), err)
	}
}

// Who leaves and comes back in one round gets its new reservation, and a late
// word on the old one can't take that away.
func TestWhoLeavesAndComesBackHasOneReservation(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	now := on(t, 2026, 3, 2, 9)
	first := s.join(f, town, now, reserve(400, 300))
	s.allocate(f, now+1)
	s.sign(first, town, buyerRole, deed.Revoke, now+2)
	s.want(s.join(f, town, now+3, reserve(250, 250)), now+3, "effective")
	s.allocate(f, now+4)
	s.wantCount(f, now+4, 0, 250, 750)
	again := s.deed(deed.Draft{
		Type: dossier.TypeAllocation, Parents: []deed.Hash{f.Hash(), first.Hash()}, Rule: deed.Rule{Kind: deed.RuleOne, Role: bodyRole},
		Parties: []deed.Party{{PeerID: purchaser, Role: bodyRole}},
	}, dossier.Allocation{
		Command: dossier.Command{Request: "w/" + string(first.Hash()) + "/x", Kind: "withdraw", Lot: lot, Buyer: string(town)},
		Receipt: &dossier.Receipt{Request: "w/x", Kind: "withdraw", Lot: lot, Buyer: string(town), Serial: 4, ToPool: 250, Pool: 1000},
	})
	s.want(s.accept(again, now+5), now+5, rule.Refused, rule.ReasonParentState)
	s.wantCount(f, now+5, 0, 250, 750)
}

// Whatever the purchasing body writes down that doesn't follow from the deeds is
// refused by everybody who adds the ledger up.
func TestALyingSequencerIsRefusedByEverybody(t *testing.T) {
	for name, c := range map[string]struct {
		lie  func(*dossier.Allocation)
		want rule.ReasonCode
	}{
		"more than the maximum":   {func(a *dossier.Allocation) { a.Command.Quantity = 2000 }, collective.CodeCommand},
		"another pool":            {func(a *dossier.Allocation) { a.Receipt.Pool++ }, collective.CodeLedger},
		"a serial number skipped": {func(a *dossier.Allocation) { a.Receipt.Serial++ }, collective.CodeLedger},
		"for another buyer":       {func(a *dossier.Allocation) { a.Command.Buyer, a.Receipt.Buyer = string(village), string(village) }, collective.CodeCommand},
		"another request":         {func(a *dossier.Allocation) { a.Command.Request, a.Receipt.Request = "x", "x" }, collective.CodeCommand},
		"a refusal without ground": {func(a *dossier.Allocation) {
			a.Receipt, a.Refusal = nil, &dossier.CommandRefusal{Code: "exhausted", Detail: "Op."}
		}, collective.CodeLedger},
		"exhausted too early":          {func(a *dossier.Allocation) { a.Exhausted = true }, collective.CodeLedger},
		"a threshold too early":        {func(a *dossier.Allocation) { a.Receipt.Reached = []int{70} }, collective.CodeLedger},
		"a release of what still runs": {func(a *dossier.Allocation) { a.Command.Kind = string(ledger.Release) }, rule.ReasonParentState},
		"a change of its own":          {func(a *dossier.Allocation) { a.Command.Kind = string(ledger.Change) }, collective.CodeCommand},
		"receipt and refusal":          {func(a *dossier.Allocation) { a.Refusal = &dossier.CommandRefusal{Code: "full", Detail: "Vol."} }, rule.ReasonForm},
		"a close before its time": {func(a *dossier.Allocation) {
			a.Command = dossier.Command{Request: "c", Kind: string(ledger.Close), Lot: lot, Window: 1}
		}, "parent"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			f := s.framework()
			now := on(t, 2026, 3, 2, 9)
			o := s.accept(s.callOff(f, s.join(f, town, now, reserve(100, 0)), 40), now+1)
			lie := s.accept(s.lie(f, now+1, c.lie), now+2)
			st := s.at(lie, now+2)
			if st.State != rule.Refused && st.State != rule.Void || st.Reasons[0].Code != c.want {
				t.Errorf("%s, %+v; want %s", st.State, st.Reasons, c.want)
			}
			if w := collective.CallOffState(s.want(o, now+2, "signed")); w != collective.WordWaits {
				t.Errorf("the call-off is %s", w)
			}
			s.allocate(f, now+3) // the truth is still welcome
			if w := collective.CallOffState(s.want(o, now+3, "signed")); w != collective.WordLive {
				t.Errorf("the call-off is %s", w)
			}
		})
	}
}

// lie makes the first allocation that is due, with something changed.
func (s *scene) lie(f *deed.Content, at int64, change func(*dossier.Allocation)) *deed.Content {
	s.t.Helper()
	d := s.due(f, at)
	var a dossier.Allocation
	if err := json.Unmarshal(d.Body, &a); err != nil {
		s.t.Fatal(err)
	}
	change(&a)
	d.Body = nil
	return s.deed(d, a)
}

func (s *scene) due(f *deed.Content, at int64) deed.Draft {
	s.t.Helper()
	v := s.view(at)
	owed, err := collective.OwedBy(v, f.Hash())
	if err != nil || len(owed) == 0 {
		s.t.Fatalf("%d owed, %v", len(owed), err)
	}
	l, err := collective.LedgerOf(v, f.Hash())
	if err != nil {
		s.t.Fatal(err)
	}
	d, err := collective.Allocate(f, owed[0], l)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

func TestAReceiptCountsOnceAndOnlyFromThePurchasingBody(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	now := on(t, 2026, 3, 2, 9)
	in := s.join(f, town, now, reserve(100, 60))
	d := s.due(f, now)
	d.Parties = []deed.Party{{PeerID: town, Role: bodyRole}}
	s.want(s.accept(s.deed(d, nil), now+1), now+1, rule.Void, rule.ReasonParentParty)
	d.Parties = []deed.Party{{PeerID: purchaser, Role: bodyRole}}
	s.want(s.accept(s.deed(d, nil), now+2), now+2, "issued")
	s.want(s.accept(s.deed(d, nil), now+3), now+3, rule.Refused, collective.CodeAllocated)
	s.wantCount(f, now+3, 0, 60, 940)
	other := s.framework()
	d.Parents = []deed.Hash{other.Hash(), in.Hash()}
	s.want(s.accept(s.deed(d, nil), now+4), now+4, rule.Refused, "parent")
	s.change(f, now+5, dossier.Change{Kind: dossier.ChangeSuspension})
	o := s.accept(s.callOff(f, in, 1), now-1)
	if owed, err := collective.OwedBy(s.view(now+6), f.Hash()); err != nil || len(owed) != 0 {
		t.Errorf("while it is suspended %d are owed (%v); the call-off is %s", len(owed), err, s.at(o, now+6).State)
	}
}

// 280 municipalities join and draw 130,000 units together (design, row 54). The
// count is exact, and the fold stays quick enough to show a page.
func TestTwoHundredEightyMunicipalitiesDrawAHundredThirtyThousandUnits(t *testing.T) {
	s := newScene(t)
	var buyers []fsc.PeerID
	for _, m := range s.reg.Municipalities()[:280] {
		buyers = append(buyers, fsc.PeerID(m.OIN))
	}
	f := s.framework(func(_ *deed.Draft, f *dossier.Framework) {
		f.Eligible, f.Lots[0].MaximumQuantity = buyers, 130_000
	})
	now := on(t, 2026, 3, 2, 9)
	offers := make([]*deed.Content, 0, len(buyers))
	for i, b := range buyers {
		quantity := int64(464)
		if i < 80 {
			quantity = 465 // 280 × 464 + 80 = 130,000
		}
		in := s.join(f, b, now+int64(i), reserve(quantity, quantity))
		offers = append(offers, s.accept(s.callOff(f, in, quantity), now+int64(i)+500))
	}
	s.allocate(f, now+1000)
	s.wantCount(f, now+1000, 130_000, 0, 0)
	s.want(f, now+1000, "exhausted")
	begin := time.Now()
	v := s.view(now + 1001)
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("a fold of %d deeds took %v", len(s.facts.Deeds), took)
	} else {
		t.Logf("%d deeds in %v", len(s.facts.Deeds), took)
	}
	for _, o := range offers {
		if st, _ := v.Status(o.Hash()); collective.CallOffState(st) != collective.WordLive {
			t.Fatalf("%s: %+v", st.State, st.Reasons)
		}
	}
}
