// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// soakTime is how long the load lasts: SAMENSPEL_SOAK_TIME, such as 90s for a
// trial, or ten minutes.
func soakTime(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("SAMENSPEL_SOAK_TIME")
	if text == "" {
		return 10 * time.Minute
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 20*time.Second {
		t.Fatalf("SAMENSPEL_SOAK_TIME is %q: want a time of at least 20s", text)
	}
	return d
}

// sample is the memory of a node at a moment.
type sample struct {
	at  time.Duration
	mib int
}

// slope gives by how much memory grew per minute, by least squares.
func slope(s []sample) float64 {
	var n, x, y, xx, xy float64
	for _, p := range s {
		at, mib := p.at.Minutes(), float64(p.mib)
		n, x, y, xx, xy = n+1, x+at, y+mib, xx+at*at, xy+at*mib
	}
	return (n*xy - x*y) / (n*xx - x*x)
}

// TestSlopeTellsGrowthPerMinute keeps the soak from measuring nothing.
func TestSlopeTellsGrowthPerMinute(t *testing.T) {
	for grown := range 3 {
		var s []sample
		for i := range 10 {
			s = append(s, sample{time.Duration(i) * 30 * time.Second, 50 + i*grown})
		}
		if got := slope(s); got < 2*float64(grown)-1e-6 || got > 2*float64(grown)+1e-6 {
			t.Errorf("%v MiB a minute instead of %d", got, 2*grown)
		}
	}
}

// TestTwoNodesUnderLoadForTenMinutesStayAsTheyAre has many applications call all
// the time. No call fails, memory is flat after the first fifth of the time, and the
// log takes as much room as its records need.
func TestTwoNodesUnderLoadForTenMinutesStayAsTheyAre(t *testing.T) {
	soakOnly(t)
	p, lasts := newPair(t), soakTime(t)
	calls := newLoad(t, 16, p.running[consumerID].outway(), p.grant, nil)
	memory := map[fsc.PeerID][]sample{}
	began := time.Now()
	for time.Since(began) < lasts {
		if passed := time.Since(began); passed > lasts/5 {
			for id, r := range p.running {
				now, _ := r.memory(t)
				memory[id] = append(memory[id], sample{passed, now})
			}
		}
		pause(nil, lasts/120)
	}
	calls.unharmed(t)
	// The garbage collector's heap goes up and down by more than this in a minute, but
	// not over eight; a trial is too short to see what grows slowly.
	most := 1.0 * float64(10*time.Minute) / float64(lasts)
	for id, samples := range memory {
		first, last := samples[0], samples[len(samples)-1]
		grown := slope(samples)
		t.Logf("node %s: %d MiB, in the end %d MiB, %+.2f MiB a minute", id, first.mib, last.mib, grown)
		if grown > most {
			t.Errorf("the memory of node %s grows by %.2f MiB a minute, more than %.2f", id, grown, most)
		}
	}
	for id, r := range p.running {
		p.setups[id].checkLog(t, r, calls.calls.Load())
	}
}

// checkLog compares a node's log with the number of calls.
func (s *setup) checkLog(t *testing.T, r *process, calls int64) {
	t.Helper()
	records := int64(r.figure(t, "samenspel_log_records_total"))
	if records < calls || records > calls+10 { // a few were made before the load
		t.Errorf("node %s has %d records of %d calls", s.peer.ID, records, calls)
	}
	if each := r.figure(t, "samenspel_log_bytes_total") / float64(records); each < 100 || each > 400 {
		t.Errorf("a record takes %.0f bytes", each)
	}
	logs, err := filepath.Glob(filepath.Join(s.dir, s.data, "log", "*"))
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	for _, name := range logs {
		if info, err := os.Stat(name); err == nil {
			size += info.Size()
		}
	}
	segments := size / (int64(s.cfg.Log.SegmentMiB) << 20)
	t.Logf("node %s: %d records, %d segments on disk", s.peer.ID, records, segments)
	if n := r.figure(t, "samenspel_log_damaged_segments"); n != 0 {
		t.Errorf("%v segments are damaged", n)
	}
	s.logHolds(t)
}
