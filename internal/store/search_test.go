// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
	"github.com/samenspel/samenspel/internal/txlog"
)

func TestSearchesFindTheirRowsByIndex(t *testing.T) {
	s := openSQLite(t, empty.Dir(t))
	at := time.Unix(1_800_000_000, 0)
	cursor := &txlog.Cursor{CreatedAt: 1, TransactionID: "x", Direction: txlog.DirectionIncoming}
	id := newRecord(1).TransactionID
	for _, q := range []txlog.Search{
		{Peer: "peer-a"},
		{ServiceName: "x", Direction: txlog.DirectionOutgoing},
		{GrantHash: "x", Before: cursor},
		{Peer: "peer-a", From: at, Until: at},
		{Peer: "peer-a", ServiceName: "x", GrantHash: "y", Direction: txlog.DirectionIncoming, From: at, Until: at, Before: cursor},
		{Peer: "peer-a", ServiceName: "x", After: cursor},
		{TransactionID: id[:8], After: cursor},
		{TransactionID: id},
		{TransactionID: id[:8], Peer: "peer-a", From: at, Until: at, Before: cursor, Direction: txlog.DirectionIncoming},
	} {
		q.Limit = 10
		kinds, records := store.SearchQueries(q)
		for _, query := range kinds {
			plan, err := s.Log().Plan(t.Context(), query)
			checkPlan(t, fmt.Sprintf("kinds of %+v", q), plan, err, false)
		}
		for i, query := range records {
			plan, err := s.Log().Plan(t.Context(), query)
			walks := q.TransactionID == "" && i < 2
			if walks { // stops after some records
				plan = slices.DeleteFunc(plan, func(line string) bool { return line == "SCAN r" })
			}
			checkPlan(t, fmt.Sprintf("records of %+v", q), plan, err, q.TransactionID == "")
			if q.TransactionID != "" && !strings.Contains(strings.Join(plan, "\n"), "records_by_transaction_id") {
				t.Errorf("%+v isn't found by its id: %q", q, plan)
			}
		}
	}
}

func TestCountedCallsAreFoundByIndex(t *testing.T) {
	s := openSQLite(t, empty.Dir(t))
	at := time.Unix(1_800_000_000, 0)
	for _, q := range []txlog.TrafficQuery{
		{PerHour: true},
		{PerHour: true, PerGrant: true},
		{PerGrant: true},
		{Peer: "peer-a"},
		{ServiceName: "x", PerHour: true},
		{GrantHashes: []string{"x", "y"}, PerGrant: true, Direction: txlog.DirectionIncoming},
	} {
		q.From, q.Until = at.AddDate(0, 0, -30), at
		plan, err := s.Log().Plan(t.Context(), store.TrafficQuery(q))
		plan = slices.DeleteFunc(plan, func(line string) bool { return line == "SCAN s" }) // what the parts gave
		checkPlan(t, fmt.Sprintf("%+v", q), plan, err, q.PerGrant)
	}
	plan, err := s.Log().Plan(t.Context(), store.NamesQuery(1, 2))
	checkPlan(t, "names of kinds", plan, err, true)
}

