// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"slices"
	"time"
)

// goal is one line of the finished data plane's targets: what must be reached,
// what would be excellent, and what this run measured.
type goal struct {
	id, what      string
	short         string // for the chart
	must, stretch float64
	atMost        bool // lower is better
	got           spread
	calm          bool // measured without disturbance
	inverse       bool // shown as 1/n
}

func (g goal) reaches(line float64) bool {
	if g.atMost {
		return g.got.median <= line
	}
	return g.got.median >= line
}

func (g goal) passed() bool { return g.reaches(g.must) }

func (g goal) verdict() string {
	text := "**missed**"
	switch {
	case g.reaches(g.stretch):
		text = "stretch"
	case g.passed():
		text = "pass"
	}
	if !g.calm {
		text += ", disturbed"
	}
	return text
}

// line shows a must or stretch.
func (g goal) line(v float64) string {
	if g.atMost {
		return "≤ " + g.figure(v)
	}
	return "≥ " + g.figure(v)
}

func (g goal) figure(v float64) string {
	if g.inverse && v > 0 {
		return fmt.Sprintf("1/%.0f", 1/v)
	}
	return short(v)
}

// measured shows the figure, with the ends of its spread where there is one.
func (g goal) measured() string {
	text := g.figure(g.got.median)
	if g.got.low != g.got.high {
		text += " (" + g.figure(g.got.low) + "–" + g.figure(g.got.high) + ")"
	}
	return text
}

// bigBody is the size of the large answers in the targets.
const bigBody = 100 << 10

// goals are T1 to T13 and what was agreed beside them. What wasn't measured is
// left out.
func (rep *report) goals() []goal {
	return slices.DeleteFunc(slices.Concat(rep.rateGoals(), rep.latencyGoals(), rep.cpuGoals(), rep.partGoals(), rep.memoryGoals()),
		func(g goal) bool { return g.got.n == 0 })
}

// single is a figure that was measured once.
func single(v float64) spread { return spread{median: v, low: v, high: v, n: 1} }

// rateGoals are T1 to T5: requests per second beside other chains.
func (rep *report) rateGoals() []goal {
	var out []goal
	for _, t := range []struct {
		id, chain, base string
		body, n         int
		must, stretch   float64
	}{
		{"T1", chainQuiet, chainNginx, smallBody, 64, 0.90, 1.05},
		{"T2", chainSamenspel, chainNginx, smallBody, 16, 0.38, 0.50},
		{"T2", chainSamenspel, chainNginx, smallBody, 64, 0.58, 0.75},
		{"T2", chainSamenspel, chainNginx, smallBody, 256, 0.78, 0.95},
		{"T3", chainSamenspel, chainNginx, bigBody, 16, 0.80, 0.95},
		{"T3", chainSamenspel, chainNginx, bigBody, 64, 0.90, 1.0},
		{"T3", chainSamenspel, chainNginx, bigBody, 256, 1.0, 1.25},
		{"T4", chainSamenspel, chainHaproxy, smallBody, 64, 0.72, 0.9},
		{"T4", chainSamenspel, chainHaproxy, smallBody, 256, 0.80, 1.0},
		{"T5", chainSamenspel, chainReverse, smallBody, 16, 2.5, 3.5},
		{"T5", chainSamenspel, chainReverse, smallBody, 64, 4, 5},
		{"T5", chainSamenspel, chainReverse, smallBody, 256, 6, 8},
	} {
		g := goal{id: t.id, must: t.must, stretch: t.stretch}
		g.short = fmt.Sprintf("of %s, %d B, %d connections", t.base, t.body, t.n)
		g.what = fmt.Sprintf("requests/s of %s / %s, %d B, %d connections", t.chain, t.base, t.body, t.n)
		g.got, g.calm = rep.results.ratio(t.chain, t.base, cell{body: t.body, connections: t.n}, perSecond)
		out = append(out, g)
	}
	return out
}

