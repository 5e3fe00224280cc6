// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/txlog"
)

// record is a call of bart to anna; n tells records apart.
func record(n int) txlog.Record {
	return txlog.Record{
		TransactionID: fmt.Sprintf("00000000-0000-7000-8000-%012x", n), Direction: txlog.DirectionIncoming,
		GrantHash: "$1$3$grant", GroupID: "test-group", ServiceName: "persons", OutwayPeerID: bart, ServicePeerID: anna,
		CreatedAt: start().Add(time.Duration(n) * time.Millisecond),
	}
}

func index(t *testing.T, s Stores, offset int64, recs ...txlog.Record) {
	t.Helper()
	if err := s.Log.Index(t.Context(), recs, txlog.Position{Segment: 1, Offset: offset}); err != nil {
		t.Fatal(err)
	}
}

func query(t *testing.T, s Stores, q txlog.Query) []txlog.Record {
	t.Helper()
	recs, err := s.Log.Records(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return recs
}

func recordsComeBack(k check) {
	t, s := k.t, k.stores
	full := record(2)
	full.Direction, full.SourceDelegator, full.DestinationDelegator = txlog.DirectionOutgoing, carla, dirk
	full.TraceID, full.SpanID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	full.AdditionalData = []byte(`{"b": 1.0,  "a": "é"}`)
	want := []txlog.Record{record(1), full}
	index(t, s, 10, want...)
	equal(t, "records", query(t, s, txlog.Query{}), want)
}

func indexAgain(k check) {
	t, s := k.t, k.stores
	position := func() txlog.Position {
		p, err := s.Log.IndexedUpTo(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	equal(t, "position at the start", position(), txlog.Position{})
	index(t, s, 10, record(1), record(2))
	other := record(2)
	other.Direction = txlog.DirectionOutgoing
	changed := record(1)
	changed.ServiceName = "changed"
	index(t, s, 20, changed, record(2), other, other, record(3))
	equal(t, "records", query(t, s, txlog.Query{}), []txlog.Record{record(1), record(2), other, record(3)})
	index(t, s, 30)
	equal(t, "position", position(), txlog.Position{Segment: 1, Offset: 30})

	broken := record(9)
	broken.Direction = "no direction"
	if err := s.Log.Index(t.Context(), []txlog.Record{record(8), broken}, txlog.Position{Segment: 1, Offset: 40}); err == nil {
		t.Error("a record without direction was stored")
	}
	equal(t, "a failed batch leaves nothing", query(t, s, txlog.Query{TransactionIDs: []string{record(8).TransactionID}}), []txlog.Record(nil))
	equal(t, "position", position(), txlog.Position{Segment: 1, Offset: 30})
	nameless := record(9)
	nameless.TransactionID = strings.ToUpper("abcdef00-0000-7000-8000-000000000000")
	if err := s.Log.Index(t.Context(), []txlog.Record{nameless}, txlog.Position{Segment: 1, Offset: 40}); err == nil {
		t.Error("a record with another form of id was stored")
	}
}

// afterAFailure is about what a store may remember of a batch that failed.
func afterAFailure(k check) {
	t, s := k.t, k.stores
	failed, other, broken := record(1), record(2), record(3)
	failed.ServiceName, other.ServiceName, broken.Direction = "failed", "other", "no direction"
	if err := s.Log.Index(t.Context(), []txlog.Record{failed, broken}, txlog.Position{Segment: 1}); err == nil {
		t.Error("a record without direction was stored")
	}
	index(t, s, 10, other)
	index(t, s, 20, failed)
	equal(t, "records", query(t, s, txlog.Query{}), []txlog.Record{failed, other})
	equal(t, "of one service", query(t, s, txlog.Query{ServiceNames: []string{"failed"}}), []txlog.Record{failed})
}

func readingRule(k check) {
	t, s := k.t, k.stores
	delegated := record(2)
	delegated.SourceDelegator, delegated.DestinationDelegator = carla, dirk
	own := record(3)
	own.OutwayPeerID = anna
	index(t, s, 10, record(1), delegated, own)
	all := []txlog.Record{record(1), delegated, own}
	var ids []string
	for _, r := range all {
		ids = append(ids, r.TransactionID)
	}
	for _, c := range []struct {
		reader fsc.PeerID
		want   []txlog.Record
	}{
		{"", all}, {anna, all}, {bart, all[:2]}, {carla, all[1:2]}, {dirk, all[1:2]}, {"00000099000000009000", nil}, {anna + "0", nil},
	} {
		equal(t, "records of "+string(c.reader), query(t, s, txlog.Query{Reader: c.reader}), c.want)
		equal(t, "records by id of "+string(c.reader), query(t, s, txlog.Query{Reader: c.reader, TransactionIDs: ids}), c.want)
		lists := txlog.Query{Reader: c.reader, GrantHashes: []string{"$1$3$grant"}, ServiceNames: []string{"persons"}}
		equal(t, "records by lists of "+string(c.reader), query(t, s, lists), c.want)
	}
}

// stolenKey is about a consumer that uses a transaction id of somebody else.
func stolenKey(k check) {
	t, s := k.t, k.stores
	index(t, s, 10, record(1))
	stolen := record(1)
	stolen.OutwayPeerID = carla
	index(t, s, 20, stolen)
	index(t, s, 30, record(2), func() txlog.Record { r := record(2); r.OutwayPeerID = carla; return r }())
	equal(t, "what the thief sees", query(t, s, txlog.Query{Reader: carla}), []txlog.Record(nil))
}

// recordQueries compares the store with txlog.Query.Matches.
func recordQueries(k check) {
	t, s := k.t, k.stores
	peer := rapid.SampledFrom([]fsc.PeerID{anna, bart, carla, dirk})
	maybe := rapid.SampledFrom([]fsc.PeerID{"", "", anna, bart, carla, dirk})
	grant, service := rapid.SampledFrom([]string{"g1", "g2", "g3"}), rapid.SampledFrom([]string{"svc1", "svc2", "svc3"})
	direction := rapid.SampledFrom([]txlog.Direction{txlog.DirectionIncoming, txlog.DirectionOutgoing})
	var all []txlog.Record
	gen := rapid.Custom(func(r *rapid.T) txlog.Record {
		rec := record(rapid.IntRange(0, 200).Draw(r, "id"))
		rec.Direction, rec.GrantHash, rec.ServiceName = direction.Draw(r, "direction"), grant.Draw(r, "grant"), service.Draw(r, "service")
		rec.OutwayPeerID, rec.ServicePeerID = peer.Draw(r, "outway"), peer.Draw(r, "service peer")
		rec.SourceDelegator, rec.DestinationDelegator = maybe.Draw(r, "source"), maybe.Draw(r, "destination")
		rec.CreatedAt = start().Truncate(time.Second).Add(time.Duration(rapid.IntRange(-3, 3).Draw(r, "half seconds")) * time.Second / 2)
		return rec
	})
	for i := range 300 {
		rec := gen.Example(i)
		if !slices.ContainsFunc(all, func(o txlog.Record) bool {
			return o.TransactionID == rec.TransactionID && o.Direction == rec.Direction
		}) {
			all = append(all, rec)
		}
	}
	index(t, s, 10, all...)
	rapid.Check(t, func(r *rapid.T) {
		q := txlog.Query{
			Reader: maybe.Draw(r, "reader"), Descending: rapid.Bool().Draw(r, "descending"), Limit: rapid.SampledFrom([]int{0, 1, 20}).Draw(r, "limit"),
			GrantHashes: rapid.SliceOfN(grant, 0, 2).Draw(r, "grants"), ServiceNames: rapid.SliceOfN(service, 0, 2).Draw(r, "services"),
			After: bound(r, "after"), Before: bound(r, "before"),
		}
		for range rapid.SampledFrom([]int{0, 0, 0, 5}).Draw(r, "ids") {
			q.TransactionIDs = append(q.TransactionIDs, record(rapid.IntRange(0, 250).Draw(r, "id")).TransactionID)
		}
		if rapid.Bool().Draw(r, "has cursor") {
			c := txlog.CursorOf(rapid.SampledFrom(all).Draw(r, "cursor"))
			c.Direction = rapid.SampledFrom([]txlog.Direction{c.Direction, txlog.DirectionIncoming, txlog.DirectionOutgoing, "", "DIRECTION_N", "Z"}).Draw(r, "cursor direction")
			c.TransactionID = rapid.SampledFrom([]string{c.TransactionID, c.TransactionID, "", "00000000-0000-7000-8", "zzz"}).Draw(r, "cursor id")
			q.Cursor = &c
		}
		got, want := query(t, s, q), matching(all, q)
		if !slices.EqualFunc(got, want, func(a, b txlog.Record) bool { return txlog.CursorOf(a) == txlog.CursorOf(b) }) {
			r.Fatalf("got %d records, want %d, or in another order", len(got), len(want))
		}
	})
}

func bound(r *rapid.T, name string) *int64 {
	second := start().Unix()
	if rapid.Bool().Draw(r, name+" is set") {
		v := rapid.SampledFrom([]int64{second - 2, second - 1, second, second + 1, second + 2, 0, -5, math.MaxInt64, math.MinInt64}).Draw(r, name)
		return &v
	}
	return nil
}

// matching is the slow and simple meaning of a query.
func matching(all []txlog.Record, q txlog.Query) []txlog.Record {
	want := slices.DeleteFunc(slices.Clone(all), func(rec txlog.Record) bool { return !q.Matches(rec) })
	slices.SortFunc(want, func(a, b txlog.Record) int {
		if q.Descending {
			a, b = b, a
		}
		return txlog.CursorOf(a).Compare(txlog.CursorOf(b))
	})
	if q.Limit > 0 && len(q.TransactionIDs) == 0 {
		want = want[:min(q.Limit, len(want))]
	}
	return want
}

func recordPages(k check) {
	t, s := k.t, k.stores
	var all []txlog.Record
	for n := range 250 {
		r := record(n)
		r.CreatedAt = start().Add(time.Duration(n/9) * time.Microsecond) // ties
		r.GrantHash = fmt.Sprintf("$1$3$grant-%d", n%40)
		all = append(all, r)
	}
	index(t, s, 10, all...)
	for _, q := range []txlog.Query{{Limit: 37}, {Limit: 37, Reader: bart}, {Limit: 37, Reader: anna, Descending: true}} {
		var got []txlog.Record
		for page := query(t, s, q); len(page) > 0; page = query(t, s, q) {
			got = append(got, page...)
			c := txlog.CursorOf(page[len(page)-1])
			q.Cursor = &c
			newcomer := record(1000 + len(got))
			newcomer.CreatedAt = start().Add(-time.Hour)
			if !q.Descending {
				index(t, s, 20, newcomer) // behind the reader, so it isn't seen
			}
		}
		if q.Descending {
			slices.Reverse(got)
		}
		got = slices.DeleteFunc(got, func(r txlog.Record) bool { return r.CreatedAt.Before(start()) })
		if !slices.EqualFunc(got, all, func(a, b txlog.Record) bool { return txlog.CursorOf(a) == txlog.CursorOf(b) }) {
			t.Errorf("%+v: %d records in the pages, want %d in order", q, len(got), len(all))
		}
	}
}

func tooManyIDs(k check) {
	t, s := k.t, k.stores
	index(t, s, 10, record(1))
	ids := slices.Repeat([]string{"no id", record(1).TransactionID}, txlog.MaxTransactionIDs/2)
	equal(t, "as many as allowed", query(t, s, txlog.Query{TransactionIDs: ids}), []txlog.Record{record(1)})
	_, err := s.Log.Records(t.Context(), txlog.Query{TransactionIDs: append(ids, "one more")})
	if !errors.Is(err, txlog.ErrTooManyTransactionIDs) {
		t.Errorf("got %v, want ErrTooManyTransactionIDs", err)
	}
}

func reopen(k check) {
	t, s := k.t, k.stores
	c := accepted(t, draft(1, publication(anna, "persons")))
	put(t, s, c)
	putPeers(t, s, fsc.Peer{ID: anna, Name: "Anna"})
	d := delivery(manager.DeliverySubmit, c.Content.Hash(), bart, 0)
	putDeliveries(t, s, d)
	offered := manager.Service{Name: "persons", Upstream: "http://127.0.0.1"}
	update(t, s, func(tx manager.Tx) error { return tx.PutService(t.Context(), offered) })
	index(t, s, 10, record(1))

	s = s.Reopen()
	equal(t, "contract", find(t, s, c.Content.Hash()), c)
	equal(t, "peers", listPeers(t, s, manager.PeerFilter{}), []fsc.Peer{{ID: anna, Name: "Anna"}})
	equal(t, "deliveries", listDeliveries(t, s, manager.DeliveryFilter{}), []manager.Delivery{d})
	equal(t, "listings", len(listServices(t, s, directory.Filter{Directory: dirk}, start())), 1)
	equal(t, "records", query(t, s, txlog.Query{}), []txlog.Record{record(1)})
	view(t, s, func(tx manager.Tx) error {
		services, err := tx.ListServices(t.Context())
		equal(t, "services", services, []manager.Service{offered})
		return err
	})
	if p, err := s.Log.IndexedUpTo(t.Context()); err != nil || p != (txlog.Position{Segment: 1, Offset: 10}) {
		t.Errorf("position is %+v, %v", p, err)
	}
}
