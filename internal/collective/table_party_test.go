// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// ofVoorne is a framework of 2022, when Brielle and Hellevoetsluis were there.
func (s *scene) ofVoorne() *deed.Content {
	t := s.t
	return s.framework(func(d *deed.Draft, f *dossier.Framework) {
		d.NotBefore, d.NotAfter = on(t, 2022, 3, 1, 0), on(t, 2024, 3, 1, 0)
		f.Published, f.ExtensionUntil = on(t, 2021, 6, 1, 0), on(t, 2026, 3, 1, 0)
		f.Windows = []dossier.Window{{From: on(t, 2022, 3, 1, 0), Until: on(t, 2022, 10, 1, 0)}, {From: on(t, 2023, 6, 1, 0), Until: on(t, 2023, 10, 1, 0)}}
		f.Eligible = []fsc.PeerID{brielle, hellevoet, weesp}
	})
}

func TestALegalSuccessorTakesThePlaceAndTheQuotaMovesAndNeverDoubles(t *testing.T) {
	s := newScene(t)
	f := s.ofVoorne()
	a := s.join(f, brielle, on(t, 2022, 9, 1, 9), reserve(400, 400))
	b := s.join(f, hellevoet, on(t, 2022, 9, 2, 9), reserve(600, 600))
	runs := s.accept(s.callOff(f, a, 100, func(d *deed.Draft, _ *dossier.CallOff) {
		d.NotBefore, d.NotAfter = on(t, 2022, 9, 3, 0), on(t, 2024, 1, 1, 0)
	}), on(t, 2022, 9, 3, 9))
	early := s.join(f, voorneAanZee, on(t, 2022, 9, 4, 9), reserve(10, 0))
	s.want(early, on(t, 2022, 9, 4, 9), rule.Refused, "not_eligible")
	now := on(t, 2022, 9, 5, 9)
	s.allocate(f, now)
	s.wantCount(f, now, 100, 900, 0)

	// The merger is of 1 January 2023, when no window is open. The framework hasn't
	// closed the last one yet, so that what was reserved is still there.
	merged := on(t, 2023, 1, 1, 0)
	s.want(s.join(f, voorneAanZee, merged-1, reserve(900, 900), a, b), merged-1, rule.Refused, collective.CodeSuccessor)
	s.want(s.join(f, voorneAanZee, merged, reserve(10, 0)), merged, rule.Refused, "window_closed")
	s.want(s.join(f, voorneAanZee, merged, reserve(1000, 901), a, b), merged, rule.Refused, "maximum_reached")
	s.want(s.join(f, amsterdam, merged, reserve(900, 900), a), merged, rule.Refused, collective.CodeSuccessor)
	s.want(s.join(f, brielle, merged, reserve(9, 0), b), merged, rule.Refused, collective.CodeSuccessor)
	heir := s.join(f, voorneAanZee, merged+hour, reserve(900, 900), a, b)
	s.want(heir, merged+hour, "effective")
	s.want(a, merged+hour, "ended")
	s.want(b, merged+hour, "ended")
	s.want(runs, merged+hour, "signed")
	s.want(s.join(f, voorneAanZee, merged+2*hour, reserve(900, 900), a, b), merged+2*hour, rule.Refused, rule.ReasonParentState)
}

func TestTheReservationOfPredecessorsGoesToTheSuccessorWhileTheWindowIsOpen(t *testing.T) {
	s := newScene(t)
	f := s.framework(func(d *deed.Draft, f *dossier.Framework) {
		d.NotBefore, d.NotAfter = on(t, 2021, 3, 1, 0), on(t, 2023, 3, 1, 0)
		f.Published, f.ExtensionUntil = on(t, 2020, 6, 1, 0), 0
		f.Windows = []dossier.Window{{From: on(t, 2021, 3, 1, 0), Until: on(t, 2022, 10, 1, 0)}}
		f.Eligible = []fsc.PeerID{weesp, town}
	})
	in := s.join(f, weesp, on(t, 2022, 3, 1, 9), reserve(400, 400))
	s.join(f, town, on(t, 2022, 3, 1, 10), reserve(600, 600))
	s.allocate(f, on(t, 2022, 3, 1, 11))
	ended := on(t, 2022, 3, 24, 0)
	s.want(s.join(f, amsterdam, ended-1, reserve(400, 400), in), ended-1, rule.Refused, collective.CodeSuccessor)
	heir := s.join(f, amsterdam, ended, reserve(400, 400), in)
	s.want(heir, ended, "effective")
	s.allocate(f, ended+1)
	s.wantCount(f, ended+1, 0, 1000, 0)
	l, err := collective.LedgerOf(s.view(ended+1), f.Hash())
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(l.Holdings(lot)); !strings.Contains(got, string(amsterdam)+" 400") || strings.Contains(got, string(weesp)) {
		t.Errorf("holdings %v", got)
	}
}

