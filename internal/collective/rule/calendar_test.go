// SPDX-License-Identifier: EUPL-1.2

package rule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective/rule"
)

func calendar(t *testing.T) rule.Calendar {
	t.Helper()
	c, err := rule.NewCalendar()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func unix(t *testing.T, text string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at.Unix()
}

func TestADayIsADayOfTheNetherlands(t *testing.T) {
	c := calendar(t)
	for _, d := range []struct {
		date       rule.Date
		start, end string
		hours      int64
	}{
		{rule.Date{Year: 2026, Month: time.March, Day: 28}, "2026-03-28T00:00:00+01:00", "2026-03-29T00:00:00+01:00", 24},
		{rule.Date{Year: 2026, Month: time.March, Day: 29}, "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", 23},
		{rule.Date{Year: 2026, Month: time.October, Day: 25}, "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", 25},
		{rule.Date{Year: 2026, Month: time.December, Day: 31}, "2026-12-31T00:00:00+01:00", "2027-01-01T00:00:00+01:00", 24},
		{rule.Date{Year: 2028, Month: time.February, Day: 29}, "2028-02-29T00:00:00+01:00", "2028-03-01T00:00:00+01:00", 24},
	} {
		start, err := c.Start(d.date)
		if err != nil || start != unix(t, d.start) {
			t.Errorf("%v starts at %d, %v", d.date, start, err)
		}
		end, err := c.End(d.date)
		if err != nil || end != unix(t, d.end) || end-start != d.hours*3600 {
			t.Errorf("%v ends at %d, %v", d.date, end, err)
		}
		if c.DateOf(start) != d.date || c.DateOf(end-1) != d.date || c.DateOf(end) == d.date || c.DateOf(start-1) == d.date {
			t.Errorf("%v: the edges fall on %v to %v", d.date, c.DateOf(start), c.DateOf(end-1))
		}
	}
}

func TestADeadlineIsOneInstant(t *testing.T) {
	c := calendar(t)
	spring, autumn := rule.Date{Year: 2026, Month: time.March, Day: 29}, rule.Date{Year: 2026, Month: time.October, Day: 25}
	for _, d := range []struct {
		date         rule.Date
		hour, minute int
		want         string // empty: refused, for the reason
		reason       string
	}{
		{spring, 1, 59, "2026-03-29T01:59:00+01:00", ""},
		{spring, 2, 0, "", "forward"},
		{spring, 2, 59, "", "forward"},
		{spring, 3, 0, "2026-03-29T03:00:00+02:00", ""},
		{spring, 12, 0, "2026-03-29T12:00:00+02:00", ""},
		{autumn, 1, 59, "2026-10-25T01:59:00+02:00", ""},
		{autumn, 2, 0, "", "twice"},
		{autumn, 2, 30, "", "twice"},
		{autumn, 3, 0, "2026-10-25T03:00:00+01:00", ""},
		{autumn, 24, 0, "", "doesn't exist"},
		{rule.Date{Year: 2026, Month: time.February, Day: 30}, 12, 0, "", "doesn't exist"},
		{rule.Date{Year: 2026, Month: 13, Day: 1}, 12, 0, "", "doesn't exist"},
	} {
		got, err := c.At(d.date, d.hour, d.minute)
		switch {
		case d.want == "" && (err == nil || !strings.Contains(err.Error(), d.reason)):
			t.Errorf("%v %02d:%02d: %d, %v", d.date, d.hour, d.minute, got, err)
		case d.want != "" && (err != nil || got != unix(t, d.want)):
			t.Errorf("%v %02d:%02d: %d, %v", d.date, d.hour, d.minute, got, err)
		}
	}
}

func TestAMonthFollowsTheClockOfTheNetherlands(t *testing.T) {
	c := calendar(t)
	for month, hours := range map[time.Month]int64{time.March: 31*24 - 1, time.October: 31*24 + 1, time.December: 31 * 24} {
		from, until, err := c.Month(2026, month)
		if err != nil || until-from != hours*3600 {
			t.Errorf("%s has %d hours, %v", month, (until-from)/3600, err)
		}
	}
	if _, _, err := c.Month(2026, 13); err == nil {
		t.Error("a thirteenth month")
	}
	if _, err := c.Start(rule.Date{}); err == nil {
		t.Error("a day that doesn't exist starts")
	}
	if _, err := c.End(rule.Date{}); err == nil {
		t.Error("a day that doesn't exist ends")
	}
}

// A mantel that ends on a day with 25 hours lasts that whole day, and a decision
// that closes at a clock time closes at that instant and no hour sooner.
func TestTermsEndByTheClockOfTheNetherlands(t *testing.T) {
	c := calendar(t)
	end, err := c.End(rule.Date{Year: 2026, Month: time.October, Day: 25})
	if err != nil {
		t.Fatal(err)
	}
	s := newScene(t)
	m := s.mantelUntil(end)
	s.want(m, unix(t, "2026-10-25T23:59:59+01:00"), "live")
	s.want(m, unix(t, "2026-10-26T00:00:00+01:00"), rule.Expired)
}
