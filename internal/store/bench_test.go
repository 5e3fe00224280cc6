// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/txlog"
)

func BenchmarkPutContract(b *testing.B) {
	s := openSQLite(b, b.TempDir())
	for n := 0; b.Loop(); n++ {
		put(b, s, newContract(b, n))
	}
}

func BenchmarkFindContractByGrant(b *testing.B) {
	s := openSQLite(b, b.TempDir())
	c := newContract(b, 1)
	put(b, s, c)
	for b.Loop() {
		err := s.View(b.Context(), func(tx manager.Tx) error {
			_, err := tx.FindContractByGrant(b.Context(), c.Content.Grants[0].Hash)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkListPageOf10000Contracts(b *testing.B) {
	s := openSQLite(b, b.TempDir())
	const count = 10_000
	for start := 0; start < count; start += 1000 {
		var cs []*manager.Contract
		for n := range 1000 {
			cs = append(cs, newContract(b, start+n))
		}
		put(b, s, cs...)
	}
	middle := newContract(b, count/2).Content
	f := manager.ContractFilter{
		ConnectionsOf: "peer-a", ValidAt: time.Unix(middle.Validity.NotBefore, 0), Limit: 50,
		After: &manager.ContractKey{CreatedAt: middle.CreatedAt, ContentHash: middle.Hash()},
	}
	for b.Loop() {
		err := s.View(b.Context(), func(tx manager.Tx) error {
			cs, err := tx.ListContracts(b.Context(), f)
			if len(cs) != f.Limit {
				b.Fatalf("%d contracts", len(cs))
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkIndex1000Records is a full batch, the others those of fewer calls.
func BenchmarkIndex1000Records(b *testing.B) { benchmarkIndex(b, 1000) }

func BenchmarkIndex100Records(b *testing.B) { benchmarkIndex(b, 100) }

func BenchmarkIndex10Records(b *testing.B) { benchmarkIndex(b, 10) }

func benchmarkIndex(b *testing.B, batch int) {
	b.Helper()
	s := openSQLite(b, b.TempDir())
	recs := make([]txlog.Record, batch)
	next, cpu := 0, time.Duration(0)
	b.ReportAllocs()
	for b.Loop() {
		for i := range recs {
			recs[i] = newRecord(next)
			next++
		}
		began := cpuTime(b)
		if err := s.Log().Index(b.Context(), recs, txlog.Position{Segment: 1, Offset: int64(next)}); err != nil {
			b.Fatal(err)
		}
		cpu += cpuTime(b) - began
	}
	b.ReportMetric(float64(next)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(cpu.Nanoseconds())/1000/float64(next), "cpu-µs/record")
}

func BenchmarkPageOfAReaderIn50000Records(b *testing.B) {
	s := openSQLite(b, b.TempDir())
	for start := 0; start < 50_000; start += 1000 {
		var recs []txlog.Record
		for n := range 1000 {
			recs = append(recs, newRecord(start+n))
		}
		if err := s.Log().Index(b.Context(), recs, txlog.Position{Segment: 1}); err != nil {
			b.Fatal(err)
		}
	}
	for name, reader := range map[string]fsc.PeerID{"one of 50": newRecord(7).OutwayPeerID, "of all": newRecord(7).ServicePeerID} {
		b.Run(name, func(b *testing.B) {
			q := txlog.Query{Reader: reader, Descending: true, Limit: 100}
			for b.Loop() {
				if recs, err := s.Log().Records(b.Context(), q); err != nil || len(recs) != 100 {
					b.Fatalf("%d records, %v", len(recs), err)
				}
			}
		})
	}
}
