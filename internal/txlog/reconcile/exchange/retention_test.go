// SPDX-License-Identifier: EUPL-1.2

package exchange_test

import (
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/reconcile"
	"github.com/samenspel/samenspel/internal/txlog/retention"
)

// keepsPersons has a node keep the calls to the service persons for so many days, and
// others for ever.
func keepsPersons(t *testing.T, s *side, days int) *reconcile.Comparer {
	t.Helper()
	p, err := retention.New(0, []retention.Rule{
		{Direction: txlog.DirectionIncoming, Service: "persons", Days: days},
		{Direction: txlog.DirectionOutgoing, Peer: "*", Service: "persons", Days: days},
	})
	must(t, err)
	return reconcile.New(reconcile.Config{Self: s.id, Log: s.log, Retention: p, Now: func() time.Time { return now }})
}

func TestCallsThatOneSideKeepsForLongerAreNotMissing(t *testing.T) {
	old := calls(7, 1, now.Add(-60*time.Hour), now.Add(-50*time.Hour))
	fresh := calls(5, 2, now.Add(-20*time.Hour), now.Add(-2*time.Hour))
	week := reconcile.Request{From: now.Add(-7 * 24 * time.Hour)}
	t.Run("we", func(t *testing.T) {
		p := newPair(t)
		p.anna.put(t, slices.Concat(old, fresh)...)
		p.bart.put(t, slices.Concat(old[5:], fresh)...) // five are gone by now
		p.bart.behave(p.bart.own(keepsPersons(t, p.bart, 1)))
		r := p.compare(week)
		if !r.Agrees() || r.Equal != 5 || r.ExpiredThere != 7 || r.ExpiredHere != 0 {
			t.Errorf("got %s, expired %d and %d", tell(r), r.ExpiredHere, r.ExpiredThere)
		}
	})
	t.Run("the other side", func(t *testing.T) {
		p := newPair(t)
		p.anna.put(t, slices.Concat(old[5:], fresh)...)
		p.bart.put(t, slices.Concat(old, fresh)...)
		p.anna.comparer = keepsPersons(t, p.anna, 1)
		p.both(t, week, func(t *testing.T, r *reconcile.Report) {
			if !r.Agrees() || r.Equal != 5 || r.ExpiredHere != 7 || r.ExpiredThere != 0 {
				t.Errorf("got %s, expired %d and %d", tell(r), r.ExpiredHere, r.ExpiredThere)
			}
		})
	})
	t.Run("both, each for another time", func(t *testing.T) {
		middle := calls(4, 3, now.Add(-40*time.Hour), now.Add(-30*time.Hour))
		days := map[int][]call{1: fresh, 2: slices.Concat(old[3:], middle, fresh)} // some are to go yet
		for ours, theirs := range map[int]int{1: 2, 2: 1} {
			p := newPair(t)
			p.anna.put(t, days[ours]...)
			p.bart.put(t, days[theirs]...)
			p.anna.comparer = keepsPersons(t, p.anna, ours)
			p.bart.behave(p.bart.own(keepsPersons(t, p.bart, theirs)))
			r := p.compare(week)
			longer := r.ExpiredHere
			if ours > theirs {
				longer = r.ExpiredThere
			}
			if !r.Agrees() || r.Equal != 5 || longer < 4 || longer != r.ExpiredHere+r.ExpiredThere {
				t.Errorf("%d days here and %d there: %s, expired %d and %d", ours, theirs, tell(r), r.ExpiredHere, r.ExpiredThere)
			}
		}
	})
	t.Run("neither, and one is missing", func(t *testing.T) {
		p := newPair(t)
		p.anna.put(t, slices.Concat(old, fresh)...)
		p.bart.put(t, slices.Concat(old[1:], fresh)...)
		p.bart.behave(p.bart.own(keepsPersons(t, p.bart, 5)))
		if r := p.compare(week); r.OnlyOurs != 1 || r.Equal != 11 || r.ExpiredThere != 0 {
			t.Errorf("got %s, expired %d", tell(r), r.ExpiredThere)
		}
	})
}
