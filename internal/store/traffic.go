// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
)

const hourMicros = 3_600_000_000

// counter names a row of one of the tables of traffic.
type counter struct {
	time, kind int64 // kind is 0 for all kinds together
	direction  int
}

func counterOf(r *txlog.Record, kindID int64) counter {
	return counter{time: micros(r.CreatedAt) / hourMicros, kind: kindID, direction: directionNumber(r.Direction)}
}

// counters are the calls of one batch.
type counters map[counter]int64

func (c counters) add(keys []counter) {
	for _, k := range keys {
		c[k]++
	}
}

// regroup adds up what becomes the same counter.
func (c counters) regroup(change func(*counter)) counters {
	out := make(counters, len(c))
	for k, calls := range c {
		change(&k)
		out[k] += calls
	}
	return out
}

// store adds calls in hours to those of earlier batches, with a row for each
// counter and not for each call.
func (c counters) store(ctx context.Context, q querier) error {
	days := c.regroup(func(k *counter) { k.time /= 24 })
	totals := c.regroup(func(k *counter) { k.kind = 0 })
	return errors.Join(
		c.storeIn(ctx, q, "traffic_hours (hour, kind, direction, calls)"),
		days.storeIn(ctx, q, "traffic_days (day, kind, direction, calls)"),
		totals.storeIn(ctx, q, "traffic_totals (hour, direction, calls)"),
	)
}

func (c counters) storeIn(ctx context.Context, q querier, table string) error {
	type row struct {
		counter
		calls int64
	}
	rows := make([]row, 0, len(c))
	for k, calls := range c {
		rows = append(rows, row{k, calls})
	}
	name, columns, _ := strings.Cut(table, " ")
	key := strings.TrimSuffix(columns, ", calls)") + ")"
	b := bulk[row]{
		text:    "INSERT INTO " + table + " VALUES ",
		suffix:  " ON CONFLICT " + key + " DO UPDATE SET calls = " + name + ".calls + excluded.calls",
		columns: strings.Count(columns, ",") + 1,
		values: func(args []any, r *row) ([]any, error) {
			args = append(args, r.time)
			if r.kind != 0 {
				args = append(args, r.kind)
			}
			return append(args, r.direction, r.calls), nil
		},
	}
	return b.insert(ctx, q, rows, rowsAtOnce)
}

// Traffic gives counted calls, ordered by hour, direction, grant and Service.
// Bounds are moved to whole hours: From down, Until up. A Peer is the other
// side when it takes part in the call, as a delegator too.
func (l *LogStore) Traffic(ctx context.Context, q txlog.TrafficQuery) (counted []txlog.Traffic, err error) {
	err = l.db.view(ctx, func(tx querier) (err error) {
		if q.PerGrant {
			counted, err = trafficPerGrant(ctx, tx, q)
			return err
		}
		query := queryTraffic(q)
		counted, err = collect(ctx, tx, &query, scanTraffic)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read counted calls: %w", err)
	}
	return counted, nil
}

// queryTraffic adds up, unless calls of grants are asked for.
func queryTraffic(q txlog.TrafficQuery) statement {
	source, args := sourceOfTraffic(q)
	switch {
	case q.PerGrant && q.PerHour:
		return statement{"SELECT s.kind, s.direction, s.calls, s.hour FROM (" + source + ") s", args}
	case q.PerGrant:
		return statement{"SELECT s.kind, s.direction, s.calls FROM (" + source + ") s", args}
	case q.PerHour:
		return statement{"SELECT s.hour, s.direction, SUM(s.calls) FROM (" + source + ") s GROUP BY s.hour, s.direction ORDER BY s.hour, s.direction", args}
	}
	return statement{"SELECT -1, s.direction, SUM(s.calls) FROM (" + source + ") s GROUP BY s.direction ORDER BY s.direction", args}
}

// span is from one number of an hour or day up to another.
type span struct{ from, until int64 }

// spanOfTraffic is in hours.
func spanOfTraffic(q txlog.TrafficQuery) span {
	s := span{0, math.MaxInt64}
	if !q.From.IsZero() {
		s.from = max(0, micros(q.From)/hourMicros)
	}
	if !q.Until.IsZero() {
		s.until = (ceilMicros(q.Until) + hourMicros - 1) / hourMicros
	}
	return s
}

// sourceOfTraffic gives the rows to add up: of whole days where hours needn't
// be kept apart, and of hours for the rest.
func sourceOfTraffic(q txlog.TrafficQuery) (text string, args []any) {
	var f filter
	hours := spanOfTraffic(q)
	days := span{(hours.from + 23) / 24, hours.until / 24}
	all := q.Peer == "" && q.ServiceName == "" && len(q.GrantHashes) == 0 && !q.PerGrant
	switch {
	case all:
		text = partOfTraffic(&f, q, "traffic_totals", hours)
	case q.PerHour || days.from >= days.until:
		text = partOfTraffic(&f, q, "traffic_hours", hours)
	default:
		text = partOfTraffic(&f, q, "traffic_days", days) +
			" UNION ALL " + partOfTraffic(&f, q, "traffic_hours", span{hours.from, days.from * 24}) +
			" UNION ALL " + partOfTraffic(&f, q, "traffic_hours", span{days.until * 24, hours.until})
	}
	return text, f.args
}

// partOfTraffic lets the kinds lead where only some are asked for.
func partOfTraffic(f *filter, q txlog.TrafficQuery, table string, s span) string {
	part := filter{args: f.args}
	kind, unit, from := "t.kind", "t.hour", " FROM "+table+" t"
	switch table {
	case "traffic_totals":
		kind = "0"
	case "traffic_days":
		unit = "t.day"
	}
	filterKinds(&part, q.Peer, q.ServiceName, q.GrantHashes)
	if len(part.conditions) > 0 {
		from = " FROM kinds k CROSS JOIN " + table + " t"
		part.and("t.kind = k.id")
	}
	switch {
	case q.Direction != "":
		part.and("t.direction = " + part.param(directionNumber(q.Direction)))
	case len(part.conditions) > 0:
		part.and("t.direction IN (1, 2)") // stands before the time in the index
	}
	part.and(unit + " >= " + part.param(s.from))
	part.and(unit + " < " + part.param(s.until))
	f.args = part.args
	return "SELECT " + unit + " AS hour, " + kind + " AS kind, t.direction AS direction, t.calls AS calls" + from + part.where()
}

// filterKinds adds conditions on kinds k; the empty value of each is none.
func filterKinds(f *filter, peer fsc.PeerID, service string, grants []string) {
	if peer != "" {
		p := f.param(string(peer))
		f.and("(k.outway_peer = " + p + " OR k.service_peer = " + p +
			" OR k.source_delegator = " + p + " OR k.destination_delegator = " + p + ")")
	}
	if service != "" {
		f.and("k.service_name = " + f.param(service))
	}
	if len(grants) > 0 {
		f.and("k.grant_hash IN (" + params(f, grants) + ")")
	}
}

func scanTraffic(rows *sql.Rows) (t txlog.Traffic, err error) {
	var hour int64
	var direction int
	err = rows.Scan(&hour, &direction, &t.Calls)
	t.Hour, t.Direction = hourOfTraffic(hour), directionOf(direction)
	return t, err
}

// allHours stands for the hour where hours are one.
const allHours = -1

func hourOfTraffic(hour int64) time.Time {
	if hour == allHours {
		return time.Time{}
	}
	return fromMicros(hour * hourMicros)
}

// ceilMicros gives the first whole microsecond that isn't before t.
func ceilMicros(t time.Time) int64 { return micros(t.Add(time.Microsecond - 1)) }
