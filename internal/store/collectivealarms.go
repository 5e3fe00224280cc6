// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// PutCheckpoint implements collective.FeedTx. The chain has to be there.
func (t *deedTx) PutCheckpoint(ctx context.Context, c *collective.Checkpoint) error {
	_, err := t.q.ExecContext(ctx, `INSERT INTO feed_checkpoints (dossier, number, head, jws, thumbprint) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (dossier, number) DO NOTHING`,
		string(c.Dossier), c.Number, string(c.Head), c.JWS, c.Thumbprint)
	if err != nil {
		return fmt.Errorf("put checkpoint: %w", err)
	}
	return nil
}

// FindCheckpoint implements collective.FeedTx.
func (t *deedTx) FindCheckpoint(ctx context.Context, dossier deed.Hash, number int64) (*collective.Checkpoint, error) {
	var f filter
	f.and("dossier = " + f.param(string(dossier)))
	if number != 0 {
		f.and("number = " + f.param(number))
	}
	query := statement{"SELECT dossier, number, head, jws, thumbprint FROM feed_checkpoints" + f.where() + " ORDER BY number DESC LIMIT 1", f.args}
	c, err := onlyOne(ctx, t.q, &query, func(rows *sql.Rows) (c collective.Checkpoint, err error) {
		err = rows.Scan(&c.Dossier, &c.Number, &c.Head, &c.JWS, &c.Thumbprint)
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("find checkpoint: %w", err)
	}
	return c, nil
}

// PutAlarm implements collective.FeedTx.
func (t *deedTx) PutAlarm(ctx context.Context, a *collective.Alarm) error {
	number, err := t.next(ctx, numberedAlarms, 1)
	if err != nil {
		return fmt.Errorf("put alarm: %w", err)
	}
	var proof any // NULL if there is none
	if len(a.Proof) > 0 {
		proof = a.Proof
	}
	_, err = t.q.ExecContext(ctx, "INSERT INTO feed_alarms (number, at, peer_id, dossier, code, detail, proof) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		number, a.At, string(a.Peer), string(a.Dossier), a.Code, a.Detail, proof)
	if err != nil {
		return fmt.Errorf("put alarm: %w", err)
	}
	return nil
}

// ListAlarms implements collective.FeedTx: what was put last comes first. A
// limit of 0 is none.
func (t *deedTx) ListAlarms(ctx context.Context, limit int) ([]collective.Alarm, error) {
	var f filter
	text := "SELECT at, peer_id, dossier, code, detail, proof FROM feed_alarms ORDER BY number DESC" + f.limit(limit)
	query := statement{text, f.args}
	all, err := collect(ctx, t.q, &query, func(rows *sql.Rows) (a collective.Alarm, err error) {
		err = rows.Scan(&a.At, &a.Peer, &a.Dossier, &a.Code, &a.Detail, &a.Proof)
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("list alarms: %w", err)
	}
	return all, nil
}

// Cursor implements collective.FeedTx.
func (t *deedTx) Cursor(ctx context.Context, name string) (int64, error) {
	query := statement{"SELECT at FROM feed_cursors WHERE name = $1", []any{name}}
	at, err := onlyOne(ctx, t.q, &query, scanNumber)
	if errors.Is(err, collective.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("find cursor: %w", err)
	}
	return *at, nil
}

// PutCursor implements collective.FeedTx.
func (t *deedTx) PutCursor(ctx context.Context, name string, at int64) error {
	_, err := t.q.ExecContext(ctx, "INSERT INTO feed_cursors (name, at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET at = excluded.at", name, at)
	if err != nil {
		return fmt.Errorf("put cursor: %w", err)
	}
	return nil
}
