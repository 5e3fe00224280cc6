// SPDX-License-Identifier: EUPL-1.2

package fieldlab_test

import (
	"bytes"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/fieldlab"
	"github.com/samenspel/samenspel/internal/store"
)

// logsAreSigned looks into the logs of nodes that have stopped: the last thing
// they did was to sign all that was in them.
func logsAreSigned(t *testing.T, dir string) {
	t.Helper()
	logs := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "txlog.db" {
			return err
		}
		s, err := store.OpenSQLite(t.Context(), filepath.Dir(path), slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		defer func() { _ = s.Close() }()
		state, err := s.Log().ChainState(t.Context())
		if err != nil || state.Last == 0 {
			return err
		}
		logs++
		newest, err := s.Log().NewestCheckpoints(t.Context(), 0, 1)
		if err != nil || len(newest) == 0 {
			t.Errorf("%s: %d records and no checkpoint, %v", path, state.Last, err)
			return err
		}
		if c, err := newest[0].Read(); err != nil || c.Last != state.Last || c.Head != state.Head {
			t.Errorf("%s: the log ends at %d, the last checkpoint is %+v, %v", path, state.Last, c, err)
		}
		return nil
	})
	if err != nil || logs < 2 {
		t.Errorf("%d logs, %v", logs, err)
	}
}

func TestTheScenesAndTheTalePlayAndAreLoggedOnBothSidesAgainAndAgainInOneFolder(t *testing.T) {
	if testing.Short() {
		t.Skip("the federation of the start page plays them too; make test runs it")
	}
	t.Parallel()
	dir := t.TempDir()
	for range 2 {
		var out bytes.Buffer
		err := fieldlab.Run(t.Context(), fieldlab.Options{Dir: dir, Once: true, Out: &out})
		if err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
		if n := strings.Count(out.String(), " yes "); n != 5 {
			t.Errorf("%d calls are in both logs, want 5:\n%s", n, out.String())
		}
		for _, scene := range []string{"call without a contract", "call after a revocation", "notice: overlijden", "notice without a call-off", "notice after the end", "both sides agree", "not_enough"} {
			if !strings.Contains(out.String(), scene) {
				t.Errorf("the scene %q is missing:\n%s", scene, out.String())
			}
		}
		logsAreSigned(t, dir)
	}
}
