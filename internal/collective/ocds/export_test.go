// SPDX-License-Identifier: EUPL-1.2

package ocds_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/collective/ocds"
)

func TestPackIsTheDesignFile(t *testing.T) {
	s := load(t)
	got, err := s.Pack(meta(t), releases(t, s)...)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := tree(t, file(t, designFile)).(map[string]any)
	have, _ := tree(t, got).(map[string]any)
	sameJSON(t, "", want, have)
	if r := read(t, s, got); len(r.Releases) != 3 || len(r.Unknown) != 0 {
		t.Errorf("our own package reads as %d releases with unknown fields %v", len(r.Releases), r.Unknown)
	}
}

func TestPackGivesEqualBytesForEqualFacts(t *testing.T) {
	s := load(t)
	first, err := s.Pack(meta(t), releases(t, s)...)
	if err != nil {
		t.Fatal(err)
	}
	again, err := load(t).Pack(meta(t), releases(t, s)...)
	if err != nil {
		t.Fatal(err)
	}
	if string(first) != string(again) {
		t.Error("two exports of the same facts differ")
	}
}

func TestPackRefusesAPackageThatNobodyCanCite(t *testing.T) {
	s := load(t)
	_, err := s.Pack(ocds.Meta{}, releases(t, s)...)
	refused(t, err, "/uri", "required")
	refused(t, err, "/publishedDate", "required")
	_, err = s.Pack(meta(t))
	refused(t, err, "/releases", "minItems")
}

func TestMoneyKeepsEveryCent(t *testing.T) {
	s := load(t)
	for _, c := range []struct {
		cents int64
		want  string
	}{
		{1, "0.01"},
		{10, "0.1"},
		{1_450_000, "14500"},
		{1_450_050, "14500.5"},
		{-5, "-0.05"},
		{-1234, "-12.34"},
		{9_007_199_254_740_993, "90071992547409.93"},
		{1<<63 - 1, "92233720368547758.07"},
		{-1 << 63, "-92233720368547758.08"},
	} {
		call := callOff(t)
		call.Value.Cents = c.cents
		r, err := s.CallOff(framework(t), call, stamp(t, "x-1", "2026-09-01T08:00:00Z"))
		if err != nil {
			t.Fatal(err)
		}
		if got := lookUp(releaseTree(t, r), "contracts/0/value/amount"); got != json.Number(c.want) {
			t.Errorf("%d cents became %v, want %s", c.cents, got, c.want)
		}
	}
}

func TestDatesHaveTheOffsetOfAmsterdamOnBothSidesOfTheClockChange(t *testing.T) {
	s := load(t)
	for moment, want := range map[string]string{
		"2026-03-29T00:59:59Z": "2026-03-29T01:59:59+01:00",
		"2026-03-29T01:00:00Z": "2026-03-29T03:00:00+02:00",
		"2026-10-25T00:59:59Z": "2026-10-25T02:59:59+02:00",
		"2026-10-25T01:00:00Z": "2026-10-25T02:00:00+01:00",
	} {
		r, err := s.CallOff(framework(t), callOff(t), stamp(t, "x-1", moment))
		if err != nil {
			t.Fatal(err)
		}
		if got := releaseTree(t, r)["date"]; got != want {
			t.Errorf("%s is written as %v, want %s", moment, got, want)
		}
	}
}

