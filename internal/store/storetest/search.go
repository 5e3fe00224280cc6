// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
)

func search(t *testing.T, s Stores, q txlog.Search) []txlog.Record {
	t.Helper()
	recs, err := s.Log.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return recs
}

// found is the slow and simple meaning of a search.
func found(all []txlog.Record, q txlog.Search) []txlog.Record {
	want := slices.DeleteFunc(slices.Clone(all), func(r txlog.Record) bool { return !q.Matches(r) })
	slices.SortFunc(want, func(a, b txlog.Record) int { return txlog.CursorOf(b).Compare(txlog.CursorOf(a)) })
	if q.After != nil {
		return want[max(len(want)-q.Limit, 0):]
	}
	return want[:min(len(want), q.Limit)]
}

func sameRecord(a, b txlog.Record) bool { return txlog.CursorOf(a) == txlog.CursorOf(b) }

func recordSearches(k check) {
	t, s := k.t, k.stores
	half := rapid.Custom(func(r *rapid.T) time.Time {
		return start().Truncate(time.Hour).Add(time.Duration(rapid.IntRange(-9, 9).Draw(r, "half hours")) * 30 * time.Minute)
	})
	all := randomRecords(400, func(r *rapid.T) time.Time { return half.Draw(r, "at") })
	index(t, s, 10, all...)
	bound := rapid.Custom(func(r *rapid.T) time.Time {
		at := half.Draw(r, "bound").Add(rapid.SampledFrom([]time.Duration{0, 0, 1, -1, time.Microsecond}).Draw(r, "a little"))
		return rapid.SampledFrom([]time.Time{{}, at}).Draw(r, "set")
	})
	rapid.Check(t, func(r *rapid.T) {
		q := txlog.Search{
			Peer:        rapid.SampledFrom([]fsc.PeerID{"", "", anna, carla, "00000099000000009000"}).Draw(r, "peer"),
			ServiceName: rapid.SampledFrom([]string{"", "", "svc1", "none"}).Draw(r, "service"),
			GrantHash:   rapid.SampledFrom([]string{"", "", "g1", "none"}).Draw(r, "grant"),
			Direction:   rapid.SampledFrom([]txlog.Direction{"", txlog.DirectionIncoming, txlog.DirectionOutgoing}).Draw(r, "direction"),
			From:        bound.Draw(r, "from"), Until: bound.Draw(r, "until"), Limit: rapid.SampledFrom([]int{1, 7, 500}).Draw(r, "limit"),
		}
		id := rapid.SampledFrom(all).Draw(r, "record").TransactionID
		q.TransactionID = rapid.SampledFrom([]string{"", "", "", id, id[:8], id[:35], " 00000002-0000", "ABCDEF00"}).Draw(r, "id")
		if rapid.Bool().Draw(r, "has cursor") {
			c := txlog.CursorOf(rapid.SampledFrom(all).Draw(r, "cursor"))
			q.Before = &c
		}
		if rapid.Bool().Draw(r, "goes back") {
			c := txlog.CursorOf(rapid.SampledFrom(all).Draw(r, "cursor to go back from"))
			q.After = &c
		}
		got, want := search(t, s, q), found(all, q)
		if !slices.EqualFunc(got, want, sameRecord) {
			r.Fatalf("%+v: got %d records, want %d, or in another order", q, len(got), len(want))
		}
	})
}

// searchesOfManyKinds is about more kinds than are looked at one by one, with
// pages that are near, far, and over the border of the two.
func searchesOfManyKinds(k check) {
	t, s := k.t, k.stores
	const many = 5600
	all := make([]txlog.Record, many)
	for n := range all {
		r := record(n)
		r.GrantHash, r.CreatedAt = fmt.Sprintf("$1$3$%d", n%120), start().Add(time.Duration(n/3)*10*time.Second)
		if n%120 == 77 && n < 900 {
			r.ServiceName = "early"
		}
		if n%1000 == 0 {
			r.Direction = txlog.DirectionOutgoing
		}
		all[n] = r
	}
	for batch := range slices.Chunk(all, 1000) {
		index(t, s, 10, batch...)
	}
	newest, oldest := txlog.CursorOf(all[5500]), txlog.CursorOf(all[7])
	for _, q := range []txlog.Search{
		{Peer: bart, Limit: 50, After: &oldest},
		{Peer: anna, Limit: 50, After: &newest},
		{Peer: anna, Limit: 1000, After: &newest},
		{Direction: txlog.DirectionOutgoing, Limit: 100, After: &oldest},
		{Peer: bart, ServiceName: "early", Limit: 100, After: &oldest},
		{ServiceName: "persons", Until: all[2000].CreatedAt, Limit: 700, After: &oldest},
		{Peer: bart, Limit: 50},
		{Direction: txlog.DirectionOutgoing, Limit: 3},
		{Direction: txlog.DirectionOutgoing, Limit: 100},
		{Peer: bart, ServiceName: "early", Limit: 100},
		{ServiceName: "persons", Until: all[2000].CreatedAt, Limit: 700},
		{Peer: anna, From: all[100].CreatedAt, Until: all[130].CreatedAt, Limit: 100},
	} {
		equal(t, fmt.Sprintf("%+v", q), search(t, s, q), found(all, q))
	}
	q := txlog.Search{Peer: anna, Limit: 997}
	var got []txlog.Record
	for page := search(t, s, q); len(page) > 0; page = search(t, s, q) {
		got = append(got, page...)
		c := txlog.CursorOf(page[len(page)-1])
		q.Before = &c
	}
	slices.Reverse(got)
	if !slices.EqualFunc(got, all, sameRecord) {
		t.Errorf("%d records in the pages, want %d in order", len(got), len(all))
	}
	first := txlog.CursorOf(all[0])
	q.Before, q.After, got = nil, &first, slices.Clone(all[:1])
	for page := search(t, s, q); len(page) > 0; page = search(t, s, q) {
		c := txlog.CursorOf(page[0])
		q.After = &c
		slices.Reverse(page)
		got = append(got, page...)
	}
	if !slices.EqualFunc(got, all, sameRecord) {
		t.Errorf("%d records in the pages on the way back, want %d in order", len(got), len(all))
	}
	equal(t, "without a limit", len(search(t, s, txlog.Search{Peer: anna})), txlog.MaxSearchLimit)
}

func searchForNoID(k check) {
	t, s := k.t, k.stores
	index(t, s, 10, record(1))
	id := record(1).TransactionID
	for _, part := range []string{id[:7], id + "0", "0000000g", "00000000%", "-------------"} {
		if _, err := s.Log.Search(t.Context(), txlog.Search{TransactionID: part}); !errors.Is(err, txlog.ErrTransactionIDPart) {
			t.Errorf("%s: got %v, want ErrTransactionIDPart", part, err)
		}
	}
}
