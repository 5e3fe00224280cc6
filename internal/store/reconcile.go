// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog/reconcile"
)

// sharedKind is a kind whose calls are between two Peers: each has a record of them.
type sharedKind struct {
	id       int64
	grant    string
	outgoing bool
	provider fsc.PeerID
	service  string
}

// sharedKinds finds the kinds of a scope.
func (l *LogStore) sharedKinds(ctx context.Context, s reconcile.Scope) (kinds []sharedKind, err error) {
	query := querySharedKinds(s)
	err = l.db.view(ctx, func(tx querier) (err error) {
		kinds, err = collect(ctx, tx, &query, func(rows *sql.Rows) (k sharedKind, err error) {
			err = rows.Scan(&k.id, &k.grant, &k.outgoing, &k.provider, &k.service)
			return k, err
		})
		return err
	})
	return kinds, err
}

func querySharedKinds(s reconcile.Scope) statement {
	var f filter
	self, other := f.param(string(s.Self)), f.param(string(s.Other))
	f.and("(outway_peer = " + self + " AND service_peer = " + other + " OR outway_peer = " + other + " AND service_peer = " + self + ")")
	if s.Grant != "" {
		f.and("grant_hash = " + f.param(s.Grant))
	}
	return statement{"SELECT id, grant_hash, outway_peer = " + self + ", service_peer, service_name FROM kinds" + f.where(), f.args}
}

// SharedCalls implements reconcile.Log.
func (l *LogStore) SharedCalls(ctx context.Context, s reconcile.Scope) ([]reconcile.Shared, error) {
	kinds, err := l.sharedKinds(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("read calls with a peer: %w", err)
	}
	all := make([]reconcile.Shared, len(kinds))
	for i, k := range kinds {
		all[i] = reconcile.Shared{Grant: k.grant, Outgoing: k.outgoing, Provider: k.provider, Service: k.service}
	}
	return all, nil
}

// CountCalls implements reconcile.Log.
func (l *LogStore) CountCalls(ctx context.Context, s reconcile.Scope, from, until reconcile.Hour) (map[reconcile.Hour]int64, error) {
	kinds, err := l.sharedKinds(ctx, s)
	counts := map[reconcile.Hour]int64{}
	for _, k := range kinds {
		query := queryHours(k, from, until)
		err = l.db.view(ctx, func(tx querier) error {
			_, err := collect(ctx, tx, &query, func(rows *sql.Rows) (none struct{}, err error) {
				var hour, calls int64
				err = rows.Scan(&hour, &calls)
				counts[reconcile.Hour(hour)] += calls
				return none, err
			})
			return err
		})
		if err != nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("count calls with a peer: %w", err)
	}
	return counts, nil
}

func queryHours(k sharedKind, from, until reconcile.Hour) statement {
	var f filter
	f.and("kind = " + f.param(k.id))
	f.and("direction = " + f.param(k.direction()))
	f.and("hour >= " + f.param(int64(from)))
	f.and("hour < " + f.param(int64(until)))
	return statement{"SELECT hour, calls FROM traffic_hours" + f.where(), f.args}
}

func (k sharedKind) direction() int {
	if k.outgoing {
		return numberOutgoing
	}
	return numberIncoming
}

// EachCall implements reconcile.Log.
func (l *LogStore) EachCall(ctx context.Context, s reconcile.Scope, from, until reconcile.Hour, take func(*reconcile.Call) error) error {
	kinds, err := l.sharedKinds(ctx, s)
	if err != nil {
		return fmt.Errorf("read calls with a peer: %w", err)
	}
	for _, k := range kinds {
		r := callRange{kind: k.id, outgoing: k.outgoing, from: micros(from.Time()), until: micros(until.Time())}
		err := l.eachCall(ctx, r, func(c *call) error {
			return take(&reconcile.Call{Grant: k.grant, Outgoing: k.outgoing, ID: c.id, RecordedAt: fromMicros(c.createdAt)})
		})
		if err != nil {
			return fmt.Errorf("read calls with a peer: %w", err)
		}
	}
	return nil
}
