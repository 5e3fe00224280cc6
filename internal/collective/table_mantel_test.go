// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"slices"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

func TestAnEligibleBuyerJoinsByItsOwnDeedAndCallsOff(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	in := s.join(f, town, on(t, 2026, 2, 1, 9), reserve(400, 300))
	o := s.accept(s.callOff(f, in, 350), on(t, 2026, 2, 20, 9))
	s.want(f, on(t, 2025, 12, 31, 23), rule.Pending)
	s.want(in, on(t, 2026, 2, 1, 8), "requested")
	s.want(in, on(t, 2026, 2, 1, 9), "effective")
	s.want(o, on(t, 2026, 2, 20, 8), "offered")
	if w := collective.CallOffState(s.want(o, on(t, 2026, 3, 1, 0), "signed")); w != collective.WordWaits {
		t.Errorf("without a receipt it is %s", w)
	}
	if made := s.allocate(f, on(t, 2026, 3, 2, 9)); len(made) != 2 {
		t.Fatalf("%d allocations", len(made))
	}
	st := s.want(o, on(t, 2026, 3, 2, 9), "signed")
	if w := collective.CallOffState(st); w != collective.WordLive {
		t.Errorf("with its receipt it is %s", w)
	}
	s.wantCount(f, on(t, 2026, 3, 2, 9), 350, 0, 650)
	s.want(o, on(t, 2027, 3, 1, 0), "completed")
	s.allocate(f, on(t, 2027, 3, 1, 1))
	s.wantCount(f, on(t, 2027, 3, 1, 1), 0, 0, 1000)
}

// Each case is a reason why a buyer can't join, with the rule it rests on.
func TestWhoCannotJoinIsToldWhy(t *testing.T) {
	for name, c := range map[string]struct {
		by     fsc.PeerID
		at     int64
		lots   []dossier.Reservation
		before func(*scene, *deed.Content)
		want   rule.ReasonCode
	}{
		"not eligible":              {by: stranger, want: "not_eligible"},
		"a real one off the list":   {by: amsterdam, want: "not_eligible"},
		"between windows":           {at: on(t, 2026, 11, 1, 9), want: "window_closed"},
		"late joiner, last window":  {at: on(t, 2027, 10, 1, 0), want: "window_closed"},
		"in the last second it may": {at: on(t, 2027, 10, 1, 0) - 1},
		"after the end":             {at: on(t, 2028, 1, 1, 0), want: "framework_closed"},
		"before it begins":          {at: on(t, 2025, 12, 31, 23), want: "framework_closed"},
		"over-reservation":          {lots: reserve(100, 121), want: "over_reservation"},
		"six fifths it may":         {lots: reserve(100, 120)},
		"more than is left":         {lots: reserve(1001, 1001), want: "maximum_reached"},
		"a lot that isn't there":    {lots: []dossier.Reservation{{Lot: lotTwo, Need: 1}}, want: "lot"},
		"twice":                     {before: func(s *scene, f *deed.Content) { s.join(f, town, on(t, 2026, 1, 5, 9), reserve(9, 0)) }, want: collective.CodeAcceded},
		"a supplier":                {by: supplier, want: "not_eligible"},
		"while it is suspended":     {before: changed(dossier.ChangeSuspension), want: "framework_closed"},
		"after it was terminated":   {before: changed(dossier.ChangeTermination), want: "framework_closed"},
		"after a court annulled it": {before: changed(dossier.ChangeAnnulment), want: "framework_closed"},
		"when the suspension is over": {before: func(s *scene, f *deed.Content) {
			changed(dossier.ChangeSuspension)(s, f)
			changed(dossier.ChangeLift)(s, f)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			f := s.framework()
			if c.before != nil {
				c.before(s, f)
			}
			by, at, lots := town, on(t, 2026, 2, 1, 9), reserve(100, 50)
			if c.by != "" {
				by = c.by
			}
			if c.at != 0 {
				at = c.at
			}
			if c.lots != nil {
				lots = c.lots
			}
			in := s.join(f, by, at, lots)
			switch c.want {
			case "":
				s.want(in, at, "effective")
			case "over_reservation": // breaks its own rules, whatever the moment
				s.want(in, at, rule.Void, c.want)
			default:
				s.want(in, at, rule.Refused, c.want)
			}
		})
	}
}

