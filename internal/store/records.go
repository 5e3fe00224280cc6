// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/samenspel/samenspel/internal/txlog"
)

// LogStore is the searchable copy of the transaction log: a txlog.Index and a
// txlog.Reader. It lives as long as its [Store].
type LogStore struct {
	db     *database
	kinds  *kindCache
	source string
}

// mainSource names the log of the node's own process.
const mainSource = "main"

// Source is the same store for the log of one component: each component's own
// log is taken in up to a position of its own.
func (l *LogStore) Source(name string) *LogStore {
	return &LogStore{db: l.db, kinds: l.kinds, source: name}
}

// Directions are numbers here because they stand in every index; the order is
// that of the names.
const (
	numberIncoming = 1
	numberOutgoing = 2
)

func directionNumber(d txlog.Direction) int {
	switch d {
	case txlog.DirectionIncoming:
		return numberIncoming
	case txlog.DirectionOutgoing:
		return numberOutgoing
	}
	return 0 // refused by the table
}

func directionOf(number int) txlog.Direction {
	if number == numberOutgoing {
		return txlog.DirectionOutgoing
	}
	return txlog.DirectionIncoming
}

// IndexedUpTo implements txlog.Index.
func (l *LogStore) IndexedUpTo(ctx context.Context) (txlog.Position, error) {
	query := statement{text: "SELECT segment_number, byte_offset FROM log_position WHERE source = $1", args: []any{l.source}}
	var found []txlog.Position
	err := l.db.view(ctx, func(q querier) (err error) {
		found, err = collect(ctx, q, &query, func(rows *sql.Rows) (p txlog.Position, err error) {
			err = rows.Scan(&p.Segment, &p.Offset)
			return p, err
		})
		return err
	})
	if err != nil {
		return txlog.Position{}, fmt.Errorf("read position of log index: %w", err)
	}
	if len(found) == 0 {
		return txlog.Position{}, nil
	}
	return found[0], nil
}

// recordsAtOnce is rowsAtOnce for a table that takes in many.
const recordsAtOnce = 50

// Index implements txlog.Index. It counts what it stores for [LogStore.Traffic].
func (l *LogStore) Index(ctx context.Context, recs []txlog.Record, next txlog.Position) error {
	err := l.index(ctx, recs, next, recordsAtOnce)
	if errors.Is(err, errStoredBefore) {
		// One by one the database tells which are new.
		err = l.index(ctx, recs, next, 1)
	}
	if err != nil {
		return fmt.Errorf("index log records: %w", err)
	}
	return nil
}

func (l *LogStore) index(ctx context.Context, recs []txlog.Record, next txlog.Position, atOnce int) error {
	var kinds kindNumbers
	err := l.db.update(ctx, func(q querier) error {
		kinds = kindNumbers{q: q, cache: l.kinds, looked: make(map[kind]int64)}
		chain, err := readChain(ctx, q)
		if err != nil {
			return err
		}
		if err := insertRecords(ctx, &kinds, &chain, recs, atOnce); err != nil {
			return err
		}
		if err := storeChain(ctx, q, &chain); err != nil {
			return err
		}
		_, err = q.ExecContext(ctx, `INSERT INTO log_position (source, segment_number, byte_offset) VALUES ($1, $2, $3)
			ON CONFLICT (source) DO UPDATE SET segment_number = excluded.segment_number, byte_offset = excluded.byte_offset`,
			l.source, int64(next.Segment), next.Offset) //nolint:gosec // segments are counted from 1
		return err
	})
	if err != nil {
		return err
	}
	l.kinds.add(kinds.looked)
	return nil
}

// errStoredBefore undoes a transaction of which some rows were there already,
// since those may not be counted again.
var errStoredBefore = errors.New("some records are stored already")

// insertRecords leaves a record alone that is there already. Who may read it
// comes from the kind of the one that is stored: a second record with the key
// of another doesn't open that one to its own Peers. What is stored becomes the
// end of the chain.
func insertRecords(ctx context.Context, kinds *kindNumbers, chain *chain, recs []txlog.Record, atOnce int) error {
	counts := counters{}
	var keys []counter   // of the rows of one statement
	grown := chain.Chain // with those rows
	b := bulk[txlog.Record]{
		text:    "INSERT INTO records (created_at, transaction_id, direction, kind, trace_id, span_id, additional_data, sequence, link) VALUES ",
		suffix:  " ON CONFLICT (transaction_id, direction) DO NOTHING",
		columns: 9,
		values: func(args []any, r *txlog.Record) ([]any, error) {
			id, err := kinds.of(ctx, kindOf(r))
			if err != nil {
				return nil, err
			}
			keys = append(keys, counterOf(r, id))
			if args, err = appendRecord(args, r, id); err != nil {
				return nil, err
			}
			if err := grown.Append(r); err != nil {
				return nil, err
			}
			return append(args, grown.Last, bytes.Clone(grown.Head[:])), nil
		},
		stored: func(rows []txlog.Record, wrote int64) error {
			if wrote < int64(len(rows)) && len(rows) > 1 {
				return errStoredBefore
			}
			if wrote > 0 {
				counts.add(keys)
				chain.Chain = grown
			}
			keys, grown = keys[:0], chain.Chain
			return nil
		},
	}
	if err := b.insert(ctx, kinds.q, recs, atOnce); err != nil {
		return err
	}
	return counts.store(ctx, kinds.q)
}

var errTransactionID = errors.New("transaction id is no UUID")

// appendRecord adds the values of the columns that insertRecords names.
func appendRecord(args []any, r *txlog.Record, kindID int64) ([]any, error) {
	id := encodeID(r.TransactionID)
	if id == nil {
		return nil, errTransactionID
	}
	var additional any // NULL when absent
	if len(r.AdditionalData) > 0 {
		additional = r.AdditionalData
	}
	return append(args, micros(r.CreatedAt), id, directionNumber(r.Direction), kindID, r.TraceID, r.SpanID, additional), nil
}
