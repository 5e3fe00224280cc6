// SPDX-License-Identifier: EUPL-1.2

package evidence_test

import (
	"runtime"
	"testing"

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
