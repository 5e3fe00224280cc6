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
	if !newestFirst(s) {
		slices.Reverse(records)
	}
	if err != nil {
		return nil, fmt.Errorf("search log records: %w", err)
	}
	return records, nil
}

// newestFirst tells which records of a search are the first to be found. On the
// way back in a listing those are the oldest, and they are turned around later.
func newestFirst(s txlog.Search) bool { return s.After == nil }

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
	switch {
	case len(end) > 0 && newestFirst(s):
		near.From, far.Until = fromMicros(end[0]), fromMicros(end[0])
	case len(end) > 0:
		near.Until, far.From = fromMicros(end[0]+1), fromMicros(end[0]+1)
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

// mergeKinds looks at each kind, those with the nearest records first, until
// the others can't have anything for the page.
func mergeKinds(ctx context.Context, q querier, s txlog.Search) (records []txlog.Record, err error) {
	query := activeKinds(s)
	kinds, err := collect(ctx, q, &query, scanActiveKind(newestFirst(s)))
	if err != nil || len(kinds) == 0 {
		return nil, err
	}
	slices.SortFunc(kinds, func(a, b activeKind) int {
		if newestFirst(s) {
			return cmp.Compare(b.hour, a.hour)
		}
		return cmp.Compare(a.hour, b.hour)
	})
	query = searchKind(s, kinds[0].id)
	prepared, err := q.PrepareContext(ctx, query.text)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, prepared.Close()) }()
	page := recordPage{limit: s.Limit, descending: newestFirst(s)}
	for _, kind := range kinds {
		if kind.hour < 0 {
			continue
		}
		if page.last != nil && kind.beyond(page.last.CreatedAt, newestFirst(s)) {
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

// searchInOrder walks through the records in the order of the listing.
func searchInOrder(s txlog.Search) statement {
	f := filterSearch(s, "r.created_at")
	filterSearchKinds(f, s)
	return statement{selectRecords + f.where() + orderOfSearch(s) + f.limit(s.Limit), f.args}
}

func orderOfSearch(s txlog.Search) string {
	return orderOfRecords(txlog.Query{Descending: newestFirst(s)})
}

// searchByID reads what the index of ids has and sorts that. The plus keeps
// engines from walking in the order of time instead.
func searchByID(s txlog.Search) statement {
	f := filterSearch(s, "+r.created_at")
	filterSearchKinds(f, s)
	first, last := idRange(s.TransactionIDDigits())
	f.and("r.transaction_id >= " + f.param(first))
	f.and("r.transaction_id <= " + f.param(last))
	order := orderBy(newestFirst(s), "+r.created_at", "r.transaction_id", "r.direction")
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
	return statement{selectRecords + f.where() + orderOfSearch(s), f.args}
}

// endOfNearby gives the time of the last of the records that are nearby; none
// when there are fewer.
func endOfNearby(s txlog.Search) statement {
	var f filter
	filterSearchTime(&f, "r.created_at", s)
	return statement{"SELECT r.created_at FROM records r" + f.where() + orderOfSearch(s) +
		" LIMIT 1 OFFSET " + f.param(nearby-1), f.args}
}

// moreKinds has a row when there are more kinds than can be looked at first.
func moreKinds(s txlog.Search) statement {
	var f filter
	filterSearchKinds(&f, s)
	return statement{"SELECT k.id FROM kinds k" + f.where() + " LIMIT 1 OFFSET " + f.param(manyKinds), f.args}
}

// activeKinds gives the kinds a search is about, each with the nearest hour in
// which it has records the search can match, in either direction.
func activeKinds(s txlog.Search) statement {
	var f filter
	filterSearchKinds(&f, s)
	incoming, outgoing := nearestHour(&f, s, txlog.DirectionIncoming), nearestHour(&f, s, txlog.DirectionOutgoing)
	return statement{"SELECT k.id, " + incoming + ", " + outgoing + " FROM kinds k" + f.where(), f.args}
}

// nearestHour is the last hour, or the first on the way back; -1 for none.
func nearestHour(f *filter, s txlog.Search, d txlog.Direction) string {
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
	if s.After != nil {
		w.and("t.hour >= " + f.param(s.After.CreatedAt/hourMicros))
	}
	return "COALESCE((SELECT t.hour FROM traffic_hours t" + w.where() + orderBy(newestFirst(s), "t.hour") + " LIMIT 1), -1)"
}

type activeKind struct {
	id   int64
	hour int64 // -1 for none
}

// beyond tells that none of the kind's records come before that time in a listing.
func (k activeKind) beyond(createdAt int64, newestFirst bool) bool {
	if newestFirst {
		return (k.hour+1)*hourMicros <= createdAt
	}
	return k.hour*hourMicros > createdAt
}

// scanActiveKind reads a kind for a listing, or for the way back in one.
func scanActiveKind(newestFirst bool) func(rows *sql.Rows) (activeKind, error) {
	return func(rows *sql.Rows) (k activeKind, err error) {
		var incoming, outgoing int64
		err = rows.Scan(&k.id, &incoming, &outgoing)
		k.hour = max(incoming, outgoing)
		if !newestFirst && incoming >= 0 && outgoing >= 0 {
			k.hour = min(incoming, outgoing)
		}
		return k, err
	}
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
	if s.After != nil {
		behindCursor(f, createdAt, *s.After, false)
	}
}

func filterSearchKinds(f *filter, s txlog.Search) {
	var grants []string
	if s.GrantHash != "" {
		grants = []string{s.GrantHash}
	}
	filterKinds(f, s.Peer, s.ServiceName, grants)
}
