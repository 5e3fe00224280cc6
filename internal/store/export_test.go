// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/txlog"
)

// Fold and DecodeChain are tested on their own.
var (
	Fold        = fold
	DecodeChain = decodeChain
	EncodeChain = encodeChain
	EncodeID    = encodeID
	DecodeID    = decodeID
	IDPlace     = idPlace
)

// Query is a statement that reached the database.
type Query struct {
	Text string
	Args []any
}

type recorder struct {
	q    querier
	seen []Query
}

func (r *recorder) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	r.seen = append(r.seen, Query{text, args})
	return r.q.ExecContext(ctx, text, args...)
}

func (r *recorder) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	r.seen = append(r.seen, Query{text, args})
	return r.q.QueryContext(ctx, text, args...)
}

func (r *recorder) PrepareContext(ctx context.Context, text string) (*sql.Stmt, error) {
	return r.q.PrepareContext(ctx, text)
}

// Queries gives what fn sends to the database; its effects are undone.
func (s *Store) Queries(ctx context.Context, fn func(manager.Tx) error) ([]Query, error) {
	undo := errors.New("undo")
	var r recorder
	err := s.node.update(ctx, func(q querier) error {
		r = recorder{q: q}
		if err := fn(&tx{q: &r, dialect: s.node.dialect}); err != nil {
			return err
		}
		return undo
	})
	if errors.Is(err, undo) {
		err = nil
	}
	return r.seen, err
}

// ListingQuery gives the query of a listing of services.
func ListingQuery(f directory.Filter, at time.Time) Query {
	s := listServices(f, at)
	return Query{s.text, s.args}
}

// RecordQueries gives the queries of a listing of log records, with one of
// those that are done for each kind.
func RecordQueries(q txlog.Query) []Query {
	if !limitedToKinds(q) {
		s := queryRecords(q)
		return []Query{{s.text, s.args}}
	}
	kinds, records := findKinds(q), queryKind(q, 1)
	return []Query{{kinds.text, kinds.args}, {records.text, records.args}}
}

// CallQueries gives the queries for the calls of some grants, with the second page
// of one kind.
func CallQueries(q usage.Query) []Query {
	kinds, calls := findKinds(txlog.Query{GrantHashes: q.GrantHashes}), queryCalls(callRange{kind: 1, outgoing: q.Outgoing, until: 2}, callPlace{1, make([]byte, idSize)})
	return []Query{{kinds.text, kinds.args}, {calls.text, calls.args}}
}

// Plan tells how the node's database answers a query, line by line.
func (s *Store) Plan(ctx context.Context, query Query) ([]string, error) {
	return s.node.plan(ctx, query)
}

// Plan tells how the log's database answers a query, line by line.
func (l *LogStore) Plan(ctx context.Context, query Query) ([]string, error) {
	return l.db.plan(ctx, query)
}

func (d *database) plan(ctx context.Context, query Query) (plan []string, err error) {
	s := statement{"EXPLAIN QUERY PLAN " + query.Text, query.Args}
	err = d.view(ctx, func(q querier) error {
		plan, err = collect(ctx, q, &s, func(rows *sql.Rows) (line string, err error) {
			var ignored int
			err = rows.Scan(&ignored, &ignored, &ignored, &line)
			return line, err
		})
		return err
	})
	return plan, err
}

// Schemas gives the definitions in both databases.
func (s *Store) Schemas(ctx context.Context) (node, log []string, err error) {
	all := statement{text: "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type DESC, name"}
	text := func(rows *sql.Rows) (line string, err error) {
		err = rows.Scan(&line)
		return line, err
	}
	read := func(d *database) (lines []string) {
		err = errors.Join(err, d.view(ctx, func(q querier) error {
			var failed error
			lines, failed = collect(ctx, q, &all, text)
			return failed
		}))
		return lines
	}
	return read(s.node), read(s.log.db), err
}
