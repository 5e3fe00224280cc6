// SPDX-License-Identifier: EUPL-1.2

package dossier_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
)

const (
	purchaser fsc.PeerID = "00000099000000100000"
	buyer     fsc.PeerID = "00000099000000300000"
	heir      fsc.PeerID = "00000099000000310000"
	stranger  fsc.PeerID = "00000099000000390000"
	supplier  fsc.PeerID = "00000099000000500000"
	second    fsc.PeerID = "00000099000000510000"
)

// amsterdam is the zone of all days in these tests.
func amsterdam(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func day(t testing.TB, year int, month time.Month, day, hour int) time.Time {
	t.Helper()
	return time.Date(year, month, day, hour, 0, 0, 0, amsterdam(t))
}

func law(t testing.TB) dossier.Law {
	t.Helper()
	l, err := dossier.DutchLaw(day(t, 2025, 6, 1, 0), amsterdam(t))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func write(t testing.TB, d deed.Draft, body any) *deed.Content {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	d.Body, d.GroupID, d.ID = raw, "samenspel-test", deed.NewID(d.IssuedAt*1000, [10]byte{byte(d.Type)})
	c, err := d.Content()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// mantel is a framework of four years from 1 January 2026 with one lot.
func mantel(t testing.TB) (deed.Draft, dossier.Framework) {
	t.Helper()
	d := deed.Draft{
		Type: dossier.TypeFramework, IssuedAt: day(t, 2025, 12, 1, 9).Unix(),
		NotBefore: day(t, 2026, 1, 1, 0).Unix(), NotAfter: day(t, 2028, 1, 1, 0).Unix(), Rule: deed.Rule{Kind: deed.RuleAll},
		Parties: []deed.Party{{PeerID: purchaser, Role: dossier.RolePurchasingBody}, {PeerID: supplier, Role: dossier.RoleSupplier}, {PeerID: second, Role: dossier.RoleSupplier}},
	}
	f := dossier.Framework{
		Name: "Formulieren", Published: day(t, 2025, 6, 1, 0).Unix(), ExtensionUntil: day(t, 2030, 1, 1, 0).Unix(), TailDays: 365,
		Eligible: []fsc.PeerID{buyer},
		Windows: []dossier.Window{
			{From: day(t, 2026, 1, 1, 0).Unix(), Until: day(t, 2026, 10, 1, 0).Unix()},
			{From: day(t, 2027, 3, 28, 0).Unix(), Until: day(t, 2027, 10, 31, 0).Unix()},
		},
		Lots: []dossier.Lot{{
			ID: "perceel-1", Name: "Verhuizing en overlijden", Unit: "meldingen per jaar", MaximumQuantity: 130_000, MaximumValue: 50_000_000,
			Suppliers: []fsc.PeerID{supplier}, Services: []string{"verhuizing-doorgeven", "aangifte-overlijden"},
		}},
	}
	return d, f
}

func accession(t testing.TB, framework *deed.Content, by fsc.PeerID, lots ...dossier.Reservation) *deed.Content {
	t.Helper()
	return write(t, deed.Draft{
		Type: dossier.TypeAccession, IssuedAt: day(t, 2026, 2, 1, 9).Unix(), NotBefore: day(t, 2026, 2, 1, 0).Unix(),
		Rule: deed.Rule{Kind: deed.RuleOne}, Parties: []deed.Party{{PeerID: by, Role: dossier.RoleBuyer}}, Parents: []deed.Hash{framework.Hash()},
	}, dossier.Accession{Lots: lots})
}

func reasonOf(err error) dossier.Reason {
	if r, ok := errors.AsType[*dossier.Refusal](err); ok {
		return r.Reason
	}
	return ""
}

func TestAFrameworkKeepsTheLaw(t *testing.T) {
	long := func(d *deed.Draft, f *dossier.Framework) { f.ExtensionUntil = day(t, 2030, 1, 1, 0).Unix() + 1 }
	for name, tc := range map[string]struct {
		change func(*deed.Draft, *dossier.Framework)
		want   dossier.Reason
	}{
		"four years with all options":   {func(*deed.Draft, *dossier.Framework) {}, ""},
		"a second more than four years": {long, dossier.ReasonTerm},
		"five years without a reason":   {func(d *deed.Draft, f *dossier.Framework) { f.ExtensionUntil = day(t, 2031, 1, 1, 0).Unix() }, dossier.ReasonTerm},
		"five years with a reason": {func(d *deed.Draft, f *dossier.Framework) {
			long(d, f)
			f.TermRationale = "Glasvezel wordt in twintig jaar afgeschreven."
		}, ""},
		"five years and no options": {func(d *deed.Draft, f *dossier.Framework) {
			f.ExtensionUntil, d.NotAfter = 0, day(t, 2031, 1, 1, 0).Unix()
		}, dossier.ReasonTerm},
		"no end":                      {func(d *deed.Draft, f *dossier.Framework) { d.NotAfter = 0 }, dossier.ReasonTerm},
		"no maximum":                  {func(d *deed.Draft, f *dossier.Framework) { f.Lots[0].MaximumQuantity = 0 }, dossier.ReasonMalformed},
		"no maximum value":            {func(d *deed.Draft, f *dossier.Framework) { f.Lots[0].MaximumValue = -1 }, dossier.ReasonMalformed},
		"nobody may join":             {func(d *deed.Draft, f *dossier.Framework) { f.Eligible = []fsc.PeerID{} }, dossier.ReasonMalformed},
		"a buyer twice":               {func(d *deed.Draft, f *dossier.Framework) { f.Eligible = append(f.Eligible, buyer) }, dossier.ReasonMalformed},
		"no window":                   {func(d *deed.Draft, f *dossier.Framework) { f.Windows = []dossier.Window{} }, dossier.ReasonMalformed},
		"windows that overlap":        {func(d *deed.Draft, f *dossier.Framework) { f.Windows[1].From = f.Windows[0].Until - 1 }, dossier.ReasonMalformed},
		"a window after the end":      {func(d *deed.Draft, f *dossier.Framework) { f.Windows[1].Until = day(t, 2031, 1, 1, 0).Unix() }, dossier.ReasonMalformed},
		"a supplier who doesn't sign": {func(d *deed.Draft, f *dossier.Framework) { f.Lots[0].Suppliers = []fsc.PeerID{stranger} }, dossier.ReasonMalformed},
		"a lot twice":                 {func(d *deed.Draft, f *dossier.Framework) { f.Lots = append(f.Lots, f.Lots[0]) }, dossier.ReasonMalformed},
		"no purchasing body":          {func(d *deed.Draft, f *dossier.Framework) { d.Parties = d.Parties[1:] }, dossier.ReasonSignatories},
		"one signature is enough": {func(d *deed.Draft, f *dossier.Framework) {
			d.Rule = deed.Rule{Kind: deed.RuleOne, Role: dossier.RoleSupplier}
		}, dossier.ReasonSignatories},
		"published after it began":         {func(d *deed.Draft, f *dossier.Framework) { f.Published = d.NotBefore + 1 }, dossier.ReasonMalformed},
		"a source that isn't there":        {func(d *deed.Draft, f *dossier.Framework) { f.Source = deed.AnnexHash([]byte("x")) }, dossier.ReasonMalformed},
		"a tail of ten years":              {func(d *deed.Draft, f *dossier.Framework) { f.TailDays = 3653 }, dossier.ReasonMalformed},
		"a name that fills the whole page": {func(d *deed.Draft, f *dossier.Framework) { f.Name = strings.Repeat("x", 201) }, dossier.ReasonMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			d, f := mantel(t)
			tc.change(&d, &f)
			_, err := dossier.ReadFramework(write(t, d, f), law(t))
			if got := reasonOf(err); got != tc.want || (err == nil) != (tc.want == "") {
				t.Errorf("got %q (%v), want %q", got, err, tc.want)
			}
		})
	}
}

func TestARefusalForItsTermCitesTheArticleAndTheLastDay(t *testing.T) {
	d, f := mantel(t)
	f.ExtensionUntil++
	_, err := dossier.ReadFramework(write(t, d, f), law(t))
	for _, want := range []string{"term_rationale", "art. 33(1)", "4 years", "2030-01-01"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
}

func TestOlderFrameworksAreNotGuessedAt(t *testing.T) {
	if _, err := dossier.DutchLaw(day(t, 2016, 6, 30, 23), amsterdam(t)); err == nil {
		t.Error("a law was found for 30 June 2016")
	}
	if _, err := dossier.DutchLaw(day(t, 2016, 7, 1, 0), amsterdam(t)); err != nil {
		t.Error(err)
	}
}

// standing is the framework as everybody finds it, with 100 units left.
func standing(t testing.TB) *dossier.Standing {
	t.Helper()
	d, f := mantel(t)
	c := write(t, d, f)
	read, err := dossier.ReadFramework(c, law(t))
	if err != nil {
		t.Fatal(err)
	}
	return &dossier.Standing{
		Deed: c, Framework: read, Until: time.Unix(c.NotAfter, 0),
		Eligible: func(p fsc.PeerID) (bool, string) {
			return slices.Contains([]fsc.PeerID{buyer, heir}, p), "it wasn't named in the tender"
		},
		Left: func(string) int64 { return 100 },
	}
}

func TestAnAccessionTakesEffectOnlyWhereItIsLawful(t *testing.T) {
	one := dossier.Reservation{Lot: "perceel-1", Need: 100, Reserved: 100}
	within := day(t, 2026, 2, 1, 9)
	for name, tc := range map[string]struct {
		by     fsc.PeerID
		lot    dossier.Reservation
		at     time.Time
		change func(*dossier.Standing)
		want   dossier.Reason
	}{
		"eligible, in the window":          {buyer, one, within, nil, ""},
		"the successor of a buyer":         {heir, one, within, nil, ""},
		"not in the tender":                {stranger, one, within, nil, dossier.ReasonNotEligible},
		"the last second of the window":    {buyer, one, day(t, 2026, 10, 1, 0).Add(-time.Second), nil, ""},
		"the window has just closed":       {buyer, one, day(t, 2026, 10, 1, 0), nil, dossier.ReasonWindowClosed},
		"the night the clock goes forward": {buyer, one, day(t, 2027, 3, 28, 0), nil, ""},
		"before the second window":         {buyer, one, day(t, 2027, 3, 28, 0).Add(-time.Second), nil, dossier.ReasonWindowClosed},
		"the night the clock goes back":    {buyer, one, day(t, 2027, 10, 30, 23).Add(59 * time.Minute), nil, ""},
		"after the last window":            {buyer, one, day(t, 2027, 10, 31, 0), nil, dossier.ReasonWindowClosed},
		"after the framework":              {buyer, one, day(t, 2028, 1, 1, 0), nil, dossier.ReasonNotLive},
		"before the framework":             {buyer, one, day(t, 2025, 12, 31, 23), nil, dossier.ReasonNotLive},
		"the framework was annulled":       {buyer, one, within, func(s *dossier.Standing) { s.Stopped = "annulled by the court" }, dossier.ReasonNotLive},
		"one more than is left":            {buyer, dossier.Reservation{Lot: "perceel-1", Need: 101, Reserved: 101}, within, nil, dossier.ReasonExhausted},
		"nothing left":                     {buyer, one, within, func(s *dossier.Standing) { s.Left = func(string) int64 { return 0 } }, dossier.ReasonExhausted},
		"nothing left, nothing reserved":   {buyer, dossier.Reservation{Lot: "perceel-1", Need: 5}, within, func(s *dossier.Standing) { s.Left = func(string) int64 { return 0 } }, ""},
		"a lot that isn't there":           {buyer, dossier.Reservation{Lot: "perceel-2", Need: 1}, within, nil, dossier.ReasonLot},
	} {
		t.Run(name, func(t *testing.T) {
			s := standing(t)
			if tc.change != nil {
				tc.change(s)
			}
			c := accession(t, s.Deed, tc.by, tc.lot)
			a, err := dossier.ReadAccession(c)
			if err == nil {
				err = dossier.JudgeAccession(s, c, a, tc.at)
			}
			if got := reasonOf(err); got != tc.want || (err == nil) != (tc.want == "") {
				t.Errorf("got %q (%v), want %q", got, err, tc.want)
			}
		})
	}
}

func TestAnAccessionReservesNoMoreThanItsNeed(t *testing.T) {
	s := standing(t)
	for _, tc := range []struct {
		lot  dossier.Reservation
		want dossier.Reason
	}{
		{dossier.Reservation{Lot: "perceel-1", Need: 100, Reserved: 120}, ""},
		{dossier.Reservation{Lot: "perceel-1", Need: 100, Reserved: 121}, dossier.ReasonReservation},
		{dossier.Reservation{Lot: "perceel-1", Need: 1, Reserved: 2}, dossier.ReasonReservation},
		{dossier.Reservation{Lot: "perceel-1", Need: 0, Reserved: 0}, dossier.ReasonMalformed},
		{dossier.Reservation{Lot: "perceel-1", Need: 1, Reserved: -1}, dossier.ReasonMalformed},
		{dossier.Reservation{Lot: "perceel-1", Need: 1<<53 - 1, Reserved: 1<<53 - 1}, dossier.ReasonMalformed},
	} {
		_, err := dossier.ReadAccession(accession(t, s.Deed, buyer, tc.lot))
		if got := reasonOf(err); got != tc.want {
			t.Errorf("%+v: got %q (%v), want %q", tc.lot, got, err, tc.want)
		}
	}
	both := accession(t, s.Deed, buyer, dossier.Reservation{Lot: "perceel-1", Need: 1}, dossier.Reservation{Lot: "perceel-1", Need: 1})
	if _, err := dossier.ReadAccession(both); reasonOf(err) != dossier.ReasonMalformed {
		t.Errorf("a lot twice: %v", err)
	}
}

func TestNobodyAccedesForAnother(t *testing.T) {
	s := standing(t)
	c := write(t, deed.Draft{
		Type: dossier.TypeAccession, IssuedAt: day(t, 2026, 2, 1, 9).Unix(), NotBefore: day(t, 2026, 2, 1, 0).Unix(), Parents: []deed.Hash{s.Deed.Hash()},
		Rule:    deed.Rule{Kind: deed.RuleOne, Role: dossier.RolePurchasingBody},
		Parties: []deed.Party{{PeerID: buyer, Role: dossier.RoleBuyer}, {PeerID: purchaser, Role: dossier.RolePurchasingBody}},
	}, dossier.Accession{Lots: []dossier.Reservation{{Lot: "perceel-1", Need: 1}}})
	if _, err := dossier.ReadAccession(c); reasonOf(err) != dossier.ReasonSignatories {
		t.Errorf("got %v", err)
	}
}

func TestACallOffLivesOnlyWhereItIsLawful(t *testing.T) {
	type situation struct {
		s     *dossier.Standing
		e     *dossier.Entry
		draft deed.Draft
		body  dossier.CallOff
		at    dossier.Signing
	}
	for name, tc := range map[string]struct {
		change func(*situation)
		want   dossier.Reason
	}{
		"all fits":                 {func(*situation) {}, ""},
		"no receipt of the ledger": {func(x *situation) { x.at.Allocated = 0 }, dossier.ReasonNoReceipt},
		"a receipt for less":       {func(x *situation) { x.at.Allocated = 39 }, dossier.ReasonNoReceipt},
		"signed a second too late": {func(x *situation) { x.at.Signed = x.s.Until }, dossier.ReasonNotLive},
		"the last second":          {func(x *situation) { x.at.Signed = x.s.Until.Add(-time.Second) }, ""},
		"the tail is used":         {func(x *situation) { x.draft.NotAfter = x.s.Until.Add(365 * 24 * time.Hour).Unix() }, ""},
		"longer than the tail":     {func(x *situation) { x.draft.NotAfter = x.s.Until.Add(365*24*time.Hour).Unix() + 1 }, dossier.ReasonTail},
		"an option was used": {func(x *situation) {
			x.s.Until = day(t, 2029, 1, 1, 0)
			x.at.Signed = day(t, 2028, 6, 1, 0)
			x.draft.NotAfter = day(t, 2029, 6, 1, 0).Unix()
		}, ""},
		"the accession isn't effective": {func(x *situation) { x.e.Effective = false }, dossier.ReasonNotAcceded},
		"the accession of another":      {func(x *situation) { x.draft.Parties[0].PeerID = heir }, dossier.ReasonNotAcceded},
		"no supplier of the lot":        {func(x *situation) { x.draft.Parties[1].PeerID = second }, dossier.ReasonSupplier},
		"a service of another lot":      {func(x *situation) { x.body.Services = []string{"personen"} }, dossier.ReasonService},
		"a lot it didn't join":          {func(x *situation) { x.body.Lot = "perceel-2" }, dossier.ReasonLot},
		"suspended":                     {func(x *situation) { x.s.Stopped = "suspended by the court" }, dossier.ReasonNotLive},
		"signed by the purchasing body": {func(x *situation) {
			x.draft.Parties[0] = deed.Party{PeerID: purchaser, Role: dossier.RolePurchasingBody}
		}, dossier.ReasonSignatories},
		"signed by one of them":     {func(x *situation) { x.draft.Rule = deed.Rule{Kind: deed.RuleOne, Role: dossier.RoleSupplier} }, dossier.ReasonSignatories},
		"buyer and supplier in one": {func(x *situation) { x.draft.Parties[1].PeerID = buyer }, dossier.ReasonSignatories},
		"no parents":                {func(x *situation) { x.draft.Parents = nil }, dossier.ReasonParent},
		"nothing called off":        {func(x *situation) { x.body.Quantity = 0 }, dossier.ReasonMalformed},
		"no end":                    {func(x *situation) { x.draft.NotAfter = 0 }, dossier.ReasonMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			s := standing(t)
			in := accession(t, s.Deed, buyer, dossier.Reservation{Lot: "perceel-1", Need: 40, Reserved: 40})
			a, err := dossier.ReadAccession(in)
			if err != nil {
				t.Fatal(err)
			}
			x := &situation{
				s: s, e: &dossier.Entry{Deed: in, Accession: a, Effective: true},
				draft: deed.Draft{
					Type: dossier.TypeCallOff, IssuedAt: day(t, 2026, 3, 1, 9).Unix(), NotBefore: day(t, 2026, 3, 1, 0).Unix(), NotAfter: day(t, 2027, 3, 1, 0).Unix(),
					Rule: deed.Rule{Kind: deed.RuleAll}, Parents: []deed.Hash{s.Deed.Hash(), in.Hash()},
					Parties: []deed.Party{{PeerID: buyer, Role: dossier.RoleBuyer}, {PeerID: supplier, Role: dossier.RoleSupplier}},
				},
				body: dossier.CallOff{Lot: "perceel-1", Quantity: 40, Value: 1_000_00, Services: []string{"verhuizing-doorgeven"}},
				at:   dossier.Signing{Signed: day(t, 2026, 3, 2, 9), Allocated: 40},
			}
			tc.change(x)
			c := write(t, x.draft, x.body)
			o, err := dossier.ReadCallOff(c)
			if err == nil {
				err = dossier.JudgeCallOff(x.s, x.e, c, o, x.at)
			}
			if got := reasonOf(err); got != tc.want || (err == nil) != (tc.want == "") {
				t.Errorf("got %q (%v), want %q", got, err, tc.want)
			}
		})
	}
}
