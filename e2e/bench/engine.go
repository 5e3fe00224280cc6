// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/samenspel/samenspel/internal/txlog"
)

// engineFigures is how our log does beside the disk and beside SQLite.
type engineFigures struct {
	flushP50 time.Duration // of one small write made durable, alone
	rows     []engineRow
}

// engineRow is one engine with so many writers.
type engineRow struct {
	engine   string
	writers  int
	perSec   float64
	p50, p99 time.Duration
}

const (
	engineLog    = "segment log"
	engineSQLite = "SQLite, WAL, FULL, one transaction per group"
)

// measureEngines compares durable records per second in the same run.
func (r *rig) measureEngines(ctx context.Context) (engineFigures, error) {
	var f engineFigures
	var err error
	span := 700 * time.Millisecond
	if r.quick {
		span = 300 * time.Millisecond
	}
	if err := r.waitQuiet(ctx); err != nil {
		return f, err
	}
	if f.flushP50, err = flushTime(filepath.Join(r.dir, "flush"), span); err != nil {
		return f, fmt.Errorf("measure the disk: %w", err)
	}
	log, err := txlog.Open(txlog.Config{Dir: filepath.Join(r.dir, "engine-log")})
	if err != nil {
		return f, err
	}
	defer func() { _ = log.Close() }()
	lite, err := openSQLiteEngine(ctx, filepath.Join(r.dir, "engine.db"))
	if err != nil {
		return f, err
	}
	defer lite.close()
	runs := 3
	if r.quick {
		runs = 1
	}
	engines := []engine{{engineLog, log}, {engineSQLite, lite}}
	for _, writers := range []int{1, 64, 256} {
		found := make([][]engineRow, len(engines))
		for range runs {
			for i, e := range engines {
				if err := readyToWrite(ctx, log); err != nil {
					return f, err
				}
				row, err := writeRecords(ctx, e.to, writers, span)
				if err != nil {
					return f, fmt.Errorf("%s: %w", e.name, err)
				}
				row.engine = e.name
				found[i] = append(found[i], row)
			}
		}
		for _, rows := range found {
			slices.SortFunc(rows, func(a, b engineRow) int { return cmp.Compare(a.perSec, b.perSec) })
			f.rows = append(f.rows, rows[len(rows)/2])
		}
	}
	return f, nil
}

// engine is something that records, with its name in the report.
type engine struct {
	name string
	to   txlog.Recorder
}

// readyToWrite lets go of what was written, for there is no indexer here, and
// waits until the log has its next segment ready, so that no engine is measured
// while the disk makes one.
func readyToWrite(ctx context.Context, log *txlog.Log) error {
	if err := log.Release(log.Stats().End); err != nil {
		return err
	}
	for !log.Stats().StandbyReady {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

// find gives the row of an engine with so many writers.
func (f engineFigures) find(engine string, writers int) engineRow {
	for _, row := range f.rows {
		if row.engine == engine && row.writers == writers {
			return row
		}
	}
	return engineRow{}
}

// flushTime is the median time of a small write into a file that has its size
// already, made durable.
func flushTime(path string, span time.Duration) (time.Duration, error) {
	const size = 8 << 20
	f, err := os.Create(path) //nolint:gosec // in the rig's folder
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Write(make([]byte, size)); err != nil {
		return 0, err
	}
	if err := f.Sync(); err != nil {
		return 0, err
	}
	var times []float64
	record := bodyText(300)
	for end := time.Now().Add(span); time.Now().Before(end); {
		begin := time.Now()
		if _, err := f.WriteAt(record, int64(len(times)*len(record)%(size-len(record)))); err != nil {
			return 0, err
		}
		if err := syncData(f); err != nil {
			return 0, err
		}
		times = append(times, float64(time.Since(begin)))
	}
	return time.Duration(spreadOf(times).median), nil
}

// writeRecords lets so many writers record as fast as they get their answers.
func writeRecords(ctx context.Context, to txlog.Recorder, writers int, span time.Duration) (engineRow, error) {
	var wg sync.WaitGroup
	var failed atomic.Pointer[error]
	times := make([][]time.Duration, writers)
	begin := time.Now()
	end := begin.Add(span)
	for i := range writers {
		wg.Go(func() {
			rec := engineRecord(begin)
			for at := time.Now(); at.Before(end) && failed.Load() == nil; {
				id, err := uuid.NewV7()
				rec.TransactionID = id.String()
				if err == nil {
					err = to.Record(ctx, &rec)
				}
				if err != nil {
					failed.Store(&err)
					return
				}
				now := time.Now()
				times[i] = append(times[i], now.Sub(at))
				at = now
			}
		})
	}
	wg.Wait()
	took := time.Since(begin)
	if err := failed.Load(); err != nil {
		return engineRow{}, *err
	}
	all := sorted(times)
	return engineRow{
		writers: writers, perSec: float64(len(all)) / took.Seconds(), p50: all[len(all)/2], p99: all[len(all)*99/100],
	}, nil
}

func engineRecord(at time.Time) txlog.Record {
	return txlog.Record{
		Direction: txlog.DirectionOutgoing, GrantHash: string(sampleGrantHash), GroupID: groupID, ServiceName: "service",
		OutwayPeerID: consumerID, ServicePeerID: providerID, CreatedAt: at,
	}
}

// sorted puts the times of all writers in one order.
func sorted(times [][]time.Duration) []time.Duration {
	all := slices.Concat(times...)
	slices.Sort(all)
	return all
}
