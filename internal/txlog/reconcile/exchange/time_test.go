// SPDX-License-Identifier: EUPL-1.2

package exchange_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog/idset/idsettest"
	"github.com/samenspel/samenspel/internal/txlog/reconcile"
)

// both compares over the extension and over the standard.
func (p *pair) both(t *testing.T, r reconcile.Request, check func(t *testing.T, got *reconcile.Report)) {
	t.Helper()
	t.Run("extension", func(t *testing.T) { check(t, p.compare(r)) })
	p.foreign()
	t.Run("standard", func(t *testing.T) { check(t, p.compare(r)) })
}

func TestClocksThatDifferGiveNoDifferences(t *testing.T) {
	for _, apart := range []time.Duration{time.Second, 40 * time.Minute, 3 * time.Hour, -3 * time.Hour} {
		t.Run(apart.String(), func(t *testing.T) {
			p := newPair(t)
			from, until := dayOf()
			ours := calls(500, 1, from.Add(3*time.Hour), until.Add(-3*time.Hour))
			theirs := slices.Clone(ours)
			for i := range theirs {
				theirs[i].at = theirs[i].at.Add(apart)
			}
			p.anna.put(t, ours...)
			p.bart.put(t, theirs...)
			p.both(t, reconcile.Request{}, func(t *testing.T, r *reconcile.Report) {
				if r.Equal != 500 || !r.Agrees() {
					t.Errorf("got %s", tell(r))
				}
			})
		})
	}
}

func TestACallAtTheBorderOfThePeriodIsNoDifference(t *testing.T) {
	p := newPair(t)
	border := now.Add(-5 * time.Hour).Truncate(time.Hour)
	c := call{id: idsettest.At(border.Add(-time.Millisecond), rand.New(rand.NewPCG(1, 1))), at: border.Add(time.Millisecond), grant: grant, from: anna, to: bart}
	late := c
	late.at = border.Add(90 * time.Minute) // so late that the ID isn't believed
	p.anna.put(t, c)
	p.bart.put(t, late)
	p.both(t, reconcile.Request{From: border.Add(-time.Hour), Until: border}, func(t *testing.T, r *reconcile.Report) {
		if r.Equal != 1 || !r.Agrees() || !r.Until.Equal(border) {
			t.Errorf("got %s until %s", tell(r), r.Until)
		}
	})
}

func TestAnHourIsLeftAloneUntilItIsOver(t *testing.T) {
	p := newPair(t)
	p.anna.put(t, calls(3, 1, now.Add(-20*time.Minute), now)...)
	p.both(t, reconcile.Request{}, func(t *testing.T, r *reconcile.Report) {
		if r.Equal+r.OnlyOurs != 0 || !r.Until.Equal(now.Truncate(time.Hour)) {
			t.Errorf("got %s until %s", tell(r), r.Until)
		}
	})
	r := p.compare(reconcile.Request{From: now.Truncate(time.Hour), Until: now})
	if r.Problem != "" || !r.From.Equal(r.Until) {
		t.Errorf("this hour: %+v", r)
	}
}

func TestWhatOneSideNoLongerKeepsIsNotCompared(t *testing.T) {
	p := newPair(t)
	old, recent := calls(5, 1, now.AddDate(0, 0, -6), now.AddDate(0, 0, -5)), calls(5, 2, now.Add(-20*time.Hour), now.Add(-10*time.Hour))
	p.anna.put(t, slices.Concat(old, recent)...)
	p.bart.put(t, recent...)
	p.bart.keeps(48 * time.Hour)
	r := p.compare(reconcile.Request{From: now.AddDate(0, 0, -7)})
	if r.Equal != 5 || !r.Agrees() || r.From.Before(now.Add(-49*time.Hour)) {
		t.Errorf("got %s from %s", tell(r), r.From)
	}
}

func TestACallUnderAnotherGrantIsTold(t *testing.T) {
	p := newPair(t)
	from, until := dayOf()
	ours := calls(3, 1, from, until)
	theirs := slices.Clone(ours)
	theirs[1].grant = "$1$3$another"
	p.anna.put(t, ours...)
	p.bart.put(t, theirs...)
	p.both(t, reconcile.Request{}, func(t *testing.T, r *reconcile.Report) {
		if r.Equal != 2 || len(r.Ours) != 1 || len(r.Theirs) != 1 || r.Ours[0].OtherGrant != "$1$3$another" || r.Theirs[0].OtherGrant != grant {
			t.Errorf("got %s, %+v, %+v", tell(r), r.Ours, r.Theirs)
		}
	})
}

func TestOnlyCallsBetweenTheTwoAreTold(t *testing.T) {
	p := newPair(t)
	from, until := dayOf()
	shared := calls(10, 1, from, until)
	back := calls(4, 2, from, until) // by Bart, of a service of Anna's
	for i := range back {
		back[i].from, back[i].to = bart, anna
	}
	others := calls(20, 3, from, until)
	for i := range others {
		others[i].from = carla
	}
	p.anna.put(t, slices.Concat(shared, back)...)
	p.bart.put(t, slices.Concat(shared, back, others)...)
	told, _, err := p.bart.comparer.Tell(t.Context(), anna, "", reconcile.HourOf(from), reconcile.HourOf(now))
	must(t, err)
	var sum int64
	for _, s := range told {
		sum += s.Count
	}
	if sum != 14 {
		t.Errorf("Anna is told of %d calls", sum)
	}
	if told, _, err := p.bart.comparer.Tell(t.Context(), fsc.PeerID("00000099000000009000"), "", reconcile.HourOf(from), reconcile.HourOf(now)); err != nil || len(told) > 0 {
		t.Errorf("a stranger is told %v, %v", told, err)
	}
	p.both(t, reconcile.Request{}, func(t *testing.T, r *reconcile.Report) {
		if r.Equal != 14 || !r.Agrees() || len(r.Grants) != 2 {
			t.Errorf("got %s, %+v", tell(r), r.Grants)
		}
	})
}