func TestPeopleAreFoundByIndex(t *testing.T) {
	s := openSQLite(t, empty.Dir(t))
	at := time.Unix(1_800_000_000, 0)
	events := func(f operator.EventFilter) func(operator.Tx) error {
		f.Limit = 10
		return func(tx operator.Tx) error { _, err := tx.ListEvents(t.Context(), f); return err }
	}
	found := func(err error) error {
		if errors.Is(err, operator.ErrNotFound) {
			return nil
		}
		return err
	}
	for name, run := range map[string]func(operator.Tx) error{
		"account":                func(tx operator.Tx) error { _, err := tx.FindAccount(t.Context(), "x"); return found(err) },
		"account by e-mail":      func(tx operator.Tx) error { _, err := tx.FindAccountByEmail(t.Context(), "x"); return found(err) },
		"account by subject":     func(tx operator.Tx) error { _, err := tx.FindAccountBySubject(t.Context(), "x"); return found(err) },
		"put account":            func(tx operator.Tx) error { return tx.PutAccount(t.Context(), &operator.Account{ID: "x", Email: "x"}) },
		"session":                func(tx operator.Tx) error { _, err := tx.FindSession(t.Context(), [32]byte{}); return found(err) },
		"sessions of":            func(tx operator.Tx) error { _, err := tx.ListSessions(t.Context(), "x"); return err },
		"expired sessions":       func(tx operator.Tx) error { return tx.DeleteSessionsBefore(t.Context(), at) },
		"token":                  func(tx operator.Tx) error { _, err := tx.FindToken(t.Context(), [32]byte{}); return found(err) },
		"tokens of":              func(tx operator.Tx) error { _, err := tx.ListTokens(t.Context(), "x"); return err },
		"events of an act":       events(operator.EventFilter{Act: "contract.accept", From: at, Until: at}),
		"events of a topic":      events(operator.EventFilter{Act: "contract", Before: 9}),
		"events of an act, back": events(operator.EventFilter{Act: "contract.accept", After: 9}),
		"events of an actor":     events(operator.EventFilter{Actor: "x", From: at}),
		"events of an object":    events(operator.EventFilter{Object: "x", Until: at, Text: "x"}),
		"events in a time":       events(operator.EventFilter{From: at, Until: at}),
	} {
		queries, err := s.PeopleQueries(t.Context(), run)
		if err != nil || len(queries) == 0 {
			t.Fatalf("%s: %d queries, %v", name, len(queries), err)
		}
		for _, q := range queries {
			plan, err := s.Plan(t.Context(), q)
			checkPlan(t, name, plan, err, strings.Contains(name, " of"))
		}
	}
}

func TestRecordsFromBeforeCountingAreCounted(t *testing.T) {
	dir := empty.Dir(t)
	s := openSQLite(t, dir)
	var recs []txlog.Record
	for n := range 500 {
		r := newRecord(n)
		r.CreatedAt = r.CreatedAt.Add(time.Duration(n) * 10 * time.Minute)
		recs = append(recs, r)
	}
	if err := s.Log().Index(t.Context(), recs, txlog.Position{Segment: 1}); err != nil {
		t.Fatal(err)
	}
	tables := []txlog.TrafficQuery{{}, {PerHour: true}, {PerGrant: true}, {PerHour: true, PerGrant: true}}
	counted := func() (all [][]txlog.Traffic) {
		for _, q := range tables {
			c, err := s.Log().Traffic(t.Context(), q)
			if err != nil || len(c) == 0 {
				t.Fatalf("%+v: %d, %v", q, len(c), err)
			}
			all = append(all, c)
		}
		return all
	}
	want := counted()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db := rawSQLite(t, filepath.Join(dir, "txlog.db"))
	if _, err := db.ExecContext(t.Context(), `DROP TABLE traffic_hours; DROP TABLE traffic_days; DROP TABLE traffic_totals;
		DROP INDEX records_by_sequence; ALTER TABLE records DROP COLUMN sequence; ALTER TABLE records DROP COLUMN link;
		DROP TABLE log_chain; DROP TABLE log_checkpoints; DROP TABLE removed_records; DELETE FROM schema_version WHERE version_id > 1`); err != nil {
		t.Fatal(err)
	}
	s = openSQLite(t, dir)
	for i, got := range counted() {
		if !slices.Equal(got, want[i]) {
			t.Errorf("%+v: %d groups, want %d, or other calls", tables[i], len(got), len(want[i]))
		}
	}
}

func TestTheDatabaseKeepsEvents(t *testing.T) {
	dir := empty.Dir(t)
	s := openSQLite(t, dir)
	err := s.People().Update(t.Context(), func(tx operator.Tx) error {
		return tx.AddEvent(t.Context(), &operator.Event{Sequence: 1, At: time.Unix(1, 0), Act: "account.login"})
	})
	if err != nil {
		t.Fatal(err)
	}
	db := rawSQLite(t, filepath.Join(dir, "node.db"))
	for _, text := range []string{"UPDATE events SET outcome = 'changed'", "DELETE FROM events"} {
		if _, err := db.ExecContext(t.Context(), text); err == nil || !strings.Contains(err.Error(), "events are only added") {
			t.Errorf("%s: got %v", text, err)
		}
	}
}
