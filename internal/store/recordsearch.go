// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/internal/txlog"
)

const (
	// manyKinds is how many kinds are looked at one by one without reading the
	// newest records of all kinds first.
	manyKinds = 100
	// nearby is how many records are read so: of many kinds together, a page is
	// nearly always among them.
	nearby = 5000
)

// Search gives what people look for in the log. Its error wraps
// txlog.ErrTransactionIDPart when the search isn't valid.
func (l *LogStore) Search(ctx context.Context, s txlog.Search) (records []txlog.Record, err error) {
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("search log records: %w", err)
	}
	if s.Limit <= 0 || s.Limit > txlog.MaxSearchLimit {
		s.Limit = txlog.MaxSearchLimit
	}
	err = l.db.view(ctx, func(q querier) (err error) {
		records, err = searchRecords(ctx, q, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("search log records: %w", err)
	}
	return records, nil
}

func searchRecords(ctx context.Context, q querier, s txlog.Search) ([]txlog.Record, error) {
	var query statement
	switch {
	case s.TransactionID != "":
		query = searchByID(s)
	case s.Peer == "" && s.ServiceName == "" && s.GrantHash == "" && s.Direction == "":
		query = searchInOrder(s)
	default:
		return searchKinds(ctx, q, s)
	}
	return collect(ctx, q, &query, scanRecord)
}

// searchKinds is for records of some kinds. Few kinds are looked at one by one;
// of many the page is mostly among the newest records, so it looks there first.
func searchKinds(ctx context.Context, q querier, s txlog.Search) ([]txlog.Record, error) {
	query := moreKinds(s)
	many, err := exists(ctx, q, query.text, query.args...)
	if err != nil {
		return nil, err
	}
	if !many {
		return mergeKinds(ctx, q, s)
	}
	query = endOfNearby(s)
	end, err := collect(ctx, q, &query, scanInteger)
	if err != nil {
		return nil, err
	}
	near, far := s, s
	if len(end) > 0 {
		near.From, far.Until = fromMicros(end[0]), fromMicros(end[0])
	}
	query = searchInOrder(near)
	records, err := collect(ctx, q, &query, scanRecord)
	if err != nil || len(end) == 0 || len(records) == s.Limit {
		return records, err
	}
	far.Limit -= len(records)
	rest, err := mergeKinds(ctx, q, far)
	return append(records, rest...), err
}

// mergeKinds looks at each kind, those with the newest records first, until
// the others can't have anything for the page.
func mergeKinds(ctx context.Context, q querier, s txlog.Search) (records []txlog.Record, err error) {
	query := activeKinds(s)
	kinds, err := collect(ctx, q, &query, scanActiveKind)
	if err != nil || len(kinds) == 0 {
		return nil, err
	}
	slices.SortFunc(kinds, func(a, b activeKind) int { return cmp.Compare(b.hour, a.hour) })
	query = searchKind(s, kinds[0].id)
	prepared, err := q.PrepareContext(ctx, query.text)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, prepared.Close()) }()
	page := recordPage{limit: s.Limit, descending: true}
	for _, kind := range kinds {
		if kind.hour < 0 || page.last != nil && (kind.hour+1)*hourMicros <= page.last.CreatedAt {
			break
		}
		query.args[len(query.args)-1] = kind.id
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

// searchInOrder walks through the records from new to old.
func searchInOrder(s txlog.Search) statement {
	f := filterSearch(s, "r.created_at")
	filterSearchKinds(f, s)
	return statement{selectRecords + f.where() + orderOfRecords(txlog.Query{Descending: true}) + f.limit(s.Limit), f.args}
}

// searchByID reads what the index of ids has and sorts that. The plus keeps
// engines from walking in the order of time instead.
func searchByID(s txlog.Search) statement {
	f := filterSearch(s, "+r.created_at")
	filterSearchKinds(f, s)
	first, last := idRange(s.TransactionIDDigits())
	f.and("r.transaction_id >= " + f.param(first))
	f.and("r.transaction_id <= " + f.param(last))
	order := orderBy(true, "+r.created_at", "r.transaction_id", "r.direction")
	return statement{selectRecords + f.where() + order + f.limit(s.Limit), f.args}
}

// idRange gives the first and the last id that begin with digits.
func idRange(digits string) (first, last []byte) {
	fill := 2*idSize - len(digits)
	first, errFirst := hex.DecodeString(digits + strings.Repeat("0", fill))
	last, errLast := hex.DecodeString(digits + strings.Repeat("f", fill))
	if errFirst != nil || errLast != nil { // not after txlog.Search.Validate
		return []byte{}, []byte{}
	}
	return first, last
}

// searchKind is for one kind, its last argument; like queryKind.
func searchKind(s txlog.Search, kind int64) statement {
	f := filterSearch(s, "r.created_at")
	f.and("r.kind = " + f.param(kind))
	return statement{selectRecords + f.where() + orderOfRecords(txlog.Query{Descending: true}), f.args}
}

// endOfNearby gives the time of the last of the records that are nearby; none
// when there are fewer.
func endOfNearby(s txlog.Search) statement {
	var f filter
	filterSearchTime(&f, "r.created_at", s)
	return statement{"SELECT r.created_at FROM records r" + f.where() + orderOfRecords(txlog.Query{Descending: true}) +
		" LIMIT 1 OFFSET " + f.param(nearby-1), f.args}
}

// moreKinds has a row when there are more kinds than can be looked at first.
func moreKinds(s txlog.Search) statement {
	var f filter
	filterSearchKinds(&f, s)
	return statement{"SELECT k.id FROM kinds k" + f.where() + " LIMIT 1 OFFSET " + f.param(manyKinds), f.args}
}

// activeKinds gives the kinds a search is about, each with the last hour in
// which it has records the search can match, in either direction.
func activeKinds(s txlog.Search) statement {
	var f filter
	filterSearchKinds(&f, s)
	incoming, outgoing := lastHour(&f, s, txlog.DirectionIncoming), lastHour(&f, s, txlog.DirectionOutgoing)
	return statement{"SELECT k.id, " + incoming + ", " + outgoing + " FROM kinds k" + f.where(), f.args}
}

func lastHour(f *filter, s txlog.Search, d txlog.Direction) string {
	if s.Direction != "" && s.Direction != d {
		return "-1"
	}
	var w filter // its conditions only
	w.and("t.kind = k.id")
	w.and("t.direction = " + f.param(directionNumber(d)))
	if !s.From.IsZero() {
		w.and("t.hour >= " + f.param(ceilMicros(s.From)/hourMicros))
	}
	if !s.Until.IsZero() {
		w.and("t.hour <= " + f.param(ceilMicros(s.Until)/hourMicros))
	}
	if s.Before != nil {
		w.and("t.hour <= " + f.param(s.Before.CreatedAt/hourMicros))
	}
	return "COALESCE((SELECT t.hour FROM traffic_hours t" + w.where() + " ORDER BY t.hour DESC LIMIT 1), -1)"
}

type activeKind struct {
	id   int64
	hour int64 // -1 for none
}

func scanActiveKind(rows *sql.Rows) (k activeKind, err error) {
	var incoming, outgoing int64
	err = rows.Scan(&k.id, &incoming, &outgoing)
	k.hour = max(incoming, outgoing)
	return k, err
}

func scanInteger(rows *sql.Rows) (n int64, err error) {
	err = rows.Scan(&n)
	return n, err
}

// filterSearch is for records r joined with their kinds k. What a kind decides
// is left to [filterSearchKinds].
func filterSearch(s txlog.Search, createdAt string) *filter {
	var f filter
	f.and("k.id = r.kind")
	if s.Direction != "" {
		f.and("r.direction = " + f.param(directionNumber(s.Direction)))
	}
	filterSearchTime(&f, createdAt, s)
	return &f
}

func filterSearchTime(f *filter, createdAt string, s txlog.Search) {
	if !s.From.IsZero() {
		f.and(createdAt + " >= " + f.param(ceilMicros(s.From)))
	}
	if !s.Until.IsZero() {
		f.and(createdAt + " < " + f.param(ceilMicros(s.Until)))
	}
	if s.Before != nil {
		behindCursor(f, createdAt, *s.Before, true)
	}
}

func filterSearchKinds(f *filter, s txlog.Search) {
	var grants []string
	if s.GrantHash != "" {
		grants = []string{s.GrantHash}
	}
	filterKinds(f, s.Peer, s.ServiceName, grants)
}
