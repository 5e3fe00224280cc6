// SPDX-License-Identifier: EUPL-1.2

package ocds_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/collective/ocds"
)

const cabling = "real/uk-cf-network-cabling-framework-award.json"

func TestRealReleasesAreRead(t *testing.T) {
	s := load(t)
	for name, want := range map[string]struct {
		ocid    string
		unknown int
	}{
		cabling: {"ocds-b5fd17-ad92c4d5-3157-4cf7-9d10-ed6954693fbf", 4},
		"real/uk-cf-repairs-planned-works-framework-award.json":         {"ocds-b5fd17-8c7529f3-ad28-4b4d-b917-c5d1578e412f", 4},
		"real/uk-cf-calloff-gcloud14-award.json":                        {"ocds-b5fd17-049318f6-a64f-468a-914b-072544499c9d", 4},
		"real/uk-cf-calloff-it-professional-services-rm6292-award.json": {"ocds-b5fd17-3e822ee2-56fc-4c2e-b326-d39ea6e95dd9", 4},
		"real/nl-vngr-softwarecatalogus-2024.release-package.json":      {"ocds-213czf-vngr-softwarecatalogus-2024", 0},
		"design/framework-award-calloff.release-package.json":           {processID, 0},
	} {
		r := read(t, s, file(t, name))
		if got := r.Releases[0].OCID(); got != want.ocid {
			t.Errorf("%s: process %s, want %s", name, got, want.ocid)
		}
		if len(r.Unknown) != want.unknown {
			t.Errorf("%s: unknown fields %v, want %d", name, r.Unknown, want.unknown)
		}
	}
}

func TestAReleaseTellsWhatItIs(t *testing.T) {
	s := load(t)
	list := read(t, s, file(t, designFile)).Releases
	if len(list) != 3 || !list[0].IsFramework() || list[2].IsFramework() {
		t.Fatalf("want three releases, the first a framework: %v", list)
	}
	if got := list[2].Tags(); !slices.Equal(got, []string{"award", "contract"}) {
		t.Errorf("tags %v", got)
	}
	if got := list[0].Date(); !got.Equal(at(t, "2026-03-02T08:00:00Z")) {
		t.Errorf("date %s", got)
	}
	if (ocds.Release{}).OCID() != "" || !(ocds.Release{}).Date().IsZero() || (ocds.Release{}).IsFramework() {
		t.Error("the zero release says something")
	}
}

func TestFilesThatBreakTheStandardAreRefusedWithEveryReason(t *testing.T) {
	s := load(t)
	for _, kind := range []string{"award", "first_stage", "second_stage", "supplier"} {
		_, err := s.Read(file(t, "real/chile-framework-open_multiple_"+kind+".json"), ocds.DefaultLimits())
		list := problems(t, err)
		for _, path := range []string{"/uri", "/publisher", "/publishedDate", "/releases/0/initiationType"} {
			refused(t, err, path, "required")
		}
		if len(list) != 4 {
			t.Errorf("%s: %v, want four reasons", kind, list)
		}
		if text := err.Error(); !strings.Contains(text, "/releases/0/initiationType: is missing") {
			t.Errorf("%s: the error doesn't name the reason: %s", kind, text)
		}
	}
}

func TestAFiveYearFrameworkNeedsAReason(t *testing.T) {
	s := load(t)
	r := read(t, s, file(t, cabling)).Releases[0]
	err := s.CheckFramework(r, " ")
	refused(t, err, "/tender/contractPeriod", ocds.RuleFourYears)
	refused(t, err, "/awards/0/contractPeriod", ocds.RuleFourYears)
	if err := s.CheckFramework(r, "Kabels gaan vijf jaar mee; besluit van de inkoper."); err != nil {
		t.Errorf("refused with a reason: %v", err)
	}
	four := read(t, s, file(t, "real/uk-cf-repairs-planned-works-framework-award.json")).Releases[0]
	if err := s.CheckFramework(four, ""); err != nil {
		t.Errorf("a framework of exactly four years: %v", err)
	}
}

