// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
)

// addedOnly are the tables of deeds and feeds in which nothing changes.
func addedOnly() []string {
	return []string{
		"deeds", "deed_annexes", "deed_parents", "deed_chains", "deed_signatures", "feed_entries", "feed_lines", "feed_checkpoints", "feed_alarms", "deed_transitions",
	}
}

// oneOfEach puts a row in every table of deeds and feeds.
func oneOfEach(t *testing.T, s *store.Store) *deed.Content {
	t.Helper()
	draft := deed.Draft{
		Type: 110, ID: deed.NewID(1_700_000_000_000, [10]byte{1}), GroupID: "test-group", IssuedAt: 1_700_000_000, NotBefore: 1_700_000_000,
		Parents: []deed.Hash{deed.Hash("$1$110$" + strings.Repeat("A", 86))},
		Parties: []deed.Party{{PeerID: purchasing, Role: "buyer"}}, Rule: deed.Rule{Kind: deed.RuleAll}, Body: []byte("{}"),
		Annexes: []deed.Annex{{Hash: deed.AnnexHash(nil), Name: `"}],\'"`, MediaType: "text/plain", Owner: purchasing}},
	}
	c, err := draft.Content()
	if err != nil {
		t.Fatal(err)
	}
	h, jws := c.Hash(), &deed.Signature{JWS: "x"}
	err = s.Collective().Update(t.Context(), func(tx collective.Tx) error {
		ctx := t.Context()
		_, deedErr := tx.PutDeed(ctx, &collective.Deed{Hash: h, Dossier: h, Raw: c.Raw()})
		chainErr := tx.PutChain(ctx, "leaf", [][]byte{{1}})
		_, signatureErr := tx.PutSignature(ctx, &collective.Signature{Hash: jws.Hash(), Deed: h, Dossier: h, JWS: "x", Thumbprint: "leaf"})
		dossierErr := tx.PutDossier(ctx, &collective.Dossier{Head: deed.NewFeed(h), Keeper: purchasing, Version: 1, Until: 5})
		_, entryErr := tx.PutEntry(ctx, &deed.Entry{Dossier: h, Number: 1, Kind: deed.EntryDeed, Subject: h})
		return errors.Join(deedErr, chainErr, signatureErr, dossierErr, entryErr,
			tx.PutCheckpoint(ctx, &collective.Checkpoint{Dossier: h, Number: 1, Thumbprint: "leaf"}),
			tx.PutAlarm(ctx, &collective.Alarm{Dossier: h, Code: "feed"}),
			tx.PutStates(ctx, []collective.State{waiting(c), {Deed: "x", Dossier: h, Type: 112, State: rule.Void}}),
			tx.AddTransitions(ctx, []collective.Transition{{Deed: h, Dossier: h, To: rule.Proposed}}),
			tx.PutCursor(ctx, "feed", 1),
			tx.PutDelivery(ctx, &collective.Delivery{ID: "x", Subject: h, NextAt: time.Unix(1, 0)}))
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// waiting is the projection of a deed that waits for its parties.
func waiting(c *deed.Content) collective.State {
	s := collective.State{Deed: c.Hash(), Dossier: c.Hash(), Type: c.Type, State: rule.Proposed, IssuedAt: c.IssuedAt}
	for _, p := range c.Parties {
		s.Parties = append(s.Parties, collective.PartyTurn{Party: p, Turn: true})
	}
	return s
}

func TestTheDatabaseKeepsDeedsAndFeeds(t *testing.T) {
	dir := empty.Dir(t)
	oneOfEach(t, openSQLite(t, dir))
	db := rawSQLite(t, filepath.Join(dir, "node.db"))
	for _, table := range addedOnly() {
		if count(t, db, table) == 0 {
			t.Errorf("%s is empty, so this tests nothing", table)
		}
		for _, text := range []string{"DELETE FROM " + table, "UPDATE " + table + " SET " + column(t, db, table) + " = " + column(t, db, table)} {
			_, err := db.ExecContext(t.Context(), text)
			if err == nil || !strings.Contains(err.Error(), table+" are only added") {
				t.Errorf("%s: got %v", text, err)
			}
		}
	}
}

// TestDeedsThatWereHereAreFoundByTheirAnnexes runs the migration on deeds of before.
func TestDeedsThatWereHereAreFoundByTheirAnnexes(t *testing.T) {
	dir := empty.Dir(t)
	s := openSQLite(t, dir)
	c := oneOfEach(t, s)
	migration, err := os.ReadFile("migrations/sqlite/node/0012_deed_annexes.sql")
	if err != nil {
		t.Fatal(err)
	}
	db := rawSQLite(t, filepath.Join(dir, "node.db"))
	for _, text := range []string{"DROP TABLE deed_annexes", string(migration)} {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	err = s.Collective().View(t.Context(), func(tx collective.Tx) error {
		named, err := tx.ListNaming(t.Context(), deed.AnnexHash(nil))
		if len(named) != 1 || named[0] != c.Hash() {
			t.Errorf("named by %v", named)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, db *sql.DB, table string) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// column gives the last column of a table.
func column(t *testing.T, db *sql.DB, table string) (name string) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), "SELECT name FROM pragma_table_info($1) ORDER BY cid DESC LIMIT 1", table).Scan(&name); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestNoStatementChangesOrRemovesDeedsAndFeeds(t *testing.T) {
	// A row that is inserted in place of another passes the triggers by.
	changes := regexp.MustCompile(`(?i)(UPDATE\s+|DELETE\s+FROM\s+|REPLACE\s+INTO\s+)(\w+)`)
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range changes.FindAllStringSubmatch(string(source), -1) {
			if slices.Contains(addedOnly(), found[2]) {
				t.Errorf("%s: %s", name, found[0])
			}
		}
	}
}

func TestDamagedDeedsAreNotGivenOut(t *testing.T) {
	dir := empty.Dir(t)
	s := openSQLite(t, dir)
	c := oneOfEach(t, s)
	db := rawSQLite(t, filepath.Join(dir, "node.db"))
	for _, text := range []string{
		"DROP TRIGGER deeds_are_not_changed", "UPDATE deeds SET raw = x'7b7d'",
		"DROP TRIGGER deed_signatures_are_not_changed", "UPDATE deed_signatures SET jws = 'y'",
		"UPDATE deed_states SET projection = '{'",
	} {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	for name, read := range map[string]func(collective.Tx) error{
		"deed":       func(tx collective.Tx) error { _, err := tx.FindDeed(t.Context(), c.Hash()); return err },
		"deeds":      func(tx collective.Tx) error { _, err := tx.ListDeeds(t.Context(), c.Hash()); return err },
		"signatures": func(tx collective.Tx) error { _, err := tx.ListSignatures(t.Context(), c.Hash(), ""); return err },
		"state":      func(tx collective.Tx) error { _, err := tx.FindState(t.Context(), c.Hash()); return err },
		"states": func(tx collective.Tx) error {
			_, err := tx.ListStates(t.Context(), collective.StateFilter{})
			return err
		},
	} {
		err := s.Collective().View(t.Context(), read)
		if err == nil || errors.Is(err, collective.ErrNotFound) {
			t.Errorf("%s: got %v, want an error about what is stored", name, err)
		}
	}
}

func TestTwoStoresOnOneFileNumberWithoutGapsAndDoubles(t *testing.T) {
	t.Parallel()
	dir := empty.Dir(t)
	const each = 40
	var wg sync.WaitGroup
	for range 2 {
		s := openSQLite(t, dir)
		wg.Go(func() {
			for range each {
				err := s.Collective().Update(t.Context(), func(tx collective.Tx) error { return addEntry(t, tx) })
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	err := openSQLite(t, dir).Collective().View(t.Context(), func(tx collective.Tx) error {
		lines, err := tx.ListLines(t.Context(), purchasing, 0, 0)
		for i, l := range lines {
			if l.Sequence != int64(i+1) || l.Entry.Number != l.Sequence {
				t.Errorf("line %d is %+v", i, l)
			}
		}
		if len(lines) != 2*each {
			t.Errorf("%d lines, want %d", len(lines), 2*each)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// addEntry adds the next entry to a dossier, which the first one founds.
func addEntry(t *testing.T, tx collective.Tx) error {
	t.Helper()
	home, err := tx.FindDossier(t.Context(), "$1$110$d")
	if errors.Is(err, collective.ErrNotFound) {
		home, err = &collective.Dossier{Head: deed.NewFeed("$1$110$d"), Keeper: purchasing}, nil
	}
	if err != nil {
		return err
	}
	home.Head.Number++
	_, err = tx.PutEntry(t.Context(), &deed.Entry{Dossier: home.Head.Dossier, Number: home.Head.Number})
	return errors.Join(err, tx.PutDossier(t.Context(), home))
}
