// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"

	"github.com/samenspel/samenspel/internal/txlog"
)

const (
	recordColumns = `transaction_id, direction, grant_hash, group_id, service_name, outway_peer, service_peer,
		source_delegator, destination_delegator, created_at, trace_id, span_id, additional_data`
	selectRecord = `SELECT r.transaction_id, r.direction, r.grant_hash, r.group_id, r.service_name, r.outway_peer, r.service_peer,
		r.source_delegator, r.destination_delegator, r.created_at, r.trace_id, r.span_id, r.additional_data`
)

// Records implements txlog.Reader. It gives an error that wraps
// txlog.ErrTooManyTransactionIDs when the query isn't valid.
func (l *LogStore) Records(ctx context.Context, q txlog.Query) (records []txlog.Record, err error) {
	if err := q.Validate(); err != nil {
		return nil, fmt.Errorf("read log records: %w", err)
	}
	query := queryRecords(q)
	err = l.db.view(ctx, func(q querier) (err error) {
		records, err = collect(ctx, q, &query, scanRecord)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read log records: %w", err)
	}
	return records, nil
}

// queryRecords says in SQL what txlog.Query.Matches says. The rule of who may
// read comes first, whatever else is asked (FSC Logging, GET /logs).
func queryRecords(q txlog.Query) statement {
	var f filter
	from, ordered := " FROM records r", "r"
	if q.Reader != "" {
		// The table of readers leads, since it is in the order of the listing;
		// the record itself has the last word.
		from, ordered = ` FROM readers v JOIN records r ON r.transaction_id = v.transaction_id
			AND r.direction = v.direction AND r.created_at = v.created_at`, "v"
		reader := f.param(string(q.Reader))
		f.and("v.peer_id = " + reader)
		f.and(reader + " IN (r.outway_peer, r.service_peer, r.source_delegator, r.destination_delegator)")
	}
	created, id, direction := ordered+".created_at", ordered+".transaction_id", ordered+".direction"
	limit := q.Limit
	if len(q.TransactionIDs) > 0 {
		f.and("r.transaction_id IN (" + params(&f, q.TransactionIDs) + ")")
		limit = 0
	} else {
		filterTime(&f, created, q)
		filterLists(&f, q)
		if c := q.Cursor; c != nil {
			f.and("(" + created + ", " + id + ", " + direction + ")" + behind(q.Descending) + "(" +
				f.param(c.CreatedAt) + ", " + f.param(c.TransactionID) + ", " + f.param(cursorDirection(c.Direction, q.Descending)) + ")")
		}
	}
	text := selectRecord + from + f.where() + orderBy(q.Descending, created, id, direction)
	text += f.limit(limit)
	return statement{text, f.args}
}

// filterTime compares whole seconds, which is what the wire shows.
func filterTime(f *filter, column string, q txlog.Query) {
	const second = 1_000_000
	if q.After != nil {
		if *q.After >= math.MaxInt64/second-1 {
			f.and("1 = 0")
			return
		}
		f.and(column + " >= " + f.param(max(*q.After+1, math.MinInt64/second)*second))
	}
	if q.Before != nil {
		f.and(column + " < " + f.param(max(min(*q.Before, math.MaxInt64/second), math.MinInt64/second)*second))
	}
}

func filterLists(f *filter, q txlog.Query) {
	switch grants, services := len(q.GrantHashes) > 0, len(q.ServiceNames) > 0; {
	case grants && services:
		f.and("(r.grant_hash IN (" + params(f, q.GrantHashes) + ") OR r.service_name IN (" + params(f, q.ServiceNames) + "))")
	case grants:
		f.and("r.grant_hash IN (" + params(f, q.GrantHashes) + ")")
	case services:
		f.and("r.service_name IN (" + params(f, q.ServiceNames) + ")")
	}
}

// cursorDirection gives the number to compare with. A direction that doesn't
// exist keeps the place of its name between the numbers.
func cursorDirection(d txlog.Direction, descending bool) int {
	before, upTo := 0, 0
	for _, name := range []txlog.Direction{txlog.DirectionIncoming, txlog.DirectionOutgoing} {
		if name < d {
			before++
		}
		if name <= d {
			upTo++
		}
	}
	if descending {
		return before + 1
	}
	return upTo
}

func scanRecord(rows *sql.Rows) (r txlog.Record, err error) {
	var direction int
	var createdAt int64
	err = rows.Scan(&r.TransactionID, &direction, &r.GrantHash, &r.GroupID, &r.ServiceName, &r.OutwayPeerID, &r.ServicePeerID,
		&r.SourceDelegator, &r.DestinationDelegator, &createdAt, &r.TraceID, &r.SpanID, &r.AdditionalData)
	r.CreatedAt = fromMicros(createdAt)
	r.Direction = txlog.DirectionIncoming
	if direction == numberOutgoing {
		r.Direction = txlog.DirectionOutgoing
	}
	return r, err
}
