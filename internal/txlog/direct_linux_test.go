// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const directSize = 4 << 20

// directTestFile has the given number of ones in front, as of records that are
// there already, and noise behind, as of a former life.
func directTestFile(t *testing.T, ones int) (f *dataFile, want []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "segment")
	want = bytes.Repeat([]byte{1}, ones)
	if err := os.WriteFile(path, append(bytes.Clone(want), bytes.Repeat([]byte{0xee}, directSize-ones)...), 0o600); err != nil {
		t.Fatal(err)
	}
	opened, err := openFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	f = opened.(*dataFile)
	t.Cleanup(func() { _ = f.Close() })
	if f.direct.file == nil {
		t.Skip("this file system takes no direct writes")
	}
	return f, want
}

func TestDirectWritesFollowEachOtherWhateverTheirLength(t *testing.T) {
	t.Parallel()
	f, want := directTestFile(t, 61)
	random := rand.New(rand.NewPCG(1, 2))
	sizes := []int{1, blockBytes, blockBytes - 1, 1, keepBufferBytes + 5, 3, 2*blocksKept - 7}
	for range 200 {
		sizes = append(sizes, 1+random.IntN(3*blockBytes))
	}
	for _, n := range sizes {
		p := bytes.Repeat([]byte{byte(2 + random.IntN(200))}, n)
		if ok, err := f.appendDurably(p, int64(len(want)), directSize); !ok || err != nil {
			t.Fatalf("%d bytes at %d: %v %v", n, len(want), ok, err)
		}
		want = append(want, p...)
	}
	got, err := os.ReadFile(f.Name())
	if err != nil || len(got) != directSize || !bytes.Equal(got[:len(want)], want) {
		t.Fatalf("%v, or the %d bytes of %d are others", err, len(want), len(got))
	}
	if rest := got[len(want) : (len(want)+blockBytes-1)&^(blockBytes-1)]; len(bytes.Trim(rest, "\x00")) > 0 {
		t.Error("the rest of the last block isn't zero")
	}
	if len(f.direct.block) > keepBufferBytes {
		t.Errorf("a buffer of %d bytes is kept", len(f.direct.block))
	}
}

func TestDirectWriteThatIsRefusedIsLeftToTheOtherWay(t *testing.T) {
	t.Parallel()
	t.Run("file with a part of a block at its end", func(t *testing.T) {
		t.Parallel()
		f, _ := directTestFile(t, 0)
		if ok, err := f.appendDurably([]byte("x"), 0, directSize-1); ok || err != nil {
			t.Errorf("%v %v", ok, err)
		}
	})
	t.Run("file that can't be written in this way", func(t *testing.T) {
		t.Parallel()
		f, _ := directTestFile(t, 0)
		fd, _, errno := syscall.Syscall(syscall.SYS_EVENTFD2, 0, syscall.O_CLOEXEC, 0) // knows no positions
		if errno != 0 {
			t.Fatal(errno)
		}
		_ = f.direct.file.Close()
		f.direct.file = os.NewFile(fd, "event")
		for range 2 {
			if ok, err := f.appendDurably([]byte("x"), 0, directSize); ok || err != nil {
				t.Errorf("%v %v", ok, err)
			}
		}
		if f.direct.file != nil {
			t.Error("it is tried again and again")
		}
	})
}

// brokenPipe is a file to which each write fails in the kernel.
func brokenPipe(t *testing.T) *os.File {
	t.Helper()
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Close(ends[1]); err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(ends[0]), "broken pipe")
}

func TestDirectWriteThatFailsRefusesItsBatchAndEndsTheSegment(t *testing.T) {
	t.Parallel()
	var first *dataFile
	cfg := Config{Dir: t.TempDir(), SegmentSize: minSegmentSize, OpenFile: func(name string, flag int, perm fs.FileMode) (File, error) {
		f, err := openFile(name, flag, perm)
		if data, ok := f.(*dataFile); ok && first == nil {
			first = data
		}
		return f, err
	}}
	l, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if first.direct.file == nil {
		t.Skip("this file system takes no direct writes")
	}
	record := func(id string) error {
		return l.Record(t.Context(), &Record{
			TransactionID: "01932f5e-0000-7000-8000-00000000000" + id, Direction: DirectionOutgoing, GrantHash: "$1$3$x", GroupID: "group",
			ServiceName: "service", OutwayPeerID: "00000000000000000001", ServicePeerID: "00000000000000000002", CreatedAt: time.Unix(1, 0),
		})
	}
	if err := record("1"); err != nil {
		t.Fatal(err)
	}
	_ = first.direct.file.Close()
	first.direct.file = brokenPipe(t)
	if err := record("2"); !errors.Is(err, syscall.EPIPE) {
		t.Fatalf("got %v", err)
	}
	if err := record("3"); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if l, err = Open(Config{Dir: cfg.Dir, SegmentSize: minSegmentSize}); err != nil {
		t.Fatal(err)
	}
	var ids string
	for at := (Position{}); at != l.Stats().End; {
		var got []Record
		if got, at, err = l.Read(t.Context(), at, 10); err != nil {
			t.Fatal(err)
		}
		for _, r := range got {
			ids += strings.TrimLeft(r.TransactionID[24:], "0")
		}
	}
	if err := l.Close(); err != nil || ids != "13" {
		t.Errorf("kept %s, %v", ids, err)
	}
}
