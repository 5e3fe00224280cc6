// SPDX-License-Identifier: EUPL-1.2

package txlog_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
)

const (
	segment1 = "0000000000000001.seg"
	segment2 = "0000000000000002.seg"
)

func openOn(t *testing.T, d *disk, dir string) *txlog.Log {
	t.Helper()
	l := open(t, txlog.Config{Dir: dir, OpenFile: d.open})
	eventually(t, "a standby segment", func() bool { return l.Stats().StandbyReady })
	return l
}

func TestRecordReturnsAfterWriteAndFlushInThatOrder(t *testing.T) {
	d := &disk{}
	l := openOn(t, d, t.TempDir())
	d.takeCalls("")
	write(t, l, 1)
	if got := d.takeCalls(segment1); !slices.Equal(got, []string{"write " + segment1, "sync " + segment1}) {
		t.Fatalf("got %v", got)
	}
	if s := l.Stats(); s.Batches != 1 || len(s.Flushes) == 0 || s.FlushMax <= 0 || s.FlushTime < s.FlushMax {
		t.Fatalf("stats %+v", s)
	}
}

func TestRecordIsNotReadableBeforeItIsFlushed(t *testing.T) {
	d := &disk{}
	l := openOn(t, d, t.TempDir())
	d.takeCalls("")
	release := d.hold()
	done := make(chan error, 1)
	go func() { done <- l.Record(t.Context(), record(1)) }()
	eventually(t, "the flush", func() bool { return slices.Contains(d.takeCalls(segment1), "sync "+segment1) })
	if got := readAll(t, l, txlog.Position{}); len(got) != 0 {
		t.Fatalf("read %v before the flush", got)
	}
	select {
	case err := <-done:
		t.Fatalf("confirmed before the flush: %v", err)
	default:
	}
	release()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestSegmentIsFilledAndFlushedWithItsDirectoryBeforeUse(t *testing.T) {
	d := &disk{}
	dir := t.TempDir()
	openOn(t, d, dir)
	base := dir[strings.LastIndexByte(dir, '/')+1:]
	d.mu.Lock()
	calls := slices.Clone(d.calls)
	d.mu.Unlock()
	of2 := slices.DeleteFunc(calls, func(c string) bool { return !strings.HasSuffix(c, segment2) && c != "sync "+base })
	last := of2[len(of2)-4:]
	// zeros are flushed, then the header, then the directory.
	want := []string{"sync " + segment2, "write " + segment2, "sync " + segment2, "sync " + base}
	if !slices.Equal(last, want) {
		t.Fatalf("got %v", of2)
	}
}

func TestFailedFlushFailsTheBatchAndLeavesTheSegment(t *testing.T) {
	for name, set := range map[string]func(*disk){
		"flush": func(d *disk) { d.fail(nil, only(segment1)) },
		"write": func(d *disk) { d.fail(only(segment1), nil) },
	} {
		t.Run(name, func(t *testing.T) {
			d, dir := &disk{}, t.TempDir()
			l := openOn(t, d, dir)
			write(t, l, 1)
			set(d)
			err := l.Record(t.Context(), record(2))
			if !errors.Is(err, errDisk) || fsc.CodeOf(err) != fsc.CodeTransactionLogWriteError {
				t.Fatalf("got %v", err)
			}
			if err := l.Health(); err != nil {
				t.Fatalf("a new segment is ready, yet %v", err)
			}
			d.takeCalls("")
			write(t, l, 3)
			if got := d.takeCalls(segment1); len(got) != 0 {
				t.Fatalf("the failed segment was touched again: %v", got)
			}
			if got := readAll(t, l, txlog.Position{}); !slices.Equal(got, idsOf(1, 3)) {
				t.Fatalf("got %v", got)
			}
			closeLog(t, l)
			if got := readAll(t, open(t, txlog.Config{Dir: dir}), txlog.Position{}); !slices.Equal(got, idsOf(1, 3)) {
				t.Fatalf("after a restart: %v", got)
			}
		})
	}
}

func TestFailedFlushFailsEveryWaiterOfTheBatch(t *testing.T) {
	d := &disk{}
	l := openOn(t, d, t.TempDir())
	release := d.hold()
	first := make(chan error, 1)
	d.takeCalls("")
	go func() { first <- l.Record(t.Context(), record(0)) }()
	eventually(t, "the first flush", func() bool { return slices.Contains(d.takeCalls(segment1), "sync "+segment1) })
	const followers = 8
	rest := make(chan error, followers)
	for i := range followers {
		go func() { rest <- l.Record(t.Context(), record(1+i)) }()
	}
	eventually(t, "the followers to join", func() bool { return txlog.Collecting(l) == followers })
	d.fail(nil, only(segment1))
	release()
	if err := <-first; err != nil {
		t.Fatalf("the first flush was under way before the fault: %v", err)
	}
	for range followers {
		if err := <-rest; !errors.Is(err, errDisk) {
			t.Errorf("got %v", err)
		}
	}
	if s := l.Stats(); s.Records != 1 || s.Failures != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestFullDiskRefusesAndHealsWithoutTraffic(t *testing.T) {
	d, dir := &disk{}, t.TempDir()
	l := openOn(t, d, dir)
	write(t, l, 1)
	d.fail(always, nil)
	for range 3 {
		if err := l.Record(t.Context(), record(2)); !errors.Is(err, errDisk) {
			t.Fatalf("got %v", err)
		}
	}
	if err := l.Health(); !errors.Is(err, errDisk) {
		t.Fatalf("healthy on a full disk: %v", err)
	}
	d.fail(nil, nil)
	eventually(t, "health", func() bool { return l.Health() == nil })
	write(t, l, 3)
	closeLog(t, l)
	if got := readAll(t, open(t, txlog.Config{Dir: dir}), txlog.Position{}); !slices.Equal(got, idsOf(1, 3)) {
		t.Fatalf("got %v", got)
	}
}

func TestFullDiskHealsWithTheNextRecord(t *testing.T) {
	d := &disk{}
	l := openOn(t, d, t.TempDir())
	d.fail(nil, always)
	if err := l.Record(t.Context(), record(1)); !errors.Is(err, errDisk) {
		t.Fatalf("got %v", err)
	}
	d.fail(nil, nil)
	eventually(t, "a record", func() bool { return l.Record(t.Context(), record(2)) == nil })
}

func TestSegmentWithAnUncertainSealInTheNextIsNotWrittenAgain(t *testing.T) {
	d, dir := &disk{}, t.TempDir()
	l := openOn(t, d, dir)
	big := record(1)
	big.AdditionalData = []byte(`{"a":"` + strings.Repeat("x", 60<<10) + `"}`)
	for _, n := range []int{1, 2} {
		big.TransactionID = transactionID(n)
		if err := l.Record(t.Context(), big); err != nil {
			t.Fatal(err)
		}
	}
	d.fail(nil, only(segment2)) // the seal in the second segment
	big.TransactionID = transactionID(3)
	if err := l.Record(t.Context(), big); !errors.Is(err, errDisk) {
		t.Fatalf("got %v", err)
	}
	d.takeCalls("")
	eventually(t, "a small record", func() bool { return l.Record(t.Context(), record(4)) == nil })
	if got := d.takeCalls(segment1); len(got) != 0 {
		t.Fatalf("written after its end was sealed: %v", got)
	}
	closeLog(t, l)
	if got := readAll(t, open(t, txlog.Config{Dir: dir}), txlog.Position{}); !slices.Equal(got, idsOf(1, 2, 4)) {
		t.Fatalf("got %v", got)
	}
}

func TestOpenReportsAFullDisk(t *testing.T) {
	d, dir := &disk{}, t.TempDir()
	d.fail(always, nil)
	if _, err := txlog.Open(txlog.Config{Dir: dir, SegmentSize: smallSegment, OpenFile: d.open}); !errors.Is(err, errDisk) {
		t.Fatalf("got %v", err)
	}
	d.fail(nil, nil)
	write(t, open(t, txlog.Config{Dir: dir, OpenFile: d.open}), 1)
}
