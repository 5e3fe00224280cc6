// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/samenspel/samenspel/internal/collective"
)

const deedDeliveryColumns = "id, peer_id, subject, attempts, next_at, problem, refused"

// PutDelivery implements collective.DeliveryTx. Times are kept in microseconds.
func (t *deedTx) PutDelivery(ctx context.Context, d *collective.Delivery) error {
	_, err := t.q.ExecContext(ctx, "INSERT INTO deed_deliveries ("+deedDeliveryColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET peer_id = excluded.peer_id, subject = excluded.subject, attempts = excluded.attempts,
			next_at = excluded.next_at, problem = excluded.problem, refused = excluded.refused`,
		d.ID, string(d.Peer), string(d.Subject), d.Attempts, micros(d.NextAt), d.Problem, number(d.Refused))
	if err != nil {
		return fmt.Errorf("put delivery of deed: %w", err)
	}
	return nil
}

// DeleteDelivery implements collective.DeliveryTx. One that isn't there is no error.
func (t *deedTx) DeleteDelivery(ctx context.Context, id string) error {
	if _, err := t.q.ExecContext(ctx, "DELETE FROM deed_deliveries WHERE id = $1", id); err != nil {
		return fmt.Errorf("delete delivery of deed: %w", err)
	}
	return nil
}

// LeaseDeliveries implements collective.DeliveryTx. Of more than most, those
// with the lowest IDs are taken.
func (t *deedTx) LeaseDeliveries(ctx context.Context, now time.Time, lease time.Duration, most int) ([]collective.Delivery, error) {
	if most <= 0 {
		return nil, nil
	}
	query := statement{
		`UPDATE deed_deliveries SET next_at = $1 WHERE id IN (
		SELECT id FROM deed_deliveries WHERE refused = 0 AND next_at <= $2 ORDER BY id LIMIT $3` + t.dialect.skipLocked +
			`) RETURNING ` + deedDeliveryColumns,
		[]any{micros(now.Add(lease)), micros(now), most},
	}
	leased, err := collect(ctx, t.q, &query, scanDeedDelivery)
	if err != nil {
		return nil, fmt.Errorf("lease deliveries of deeds: %w", err)
	}
	slices.SortFunc(leased, func(a, b collective.Delivery) int { return cmp.Compare(a.ID, b.ID) })
	return leased, nil
}

// ListDeliveries implements collective.DeliveryTx.
func (t *deedTx) ListDeliveries(ctx context.Context) ([]collective.Delivery, error) {
	query := statement{text: "SELECT " + deedDeliveryColumns + " FROM deed_deliveries ORDER BY id"}
	all, err := collect(ctx, t.q, &query, scanDeedDelivery)
	if err != nil {
		return nil, fmt.Errorf("list deliveries of deeds: %w", err)
	}
	return all, nil
}

func scanDeedDelivery(rows *sql.Rows) (d collective.Delivery, err error) {
	var nextAt int64
	var refused int
	err = rows.Scan(&d.ID, &d.Peer, &d.Subject, &d.Attempts, &nextAt, &d.Problem, &refused)
	d.NextAt, d.Refused = fromMicros(nextAt), refused == 1
	return d, err
}
