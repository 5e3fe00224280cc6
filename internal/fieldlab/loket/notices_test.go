// SPDX-License-Identifier: EUPL-1.2

package loket_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/fieldlab/loket"
)

// wrong is a notice with one thing wrong, and what is said about it.
type wrong struct {
	path  string // of what is changed
	value any
	field string // of the fault; as path when empty
	code  string
}

func TestMoveIsReadWithAllItsFields(t *testing.T) {
	m, faults := loket.ParseMove([]byte(text(t, move())), testNow())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if m.Consent == nil || m.Consent.BSN != "999990032" || len(m.Relatives) != 1 || m.Relatives[0].Surname != "Zonderling" || m.Town != "Veenhoven" {
		t.Errorf("got %+v", m)
	}
	if back := text(t, m); len(back) != len(text(t, move())) {
		t.Errorf("written again it is %s", back)
	}
}

func TestMoveNamesTheFieldThatIsWrong(t *testing.T) {
	relatives := func(n int) any {
		var all []any
		for range n {
			all = append(all, object{"bsn": partner, "voornamen": "A", "achternaam": "B"})
		}
		return all
	}
	for name, w := range map[string]wrong{
		"no mark":                       {"kenmerk", nil, "", "key"},
		"a mark of somebody's own":      {"kenmerk", "../../etc", "", "key"},
		"no BSN":                        {"bsn", nil, "", "required"},
		"a BSN that fails the test":     {"bsn", "999990018", "", "bsn"},
		"a BSN with letters":            {"bsn", "99999001x", "", "bsn"},
		"a BSN of ten digits":           {"bsn", "9999900190", "", "bsn"},
		"a BSN that could be real":      {"bsn", realBSN, "", "bsn_not_test"},
		"a number for a text":           {"bsn", 999990019, "", "type"},
		"a date that doesn't exist":     {"verhuisdatum", "2026-02-29", "", "date"},
		"a date in another form":        {"verhuisdatum", "1-12-2026", "", "date"},
		"a date five weeks ahead":       {"verhuisdatum", "2026-12-27", "", "too_late"},
		"a date two years ago":          {"verhuisdatum", "2024-11-22", "", "too_early"},
		"no postcode":                   {"postcode", "", "", "required"},
		"a postcode in another form":    {"postcode", "0201 bb", "", "postcode"},
		"a postcode that exists":        {"postcode", "1234AB", "", "address"},
		"a town elsewhere":              {"woonplaats", "Duinwijk", "", "town"},
		"a long house number":           {"huisnummer", strings.Repeat("9", 21), "", "too_long"},
		"a house number of spaces":      {"huisnummer", "  ", "", "required"},
		"a long house letter":           {"huisletter", "ABCDEF", "", "too_long"},
		"mark-up in a street":           {"straatnaam", "<script>alert(1)</script>", "", "characters"},
		"a change of direction":         {"straatnaam", "Straat\u202etaartS", "", "characters"},
		"a line break in a street":      {"straatnaam", "Straat\nweg", "", "characters"},
		"a street of spaces in UTF-8":   {"straatnaam", strings.Repeat("é", 81), "", "too_long"},
		"21 relatives":                  {"meeverhuizendeGezinsleden", relatives(21), "", "too_many"},
		"a relative twice":              {"meeverhuizendeGezinsleden", relatives(2), "meeverhuizendeGezinsleden.1.bsn", "bsn_twice"},
		"a relative who is the mover":   {"meeverhuizendeGezinsleden", []any{object{"bsn": mover, "voornamen": "A", "achternaam": "B"}}, "meeverhuizendeGezinsleden.0.bsn", "bsn_twice"},
		"a relative with mark-up":       {"meeverhuizendeGezinsleden", []any{object{"bsn": partner, "voornamen": "A", "achternaam": "<b>"}}, "meeverhuizendeGezinsleden.0.achternaam", "characters"},
		"a relative with a field extra": {"meeverhuizendeGezinsleden", []any{object{"bsn": partner, "leeftijd": 3}}, "meeverhuizendeGezinsleden.0.leeftijd", "unknown"},
		"relatives that are a text":     {"meeverhuizendeGezinsleden", "Ommeke", "", "type"},
		"no consent":                    {"toestemmingHoofdbewoner.akkoord", false, "", "consent"},
		"consent of nobody":             {"toestemmingHoofdbewoner.naam", "", "", "required"},
		"a field that doesn't exist":    {"telefoon", "1", "", "unknown"},
		"a field in capitals":           {"BSN", mover, "", "unknown"},
		"a long name of a field":        {strings.Repeat("x", 500), "1", strings.Repeat("x", 80) + "…", "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			_, faults := loket.ParseMove([]byte(text(t, with(move(), w.path, w.value))), testNow())
			w.check(t, faults)
		})
	}
}

