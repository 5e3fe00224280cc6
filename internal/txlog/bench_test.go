// SPDX-License-Identifier: EUPL-1.2

package txlog_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/samenspel/samenspel/internal/txlog"
)

// BenchmarkRecord measures durable records with so many callers at once.
func BenchmarkRecord(b *testing.B) {
	for _, callers := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) { benchmarkRecord(b, callers) })
	}
}

func benchmarkRecord(b *testing.B, callers int) {
	b.Helper()
	l := open(b, txlog.Config{Dir: b.TempDir(), SegmentSize: 64 << 20})
	eventually(b, "a standby segment", func() bool { return l.Stats().StandbyReady })
	r := record(1)
	var left atomic.Int64
	left.Store(int64(b.N))
	ctx := b.Context()
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := l.Record(ctx, r); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	s := l.Stats()
	b.ReportMetric(float64(s.Records)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(s.Records)/float64(s.Batches), "records/batch")
	b.ReportMetric(float64(s.FlushTime.Microseconds())/float64(s.Batches), "flush-µs")
	if err := l.Release(s.End); err != nil {
		b.Fatal(err)
	}
}