func TestAnEndedMunicipalityNoLongerActs(t *testing.T) {
	s := newScene(t)
	f := s.ofVoorne()
	at := on(t, 2023, 6, 1, 9)
	s.want(s.join(f, brielle, at, reserve(10, 0)), at, rule.Refused, "not_eligible")
	s.want(s.join(f, voorneAanZee, at, reserve(10, 0)), at, "effective") // as successor of those on the list
}

// A municipality that makes the software others buy is a supplier there, also
// when it takes the place of one that may buy.
func TestAMunicipalityThatIsSupplierDoesNotBuyUnderTheSameFramework(t *testing.T) {
	s := newScene(t)
	f := s.framework(func(d *deed.Draft, f *dossier.Framework) {
		f.Eligible, d.Parties[1].PeerID = []fsc.PeerID{brielle}, voorneAanZee
		f.Lots[0].Suppliers = []fsc.PeerID{voorneAanZee}
		f.Published = on(t, 2022, 6, 1, 0)
	})
	at := on(t, 2026, 2, 1, 9)
	s.want(s.join(f, voorneAanZee, at, reserve(10, 0)), at, rule.Refused, "role_conflict")
}

// organization makes the statement of an organisation about itself.
func (s *scene) organization(of fsc.PeerID, kind string, at int64, more ...fsc.PeerID) *deed.Content {
	return s.accept(s.deed(deed.Draft{
		Type: dossier.TypeOrganization, Rule: deed.Rule{Kind: deed.RuleOne},
		Parties: []deed.Party{{PeerID: of, Role: dossier.RoleOrganization}, {PeerID: office, Role: deed.Secretariat}},
	}, dossier.Organization{Name: "Naam", Kind: kind, Attributes: []dossier.Attribute{{Name: "kvk", Value: "12345678", Source: "KvK", On: "2026-01-01"}}, Predecessors: more}), at)
}

// merge makes the statement that an organisation took over from others.
func (s *scene) merge(heir, registrar fsc.PeerID, at int64, of ...*deed.Content) *deed.Content {
	d := deed.Draft{
		Type: dossier.TypeOrganization, Rule: deed.Rule{Kind: deed.RuleAll},
		Parties: []deed.Party{{PeerID: heir, Role: dossier.RoleOrganization}, {PeerID: registrar, Role: dossier.RoleRegistrar}},
	}
	o := dossier.Organization{Name: "Naam", Kind: "municipality", Attributes: []dossier.Attribute{}}
	for _, p := range of {
		d.Parents = append(d.Parents, p.Hash())
		o.Predecessors = append(o.Predecessors, dossier.Self(p))
	}
	return s.accept(s.deed(d, o), at)
}

func TestAMergerDeedNeedsTheRegistrarAndMakesASuccessor(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	now := on(t, 2026, 2, 1, 9)
	old, other := s.organization(town, "municipality", now), s.organization(village, "municipality", now)
	s.want(old, now, "active")
	in := s.join(f, town, now, reserve(100, 100))
	s.allocate(f, now)
	s.want(s.merge(stranger, stranger, now+1, old), now+1, rule.Refused, collective.CodeRegistrar)
	s.want(s.merge(stranger, office, now+2, old), now+2, "active")
	s.want(old, now+2, "ended", rule.ReasonMoved)
	merger := s.facts.Deeds[len(s.facts.Deeds)-1]
	s.want(s.join(f, stranger, now+3, reserve(10, 0)), now+3, rule.Refused, "not_eligible")
	s.want(s.join(f, stranger, now+4, reserve(10, 0), in), now+4, rule.Refused, collective.CodeSuccessor)
	heir := s.join(f, stranger, now+5, reserve(100, 100), in, merger)
	s.want(heir, now+5, "effective")
	s.want(in, now+5, "ended")
	s.allocate(f, now+6)
	s.wantCount(f, now+6, 0, 100, 900)
	// One that is named has to have its statement there, and the other way round.
	s.want(s.deedOf(other, stranger, now+7), now+7, rule.Refused, collective.CodePredecessor)
	// A newer statement of one's own replaces the one before.
	newer := s.accept(s.deed(deed.Draft{
		Type: dossier.TypeOrganization, Rule: deed.Rule{Kind: deed.RuleOne}, Parents: []deed.Hash{other.Hash()},
		Parties: []deed.Party{{PeerID: village, Role: dossier.RoleOrganization}},
	}, dossier.Organization{Name: "Nieuwe naam", Kind: "municipality", Attributes: []dossier.Attribute{}}), now+8)
	s.want(newer, now+8, "active")
	s.want(other, now+8, "replaced")
	s.want(s.organization(town, "vereniging", now+9), now+9, rule.Void, rule.ReasonForm)
	s.want(s.organization(town, "body", now+9, village), now+9, rule.Void, "signatories")
}

