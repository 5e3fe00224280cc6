// SPDX-License-Identifier: EUPL-1.2

package event_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/event"
)

func went(typ int, from, to string, overlays ...string) event.Transition {
	d := hash(fmt.Sprint(typ), "d")
	return event.Transition{Deed: d, Dossier: hash("110", "f"), Type: deed.Type(typ), From: from, To: to, Overlays: overlays, At: 1_790_000_000}
}

func TestTransitionsAreToldInTheWordsOfTheDesign(t *testing.T) {
	d, told := newDesk(t, nil), 0
	for i, c := range []struct {
		in   event.Transition
		want []string
	}{
		{went(110, "", "proposed"), []string{"framework.proposed"}},
		{went(110, "proposed", "in_force"), []string{"framework.live"}},
		{went(110, "concluded", "live"), []string{"framework.live"}},
		{went(110, "in_force", "live"), nil},
		{went(110, "live", "live", "used_70"), []string{"framework.threshold.70"}},
		{went(110, "live", "live", "used_70", "used_90"), []string{"framework.threshold.70", "framework.threshold.90"}},
		{went(110, "live", "exhausted", "used_100"), []string{"framework.exhausted", "framework.threshold.100"}},
		{went(110, "live", "live", "suspended"), []string{"framework.suspended"}},
		{went(110, "live", "expired"), []string{"framework.ended"}},
		{went(110, "exhausted", "terminated"), []string{"framework.ended"}},
		{went(110, "live", "annulled"), []string{"framework.ended"}},
		{went(111, "requested", "effective"), []string{"accession.effective"}},
		{went(111, "proposed", "in_force"), []string{"accession.effective"}},
		{went(111, "requested", "refused"), []string{"accession.refused"}},
		{went(112, "", "offered"), []string{"calloff.offered"}},
		{went(112, "offered", "signed"), []string{"calloff.signed"}},
		{went(112, "signed", "signed", "allocated"), []string{"calloff.live", "calloff.allocated"}},
		{went(112, "offered", "pending", "allocated"), []string{"calloff.pending", "calloff.allocated"}},
		{went(112, "signed", "refused"), []string{"calloff.refused"}},
		{went(112, "signed", "completed"), []string{"calloff.ended"}},
		{went(112, "signed", "revoked"), []string{"calloff.ended"}},
		{went(114, "proposed", "bound"), []string{"binding.bound"}},
		{went(114, "bound", "cut"), []string{"binding.cut"}},
		{went(114, "in_force", "revoked"), []string{"binding.cut"}},
		{went(115, "issued", "disputed"), []string{"usage.disputed"}},
		{went(123, "proposed", "open"), []string{"decision.opened"}},
		{went(123, "open", "adopted"), []string{"decision.adopted"}},
		{went(100, "", "in_force"), []string{"stance.in_force"}},
		{went(140, "", `Odd"state`), []string{"type140._dd_state"}},
	} {
		c.in.Deed = hash("112", fmt.Sprintf("d%d-", i))
		d.feed.add(c.in)
		d.work(t)
		var want []string
		for _, w := range c.want {
			want = append(want, "nl.collective."+w)
		}
		got := d.types(t)[told:]
		told += len(got)
		if !slices.Equal(got, want) {
			t.Errorf("%+v: got %q, want %q", c.in, got, want)
		}
	}
}

