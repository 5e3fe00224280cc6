// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
)

func traffic(t *testing.T, s Stores, q txlog.TrafficQuery) []txlog.Traffic {
	t.Helper()
	counted, err := s.Log.Traffic(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return counted
}

func allTraffic() txlog.TrafficQuery { return txlog.TrafficQuery{PerHour: true, PerGrant: true} }

func trafficIsCountedOnce(k check) {
	t, s := k.t, k.stores
	calls := func() (n int64) {
		for _, c := range traffic(t, s, txlog.TrafficQuery{}) {
			n += c.Calls
		}
		return n
	}
	equal(t, "calls before any", traffic(t, s, allTraffic()), []txlog.Traffic(nil))
	var batch []txlog.Record
	for n := range 25 {
		batch = append(batch, record(n))
	}
	index(t, s, 10, batch...)
	equal(t, "calls of a batch", calls(), int64(25))
	index(t, s, 20, batch...)
	equal(t, "calls after the same batch again", calls(), int64(25))
	stolen := record(3)
	stolen.OutwayPeerID = carla
	index(t, s, 30, append(batch[5:19:19], stolen, record(100), record(100), record(101))...)
	equal(t, "calls after a batch with two new ones", calls(), int64(27))
	equal(t, "calls with the id of another", traffic(t, s, txlog.TrafficQuery{Peer: carla}), []txlog.Traffic(nil))

	broken := record(200)
	broken.Direction = "no direction"
	if err := s.Log.Index(t.Context(), []txlog.Record{record(199), broken}, txlog.Position{Segment: 1, Offset: 40}); err == nil {
		t.Error("a record without direction was stored")
	}
	equal(t, "calls after a batch that failed", calls(), int64(27))
	equal(t, "all", traffic(t, s, allTraffic()), []txlog.Traffic{{
		Hour: start().Truncate(time.Hour), Direction: txlog.DirectionIncoming, GrantHash: "$1$3$grant", ServiceName: "persons",
		OutwayPeerID: bart, ServicePeerID: anna, Calls: 27,
	}})
}

// trafficQueries compares the store with counting one by one.
func trafficQueries(k check) {
	t, s := k.t, k.stores
	all := randomRecords(400, func(r *rapid.T) time.Time {
		return start().Truncate(time.Hour).Add(time.Duration(rapid.IntRange(0, 400).Draw(r, "quarters")) * 15 * time.Minute)
	})
	index(t, s, 10, all...)
	hour := rapid.Custom(func(r *rapid.T) time.Time {
		if rapid.Bool().Draw(r, "no bound") {
			return time.Time{}
		}
		return start().Truncate(time.Hour).Add(time.Duration(rapid.IntRange(-1, 101).Draw(r, "hours")) * time.Hour)
	})
	rapid.Check(t, func(r *rapid.T) {
		q := txlog.TrafficQuery{
			From: hour.Draw(r, "from"), Until: hour.Draw(r, "until"), PerHour: rapid.Bool().Draw(r, "per hour"), PerGrant: rapid.Bool().Draw(r, "per grant"),
			Direction:   rapid.SampledFrom([]txlog.Direction{"", txlog.DirectionIncoming, txlog.DirectionOutgoing}).Draw(r, "direction"),
			GrantHashes: rapid.SliceOfN(rapid.SampledFrom([]string{"g1", "g2", "none"}), 0, 2).Draw(r, "grants"),
			ServiceName: rapid.SampledFrom([]string{"", "", "svc1", "none"}).Draw(r, "service"),
			Peer:        rapid.SampledFrom([]fsc.PeerID{"", "", anna, carla, "00000099000000009000"}).Draw(r, "peer"),
		}
		got, want := traffic(t, s, q), counted(all, q)
		if !slices.Equal(got, want) {
			r.Fatalf("%+v\n got %+v\nwant %+v", q, got, want)
		}
	})
}

func counted(all []txlog.Record, q txlog.TrafficQuery) []txlog.Traffic {
	calls := map[txlog.Traffic]int64{}
	search := txlog.Search{From: q.From, Until: q.Until, Direction: q.Direction, ServiceName: q.ServiceName, Peer: q.Peer}
	for _, r := range all {
		if !search.Matches(r) || len(q.GrantHashes) > 0 && !slices.Contains(q.GrantHashes, r.GrantHash) {
			continue
		}
		key := txlog.Traffic{Direction: r.Direction}
		if q.PerHour {
			key.Hour = r.CreatedAt.Truncate(time.Hour)
		}
		if q.PerGrant {
			key.GrantHash, key.ServiceName, key.OutwayPeerID, key.ServicePeerID = r.GrantHash, r.ServiceName, r.OutwayPeerID, r.ServicePeerID
		}
		calls[key]++
	}
	var out []txlog.Traffic
	for key, n := range calls {
		key.Calls = n
		out = append(out, key)
	}
	slices.SortFunc(out, func(a, b txlog.Traffic) int {
		return cmp.Or(a.Hour.Compare(b.Hour), cmp.Compare(a.Direction, b.Direction), cmp.Compare(a.GrantHash, b.GrantHash),
			cmp.Compare(a.ServiceName, b.ServiceName), cmp.Compare(a.OutwayPeerID, b.OutwayPeerID), cmp.Compare(a.ServicePeerID, b.ServicePeerID))
	})
	return out
}

// randomRecords are of few kinds, no two with the same key, and always the same.
func randomRecords(n int, at func(*rapid.T) time.Time) (all []txlog.Record) {
	peer := rapid.SampledFrom([]fsc.PeerID{anna, bart, carla, dirk})
	maybe := rapid.SampledFrom([]fsc.PeerID{"", "", "", anna, carla})
	gen := rapid.Custom(func(r *rapid.T) txlog.Record {
		rec := record(rapid.IntRange(0, n).Draw(r, "id"))
		rec.TransactionID = fmt.Sprintf("%08x%s", rapid.IntRange(0, 3).Draw(r, "first group"), rec.TransactionID[8:])
		rec.Direction = rapid.SampledFrom([]txlog.Direction{txlog.DirectionIncoming, txlog.DirectionOutgoing}).Draw(r, "direction")
		rec.GrantHash = rapid.SampledFrom([]string{"g1", "g2", "g3"}).Draw(r, "grant")
		rec.ServiceName = rapid.SampledFrom([]string{"svc1", "svc2"}).Draw(r, "service")
		rec.OutwayPeerID, rec.ServicePeerID = peer.Draw(r, "outway"), peer.Draw(r, "service peer")
		rec.SourceDelegator, rec.CreatedAt = maybe.Draw(r, "delegator"), at(r)
		return rec
	})
	seen := map[[2]string]bool{}
	for i := range n {
		r := gen.Example(i)
		if key := [2]string{r.TransactionID, string(r.Direction)}; !seen[key] {
			seen[key] = true
			all = append(all, r)
		}
	}
	return all
}
