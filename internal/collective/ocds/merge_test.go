// SPDX-License-Identifier: EUPL-1.2

package ocds_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/samenspel/samenspel/internal/collective/ocds"
)

// step makes the n-th release of a process with the given fields.
func step(t *testing.T, s *ocds.Standard, n int, fields string) ocds.Release {
	t.Helper()
	raw := fmt.Sprintf(`{"ocid":"ocds-213czf-1","id":"%d","date":"2026-01-0%[1]dT00:00:00Z","tag":["tender"],"initiationType":"tender"%s}`, n, fields)
	return read(t, s, []byte(raw)).Releases[0]
}

// merged gives the compiled and the versioned release.
func merged(t *testing.T, s *ocds.Standard, list ...ocds.Release) (compiled, versioned map[string]any) {
	t.Helper()
	h, err := s.Merge(list...)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := h.Versioned()
	if err != nil {
		t.Fatal(err)
	}
	versioned, _ = tree(t, raw).(map[string]any)
	return releaseTree(t, h.Compiled()), versioned
}

func TestMergeFollowsTheRoutineOfTheStandard(t *testing.T) {
	s := load(t)
	for name, c := range map[string]struct{ first, second, want string }{
		"a later value wins":                  {`{"tender":{"id":"t","title":"a"}}`, `{"tender":{"id":"t","title":"b"}}`, `{"tender":{"id":"t","title":"b"}}`},
		"what isn't said stays":               {`{"tender":{"id":"t","title":"a"}}`, `{"tender":{"id":"t"}}`, `{"tender":{"id":"t","title":"a"}}`},
		"null removes a field":                {`{"tender":{"id":"t","title":"a"}}`, `{"tender":{"id":"t","title":null}}`, `{"tender":{"id":"t"}}`},
		"null removes an object":              {`{"x":{"a":{"b":1}},"y":1}`, `{"x":null}`, `{"y":1}`},
		"null removes a list":                 {`{"x":[{"id":1,"a":2}],"y":1}`, `{"x":null}`, `{"y":1}`},
		"an empty object says nothing":        {`{"planning":{"rationale":"r"}}`, `{"planning":{}}`, `{"planning":{"rationale":"r"}}`},
		"elements meet by id":                 {`{"awards":[{"id":"1","title":"a"}]}`, `{"awards":[{"id":"2"},{"id":"1","status":"active"}]}`, `{"awards":[{"id":"1","title":"a","status":"active"},{"id":"2"}]}`},
		"text and number are different ids":   {`{"awards":[{"id":"1"}]}`, `{"awards":[{"id":1}]}`, `{"awards":[{"id":"1"},{"id":1}]}`},
		"an empty list by id says nothing":    {`{"awards":[{"id":"1"}]}`, `{"awards":[]}`, `{"awards":[{"id":"1"}]}`},
		"elements without an id are added":    {`{"tender":{"id":"t","amendments":[{"rationale":"a"}]}}`, `{"tender":{"id":"t","amendments":[{"rationale":"a"}]}}`, `{"tender":{"id":"t","amendments":[{"rationale":"a"},{"rationale":"a"}]}}`},
		"a list of texts is one value":        {`{"tender":{"id":"t","submissionMethod":["a","b"]}}`, `{"tender":{"id":"t","submissionMethod":["b"]}}`, `{"tender":{"id":"t","submissionMethod":["b"]}}`},
		"a whole list is one value":           {`{"parties":[{"id":"p","additionalIdentifiers":[{"id":"1"},{"id":"2"}]}]}`, `{"parties":[{"id":"p","additionalIdentifiers":[{"id":"3"}]}]}`, `{"parties":[{"id":"p","additionalIdentifiers":[{"id":"3"}]}]}`},
		"a whole list can become empty":       {`{"parties":[{"id":"p","additionalIdentifiers":[{"id":"1"}]}]}`, `{"parties":[{"id":"p","additionalIdentifiers":[]}]}`, `{"parties":[{"id":"p","additionalIdentifiers":[]}]}`},
		"a whole list of an extension":        {`{"tender":{"id":"t","lots":[{"id":"1","identifiers":[{"id":"a"}]}]}}`, `{"tender":{"id":"t","lots":[{"id":"1","identifiers":[{"id":"b"}]}]}}`, `{"tender":{"id":"t","lots":[{"id":"1","identifiers":[{"id":"b"}]}]}}`},
		"objects that have no id are a whole": {`{"tender":{"id":"t","amendments":[{"id":"1","changes":[{"property":"a"}]}]}}`, `{"tender":{"id":"t","amendments":[{"id":"1","changes":[{"property":"b"}]}]}}`, `{"tender":{"id":"t","amendments":[{"id":"1","changes":[{"property":"b"}]}]}}`},
		"an element comes back after null":    {`{"x":null}`, `{"x":[{"id":1,"a":2}]}`, `{"x":[{"id":1,"a":2}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			first, second := c.first[1:len(c.first)-1], c.second[1:len(c.second)-1]
			got, _ := merged(t, s, step(t, s, 2, ","+second), step(t, s, 1, ","+first))
			want, _ := tree(t, []byte(c.want)).(map[string]any)
			want["ocid"], want["initiationType"], want["tag"] = "ocds-213czf-1", "tender", []any{"compiled"}
			want["date"], want["id"] = "2026-01-02T00:00:00Z", "ocds-213czf-1-2026-01-02T00:00:00Z"
			sameJSON(t, "", want, got)
		})
	}
}

func TestVersionsKeepEveryValueWithItsRelease(t *testing.T) {
	s := load(t)
	_, got := merged(t, s,
		step(t, s, 1, `,"tender":{"id":"t","title":"a","value":{"amount":10}},"awards":[{"id":"1","status":"pending"}]`),
		step(t, s, 2, `,"tender":{"id":"t","title":"a","value":{"amount":10.0}},"awards":[{"id":"1","status":"active"}]`),
		step(t, s, 3, `,"tender":{"id":"t","title":null}`),
		step(t, s, 4, `,"tender":{"id":"t","title":"b"}`))
	version := func(n int, value any) map[string]any {
		return map[string]any{"releaseID": fmt.Sprint(n), "releaseDate": fmt.Sprintf("2026-01-0%dT00:00:00Z", n), "releaseTag": []any{"tender"}, "value": value}
	}
	sameJSON(t, "", map[string]any{
		"ocid":           "ocds-213czf-1",
		"initiationType": []any{version(1, "tender")},
		"tender": map[string]any{
			"id": []any{version(1, "t")}, "title": []any{version(1, "a"), version(3, nil), version(4, "b")},
			"value": map[string]any{"amount": []any{version(1, json.Number("10"))}},
		},
		"awards": []any{map[string]any{"id": "1", "status": []any{version(1, "pending"), version(2, "active")}}},
	}, got)
}

func TestMergeRefusesWhatDoesNotBelongTogether(t *testing.T) {
	s := load(t)
	list := releases(t, s)
	_, err := s.Merge(list...)
	refused(t, err, "ocid", "input")
	_, err = s.Merge()
	refused(t, err, "", "input")
	_, err = s.Merge(ocds.Release{})
	refused(t, err, "", "input")
	_, err = s.Merge(step(t, s, 1, `,"x":{"a":1}`), step(t, s, 2, `,"x":"a"`))
	refused(t, err, "/x", "type")
	_, err = s.Merge(step(t, s, 1, `,"x":"a"`), step(t, s, 2, `,"x":{"a":1}`))
	refused(t, err, "/x", "type")
	_, err = s.Merge(step(t, s, 1, `,"x":["a"]`), step(t, s, 2, `,"x":[{"id":"a"}]`))
	refused(t, err, "/x", "type")
	_, err = s.Merge(step(t, s, 1, `,"x":1`), step(t, s, 1, `,"x":2`))
	refused(t, err, "id", ocds.RuleImmutable)
}

func TestMergeGivesTheSameForEveryOrderOfReleases(t *testing.T) {
	s := load(t)
	f := framework(t)
	list := releases(t, s)[:2]
	for i, buyer := range f.Eligible { // all at one moment
		a := ocds.Accession{ID: "acc-" + buyer.CBS, Award: "aw1", Buyer: buyer, Lots: []string{"L1"}, Signed: at(t, "2026-07-01T08:00:00Z")}
		r, err := s.Accession(f, a, stamp(t, fmt.Sprintf("%s-acc-%d", processID, i), "2026-07-01T08:00:00Z"))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	wantCompiled, wantVersioned := merged(t, s, list...)
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		compiled, versioned := merged(t, s, append(list, list[0])...)
		sameJSON(t, "compiled", wantCompiled, compiled)
		sameJSON(t, "versioned", wantVersioned, versioned)
	}
	if n := len(wantCompiled["contracts"].([]any)); n != len(f.Eligible) {
		t.Errorf("%d accessions in the compiled release, want %d", n, len(f.Eligible))
	}
}

func TestTheDesignFileMergesToOneFramework(t *testing.T) {
	s := load(t)
	list := read(t, s, file(t, designFile)).Releases
	compiled, versioned := merged(t, s, list[0], list[1])
	for path, want := range map[string]any{
		"tender/title": "E-diensten verhuizing doorgeven en aangifte overlijden", "tender/lots/1/value/amount": json.Number("700000"),
		"awards/0/suppliers/0/name": supplier.Name, "bids/statistics/0/value": json.Number("3"), "parties/1/identifier/id": lochem.KVK,
		"parties/5/name": supplier.Name, "parties/5/roles/1": "tenderer", "id": processID + "-2026-06-10T10:00:00+02:00",
	} {
		if got := lookUp(compiled, path); got != want {
			t.Errorf("compiled %s is %v, want %v", path, got, want)
		}
	}
	if got := lookUp(versioned, "awards/0/status/0/releaseID"); got != processID+"-02" {
		t.Errorf("the award came from %v", got)
	}
	h, err := s.Merge(list[1], list[0])
	if err != nil {
		t.Fatal(err)
	}
	if got := h.Releases(); len(got) != 2 || got[0].ID() != list[0].ID() {
		t.Errorf("releases %v, want the oldest first", got)
	}
	if _, err := s.Pack(meta(t), h.Compiled()); err != nil {
		t.Errorf("the compiled release isn't valid strictly: %v", err)
	}
}

func TestARealReleaseMergesToItself(t *testing.T) {
	s := load(t)
	for _, name := range []string{cabling, "real/uk-cf-calloff-gcloud14-award.json", "real/uk-cf-calloff-it-professional-services-rm6292-award.json", "real/uk-cf-repairs-planned-works-framework-award.json"} {
		want, _ := tree(t, file(t, name)).(map[string]any)
		got, _ := merged(t, s, read(t, s, file(t, name)).Releases...)
		want["id"], want["tag"] = want["ocid"].(string)+"-"+want["date"].(string), []any{"compiled"}
		sameJSON(t, name, want, got)
	}
}

func TestARealFrameworkAndItsLaterCorrectionMerge(t *testing.T) {
	s := load(t)
	first := read(t, s, file(t, cabling)).Releases[0]
	later := read(t, s, []byte(`{"ocid":"`+first.OCID()+`","id":"shorter","date":"2025-04-01T10:00:00Z","tag":["awardUpdate"],"initiationType":"tender",
		"tender":{"id":"OPEN2024291","contractPeriod":{"endDate":"2029-03-31T23:59:59+01:00"},"suitability":{"vcse":null}},
		"awards":[{"id":"`+first.OCID()+`-1","contractPeriod":{"endDate":"2029-03-31T23:59:59+01:00"},"suppliers":[{"id":"GB-COH-07161527","name":"Tyrus Ltd"}]}]}`)).Releases[0]
	h, err := s.Merge(later, first)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CheckFramework(h.Compiled(), ""); err != nil {
		t.Errorf("the corrected framework runs four years: %v", err)
	}
	got := releaseTree(t, h.Compiled())
	for path, want := range map[string]any{
		"tender/suitability/sme": true, "tender/suitability/vcse": nil, "awards/0/suppliers/0/name": "Tyrus Ltd", "awards/0/suppliers/1": nil,
		"awards/0/value/amount": json.Number("100000"), "tender/items/0/deliveryAddresses/0/region": "North East",
	} {
		if have := lookUp(got, path); have != want {
			t.Errorf("%s is %v, want %v", path, have, want)
		}
	}
}

func TestARecordPackageHoldsEachProcessWhole(t *testing.T) {
	s := load(t)
	raw, err := s.Record(meta(t), releases(t, s)...)
	if err != nil {
		t.Fatal(err)
	}
	got := tree(t, raw)
	for path, want := range map[string]any{
		"version": "1.1", "records/0/ocid": processID, "records/0/releases/1/id": processID + "-02", "records/0/compiledRelease/tag/0": "compiled",
		"records/0/versionedRelease/tender/title/0/releaseID": processID + "-01", "records/1/ocid": processID + "-no-gm0262-01",
		"records/1/compiledRelease/contracts/0/value/amount": json.Number("14500"),
	} {
		if have := lookUp(got, path); have != want {
			t.Errorf("%s is %v, want %v", path, have, want)
		}
	}
	_, err = s.Read(raw, ocds.DefaultLimits())
	refused(t, err, "/records", "version")
	list := releases(t, s)
	slices.Reverse(list)
	if _, err := s.Record(meta(t), list[0], step(t, s, 1, `,"x":1`), step(t, s, 2, `,"x":{"y":1}`)); err == nil {
		t.Error("a record was made of releases that can't be merged")
	}
}
