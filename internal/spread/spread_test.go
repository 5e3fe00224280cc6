// SPDX-License-Identifier: EUPL-1.2

package spread_test

import (
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/spread"
)

func self(t *spread.Target) *spread.Target { return t }

func three() []*spread.Target { return []*spread.Target{{}, {}, {}} }

func TestTheTargetWithTheFewestCallsUnderWayIsTaken(t *testing.T) {
	list, now := three(), time.Unix(1000, 0)
	list[0].Begin()
	list[2].Begin()
	for turn := range uint32(6) {
		if i := spread.Choose(list, self, nil, now, turn); i != 1 {
			t.Errorf("turn %d: %d", turn, i)
		}
	}
	list[1].Begin()
	list[1].Begin()
	list[2].End()
	if i := spread.Choose(list, self, nil, now, 0); i != 2 {
		t.Errorf("after the end of a call: %d", i)
	}
}

func TestEqualsHaveTheirTurn(t *testing.T) {
	list, now := three(), time.Unix(1000, 0)
	seen := map[int]int{}
	for turn := range uint32(9) {
		seen[spread.Choose(list, self, nil, now, turn)]++
	}
	if seen[0] != 3 || seen[1] != 3 || seen[2] != 3 {
		t.Error(seen)
	}
}

// TestAFailedTargetIsAsideForAGrowingTime lets one target fail at each trial.
func TestAFailedTargetIsAsideForAGrowingTime(t *testing.T) {
	list, now := three()[:2], time.Unix(1000, 0)
	list[0].Failed(now)
	list[0].Failed(now) // of a call that was under way together with the first
	for _, aside := range []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second} {
		end := now.Add(aside)
		if !list[0].Aside(end.Add(-1)) || list[0].Aside(end) {
			t.Fatalf("after %v: not aside for exactly so long", aside)
		}
		now = end
		trials := 0
		for turn := range uint32(10) {
			if spread.Choose(list, self, nil, now, turn) == 0 {
				trials++
			}
		}
		if trials != 1 {
			t.Fatalf("%d calls went to it in place of one trial", trials)
		}
		list[0].Failed(now)
	}
}

func TestNoTargetIsAsideForLongerThanHalfAMinute(t *testing.T) {
	list, now := three()[:1], time.Unix(1000, 0)
	for range 40 {
		list[0].Failed(now)
		now = now.Add(30 * time.Second)
		if list[0].Aside(now) {
			t.Fatal("aside for longer than half a minute")
		}
	}
}

func TestATrialThatSucceedsBringsTheTargetBack(t *testing.T) {
	list, now := three()[:2], time.Unix(1000, 0)
	list[0].Failed(now)
	now = now.Add(time.Second)
	list[1].Begin()
	if i := spread.Choose(list, self, nil, now, 1); i != 0 {
		t.Fatal("no trial")
	}
	list[0].Succeeded()
	list[0].Failed(now)
	if list[0].Aside(now.Add(500 * time.Millisecond)) {
		t.Error("a failure after a success counts on from those before it")
	}
}

func TestWhenAllAreAsideTheOneThatComesBackFirstIsTaken(t *testing.T) {
	list, now := three(), time.Unix(1000, 0)
	for i, later := range []time.Duration{2, 1, 3} {
		list[i].Failed(now.Add(later))
	}
	if i := spread.Choose(list, self, nil, now.Add(10), 0); i != 1 {
		t.Errorf("%d", i)
	}
}

func TestATargetThatLeavesHasNoCallsMeanwhile(t *testing.T) {
	list, now := three()[:2], time.Unix(1000, 0)
	list[0].Leaves(now, 10*time.Second)
	for turn := range uint32(4) {
		if i := spread.Choose(list, self, nil, now.Add(9*time.Second), turn); i != 1 {
			t.Errorf("turn %d: %d", turn, i)
		}
	}
	if i := spread.Choose(list, self, nil, now.Add(10*time.Second), 0); i != 0 {
		t.Error("it has no trial afterwards")
	}
}

func TestOnlyWhatFitsIsTaken(t *testing.T) {
	list, now := three(), time.Unix(1000, 0)
	if i := spread.Choose(list, self, func(x *spread.Target) bool { return x == list[1] }, now, 0); i != 1 {
		t.Errorf("%d", i)
	}
	if i := spread.Choose(list, self, func(*spread.Target) bool { return false }, now, 0); i != -1 {
		t.Errorf("%d although none fits", i)
	}
	if i := spread.Choose(nil, self, nil, now, 7); i != -1 {
		t.Errorf("%d of none", i)
	}
}

func TestAChoiceMakesNoAllocation(t *testing.T) {
	list, now := three(), time.Unix(1000, 0)
	if n := testing.AllocsPerRun(100, func() {
		list[spread.Choose(list, self, nil, now, 1)].Begin()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
