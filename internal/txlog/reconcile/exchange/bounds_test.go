// SPDX-License-Identifier: EUPL-1.2

package exchange_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/txlog/reconcile"
)

func TestLogsWithLittleInCommonAreCountedAndTheFirstCallsNamed(t *testing.T) {
	from, until := dayOf()
	both, ours, theirs := calls(1000, 1, from, until), calls(3000, 2, from, until), calls(2500, 3, from, until)
	p := newPair(t)
	p.anna.put(t, slices.Concat(both, ours)...)
	p.bart.put(t, slices.Concat(both, theirs)...)
	p.both(t, reconcile.Request{}, func(t *testing.T, r *reconcile.Report) {
		if r.Problem != "" || r.Equal+r.OnlyOurs+r.OpenOurs != 4000 || r.Equal+r.OnlyTheirs+r.OpenTheirs != 3500 || r.Equal != 1000 {
			t.Errorf("got %s", tell(r))
		}
		if len(r.Ours) != reconcile.MaxNamed || len(r.Theirs) != reconcile.MaxNamed {
			t.Errorf("%d and %d calls are named", len(r.Ours), len(r.Theirs))
		}
		if !slices.IsSortedFunc(r.Ours, func(a, b reconcile.Difference) int { return a.At.Compare(b.At) }) {
			t.Error("calls are not in order of time")
		}
	})
}

// later has a session in which each part takes ten seconds.
type later struct {
	reconcile.Session
	clock *time.Time
}

func (l later) Parts(ctx context.Context, from, until reconcile.Hour) ([]reconcile.Part, error) {
	*l.clock = l.clock.Add(10 * time.Second)
	return l.Session.Parts(ctx, from, until)
}

func TestAComparisonThatTakesLongGoesOnWhereItStopped(t *testing.T) {
	p := newPair(t)
	day := now.AddDate(0, -6, 0).Truncate(24 * time.Hour)
	var both []call
	for m := range 6 { // windows of a month
		both = append(both, calls(10, uint64(m), day.AddDate(0, 0, 29*m), day.AddDate(0, 0, 29*m+1))...)
	}
	p.anna.put(t, both...)
	p.bart.put(t, both[1:]...)
	clock := now
	comparer := reconcile.New(reconcile.Config{Self: anna, Log: p.anna.log, Now: func() time.Time { return clock }})
	var equal int64
	var rounds, ours int
	for at := day; ; rounds++ {
		with, end, err := p.client.Open(t.Context(), bart, "")
		must(t, err)
		r, err := comparer.Compare(t.Context(), later{with, &clock}, reconcile.Request{Peer: bart, From: at, Until: now})
		end()
		must(t, err)
		if r.Problem != "" || !r.From.Equal(at) {
			t.Fatalf("got %s from %s", tell(r), r.From)
		}
		equal, ours = equal+r.Equal, ours+len(r.Ours)
		if r.Next.IsZero() {
			break
		}
		if !r.Next.Equal(r.Until) || !r.Next.After(at) {
			t.Fatalf("next is %s after %s", r.Next, at)
		}
		at = r.Next
	}
	if equal != int64(len(both)-1) || ours != 1 || rounds != 1 {
		t.Errorf("%d equal and %d ours in %d rounds more", equal, ours, rounds)
	}
}

func TestAnAnswerIsCutBetweenHours(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	p := newPair(t)
	hour := now.Add(-30 * time.Hour).Truncate(time.Hour)
	var many []call
	for i, c := range calls(12_000, 1, hour, hour.Add(4*time.Hour)) {
		c.grant = "$1$3$grant" + string(rune('0'+i%10)) + string(rune('a'+i/10%26)) + string(rune('a'+i/260%26))
		many = append(many, c)
	}
	p.bart.put(t, many...)
	var told []reconcile.Told
	from, until, rounds := reconcile.HourOf(hour), reconcile.HourOf(hour.Add(5*time.Hour)), 0
	for ; from < until; rounds++ {
		part, next, err := p.bart.comparer.Tell(t.Context(), anna, "", from, until)
		must(t, err)
		if next <= from || len(part) > 0 && part[len(part)-1].Hour >= next {
			t.Fatalf("from %d the next is %d", from, next)
		}
		told, from = append(told, part...), next
	}
	var sum int64
	for _, s := range told {
		sum += s.Count
	}
	if sum != 12_000 || rounds < 2 || !slices.IsSortedFunc(told, func(a, b reconcile.Told) int { return a.Key.Compare(b.Key) }) {
		t.Errorf("%d calls in %d sets and %d rounds", sum, len(told), rounds)
	}
	p.anna.put(t, many...)
	if r := p.compare(reconcile.Request{}); r.Equal != 12_000 || !r.Agrees() {
		t.Errorf("got %s", tell(r))
	}
}
