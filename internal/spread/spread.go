// SPDX-License-Identifier: EUPL-1.2

package spread

import (
	"math"
	"sync/atomic"
	"time"
)

const (
	// firstAside is how long a place is put aside after its first failure. Each
	// further one doubles that, up to lastAside.
	firstAside = 500 * time.Millisecond
	lastAside  = 30 * time.Second
)

// Target is one place that calls can go to. The zero value is healthy. It is safe
// for concurrent use.
type Target struct {
	underWay atomic.Int64
	failures atomic.Int32 // since the last success
	until    atomic.Int64 // Unix nanoseconds; aside until then
}

// Begin counts a call that goes to the target; [Target.End] follows.
func (t *Target) Begin() { t.underWay.Add(1) }

// End counts that a call is over, however it went.
func (t *Target) End() { t.underWay.Add(-1) }

// Succeeded tells that the target answered, whatever it said.
func (t *Target) Succeeded() {
	if t.failures.Load() != 0 {
		t.failures.Store(0)
		t.until.Store(0)
	}
}

// Failed tells that the target didn't answer. While it is aside that says nothing
// new: calls that were under way together fail together.
func (t *Target) Failed(now time.Time) {
	until := t.until.Load()
	if now.UnixNano() < until {
		return
	}
	n := t.failures.Add(1)
	t.until.CompareAndSwap(until, now.Add(aside(n)).UnixNano())
}

// Leaves puts the target aside for a while without a failure: it told that it is
// going away, and takes calls until it is gone. That it answers meanwhile changes nothing.
func (t *Target) Leaves(now time.Time, d time.Duration) {
	t.until.Store(now.Add(d).UnixNano())
}

// Aside tells whether calls should go elsewhere if they can.
func (t *Target) Aside(now time.Time) bool { return now.UnixNano() < t.until.Load() }

func aside(failures int32) time.Duration {
	return min(firstAside<<min(max(failures-1, 0), 10), lastAside)
}

// open tells whether the target may have a call: always when it is healthy, and
// once in a while after failures.
func (t *Target) open(now time.Time) bool {
	until := t.until.Load()
	if until == 0 {
		return true
	}
	if now.UnixNano() < until {
		return false
	}
	// A trial: all others wait for what comes of it, at most as if it had failed.
	if !t.until.CompareAndSwap(until, now.Add(aside(t.failures.Load()+1)).UnixNano()) {
		return false
	}
	t.failures.Add(1)
	return true
}

// Choose gives the target of list that the next call should go to, or -1 if fit
// allows none. turn is a number that grows with each choice. When all are aside it
// is the one whose time ends first, for an attempt costs less than a refusal.
//
// fit may be nil; of gives the target of an element.
func Choose[T any](list []T, of func(T) *Target, fit func(T) bool, now time.Time, turn uint32) int {
	best, least := -1, int64(math.MaxInt64)
	last, soonest := -1, int64(math.MaxInt64)
	for n := range list {
		i := int((turn + uint32(n)) % uint32(len(list))) //nolint:gosec // a list of places is short
		if fit != nil && !fit(list[i]) {
			continue
		}
		t := of(list[i])
		if until := t.until.Load(); until > 0 {
			if until < soonest {
				last, soonest = i, until
			}
			if t.open(now) {
				return i
			}
			continue
		}
		if load := t.underWay.Load(); load < least {
			best, least = i, load
		}
	}
	if best < 0 {
		return last
	}
	return best
}