func TestTheRuleOfFourYearsLooksAtEveryPeriod(t *testing.T) {
	s := load(t)
	long := `{"startDate":"2026-01-01T00:00:00+01:00","endDate":"2029-12-31T23:59:59+01:00","maxExtentDate":"2030-01-01T23:59:59+01:00"}`
	short := `{"startDate":"2026-03-30T00:00:00+02:00","endDate":"2030-03-29T23:59:59+01:00"}`
	for name, c := range map[string]struct{ tender, awards, path, rule string }{
		"options in the tender":    {`"contractPeriod":` + long, `[]`, "/tender/contractPeriod", ocds.RuleFourYears},
		"a lot":                    {`"contractPeriod":` + short + `,"lots":[{"id":"1"},{"id":"2","contractPeriod":` + long + `}]`, `[]`, "/tender/lots/1/contractPeriod", ocds.RuleFourYears},
		"the agreement":            {`"techniques":{"frameworkAgreement":{"period":` + long + `}}`, `[]`, "/tender/techniques/frameworkAgreement/period", ocds.RuleFourYears},
		"an award":                 {`"title":"x"`, `[{"id":"a","contractPeriod":` + long + `}]`, "/awards/0/contractPeriod", ocds.RuleFourYears},
		"backwards":                {`"contractPeriod":{"startDate":"2026-01-02T00:00:00Z","endDate":"2026-01-01T00:00:00Z"}`, `[]`, "/tender/contractPeriod", "input"},
		"days":                     {`"contractPeriod":{"durationInDays":1462}`, `[]`, "/tender/contractPeriod", ocds.RuleFourYears},
		"days beyond count":        {`"contractPeriod":{"durationInDays":99999999999999999999}`, `[]`, "/tender/contractPeriod", ocds.RuleFourYears},
		"four years of days":       {`"contractPeriod":{"durationInDays":1461}`, `[]`, "", ""},
		"a start only":             {`"contractPeriod":{"startDate":"2026-01-02T00:00:00Z"}`, `[]`, "/tender/contractPeriod", "required"},
		"none":                     {`"title":"x"`, `[]`, "/tender/contractPeriod", "required"},
		"four years of wall clock": {`"contractPeriod":` + short, `[]`, "", ""},
		"a reason of its own":      {`"contractPeriod":` + long + `,"techniques":{"frameworkAgreement":{"periodRationale":"afschrijving"}}`, `[]`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			raw := fmt.Sprintf(`{"ocid":"ocds-213czf-1","id":"1","date":"2026-01-01T00:00:00Z","tag":["tender"],"initiationType":"tender","tender":{"id":"t",%s},"awards":%s}`, c.tender, c.awards)
			err := s.CheckFramework(read(t, s, []byte(raw)).Releases[0], "")
			if c.rule == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			refused(t, err, c.path, c.rule)
		})
	}
}

// wrap makes a valid package around the text of releases.
func wrap(releases ...string) string {
	return `{"uri":"urn:x:1","version":"1.1","publisher":{"name":"x"},"publishedDate":"2026-01-01T00:00:00Z","releases":[` + strings.Join(releases, ",") + `]}`
}

// one makes a valid release with extra text.
func one(id, more string) string {
	return `{"ocid":"ocds-213czf-1","id":"` + id + `","date":"2026-01-01T00:00:00Z","tag":["tender"],"initiationType":"tender"` + more + `}`
}

func TestReadRefuses(t *testing.T) {
	s := load(t)
	for name, c := range map[string]struct{ raw, path, rule string }{
		"nothing":                    {``, "", "json"},
		"a list":                     {`[]`, "", "json"},
		"half an object":             {`{"ocid":`, "/ocid", "json"},
		"two values":                 {wrap(one("1", "")) + ` {}`, "", "json"},
		"a name twice":               {wrap(one("1", `,"ocid":"ocds-213czf-2"`)), "/releases/0/ocid", "duplicate"},
		"broken UTF-8":               {wrap(one("\xff", "")), "/releases/0/id", "json"},
		"a number as long as a book": {wrap(one("1", `,"tender":{"id":"1","value":{"amount":1e999999999}}`)), "/releases/0/tender/value/amount", "limit"},
		"a record package":           {`{"records":[]}`, "/records", "version"},
		"version 1.0":                {strings.Replace(wrap(one("1", "")), `"1.1"`, `"1.0"`, 1), "/version", "version"},
		"no releases":                {wrap(), "/releases", "minItems"},
		"a release that is a text":   {wrap(`"x"`), "/releases/0", "type"},
		"two releases with one id":   {wrap(one("1", ""), one("1", `,"language":"nl"`)), "/releases/1/id", "duplicate"},
		"the same release twice":     {wrap(one("1", ""), one("1", "")), "/releases/1", "uniqueItems"},
		"two parties with one id":    {wrap(one("1", `,"parties":[{"id":"a"},{"id":"a","name":"b"}]`)), "/releases/0/parties/1/id", "duplicate"},
		"an unknown tag":             {wrap(strings.Replace(one("1", ""), `["tender"]`, `["gossip"]`, 1)), "/releases/0/tag/0", "enum"},
		"no tag":                     {wrap(strings.Replace(one("1", ""), `["tender"]`, `[]`, 1)), "/releases/0/tag", "minItems"},
		"a date without offset":      {wrap(strings.Replace(one("1", ""), `:00Z"`, `:00"`, 1)), "/releases/0/date", "format"},
		"an empty id":                {wrap(one("", "")), "/releases/0/id", "minLength"},
		"an amount as text":          {wrap(one("1", `,"tender":{"id":"1","value":{"amount":"5"}}`)), "/releases/0/tender/value/amount", "type"},
		"a count with a fraction":    {wrap(one("1", `,"tender":{"id":"1","numberOfTenderers":1.0}`)), "/releases/0/tender/numberOfTenderers", "type"},
		"an empty technique":         {wrap(one("1", `,"tender":{"id":"1","techniques":{}}`)), "/releases/0/tender/techniques", "minProperties"},
		"a contract without award":   {wrap(one("1", `,"contracts":[{"id":"1"}]`)), "/releases/0/contracts/0/awardID", "required"},
		"a link with a space":        {wrap(one("1", `,"tender":{"id":"1","documents":[{"id":"1","url":"https://x/ y"}]}`)), "/releases/0/tender/documents/0/url", "format"},
		"a package id off the form":  {strings.Replace(wrap(one("1", "")), `urn:x:1`, `mine`, 1), "/uri", "format"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Read([]byte(c.raw), ocds.DefaultLimits())
			refused(t, err, c.path, c.rule)
		})
	}
}

