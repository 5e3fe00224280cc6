// SPDX-License-Identifier: EUPL-1.2

package ocds_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective/ocds"
)

const designFile = "design/framework-award-calloff.release-package.json"

func load(tb testing.TB) *ocds.Standard {
	tb.Helper()
	s, err := ocds.Load()
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func file(tb testing.TB, name string) []byte {
	tb.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

func read(tb testing.TB, s *ocds.Standard, raw []byte) *ocds.Reading {
	tb.Helper()
	r, err := s.Read(raw, ocds.DefaultLimits())
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// at reads a moment in RFC 3339.
func at(tb testing.TB, text string) time.Time {
	tb.Helper()
	m, err := time.Parse(time.RFC3339, text)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// tree reads JSON with numbers as text, so that no digit gets lost in a comparison.
func tree(tb testing.TB, raw []byte) any {
	tb.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		tb.Fatal(err)
	}
	return v
}

func releaseTree(tb testing.TB, r ocds.Release) map[string]any {
	tb.Helper()
	raw, err := json.Marshal(r)
	if err != nil {
		tb.Fatal(err)
	}
	o, _ := tree(tb, raw).(map[string]any)
	return o
}

// sameJSON compares values with the numbers as text; the path is that of the
// first difference.
func sameJSON(t *testing.T, path string, want, got any) {
	t.Helper()
	w, wantObject := want.(map[string]any)
	g, gotObject := got.(map[string]any)
	if !wantObject || !gotObject {
		if !reflect.DeepEqual(want, got) {
			t.Errorf("%s:\nwant %v\ngot  %v", path, want, got)
		}
		return
	}
	for name := range w {
		if _, ok := g[name]; !ok {
			t.Errorf("%s/%s is missing", path, name)
			continue
		}
		sameJSON(t, path+"/"+name, w[name], g[name])
	}
	for name := range g {
		if _, ok := w[name]; !ok {
			t.Errorf("%s/%s is too many: %v", path, name, g[name])
		}
	}
}

// problems gives the reasons of a refusal.
func problems(t *testing.T, err error) []ocds.Problem {
	t.Helper()
	var invalid *ocds.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("got error %v, want an *ocds.InvalidError", err)
	}
	return invalid.Problems
}

// refused fails unless err has a problem of the rule at the path.
func refused(t *testing.T, err error, path, rule string) {
	t.Helper()
	list := problems(t, err)
	if !slices.ContainsFunc(list, func(p ocds.Problem) bool { return p.Path == path && p.Rule == rule }) {
		t.Errorf("got %v, want a problem %s at %q", list, rule, path)
	}
}

// lookUp gives the value at a path of names and indexes.
func lookUp(v any, path string) any {
	for name := range strings.SplitSeq(path, "/") {
		switch at := v.(type) {
		case map[string]any:
			v = at[name]
		case []any:
			i := int(name[0] - '0')
			if i >= len(at) {
				return nil
			}
			v = at[i]
		default:
			return nil
		}
	}
	return v
}

const processID = "ocds-213czf-cb-2026-verhuizen-overlijden"

var (
	lead    = ocds.Organisation{ID: "NL-VNGR", Name: "VNG Realisatie"}
	lochem  = ocds.Organisation{Name: "Gemeente Lochem", OIN: "00000001813647320000", KVK: "08215192", CBS: "GM0262"}
	dronten = ocds.Organisation{Name: "Gemeente Dronten", OIN: "00000001001935823000", KVK: "32165460", CBS: "GM0303"}
	utrecht = ocds.Organisation{Name: "Gemeente Utrecht", OIN: "00000001002220647000", KVK: "30280353", CBS: "GM0344"}
	zwolle  = ocds.Organisation{Name: "Gemeente Zwolle", OIN: "00000001001900249000", KVK: "08218173", CBS: "GM0193"}
	// supplier is fictional; its number is in a party id only, so that no register is claimed to have it.
	supplier = ocds.Organisation{ID: "NL-OIN-00000003123456780000", Name: "Voorbeeldleverancier B.V."}
)

func euro(n int64) ocds.Money { return ocds.Money{Cents: n * 100, Currency: "EUR"} }

// framework is the fictional framework of the design file, with real buyers.
func framework(tb testing.TB) ocds.Framework {
	tb.Helper()
	floor := func(group, title, id, what string) ocds.RequirementGroup {
		return ocds.RequirementGroup{ID: group, Description: title, Requirements: []ocds.Requirement{{ID: id, Title: what, Floor: true}}}
	}
	return ocds.Framework{
		OCID: processID, ID: "cb-1", Title: "E-diensten verhuizing doorgeven en aangifte overlijden",
		Lead: lead, Eligible: []ocds.Organisation{lochem, dronten, utrecht, zwolle},
		Method: "open", Category: "services", AwardCriteria: "ratedCriteria", Submission: []string{"electronicSubmission"},
		Tender:    ocds.Period{Start: at(tb, "2026-03-02T08:00:00Z"), End: at(tb, "2026-04-13T10:00:00Z")},
		Questions: ocds.Period{Start: at(tb, "2026-03-02T08:00:00Z"), End: at(tb, "2026-03-23T11:00:00Z")},
		Term:      ocds.Period{Start: at(tb, "2026-06-30T22:00:00Z"), End: at(tb, "2028-06-30T21:59:59Z"), MaxExtent: at(tb, "2030-06-30T21:59:59Z")},
		Maximum:   euro(1_900_000), MaxParticipants: 1, CallOffMethod: "withoutReopeningCompetition",
		BuyerCategories: "none beyond the buyers listed in parties",
		Lots: []ocds.Lot{
			{ID: "L1", Title: "Verhuizing doorgeven", Maximum: euro(1_200_000)},
			{ID: "L2", Title: "Aangifte overlijden en verlof", Maximum: euro(700_000)},
		},
		Criteria: []ocds.Criterion{{ID: "floor", Title: "Non-negotiable floor", Groups: []ocds.RequirementGroup{
			floor("sec", "security", "BIO2-5.20.03", "Yearly independent evidence"),
			floor("ex", "data exchange", "FSC-core", "Offered as FSC service"),
		}}},
		Questioned: []ocds.Enquiry{{
			ID: "q1", Asked: at(tb, "2026-03-10T09:00:00Z"), Question: "...", Answered: at(tb, "2026-03-17T09:00:00Z"), Answer: "...", Lot: "L1",
		}},
	}
}

func award(tb testing.TB) ocds.Award {
	tb.Helper()
	return ocds.Award{
		ID: "aw1", Date: at(tb, "2026-06-10T08:00:00Z"), Suppliers: []ocds.Organisation{supplier}, Lots: []string{"L1", "L2"}, WonBy: []string{"bid-2"},
		Term: ocds.Period{Start: at(tb, "2026-06-30T22:00:00Z"), End: at(tb, "2028-06-30T21:59:59Z")}, Received: 3,
		Bids: []ocds.Bid{{
			ID: "bid-2", Received: at(tb, "2026-04-13T09:41:00Z"), Tenderer: supplier,
			Answers: []ocds.Answer{{ID: "r1", Requirement: "BIO2-5.20.03", Met: true}},
		}},
	}
}

func callOff(tb testing.TB) ocds.CallOff {
	tb.Helper()
	return ocds.CallOff{
		OCID: ocds.CallOffOCID(processID, lochem, 1), Buyer: lochem, Supplier: supplier, Lots: []string{"L1"},
		Award: "aw-c1", Contract: "co-1", Title: "Nadere overeenkomst Lochem L1",
		Term:  ocds.Period{Start: at(tb, "2026-09-14T22:00:00Z"), End: at(tb, "2028-06-30T21:59:59Z")},
		Value: euro(14_500), Signed: at(tb, "2026-09-01T08:00:00Z"),
		Documents: []ocds.Document{{ID: "fsc", Type: "contractSchedule", Title: "FSC contract", URL: "https://example.invalid/fsc/contract-content-hash"}},
	}
}

func stamp(tb testing.TB, id, date string) ocds.Stamp {
	tb.Helper()
	return ocds.Stamp{ID: id, Date: at(tb, date)}
}

// releases makes the three releases of the design file.
func releases(tb testing.TB, s *ocds.Standard) []ocds.Release {
	tb.Helper()
	f, c := framework(tb), callOff(tb)
	tender, err := s.Tender(f, stamp(tb, processID+"-01", "2026-03-02T08:00:00Z"))
	if err != nil {
		tb.Fatal(err)
	}
	awarded, err := s.Award(f, award(tb), stamp(tb, processID+"-02", "2026-06-10T08:00:00Z"))
	if err != nil {
		tb.Fatal(err)
	}
	called, err := s.CallOff(f, c, stamp(tb, c.OCID+"-01", "2026-09-01T08:00:00Z"))
	if err != nil {
		tb.Fatal(err)
	}
	return []ocds.Release{tender, awarded, called}
}

func meta(tb testing.TB) ocds.Meta {
	tb.Helper()
	return ocds.Meta{URI: "urn:example:design", Publisher: "design example (fictional deal, real buyer identifiers)", Published: at(tb, "2026-09-01T08:00:00Z")}
}
