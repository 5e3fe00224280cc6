// SPDX-License-Identifier: EUPL-1.2

package event_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/event"
)

// entry is an entry of a calendar: the values of its properties by name, with
// parameters.
type entry map[string]string

// parse reads a calendar strictly, as RFC 5545 has it, and gives the properties of the
// calendar and its entries.
func parse(tb testing.TB, raw []byte) (calendar entry, entries []entry) {
	tb.Helper()
	text, ok := strings.CutSuffix(string(raw), "\r\n")
	if !ok || !utf8.Valid(raw) {
		tb.Fatalf("doesn't end with a line end, or isn't UTF-8: %q", raw)
	}
	for line := range strings.SplitSeq(text, "\r\n") {
		if len(line) > 75 || line == "" || strings.ContainsAny(line, "\r\n") || !utf8.ValidString(line) {
			tb.Fatalf("not a content line: %q", line)
		}
	}
	form := regexp.MustCompile(`^([A-Z-]+(?:;[A-Z]+=[A-Z]+)*):(.*)$`)
	var open []string
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n ", ""), "\r\n") {
		m := form.FindStringSubmatch(line)
		if m == nil {
			tb.Fatalf("not a property: %q", line)
		}
		name, value := m[1], m[2]
		switch name {
		case "BEGIN":
			if open = append(open, value); value == "VEVENT" {
				entries = append(entries, entry{})
			} else if calendar != nil {
				tb.Fatalf("a second %s", value)
			} else {
				calendar = entry{}
			}
		case "END":
			if len(open) == 0 || open[len(open)-1] != value {
				tb.Fatalf("END:%s of %q", value, open)
			}
			open = open[:len(open)-1]
		default:
			into := calendar
			if len(open) == 2 {
				into = entries[len(entries)-1]
			}
			if _, twice := into[name]; twice || len(open) == 0 {
				tb.Fatalf("%s stands there twice, or nowhere", name)
			}
			into[name] = value
		}
	}
	if len(open) > 0 {
		tb.Fatalf("%q isn't closed", open)
	}
	check(tb, calendar, entries)
	return calendar, entries
}

// check holds a calendar to what is required of each part, and to no more than
// what is expected here.
func check(tb testing.TB, calendar entry, entries []entry) {
	tb.Helper()
	if calendar["VERSION"] != "2.0" || calendar["PRODID"] == "" || calendar["METHOD"] != "PUBLISH" {
		tb.Fatalf("calendar: %q", calendar)
	}
	day, instant := regexp.MustCompile(`^\d{8}$`), regexp.MustCompile(`^\d{8}T\d{6}Z$`)
	uids := map[string]bool{}
	for _, e := range entries {
		whole := day.MatchString(e["DTSTART;VALUE=DATE"]) && day.MatchString(e["DTEND;VALUE=DATE"]) && e["DTSTART"] == ""
		if uids[e["UID"]] || e["UID"] == "" || !instant.MatchString(e["DTSTAMP"]) || e["SUMMARY"] == "" || whole == instant.MatchString(e["DTSTART"]) {
			tb.Fatalf("entry: %q", e)
		}
		if bare := regexp.MustCompile(`\\[\\;,n]`).ReplaceAllString(e["SUMMARY"], ""); strings.ContainsAny(bare, `\;,`) {
			tb.Fatalf("not escaped: %q", e["SUMMARY"])
		}
		uids[e["UID"]] = true
	}
}

// plan lists what an agenda comes to: when, and what.
func plan(entries []entry) (out []string) {
	for _, e := range entries {
		out = append(out, e["DTSTART;VALUE=DATE"]+e["DTSTART"]+" "+e["SUMMARY"])
	}
	return out
}

func agenda(t *testing.T) *event.Agenda {
	t.Helper()
	return &event.Agenda{
		Owner: self, Dutch: true, Made: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC),
		Frameworks: []event.Framework{windowed(t)},
		CallOffs:   []event.Term{{Deed: hash("112", "c"), Name: "Verhuizing doorgeven", At: local(t, "2027-07-01 00:00")}},
		Decisions:  []event.Term{{Deed: hash("123", "d"), Name: "Kern van eisen", At: local(t, "2026-12-01 17:00")}},
		Link:       func(h deed.Hash) string { return "https://node.example/deeds/" + string(h) },
	}
}