func TestReleaseIDsCountWithinTheirProcess(t *testing.T) {
	s := load(t)
	r := read(t, s, []byte(wrap(one("1", ""), strings.Replace(one("1", ""), "213czf-1", "213czf-2", 1))))
	if len(r.Releases) != 2 {
		t.Errorf("%d releases, want 2", len(r.Releases))
	}
}

func TestReadStopsAtItsLimits(t *testing.T) {
	s := load(t)
	raw := []byte(wrap(one("1", ""), one("2", "")))
	for name, c := range map[string]struct {
		set  func(*ocds.Limits)
		path string
	}{
		"bytes":    {func(l *ocds.Limits) { l.Bytes = len(raw) - 1 }, ""},
		"depth":    {func(l *ocds.Limits) { l.Depth = 3 }, ""},
		"values":   {func(l *ocds.Limits) { l.Values = 10 }, ""},
		"releases": {func(l *ocds.Limits) { l.Releases = 1 }, "/releases"},
	} {
		t.Run(name, func(t *testing.T) {
			limits := ocds.DefaultLimits()
			c.set(&limits)
			_, err := s.Read(raw, limits)
			refused(t, err, c.path, "limit")
		})
	}
}

func TestARefusalTellsTenReasonsAndCountsTheOthers(t *testing.T) {
	parts := make([]string, 150)
	for i := range parts {
		parts[i] = `{"ocid":"o` + fmt.Sprint(i) + `","id":"1","date":"2026-01-01T00:00:00Z","tag":["x"],"initiationType":"tender"}`
	}
	_, err := load(t).Read([]byte(wrap(parts...)), ocds.DefaultLimits())
	if n := len(problems(t, err)); n != 100 {
		t.Errorf("%d reasons are kept, want 100", n)
	}
	if text := err.Error(); strings.Count(text, ";") != 10 || !strings.HasSuffix(text, "and 90 more") {
		t.Errorf("the text is %q", text)
	}
}

func TestFieldsOfOtherExtensionsAreKeptAndListed(t *testing.T) {
	s := load(t)
	r := read(t, s, []byte(wrap(one("1", `,"tender":{"id":"1","title_fr":"oui","title_":"x","lots":[{"id":"1","submissionTerms":{"languages":["nl"]}}],"a/b~c":1}`))))
	want := []string{"/releases/0/tender/a~1b~0c", "/releases/0/tender/lots/0/submissionTerms", "/releases/0/tender/title_"}
	if !slices.Equal(r.Unknown, want) {
		t.Errorf("unknown %q, want %q", r.Unknown, want)
	}
	raw, err := json.Marshal(r.Releases[0])
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), `"languages":["nl"]`) {
		t.Errorf("a field was lost: %s", raw)
	}
	_, err = s.Pack(meta(t), r.Releases[0])
	refused(t, err, "/releases/0/tender/title_", "additionalProperties")
	refused(t, err, "/releases/0/tender/lots/0/submissionTerms", "additionalProperties")
}

func FuzzRead(f *testing.F) {
	s := load(f)
	for _, name := range []string{cabling, designFile, "real/chile-framework-open_multiple_award.json", "real/nl-vngr-softwarecatalogus-2024.release-package.json"} {
		f.Add(file(f, name))
	}
	f.Add([]byte(wrap(one("1", ""), one("2", `,"tender":null,"awards":[]`))))
	f.Add([]byte(wrap(one("1", `,"x":[]`), one("2", `,"x":[{"id":1}]`))))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := s.Read(raw, ocds.DefaultLimits())
		if err != nil {
			if len(problems(t, err)) == 0 {
				t.Error("refused without a reason")
			}
			return
		}
		for _, release := range r.Releases {
			if s.CheckFramework(release, "") == nil && s.CheckFramework(release, "reason") != nil {
				t.Error("a reason made a framework worse")
			}
			again, err := json.Marshal(release)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Read(again, ocds.DefaultLimits()); err != nil {
				t.Errorf("what we write isn't read: %v", err)
			}
			h, err := s.Merge(release)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.Versioned(); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Record(ocds.Meta{}, r.Releases...); err != nil {
			problems(t, err)
		}
	})
}
