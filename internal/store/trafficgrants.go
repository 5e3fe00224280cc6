// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
)

// kindsAtOnce is how many kinds are read with one statement.
const kindsAtOnce = 500

// trafficPerGrant adds up here and not in the database, which would sort all rows
// for it: a month of a thousand grants has some fifty thousand of them.
func trafficPerGrant(ctx context.Context, tx querier, q txlog.TrafficQuery) ([]txlog.Traffic, error) {
	query, sums := queryTraffic(q), counters{}
	add := func(rows *sql.Rows) (none struct{}, err error) {
		c, calls := counter{time: allHours}, int64(0)
		if q.PerHour {
			err = rows.Scan(&c.kind, &c.direction, &calls, &c.time)
		} else {
			err = rows.Scan(&c.kind, &c.direction, &calls)
		}
		sums[c] += calls
		return none, err
	}
	if _, err := collect(ctx, tx, &query, add); err != nil {
		return nil, err
	}
	named, err := namesOfKinds(ctx, tx, sums)
	if err != nil {
		return nil, err
	}
	return sums.perGrant(named), nil
}

// grantOfKind is what calls of grants are told by. Several kinds can have the same.
type grantOfKind struct{ hash, service, outway, provider string }

func (g grantOfKind) compare(o grantOfKind) int {
	return cmp.Or(cmp.Compare(g.hash, o.hash), cmp.Compare(g.service, o.service), cmp.Compare(g.outway, o.outway), cmp.Compare(g.provider, o.provider))
}

// namesOfKinds reads the kinds that were counted.
func namesOfKinds(ctx context.Context, tx querier, sums counters) (map[int64]grantOfKind, error) {
	named := map[int64]grantOfKind{}
	for c := range sums {
		named[c.kind] = grantOfKind{}
	}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(named)), kindsAtOnce) {
		query := nameKinds(ids)
		_, err := collect(ctx, tx, &query, func(rows *sql.Rows) (none struct{}, err error) {
			var id int64
			var g grantOfKind
			err = rows.Scan(&id, &g.hash, &g.service, &g.outway, &g.provider)
			named[id] = g
			return none, err
		})
		if err != nil {
			return nil, err
		}
	}
	return named, nil
}

func nameKinds(ids []int64) statement {
	var f filter
	places := make([]string, len(ids))
	for i, id := range ids {
		places[i] = f.param(id)
	}
	return statement{"SELECT id, grant_hash, service_name, outway_peer, service_peer FROM kinds WHERE id IN (" + strings.Join(places, ", ") + ")", f.args}
}

// perGrant gives the calls in the order of [LogStore.Traffic].
func (c counters) perGrant(named map[int64]grantOfKind) []txlog.Traffic {
	type row struct {
		hour      int64
		direction int
		grant     grantOfKind
	}
	calls := make(map[row]int64, len(c))
	for k, n := range c {
		calls[row{k.time, k.direction, named[k.kind]}] += n
	}
	rows := slices.SortedFunc(maps.Keys(calls), func(a, b row) int {
		return cmp.Or(cmp.Compare(a.hour, b.hour), cmp.Compare(a.direction, b.direction), a.grant.compare(b.grant))
	})
	var out []txlog.Traffic
	for _, r := range rows {
		out = append(out, txlog.Traffic{
			Hour: hourOfTraffic(r.hour), Direction: directionOf(r.direction), GrantHash: r.grant.hash, ServiceName: r.grant.service,
			OutwayPeerID: fsc.PeerID(r.grant.outway), ServicePeerID: fsc.PeerID(r.grant.provider), Calls: calls[r],
		})
	}
	return out
}
