// SPDX-License-Identifier: EUPL-1.2

package txlog_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/txlog"
)

// written makes a log of three records in one segment, and gives the segment's
// bytes and the offsets at which the records end. Nothing else is kept: it
// looks like a crash.
func written(t *testing.T) (image []byte, ends []int64) {
	t.Helper()
	dir := t.TempDir()
	l := open(t, txlog.Config{Dir: dir})
	for n := range 3 {
		write(t, l, n)
		ends = append(ends, l.Stats().End.Offset)
	}
	closeLog(t, l)
	image, err := os.ReadFile(filepath.Join(dir, segment1))
	if err != nil {
		t.Fatal(err)
	}
	return image, ends
}

// recoverImage opens a log whose only segment has these bytes.
func recoverImage(t *testing.T, image []byte) []string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, segment1), image, 0o600); err != nil {
		t.Fatal(err)
	}
	l := open(t, txlog.Config{Dir: dir, OpenFile: lazyDisk().open})
	got := readAll(t, l, txlog.Position{})
	write(t, l, 99)
	if after := readAll(t, l, txlog.Position{}); !slices.Equal(after, append(got, transactionID(99))) {
		t.Fatalf("after the next record: %v", after)
	}
	closeLog(t, l)
	return got
}

func TestTornTailAtAnyOffsetKeepsWhatCameBefore(t *testing.T) {
	image, ends := written(t)
	for off := ends[1]; off < ends[2]; off++ {
		zeroed, flipped := slices.Clone(image), slices.Clone(image)
		clear(zeroed[off:])
		flipped[off] ^= 0x10
		for how, torn := range map[string][]byte{"cut": image[:off], "zero": zeroed, "flip": flipped} {
			if end, err := txlog.ScanImage(torn, 1); end != ends[1] || err != nil {
				t.Fatalf("%s at %d: end %d instead of %d, %v", how, off, end, ends[1], err)
			}
			if (off-ends[1])%64 != 0 {
				continue // opening a whole log at some offsets will do
			}
			if got := recoverImage(t, torn); !slices.Equal(got, idsOf(0, 1)) {
				t.Fatalf("%s at %d: %v", how, off, got)
			}
		}
	}
}

func TestDamagedSealOrHeaderNeverMakesRecordsDisappearFromDisk(t *testing.T) {
	image, ends := written(t)
	for off := 0; off < txlog.FirstFrame; off += 7 {
		dir := t.TempDir()
		flipped := slices.Clone(image)
		flipped[off] ^= 0x10
		name := filepath.Join(dir, segment1)
		if err := os.WriteFile(name, flipped, 0o600); err != nil {
			t.Fatal(err)
		}
		closeLog(t, open(t, txlog.Config{Dir: dir, OpenFile: lazyDisk().open}))
		after, err := os.ReadFile(name)
		if err != nil || !bytes.Equal(after[:ends[2]], flipped[:ends[2]]) {
			t.Fatalf("flip at %d: segment was changed or removed: %v", off, err)
		}
	}
	flipped := slices.Clone(image)
	flipped[txlog.FirstFrame-1] ^= 1
	if got := recoverImage(t, flipped); !slices.Equal(got, idsOf(0, 1, 2)) {
		t.Fatalf("without its seal: %v", got)
	}
}

func TestFramesOfAnotherSegmentAreNotRead(t *testing.T) {
	image, ends := written(t)
	other, _ := written(t)
	mixed := slices.Concat(image[:ends[0]], other[ends[0]:])
	if got := recoverImage(t, mixed); !slices.Equal(got, idsOf(0)) {
		t.Fatalf("got %v", got)
	}
}

func TestSegmentIsReadOnlyUnderItsOwnNumber(t *testing.T) {
	image, _ := written(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, segment2), image, 0o600); err != nil {
		t.Fatal(err)
	}
	l := open(t, txlog.Config{Dir: dir})
	if got := readAll(t, l, txlog.Position{}); len(got) != 0 || l.Stats().DamagedSegments != 1 {
		t.Fatalf("got %v, %+v", got, l.Stats())
	}
}

func TestDamageInASealedSegmentIsReportedAndLaterSegmentsAreRead(t *testing.T) {
	dir := t.TempDir()
	l := open(t, txlog.Config{Dir: dir})
	write(t, l, 1, 2)
	closeLog(t, l)
	l = open(t, txlog.Config{Dir: dir})
	write(t, l, 3)
	closeLog(t, l)

	first := filepath.Join(dir, segment1)
	image, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	image[txlog.FirstFrame+20] ^= 1
	if err := os.WriteFile(first, image, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	l = open(t, txlog.Config{Dir: dir, Logger: slog.New(slog.NewTextHandler(&out, nil))})
	if got := readAll(t, l, txlog.Position{}); !slices.Equal(got, idsOf(3)) {
		t.Fatalf("got %v", got)
	}
	if l.Stats().DamagedSegments != 1 || !strings.Contains(out.String(), "damaged") {
		t.Fatalf("not reported: %+v %q", l.Stats(), out.String())
	}
	if err := l.Release(l.Stats().End); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(strings.TrimSuffix(first, ".seg") + ".damaged"); err != nil {
		t.Fatalf("the evidence is gone: %v", err)
	}
}

func TestDamageWhileRunningIsAnErrorOfRead(t *testing.T) {
	dir := t.TempDir()
	l := open(t, txlog.Config{Dir: dir})
	write(t, l, 1)
	f, err := os.OpenFile(filepath.Join(dir, segment1), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, writeErr := f.WriteAt([]byte{0xff}, txlog.FirstFrame+txlog.FrameHeaderBytes)
	if err := f.Close(); err != nil || writeErr != nil {
		t.Fatal(err, writeErr)
	}
	if recs, _, err := l.Read(t.Context(), txlog.Position{}, 1); err == nil {
		t.Fatalf("read %v", recs)
	}
}

func TestUnusedSegmentsOfAnEarlierProcessAreUsedOrRemoved(t *testing.T) {
	dir := t.TempDir()
	l := open(t, txlog.Config{Dir: dir})
	eventually(t, "a standby segment", func() bool { return l.Stats().StandbyReady })
	closeLog(t, l)
	// A crash while the third was being made.
	if err := os.WriteFile(filepath.Join(dir, "0000000000000003.seg"), make([]byte, 5000), 0o600); err != nil {
		t.Fatal(err)
	}
	l = open(t, txlog.Config{Dir: dir})
	write(t, l, 1)
	eventually(t, "a standby segment", func() bool { return l.Stats().StandbyReady })
	closeLog(t, l)
	l = open(t, txlog.Config{Dir: dir})
	eventually(t, "a standby segment", func() bool { return l.Stats().StandbyReady })
	for _, name := range segments(t, dir) {
		if info, err := os.Stat(name); err != nil || info.Size() != smallSegment {
			t.Errorf("%s is left over", filepath.Base(name))
		}
	}
	if n := len(segments(t, dir)); n > 4 {
		t.Errorf("%d segments after three starts", n)
	}
	if got := readAll(t, l, txlog.Position{}); !slices.Equal(got, idsOf(1)) {
		t.Errorf("got %v", got)
	}
}
