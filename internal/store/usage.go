// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/idset"
)

// TransactionIDs implements usage.Log. The records of a connection stand in the order of
// time, and a month of them is read once and sorted here. An index by ID would spare the
// sorting, for a write with every call.
func (l *LogStore) TransactionIDs(ctx context.Context, q usage.Query) ([]usage.ID, error) {
	if len(q.GrantHashes) == 0 {
		return nil, nil
	}
	kinds, err := l.kindsOfGrants(ctx, q.GrantHashes)
	if err != nil {
		return nil, fmt.Errorf("read calls of grants: %w", err)
	}
	var ids []usage.ID
	for _, kind := range kinds {
		if ids, err = l.callsOfKind(ctx, &q, kind, ids); err != nil {
			return nil, fmt.Errorf("read calls of grants: %w", err)
		}
	}
	slices.SortFunc(ids, func(a, b usage.ID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(ids), nil
}

func (l *LogStore) kindsOfGrants(ctx context.Context, hashes []string) (kinds []int64, err error) {
	query := findKinds(txlog.Query{GrantHashes: hashes})
	err = l.db.view(ctx, func(tx querier) (err error) {
		kinds, err = collect(ctx, tx, &query, scanKindID)
		return err
	})
	return kinds, err
}

// callsOfKind adds the calls of one kind to ids.
func (l *LogStore) callsOfKind(ctx context.Context, q *usage.Query, kind int64, ids []usage.ID) ([]usage.ID, error) {
	r := callRange{kind: kind, outgoing: q.Outgoing, from: micros(q.From.Add(-idset.Slack)), until: micros(q.Until.Add(idset.Slack))}
	err := l.eachCall(ctx, r, func(c *call) error {
		if q.Takes(c.id, fromMicros(c.createdAt)) {
			ids = append(ids, c.id)
		}
		if len(ids) > usage.MaxCalls {
			return usage.TooMany()
		}
		return nil
	})
	return ids, err
}