func TestACalendarHasAllThatComesOnItsDay(t *testing.T) {
	calendar, entries := parse(t, event.Calendar(amsterdam(t), agenda(t)))
	want := []string{
		"20260329 Inhaken kan vanaf nu: Webformulieren",
		"20260630 Webformulieren loopt over 18 maanden af",
		"20261025 Laatste moment om in te haken: Webformulieren",
		"20261201T160000Z Besluit sluit: Kern van eisen",
		"20261231 Webformulieren loopt over 12 maanden af",
		"20270101 Inhaken kan vanaf nu: Webformulieren",
		"20270131 Laatste moment om in te haken: Webformulieren",
		"20270630 Laatste dag van de nadere overeenkomst: Verhuizing doorgeven",
		"20270630 Webformulieren loopt over 6 maanden af",
		"20271231 Laatste dag: Webformulieren",
		"20281231 Laatste dag met alle verlengingen: Webformulieren",
	}
	got := plan(entries)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if calendar["NAME"] != "Samen inkopen" || calendar["NAME"] != calendar["X-WR-CALNAME"] {
		t.Errorf("calendar %q", calendar)
	}
	if link := entries[0]["URL"]; link != "https://node.example/deeds/"+string(hash("110", "f")) {
		t.Errorf("link %q", link)
	}
	if e := entries[0]; e["DTEND;VALUE=DATE"] != "20260330" {
		t.Errorf("a day ends at %q", e["DTEND;VALUE=DATE"])
	}
}

func TestACalendarIsAlsoInEnglishWithTheSameEntries(t *testing.T) {
	dutch, english := agenda(t), agenda(t)
	english.Dutch = false
	_, a := parse(t, event.Calendar(amsterdam(t), dutch))
	_, b := parse(t, event.Calendar(amsterdam(t), english))
	for i := range a {
		if a[i]["UID"] != b[i]["UID"] || a[i]["SUMMARY"] == b[i]["SUMMARY"] {
			t.Errorf("%q and %q", a[i], b[i])
		}
	}
}

func TestAnEntryKeepsItsNameWhenItsDateChanges(t *testing.T) {
	before, after, other := agenda(t), agenda(t), agenda(t)
	after.Frameworks[0].End = local(t, "2028-07-01 00:00")
	after.Made = after.Made.Add(time.Hour)
	other.Owner = "00000099000000002000"
	uids := func(a *event.Agenda) (out []string) {
		_, entries := parse(t, event.Calendar(amsterdam(t), a))
		for _, e := range entries {
			out = append(out, e["UID"])
		}
		slices.Sort(out)
		return out
	}
	if !slices.Equal(uids(before), uids(after)) {
		t.Error("a later end gave entries other names")
	}
	if slices.ContainsFunc(uids(other), func(uid string) bool { return slices.Contains(uids(before), uid) }) {
		t.Error("two organisations gave their entries the same names")
	}
	if !bytes.Equal(event.Calendar(amsterdam(t), before), event.Calendar(amsterdam(t), agenda(t))) {
		t.Error("the same agenda was written in two ways")
	}
}

func TestNoNameWritesALineOfItsOwn(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"a;b,c\\d", `Besluit sluit: a\;b\,c\\d`},
		{"x\r\nBEGIN:VALARM\nEND", "Besluit sluit: x BEGIN:VALARM END"},
		{"tab\there\x00\x7f\u0085\u2028\u202e!", "Besluit sluit: tab here!"},
		{"stuk \xff af", "Besluit sluit: stuk \ufffd af"},
		{strings.Repeat("é€😀", 60), "Besluit sluit: " + strings.Repeat("é€😀", 60)},
		{strings.Repeat(`,`, 200), "Besluit sluit: " + strings.Repeat(`\,`, 200)},
	} {
		a := &event.Agenda{Owner: self, Dutch: true, Made: time.Unix(0, 0), Decisions: []event.Term{{Deed: hash("123", "d"), Name: c.name, At: 1_800_000_001}}}
		_, entries := parse(t, event.Calendar(amsterdam(t), a))
		if got := entries[0]["SUMMARY"]; got != c.want {
			t.Errorf("%q: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAnEmptyCalendarIsACalendar(t *testing.T) {
	if _, entries := parse(t, event.Calendar(amsterdam(t), &event.Agenda{Owner: self})); len(entries) != 0 {
		t.Errorf("got %q", entries)
	}
}

// FuzzCalendar puts names of others in a calendar, which stays one.
func FuzzCalendar(f *testing.F) {
	f.Add("Webformulieren", int64(1_800_000_000), "https://node.example/")
	f.Add("x\r\nEND:VEVENT", int64(1_774_738_800), "a\r\nb")
	f.Fuzz(func(t *testing.T, name string, at int64, link string) {
		at = min(max(at, 0), 253_000_000_000)
		a := &event.Agenda{
			Owner: self, Made: time.Unix(0, 0), Link: func(deed.Hash) string { return link },
			Frameworks: []event.Framework{{Deed: hash("110", "f"), Name: name, End: at, Windows: []event.Window{{From: at / 2, Until: at}}}},
			CallOffs:   []event.Term{{Deed: hash("112", "c"), Name: name, At: at}},
		}
		if _, entries := parse(t, event.Calendar(amsterdam(t), a)); len(entries) != 7 {
			t.Fatal(fmt.Sprint(len(entries), " entries, want 7"))
		}
	})
}
