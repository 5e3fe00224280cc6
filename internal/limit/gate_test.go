// SPDX-License-Identifier: EUPL-1.2

package limit_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/limit"
)

const anna, bart = "00000099000000001000", "00000099000000002000"

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// enter expects a call to be let in, or refused by the limit that is named.
func enter(t *testing.T, g *limit.Gate, l limit.Limits, peer string, at time.Time, by limit.Name) limit.Pass {
	t.Helper()
	p, refused := g.Enter(&l, peer, at)
	switch {
	case refused == nil && by != "":
		t.Fatalf("a call was let in that goes beyond %s", by)
	case refused != nil && refused.Limit != by:
		t.Fatalf("refused: %v, want %q", refused, by)
	case refused != nil && refused.Most != l.Of(by):
		t.Fatalf("the limit told is %d, want %d", refused.Most, l.Of(by))
	}
	return p
}

func TestCallsAtOnceAreCountedForAllPeersTogether(t *testing.T) {
	g, l := limit.NewGate(), limit.Limits{ConcurrentCalls: 2}
	one := enter(t, g, l, anna, noon, "")
	enter(t, g, l, bart, noon, "")
	enter(t, g, l, bart, noon, limit.ConcurrentCalls)
	one.Leave()
	one.Leave() // twice is once
	enter(t, g, l, bart, noon, "")
	enter(t, g, l, anna, noon, limit.ConcurrentCalls)
}

func TestCallsAtOnceAreCountedForEachPeerApart(t *testing.T) {
	g, l := limit.NewGate(), limit.Limits{ConcurrentCalls: 3, ConcurrentCallsPerPeer: 2}
	one := enter(t, g, l, anna, noon, "")
	enter(t, g, l, anna, noon, "")
	enter(t, g, l, anna, noon, limit.ConcurrentCallsPerPeer)
	enter(t, g, l, bart, noon, "")
	enter(t, g, l, bart, noon, limit.ConcurrentCalls)
	one.Leave()
	enter(t, g, l, bart, noon, "")
}

func TestAPeerThatRestedMayBeginASecondsWorthAtOnce(t *testing.T) {
	g, l := limit.NewGate(), limit.Limits{CallsPerSecondPerPeer: 4}
	for range 4 {
		enter(t, g, l, anna, noon, "")
	}
	enter(t, g, l, anna, noon, limit.CallsPerSecondPerPeer)
	enter(t, g, l, bart, noon, "")
	enter(t, g, l, anna, noon.Add(249*time.Millisecond), limit.CallsPerSecondPerPeer)
	enter(t, g, l, anna, noon.Add(250*time.Millisecond), "")
	enter(t, g, l, anna, noon.Add(251*time.Millisecond), limit.CallsPerSecondPerPeer)
	for range 4 {
		enter(t, g, l, anna, noon.Add(time.Minute), "")
	}
	enter(t, g, l, anna, noon.Add(time.Minute), limit.CallsPerSecondPerPeer)
}

func TestOverTimeTheRateIsKept(t *testing.T) {
	for _, rate := range []int64{1, 3, 7, 1000, limit.MaxCalls} {
		g, l := limit.NewGate(), limit.Limits{CallsPerSecondPerPeer: rate}
		passed, step := int64(0), time.Second/time.Duration(4*rate)
		for i := range min(12*rate, 100_000) { // three seconds or a part of them, four times as many calls as may
			if _, refused := g.Enter(&l, anna, noon.Add(time.Duration(i)*step)); refused == nil {
				passed++
			}
		}
		if most := min(12*rate, 100_000)/4 + rate; passed < min(3*rate, 25_000) || passed > most {
			t.Errorf("%d calls passed at %d a second, the most is %d", passed, rate, most)
		}
	}
}

