// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestAFlushIsToldEitherWay flushes through the asynchronous interface and, as
// where that is closed, without it.
func TestAFlushIsToldEitherWay(t *testing.T) {
	for name, state := range map[string]asyncState{"asynchronous": asyncNew, "blocking": asyncUnable} {
		t.Run(name, func(t *testing.T) {
			f, err := openFile(filepath.Join(t.TempDir(), "segment"), os.O_CREATE|os.O_RDWR, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			data := f.(*dataFile)
			data.async.state = state
			for i := range 3 {
				if _, err := f.WriteAt([]byte("record"), int64(i*6)); err != nil {
					t.Fatal(err)
				}
				if err := f.Sync(); err != nil {
					t.Fatal(err)
				}
			}
			if err := errors.Join(f.Close(), data.async.close()); err != nil {
				t.Error(err)
			}
			if err := f.Sync(); err == nil {
				t.Error("a closed file was flushed")
			}
		})
	}
}

func TestAFlushThatTheFileSystemRefusesIsAnError(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	f := &dataFile{File: w, fd: w.Fd()}
	if err := f.Sync(); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("got %v", err)
	}
	if err := errors.Join(f.Close(), r.Close()); err != nil {
		t.Error(err)
	}
}
