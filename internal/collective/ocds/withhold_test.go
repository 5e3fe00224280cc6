// SPDX-License-Identifier: EUPL-1.2

package ocds_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/collective/ocds"
)

const ground = "Bedrijfsgegevens, vertrouwelijk verstrekt (Woo art. 5.1 lid 1 onder c)"

// secrets are the fields that a framework's buyers keep back for some time.
func secrets(t *testing.T) []ocds.Withheld {
	t.Helper()
	return []ocds.Withheld{
		{Path: "contracts/value", Reason: ground, Until: at(t, "2028-06-30T22:00:00Z")},
		{Path: "bids/details[bid-1]", Reason: ground, Until: at(t, "2027-06-30T22:00:00Z")},
		{Path: "bids/details/value", Reason: ground, Until: at(t, "2028-06-30T22:00:00Z")},
		{Path: "tender/eligibilityCriteria", Reason: ground, Until: at(t, "2028-06-30T22:00:00Z")},
	}
}

// awardWithLosers has three bids with prices.
func awardWithLosers(t *testing.T) ocds.Award {
	t.Helper()
	a := award(t)
	a.Bids[0].Value = euro(1_100_000)
	a.Bids = append(a.Bids, ocds.Bid{ID: "bid-1", Tenderer: ocds.Organisation{ID: "T-1", Name: "Ander B.V."}, Value: euro(900_000)})
	return a
}

