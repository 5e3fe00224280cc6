// SPDX-License-Identifier: EUPL-1.2

package txlog_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/txlog"
)

// openBacklog writes so many records that no index has.
func openBacklog(t testing.TB, l *txlog.Log, records int) {
	t.Helper()
	const callers = 64
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			r := record(0)
			for n := c; n < records; n += callers {
				r.TransactionID = transactionID(n)
				if err := l.Record(t.Context(), r); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestOpenRecordsCostNeitherMemoryNorAllocations(t *testing.T) {
	const open1, open2 = 10_000, 100_000
	l := open(t, txlog.Config{Dir: t.TempDir(), OpenFile: lazyDisk().open, SegmentSize: 4 << 20})
	ctx, r := t.Context(), record(1)
	cost := func() float64 {
		return testing.AllocsPerRun(100, func() {
			if err := l.Record(ctx, r); err != nil {
				t.Error(err)
			}
		})
	}
	openBacklog(t, l, open1)
	few, before := cost(), heap()
	openBacklog(t, l, open2)
	many, after := cost(), heap()
	if many > few {
		t.Errorf("%.0f allocations with %d open records, %.0f with %d", few, open1, many, open2)
	}
	if after > before+2<<20 { // 23 bytes a record: buffers of a batch, which differ from run to run, and no records
		t.Errorf("%d open records take %d KiB", open2, (after-before)>>10)
	}
}

// TestIndexIsWithinASecondOfOrdinaryCalls follows some 300 calls a second.
func TestIndexIsWithinASecondOfOrdinaryCalls(t *testing.T) {
	l := open(t, txlog.Config{Dir: t.TempDir(), SegmentSize: 4 << 20})
	index := &tableIndex{}
	indexer, stop := startIndexer(t, l, index)
	tick := time.NewTicker(3 * time.Millisecond)
	defer tick.Stop()
	var lags []time.Duration
	for n := range 600 {
		<-tick.C
		write(t, l, n)
		lags = append(lags, indexer.Lag())
	}
	slices.Sort(lags)
	if late := lags[len(lags)*99/100]; late > time.Second {
		t.Errorf("1 in 100 times the index is %v behind", late)
	}
	eventually(t, "the index", func() bool { n, _ := index.count(); return n == 600 && indexer.Lag() == 0 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

func TestPeopleHearOfRecordsThatWaitLongForTheIndex(t *testing.T) {
	x := txlog.NewIndexer(nil, nil, nil)
	if err := x.Late(); err != nil {
		t.Errorf("without records: %v", err)
	}
	x.Wait(time.Now().Add(-90 * time.Second))
	if err := x.Late(); err == nil || !strings.Contains(err.Error(), "for 90 seconds") {
		t.Errorf("told: %v", err)
	}
}

func TestLagGrowsWhileTheIndexFails(t *testing.T) {
	l := open(t, txlog.Config{Dir: t.TempDir()})
	index := &tableIndex{}
	indexer, stop := startIndexer(t, l, index)
	write(t, l, 1)
	eventually(t, "the first record", func() bool { n, _ := index.count(); return n == 1 && indexer.Lag() == 0 })
	if n := l.Backlog(indexer.Indexed()); n != 0 {
		t.Errorf("backlog of %d bytes in an index that has everything", n)
	}
	index.failNext(1 << 30)
	write(t, l, 2)
	eventually(t, "a lag", func() bool { return indexer.Lag() > 150*time.Millisecond })
	if err := indexer.Late(); err != nil {
		t.Errorf("people hear of it at once: %v", err)
	}
	if n := l.Backlog(indexer.Indexed()); n < 200 || n > 1000 {
		t.Errorf("backlog of %d bytes for one record", n)
	}
	index.failNext(0)
	eventually(t, "the second record", func() bool { return indexer.Lag() == 0 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkRecordBesideOpenRecords measures the same as BenchmarkRecord with 64
// callers, with so many records that wait for the index.
func BenchmarkRecordBesideOpenRecords(b *testing.B) {
	for _, records := range []int{0, 1_000_000} {
		b.Run(fmt.Sprintf("open=%d", records), func(b *testing.B) {
			l := open(b, txlog.Config{Dir: b.TempDir(), SegmentSize: 64 << 20})
			before := heap()
			openBacklog(b, l, records)
			grown := float64(heap()) - float64(before)
			eventually(b, "a standby segment", func() bool { return l.Stats().StandbyReady })
			b.ReportAllocs()
			b.ResetTimer()
			openBacklog(b, l, b.N)
			b.StopTimer()
			b.ReportMetric(grown/1024, "grown-KiB")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