func TestDeathNamesTheFieldThatIsWrong(t *testing.T) {
	for name, w := range map[string]wrong{
		"no place":                        {"plaatsVanOverlijden", nil, "", "required"},
		"a place that doesn't take part":  {"plaatsVanOverlijden", "Amsterdam", "", "place"},
		"a declarant without number":      {"aangever.bsn", "", "", "required"},
		"no word about the BSN":           {"overledene.heeftBSN", nil, "", "required"},
		"yes as a text":                   {"overledene.heeftBSN", "ja", "", "type"},
		"no BSN though there is one":      {"overledene.bsn", nil, "", "required"},
		"sex beside a BSN":                {"overledene.geslacht", "man", "", "not_needed"},
		"place of birth beside a BSN":     {"overledene.geboorteplaats", "Elders", "", "not_needed"},
		"mark-up in a name":               {"overledene.achternaam", "<img src=x>", "", "characters"},
		"no given names":                  {"overledene.voornamen", nil, "", "required"},
		"born on a day that isn't there":  {"overledene.geboortedatum", "1941-02-29", "", "date"},
		"born tomorrow":                   {"overledene.geboortedatum", "2026-11-23", "", "too_late"},
		"born in the middle ages":         {"overledene.geboortedatum", "1300-01-01", "", "too_early"},
		"died before birth":               {"datumOverlijden", "1940-02-28", "", "before_birth"},
		"died tomorrow":                   {"datumOverlijden", "2026-11-23", "", "too_late"},
		"no date though it is known":      {"datumOverlijden", nil, "", "required"},
		"a date that isn't known":         {"datumBekend", nil, "", "required"},
		"a time that doesn't exist":       {"tijdstipOverlijden", "24:00", "", "time"},
		"a time in another form":          {"tijdstipOverlijden", "9:05", "", "time"},
		"a time that isn't known":         {"tijdstipBekend", false, "tijdstipOverlijden", "not_needed"},
		"another nature":                  {"aardOverlijden", "vreemd", "", "choice"},
		"no statement":                    {"doktersverklaring", nil, "", "required"},
		"a long statement":                {"doktersverklaring", strings.Repeat("A", 41), "", "too_long"},
		"no funeral":                      {"soortLijkbezorging", nil, "", "required"},
		"a field within that isn't there": {"overledene.titel", "dr.", "", "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			_, faults := loket.ParseDeath([]byte(text(t, with(death(), w.path, w.value))), testNow())
			w.check(t, faults)
		})
	}
}

// check wants exactly the one fault.
func (w wrong) check(t *testing.T, faults []loket.Fault) {
	t.Helper()
	field := w.field
	if field == "" {
		field = w.path
	}
	if len(faults) != 1 || faults[0].Field != field || faults[0].Code != w.code || faults[0].Reason == "" {
		t.Errorf("got %+v, want %s at %s", faults, w.code, field)
	}
}

func TestDeathWithoutBSNDateOrTimeIsTaken(t *testing.T) {
	d := death()
	d["overledene"] = object{"heeftBSN": false, "voornamen": "Onbekend", "achternaam": "Onbekend", "geboortedatum": "1960-01-01", "geslacht": "onbekend", "geboorteplaats": "Elders"}
	d["datumBekend"], d["tijdstipBekend"], d["aardOverlijden"] = false, false, "niet-natuurlijk"
	for _, field := range []string{"datumOverlijden", "tijdstipOverlijden", "doktersverklaring"} {
		delete(d, field)
	}
	if _, faults := loket.ParseDeath([]byte(text(t, d)), testNow()); len(faults) > 0 {
		t.Fatal(faults)
	}
	d["tijdstipBekend"], d["tijdstipOverlijden"] = true, "12:00"
	if _, faults := loket.ParseDeath([]byte(text(t, d)), testNow()); len(faults) != 1 || faults[0].Field != "tijdstipBekend" {
		t.Errorf("a time of an unknown day: %+v", faults)
	}
}