func TestWithheldFieldsAreAbsentAndToldWithReasonAndDay(t *testing.T) {
	s := load(t)
	full, err := s.Award(framework(t), awardWithLosers(t), stamp(t, "x-2", "2026-06-10T08:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	before := releaseTree(t, full)
	shown, err := s.Withhold(full, secrets(t))
	if err != nil {
		t.Fatal(err)
	}
	got := releaseTree(t, shown)
	for path, want := range map[string]any{
		"bids/details/0/id": "bid-2", "bids/details/1": nil, "bids/details/0/value": nil,
		"awards/0/documents/0/title":       "Nog niet openbaar: bids/details[bid-1]",
		"awards/0/documents/0/description": ground + ". Openbaar vanaf 2027-07-01.",
		"awards/0/documents/1/id":          "withheld-bids/details/value",
		"awards/0/documents/2":             nil,
		"parties/1/id":                     supplier.ID,
		"parties/2/name":                   lochem.Name,
	} {
		if have := lookUp(got, path); have != want {
			t.Errorf("%s is %v, want %v", path, have, want)
		}
	}
	sameJSON(t, "the full release", before, releaseTree(t, full))
	if _, err := s.Pack(meta(t), shown); err != nil {
		t.Errorf("what is left isn't valid: %v", err)
	}
}

func TestWhatIsDisclosedLaterCompletesTheRecord(t *testing.T) {
	s := load(t)
	c := callOff(t)
	for name, full := range map[string]func() (ocds.Release, error){
		"award": func() (ocds.Release, error) {
			return s.Award(framework(t), awardWithLosers(t), stamp(t, "x-2", "2026-06-10T08:00:00Z"))
		},
		"call-off": func() (ocds.Release, error) {
			return s.CallOff(framework(t), c, stamp(t, "x-1", "2026-09-01T08:00:00Z"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			whole, err := full()
			if err != nil {
				t.Fatal(err)
			}
			shown, err := s.Withhold(whole, secrets(t))
			if err != nil {
				t.Fatal(err)
			}
			later, err := s.Disclose(whole, secrets(t), stamp(t, "x-9", "2028-07-01T08:00:00Z"))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(later.Tags()[0], "Update") {
				t.Errorf("tags %v, want updates", later.Tags())
			}
			h, err := s.Merge(shown, later)
			if err != nil {
				t.Fatal(err)
			}
			got, want := releaseTree(t, h.Compiled()), releaseTree(t, whole)
			for _, part := range []string{"bids", "contracts", "parties"} {
				sameJSON(t, part, facts(want[part]), facts(got[part]))
			}
		})
	}
}

// facts leaves out what says nothing about the deal: the order of lists and
// the notes about what was kept back.
func facts(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, e := range v {
			out[name] = facts(e)
		}
		return out
	case []any:
		out := map[string]any{}
		for i, e := range v {
			o, _ := e.(map[string]any)
			id, ok := o["id"].(string)
			if !ok {
				id = fmt.Sprint(i)
			}
			if !strings.HasPrefix(id, "withheld-") {
				out[id] = facts(e)
			}
		}
		return out
	default:
		return v
	}
}

func TestEveryKindOfPathIsKeptBackAndComesBack(t *testing.T) {
	s := load(t)
	list := releases(t, s)
	until := at(t, "2030-01-01T00:00:00Z")
	for _, c := range []struct {
		of        ocds.Release
		path, tag string
	}{
		{list[0], "tender/lots/value", "tenderUpdate"},
		{list[0], "tender/lots[L2]/value/amount", "tenderUpdate"},
		{list[0], "tender/enquiries", "tenderUpdate"},
		{list[0], "tender/techniques/frameworkAgreement/value", "tenderUpdate"},
		{list[0], "tender/submissionMethod", "tenderUpdate"},
		{list[1], "bids", "awardUpdate"},
		{list[1], "awards/contractPeriod", "awardUpdate"},
		{list[2], "contracts/documents[fsc]/url", "contractUpdate"},
		{list[2], "contracts/documents", "contractUpdate"},
		{list[2], "buyer", "tenderUpdate"},
	} {
		t.Run(c.path, func(t *testing.T) {
			w := []ocds.Withheld{{Path: c.path, Reason: ground, Until: until}}
			shown, err := s.Withhold(c.of, w)
			if err != nil {
				t.Fatal(err)
			}
			later, err := s.Disclose(c.of, w, stamp(t, "later", "2030-01-01T00:00:00Z"))
			if err != nil {
				t.Fatal(err)
			}
			if got := later.Tags(); !slices.Equal(got, []string{c.tag}) {
				t.Errorf("tags %v, want %s", got, c.tag)
			}
			h, err := s.Merge(shown, later)
			if err != nil {
				t.Fatal(err)
			}
			got, want := releaseTree(t, h.Compiled()), releaseTree(t, c.of)
			for _, part := range []string{"tender", "bids", "awards", "contracts", "parties", "buyer"} {
				sameJSON(t, part, withoutNotes(facts(want[part])), withoutNotes(facts(got[part])))
			}
		})
	}
}

// withoutNotes removes lists that became empty without the notes.
func withoutNotes(v any) any {
	o, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for name, e := range o {
		if list, ok := withoutNotes(e).(map[string]any); ok && len(list) == 0 {
			delete(o, name)
		}
	}
	return o
}

func TestOnlyWhatIsPublicByThenIsDisclosed(t *testing.T) {
	s := load(t)
	whole, err := s.Award(framework(t), awardWithLosers(t), stamp(t, "x-2", "2026-06-10T08:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Disclose(whole, secrets(t), stamp(t, "x-3", "2027-06-30T21:59:59Z"))
	refused(t, err, "withheld", "input")
}

func TestWithholdDecidesByTheDateOfTheRelease(t *testing.T) {
	s := load(t)
	whole, err := s.CallOff(framework(t), callOff(t), stamp(t, "x-1", "2028-06-30T22:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	shown, err := s.Withhold(whole, secrets(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := lookUp(releaseTree(t, shown), "contracts/0/value/amount"); got == nil {
		t.Error("a field was kept back after its day")
	}
}

func TestWithholdRefuses(t *testing.T) {
	s := load(t)
	until := at(t, "2028-06-30T22:00:00Z")
	list := releases(t, s)
	for name, c := range map[string]struct {
		of         ocds.Release
		w          ocds.Withheld
		path, rule string
	}{
		"no reason":                 {list[2], ocds.Withheld{Path: "contracts/value", Until: until}, "withheld[0].reason", "input"},
		"no day":                    {list[2], ocds.Withheld{Path: "contracts/value", Reason: ground}, "withheld[0].until", "input"},
		"no path":                   {list[2], ocds.Withheld{Reason: ground, Until: until}, "path", "input"},
		"half a choice":             {list[2], ocds.Withheld{Path: "contracts[co-1", Reason: ground, Until: until}, "path", "input"},
		"the id of the process":     {list[2], ocds.Withheld{Path: "ocid", Reason: ground, Until: until}, "path", "input"},
		"a field that is needed":    {list[1], ocds.Withheld{Path: "bids/statistics/measure", Reason: ground, Until: until}, "/bids/statistics/0/measure", "required"},
		"the whole tender and more": {list[0], ocds.Withheld{Path: "tender", Reason: ground, Until: until}, "withheld", "input"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Withhold(c.of, []ocds.Withheld{c.w})
			refused(t, err, c.path, c.rule)
		})
	}
}

func FuzzWithholdPath(f *testing.F) {
	s := load(f)
	list := read(f, s, file(f, designFile)).Releases
	for _, path := range []string{"contracts/value", "bids/details[bid-2]", "tender/lots[L1]/value", "awards[]", "a//b", "tender/techniques", "parties/identifier/id"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		for _, r := range list {
			w := []ocds.Withheld{{Path: path, Reason: ground, Until: at(t, "2030-01-01T00:00:00Z")}}
			shown, err := s.Withhold(r, w)
			if err != nil {
				problems(t, err)
				continue
			}
			if _, err := s.Pack(meta(t), shown); err != nil {
				t.Errorf("what is left without %q isn't valid: %v", path, err)
			}
			if _, err := s.Disclose(r, w, stamp(t, "later", "2030-01-01T00:00:00Z")); err != nil {
				problems(t, err)
			}
		}
	})
}