func TestARefusedCallUsesNothingUp(t *testing.T) {
	g, l := limit.NewGate(), limit.Limits{ConcurrentCalls: 1, ConcurrentCallsPerPeer: 1, CallsPerSecondPerPeer: 2}
	other := enter(t, g, l, bart, noon, "")
	for range 10 {
		enter(t, g, l, anna, noon, limit.ConcurrentCalls)
	}
	other.Leave()
	one := enter(t, g, l, anna, noon, "")
	enter(t, g, l, anna, noon, limit.ConcurrentCallsPerPeer)
	one.Leave()
	enter(t, g, l, anna, noon, "")
}

func TestAClockThatIsPutBackHoldsNobodyUpForLong(t *testing.T) {
	g, l := limit.NewGate(), limit.Limits{CallsPerSecondPerPeer: 2}
	enter(t, g, l, anna, noon, "")
	enter(t, g, l, anna, noon, "")
	back := noon.Add(-time.Hour)
	enter(t, g, l, anna, back, "")
	enter(t, g, l, anna, back, "")
	enter(t, g, l, anna, back, limit.CallsPerSecondPerPeer)
}

func TestLimitsMayChangeWhileCallsAreUnderWay(t *testing.T) {
	g := limit.NewGate()
	before := enter(t, g, limit.Limits{}, anna, noon, "")
	narrow := limit.Limits{ConcurrentCalls: 1}
	one := enter(t, g, narrow, anna, noon, "")
	wide := enter(t, g, limit.Limits{ConcurrentCalls: 2}, anna, noon, "")
	before.Leave()
	enter(t, g, narrow, anna, noon, limit.ConcurrentCalls)
	one.Leave()
	wide.Leave()
	enter(t, g, narrow, anna, noon, "")
}

func TestAnyNumberOfPeersTakesBoundedMemory(t *testing.T) {
	g, l := limit.NewGate(), limit.Limits{ConcurrentCallsPerPeer: 1, CallsPerSecondPerPeer: 1}
	passed := 0
	for i := range 200_000 { // within one second
		p, refused := g.Enter(&l, strconv.Itoa(i), noon)
		if refused == nil {
			p.Leave()
			passed++
		}
	}
	if n := g.Peers(); n > limit.MostPeers || passed < n || passed > n+16 {
		t.Errorf("%d Peers are remembered of %d that passed", n, passed)
	}
	later := noon.Add(time.Minute)
	enter(t, g, l, "somebody new", later, "")
	enter(t, g, l, "somebody new", later, limit.CallsPerSecondPerPeer)
	if n := g.Peers(); n > limit.MostPeers*15/16+1 {
		t.Errorf("%d Peers are remembered after they rested", n)
	}
}

func TestConcurrentCallsNeverGoBeyondTheLimit(t *testing.T) {
	g, l := limit.NewGate(), limit.Limits{ConcurrentCalls: 5, ConcurrentCallsPerPeer: 3}
	var wg sync.WaitGroup
	var running, most atomic.Int64
	for i := range 16 {
		wg.Go(func() {
			for range 2000 {
				p, refused := g.Enter(&l, strconv.Itoa(i%3), noon)
				if refused != nil {
					continue
				}
				n := running.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				running.Add(-1)
				p.Leave()
			}
		})
	}
	wg.Wait()
	if most.Load() > 5 {
		t.Errorf("%d calls were under way at once", most.Load())
	}
	for range 3 {
		enter(t, g, l, anna, noon, "") // all have left
	}
}

func TestACallThatPassesMakesNoGarbage(t *testing.T) {
	g, now := limit.NewGate(), noon
	l := limit.Limits{ConcurrentCalls: 10, ConcurrentCallsPerPeer: 5, CallsPerSecondPerPeer: 1000}
	if n := testing.AllocsPerRun(1000, func() {
		now = now.Add(time.Millisecond)
		p, refused := g.Enter(&l, anna, now)
		if refused != nil {
			t.Fatal(refused)
		}
		p.Leave()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkEnter(b *testing.B) {
	g, now := limit.NewGate(), time.Now()
	l := limit.Limits{ConcurrentCalls: limit.MaxCalls, ConcurrentCallsPerPeer: limit.MaxCalls, CallsPerSecondPerPeer: limit.MaxCalls}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			p, _ := g.Enter(&l, anna, now)
			p.Leave()
		}
	})
}
