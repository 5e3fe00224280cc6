// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/internal/collective/event"
)

const subscriptionColumns = "id, url, types, secret, created_at, ended_at, ended"

// PutSubscription implements event.Subscriptions.
func (t *eventTx) PutSubscription(ctx context.Context, s *event.Subscription) error {
	types, err := json.Marshal(s.Types)
	if err == nil {
		_, err = t.q.ExecContext(ctx, `INSERT INTO collective_event_subscriptions (`+subscriptionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (id) DO UPDATE SET url = excluded.url, types = excluded.types, secret = excluded.secret,
				created_at = excluded.created_at, ended_at = excluded.ended_at, ended = excluded.ended`,
			s.ID, s.URL, string(types), s.Secret.Reveal(), micros(s.CreatedAt), maybeMicros(s.EndedAt), string(s.Ended))
	}
	if err != nil {
		return fmt.Errorf("put subscription: %w", err)
	}
	return nil
}

// FindSubscription implements event.Subscriptions.
func (t *eventTx) FindSubscription(ctx context.Context, id string) (*event.Subscription, error) {
	query := statement{"SELECT " + subscriptionColumns + " FROM collective_event_subscriptions WHERE id = $1", []any{id}}
	found, err := collect(ctx, t.q, &query, scanSubscription)
	if err != nil {
		return nil, fmt.Errorf("find subscription: %w", err)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("find subscription: %w", event.ErrNotFound)
	}
	return &found[0], nil
}

// ListSubscriptions implements event.Subscriptions.
func (t *eventTx) ListSubscriptions(ctx context.Context) ([]event.Subscription, error) {
	query := statement{text: "SELECT " + subscriptionColumns + " FROM collective_event_subscriptions ORDER BY created_at, id"}
	found, err := collect(ctx, t.q, &query, scanSubscription)
	if err != nil {
		return nil, fmt.Errorf("list subscriptions: %w", err)
	}
	return found, nil
}

func scanSubscription(rows *sql.Rows) (s event.Subscription, err error) {
	var types []byte
	var createdAt int64
	var endedAt sql.NullInt64
	if err := rows.Scan(&s.ID, &s.URL, &types, &s.Secret, &createdAt, &endedAt, &s.Ended); err != nil {
		return s, err
	}
	s.CreatedAt, s.EndedAt = fromMicros(createdAt), fromMaybeMicros(endedAt)
	s.Types, err = readTexts(types)
	return s, err
}

// readTexts reads a list of texts; an empty one is nil, as it was given.
func readTexts(raw []byte) (texts []string, err error) {
	if err := json.Unmarshal(raw, &texts); err != nil || len(texts) == 0 {
		return nil, err
	}
	return texts, nil
}

// PutDelivery implements event.Deliveries.
func (t *eventTx) PutDelivery(ctx context.Context, d *event.Delivery) error {
	_, err := t.q.ExecContext(ctx, `INSERT INTO collective_event_deliveries
		(subscription, event, state, attempts, next_at, done_at, problem, status) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (subscription, event) DO UPDATE SET state = excluded.state, attempts = excluded.attempts,
			next_at = excluded.next_at, done_at = excluded.done_at, problem = excluded.problem, status = excluded.status`,
		d.Subscription, d.Event.Number, string(d.State), d.Attempts, micros(d.NextAt), maybeMicros(d.DoneAt), string(d.Problem), d.Status)
	if err != nil {
		return fmt.Errorf("put delivery of event: %w", err)
	}
	return nil
}

// LeaseDelivery implements event.Deliveries.
func (t *eventTx) LeaseDelivery(ctx context.Context, subscription string, now time.Time, lease time.Duration) (*event.Delivery, error) {
	query := statement{
		`UPDATE collective_event_deliveries SET next_at = $1 WHERE subscription = $2 AND event = (
		SELECT event FROM collective_event_deliveries WHERE subscription = $2 AND state = 'waiting' AND next_at <= $3
		ORDER BY event LIMIT 1` + t.dialect.skipLocked + `) RETURNING event`,
		[]any{micros(now.Add(lease)), subscription, micros(now)},
	}
	leased, err := collect(ctx, t.q, &query, scanInt64)
	if err != nil {
		return nil, fmt.Errorf("lease delivery of event: %w", err)
	}
	if len(leased) == 0 {
		return nil, event.ErrNotFound
	}
	return t.FindDelivery(ctx, subscription, leased[0])
}

// PostponeDeliveries implements event.Deliveries.
func (t *eventTx) PostponeDeliveries(ctx context.Context, subscription string, until time.Time) error {
	_, err := t.q.ExecContext(ctx, `UPDATE collective_event_deliveries SET next_at = $1
		WHERE subscription = $2 AND state = 'waiting' AND next_at < $1`, micros(until), subscription)
	if err != nil {
		return fmt.Errorf("postpone deliveries of events: %w", err)
	}
	return nil
}

// GiveUpDeliveries implements event.Deliveries.
func (t *eventTx) GiveUpDeliveries(ctx context.Context, subscription string, problem event.Problem, at time.Time) error {
	_, err := t.q.ExecContext(ctx, `UPDATE collective_event_deliveries SET state = 'given_up', done_at = $1, problem = $2
		WHERE subscription = $3 AND state = 'waiting'`, micros(at), string(problem), subscription)
	if err != nil {
		return fmt.Errorf("give up deliveries of events: %w", err)
	}
	return nil
}

// NextDelivery implements event.Deliveries.
func (t *eventTx) NextDelivery(ctx context.Context) (time.Time, error) {
	query := statement{text: "SELECT next_at FROM collective_event_deliveries WHERE state = 'waiting' ORDER BY next_at LIMIT 1"}
	found, err := collect(ctx, t.q, &query, scanInt64)
	if err != nil {
		return time.Time{}, fmt.Errorf("find next delivery of events: %w", err)
	}
	if len(found) == 0 {
		return time.Time{}, nil
	}
	return fromMicros(found[0]), nil
}

const deliveryOfEvent = `SELECT d.subscription, e.number, e.id, e.type, e.subject, e.at, d.state, d.attempts, d.next_at, d.done_at, d.problem, d.status
	FROM collective_event_deliveries d JOIN collective_events e ON e.number = d.event`

// FindDelivery implements event.Deliveries.
func (t *eventTx) FindDelivery(ctx context.Context, subscription string, number int64) (*event.Delivery, error) {
	query := statement{deliveryOfEvent + " WHERE d.subscription = $1 AND d.event = $2", []any{subscription, number}}
	found, err := collect(ctx, t.q, &query, scanDeliveryOfEvent)
	if err != nil {
		return nil, fmt.Errorf("find delivery of event: %w", err)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("find delivery of event: %w", event.ErrNotFound)
	}
	return &found[0], nil
}

// ListDeliveries implements event.Deliveries.
func (t *eventTx) ListDeliveries(ctx context.Context, df event.DeliveryFilter) ([]event.Delivery, error) {
	var f filter
	if df.Subscription != "" {
		f.and("d.subscription = " + f.param(df.Subscription))
	}
	if df.State != "" {
		f.and("d.state = " + f.param(string(df.State)))
	}
	if df.Before != 0 {
		f.and("d.event < " + f.param(df.Before))
	}
	text := deliveryOfEvent + f.where() + orderBy(true, "d.event", "d.subscription") + f.limit(df.Limit)
	found, err := collect(ctx, t.q, &statement{text, f.args}, scanDeliveryOfEvent)
	if err != nil {
		return nil, fmt.Errorf("list deliveries of events: %w", err)
	}
	return found, nil
}

func scanDeliveryOfEvent(rows *sql.Rows) (d event.Delivery, err error) {
	var at, nextAt int64
	var doneAt sql.NullInt64
	err = rows.Scan(&d.Subscription, &d.Event.Number, &d.Event.ID, &d.Event.Type, &d.Event.Subject, &at,
		&d.State, &d.Attempts, &nextAt, &doneAt, &d.Problem, &d.Status)
	d.Event.At, d.NextAt, d.DoneAt = fromMicros(at), fromMicros(nextAt), fromMaybeMicros(doneAt)
	return d, err
}

func scanInt64(rows *sql.Rows) (n int64, err error) {
	err = rows.Scan(&n)
	return n, err
}