func changed(kind dossier.ChangeKind) func(*scene, *deed.Content) {
	return func(s *scene, f *deed.Content) { s.change(f, on(s.t, 2026, 1, 10, 9)+s.n, dossier.Change{Kind: kind}) }
}

// What is wrong with a framework shows before anybody has joined.
func TestAFrameworkBreaksNoLaw(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*deed.Draft, *dossier.Framework)
		want   rule.ReasonCode
	}{
		"five years without a reason": {func(d *deed.Draft, f *dossier.Framework) { f.ExtensionUntil = on(t, 2031, 1, 1, 0) }, "term_too_long"},
		"a supplier that may buy":     {func(d *deed.Draft, f *dossier.Framework) { f.Eligible = append(f.Eligible, second) }, "role_conflict"},
		"a supplier that runs it": {func(d *deed.Draft, f *dossier.Framework) {
			d.Parties[1].PeerID, f.Lots[0].Suppliers = purchaser, []fsc.PeerID{purchaser}
		}, "role_conflict"},
		"no maximum":                   {func(d *deed.Draft, f *dossier.Framework) { f.Lots[0].MaximumQuantity = 0 }, rule.ReasonForm},
		"a lot with a name for people": {func(d *deed.Draft, f *dossier.Framework) { f.Lots[0].ID = "perceel één" }, rule.ReasonForm},
		"of before the law":            {func(d *deed.Draft, f *dossier.Framework) { f.Published = on(t, 2016, 6, 30, 0) }, "term_too_long"},
		"the purchasing body alone, for new": {func(d *deed.Draft, f *dossier.Framework) {
			d.Rule = deed.Rule{Kind: deed.RuleAllOfRole, Role: bodyRole}
		}, "signatories"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.want(s.framework(c.change), on(t, 2026, 2, 1, 9), rule.Void, c.want)
		})
	}
	s := newScene(t)
	s.want(s.framework(func(_ *deed.Draft, f *dossier.Framework) {
		f.ExtensionUntil, f.TermRationale = on(t, 2031, 1, 1, 0), "Glasvezel wordt in twintig jaar afgeschreven."
	}), on(t, 2026, 2, 1, 9), "live")
}

func TestWhoCannotCallOffIsToldWhy(t *testing.T) {
	for name, c := range map[string]struct {
		at     int64
		change func(*deed.Draft, *dossier.CallOff)
		before func(s *scene, f, in *deed.Content)
		want   rule.ReasonCode
	}{
		"all is well": {},
		"the accession has ended": {before: func(s *scene, _, in *deed.Content) {
			s.sign(in, town, buyerRole, deed.Revoke, on(t, 2026, 2, 10, 9))
		}, want: "not_acceded"},
		"another's accession":    {change: func(d *deed.Draft, _ *dossier.CallOff) { d.Parties[0].PeerID = village }, want: "not_acceded"},
		"no supplier of the lot": {change: func(d *deed.Draft, _ *dossier.CallOff) { d.Parties[1].PeerID = stranger }, want: "supplier"},
		"a supplier that left": {before: func(s *scene, f, _ *deed.Content) {
			s.change(f, on(t, 2026, 2, 10, 9), dossier.Change{Kind: dossier.ChangePartyWithdrawal, Supplier: supplier})
		}, want: "supplier"},
		"a service the lot hasn't": {change: func(_ *deed.Draft, o *dossier.CallOff) { o.Services = []string{"iets-anders"} }, want: "service"},
		"longer than the tail":     {change: func(d *deed.Draft, _ *dossier.CallOff) { d.NotAfter = on(t, 2028, 12, 31, 1) }, want: "runs_too_long"},
		"up to the tail":           {change: func(d *deed.Draft, _ *dossier.CallOff) { d.NotAfter = on(t, 2028, 12, 31, 0) }},
		"signed after the end": {at: on(t, 2028, 1, 1, 0), change: func(d *deed.Draft, _ *dossier.CallOff) {
			d.NotAfter = on(t, 2028, 6, 1, 0)
		}, want: "framework_closed"},
		"signed in the last second": {at: on(t, 2028, 1, 1, 0) - 1, change: func(d *deed.Draft, _ *dossier.CallOff) {
			d.NotAfter = on(t, 2028, 6, 1, 0)
		}},
		"while it is suspended": {before: func(s *scene, f, _ *deed.Content) {
			s.change(f, on(t, 2026, 2, 10, 9), dossier.Change{Kind: dossier.ChangeSuspension})
		}, want: "framework_closed"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			f := s.framework()
			in := s.join(f, town, on(t, 2026, 2, 1, 9), reserve(400, 300))
			if c.before != nil {
				c.before(s, f, in)
			}
			at := on(t, 2026, 3, 2, 9)
			if c.at != 0 {
				at = c.at
			}
			var change []func(*deed.Draft, *dossier.CallOff)
			if c.change != nil {
				change = append(change, c.change)
			}
			o := s.accept(s.callOff(f, in, 10, change...), at)
			if c.want == "" {
				s.want(o, at, "signed")
				return
			}
			s.want(o, at, rule.Refused, c.want)
		})
	}
}

