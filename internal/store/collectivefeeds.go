// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

const dossierColumns = "dossier, type, keeper, head_number, head_hash, head_at, version, folded, until"

// PutDossier implements collective.FeedTx.
func (t *deedTx) PutDossier(ctx context.Context, d *collective.Dossier) error {
	if err := t.putDossier(ctx, d); err != nil {
		return fmt.Errorf("put dossier: %w", err)
	}
	return nil
}

func (t *deedTx) putDossier(ctx context.Context, d *collective.Dossier) error {
	changed, err := execute(ctx, t.q, `UPDATE dossiers SET head_number = $1, head_hash = $2, head_at = $3, version = $4, folded = $5, until = $6
		WHERE dossier = $7`,
		d.Head.Number, string(d.Head.Hash), d.Head.At, d.Version, d.Folded, d.Until, string(d.Head.Dossier))
	if err != nil || changed > 0 {
		return err
	}
	_, err = t.q.ExecContext(ctx, "INSERT INTO dossiers ("+dossierColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		string(d.Head.Dossier), int(d.Type), string(d.Keeper), d.Head.Number, string(d.Head.Hash), d.Head.At, d.Version, d.Folded, d.Until)
	if err != nil {
		return err
	}
	// Entries may come in before anybody knows whose they are.
	_, err = t.q.ExecContext(ctx, "INSERT INTO feed_lines (keeper, sequence) SELECT $1, sequence FROM feed_entries WHERE dossier = $2",
		string(d.Keeper), string(d.Head.Dossier))
	return err
}

// FindDossier implements collective.FeedTx.
func (t *deedTx) FindDossier(ctx context.Context, h deed.Hash) (*collective.Dossier, error) {
	query := statement{"SELECT " + dossierColumns + " FROM dossiers WHERE dossier = $1", []any{string(h)}}
	d, err := onlyOne(ctx, t.q, &query, scanDossier)
	if err != nil {
		return nil, fmt.Errorf("find dossier: %w", err)
	}
	return d, nil
}

// ListDossiers implements collective.FeedTx.
func (t *deedTx) ListDossiers(ctx context.Context, keeper fsc.PeerID) ([]collective.Dossier, error) {
	var f filter
	if keeper != "" {
		f.and("keeper = " + f.param(string(keeper)))
	}
	query := statement{"SELECT " + dossierColumns + " FROM dossiers" + f.where() + " ORDER BY dossier", f.args}
	all, err := collect(ctx, t.q, &query, scanDossier)
	if err != nil {
		return nil, fmt.Errorf("list dossiers: %w", err)
	}
	return all, nil
}

// DueDossiers implements collective.FeedTx; they come by hash.
func (t *deedTx) DueDossiers(ctx context.Context, at int64) ([]collective.Dossier, error) {
	query := statement{
		"SELECT " + dossierColumns + ` FROM dossiers WHERE dossier IN (
			SELECT dossier FROM dossiers WHERE folded < version UNION ALL SELECT dossier FROM dossiers WHERE until <> 0 AND until <= $1
		) ORDER BY dossier`,
		[]any{at},
	}
	all, err := collect(ctx, t.q, &query, scanDossier)
	if err != nil {
		return nil, fmt.Errorf("list due dossiers: %w", err)
	}
	return all, nil
}

func scanDossier(rows *sql.Rows) (d collective.Dossier, err error) {
	err = rows.Scan(&d.Head.Dossier, &d.Type, &d.Keeper, &d.Head.Number, &d.Head.Hash, &d.Head.At, &d.Version, &d.Folded, &d.Until)
	return d, err
}

// errNoNextEntry is about an entry that would leave a gap or take the place of
// another.
var errNoNextEntry = errors.New("it doesn't follow on the last entry of the dossier")

// PutEntry implements collective.FeedTx. An entry that doesn't have the number
// after that of the last one is refused.
func (t *deedTx) PutEntry(ctx context.Context, e *deed.Entry) (int64, error) {
	sequence, err := t.putEntry(ctx, e)
	if err != nil {
		return 0, fmt.Errorf("put entry %d of %s: %w", e.Number, e.Dossier, err)
	}
	return sequence, nil
}

func (t *deedTx) putEntry(ctx context.Context, e *deed.Entry) (int64, error) {
	sequence, err := t.next(ctx, numberedEntries, 1) // others wait here
	if err != nil {
		return 0, err
	}
	last := statement{"SELECT COALESCE(MAX(number), 0) FROM feed_entries WHERE dossier = $1", []any{string(e.Dossier)}}
	number, err := onlyOne(ctx, t.q, &last, scanNumber)
	if err != nil {
		return 0, err
	}
	if e.Number != *number+1 {
		return 0, errNoNextEntry
	}
	_, err = t.q.ExecContext(ctx, `INSERT INTO feed_entries (sequence, dossier, number, previous, kind, subject, received_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		sequence, string(e.Dossier), e.Number, string(e.Previous), string(e.Kind), string(e.Subject), e.ReceivedAt)
	if err != nil {
		return 0, err
	}
	_, err = t.q.ExecContext(ctx, `INSERT INTO feed_lines (keeper, sequence)
		SELECT d.keeper, e.sequence FROM feed_entries e JOIN dossiers d ON d.dossier = e.dossier WHERE e.sequence = $1`, sequence)
	return sequence, err
}

const lineColumns = "e.sequence, e.dossier, e.number, e.previous, e.kind, e.subject, e.received_at"

// ListEntries implements collective.FeedTx; a limit of 0 is none.
func (t *deedTx) ListEntries(ctx context.Context, dossier deed.Hash, after int64, limit int) ([]deed.Entry, error) {
	var f filter
	f.and("e.dossier = " + f.param(string(dossier)))
	f.and("e.number > " + f.param(after))
	text := "SELECT " + lineColumns + " FROM feed_entries e" + f.where() + " ORDER BY e.number" + f.limit(limit)
	query := statement{text, f.args}
	all, err := collect(ctx, t.q, &query, func(rows *sql.Rows) (deed.Entry, error) {
		l, err := scanLine(rows)
		return l.Entry, err
	})
	if err != nil {
		return nil, fmt.Errorf("list entries: %w", err)
	}
	return all, nil
}

// ListLines implements collective.FeedTx; a limit of 0 is none.
func (t *deedTx) ListLines(ctx context.Context, keeper fsc.PeerID, after int64, limit int) ([]collective.Line, error) {
	var f filter
	f.and("l.keeper = " + f.param(string(keeper)))
	f.and("l.sequence > " + f.param(after))
	text := "SELECT " + lineColumns + " FROM feed_lines l JOIN feed_entries e ON e.sequence = l.sequence" + f.where() +
		" ORDER BY l.sequence" + f.limit(limit)
	query := statement{text, f.args}
	all, err := collect(ctx, t.q, &query, scanLine)
	if err != nil {
		return nil, fmt.Errorf("list lines: %w", err)
	}
	return all, nil
}

func scanLine(rows *sql.Rows) (l collective.Line, err error) {
	e := &l.Entry
	err = rows.Scan(&l.Sequence, &e.Dossier, &e.Number, &e.Previous, &e.Kind, &e.Subject, &e.ReceivedAt)
	return l, err
}