func TestBodiesThatAreNoNoticeAreRefused(t *testing.T) {
	for body, code := range map[string]string{
		"": "json", "{": "json", `[]`: "type", `"x"`: "type", `{} {}`: "json", "{\"kenmerk\":\"\xff\"}": "json",
		`{"kenmerk":"1","kenmerk":"2"}`: "duplicate", `{"overledene":{"bsn":"1","bsn":"2"}}`: "duplicate",
		strings.Repeat(`{"aangever":`, 5000): "unknown",
	} {
		_, faults := loket.ParseDeath([]byte(body), testNow())
		if _, others := loket.ParseMove([]byte(body), testNow()); len(others) == 0 {
			t.Errorf("%.40s: taken as a move", body)
		}
		if len(faults) != 1 || faults[0].Code != code {
			t.Errorf("%.40s: %+v, want %s", body, faults, code)
		}
	}
}

func TestTodayIsThatOfTheCalendarInTheNetherlands(t *testing.T) {
	midnight := time.Date(2026, 11, 21, 23, 30, 0, 0, time.UTC) // half past midnight on the 22nd
	d := text(t, with(death(), "datumOverlijden", "2026-11-22"))
	if _, faults := loket.ParseDeath([]byte(d), midnight); len(faults) > 0 {
		t.Error(faults)
	}
	if _, faults := loket.ParseDeath([]byte(d), midnight.Add(-time.Hour)); len(faults) != 1 {
		t.Errorf("before midnight: %+v", faults)
	}
}

func TestFourWeeksAheadIsTheFirstDayToReportAMove(t *testing.T) {
	for day, want := range map[string]int{"2026-12-20": 0, "2026-12-21": 1, "2025-11-22": 0, "2025-11-21": 1} {
		if _, faults := loket.ParseMove([]byte(text(t, with(move(), "verhuisdatum", day))), testNow()); len(faults) != want {
			t.Errorf("%s: %+v", day, faults)
		}
	}
}

func FuzzParseMove(f *testing.F) {
	seedNotices(f, move())
	f.Fuzz(func(t *testing.T, body []byte) {
		m, faults := loket.ParseMove(body, testNow())
		if len(faults) > 0 {
			checkFaults(t, faults)
			return
		}
		again, faults := loket.ParseMove([]byte(text(t, m)), testNow())
		if len(faults) > 0 || text(t, again) != text(t, m) {
			t.Errorf("read %+v, and again %+v %v", m, again, faults)
		}
		if !strings.HasPrefix(m.BSN, "9999") || len(m.Relatives) > 20 {
			t.Errorf("took %+v", m)
		}
	})
}

func FuzzParseDeath(f *testing.F) {
	seedNotices(f, death())
	f.Fuzz(func(t *testing.T, body []byte) {
		d, faults := loket.ParseDeath(body, testNow())
		if len(faults) > 0 {
			checkFaults(t, faults)
			return
		}
		again, faults := loket.ParseDeath([]byte(text(t, d)), testNow())
		if len(faults) > 0 || text(t, again) != text(t, d) {
			t.Errorf("read %+v, and again %+v %v", d, again, faults)
		}
		if !strings.HasPrefix(d.Declarant.BSN, "9999") {
			t.Errorf("took %+v", d)
		}
	})
}

func seedNotices(f *testing.F, whole object) {
	f.Helper()
	f.Add([]byte(text(f, whole)))
	f.Add([]byte(`{"bsn":"1","bsn":"2"}`))
	f.Add([]byte(`{"overledene":{"bsn":null}}`))
	f.Add([]byte(`[[[`))
}

// checkFaults wants words for all that is wrong, fit to be shown.
func checkFaults(t *testing.T, faults []loket.Fault) {
	t.Helper()
	for _, one := range faults {
		if one.Code == "" || one.Reason == "" || len(one.Field) > 100 || strings.ContainsAny(one.Field, "<>\n\x00") {
			t.Errorf("got %+v", one)
		}
	}
	if !json.Valid([]byte(text(t, faults))) || slices.Contains(faults, loket.Fault{}) {
		t.Errorf("got %+v", faults)
	}
}