func TestAFrameworkNeedsItsFacts(t *testing.T) {
	s := load(t)
	for name, c := range map[string]struct {
		spoil      func(*ocds.Framework)
		path, rule string
	}{
		"four years and a second": {func(f *ocds.Framework) { f.Term.MaxExtent = at(t, "2030-07-01T00:00:00Z") }, "term", ocds.RuleFourYears},
		"no maximum":              {func(f *ocds.Framework) { f.Maximum = ocds.Money{} }, "maximum", ocds.RuleMaximum},
		"no buyers":               {func(f *ocds.Framework) { f.Eligible = nil }, "eligible", "input"},
		"no lots":                 {func(f *ocds.Framework) { f.Lots = nil }, "lots", "input"},
		"no title":                {func(f *ocds.Framework) { f.Title = "" }, "title", "input"},
		"no tender id":            {func(f *ocds.Framework) { f.ID = "" }, "/tender/id", "required"},
		"term backwards":          {func(f *ocds.Framework) { f.Term.End = f.Term.Start }, "term", "input"},
		"lot above framework":     {func(f *ocds.Framework) { f.Lots[0].Maximum = euro(1_900_001) }, "lots[0].maximum", "input"},
		"lot in another currency": {func(f *ocds.Framework) { f.Lots[0].Maximum.Currency = "USD" }, "lots[0].maximum", "input"},
		"negative quantity":       {func(f *ocds.Framework) { f.Lots[1].Quantity = -1 }, "lots[1]", "input"},
		"unknown currency":        {func(f *ocds.Framework) { f.Maximum.Currency, f.Lots = "XYZ", []ocds.Lot{{ID: "L1"}} }, "/tender/techniques/frameworkAgreement/value/currency", "enum"},
		"two lots with one id":    {func(f *ocds.Framework) { f.Lots[1].ID = "L1" }, "/tender/lots/1/id", "duplicate"},
		"method off the list":     {func(f *ocds.Framework) { f.Method = "secret" }, "/tender/procurementMethod", "enum"},
		"buyer with a short OIN":  {func(f *ocds.Framework) { f.Eligible[1].OIN = "1935823000" }, "eligible[1].oin", "input"},
		"buyer with a bad KvK":    {func(f *ocds.Framework) { f.Eligible[1].KVK = "8215192" }, "eligible[1].kvk", "input"},
		"buyer with two names":    {func(f *ocds.Framework) { f.Eligible[1].OIN = lochem.OIN }, "eligible[1]", "input"},
		"buyer without a name":    {func(f *ocds.Framework) { f.Eligible[1].Name = " " }, "eligible[1].name", "input"},
		"buyer without an id":     {func(f *ocds.Framework) { f.Eligible[1].OIN = "" }, "eligible[1]", "input"},
		"process id of our own":   {func(f *ocds.Framework) { f.OCID = "mantel-1" }, "ocid", "input"},
	} {
		t.Run(name, func(t *testing.T) {
			f := framework(t)
			c.spoil(&f)
			_, err := s.Tender(f, stamp(t, "x-1", "2026-03-02T08:00:00Z"))
			refused(t, err, c.path, c.rule)
		})
	}
}

