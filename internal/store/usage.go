// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/idset"
)

// callsAtOnce is how many calls of a month are read in one transaction: a month
// of millions mustn't keep the log from tidying up behind its writer.
const callsAtOnce = 10_000

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

// callsOfKind adds the calls of one kind to ids, page by page.
func (l *LogStore) callsOfKind(ctx context.Context, q *usage.Query, kind int64, ids []usage.ID) ([]usage.ID, error) {
	for after := (callPlace{micros(q.From.Add(-idset.Slack)), []byte{}}); ; {
		var page []call
		query := queryCalls(q, kind, after)
		err := l.db.view(ctx, func(tx querier) (err error) {
			page, err = collect(ctx, tx, &query, scanCall)
			return err
		})
		if err != nil {
			return nil, err
		}
		for i := range page {
			if q.Takes(page[i].id, fromMicros(page[i].createdAt)) {
				ids = append(ids, page[i].id)
			}
		}
		if len(ids) > usage.MaxCalls {
			return nil, usage.TooMany()
		}
		if len(page) < callsAtOnce {
			return ids, nil
		}
		last := &page[len(page)-1]
		after = callPlace{last.createdAt, last.id[:]}
	}
}

type call struct {
	createdAt int64
	id        usage.ID
}

// callPlace is the place of a call among those of its kind. An empty id comes before
// all calls of that moment.
type callPlace struct {
	createdAt int64
	id        []byte
}

// queryCalls gives the calls behind a place that can belong to the month: those
// recorded in it, or at most the slack from it.
func queryCalls(q *usage.Query, kind int64, after callPlace) statement {
	direction := numberIncoming
	if q.Outgoing {
		direction = numberOutgoing
	}
	var f filter
	f.and("kind = " + f.param(kind))
	f.and("direction = " + f.param(direction))
	f.and("(created_at, transaction_id) > (" + f.param(after.createdAt) + ", " + f.param(after.id) + ")")
	f.and("created_at < " + f.param(micros(q.Until.Add(idset.Slack))))
	text := "SELECT created_at, transaction_id FROM records" + f.where() + orderBy(false, "created_at", "transaction_id") + f.limit(callsAtOnce)
	return statement{text, f.args}
}

func scanCall(rows *sql.Rows) (c call, err error) {
	var id sql.RawBytes
	err = rows.Scan(&c.createdAt, &id)
	copy(c.id[:], id)
	return c, err
}
