// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strings"

	"github.com/samenspel/samenspel/internal/txlog"
)

// selectRecords joins in the order that is written: the order of the listing
// is that of an index of records.
const selectRecords = `SELECT r.created_at, r.transaction_id, r.direction, r.trace_id, r.span_id, r.additional_data,
	k.grant_hash, k.group_id, k.service_name, k.outway_peer, k.service_peer, k.source_delegator, k.destination_delegator
	FROM records r CROSS JOIN kinds k`

// Records implements txlog.Reader. It gives an error that wraps
// txlog.ErrTooManyTransactionIDs when the query isn't valid.
func (l *LogStore) Records(ctx context.Context, q txlog.Query) (records []txlog.Record, err error) {
	if err := q.Validate(); err != nil {
		return nil, fmt.Errorf("read log records: %w", err)
	}
	err = l.db.view(ctx, func(tx querier) (err error) {
		if limitedToKinds(q) {
			records, err = readRecordPage(ctx, tx, q)
			return err
		}
		query := queryRecords(q)
		records, err = collect(ctx, tx, &query, scanRecord)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read log records: %w", err)
	}
	return records, nil
}

// limitedToKinds tells whether a page of the records of some kinds is asked.
func limitedToKinds(q txlog.Query) bool {
	return len(q.TransactionIDs) == 0 && (q.Reader != "" || len(q.GrantHashes) > 0 || len(q.ServiceNames) > 0)
}

// queryRecords says in SQL what txlog.Query.Matches says, except for the lists.
func queryRecords(q txlog.Query) statement {
	f := filterRecords(q)
	text := selectRecords + f.where() + orderOfRecords(q)
	if len(q.TransactionIDs) == 0 {
		text += f.limit(q.Limit)
	}
	return statement{text, f.args}
}

// queryKind is the same for one kind, its last argument, without a limit: the
// page stops reading, and SQLite would plan anew for each run with a limit.
func queryKind(q txlog.Query, kind int64) statement {
	f := filterRecords(q)
	f.and("r.kind = " + f.param(kind))
	return statement{selectRecords + f.where() + orderOfRecords(q), f.args}
}

func orderOfRecords(q txlog.Query) string {
	return orderBy(q.Descending, "r.created_at", "r.transaction_id", "r.direction")
}

// filterRecords leaves out the lists, which are about kinds. The rule of who
// may read comes first, whatever else is asked (FSC Logging, GET /logs).
func filterRecords(q txlog.Query) *filter {
	var f filter
	f.and("k.id = r.kind")
	if q.Reader != "" {
		f.and(f.param(string(q.Reader)) + " IN (k.outway_peer, k.service_peer, k.source_delegator, k.destination_delegator)")
	}
	if len(q.TransactionIDs) > 0 {
		names := make([]string, len(q.TransactionIDs))
		for i, id := range q.TransactionIDs {
			names[i] = f.param(encodeID(id)) // NULL finds nothing
		}
		f.and("r.transaction_id IN (" + strings.Join(names, ", ") + ")")
		return &f
	}
	filterTime(&f, "r.created_at", q)
	if q.Cursor != nil {
		behindCursor(&f, "r.created_at", *q.Cursor, q.Descending)
	}
	return &f
}

func behindCursor(f *filter, createdAt string, c txlog.Cursor, descending bool) {
	f.and("(" + createdAt + ", r.transaction_id, r.direction)" + behind(descending) + "(" +
		f.param(c.CreatedAt) + ", " + f.param(idPlace(c.TransactionID)) + ", " + f.param(cursorDirection(c.Direction, descending)) + ")")
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
	var id sql.RawBytes
	err = rows.Scan(&createdAt, &id, &direction, &r.TraceID, &r.SpanID, &r.AdditionalData,
		&r.GrantHash, &r.GroupID, &r.ServiceName, &r.OutwayPeerID, &r.ServicePeerID, &r.SourceDelegator, &r.DestinationDelegator)
	r.TransactionID = decodeID(id)
	r.CreatedAt = fromMicros(createdAt)
	r.Direction = directionOf(direction)
	return r, err
}
