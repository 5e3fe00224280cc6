// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"fmt"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

var tallied = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// flood takes refusals until n are counted.
func flood(t *tally, peer fsc.PeerID, n int, at time.Time) (over *refusals) {
	for range oneByOne + n {
		if _, before := t.take(peer, ReasonRule, at); before != nil {
			over = before
		}
	}
	return over
}

func TestCountsThatCouldNotBeWrittenComeWithTheNext(t *testing.T) {
	var counts tally
	flood(&counts, "a", 5, tallied)
	first := flood(&counts, "a", 7, tallied.Add(tallyWindow))
	if first == nil || first.counted[ReasonRule] != 5 {
		t.Fatalf("over: %+v", first)
	}
	counts.back(first)
	if _, over := counts.take("a", ReasonPath, tallied.Add(tallyWindow)); over == nil || over.counted[ReasonRule] != 12 || !over.began.Equal(tallied) {
		t.Errorf("the next has %+v", over)
	}
	counts = tally{}
	flood(&counts, "a", 5, tallied)
	for _, r := range counts.ended(tallied.Add(tallyWindow), false) {
		counts.back(r)
	}
	if left := counts.ended(tallied.Add(tallyWindow), false); len(left) != 1 || left[0].counted[ReasonRule] != 5 {
		t.Errorf("left: %+v", left)
	}
}

func TestPeersBeyondTheBoundAreCountedTogether(t *testing.T) {
	var counts tally
	for i := range 2 * keptTallies {
		flood(&counts, fsc.PeerID(fmt.Sprintf("%05d", i)), 1, tallied)
	}
	if n := len(counts.peers); n != keptTallies+1 {
		t.Errorf("%d are kept", n)
	}
	var total uint64
	all := counts.ended(tallied, true)
	for _, r := range all {
		total += r.counted[ReasonRule]
	}
	if all[0].peer != "" || total != keptTallies+keptTallies*(oneByOne+1)-oneByOne {
		t.Errorf("%d were counted, first of %q", total, all[0].peer)
	}
	if len(counts.peers) != 0 {
		t.Error("windows that ended are kept")
	}
}

func TestAWindowEndsWhenTheClockIsSetBack(t *testing.T) {
	var counts tally
	flood(&counts, "a", 5, tallied)
	if own, over := counts.take("a", ReasonRule, tallied.Add(-time.Hour)); !own || over == nil {
		t.Errorf("own %v, over %+v", own, over)
	}
}