// latencyGoals are T6 to T8, and the tail at half of the most calls.
func (rep *report) latencyGoals() []goal {
	p50 := milliseconds(func(s sample) time.Duration { return s.p50 })
	p99 := milliseconds(func(s sample) time.Duration { return s.p99 })
	one, many := cell{body: smallBody, connections: 1}, cell{body: smallBody, connections: 64}
	tenth := cell{body: smallBody, connections: paceConnections, rate: rep.paced.tenth}
	out := []goal{
		{id: "T6", what: "p50 at 1 connection: (samenspel − nginx) / flush time of the disk meanwhile", short: "p50 at 1 connection, in flushes", must: 3.2, stretch: 2.5},
		{id: "T7", what: "p99 of samenspel / nginx at a tenth of nginx's most calls", short: "p99 at a tenth of the load", must: 1.25, stretch: 1.0},
		{id: "T7", what: "p50 of samenspel / nginx at a tenth of nginx's most calls", short: "p50 at a tenth of the load", must: 2.0, stretch: 1.6},
		{id: "T8", what: "p99 of samenspel / nginx, 100 B, 64 connections", short: "p99 at 64 connections", must: 1.3, stretch: 1.0},
		{
			id: "half load", short: "p99 added", must: 2, stretch: 1,
			what: "p99 added to direct at half of samenspel's most calls, calmest rounds, samenspel / nginx",
		},
	}
	for i := range out {
		out[i].atMost = true
	}
	if flush := spreadOf(rep.flushes).median; flush > 0 {
		out[0].got, out[0].calm = rep.results.added(chainSamenspel, chainNginx, one, p50)
		out[0].got = out[0].got.over(flush)
	}
	if rep.paced.tenth > 0 {
		out[1].got, out[1].calm = rep.results.ratio(chainSamenspel, chainNginx, tenth, p99)
		out[2].got, out[2].calm = rep.results.ratio(chainSamenspel, chainNginx, tenth, p50)
	}
	out[3].got, out[3].calm = rep.results.ratio(chainSamenspel, chainNginx, many, p99)
	out[4].got, out[4].calm = rep.halfLoad(p99)
	return out
}

// halfLoad compares what two hops of ours and of nginx add to the tail, in the
// calmest round of each: at a fixed rate all else in a p99 is the machine's, and
// can be more for the bare backend than for a chain.
func (rep *report) halfLoad(p99 func(sample) float64) (spread, bool) {
	at := cell{body: smallBody, connections: paceConnections, rate: rep.paced.half}
	ours, theirs := rep.results.over(chainSamenspel, at, p99), rep.results.over(chainNginx, at, p99)
	direct := rep.results.over(chainDirect, at, p99)
	if rep.paced.half == 0 || ours.n == 0 || direct.n == 0 || theirs.low <= direct.low {
		return spread{}, false
	}
	return single((ours.low - direct.low) / (theirs.low - direct.low)), true
}

// cpuGoals are T9.
func (rep *report) cpuGoals() []goal {
	at := cell{body: smallBody, connections: 64}
	cpu := goal{
		id: "T9", what: "CPU per request and hop of samenspel / nginx during the load, with the index work done in it, 64 connections",
		short: "CPU per hop at 64 connections", must: 1.6, stretch: 1.25, atMost: true,
	}
	cpu.got, cpu.calm = rep.results.ratio(chainSamenspel, chainNginx, at,
		perRequest(func(s sample) time.Duration { return (s.during.outway + s.during.inway) / 2 }))
	return []goal{cpu}
}

// memoryGoals are T13.
func (rep *report) memoryGoals() []goal {
	memory := goal{id: "T13", what: "memory of one node at 256 connections, MiB, the largest seen", short: "memory at 256 connections", must: 90, stretch: 40, atMost: true, calm: true}
	for c, samples := range rep.results[chainSamenspel] {
		for _, s := range samples {
			if c.connections == 256 && c.rate == 0 {
				memory.got = single(max(memory.got.median, float64(max(s.outwayRSS, s.inwayRSS))/mebibyte))
			}
		}
	}
	return []goal{memory}
}

// partGoals are T10 to T12: the log alone and the check of a token.
func (rep *report) partGoals() []goal {
	ours, lite := rep.engines.find(engineLog, 64), rep.engines.find(engineSQLite, 64)
	out := []goal{
		{id: "T10", what: "records made durable in the time of one flush, 256 writers", short: "records per flush, 256 writers", must: 60, stretch: 100, calm: true},
		{id: "T11", what: "records/s of the log / SQLite with one transaction per group, 64 writers", short: "log of SQLite, 64 writers", must: 2, stretch: 3, calm: true},
		{id: "T12", what: "check of a token that is known / of a new one, ES256", short: "known token of new one", must: 1.0 / 100, stretch: 1.0 / 500, atMost: true, calm: true, inverse: true},
	}
	if rep.engines.flushP50 > 0 {
		out[0].got = single(rep.engines.find(engineLog, 256).perSec * rep.engines.flushP50.Seconds())
	}
	if lite.perSec > 0 {
		out[1].got = single(ours.perSec / lite.perSec)
	}
	first, known, use := rep.part(benchFirstToken), rep.part(benchKnownToken), rep.part(benchCheckUse)
	if first > 0 && known > 0 && use > 0 {
		out[2].got = single((known + use) / (first + use))
	}
	return out
}

// part is the time of a small benchmark in nanoseconds; 0 when it didn't run.
func (rep *report) part(name string) float64 {
	for _, f := range rep.small {
		if f.name == name {
			return f.nsPerOp
		}
	}
	return 0
}
