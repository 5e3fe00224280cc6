// SPDX-License-Identifier: EUPL-1.2

package txlog_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/txlog"
)

// tableIndex is an index outside the process, as far as the log can tell.
type tableIndex struct {
	mu       sync.Mutex
	rows     map[string]txlog.Record
	position txlog.Position
	offered  int
	fail     int // so many calls fail
}

func (x *tableIndex) IndexedUpTo(context.Context) (txlog.Position, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.fail > 0 {
		x.fail--
		return txlog.Position{}, errDisk
	}
	return x.position, nil
}

func (x *tableIndex) Index(_ context.Context, recs []txlog.Record, next txlog.Position) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.fail > 0 {
		x.fail--
		return errDisk
	}
	if x.rows == nil {
		x.rows = map[string]txlog.Record{}
	}
	for _, r := range recs {
		x.rows[r.TransactionID+string(r.Direction)] = r
	}
	x.offered += len(recs)
	x.position = next
	return nil
}

func (x *tableIndex) count() (rows, offered int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.rows), x.offered
}

func (x *tableIndex) failNext(calls int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.fail = calls
}

func startIndexer(t *testing.T, l *txlog.Log, index txlog.Index) (indexer *txlog.Indexer, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	indexer = txlog.NewIndexer(l, index, slog.New(slog.DiscardHandler))
	done := make(chan error, 1)
	go func() { done <- indexer.Run(ctx) }()
	return indexer, func() error {
		cancel()
		return <-done
	}
}

func numbers(from, to int) []int {
	var ns []int
	for n := from; n < to; n++ {
		ns = append(ns, n)
	}
	return ns
}

func TestIndexerCatchesUpAndReleases(t *testing.T) {
	dir := t.TempDir()
	l := open(t, txlog.Config{Dir: dir, OpenFile: lazyDisk().open})
	write(t, l, numbers(0, 1500)...)
	index := &tableIndex{}
	indexer, stop := startIndexer(t, l, index)
	eventually(t, "the backlog", func() bool { n, _ := index.count(); return n == 1500 })
	start := time.Now()
	write(t, l, 1500)
	eventually(t, "one more", func() bool { n, _ := index.count(); return n == 1501 })
	if late := time.Since(start); late > 2*time.Second {
		t.Errorf("indexed after %v", late)
	}
	write(t, l, numbers(1501, 1600)...)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if rows, offered := index.count(); rows != 1600 || offered != 1600 {
		t.Errorf("%d rows, %d offered after the drain", rows, offered)
	}
	if s := l.Stats(); s.Segments != 1 || indexer.Indexed() != s.End {
		t.Errorf("indexed up to %v, stats %+v", indexer.Indexed(), s)
	}
}

func TestIndexerTriesAgain(t *testing.T) {
	l := open(t, txlog.Config{Dir: t.TempDir()})
	index := &tableIndex{fail: 2}
	_, stop := startIndexer(t, l, index)
	write(t, l, 1)
	eventually(t, "the first record", func() bool { n, _ := index.count(); return n == 1 })
	index.failNext(2)
	write(t, l, 2)
	eventually(t, "the second record", func() bool { n, _ := index.count(); return n == 2 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

func TestIndexerAfterACrashBetweenIndexAndReleaseGoesOnWhereTheIndexIs(t *testing.T) {
	dir := t.TempDir()
	l := open(t, txlog.Config{Dir: dir, OpenFile: lazyDisk().open})
	write(t, l, numbers(0, 1000)...)
	recs, next, err := l.Read(t.Context(), txlog.Position{}, 400)
	if err != nil {
		t.Fatal(err)
	}
	index := &tableIndex{}
	if err := index.Index(t.Context(), recs, next); err != nil {
		t.Fatal(err)
	}
	closeLog(t, l) // without Release

	l = open(t, txlog.Config{Dir: dir})
	_, stop := startIndexer(t, l, index)
	eventually(t, "the rest", func() bool { n, _ := index.count(); return n == 1000 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, offered := index.count(); offered != 1000 {
		t.Errorf("%d records offered", offered)
	}
}

func TestIndexerStartsAgainWhenTheIndexIsAheadOfTheLog(t *testing.T) {
	l := open(t, txlog.Config{Dir: t.TempDir()})
	write(t, l, 1)
	index := &tableIndex{position: txlog.Position{Segment: 99}}
	_, stop := startIndexer(t, l, index)
	eventually(t, "the record", func() bool { n, _ := index.count(); return n == 1 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

func TestIndexerKeepsWhatItCannotDrain(t *testing.T) {
	l := open(t, txlog.Config{Dir: t.TempDir()})
	write(t, l, 1)
	index := &tableIndex{fail: 1 << 30}
	_, stop := startIndexer(t, l, index)
	if err := stop(); !errors.Is(err, errDisk) {
		t.Fatalf("got %v", err)
	}
	if got := readAll(t, l, txlog.Position{}); len(got) != 1 {
		t.Fatalf("got %v", got)
	}
}

func TestIndexerEndsWithTheLog(t *testing.T) {
	l := open(t, txlog.Config{Dir: t.TempDir()})
	done := make(chan error, 1)
	go func() {
		done <- txlog.NewIndexer(l, &tableIndex{}, slog.New(slog.DiscardHandler)).Run(t.Context())
	}()
	closeLog(t, l)
	if err := <-done; !errors.Is(err, txlog.ErrClosed) {
		t.Fatalf("got %v", err)
	}
}

func TestIndexerGivesWayToCallsUntilItIsTooFarBehind(t *testing.T) {
	l := open(t, txlog.Config{Dir: t.TempDir(), OpenFile: lazyDisk().open})
	write(t, l, numbers(0, 20_000)...)
	end := l.Stats().End
	const took = 10 * time.Millisecond
	if d := txlog.Yield(l, end, time.Now().Add(-time.Second), took); d != 49*took {
		t.Errorf("20,000 records a second: rests %v after %v", d, took)
	}
	if d := txlog.Yield(l, end, time.Now().Add(-time.Second), time.Minute); d != time.Second {
		t.Errorf("a slow index rests %v", d)
	}
	if d := txlog.Yield(l, end, time.Now().Add(-time.Minute), took); d != 0 {
		t.Errorf("few records: rests %v", d)
	}
	if d := txlog.Yield(l, txlog.Position{}, time.Now().Add(-time.Second), took); d != 0 {
		t.Errorf("far behind: rests %v", d)
	}
}
