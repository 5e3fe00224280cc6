// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func newLog(t *testing.T, dir string, size int64) *journal {
	t.Helper()
	var n time.Duration
	now := func() time.Time { n++; return time.Date(2026, 11, 22, 12, 0, 0, int(n), time.UTC) }
	l := newJournal(LogConfig{Dir: dir, FileSize: size, Files: 3, Now: now, Logger: slog.New(slog.DiscardHandler)}, permitsName)
	t.Cleanup(func() { _ = l.close() })
	return l
}

func content(t *testing.T, dir string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, permitsName+logSuffix))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(b))
}

func TestDecisionsThatComeTogetherAreAllKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "decisions")
	l := newLog(t, dir, 1<<20)
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder is there before the first decision")
	}
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			if err := l.write(fmt.Appendf(nil, "%03d\n", i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got := content(t, dir)
	if slices.Sort(got); len(got) != 200 || got[0] != "000" || got[199] != "199" {
		t.Errorf("%d lines", len(got))
	}
	if err := errors.Join(l.close(), l.health()); err != nil {
		t.Fatal(err)
	}
	if l.write([]byte("x\n")) == nil {
		t.Error("a closed log takes decisions")
	}
	for _, name := range []string{dir, filepath.Join(dir, permitsName+logSuffix)} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others (%v)", name, err)
		}
	}
}

func TestALineThatACrashTornOffIsTakenAway(t *testing.T) {
	for before, want := range map[string][]string{
		"":                      {"next"},
		"one\ntwo\n":            {"one", "two", "next"},
		"one\ntwo\nthr":         {"one", "two", "next"},
		"torn":                  {"next"},
		"one\n\x00\x00\x00\x00": {"one", "next"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, permitsName+logSuffix), []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := newLog(t, dir, 1<<20).write([]byte("next\n")); err != nil {
			t.Fatal(err)
		}
		if got := content(t, dir); !slices.Equal(got, want) {
			t.Errorf("%q became %q", before, got)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, permitsName+logSuffix), bytes.Repeat([]byte("x"), maxTail), 0o600); err != nil {
		t.Fatal(err)
	}
	if newLog(t, dir, 1<<20).write([]byte("next\n")) == nil {
		t.Error("a file that is no log was cut off")
	}
}

func TestFullFilesAreClosedAndTheOldestRemoved(t *testing.T) {
	dir := t.TempDir()
	l := newLog(t, dir, 10)
	for i := range 7 {
		if err := l.write(fmt.Appendf(nil, "line%d\n", i)); err != nil { // six bytes: one in each file
			t.Fatal(err)
		}
	}
	closed, err := l.closedFiles()
	if err != nil || len(closed) != 2 {
		t.Fatalf("%q %v", closed, err)
	}
	for i, name := range closed {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if want := fmt.Sprintf("line%d\n", 4+i); err != nil || string(b) != want {
			t.Errorf("%s has %q, want %q", name, b, want)
		}
	}
	if got := content(t, dir); !slices.Equal(got, []string{"line6"}) {
		t.Errorf("the open file has %q", got)
	}
}

func TestADecisionThatCantBeWrittenIsToldAndTheLogRecovers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "decisions")
	if err := os.WriteFile(dir, nil, 0o600); err != nil { // a file where the folder belongs
		t.Fatal(err)
	}
	l := newLog(t, dir, 1<<20)
	if l.write([]byte("one\n")) == nil || l.health() == nil {
		t.Fatal("nothing is told")
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := l.health(); err != nil { // without a call that would try
		t.Fatal(err)
	}
	if err := l.write([]byte("two\n")); err != nil {
		t.Fatal(err)
	}
	_ = l.file.Close() // as if the disk had gone; nothing is being written now
	if l.write([]byte("three\n")) == nil {
		t.Fatal("nothing is told")
	}
	if err := l.write([]byte("four\n")); err != nil {
		t.Fatal(err)
	}
	if got := content(t, dir); !slices.Equal(got, []string{"two", "four"}) {
		t.Errorf("kept %q", got)
	}
}