// deedOf names a predecessor beside the one whose statement is a parent.
func (s *scene) deedOf(of *deed.Content, heir fsc.PeerID, at int64) *deed.Content {
	return s.accept(s.deed(deed.Draft{
		Type: dossier.TypeOrganization, Rule: deed.Rule{Kind: deed.RuleAll}, Parents: []deed.Hash{of.Hash()},
		Parties: []deed.Party{{PeerID: heir, Role: dossier.RoleOrganization}, {PeerID: office, Role: dossier.RoleRegistrar}},
	}, dossier.Organization{Name: "Naam", Kind: "body", Attributes: []dossier.Attribute{}, Predecessors: []fsc.PeerID{dossier.Self(of), supplier}}), at)
}

func TestAnOfficerSignsWithinTypeCeilingAndTermOfTheMandate(t *testing.T) {
	begin, end := on(t, 2026, 1, 1, 0), on(t, 2026, 6, 1, 0)
	for name, c := range map[string]struct {
		types    string
		ceiling  int64
		mandator fsc.PeerID
		signer   fsc.PeerID
		key      string
		at       int64
		revoked  bool
		want     rule.ReasonCode
	}{
		"within all":             {},
		"to the cent":            {ceiling: 100_000},
		"over the ceiling":       {ceiling: 99_999, want: rule.ReasonMandateAmount},
		"of another type":        {types: "[111]", want: rule.ReasonMandateType},
		"expired":                {at: end, want: rule.ReasonMandateState},
		"revoked before":         {revoked: true, want: rule.ReasonMandateState},
		"another key":            {key: strings.Repeat("b", 64), want: rule.ReasonMandateKey},
		"of the purchasing body": {signer: purchaser, want: rule.ReasonMandateRefused},
		"given by somebody else": {mandator: stranger, signer: stranger, want: rule.ReasonMandateParty},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			f := s.framework()
			in := s.join(f, town, on(t, 2026, 2, 1, 9), reserve(10, 0))
			mandator, signer, types, ceiling, key, at := town, town, "[112]", int64(200_000), keyOfTown, on(t, 2026, 3, 2, 9)
			if c.mandator != "" {
				mandator = c.mandator
			}
			if c.signer != "" {
				signer = c.signer
			}
			if c.types != "" {
				types = c.types
			}
			if c.ceiling != 0 {
				ceiling = c.ceiling
			}
			if c.key != "" {
				key = c.key
			}
			o := s.callOff(f, in, 1)
			if c.at != 0 {
				at = c.at
			}
			mandate := s.deed(deed.Draft{
				Type: rule.TypeMandate, NotBefore: begin, NotAfter: end, Rule: deed.Rule{Kind: deed.RuleOne, Role: rule.RoleMandator},
				Parties: []deed.Party{{PeerID: mandator, Role: rule.RoleMandator}, {PeerID: office, Role: deed.Secretariat}},
				Body:    fmt.Appendf(nil, `{"mandatary":"%s","key_thumbprint":"%s","deed_types":%s,"ceiling":%d}`, signer, keyOfTown, types, ceiling),
			}, nil)
			s.accept(mandate, begin)
			if c.revoked {
				s.sign(mandate, mandator, rule.RoleMandator, deed.Revoke, at-1)
			}
			s.sign(o, supplier, supplierRole, deed.Accept, at)
			act := s.sign(o, signer, buyerRole, deed.Accept, at)
			act.MandateHash, act.KeyThumbprint = mandate.Hash(), key
			if c.want == "" {
				s.want(o, at, "signed")
				return
			}
			s.want(o, at, "offered", c.want)
		})
	}
}

func TestNobodyElseSignsForABuyer(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	now := on(t, 2026, 3, 2, 9)
	in := s.join(f, town, now, reserve(10, 0))
	o := s.callOff(f, in, 1)
	s.sign(o, supplier, supplierRole, deed.Accept, now)
	s.sign(o, purchaser, buyerRole, deed.Accept, now) // the purchasing body for the buyer
	s.sign(o, office, deed.Secretariat, deed.Accept, now)
	s.sign(o, town, supplierRole, deed.Accept, now) // a party, not in this role
	s.want(o, now, "offered", rule.ReasonNotAParty)
	alone := s.deed(deed.Draft{
		Type: dossier.TypeAccession, Parents: []deed.Hash{f.Hash()}, Rule: deed.Rule{Kind: deed.RuleOne},
		Parties: []deed.Party{{PeerID: village, Role: buyerRole}},
	}, dossier.Accession{Lots: reserve(10, 0)})
	s.sign(alone, purchaser, buyerRole, deed.Accept, now)
	s.want(alone, now, "requested", rule.ReasonNotAParty)
}

