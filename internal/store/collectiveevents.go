// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/event"
)

// Events gives the storage of what happened to deeds and of who is told, which
// is in the same file as that of the Manager. It lives as long as its Store.
func (s *Store) Events() event.Store { return events{s.node} }

// events is an event.Store.
type events struct{ db *database }

// Update implements event.Store.
func (e events) Update(ctx context.Context, fn func(event.Tx) error) error {
	return e.db.update(ctx, func(q querier) error { return fn(&eventTx{q, e.db.dialect}) })
}

// View implements event.Store.
func (e events) View(ctx context.Context, fn func(event.Tx) error) error {
	return e.db.view(ctx, func(q querier) error { return fn(&eventTx{q, e.db.dialect}) })
}

// eventTx is an event.Tx.
type eventTx struct {
	q       querier
	dialect dialect
}

// Position implements event.Log.
func (t *eventTx) Position(ctx context.Context) (event.Position, error) {
	query := statement{text: "SELECT transition, number FROM collective_event_position"}
	found, err := collect(ctx, t.q, &query, func(rows *sql.Rows) (p event.Position, err error) {
		err = rows.Scan(&p.Transition, &p.Number)
		return p, err
	})
	if err != nil {
		return event.Position{}, fmt.Errorf("read position of events: %w", err)
	}
	if len(found) == 0 {
		return event.Position{}, nil
	}
	return found[0], nil
}

// PutPosition implements event.Log.
func (t *eventTx) PutPosition(ctx context.Context, p event.Position) error {
	_, err := t.q.ExecContext(ctx, `INSERT INTO collective_event_position (one, transition, number) VALUES (1, $1, $2)
		ON CONFLICT (one) DO UPDATE SET transition = excluded.transition, number = excluded.number`, p.Transition, p.Number)
	if err != nil {
		return fmt.Errorf("put position of events: %w", err)
	}
	return nil
}

// AddEvent implements event.Log.
func (t *eventTx) AddEvent(ctx context.Context, e *event.Event) (bool, error) {
	n, err := execute(ctx, t.q, `INSERT INTO collective_events (number, id, type, subject, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO NOTHING`, e.Number, e.ID, e.Type, string(e.Subject), micros(e.At))
	if err != nil {
		return false, fmt.Errorf("add event: %w", err)
	}
	return n == 1, nil
}

// ListEvents implements event.Log.
func (t *eventTx) ListEvents(ctx context.Context, after int64, limit int) ([]event.Event, error) {
	var f filter
	f.and("number > " + f.param(after))
	text := "SELECT number, id, type, subject, at FROM collective_events" + f.where() + orderBy(false, "number") + f.limit(limit)
	found, err := collect(ctx, t.q, &statement{text, f.args}, func(rows *sql.Rows) (e event.Event, err error) {
		var at int64
		err = rows.Scan(&e.Number, &e.ID, &e.Type, &e.Subject, &at)
		e.At = fromMicros(at)
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	return found, nil
}

// FindWatch implements event.Log.
func (t *eventTx) FindWatch(ctx context.Context, d deed.Hash) (*event.Watch, error) {
	query := statement{"SELECT overlays, clock FROM collective_event_watches WHERE deed = $1", []any{string(d)}}
	found, err := collect(ctx, t.q, &query, func(rows *sql.Rows) (*event.Watch, error) {
		w := event.Watch{Deed: d}
		var overlays []byte
		err := rows.Scan(&overlays, &w.Clock)
		if err == nil {
			w.Overlays, err = readTexts(overlays)
		}
		return &w, err
	})
	if err != nil {
		return nil, fmt.Errorf("find watch: %w", err)
	}
	if len(found) == 0 {
		return &event.Watch{Deed: d}, nil
	}
	return found[0], nil
}

// PutWatch implements event.Log.
func (t *eventTx) PutWatch(ctx context.Context, w *event.Watch) error {
	overlays, err := json.Marshal(w.Overlays)
	if err == nil {
		_, err = t.q.ExecContext(ctx, `INSERT INTO collective_event_watches (deed, overlays, clock) VALUES ($1, $2, $3)
			ON CONFLICT (deed) DO UPDATE SET overlays = excluded.overlays, clock = excluded.clock`, string(w.Deed), string(overlays), w.Clock)
	}
	if err != nil {
		return fmt.Errorf("put watch: %w", err)
	}
	return nil
}

// Prune implements event.Log. Of subscriptions that ended before that time goes
// what nothing points to.
func (t *eventTx) Prune(ctx context.Context, before time.Time) error {
	for _, text := range []string{
		`DELETE FROM collective_event_deliveries WHERE state <> 'waiting'
			AND event IN (SELECT number FROM collective_events WHERE at < $1)`,
		`DELETE FROM collective_events WHERE at < $1
			AND NOT EXISTS (SELECT 1 FROM collective_event_deliveries d WHERE d.event = collective_events.number)`,
		`DELETE FROM collective_event_subscriptions WHERE ended_at < $1
			AND NOT EXISTS (SELECT 1 FROM collective_event_deliveries d WHERE d.subscription = collective_event_subscriptions.id)`,
	} {
		if _, err := t.q.ExecContext(ctx, text, micros(before)); err != nil {
			return fmt.Errorf("prune events: %w", err)
		}
	}
	return nil
}
