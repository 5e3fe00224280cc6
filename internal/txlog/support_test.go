// SPDX-License-Identifier: EUPL-1.2

package txlog_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/txlog"
)

const smallSegment = 128 << 10

func transactionID(n int) string { return fmt.Sprintf("01932f5e-0000-7000-8000-%012x", n) }

func record(n int) *txlog.Record {
	return &txlog.Record{
		TransactionID: transactionID(n),
		Direction:     txlog.DirectionOutgoing,
		GrantHash:     "$1$4$" + strings.Repeat("ab", 64),
		GroupID:       "fsc.example",
		ServiceName:   "parkeren",
		OutwayPeerID:  "00000000000000000001",
		ServicePeerID: "00000000000000000002",
		CreatedAt:     time.UnixMicro(1_790_000_000_000_000 + int64(n)).UTC(),
	}
}

func open(t testing.TB, cfg txlog.Config) *txlog.Log {
	t.Helper()
	if cfg.SegmentSize == 0 {
		cfg.SegmentSize = smallSegment
	}
	l, err := txlog.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func write(t testing.TB, l *txlog.Log, ns ...int) {
	t.Helper()
	for _, n := range ns {
		if err := l.Record(t.Context(), record(n)); err != nil {
			t.Fatal(err)
		}
	}
}

func closeLog(t testing.TB, l *txlog.Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// readAll gives the ids of all records from a position on.
func readAll(t testing.TB, l *txlog.Log, from txlog.Position) []string {
	t.Helper()
	var ids []string
	for {
		recs, next, err := l.Read(t.Context(), from, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(recs) == 0 {
			return ids
		}
		for _, r := range recs {
			ids = append(ids, r.TransactionID)
		}
		from = next
	}
}

func idsOf(ns ...int) []string {
	var ids []string
	for _, n := range ns {
		ids = append(ids, transactionID(n))
	}
	return ids
}

func segments(t testing.TB, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// eventually polls until ok, for things that happen in the background.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

var errDisk = errors.New("injected disk fault")

// disk is a file system that writes down what is done to it and fails on
// demand.
type disk struct {
	mu        sync.Mutex
	calls     []string
	failWrite func(name string) bool
	failSync  func(name string) bool
	holdSync  chan struct{} // when set, a flush waits until it is closed
	lazy      bool          // flushes do nothing, for tests of content alone
	crash     func()        // when set, called at each moment at which a crash may come
}

func (d *disk) open(name string, flag int, perm fs.FileMode) (txlog.File, error) {
	f, err := os.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return &diskFile{File: f, disk: d, name: filepath.Base(name)}, nil
}

// lazyDisk is fast, and good for tests that end without a crash.
func lazyDisk() *disk { return &disk{lazy: true} }

func (d *disk) note(call string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, call)
}

// takeCalls gives what was done to one file since the last time.
func (d *disk) takeCalls(name string) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var taken []string
	for _, c := range d.calls {
		if strings.HasSuffix(c, " "+name) {
			taken = append(taken, c)
		}
	}
	d.calls = nil
	return taken
}

func (d *disk) fail(write, flush func(string) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failWrite, d.failSync = write, flush
}

func (d *disk) hold() (release func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	gate := make(chan struct{})
	d.holdSync = gate
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.holdSync = nil
		close(gate)
	}
}

func always(string) bool { return true }

func only(name string) func(string) bool {
	return func(n string) bool { return n == name }
}

type diskFile struct {
	*os.File
	disk *disk
	name string
}

func (f *diskFile) WriteAt(b []byte, off int64) (int, error) {
	f.disk.note("write " + f.name)
	f.disk.mu.Lock()
	fail := f.disk.failWrite != nil && f.disk.failWrite(f.name)
	f.disk.mu.Unlock()
	if fail {
		n, _ := f.File.WriteAt(b[:len(b)/2], off)
		return n, errDisk
	}
	if f.disk.crash != nil {
		for part := range 4 {
			if _, err := f.File.WriteAt(b[:len(b)*part/4], off); err != nil {
				return 0, err
			}
			f.disk.crash()
		}
	}
	return f.File.WriteAt(b, off)
}

// Sync fails after the bytes were written: the worst case, for they are there
// after a restart.
func (f *diskFile) Sync() error {
	f.disk.note("sync " + f.name)
	f.disk.mu.Lock()
	fail := f.disk.failSync != nil && f.disk.failSync(f.name)
	gate := f.disk.holdSync
	f.disk.mu.Unlock()
	if gate != nil {
		<-gate
	}
	if fail {
		return errDisk
	}
	if f.disk.crash != nil {
		f.disk.crash()
	}
	if f.disk.lazy {
		return nil
	}
	return f.File.Sync()
}
