// SPDX-License-Identifier: EUPL-1.2

package event_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective/event"
)

// shown writes moments by the Dutch clock.
func shown(t *testing.T, ms []event.Moment) (out []string) {
	t.Helper()
	for _, m := range ms {
		out = append(out, m.Type()+" "+time.Unix(m.At, 0).In(amsterdam(t)).Format("2006-01-02 15:04"))
	}
	return out
}

func TestAFrameworkIsAnnouncedToExpireOnTheSameDayOfTheMonth(t *testing.T) {
	const name = "nl.collective.framework.expiring."
	for _, c := range []struct {
		why, end string
		want     [3]string // 18, 12 and 6 months before
	}{
		{"up to and including 31 December", "2028-01-01 00:00", [3]string{"2026-06-30", "2026-12-31", "2027-06-30"}},
		{"the end of August, before a leap year's February", "2028-09-01 00:00", [3]string{"2027-02-28", "2027-08-31", "2028-02-29"}},
		{"29 February", "2028-03-01 00:00", [3]string{"2026-08-29", "2027-02-28", "2027-08-29"}},
		{"30 April: not the last of the months before", "2027-05-01 00:00", [3]string{"2025-10-30", "2026-04-30", "2026-10-30"}},
		{"the day the clock goes forward", "2027-03-29 00:00", [3]string{"2025-09-28", "2026-03-28", "2026-09-28"}},
		{"six months from a day the clock goes back", "2027-04-26 00:00", [3]string{"2025-10-25", "2026-04-25", "2026-10-25"}},
		{"in the middle of a day", "2027-05-15 17:30", [3]string{"2025-11-15", "2026-05-15", "2026-11-15"}},
	} {
		t.Run(c.why, func(t *testing.T) {
			f := event.Framework{Deed: hash("110", "f"), End: local(t, c.end)}
			var want []string
			for i, day := range c.want {
				want = append(want, fmt.Sprintf("%s%d %s 00:00", name, 18-6*i, day))
			}
			if got := shown(t, event.Due(amsterdam(t), &f, 0, f.End)); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func windowed(t *testing.T) event.Framework {
	t.Helper()
	return event.Framework{
		Deed: hash("110", "f"), Name: "Webformulieren", End: local(t, "2028-01-01 00:00"), ExtensionUntil: local(t, "2029-01-01 00:00"),
		Windows: []event.Window{
			{From: local(t, "2026-03-29 00:00"), Until: local(t, "2026-10-26 00:00")},
			{From: local(t, "2027-01-01 00:00"), Until: local(t, "2027-02-01 00:00")},
		},
	}
}

func TestEntryWindowsOpenAndCloseByTheDutchClock(t *testing.T) {
	f := windowed(t)
	got := event.Due(amsterdam(t), &f, local(t, "2026-03-28 23:59"), local(t, "2026-10-26 00:00"))
	want := []string{
		"nl.collective.window.opening 2026-03-29 00:00", "nl.collective.framework.expiring.18 2026-06-30 00:00",
		"nl.collective.window.closing 2026-10-26 00:00",
	}
	if !slices.Equal(shown(t, got), want) {
		t.Errorf("got %q, want %q", shown(t, got), want)
	}
	// The days the clock changes have 23 and 25 hours.
	if spring, autumn := time.Unix(got[0].At, 0).UTC().Hour(), time.Unix(got[2].At, 0).UTC().Hour(); spring != 23 || autumn != 23 {
		t.Errorf("at %d and %d hours UTC, want 23 and 23", spring, autumn)
	}
}

// However often the clock is looked at, each moment comes in exactly one look.
func TestEachMomentIsDueOnceHoweverOftenTheClockIsLookedAt(t *testing.T) {
	f, zone := windowed(t), amsterdam(t)
	from, until := local(t, "2026-01-01 00:00"), local(t, "2028-06-01 00:00")
	want := event.Due(zone, &f, from, until)
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		cuts := []int64{from, until}
		for range r.IntN(40) {
			cuts = append(cuts, from+r.Int64N(until-from))
		}
		for _, m := range want {
			cuts = append(cuts, m.At+r.Int64N(3)-1)
		}
		slices.Sort(cuts)
		var got []event.Moment
		for i := range len(cuts) - 1 {
			got = append(got, event.Due(zone, &f, cuts[i], cuts[i+1])...)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: got %q, want %q", seed, shown(t, got), shown(t, want))
		}
	}
}