func TestAnImportedFrameworkIsAssertedUntilSuppliersAndABuyerConfirm(t *testing.T) {
	s := newScene(t)
	source := deed.AnnexHash([]byte("de overeenkomst op papier"))
	f := s.framework(func(d *deed.Draft, f *dossier.Framework) {
		d.Rule = deed.Rule{Kind: deed.RuleAllOfRole, Role: bodyRole}
		d.Annexes = []deed.Annex{{Hash: source, Name: "overeenkomst.pdf", MediaType: "application/pdf", Size: 25, Owner: purchaser}}
		f.Source = source
		other := f.Lots[0]
		other.ID, other.Suppliers = lotTwo, []fsc.PeerID{second}
		f.Lots[0].Suppliers = []fsc.PeerID{supplier}
		f.Lots = append(f.Lots, other)
	})
	now := on(t, 2026, 2, 1, 9)
	if w := collective.FrameworkState(s.want(f, now, "asserted")); w != collective.WordAsserted {
		t.Errorf("the word is %s", w)
	}
	early := s.join(f, town, now, reserve(10, 0))
	s.want(early, now, rule.Refused, collective.CodeAsserted)
	confirm := func(at int64, buyer fsc.PeerID, suppliers ...fsc.PeerID) *deed.Content {
		d := deed.Draft{
			Type: dossier.TypeConfirmation, Parents: []deed.Hash{f.Hash()}, Rule: deed.Rule{Kind: deed.RuleAll},
			Parties: []deed.Party{{PeerID: buyer, Role: buyerRole}},
		}
		for _, p := range suppliers {
			d.Parties = append(d.Parties, deed.Party{PeerID: p, Role: supplierRole})
		}
		return s.accept(s.deed(d, nil), at)
	}
	s.want(confirm(now+1, town, supplier), now+1, rule.Refused, "signatories")
	s.want(confirm(now+2, stranger, supplier, second), now+2, rule.Refused, "not_eligible")
	s.want(confirm(now+3, town, supplier, second, stranger), now+3, rule.Refused, "supplier")
	s.want(confirm(now+4, town, supplier, second), now+4, rule.InForce)
	st := s.want(f, now+4, "live")
	if !slices.Contains(st.Overlays, collective.OverlayProven) {
		t.Errorf("overlays %v", st.Overlays)
	}
	s.want(s.join(f, town, now+5, reserve(10, 0)), now+5, "effective")
	s.want(confirm(now+6, town, supplier, second), now+6, rule.Refused, rule.ReasonParentState)
}

