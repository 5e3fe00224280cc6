// SPDX-License-Identifier: EUPL-1.2

package txlog_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/samenspel/samenspel/internal/txlog"
)

// spares gives the names of the spare files, without their directory.
func spares(t testing.TB, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.spare"))
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range names {
		names[i] = filepath.Base(n)
	}
	return names
}

// fillSegments writes until the log is in the segment with this number, and
// waits until the next one is ready. It gives the number of the next record.
func fillSegments(t testing.TB, l *txlog.Log, n int, until uint64) int {
	t.Helper()
	for l.Stats().End.Segment < until {
		write(t, l, n)
		n++
	}
	eventually(t, "a standby segment", func() bool { return l.Stats().StandbyReady })
	return n
}

func TestReleasedSegmentBecomesTheNextOneWithoutBeingFilledAgain(t *testing.T) {
	d, dir := lazyDisk(), t.TempDir()
	l := openOn(t, d, dir)
	n := fillSegments(t, l, 0, 3)
	if err := l.Release(l.Stats().End); err != nil {
		t.Fatal(err)
	}
	want := []string{"0000000000000001.spare", "0000000000000002.spare"}
	if got := spares(t, dir); !slices.Equal(got, want) {
		t.Fatalf("spare files %v", got)
	}
	d.takeCalls("")
	first := n
	n = fillSegments(t, l, n, 5)
	d.mu.Lock()
	calls := slices.Clone(d.calls)
	d.mu.Unlock()
	base := filepath.Base(dir)
	of := func(name string) []string {
		return slices.DeleteFunc(slices.Clone(calls), func(c string) bool { return !strings.HasSuffix(c, name) && c != "sync "+base })
	}
	// The old name is durable before the header, and that before the new name. A
	// file keeps in these calls the name under which it was opened.
	wantCalls := []string{"sync " + base, "write " + want[0], "sync " + want[0], "sync " + base}
	if got := of(want[0]); !slices.Equal(got[:4], wantCalls) {
		t.Errorf("got %v", got[:4])
	}
	if got := of("0000000000000005.seg"); slices.Contains(got, "write 0000000000000005.seg") {
		t.Errorf("filled: %v", got)
	}
	if got := spares(t, dir); len(got) != 0 {
		t.Errorf("not used: %v", got)
	}
	closeLog(t, l)
	got := readAll(t, open(t, txlog.Config{Dir: dir}), txlog.Position{Segment: 4})
	if len(got) == 0 || got[len(got)-1] != transactionID(n-1) {
		t.Errorf("records %d to %d: the last ones are %v", first, n, got[max(0, len(got)-3):])
	}
}

func TestFewReleasedSegmentsAreKept(t *testing.T) {
	dir := t.TempDir()
	l := openOn(t, lazyDisk(), dir)
	fillSegments(t, l, 0, 6)
	if err := l.Release(l.Stats().End); err != nil {
		t.Fatal(err)
	}
	if got := spares(t, dir); len(got) != 2 {
		t.Errorf("spare files %v", got)
	}
	if got := segments(t, dir); len(got) != 2 {
		t.Errorf("segments %v", got)
	}
}

func TestSegmentThatFailedIsNotKept(t *testing.T) {
	d, dir := lazyDisk(), t.TempDir()
	l := openOn(t, d, dir)
	write(t, l, 1)
	d.fail(nil, only(segment1))
	if err := l.Record(t.Context(), record(2)); err == nil {
		t.Fatal("a record was confirmed although its flush failed")
	}
	write(t, l, 3)
	if err := l.Release(l.Stats().End); err != nil {
		t.Fatal(err)
	}
	if got := spares(t, dir); len(got) != 0 {
		t.Errorf("spare files %v", got)
	}
}

