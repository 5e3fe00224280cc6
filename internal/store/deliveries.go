// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/internal/manager"
)

const deliveryColumns = "id, kind, content_hash, target, status, attempts, next_attempt, last_error, created_at, delivered_at"

// PutDelivery implements manager.DeliveryTx.
func (t *tx) PutDelivery(ctx context.Context, d manager.Delivery) error {
	deliveredAt := sql.NullInt64{Int64: micros(d.DeliveredAt), Valid: !d.DeliveredAt.IsZero()}
	_, err := t.q.ExecContext(ctx, `INSERT INTO deliveries (`+deliveryColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, content_hash = excluded.content_hash, target = excluded.target,
			status = excluded.status, attempts = excluded.attempts, next_attempt = excluded.next_attempt,
			last_error = excluded.last_error, created_at = excluded.created_at, delivered_at = excluded.delivered_at`,
		d.ID, string(d.Kind), string(d.ContentHash), string(d.Target), string(d.Status), d.Attempts,
		micros(d.NextAttempt), d.LastError, micros(d.CreatedAt), deliveredAt)
	if err != nil {
		return fmt.Errorf("put delivery: %w", err)
	}
	return nil
}

// LeaseDeliveries implements manager.DeliveryTx; the oldest come first. It
// takes those that have been due for longest.
func (t *tx) LeaseDeliveries(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]manager.Delivery, error) {
	if limit <= 0 {
		return nil, nil
	}
	query := statement{
		`UPDATE deliveries SET next_attempt = $1 WHERE id IN (
		SELECT id FROM deliveries WHERE status = 'waiting' AND next_attempt <= $2
		ORDER BY next_attempt, id LIMIT $3` + t.dialect.skipLocked + `) RETURNING ` + deliveryColumns,
		[]any{micros(now.Add(lease)), micros(now), limit},
	}
	leased, err := collect(ctx, t.q, &query, scanDelivery)
	if err != nil {
		return nil, fmt.Errorf("lease deliveries: %w", err)
	}
	slices.SortFunc(leased, func(a, b manager.Delivery) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.ID, b.ID))
	})
	return leased, nil
}

// ListDeliveries implements manager.DeliveryTx.
func (t *tx) ListDeliveries(ctx context.Context, df manager.DeliveryFilter) ([]manager.Delivery, error) {
	var f filter
	if df.ContentHash != "" {
		f.and("content_hash = " + f.param(string(df.ContentHash)))
	}
	if df.Target != "" {
		f.and("target = " + f.param(string(df.Target)))
	}
	if df.Undelivered {
		f.and("status <> 'delivered'")
	}
	text := "SELECT " + deliveryColumns + " FROM deliveries" + f.where() + orderBy(false, "created_at", "id") + f.limit(df.Limit)
	found, err := collect(ctx, t.q, &statement{text, f.args}, scanDelivery)
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	return found, nil
}

func scanDelivery(rows *sql.Rows) (d manager.Delivery, err error) {
	var nextAttempt, createdAt int64
	var deliveredAt sql.NullInt64
	err = rows.Scan(&d.ID, &d.Kind, &d.ContentHash, &d.Target, &d.Status, &d.Attempts,
		&nextAttempt, &d.LastError, &createdAt, &deliveredAt)
	d.NextAttempt, d.CreatedAt = fromMicros(nextAttempt), fromMicros(createdAt)
	if deliveredAt.Valid {
		d.DeliveredAt = fromMicros(deliveredAt.Int64)
	}
	return d, err
}
