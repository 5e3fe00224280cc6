// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest"
)

// TestManyGrantsAreTheRowsOfTheStoresOwnCode keeps the benchmarks honest: what is
// moved together is, row by row, what one store would have written.
func TestManyGrantsAreTheRowsOfTheStoresOwnCode(t *testing.T) {
	grants := storetest.Grants{Contracts: 100, Each: 3, Part: 30, Key: strings.Repeat("ab", 32), Now: time.Now()}
	one, moved := t.TempDir(), t.TempDir()
	s := openSQLite(t, one)
	storetest.FillGrants(t, s, grants)
	storetest.FillManyGrants(t, moved, grants, func(dir string) (manager.Store, func() error, error) {
		s, err := store.OpenSQLite(t.Context(), dir, slog.New(slog.DiscardHandler))
		if err != nil {
			return nil, nil, err
		}
		return s, s.Close, nil
	})
	db, err := sql.Open("sqlite", filepath.Join(moved, "node.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), "ATTACH $1 AS one", filepath.Join(one, "node.db")); err != nil {
		t.Fatal(err)
	}
	number := func(query string) (n int) {
		t.Helper()
		if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return n
	}
	for _, table := range []string{"contracts", "chains", "parties", "grants", "facets", "signatures", "standings", "searchable", "connections", "words"} {
		rows := number("SELECT COUNT(*) FROM one." + table)
		if rows == 0 || number("SELECT COUNT(*) FROM main."+table) != rows {
			t.Errorf("%s: %d rows, want %d", table, number("SELECT COUNT(*) FROM main."+table), rows)
		}
		if n := number(fmt.Sprintf("SELECT COUNT(*) FROM (SELECT * FROM main.%[1]s EXCEPT SELECT * FROM one.%[1]s)", table)); n != 0 {
			t.Errorf("%s: %d rows differ", table, n)
		}
	}
	const order = "(SELECT number, ROW_NUMBER() OVER (ORDER BY sequence) FROM %s.contract_changes)"
	if n := number("SELECT COUNT(*) FROM (SELECT * FROM " + fmt.Sprintf(order, "main") + " EXCEPT SELECT * FROM " + fmt.Sprintf(order, "one") + ")"); n != 0 {
		t.Errorf("%d changes differ", n)
	}
	const schema = "(SELECT type, name, sql FROM %[1]s.sqlite_schema EXCEPT SELECT type, name, sql FROM %[2]s.sqlite_schema)"
	if n := number("SELECT COUNT(*) FROM "+fmt.Sprintf(schema, "one", "main")) + number("SELECT COUNT(*) FROM "+fmt.Sprintf(schema, "main", "one")); n != 0 {
		t.Errorf("%d parts of the schema differ", n)
	}
}