// The overlays are those that the table of deeds sets.
func TestOverlaysOfTheTableHaveTheirWords(t *testing.T) {
	d := newDesk(t, nil)
	d.feed.add(
		went(112, "signed", "signed", collective.OverlayAllocated),
		went(110, "", "live", collective.OverlayUsed70, collective.OverlayUsed90, collective.OverlayUsed100, collective.OverlaySuspended),
	)
	d.work(t)
	want := []string{
		"nl.collective.calloff.live", "nl.collective.calloff.allocated", "nl.collective.framework.live", "nl.collective.framework.threshold.70",
		"nl.collective.framework.threshold.90", "nl.collective.framework.threshold.100", "nl.collective.framework.suspended",
	}
	if got := d.types(t); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestACallOffIsLiveOnceItIsSignedAndAllocated(t *testing.T) {
	d := newDesk(t, nil)
	d.feed.add(
		went(112, "", "offered"), went(112, "offered", "pending"), went(112, "pending", "pending", "allocated"),
		went(112, "pending", "signed", "allocated"), went(112, "signed", "terminated", "allocated"),
	)
	d.work(t)
	want := []string{
		"nl.collective.calloff.offered", "nl.collective.calloff.pending", "nl.collective.calloff.allocated",
		"nl.collective.calloff.live", "nl.collective.calloff.ended",
	}
	if got := d.types(t); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAnOverlayIsToldWhenItComesAndWhenItGoes(t *testing.T) {
	d := newDesk(t, nil)
	d.feed.add(
		went(110, "", "live"),
		went(110, "live", "live", "used_70"),
		went(110, "live", "live", "suspended", "used_70"),
		went(110, "live", "live", "used_70"),
		went(110, "live", "live", "suspended", "used_70"),
	)
	d.work(t)
	want := []string{
		"nl.collective.framework.live", "nl.collective.framework.threshold.70", "nl.collective.framework.suspended",
		"nl.collective.framework.suspended.cleared", "nl.collective.framework.suspended",
	}
	if got := d.types(t); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEventsAreNumberedWithoutGapsAndNoneComesTwice(t *testing.T) {
	d := newDesk(t, nil)
	for range 1203 {
		d.feed.add(went(112, "live", "ended"), went(112, "ended", "ended"))
	}
	d.work(t)
	d.work(t)
	seen := map[string]bool{}
	all := d.events(t)
	for i, e := range all {
		if e.Number != int64(i+1) || seen[e.ID] {
			t.Fatalf("event %d: number %d, id %s seen before: %v", i+1, e.Number, e.ID, seen[e.ID])
		}
		seen[e.ID] = true
	}
	if len(all) != 1203 {
		t.Errorf("%d events, want 1203", len(all))
	}
}

func TestTheClockOfAFrameworkStrikesOnce(t *testing.T) {
	d := newDesk(t, nil)
	f := event.Framework{Deed: hash("110", "f"), Name: "Webformulieren", End: local(t, "2028-06-01 00:00")}
	d.feed.frameworks = []event.Framework{f}
	for range 80 {
		d.work(t)
		d.work(t)
		d.pass(10 * 24 * time.Hour)
	}
	want := []string{"nl.collective.framework.expiring.18", "nl.collective.framework.expiring.12", "nl.collective.framework.expiring.6"}
	if got := d.types(t); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAClockCatchesUpAfterTheNodeStoodStill(t *testing.T) {
	d := newDesk(t, nil)
	d.feed.frameworks = []event.Framework{{Deed: hash("110", "f"), End: local(t, "2028-06-01 00:00")}}
	d.work(t)
	d.pass(300 * 24 * time.Hour)
	d.work(t)
	want := []string{"nl.collective.framework.expiring.18", "nl.collective.framework.expiring.12"}
	if got := d.types(t); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOfAFrameworkThatComesInLateOnlyWhatHoldsNowIsTold(t *testing.T) {
	for _, c := range []struct {
		why, end string
		windows  []event.Window
		want     []string
	}{
		{"ten months before its end", "2027-10-01 00:00", nil, []string{"nl.collective.framework.expiring.12"}},
		{"after its end", "2026-10-01 00:00", nil, nil},
		{"long before", "2030-01-01 00:00", nil, nil},
		{"in a window", "2030-01-01 00:00", []event.Window{
			{From: local(t, "2026-01-01 00:00"), Until: local(t, "2026-03-01 00:00")},
			{From: local(t, "2026-11-01 00:00"), Until: local(t, "2026-12-01 00:00")},
		}, []string{"nl.collective.window.opening"}},
		{"after a window", "2030-01-01 00:00", []event.Window{
			{From: local(t, "2026-01-01 00:00"), Until: local(t, "2026-03-01 00:00")},
		}, nil},
	} {
		t.Run(c.why, func(t *testing.T) {
			d := newDesk(t, nil)
			d.feed.frameworks = []event.Framework{{Deed: hash("110", "f"), End: local(t, c.end), Windows: c.windows}}
			d.work(t)
			d.work(t)
			if got := d.types(t); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAnExtensionWindsTheClockAgain(t *testing.T) {
	d := newDesk(t, nil)
	d.feed.frameworks = []event.Framework{{Deed: hash("110", "f"), End: local(t, "2027-10-01 00:00")}}
	d.work(t)
	d.feed.frameworks = []event.Framework{{Deed: hash("110", "f"), End: local(t, "2028-10-01 00:00")}}
	d.pass(320 * 24 * time.Hour)
	d.work(t)
	want := []string{"nl.collective.framework.expiring.12", "nl.collective.framework.expiring.18", "nl.collective.framework.expiring.12"}
	if got := d.types(t); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
