// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"

	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
)

// chain is the row of log_chain.
type chain struct {
	txlog.Chain

	start txlog.ChainStart
}

var errNoChain = errors.New("the row of log_chain is gone: the chain of the transaction log can't go on")

// readChain fails closed: records that no chain holds would prove nothing.
func readChain(ctx context.Context, q querier) (chain, error) {
	query := statement{text: "SELECT started_at, unlinked, last_sequence, head FROM log_chain WHERE id = 1"}
	found, err := collect(ctx, q, &query, func(rows *sql.Rows) (c chain, err error) {
		var head sql.RawBytes
		err = rows.Scan(&c.start.At, &c.start.Unlinked, &c.Last, &head)
		copy(c.Head[:], head)
		return c, err
	})
	if err != nil {
		return chain{}, err
	}
	if len(found) == 0 {
		return chain{}, errNoChain
	}
	if found[0].Last == 0 {
		found[0].Head = found[0].start.Link()
	}
	return found[0], nil
}

func storeChain(ctx context.Context, q querier, c *chain) error {
	_, err := q.ExecContext(ctx, "UPDATE log_chain SET last_sequence = $1, head = $2 WHERE id = 1", c.Last, c.Head[:])
	return err
}

// ChainState implements evidence.Store.
func (l *LogStore) ChainState(ctx context.Context) (s evidence.State, err error) {
	err = l.db.view(ctx, func(q querier) error {
		c, err := readChain(ctx, q)
		s = evidence.State{Start: c.start, Last: c.Last, Head: c.Head}
		return err
	})
	if err != nil {
		return evidence.State{}, fmt.Errorf("read end of log chain: %w", err)
	}
	return s, nil
}

const selectLinked = `SELECT r.created_at, r.transaction_id, r.direction, r.trace_id, r.span_id, r.additional_data,
	k.grant_hash, k.group_id, k.service_name, k.outway_peer, k.service_peer, k.source_delegator, k.destination_delegator, r.sequence, r.link
	FROM records r CROSS JOIN kinds k WHERE k.id = r.kind AND `