func TestADeedBelowAnUnknownParentWaits(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	now := on(t, 2026, 3, 2, 9)
	in := s.join(f, town, now, reserve(10, 0))
	o := s.accept(s.callOff(f, in, 1), now)
	without := s.facts
	s.facts.Deeds = s.facts.Deeds[1:]
	s.want(in, now, rule.Waiting, rule.ReasonParentUnknown)
	s.want(o, now, rule.Waiting, rule.ReasonParentUnknown)
	s.facts = without
	s.want(o, now, "signed")
	// A circle can't be made: a hash is over the parents. Two that name what the
	// other could have been wait for ever, and harm nothing.
	ring := func(parent deed.Hash) *deed.Content {
		return s.deed(deed.Draft{
			Type: dossier.TypeAccession, Parents: []deed.Hash{parent}, Rule: deed.Rule{Kind: deed.RuleOne},
			Parties: []deed.Party{{PeerID: village, Role: buyerRole}},
		}, dossier.Accession{Lots: reserve(10, 0)})
	}
	first := ring(f.Hash())
	next := ring(first.Hash())
	s.want(s.accept(next, now), now, rule.Void, rule.ReasonParentType)
}

func TestADeedOfAnotherGroupIsNoParent(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	now := on(t, 2026, 3, 2, 9)
	in := s.accept(s.deed(deed.Draft{
		Type: dossier.TypeAccession, GroupID: "another-group", Parents: []deed.Hash{f.Hash()}, Rule: deed.Rule{Kind: deed.RuleOne},
		Parties: []deed.Party{{PeerID: town, Role: buyerRole}},
	}, dossier.Accession{Lots: reserve(10, 0)}), now)
	s.want(in, now, rule.Void, rule.ReasonParentGroup)
}

// A day ends at local midnight, also when it has 23 or 25 hours.
func TestWindowsAndTermsEndAtLocalMidnight(t *testing.T) {
	calendar, err := rule.NewCalendar()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []rule.Date{{Year: 2026, Month: 3, Day: 29}, {Year: 2026, Month: 10, Day: 25}, {Year: 2026, Month: 12, Day: 31}} {
		begin, err1 := calendar.Start(d)
		end, err2 := calendar.End(d)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		s := newScene(t)
		f := s.framework(func(_ *deed.Draft, f *dossier.Framework) {
			f.Windows = []dossier.Window{{From: begin, Until: end}}
		})
		s.want(s.join(f, town, begin-1, reserve(10, 0)), end, rule.Refused, "window_closed")
		s.want(s.join(f, village, end, reserve(10, 0)), end, rule.Refused, "window_closed")
		in := s.join(f, town, end-1, reserve(10, 0))
		s.want(in, end, "effective")
		o := s.callOff(f, in, 1, func(d *deed.Draft, _ *dossier.CallOff) { d.NotBefore, d.NotAfter = begin, end })
		s.accept(o, end-1)
		s.want(o, end-1, "signed")
		s.want(o, end, "completed")
		hours := map[int]int64{3: 23, 10: 25, 12: 24}[int(d.Month)]
		if end-begin != hours*hour {
			t.Errorf("%v has %d seconds", d, end-begin)
		}
	}
}

func TestABindingLivesUnderALiveCallOffOnly(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	now := on(t, 2026, 3, 2, 9)
	o := s.accept(s.callOff(f, s.join(f, town, now, reserve(100, 0)), 10), now)
	bind := func(at int64, change ...func(*deed.Draft)) *deed.Content {
		d := deed.Draft{
			Type: dossier.TypeBinding, Rule: deed.Rule{Kind: deed.RuleAll}, Parents: []deed.Hash{o.Hash()}, Parties: o.Parties,
			NotBefore: o.NotBefore, NotAfter: o.NotAfter,
		}
		for _, c := range change {
			c(&d)
		}
		return s.accept(s.deed(d, dossier.Binding{Contract: contractOfFSC}), at)
	}
	s.want(bind(now), now, rule.Refused, "no_allocation")
	s.allocate(f, now+1)
	b, first := bind(now+2), bind(now+2)
	s.want(b, now+2, "bound")
	s.want(bind(now+3, func(d *deed.Draft) { d.NotAfter++ }), now+3, rule.Refused, collective.CodeTerm)
	s.want(bind(now+3, func(d *deed.Draft) {
		d.Parties = []deed.Party{{PeerID: village, Role: buyerRole}, {PeerID: supplier, Role: supplierRole}}
	}), now+3, rule.Void, rule.ReasonParentParty)
	s.sign(first, town, buyerRole, deed.Revoke, now+4)
	s.want(first, now+4, "cut")
	s.want(b, now+4, "bound")
	s.sign(o, town, buyerRole, deed.Revoke, now+5)
	s.want(b, now+5, "cut", rule.ReasonMoved)
	s.want(bind(now+6), now+6, rule.Refused, rule.ReasonParentState)
}