func TestMoreThanFourYearsNeedsAReasonThatIsPublished(t *testing.T) {
	f := framework(t)
	f.Term.MaxExtent, f.TermRationale = at(t, "2032-06-30T21:59:59Z"), "De aanleg wordt in zes jaar afgeschreven."
	r, err := load(t).Tender(f, stamp(t, "x-1", "2026-03-02T08:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	if got := lookUp(releaseTree(t, r), "tender/techniques/frameworkAgreement/periodRationale"); got != f.TermRationale {
		t.Errorf("the reason became %v", got)
	}
}

func TestQuantitiesAndEntryWindowsAreExported(t *testing.T) {
	f := framework(t)
	f.Maximum = ocds.Money{}
	f.Lots[0].Quantity, f.Lots[0].Unit = 130_000, "aangifte"
	f.Lots[1].Quantity = 5
	f.Prior = "ocds-213czf-cb-2022"
	f.Windows = []ocds.EntryWindow{{ID: "w1", Title: "Eerste instapmoment", Opens: at(t, "2026-07-01T00:00:00Z"), Closes: at(t, "2026-10-01T00:00:00Z")}}
	f.Amended = []ocds.Amendment{{ID: "a1", Date: at(t, "2026-03-20T09:00:00Z"), Rationale: "nieuwe planning"}}
	r, err := load(t).Tender(f, stamp(t, "x-1", "2026-03-20T09:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	got := releaseTree(t, r)
	for path, want := range map[string]any{
		"tender/items/0/quantity": json.Number("130000"), "tender/items/0/relatedLot": "L1", "tender/items/0/unit/name": "aangifte",
		"tender/items/1/quantity": json.Number("5"), "tender/items/1/unit": nil,
		"tender/milestones/0/code": "entryWindowOpens", "tender/milestones/1/dueDate": "2026-10-01T02:00:00+02:00",
		"tender/amendments/0/rationale": "nieuwe planning", "relatedProcesses/0/identifier": f.Prior, "relatedProcesses/0/relationship/0": "prior",
	} {
		if have := lookUp(got, path); have != want {
			t.Errorf("%s is %v, want %v", path, have, want)
		}
	}
}

func TestAnAwardFitsItsFramework(t *testing.T) {
	s := load(t)
	for name, c := range map[string]struct {
		spoil      func(*ocds.Award)
		path, rule string
	}{
		"no supplier":       {func(a *ocds.Award) { a.Suppliers = nil }, "suppliers", "input"},
		"too many":          {func(a *ocds.Award) { a.Suppliers = append(a.Suppliers, zwolle) }, "suppliers", "input"},
		"unknown lot":       {func(a *ocds.Award) { a.Lots = []string{"L9"} }, "lots", "reference"},
		"unknown bid":       {func(a *ocds.Award) { a.WonBy = []string{"bid-9"} }, "wonBy", "reference"},
		"fewer than told":   {func(a *ocds.Award) { a.Received, a.Bids = 1, append(a.Bids, ocds.Bid{ID: "b", Tenderer: zwolle}) }, "received", "input"},
		"longer than it is": {func(a *ocds.Award) { a.Term.End = at(t, "2031-06-30T21:59:59Z") }, "term", ocds.RuleFourYears},
	} {
		t.Run(name, func(t *testing.T) {
			a := award(t)
			c.spoil(&a)
			_, err := s.Award(framework(t), a, stamp(t, "x-2", "2026-06-10T08:00:00Z"))
			refused(t, err, c.path, c.rule)
		})
	}
}

func TestOnlyNamedBuyersAndTheirSuccessorsJoin(t *testing.T) {
	s, f := load(t), framework(t)
	stranger := ocds.Organisation{Name: "Gemeente Elders", OIN: "00000001000000000000", CBS: "GM9999"}
	a := ocds.Accession{ID: "acc-1", Award: "aw1", Buyer: stranger, Lots: []string{"L1"}, Signed: at(t, "2026-08-01T08:00:00Z")}
	_, err := s.Accession(f, a, stamp(t, "x-3", "2026-08-01T08:00:00Z"))
	refused(t, err, "buyer", "reference")

	a.SuccessorOf = "NL-OIN-" + lochem.OIN
	r, err := s.Accession(f, a, stamp(t, "x-3", "2026-08-01T08:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	got := releaseTree(t, r)
	for path, want := range map[string]any{
		"contracts/0/title": "Toetreding Gemeente Elders", "contracts/0/items/0/relatedLot": "L1", "contracts/0/value": nil, "contracts/0/awardID": "aw1",
		"parties/0/identifier/scheme": "NL-OIN", "parties/0/additionalIdentifiers/0/scheme": "NL-CBS", "tag/0": "contract",
	} {
		if have := lookUp(got, path); have != want {
			t.Errorf("%s is %v, want %v", path, have, want)
		}
	}
	a.Lots = nil
	_, err = s.Accession(f, a, stamp(t, "x-3", "2026-08-01T08:00:00Z"))
	refused(t, err, "lots", "input")
}

func TestALeadBuyerThatJoinsKeepsItsRole(t *testing.T) {
	s, f := load(t), framework(t)
	f.Lead = lochem
	announced, err := s.Tender(f, stamp(t, "x-1", "2026-03-02T08:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	joined, err := s.Accession(f, ocds.Accession{ID: "acc", Award: "aw1", Buyer: lochem, Lots: []string{"L2"}}, stamp(t, "x-2", "2026-08-01T08:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.Merge(announced, joined)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(lookUp(releaseTree(t, h.Compiled()), "parties/0/roles")); got != "[procuringEntity buyer]" {
		t.Errorf("roles %s", got)
	}
}

func TestNobodyWithoutAnIDIsEligible(t *testing.T) {
	f := framework(t)
	f.Eligible = append(f.Eligible, ocds.Organisation{})
	c := callOff(t)
	c.Buyer = ocds.Organisation{Name: "Wie dan ook"}
	_, err := load(t).CallOff(f, c, stamp(t, "x", "2026-09-01T08:00:00Z"))
	refused(t, err, "buyer", "reference")
}

func TestACallOffFitsItsFramework(t *testing.T) {
	s := load(t)
	for name, c := range map[string]struct {
		spoil      func(*ocds.CallOff)
		path, rule string
	}{
		"stranger":       {func(c *ocds.CallOff) { c.Buyer.OIN = "00000001000000000000" }, "buyer", "reference"},
		"unknown lot":    {func(c *ocds.CallOff) { c.Lots = []string{"L1", "L9"} }, "lots", "reference"},
		"no lot":         {func(c *ocds.CallOff) { c.Lots = nil }, "lots", "input"},
		"term backwards": {func(c *ocds.CallOff) { c.Term.End = at(t, "2026-09-01T00:00:00Z") }, "term", "input"},
		"relative link":  {func(c *ocds.CallOff) { c.Documents[0].URL = "/fsc/1" }, "/contracts/0/documents/0/url", "format"},
		"no contract id": {func(c *ocds.CallOff) { c.Contract = "" }, "/contracts/0/id", "required"},
	} {
		t.Run(name, func(t *testing.T) {
			call := callOff(t)
			c.spoil(&call)
			_, err := s.CallOff(framework(t), call, stamp(t, "x-1", "2026-09-01T08:00:00Z"))
			refused(t, err, c.path, c.rule)
		})
	}
}

func TestTheLifeOfACallOffMergesToItsState(t *testing.T) {
	s, c := load(t), callOff(t)
	c.Prior = "ocds-213czf-earlier"
	signed, err := s.CallOff(framework(t), c, stamp(t, "co-01", "2026-09-01T08:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	change := ocds.Change{Why: ocds.Amendment{ID: "a1", Date: at(t, "2027-01-05T08:00:00Z"), Rationale: "indexatie"}, Value: ocds.Money{Cents: 1_493_500, Currency: "EUR"}}
	amended, err := s.Change(c, change, stamp(t, "co-02", "2027-01-05T08:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	paid, err := s.Payments(c, []ocds.Payment{{ID: "p1", Date: at(t, "2027-02-01T08:00:00Z"), Value: ocds.Money{Cents: 120_833, Currency: "EUR"}}}, stamp(t, "co-03", "2027-02-01T08:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	end := ocds.Change{Why: ocds.Amendment{ID: "a2", Date: at(t, "2027-06-01T08:00:00Z"), Rationale: "herindeling"}, Term: ocds.Period{End: at(t, "2027-06-30T21:59:59Z")}, Ended: true}
	ended, err := s.Change(c, end, stamp(t, "co-04", "2027-06-01T08:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.Merge(ended, paid, signed, amended)
	if err != nil {
		t.Fatal(err)
	}
	got := releaseTree(t, h.Compiled())
	for path, want := range map[string]any{
		"contracts/0/status": "terminated", "contracts/0/value/amount": json.Number("14935"), "contracts/0/period/endDate": "2027-06-30T23:59:59+02:00",
		"contracts/0/period/startDate": "2026-09-15T00:00:00+02:00", "contracts/0/amendments/1/rationale": "herindeling",
		"contracts/0/implementation/transactions/0/value/amount": json.Number("1208.33"),
		"contracts/0/implementation/transactions/0/payee/name":   supplier.Name, "relatedProcesses/1/relationship/0": "prior", "tag/0": "compiled",
	} {
		if have := lookUp(got, path); have != want {
			t.Errorf("%s is %v, want %v", path, have, want)
		}
	}
}

func TestAChangeWithoutAReasonAndEmptyPaymentsAreRefused(t *testing.T) {
	s := load(t)
	_, err := s.Change(callOff(t), ocds.Change{Ended: true}, stamp(t, "x", "2027-01-05T08:00:00Z"))
	refused(t, err, "why", "input")
	_, err = s.Payments(callOff(t), nil, stamp(t, "x", "2027-01-05T08:00:00Z"))
	refused(t, err, "payments", "input")
	_, err = s.Change(callOff(t), ocds.Change{Why: ocds.Amendment{ID: "a", Date: at(t, "2027-01-05T08:00:00Z"), Rationale: "r"}}, ocds.Stamp{})
	refused(t, err, "stamp", "input")
}

func TestReleaseIDsComeFromDeedsAndStayWhatTheyAre(t *testing.T) {
	s := load(t)
	one, other := ocds.ReleaseID(processID, sha256.Sum256([]byte("one"))), ocds.ReleaseID(processID, sha256.Sum256([]byte("other")))
	if one == other || !strings.HasPrefix(one, processID+"-") || len(one) != len(processID)+17 {
		t.Errorf("ids of two deeds: %q and %q", one, other)
	}
	list := releases(t, s)
	changed := callOff(t)
	changed.Value.Cents++
	same, err := s.CallOff(framework(t), changed, stamp(t, list[2].ID(), "2026-09-01T08:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ocds.Append(list, same); err == nil {
		t.Error("a published release was changed")
	} else {
		refused(t, err, "id", ocds.RuleImmutable)
	}
	if all, err := ocds.Append(list[:2], list...); err != nil || len(all) != 3 {
		t.Errorf("publishing again gave %d releases and %v, want 3", len(all), err)
	}
	if _, err := s.Pack(meta(t), list[2], same); err == nil {
		t.Error("a package holds two releases with one id")
	}
}