// Linked implements evidence.Store.
func (l *LogStore) Linked(ctx context.Context, after int64, limit int) ([]txlog.Linked, error) {
	query := linkedQuery(after, limit)
	var there, gone []txlog.Linked
	err := l.db.view(ctx, func(q querier) (err error) { // one state of both
		if there, err = collect(ctx, q, &query, scanLinked); err == nil {
			gone, err = removed(ctx, q, after, limit)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read log chain: %w", err)
	}
	return merge(there, gone, limit), nil
}

func linkedQuery(after int64, limit int) statement {
	return statement{selectLinked + "r.sequence > $1 ORDER BY r.sequence LIMIT $2", []any{after, limit}}
}

func (l *LogStore) linked(ctx context.Context, query statement) (found []txlog.Linked, err error) {
	err = l.db.view(ctx, func(q querier) (err error) {
		found, err = collect(ctx, q, &query, scanLinked)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read log chain: %w", err)
	}
	return found, nil
}

func scanLinked(rows *sql.Rows) (r txlog.Linked, err error) {
	var direction int
	var createdAt int64
	var id, link sql.RawBytes
	var sequence sql.NullInt64
	err = rows.Scan(&createdAt, &id, &direction, &r.TraceID, &r.SpanID, &r.AdditionalData,
		&r.GrantHash, &r.GroupID, &r.ServiceName, &r.OutwayPeerID, &r.ServicePeerID, &r.SourceDelegator, &r.DestinationDelegator, &sequence, &link)
	r.TransactionID, r.CreatedAt, r.Direction = decodeID(id), fromMicros(createdAt), directionOf(direction)
	r.Sequence = sequence.Int64
	if len(link) == len(r.Link) { // another length is another link
		copy(r.Link[:], link)
	}
	return r, err
}

// Unlinked implements evidence.Store.
func (l *LogStore) Unlinked(ctx context.Context) (count int64, newest *txlog.Linked, err error) {
	query := statement{text: "SELECT COUNT(*) FROM records WHERE sequence IS NULL"}
	err = l.db.view(ctx, func(q querier) error {
		counts, err := collect(ctx, q, &query, scanKindID)
		if err == nil {
			count = counts[0]
		}
		return err
	})
	if err != nil {
		return 0, nil, fmt.Errorf("count records outside the log chain: %w", err)
	}
	if count == 0 {
		return 0, nil, nil
	}
	found, err := l.linked(ctx, statement{text: selectLinked + "r.sequence IS NULL ORDER BY r.created_at DESC LIMIT 1"})
	if err != nil || len(found) == 0 {
		return count, nil, err
	}
	return count, &found[0], nil
}

// Checkpoints implements evidence.Store.
func (l *LogStore) Checkpoints(ctx context.Context, after int64, limit int) (found []evidence.Sealed, err error) {
	query := statement{"SELECT number, jws, chain FROM log_checkpoints WHERE number > $1 ORDER BY number LIMIT $2", []any{after, limit}}
	return l.checkpoints(ctx, &query)
}

// NewestCheckpoints implements evidence.Store.
func (l *LogStore) NewestCheckpoints(ctx context.Context, before int64, limit int) (found []evidence.Sealed, err error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	query := statement{"SELECT number, jws, chain FROM log_checkpoints WHERE number < $1 ORDER BY number DESC LIMIT $2", []any{before, limit}}
	return l.checkpoints(ctx, &query)
}

func (l *LogStore) checkpoints(ctx context.Context, query *statement) (found []evidence.Sealed, err error) {
	err = l.db.view(ctx, func(q querier) (err error) {
		found, err = collect(ctx, q, query, scanCheckpoint)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read log checkpoints: %w", err)
	}
	return found, nil
}

func scanCheckpoint(rows *sql.Rows) (s evidence.Sealed, err error) {
	var chain []byte
	if err = rows.Scan(&s.Number, &s.JWS, &chain); err != nil {
		return s, err
	}
	if s.Chain, err = decodeChain(chain); err != nil {
		s.Chain = nil // the verification tells that nobody vouches for it
	}
	return s, nil
}

// AddCheckpoint implements evidence.Store.
func (l *LogStore) AddCheckpoint(ctx context.Context, c *evidence.Checkpoint, s evidence.Sealed) error {
	err := l.db.update(ctx, func(q querier) error { return addCheckpoint(ctx, q, c, s) })
	if err != nil {
		return fmt.Errorf("store log checkpoint: %w", err)
	}
	return nil
}

func addCheckpoint(ctx context.Context, q querier, c *evidence.Checkpoint, s evidence.Sealed) error {
	_, err := q.ExecContext(ctx, "INSERT INTO log_checkpoints (number, last_sequence, created_at, jws, chain) VALUES ($1, $2, $3, $4, $5)",
		c.Number, c.Last, c.At, s.JWS, encodeChain(s.Chain))
	return err
}

// Prune implements evidence.Store.
func (l *LogStore) Prune(ctx context.Context, c *evidence.Checkpoint, s evidence.Sealed) (removed int64, err error) {
	err = l.db.update(ctx, func(q querier) (err error) {
		removed, err = execute(ctx, q, "DELETE FROM records WHERE sequence <= $1", c.Pruned)
		if err != nil {
			return err
		}
		if _, err := execute(ctx, q, "DELETE FROM removed_records WHERE sequence <= $1", c.Pruned); err != nil {
			return err
		}
		outside, err := execute(ctx, q, "DELETE FROM records WHERE sequence IS NULL")
		if err != nil {
			return err
		}
		removed += outside
		return addCheckpoint(ctx, q, c, s)
	})
	if err != nil {
		return 0, fmt.Errorf("prune log: %w", err)
	}
	return removed, nil
}
