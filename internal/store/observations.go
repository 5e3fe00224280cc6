// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/directory"
)

const (
	observationColumns = "directory, service_peer, service_name, delegator, protocol, manager_address, first_seen, last_seen, gone_since, events"
	observationKey     = "directory, service_peer, service_name, delegator"
)

// observedJSON is an event as it is stored.
type observedJSON struct {
	At   int64               `json:"at_us"`
	Kind directory.EventKind `json:"kind"`
	From string              `json:"from,omitzero"`
	To   string              `json:"to,omitzero"`
}

// Observe implements directory.History.
func (s *Store) Observe(ctx context.Context, of fsc.PeerID, compare func([]directory.Observation) directory.News) error {
	err := s.node.update(ctx, func(q querier) error {
		query := statement{"SELECT " + observationColumns + " FROM observations WHERE directory = $1", []any{string(of)}}
		known, err := collect(ctx, q, &query, scanObservation)
		if err != nil {
			return err
		}
		return storeNews(ctx, q, of, compare(known))
	})
	if err != nil {
		return fmt.Errorf("keep observations: %w", err)
	}
	return nil
}

func storeNews(ctx context.Context, q querier, of fsc.PeerID, n directory.News) error {
	for _, f := range n.Forgotten {
		_, err := q.ExecContext(ctx, `DELETE FROM observations
			WHERE directory = $1 AND service_peer = $2 AND service_name = $3 AND delegator = $4`,
			string(f.Directory), string(f.Provider), f.Name, string(f.Delegator))
		if err != nil {
			return err
		}
	}
	b := bulk[directory.Observation]{
		text: "INSERT INTO observations (" + observationColumns + ") VALUES ",
		suffix: " ON CONFLICT (" + observationKey + `) DO UPDATE SET protocol = excluded.protocol, manager_address = excluded.manager_address,
			last_seen = excluded.last_seen, gone_since = excluded.gone_since, events = excluded.events`,
		columns: 10, values: observationValues,
	}
	if err := b.insert(ctx, q, n.Changed, rowsAtOnce); err != nil {
		return err
	}
	if n.Seen.IsZero() {
		return nil
	}
	_, err := q.ExecContext(ctx, "UPDATE observations SET last_seen = $1 WHERE directory = $2 AND gone_since IS NULL", micros(n.Seen), string(of))
	return err
}

func observationValues(args []any, o *directory.Observation) ([]any, error) {
	events := make([]observedJSON, 0, len(o.Events))
	for _, e := range o.Events {
		events = append(events, observedJSON{At: micros(e.At), Kind: e.Kind, From: e.From, To: e.To})
	}
	encoded, err := json.Marshal(events)
	if err != nil {
		return nil, err
	}
	gone := sql.NullInt64{Int64: micros(o.GoneSince), Valid: !o.GoneSince.IsZero()}
	return append(args, string(o.Directory), string(o.Provider), o.Name, string(o.Delegator), string(o.Protocol), o.ManagerAddress,
		micros(o.FirstSeen), micros(o.LastSeen), gone, encoded), nil
}

// Observations implements directory.History.
func (s *Store) Observations(ctx context.Context, provider fsc.PeerID, name string) (all []directory.Observation, err error) {
	query := statement{
		"SELECT " + observationColumns + " FROM observations WHERE service_peer = $1 AND service_name = $2 ORDER BY directory, delegator",
		[]any{string(provider), name},
	}
	err = s.node.view(ctx, func(q querier) (err error) {
		all, err = collect(ctx, q, &query, scanObservation)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list observations: %w", err)
	}
	return all, nil
}

func scanObservation(rows *sql.Rows) (o directory.Observation, err error) {
	var first, last int64
	var gone sql.NullInt64
	var encoded []byte
	if err = rows.Scan(&o.Directory, &o.Provider, &o.Name, &o.Delegator, &o.Protocol, &o.ManagerAddress, &first, &last, &gone, &encoded); err != nil {
		return o, err
	}
	o.FirstSeen, o.LastSeen, o.GoneSince = fromMicros(first), fromMicros(last), time.Time{}
	if gone.Valid {
		o.GoneSince = fromMicros(gone.Int64)
	}
	var events []observedJSON
	if err = json.Unmarshal(encoded, &events); err != nil {
		return o, err
	}
	for _, e := range events {
		o.Events = append(o.Events, directory.Event{At: fromMicros(e.At), Kind: e.Kind, From: e.From, To: e.To})
	}
	return o, nil
}
