// SPDX-License-Identifier: EUPL-1.2

package txlog_test

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/txlog"
)

// A disk that hangs keeps calls waiting; the log says so while it lasts, and for a
// minute after it.
func TestSlowDiskIsToldWhileCallsWaitAndAMinuteLonger(t *testing.T) {
	d := &disk{}
	began := time.Now()
	var later atomic.Int64
	l := open(t, txlog.Config{Dir: t.TempDir(), OpenFile: d.open, Now: func() time.Time { return began.Add(time.Duration(later.Load())) }})
	eventually(t, "a standby segment", func() bool { return l.Stats().StandbyReady })
	tell := func(after time.Duration, slow, stalled bool) {
		t.Helper()
		later.Add(int64(after))
		if err := l.Slow(); (err != nil) != slow {
			t.Errorf("slow: %v", err)
		}
		if err := l.Stalled(); (err != nil) != stalled {
			t.Errorf("stalled: %v", err)
		}
	}
	write(t, l, 1)
	tell(time.Hour, false, false)
	d.takeCalls("")
	release := d.hold()
	done := make(chan error, 1)
	go func() { done <- l.Record(t.Context(), record(2)) }()
	eventually(t, "the flush", func() bool { return hasBegun(d) })
	tell(500*time.Millisecond, false, false)
	tell(time.Second, true, false)
	tell(9*time.Second, true, true)
	if w := l.Stats().Waiting; w < 10*time.Second {
		t.Errorf("waiting %s", w)
	}
	release()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	tell(0, true, false)
	if err := l.Slow(); err == nil || !strings.Contains(err.Error(), "10.5s") {
		t.Errorf("told afterwards: %v", err)
	}
	tell(2*time.Minute, false, false)
}

// hasBegun tells whether the flush of the active segment is being held.
func hasBegun(d *disk) bool {
	return slices.Contains(d.takeCalls(segment1), "sync "+segment1)
}
