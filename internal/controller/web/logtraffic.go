// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"strconv"
	"time"

	"github.com/samenspel/samenspel/internal/txlog"
)

// chartPeriod is a stretch of time that a chart shows.
type chartPeriod struct {
	key   string
	days  int
	daily bool
}

func chartPeriods() []chartPeriod {
	return []chartPeriod{{"day", 1, false}, {"week", 7, true}, {"month", 30, true}}
}

func (q *request) periods() []option {
	var out []option
	for _, p := range chartPeriods() {
		out = append(out, option{p.key, q.t("log.period." + p.key)})
	}
	return out
}

// trafficChart draws the calls that fit the filter: of the last 24 hours, or
// per day when a longer period was chosen.
func (s *server) trafficChart(q *request, search txlog.Search) (Chart, error) {
	c, _, err := s.traffic(q, search)
	return c, err
}

// exportTraffic gives the numbers of the chart as a file.
func (s *server) exportTraffic(q *request, search txlog.Search) error {
	c, starts, err := s.traffic(q, search)
	if err != nil {
		return err
	}
	return q.csv("calls", []string{"from", "calls"}, func(yield func([]string, error) bool) {
		for i, bar := range c.Bars {
			if !yield([]string{momentWord(starts[i]), strconv.FormatInt(bar.Count, 10)}, nil) {
				return
			}
		}
	})
}

// traffic gives the chart and when each of its bars begins.
func (s *server) traffic(q *request, search txlog.Search) (Chart, []time.Time, error) {
	period := chartPeriods()[0]
	for _, p := range chartPeriods() {
		if p.key == q.query("period") {
			period = p
		}
	}
	clock, now := location(), s.cfg.Now()
	starts := barStarts(now, period, clock)
	tq := txlog.TrafficQuery{
		From: starts[0].UTC().Truncate(time.Hour), Until: now.UTC().Truncate(time.Hour).Add(time.Hour), PerHour: true,
		Direction: search.Direction, ServiceName: search.ServiceName, Peer: search.Peer,
	}
	if search.GrantHash != "" {
		tq.GrantHashes = []string{search.GrantHash}
	}
	counted, err := s.cfg.Controller.Traffic(q.Ctx, q.Actor, tq)
	if err != nil {
		return Chart{}, nil, err
	}
	c := Chart{Title: q.t("log.chart." + period.key)}
	for _, at := range starts {
		label := at.In(clock).Format("15:04")
		if period.daily {
			label = at.In(clock).Format("2-1")
		}
		c.Bars = append(c.Bars, Bar{Label: label})
	}
	for _, n := range counted {
		if i := barOf(starts, n.Hour); i >= 0 {
			c.Bars[i].Count += n.Calls
		}
	}
	return c, starts, nil
}

// barStarts gives when each bar begins, the oldest first.
func barStarts(now time.Time, p chartPeriod, clock *time.Location) []time.Time {
	if !p.daily {
		starts := make([]time.Time, 24)
		for i := range starts {
			starts[i] = now.UTC().Truncate(time.Hour).Add(time.Duration(i-23) * time.Hour)
		}
		return starts
	}
	today := midnight(now, clock)
	starts := make([]time.Time, p.days)
	for i := range starts {
		starts[i] = today.AddDate(0, 0, i-p.days+1)
	}
	return starts
}

// barOf gives the last bar that doesn't begin after at, or -1.
func barOf(starts []time.Time, at time.Time) int {
	i := -1
	for i+1 < len(starts) && !starts[i+1].After(at) {
		i++
	}
	return i
}

// midnight is when the day of at began.
func midnight(at time.Time, clock *time.Location) time.Time {
	y, m, d := at.In(clock).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, clock)
}
