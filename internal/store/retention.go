// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
)

// removedAtOnce is how many records one statement removes.
const removedAtOnce = 50

// Connections implements evidence.RemovalStore.
func (l *LogStore) Connections(ctx context.Context, after int64, limit int) (found []evidence.Connection, err error) {
	query := statement{"SELECT id, service_peer, service_name FROM kinds WHERE id > $1 ORDER BY id LIMIT $2", []any{after, limit}}
	err = l.db.view(ctx, func(q querier) (err error) {
		found, err = collect(ctx, q, &query, func(rows *sql.Rows) (c evidence.Connection, err error) {
			err = rows.Scan(&c.ID, &c.Provider, &c.Service)
			return c, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read connections of log: %w", err)
	}
	return found, nil
}

// Removable implements evidence.RemovalStore.
func (l *LogStore) Removable(ctx context.Context, s evidence.Search) (int64, error) {
	return l.number(ctx, queryRemovable(&s), "find old log records")
}

// queryRemovable looks at the oldest records of a kind first, so it nearly always
// ends at the first one, or behind those of the parts to pass over.
func queryRemovable(s *evidence.Search) statement {
	q := statement{
		"SELECT sequence FROM records WHERE kind = $1 AND created_at < $2 AND direction = $3 AND +sequence BETWEEN 1 AND $4",
		[]any{s.Connection, micros(s.Before), directionNumber(s.Direction), s.UpTo},
	}
	for _, p := range s.Outside {
		q.text += fmt.Sprintf(" AND +sequence NOT BETWEEN $%d AND $%d", len(q.args)+1, len(q.args)+2)
		q.args = append(q.args, p.First, p.Last)
	}
	q.text += " ORDER BY created_at LIMIT 1"
	return q
}

// SignedBefore implements evidence.RemovalStore.
func (l *LogStore) SignedBefore(ctx context.Context, at int64) (int64, error) {
	return l.number(ctx, querySignedBefore(at), "read log checkpoints")
}

func querySignedBefore(at int64) statement {
	return statement{"SELECT last_sequence FROM log_checkpoints WHERE created_at <= $1 ORDER BY created_at DESC, last_sequence DESC LIMIT 1", []any{at}}
}

// Covering implements evidence.RemovalStore.
func (l *LogStore) Covering(ctx context.Context, sequence int64) (evidence.Part, error) {
	query := queryCovering(sequence)
	var found []evidence.Part
	err := l.db.view(ctx, func(q querier) (err error) {
		found, err = collect(ctx, q, &query, func(rows *sql.Rows) (p evidence.Part, err error) {
			err = rows.Scan(&p.Checkpoint, &p.First, &p.Last)
			return p, err
		})
		return err
	})
	if err != nil || len(found) == 0 {
		return evidence.Part{}, wrapped("read log checkpoints", err)
	}
	return found[0], nil
}

// queryCovering goes by the columns: what they say is wrong only where the part doesn't
// hold, and the record is in it anyway.
func queryCovering(sequence int64) statement {
	return statement{
		"SELECT number, COALESCE((SELECT MAX(last_sequence) FROM log_checkpoints WHERE last_sequence < $1), 0) + 1, last_sequence" +
			" FROM log_checkpoints WHERE last_sequence >= $2 ORDER BY last_sequence, number LIMIT 1",
		[]any{sequence, sequence},
	}
}

// number gives the only value of a query, or 0.
func (l *LogStore) number(ctx context.Context, query statement, what string) (int64, error) {
	var found []int64
	err := l.db.view(ctx, func(q querier) (err error) {
		found, err = collect(ctx, q, &query, scanInteger)
		return err
	})
	if err != nil || len(found) == 0 {
		return 0, wrapped(what, err)
	}
	return found[0], nil
}

func wrapped(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

var errNotThere = errors.New("a record to be removed isn't there")

// Remove implements evidence.RemovalStore.
func (l *LogStore) Remove(ctx context.Context, c *evidence.Checkpoint, s evidence.Sealed, gone []evidence.Gone) error {
	err := l.db.update(ctx, func(q querier) error {
		if err := removeRecords(ctx, q, gone); err != nil {
			return err
		}
		if err := insertRemoved(ctx, q, gone); err != nil {
			return err
		}
		return addCheckpoint(ctx, q, c, s)
	})
	return wrapped("remove log records", err)
}

func removeRecords(ctx context.Context, q querier, gone []evidence.Gone) error {
	for some := range slices.Chunk(gone, removedAtOnce) {
		text, args := "DELETE FROM records WHERE sequence IN ", make([]any, 0, len(some))
		for _, g := range some {
			args = append(args, g.Sequence)
		}
		n, err := execute(ctx, q, text+rowsText(1, len(some)), args...)
		if err != nil {
			return err
		}
		if n != int64(len(some)) {
			return errNotThere
		}
	}
	return nil
}

func insertRemoved(ctx context.Context, q querier, gone []evidence.Gone) error {
	b := bulk[evidence.Gone]{
		text:    "INSERT INTO removed_records (sequence, content, link, checkpoint, reason) VALUES ",
		columns: 5,
		values: func(args []any, g *evidence.Gone) ([]any, error) {
			return append(args, g.Sequence, g.Content[:], g.Link[:], g.Checkpoint, g.Rule), nil
		},
	}
	return b.insert(ctx, q, gone, removedAtOnce)
}

// removed reads what is left of records, in the order of the chain.
func removed(ctx context.Context, q querier, after int64, limit int) ([]txlog.Linked, error) {
	query := statement{
		"SELECT sequence, content, link, checkpoint, reason FROM removed_records WHERE sequence > $1 ORDER BY sequence LIMIT $2", []any{after, limit},
	}
	return collect(ctx, q, &query, func(rows *sql.Rows) (r txlog.Linked, err error) {
		var content, link sql.RawBytes
		r.Removed = &txlog.Removed{}
		err = rows.Scan(&r.Sequence, &content, &link, &r.Removed.Checkpoint, &r.Removed.Rule)
		if len(content) == len(r.Link) && len(link) == len(r.Link) { // other lengths are other hashes
			copy(r.Removed.Content[:], content)
			copy(r.Link[:], link)
		}
		return r, err
	})
}

// merge puts records and what is left of others in the order of the chain. Two of one
// number both stay: a verification has to see that.
func merge(there, gone []txlog.Linked, limit int) []txlog.Linked {
	if len(gone) == 0 {
		return there
	}
	all := slices.Concat(there, gone)
	slices.SortStableFunc(all, func(a, b txlog.Linked) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return all[:min(len(all), limit)]
}
