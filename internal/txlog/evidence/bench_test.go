// SPDX-License-Identifier: EUPL-1.2

package evidence_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
)

// BenchmarkCheckALogOfAMillionRecords tells how many records are verified in a
// second, and how much memory is in use after it. Run it with -benchtime 1x.
func BenchmarkCheckALogOfAMillionRecords(b *testing.B) {
	w := newWorld(b)
	const records, step = 1_000_000, 10_000
	for range records / step {
		w.index(step)
		w.seal()
	}
	for b.Loop() {
		r, err := w.verifier.Check(b.Context(), w.store.Log(), evidence.Window{})
		if err != nil || r.Problem != nil || r.Records != records {
			b.Fatalf("%+v, %v", r, err)
		}
	}
	b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapSys)/(1<<20), "MiB")
}

// weighing is a store that weighs the heap whenever records are removed.
type weighing struct {
	*store.LogStore

	removals int
	heap     uint64        // bytes, the most there were
	took     time.Duration // to weigh
}

func (w *weighing) Remove(ctx context.Context, c *evidence.Checkpoint, s evidence.Sealed, gone []evidence.Gone) error {
	began := time.Now()
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // for what is kept in pools
	runtime.ReadMemStats(&m)
	w.removals, w.heap, w.took = w.removals+1, max(w.heap, m.HeapAlloc), w.took+time.Since(began)
	return w.LogStore.Remove(ctx, c, s, gone)
}

// halfDue makes a log of which every second record, the incoming ones, is to go.
func halfDue(tb testing.TB, records, ofPart int) (*world, *weighing) {
	tb.Helper()
	w := newWorld(tb)
	for range records / ofPart {
		w.index(ofPart)
		w.seal()
	}
	w.later(11 * oneDay)
	s := &weighing{LogStore: w.store.Log()}
	cfg := w.configOf(town)
	cfg.Retention, cfg.Store = incomingFor(tb), s
	w.keeper = evidence.NewKeeper(cfg)
	return w, s
}

// BenchmarkRemoveHalfOfALog tells what it takes to remove a record, without the pauses
// that leave the database to others, and the most memory that was in use meanwhile. Run
// it with -benchtime 1x.
func BenchmarkRemoveHalfOfALog(b *testing.B) {
	const pause = 50 * time.Millisecond // behind each removal
	for _, records := range []int{1000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("of %d records", records), func(b *testing.B) {
			var busy time.Duration
			var heap uint64
			for range b.N {
				b.StopTimer()
				w, s := halfDue(b, records, min(records, 10_000))
				b.StartTimer()
				began := time.Now()
				if n := w.sweep(); n != int64(records)/2 {
					b.Fatalf("%d went", n)
				}
				busy += time.Since(began) - s.took - time.Duration(s.removals)*pause
				heap = max(heap, s.heap)
			}
			b.ReportMetric(float64(busy.Microseconds())/float64(b.N*records/2), "µs/removed")
			b.ReportMetric(float64(heap)/(1<<20), "MiB")
		})
	}
}

func TestMemoryOfARemovalDoesNotGrowWithTheLog(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	heapOf := func(records int) uint64 {
		w, s := halfDue(t, records, 500)
		if n := w.sweep(); n != int64(records)/2 {
			t.Fatalf("%d went", n)
		}
		return s.heap
	}
	small, large := heapOf(1000), heapOf(20_000)
	if large > small+1<<20 {
		t.Errorf("%d bytes for 20 times as many records as take %d", large, small)
	}
	t.Logf("%d and %d bytes", small, large)
}
