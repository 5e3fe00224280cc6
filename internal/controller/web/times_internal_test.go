// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"regexp"
	"testing"
	"time"
)

// zoneAtEnd is what the title of each moment ends with.
var zoneAtEnd = regexp.MustCompile(`\d:\d\d(\.\d+)? CES?T$`)

// TestMomentsAreToldOnTheClockOfThePagesWithTheirZone looks at every page.
func TestMomentsAreToldOnTheClockOfThePagesWithTheirZone(t *testing.T) {
	s := testServer(t)
	moment := regexp.MustCompile(`<time ([^>]*)>`)
	title := regexp.MustCompile(`title="([^"]*)"`)
	for _, f := range allFixtures() {
		for _, found := range moment.FindAllStringSubmatch(draw(t, s, dutch, f), -1) {
			got := title.FindStringSubmatch(found[1])
			if got == nil || got[1] != "" && !zoneAtEnd.MatchString(got[1]) {
				t.Errorf("%s %s: %s", f.page, f.name, found[0])
			}
		}
	}
}

func TestAMomentIsWrittenInFullWithItsZone(t *testing.T) {
	for _, test := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(2026, 11, 22, 23, 5, 9, 0, time.UTC), "23 november 2026 00:05:09 CET"},
		{time.Date(2026, 7, 1, 12, 0, 0, 250_000_000, time.UTC), "1 juli 2026 14:00:00.25 CEST"},
		{time.Time{}, ""},
	} {
		if got := formatZoned(dutch, test.at, location()); got != test.want {
			t.Errorf("%s is written %q, want %q", test.at, got, test.want)
		}
	}
}
