// SPDX-License-Identifier: EUPL-1.2

package txlog_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/samenspel/samenspel/internal/txlog"
)

const childDir = "TXLOG_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		childWrites(dir)
		return
	}
	os.Exit(m.Run())
}

// childWrites records until it is killed, and prints each id once it is
// confirmed.
func childWrites(dir string) {
	l, err := txlog.Open(txlog.Config{Dir: dir, SegmentSize: smallSegment})
	if err != nil {
		panic(err)
	}
	for w := 1; w < 16; w++ {
		go childWriter(l, w)
	}
	childWriter(l, 0)
}

func childWriter(l *txlog.Log, w int) {
	for i := 0; ; i++ {
		r := record(w*10_000_000 + i)
		if err := l.Record(context.Background(), r); err != nil {
			panic(err)
		}
		fmt.Fprintln(os.Stdout, r.TransactionID)
	}
}

func TestKilledProcessLosesNothingConfirmed(t *testing.T) {
	dir := t.TempDir()
	confirmed := map[string]bool{}
	for _, enough := range []int{500, 2000, 3333} { // three crashes of the same log
		clear(confirmed)
		for _, id := range runChildAndKill(t, dir, enough) {
			confirmed[id] = true
		}
		l := open(t, txlog.Config{Dir: dir})
		for _, id := range readAll(t, l, txlog.Position{}) {
			delete(confirmed, id)
		}
		if len(confirmed) > 0 {
			t.Fatalf("%d confirmed records lost after %d", len(confirmed), enough)
		}
		if s := l.Stats(); s.DamagedSegments > 0 {
			t.Fatalf("stats %+v", s)
		}
		if err := l.Release(l.Stats().End); err != nil {
			t.Fatal(err)
		}
		closeLog(t, l)
	}
}

func runChildAndKill(t *testing.T, dir string, enough int) []string {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var ids []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if len(lines.Text()) == len(transactionID(0)) {
			ids = append(ids, lines.Text())
		}
		if len(ids) == enough {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = child.Wait() // killed, so it has an error
	if len(ids) < enough {
		t.Fatalf("the child stopped after %d records", len(ids))
	}
	return ids
}
