// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/samenspel/samenspel/internal/collective"
)

// Collective gives the storage of deeds and feeds, which is in the same file as
// that of the Manager. It lives as long as its Store.
func (s *Store) Collective() collective.Store { return deeds{s.node} }

// deeds is a collective.Store.
type deeds struct{ db *database }

// Update implements collective.Store. fn must not call Update itself.
func (d deeds) Update(ctx context.Context, fn func(collective.Tx) error) error {
	return d.db.update(ctx, func(q querier) error { return fn(&deedTx{q: q, dialect: d.db.dialect}) })
}

// View implements collective.Store.
func (d deeds) View(ctx context.Context, fn func(collective.Tx) error) error {
	return d.db.view(ctx, func(q querier) error { return fn(&deedTx{q: q, dialect: d.db.dialect}) })
}

// deedTx is a collective.Tx.
type deedTx struct {
	q       querier
	dialect dialect
}

// numbered is something that gets numbers of its own, from 1 and rising.
type numbered string

const (
	numberedEntries     numbered = "entries"
	numberedAlarms      numbered = "alarms"
	numberedTransitions numbered = "transitions"
)

// next takes some numbers and gives the first. Their row stays locked until the
// transaction ends, so numbers become visible in order and without gaps.
func (t *deedTx) next(ctx context.Context, of numbered, count int) (int64, error) {
	query := statement{"UPDATE collective_numbers SET last = last + $1 WHERE name = $2 RETURNING last", []any{count, string(of)}}
	last, err := onlyOne(ctx, t.q, &query, scanNumber)
	if err != nil {
		return 0, fmt.Errorf("take a number of %s: %w", of, err)
	}
	return *last - int64(count) + 1, nil
}

// onlyOne gives the first row, or collective.ErrNotFound.
func onlyOne[T any](ctx context.Context, q querier, s *statement, scan func(*sql.Rows) (T, error)) (*T, error) {
	found, err := collect(ctx, q, s, scan)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, collective.ErrNotFound
	}
	return &found[0], nil
}

// added tells whether an insert that leaves alone what is there wrote a row.
func (t *deedTx) added(ctx context.Context, text string, args ...any) (bool, error) {
	n, err := execute(ctx, t.q, text, args...)
	return n > 0, err
}

// errOtherBytes is about something that was given under a hash of something else.
var errOtherBytes = errors.New("the hash is not that of these bytes")