func TestAnExtensionIsUsedInTimeAndByAllSuppliers(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	extend := dossier.Change{Kind: dossier.ChangeExtension}
	s.want(s.change(f, on(t, 2027, 6, 1, 9), extend, supplier), on(t, 2027, 6, 1, 9), rule.Refused, "signatories")
	s.want(s.change(f, on(t, 2027, 6, 1, 10), extend), on(t, 2027, 6, 1, 10), rule.Void, "signatories")
	s.want(s.change(f, on(t, 2027, 6, 1, 11), extend, supplier, second), on(t, 2027, 6, 1, 11), rule.InForce)
	s.want(s.change(f, on(t, 2027, 6, 1, 12), extend, supplier, second), on(t, 2027, 6, 1, 12), rule.Refused, collective.CodeChangeState)
	s.want(f, on(t, 2028, 1, 1, 0), "live")
	s.want(f, on(t, 2030, 1, 1, 0)-1, "live")
	s.want(f, on(t, 2030, 1, 1, 0), rule.Expired)

	s = newScene(t)
	f = s.framework()
	s.want(s.change(f, on(t, 2028, 1, 1, 0), extend, supplier, second), on(t, 2028, 1, 1, 0), rule.Refused, rule.ReasonParentState)
	s.want(f, on(t, 2028, 1, 1, 0), rule.Expired)
	none := s.framework(func(_ *deed.Draft, f *dossier.Framework) { f.ExtensionUntil = 0 })
	s.want(s.change(none, on(t, 2027, 6, 1, 9), extend, supplier, second), on(t, 2027, 6, 1, 9), rule.Refused, "term_too_long")
}

func TestChangesHaveBoundsAndTheRightSignatures(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	at := on(t, 2026, 2, 1, 9)
	next := func() int64 { at += hour; return at }
	index := func(points int64) dossier.Change {
		return dossier.Change{Kind: dossier.ChangeIndexation, BasisPoints: points}
	}
	s.want(s.change(f, next(), index(600), supplier), at, rule.InForce)
	s.want(s.change(f, next(), index(401), supplier), at, rule.Refused, "change_cap")
	s.want(s.change(f, next(), index(400), supplier), at, rule.InForce)
	s.want(s.change(f, next(), index(100), stranger), at, rule.Refused, "supplier")
	s.want(s.change(f, next(), dossier.Change{Kind: dossier.ChangeTax, BasisPoints: 1200}), at, rule.InForce)
	s.want(s.change(f, next(), dossier.Change{Kind: dossier.ChangeLift}), at, rule.Refused, collective.CodeChangeState)
	s.want(s.change(f, next(), dossier.Change{Kind: "iets"}), at, rule.Void, rule.ReasonForm)
	takeover := dossier.Change{Kind: dossier.ChangeThirdParty, Supplier: supplier, Successor: stranger}
	s.want(s.change(f, next(), takeover), at, rule.Void, "signatories")
	buys := takeover
	buys.Successor = town
	s.want(s.change(f, next(), buys, town), at, rule.Refused, "role_conflict")
	s.want(s.change(f, next(), takeover, stranger), at, rule.InForce)
	in := s.join(f, town, next(), reserve(10, 0))
	with := func(p fsc.PeerID) func(*deed.Draft, *dossier.CallOff) {
		return func(d *deed.Draft, _ *dossier.CallOff) { d.Parties[1].PeerID = p }
	}
	s.want(s.accept(s.callOff(f, in, 1, with(stranger)), next()), on(t, 2026, 3, 1, 0), "signed")
	s.want(s.accept(s.callOff(f, in, 1), next()), on(t, 2026, 3, 1, 0), rule.Refused, "supplier")
}

func TestAnAnnulledFrameworkTakesOnlyWhatHasNoUnits(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	in := s.join(f, town, on(t, 2026, 2, 1, 9), reserve(400, 300))
	lives := s.accept(s.callOff(f, in, 10), on(t, 2026, 3, 2, 9))
	s.allocate(f, on(t, 2026, 3, 3, 9))
	waits := s.accept(s.callOff(f, in, 20), on(t, 2026, 3, 4, 9))
	now := on(t, 2026, 3, 5, 9)
	s.change(f, now, dossier.Change{Kind: dossier.ChangeAnnulment})
	s.want(f, now, "annulled")
	s.want(in, now, "ended", rule.ReasonMoved)
	s.want(lives, now, "signed")
	s.want(waits, now, rule.Refused, rule.ReasonMoved)
	s.allocate(f, now+1)
	s.wantCount(f, now+1, 10, 0, 990)
}
