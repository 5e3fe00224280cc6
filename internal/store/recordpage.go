// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/samenspel/samenspel/internal/txlog"
)

// recordPage merges the records of several kinds, each in the order of the
// page. It costs what the page holds, and one look at each kind.
type recordPage struct {
	limit      int // 0 is no limit
	descending bool
	records    []txlog.Record
	// last is what a record may not come after, nil as long as there is room.
	last *txlog.Cursor
}

func readRecordPage(ctx context.Context, tx querier, q txlog.Query) (records []txlog.Record, err error) {
	query := findKinds(q)
	kinds, err := collect(ctx, tx, &query, scanKindID)
	if err != nil || len(kinds) == 0 {
		return nil, err
	}
	query = queryKind(q, kinds[0])
	prepared, err := tx.PrepareContext(ctx, query.text)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, prepared.Close()) }()
	page := recordPage{limit: max(q.Limit, 0), descending: q.Descending}
	for _, kind := range kinds {
		query.args[len(query.args)-1] = kind
		rows, err := prepared.QueryContext(ctx, query.args...)
		if err != nil {
			return nil, err
		}
		if err := closeRows(rows, page.take(rows)); err != nil {
			return nil, err
		}
	}
	page.cut()
	return page.records, nil
}

// take reads rows until one doesn't fit on the page, since those behind it
// don't either.
func (p *recordPage) take(rows *sql.Rows) error {
	for n := 0; (p.limit == 0 || n < p.limit) && rows.Next(); n++ {
		r, err := scanRecord(rows)
		if err != nil {
			return err
		}
		if p.last != nil && p.compare(txlog.CursorOf(r), *p.last) > 0 {
			return nil
		}
		p.records = append(p.records, r)
		if p.limit > 0 && len(p.records) >= 2*p.limit {
			p.cut()
		}
	}
	return nil
}

// cut sorts and keeps what fits. It is done when as much as a page has come in,
// which makes sorting cheap.
func (p *recordPage) cut() {
	slices.SortFunc(p.records, func(a, b txlog.Record) int { return p.compare(txlog.CursorOf(a), txlog.CursorOf(b)) })
	if p.limit > 0 && len(p.records) >= p.limit {
		p.records = p.records[:p.limit]
		last := txlog.CursorOf(p.records[p.limit-1])
		p.last = &last
	}
}

func (p *recordPage) compare(a, b txlog.Cursor) int {
	if p.descending {
		return b.Compare(a)
	}
	return a.Compare(b)
}
