// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest"
	"github.com/samenspel/samenspel/internal/txlog"
)

var bigRecords = flag.Int("records", 1_000_000, "how many log records the benchmarks of searching make")

// measure runs fn until the benchmark has enough and reports p95 as well.
func measure(b *testing.B, fn func() error) {
	b.Helper()
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		if err := fn(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
}

func BenchmarkBigLog(b *testing.B) {
	dir, now := b.TempDir(), time.Date(2027, 1, 15, 12, 0, 0, 0, time.UTC)
	if err := openSQLite(b, dir).Close(); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	storetest.FillLog(b, dir, *bigRecords, now)
	b.Logf("%d records took %s", *bigRecords, time.Since(began))
	log := openSQLite(b, dir).Log()
	newest, err := log.Search(b.Context(), txlog.Search{Limit: 1})
	if err != nil || len(newest) != 1 {
		b.Fatalf("%d records, %v", len(newest), err)
	}
	id, middle := newest[0].TransactionID, now.AddDate(0, 0, -45)
	cursor := txlog.Cursor{CreatedAt: middle.UnixMicro(), TransactionID: id, Direction: txlog.DirectionIncoming}
	for name, q := range map[string]txlog.Search{
		"newest":                      {},
		"page in the middle":          {Before: &cursor},
		"all in a direction":          {Direction: txlog.DirectionIncoming},
		"none in a direction":         {Direction: txlog.DirectionOutgoing},
		"busy service":                {ServiceName: storetest.BigService(0)},
		"service long ago":            {ServiceName: storetest.BigService(19), Until: middle},
		"own peer":                    {Peer: storetest.BigPeer(0), Before: &cursor},
		"quiet peer":                  {Peer: storetest.BigPeer(50)},
		"peer and service in an hour": {Peer: storetest.BigPeer(1), ServiceName: storetest.BigService(0), From: middle, Until: middle.Add(time.Hour)},
		"rare grant":                  {GrantHash: storetest.BigRareGrant},
		"own peer, rare service":      {Peer: storetest.BigPeer(0), ServiceName: "rare"},
		"id":                          {TransactionID: id},
		"start of id":                 {TransactionID: id[:8], Peer: storetest.BigPeer(0)},
		"unknown peer":                {Peer: "unknown"},
	} {
		q.Limit = 50
		b.Run("search "+name, func(b *testing.B) {
			measure(b, func() error { _, err := log.Search(b.Context(), q); return err })
		})
	}
	benchmarkTraffic(b, log, now)
}

func benchmarkTraffic(b *testing.B, log *store.LogStore, now time.Time) {
	b.Helper()
	since := func(days int, q txlog.TrafficQuery) txlog.TrafficQuery {
		q.From, q.Until = now.AddDate(0, 0, -days), now
		return q
	}
	for name, q := range map[string]txlog.TrafficQuery{
		"a day per hour":               since(1, txlog.TrafficQuery{PerHour: true}),
		"a day per grant":              since(1, txlog.TrafficQuery{PerGrant: true}),
		"a month per hour":             since(30, txlog.TrafficQuery{PerHour: true}),
		"a month per hour of a peer":   since(30, txlog.TrafficQuery{PerHour: true, Peer: storetest.BigPeer(1)}),
		"a month of a grant, per hour": since(30, txlog.TrafficQuery{PerHour: true, GrantHashes: []string{storetest.BigGrant(0, 0)}}),
		"a month per grant":            since(30, txlog.TrafficQuery{PerGrant: true}),
		"everything":                   {},
	} {
		b.Run("traffic "+name, func(b *testing.B) {
			measure(b, func() error { _, err := log.Traffic(b.Context(), q); return err })
		})
	}
}

func BenchmarkAuditTrail(b *testing.B) {
	s := openSQLite(b, b.TempDir())
	const batch, batches = 5000, 20
	at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for n := range batches {
		err := s.People().Update(b.Context(), func(tx operator.Tx) error {
			for i := n*batch + 1; i <= (n+1)*batch; i++ {
				e := operator.Event{
					Sequence: int64(i), At: at.Add(time.Duration(i) * time.Minute), Actor: operator.AccountID(fmt.Sprint(i % 40)), ActorName: "Somebody",
					Act: "contract.accept", Object: fmt.Sprint("object ", i%5000), Changes: []operator.Change{{Field: "state", Before: "PROPOSED", After: "VALID"}},
				}
				if err := tx.AddEvent(b.Context(), &e); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	for name, f := range map[string]operator.EventFilter{
		"newest": {}, "of an account": {Actor: "7"}, "of an act in a week": {Act: "contract.accept", From: at, Until: at.AddDate(0, 0, 7)},
		"until long ago": {Until: at.AddDate(0, 0, 7)}, "text": {Text: "proposed"}, "text that isn't there": {Text: "nowhere"},
	} {
		f.Limit = 50
		b.Run(name, func(b *testing.B) {
			measure(b, func() error {
				return s.People().View(b.Context(), func(tx operator.Tx) error {
					_, err := tx.ListEvents(b.Context(), f)
					return err
				})
			})
		})
	}
}

// BenchmarkIndex1000RecordsOneOfThemStored is what a record that is there
// already costs, which makes the batch be written again one by one.
func BenchmarkIndex1000RecordsOneOfThemStored(b *testing.B) {
	log := openSQLite(b, b.TempDir()).Log()
	recs := make([]txlog.Record, 1000)
	recs[0] = newRecord(0)
	for next := 0; b.Loop(); {
		for i := range recs[1:] {
			next++
			recs[i+1] = newRecord(next)
		}
		if err := log.Index(b.Context(), recs, txlog.Position{Segment: 1, Offset: int64(next)}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFillContracts(b *testing.B) {
	for b.Loop() {
		storetest.FillContracts(b, openSQLite(b, b.TempDir()), 1000, time.Unix(1_800_000_000, 0))
	}
}
