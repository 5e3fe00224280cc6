// SPDX-License-Identifier: EUPL-1.2

package txlog_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/samenspel/samenspel/internal/txlog"
)

func TestManyWritersAreAllPresentExactlyOnceOverManySegments(t *testing.T) {
	const writers, each = 64, 1000
	dir := t.TempDir()
	l := open(t, txlog.Config{Dir: dir, SegmentSize: 512 << 10})
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if err := l.Record(t.Context(), record(w*each+i)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if n := len(segments(t, dir)); n < 25 {
		t.Errorf("only %d segments", n)
	}
	if s := l.Stats(); s.Records != writers*each || s.Failures != 0 || s.Batches > s.Records {
		t.Errorf("stats %+v", s)
	}
	closeLog(t, l)
	expectExactly(t, readAll(t, open(t, txlog.Config{Dir: dir}), txlog.Position{}), writers*each)
}

func expectExactly(t *testing.T, ids []string, n int) {
	t.Helper()
	slices.Sort(ids)
	for i := range n {
		if i >= len(ids) || ids[i] != transactionID(i) {
			t.Fatalf("%d records, first difference at %d", len(ids), i)
		}
	}
	if len(ids) != n {
		t.Fatalf("%d records instead of %d", len(ids), n)
	}
}

func TestCloseUnderLoadTellsEveryCallerTheTruth(t *testing.T) {
	dir := t.TempDir()
	l := open(t, txlog.Config{Dir: dir})
	var confirmed sync.Map
	var wg sync.WaitGroup
	var count atomic.Int64
	enough := make(chan struct{})
	for w := range 32 {
		wg.Go(func() {
			for i := 0; ; i++ {
				r := record(w*1_000_000 + i)
				if err := l.Record(context.Background(), r); err != nil {
					if !errors.Is(err, txlog.ErrClosed) {
						t.Error(err)
					}
					return
				}
				confirmed.Store(r.TransactionID, true)
				if count.Add(1) == 2000 {
					close(enough)
				}
			}
		})
	}
	<-enough
	closeLog(t, l)
	wg.Wait()

	found := map[string]bool{}
	for _, id := range readAll(t, open(t, txlog.Config{Dir: dir}), txlog.Position{}) {
		if found[id] {
			t.Fatalf("%s twice", id)
		}
		found[id] = true
	}
	confirmed.Range(func(id, _ any) bool {
		if !found[id.(string)] {
			t.Errorf("%s was confirmed and is lost", id)
		}
		delete(found, id.(string))
		return true
	})
	if len(found) > 0 {
		t.Errorf("%d records although the caller was told of an error", len(found))
	}
}

func TestClosedLogRefuses(t *testing.T) {
	l := open(t, txlog.Config{Dir: t.TempDir()})
	closeLog(t, l)
	closeLog(t, l)
	_, _, readErr := l.Read(t.Context(), txlog.Position{}, 1)
	for name, err := range map[string]error{
		"Record": l.Record(t.Context(), record(1)),
		"Read":   readErr,
		"Wait":   l.Wait(t.Context(), txlog.Position{}),
		"Health": l.Health(),
	} {
		if !errors.Is(err, txlog.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOneDirectoryHasOneLog(t *testing.T) {
	dir := t.TempDir()
	l := open(t, txlog.Config{Dir: dir})
	if _, err := txlog.Open(txlog.Config{Dir: dir, SegmentSize: smallSegment}); !errors.Is(err, txlog.ErrLocked) {
		t.Fatalf("got %v", err)
	}
	closeLog(t, l)
	open(t, txlog.Config{Dir: dir})
}

func TestConfigurationIsChecked(t *testing.T) {
	for name, cfg := range map[string]txlog.Config{
		"no directory":  {},
		"tiny segment":  {Dir: t.TempDir(), SegmentSize: 1},
		"huge segment":  {Dir: t.TempDir(), SegmentSize: 1 << 40},
		"tiny batch":    {Dir: t.TempDir(), MaxBatchBytes: 1},
		"negative size": {Dir: t.TempDir(), MaxBatchRecords: -1},
	} {
		if _, err := txlog.Open(cfg); err == nil {
			t.Errorf("%s accepted", name)
		}
	}
}

func TestContextOnlyBoundsTheWaitForABatch(t *testing.T) {
	d := &disk{}
	l := open(t, txlog.Config{Dir: t.TempDir(), OpenFile: d.open, MaxBatchRecords: 1})
	eventually(t, "a standby segment", func() bool { return l.Stats().StandbyReady })
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Record(ended, record(0)); !errors.Is(err, context.Canceled) {
		t.Fatalf("an ended context was taken: %v", err)
	}

	release := d.hold()
	ctx, cancel := context.WithCancel(t.Context())
	first, second, third := make(chan error, 1), make(chan error, 1), make(chan error, 1)
	d.takeCalls("")
	go func() { first <- l.Record(ctx, record(1)) }()
	eventually(t, "the first flush", func() bool { return len(d.takeCalls("0000000000000001.seg")) > 0 })
	go func() { second <- l.Record(ctx, record(2)) }()
	eventually(t, "a full batch", func() bool { return txlog.Collecting(l) == 1 })
	go func() { third <- l.Record(ctx, record(3)) }()
	eventually(t, "the third to wait for room", func() bool { return txlog.Waiting(l) })
	cancel()
	if err := <-third; !errors.Is(err, context.Canceled) {
		t.Fatalf("third: %v", err)
	}
	release()
	if err := errors.Join(<-first, <-second); err != nil {
		t.Fatalf("a record in a batch was given up: %v", err)
	}
	if got := readAll(t, l, txlog.Position{}); !slices.Equal(got, idsOf(1, 2)) {
		t.Fatalf("got %v", got)
	}
}

func TestReadGivesNoMoreThanAskedAndGoesOnFromThere(t *testing.T) {
	l := open(t, txlog.Config{Dir: t.TempDir()})
	write(t, l, 1, 2, 3)
	recs, next, err := l.Read(t.Context(), txlog.Position{}, 2)
	if err != nil || len(recs) != 2 {
		t.Fatalf("%d records, %v", len(recs), err)
	}
	if got := readAll(t, l, next); !slices.Equal(got, idsOf(3)) {
		t.Fatalf("got %v", got)
	}
	if l.Stats().End == next {
		t.Fatal("end is where the first read stopped")
	}
}

func TestReadRefusesAPositionPastTheEnd(t *testing.T) {
	l := open(t, txlog.Config{Dir: t.TempDir()})
	for _, p := range []txlog.Position{{Segment: 99}, {Segment: 1, Offset: smallSegment}} {
		if _, _, err := l.Read(t.Context(), p, 1); !errors.Is(err, txlog.ErrUnknownPosition) {
			t.Errorf("%v: %v", p, err)
		}
	}
}

func TestWaitEndsWithTheNextRecord(t *testing.T) {
	l := open(t, txlog.Config{Dir: t.TempDir()})
	write(t, l, 1)
	end := l.Stats().End
	woken := make(chan error, 1)
	go func() { woken <- l.Wait(t.Context(), end) }()
	write(t, l, 2)
	if err := <-woken; err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Wait(ctx, l.Stats().End); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}

func TestReleaseRemovesWholeSegmentsOnly(t *testing.T) {
	dir := t.TempDir()
	l := open(t, txlog.Config{Dir: dir, OpenFile: lazyDisk().open})
	var last int
	for len(segments(t, dir)) < 6 {
		last++
		write(t, l, last)
	}
	end := l.Stats().End
	if err := l.Release(end); err != nil {
		t.Fatal(err)
	}
	if n := l.Stats().Segments; n != 1 {
		t.Fatalf("%d segments left", n)
	}
	got := readAll(t, l, txlog.Position{})
	if len(got) == 0 || got[len(got)-1] != transactionID(last) {
		t.Fatalf("the segment in use lost records: %d left", len(got))
	}
	closeLog(t, l)
	l = open(t, txlog.Config{Dir: dir})
	if err := l.Wait(t.Context(), txlog.Position{}); err != nil {
		t.Fatal(err)
	}
	if next := l.Stats().End; next.Segment <= end.Segment {
		t.Fatalf("segment number %d used again", next.Segment)
	}
}

func TestRecordStaysWithinItsAllocationBudget(t *testing.T) {
	l := open(t, txlog.Config{Dir: t.TempDir(), SegmentSize: 1 << 20})
	ctx, r := t.Context(), record(1)
	got := testing.AllocsPerRun(100, func() {
		if err := l.Record(ctx, r); err != nil {
			t.Error(err)
		}
	})
	// The batch and its channel; a record that joins another's batch has none.
	if got > 2 {
		t.Fatalf("%.0f allocations for a record alone in its batch", got)
	}
}
