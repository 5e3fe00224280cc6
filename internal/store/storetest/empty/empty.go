// SPDX-License-Identifier: EUPL-1.2

package empty

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/samenspel/samenspel/internal/store"
)

// Dir is a new folder in which [store.OpenSQLite] finds an empty store. It is
// gone after the test.
func Dir(tb testing.TB) string {
	tb.Helper()
	made, err := files()
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	if err := os.CopyFS(dir, made); err != nil {
		tb.Fatal(err)
	}
	return dir
}

// files is an empty store, made once.
var files = sync.OnceValues(func() (_ fstest.MapFS, err error) {
	dir, err := os.MkdirTemp("", "empty")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := store.OpenSQLite(context.Background(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return read(dir)
})

func read(dir string) (fstest.MapFS, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	out := fstest.MapFS{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name())) //nolint:gosec // a folder that this program made
		if err != nil {
			return nil, err
		}
		out[e.Name()] = &fstest.MapFile{Data: data, Mode: 0o600}
	}
	return out, nil
}
