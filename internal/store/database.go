// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"
)

const (
	// maxAttempts bounds how often a transaction is run, for callers without a
	// deadline.
	maxAttempts = 10
	firstPause  = 5 * time.Millisecond
	longestWait = 500 * time.Millisecond
)

// querier is a transaction as the queries see it.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// database is one database with its pools.
type database struct {
	writer, reader *sql.DB
	dialect        dialect
	logger         *slog.Logger
}

func (d *database) close() error { return errors.Join(d.reader.Close(), d.writer.Close()) }

func (d *database) ping(ctx context.Context) error {
	return d.view(ctx, func(q querier) error {
		_, err := exists(ctx, q, "SELECT version_id FROM schema_version LIMIT 1") // reads the file
		return err
	})
}

func (d *database) view(ctx context.Context, fn func(querier) error) error {
	return run(ctx, d.reader, &sql.TxOptions{ReadOnly: true}, fn)
}

func (d *database) update(ctx context.Context, fn func(querier) error) error {
	for attempt := 1; ; attempt++ {
		err := run(ctx, d.writer, nil, fn)
		if err == nil || attempt == maxAttempts || !d.dialect.retryable(err) {
			return err
		}
		d.logger.DebugContext(ctx, "transaction is run again", "attempt", attempt, "error", err)
		if ended := pause(ctx, attempt); ended != nil {
			return errors.Join(err, ended)
		}
	}
}

// pause waits longer after each attempt, and never equally long in two processes.
func pause(ctx context.Context, attempt int) error {
	limit := min(firstPause<<attempt, longestWait)
	timer := time.NewTimer(limit/2 + rand.N(limit/2)) //nolint:gosec // spreads load, protects nothing
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func run(ctx context.Context, pool *sql.DB, opts *sql.TxOptions, fn func(querier) error) error {
	err := runIn(ctx, pool, opts, fn)
	if ended := ctx.Err(); err != nil && ended != nil && !errors.Is(err, ended) {
		// Drivers say it in their own words.
		return errors.Join(ended, err)
	}
	return err
}

func runIn(ctx context.Context, pool *sql.DB, opts *sql.TxOptions, fn func(querier) error) error {
	t, err := pool.BeginTx(ctx, opts)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	done := false
	defer func() {
		if !done {
			_ = t.Rollback() // fn's error or panic is what matters
		}
	}()
	if err := fn(t); err != nil {
		return err
	}
	done = true
	if err := t.Commit(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}

// closeRows joins the errors a loop over rows can end with.
func closeRows(rows *sql.Rows, err error) error {
	return errors.Join(err, rows.Err(), rows.Close())
}

// collect reads all rows of a query.
func collect[T any](ctx context.Context, q querier, s *statement, scan func(*sql.Rows) (T, error)) ([]T, error) {
	rows, err := q.QueryContext(ctx, s.text, s.args...)
	if err != nil {
		return nil, err
	}
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, closeRows(rows, err)
		}
		all = append(all, v)
	}
	return all, closeRows(rows, nil)
}

// execute runs a statement and tells how many rows it touched.
func execute(ctx context.Context, q querier, text string, args ...any) (int64, error) {
	result, err := q.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// exists tells whether a query has a row.
func exists(ctx context.Context, q querier, text string, args ...any) (bool, error) {
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return false, err
	}
	found := rows.Next()
	return found, closeRows(rows, nil)
}

func micros(t time.Time) int64 { return t.UnixMicro() }

func fromMicros(n int64) time.Time { return time.UnixMicro(n).UTC() }
