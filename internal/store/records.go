// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
)

// LogStore is the searchable copy of the transaction log: a txlog.Index and a
// txlog.Reader. It lives as long as its [Store].
type LogStore struct {
	db     *database
	source string
}

// mainSource names the log of the node's own process.
const mainSource = "main"

// Source is the same store for the log of one component: each component's own
// log is taken in up to a position of its own.
func (l *LogStore) Source(name string) *LogStore {
	return &LogStore{db: l.db, source: name}
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

// Index implements txlog.Index.
func (l *LogStore) Index(ctx context.Context, recs []txlog.Record, next txlog.Position) error {
	rows := make([][]any, len(recs))
	byKey := make(map[recordKey]*txlog.Record, len(recs))
	for i := range recs {
		r := &recs[i]
		rows[i] = recordRow(r)
		// The first of two with the same key is the one that is stored.
		if key := keyOf(r); byKey[key] == nil {
			byKey[key] = r
		}
	}
	err := l.db.update(ctx, func(q querier) error {
		for _, s := range inserts(`INSERT INTO records (`+recordColumns+`) VALUES `,
			" ON CONFLICT DO NOTHING RETURNING transaction_id, direction", rows) {
			stored, err := collect(ctx, q, &s, scanRecordKey)
			if err != nil {
				return err
			}
			if err := addReaders(ctx, q, byKey, stored); err != nil {
				return err
			}
		}
		_, err := q.ExecContext(ctx, `INSERT INTO log_position (source, segment_number, byte_offset) VALUES ($1, $2, $3)
			ON CONFLICT (source) DO UPDATE SET segment_number = excluded.segment_number, byte_offset = excluded.byte_offset`,
			l.source, int64(next.Segment), next.Offset) //nolint:gosec // segments are counted from 1
		return err
	})
	if err != nil {
		return fmt.Errorf("index log records: %w", err)
	}
	return nil
}

type recordKey struct {
	transactionID string
	direction     int
}

func keyOf(r *txlog.Record) recordKey {
	return recordKey{r.TransactionID, directionNumber(r.Direction)}
}

func scanRecordKey(rows *sql.Rows) (k recordKey, err error) {
	err = rows.Scan(&k.transactionID, &k.direction)
	return k, err
}

// addReaders is for records that were stored just now and no others: a second
// record with the key of another must not open that one to its own Peers.
func addReaders(ctx context.Context, q querier, byKey map[recordKey]*txlog.Record, stored []recordKey) error {
	var rows [][]any
	for _, key := range stored {
		r := byKey[key]
		seen := map[fsc.PeerID]bool{"": true}
		for _, p := range []fsc.PeerID{r.OutwayPeerID, r.ServicePeerID, r.SourceDelegator, r.DestinationDelegator} {
			if !seen[p] {
				seen[p] = true
				rows = append(rows, []any{string(p), micros(r.CreatedAt), key.transactionID, key.direction})
			}
		}
	}
	for _, s := range inserts("INSERT INTO readers (peer_id, created_at, transaction_id, direction) VALUES ", "", rows) {
		if _, err := q.ExecContext(ctx, s.text, s.args...); err != nil {
			return err
		}
	}
	return nil
}

func recordRow(r *txlog.Record) []any {
	var additional any // NULL when absent
	if len(r.AdditionalData) > 0 {
		additional = r.AdditionalData
	}
	return []any{
		r.TransactionID, directionNumber(r.Direction), r.GrantHash, string(r.GroupID), r.ServiceName,
		string(r.OutwayPeerID), string(r.ServicePeerID), string(r.SourceDelegator), string(r.DestinationDelegator),
		micros(r.CreatedAt), r.TraceID, r.SpanID, additional,
	}
}
