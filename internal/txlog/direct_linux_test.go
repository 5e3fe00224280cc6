// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
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