func TestSpareFileThatWillNotDoIsReplacedByANewSegment(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"another size": func(path string) error { return os.Truncate(path, smallSegment-1) },
		"no header":    func(path string) error { return os.WriteFile(path, make([]byte, smallSegment), 0o600) },
		"of a later segment": func(path string) error {
			image, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			copy(image, txlog.EncodeHeader(99, 1))
			return os.WriteFile(path, image, 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, dir := lazyDisk(), t.TempDir()
			l := openOn(t, d, dir)
			n := fillSegments(t, l, 0, 2)
			if err := l.Release(l.Stats().End); err != nil {
				t.Fatal(err)
			}
			if err := spoil(filepath.Join(dir, "0000000000000001.spare")); err != nil {
				t.Fatal(err)
			}
			before := l.Stats().End
			n = fillSegments(t, l, n, 4)
			if got := spares(t, dir); len(got) != 0 {
				t.Errorf("spare files %v", got)
			}
			closeLog(t, l)
			got := readAll(t, open(t, txlog.Config{Dir: dir}), before)
			if len(got) == 0 || got[len(got)-1] != transactionID(n-1) {
				t.Errorf("the last ones are %v", got[max(0, len(got)-3):])
			}
		})
	}
}

func TestFaultWhileRecyclingCostsNoMoreThanTheFile(t *testing.T) {
	spare := "0000000000000001.spare"
	for name, set := range map[string]func(*disk){
		"write": func(d *disk) { d.fail(only(spare), nil) },
		"flush": func(d *disk) { d.fail(nil, only(spare)) },
	} {
		t.Run(name, func(t *testing.T) {
			d, dir := lazyDisk(), t.TempDir()
			l := openOn(t, d, dir)
			n := fillSegments(t, l, 0, 2)
			if err := l.Release(l.Stats().End); err != nil {
				t.Fatal(err)
			}
			set(d)
			fillSegments(t, l, n, 4)
			if s := l.Stats(); s.Failures != 0 {
				t.Errorf("stats %+v", s)
			}
			if err := l.Health(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSeedsOfTheLivesOfOneFileDiffer(t *testing.T) {
	const epoch = 0x0123456789abcdef
	seen := map[uint32]uint64{}
	for n := range uint64(300_000) {
		seed := txlog.SeedOf(txlog.EncodeHeader(n+1, epoch))
		if other, twice := seen[seed]; twice {
			t.Fatalf("segments %d and %d have the same seed", other, n+1)
		}
		seen[seed] = n + 1
	}
}

func TestFramesOfAFormerLifeAreNotRead(t *testing.T) {
	const epoch = 7
	payload, err := txlog.AppendRecord(nil, record(1))
	if err != nil {
		t.Fatal(err)
	}
	old := txlog.FramesOf(txlog.SeedOf(txlog.EncodeHeader(1, epoch)), payload)
	for n := range uint64(10_000) {
		end, _, err := txlog.ScanSegment(old, txlog.SeedOf(txlog.EncodeHeader(n+2, epoch)))
		if end != 0 || err != nil {
			t.Fatalf("segment %d reads the frames of segment 1: %d, %v", n+2, end, err)
		}
	}
}

// bigRecord fills half a segment, so frames of different lives begin in the same
// places.
func bigRecord(n int) *txlog.Record {
	r := record(n)
	r.AdditionalData = []byte(`{"a":"` + strings.Repeat("x", 60<<10) + `"}`)
	return r
}

// crashImage is what is on disk at one moment, and what had been confirmed then.
type crashImage struct {
	dir       string
	confirmed int
}

// crashImages writes big records from number 0 on, releases what it can after
// each, and gives what was on disk at every step.
func crashImages(t *testing.T, records int) []crashImage {
	t.Helper()
	var (
		mu        sync.Mutex
		images    []crashImage
		confirmed atomic.Int64
	)
	d, dir, copies := lazyDisk(), t.TempDir(), t.TempDir()
	d.crash = func() {
		mu.Lock()
		defer mu.Unlock()
		i := crashImage{dir: filepath.Join(copies, strconv.Itoa(len(images))), confirmed: int(confirmed.Load())}
		err := os.CopyFS(i.dir, os.DirFS(dir))
		for errors.Is(err, fs.ErrNotExist) { // renamed meanwhile
			err = errors.Join(os.RemoveAll(i.dir), os.CopyFS(i.dir, os.DirFS(dir)))
		}
		if err != nil {
			t.Error(err)
		}
		images = append(images, i)
	}
	l := openOn(t, d, dir)
	for n := range records {
		if err := l.Record(t.Context(), bigRecord(n)); err != nil {
			t.Fatal(err)
		}
		confirmed.Add(1)
		eventually(t, "a standby segment", func() bool { return l.Stats().StandbyReady })
		if err := l.Release(l.Stats().End); err != nil {
			t.Fatal(err)
		}
	}
	closeLog(t, l)
	return images
}

func TestCrashAtAnyStepOfRecyclingLosesAndInventsNothing(t *testing.T) {
	recycled := 0
	for i, image := range crashImages(t, 12) {
		recycled += len(spares(t, image.dir))
		l := open(t, txlog.Config{Dir: image.dir, OpenFile: lazyDisk().open})
		got := readAll(t, l, txlog.Position{})
		if s := l.Stats(); s.DamagedSegments > 0 {
			t.Fatalf("crash %d: %d damaged segments", i, s.DamagedSegments)
		}
		// What was released may be gone, and one more may be there that was being written.
		if image.confirmed > 0 && !slices.Contains(got, transactionID(image.confirmed-1)) {
			t.Fatalf("crash %d: of %d confirmed records the last is lost: %v", i, image.confirmed, got)
		}
		all := idsOf(numbers(0, image.confirmed+1)...)
		if len(got) > 0 {
			all = all[max(0, slices.Index(all, got[0])):]
		}
		if len(got) > len(all) || !slices.Equal(got, all[:len(got)]) {
			t.Fatalf("crash %d: %d confirmed, read %v", i, image.confirmed, got)
		}
		write(t, l, 99)
		closeLog(t, l)
		l = open(t, txlog.Config{Dir: image.dir, OpenFile: lazyDisk().open})
		after := readAll(t, l, txlog.Position{})
		closeLog(t, l)
		if !slices.Equal(after, append(got, transactionID(99))) {
			t.Fatalf("crash %d: after the next record %v", i, after)
		}
		if err := os.RemoveAll(image.dir); err != nil {
			t.Fatal(err)
		}
	}
	if recycled == 0 {
		t.Fatal("no crash while a file was spare")
	}
}

func TestRecycledSegmentThatNeverBeganIsUsedByTheNextProcess(t *testing.T) {
	dir := t.TempDir()
	l := openOn(t, lazyDisk(), dir)
	n := fillSegments(t, l, 0, 2)
	if err := l.Release(l.Stats().End); err != nil {
		t.Fatal(err)
	}
	fillSegments(t, l, n, 3) // segment 4 is made of segment 1
	closeLog(t, l)
	l = openOn(t, lazyDisk(), dir)
	if end := l.Stats().End; end.Segment != 4 {
		t.Errorf("goes on in segment %d", end.Segment)
	}
	if got := readAll(t, l, txlog.Position{Segment: 4}); len(got) != 0 {
		t.Errorf("read %v of a former life", got)
	}
	closeLog(t, l)

	// The same with a damaged seal is kept: what may have been written counts.
	write(t, openOn(t, lazyDisk(), dir), 7_000_000)
	name := filepath.Join(dir, "0000000000000005.seg")
	image, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	image[txlog.FirstFrame-1] ^= 1
	crashed := t.TempDir()
	if err := os.WriteFile(filepath.Join(crashed, filepath.Base(name)), image, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, openOn(t, lazyDisk(), crashed), txlog.Position{}); !slices.Equal(got, idsOf(7_000_000)) {
		t.Errorf("read %v", got)
	}
}
