// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/txlog"
)

var update = flag.Bool("update", false, "write the golden files again")

func TestSchemaIsTheOneThatWasReviewed(t *testing.T) {
	node, log, err := openSQLite(t, t.TempDir()).Schemas(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := "-- node.db\n" + strings.Join(node, ";\n") + ";\n\n-- txlog.db\n" + strings.Join(log, ";\n") + ";\n"
	golden := filepath.Join("testdata", "schema-sqlite.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the schema differs from %s; run go test -update and look at the difference", golden)
	}
}

func TestANewerSchemaIsRefusedAndLeftAlone(t *testing.T) {
	for _, file := range []string{"node.db", "txlog.db"} {
		dir := t.TempDir()
		s := openSQLite(t, dir)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		db := rawSQLite(t, filepath.Join(dir, file))
		if _, err := db.ExecContext(t.Context(), "INSERT INTO schema_version (version_id, is_applied) VALUES (9999, 1)"); err != nil {
			t.Fatal(err)
		}
		_, err := store.OpenSQLite(t.Context(), dir, slog.New(slog.DiscardHandler))
		if !errors.Is(err, store.ErrNewerSchema) || !strings.Contains(err.Error(), "9999") {
			t.Errorf("%s: got %v, want ErrNewerSchema with the version", file, err)
		}
	}
}

func rawSQLite(tb testing.TB, path string) *sql.DB {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

// openedDir tells a child process which folder to open.
const openedDir = "STORE_TEST_OPEN_DIR"

func TestSeveralProcessesOpenANewStoreAtOnce(t *testing.T) {
	t.Parallel()
	const processes, each = 4, 5
	if dir := os.Getenv(openedDir); dir != "" {
		s := openSQLite(t, dir)
		for n := range each {
			put(t, s, newContract(t, os.Getpid()*1000+n))
		}
		return
	}
	dir := filepath.Join(t.TempDir(), "new")
	children := make(chan error, processes)
	for range processes {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSeveralProcessesOpenANewStoreAtOnce$")
		child.Env = append(os.Environ(), openedDir+"="+dir)
		go func() {
			out, err := child.CombinedOutput()
			if err != nil {
				t.Logf("child: %s", out)
			}
			children <- err
		}()
	}
	for range processes {
		if err := <-children; err != nil {
			t.Error(err)
		}
	}
	err := openSQLite(t, dir).View(t.Context(), func(tx manager.Tx) error {
		cs, err := tx.ListContracts(t.Context(), manager.ContractFilter{})
		if len(cs) != processes*each {
			t.Errorf("%d contracts, want %d", len(cs), processes*each)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAnUpdateWaitsForAnotherProcessThatWrites(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openSQLite(t, dir)
	other, err := rawSQLite(t, filepath.Join(dir, "node.db")).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	// A view doesn't wait.
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	// An update gives up when its context ends.
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.Update(short, func(manager.Tx) error { return nil }); err == nil {
		t.Error("the update didn't wait")
	}
	done := make(chan error)
	go func() {
		done <- s.Update(t.Context(), func(tx manager.Tx) error { return tx.PutPeer(t.Context(), fsc.Peer{ID: "peer-a"}) })
	}()
	// Longer than SQLite itself waits, so the transaction has to be run again.
	select {
	case err := <-done:
		t.Fatalf("the update didn't wait: %v", err)
	case <-time.After(1300 * time.Millisecond):
	}
	if err := other.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAnUpdateStopsWhenItsContextEnds(t *testing.T) {
	s := openSQLite(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Update(ctx, func(tx manager.Tx) error {
		if err := tx.PutPeer(ctx, fsc.Peer{ID: "peer-a"}); err != nil {
			t.Error(err)
		}
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	err = s.View(t.Context(), func(tx manager.Tx) error {
		ps, err := tx.ListPeers(t.Context(), manager.PeerFilter{})
		if len(ps) != 0 {
			t.Error("a cancelled update was stored")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestFilesArePrivateWhateverTheFolderIsCalled(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c=%41#d&e")
	s := openSQLite(t, dir)
	put(t, s, newContract(t, 1))
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range files {
		names[f.Name()] = true
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", f.Name(), info.Mode())
		}
	}
	if !names["node.db"] || !names["txlog.db"] {
		t.Errorf("files are %v", names)
	}
}

func TestAStoreThatIsClosedSaysSo(t *testing.T) {
	s := openSQLite(t, t.TempDir())
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Ping(t.Context()); err == nil {
		t.Error("a closed store answers")
	}
	if err := s.Log().Index(t.Context(), []txlog.Record{newRecord(1)}, txlog.Position{}); err == nil {
		t.Error("a closed store stores")
	}
}

func TestEachComponentHasItsOwnPositionAndAllShareTheRecords(t *testing.T) {
	log := openSQLite(t, t.TempDir()).Log()
	sources := []*store.LogStore{log, log.Source("inway-1"), log.Source("inway-2")}
	for i, l := range sources {
		if err := l.Index(t.Context(), []txlog.Record{newRecord(i)}, txlog.Position{Segment: 7, Offset: int64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	for i, l := range sources {
		if p, err := l.IndexedUpTo(t.Context()); err != nil || p != (txlog.Position{Segment: 7, Offset: int64(i)}) {
			t.Errorf("position of source %d is %+v, %v", i, p, err)
		}
		if recs, err := l.Records(t.Context(), txlog.Query{}); err != nil || len(recs) != len(sources) {
			t.Errorf("source %d gives %d records, %v", i, len(recs), err)
		}
	}
}

func TestDamagedContentIsNotGivenOut(t *testing.T) {
	dir := t.TempDir()
	s := openSQLite(t, dir)
	c := newContract(t, 1)
	put(t, s, c)
	db := rawSQLite(t, filepath.Join(dir, "node.db"))
	if _, err := db.ExecContext(t.Context(), "UPDATE contracts SET raw = $1", newContract(t, 2).Content.Raw()); err != nil {
		t.Fatal(err)
	}
	err := s.View(t.Context(), func(tx manager.Tx) error {
		_, err := tx.FindContract(t.Context(), c.Content.Hash())
		return err
	})
	if err == nil || errors.Is(err, manager.ErrNotFound) {
		t.Errorf("got %v, want an error about the content", err)
	}
}
