// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"strconv"
	"time"
)

// writePaced is the table of latencies at fixed rates.
func (rep *report) writePaced(p printer) {
	if rep.paced.tenth == 0 {
		return
	}
	p("## Latency at a fixed rate\n\nAnswers of %d bytes over %d connections. Calls start at equal distances whether or not earlier ones were answered, "+
		"and a latency counts from when its call was due. %d/s is a tenth of the most calls of nginx in this run", rep.options.bodies[0], paceConnections, rep.paced.tenth)
	if rep.paced.half > 0 {
		p(", %d/s half of the most calls of samenspel", rep.paced.half)
	}
	p(". A chain that can't make so many isn't asked to.\n\n")
	p("| calls/s | chain | answered/s | p50 ms | p90 ms | p99 ms | p99.9 ms | CPU µs per request | CPU µs to rest | rounds |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for _, rate := range []int{rep.paced.tenth, rep.paced.half} {
		for _, ch := range rep.chains {
			rep.writePacedCell(p, ch, cell{body: rep.options.bodies[0], connections: paceConnections, rate: rate})
		}
	}
	p("\n")
	rep.paced.check.write(p)
}

func (rep *report) writePacedCell(p printer, ch *chain, c cell) {
	if len(rep.results[ch.name][c]) == 0 || c.rate == 0 {
		return
	}
	ms := func(d func(sample) time.Duration) string {
		return rep.results.over(ch.name, c, milliseconds(d)).text()
	}
	during, atRest := "", ""
	if ch.outway != nil {
		during = rep.cpuOf(ch, c, func(s sample) cpuTime { return s.during })
		atRest = rep.cpuOf(ch, c, func(s sample) cpuTime { return s.atRest })
	}
	p("| %d | %s | %.0f | %s | %s | %s | %s | %s | %s | %s |\n", c.rate, ch.name, rep.results.over(ch.name, c, perSecond).median,
		ms(func(s sample) time.Duration { return s.p50 }), ms(func(s sample) time.Duration { return s.p90 }),
		ms(func(s sample) time.Duration { return s.p99 }), ms(func(s sample) time.Duration { return s.p999 }),
		during, atRest, rep.rounds(ch, c))
}

// write shows that the generator at a fixed rate can be believed.
func (g generatorCheck) write(p printer) {
	if g.fixed.requests == 0 {
		return
	}
	perCall := func(l loadResult) float64 { return micros(l.cpu) / float64(max(1, l.requests)) }
	p("The generator at a fixed rate is the benchmark's own. Beside wrk, both on the backend itself, and each call as soon as the one before was answered:\n\n")
	p("| generator | connections | calls/s | p50 µs | p99 µs | its own CPU µs per call |\n|---|---|---|---|---|---|\n")
	for _, row := range []struct {
		name        string
		connections int
		l           loadResult
	}{
		{"wrk", 1, g.wrkOne},
		{"ours, without a rate", 1, g.ourOne},
		{"wrk", paceConnections, g.wrkMany},
		{"ours, without a rate", paceConnections, g.ourMany},
		{"ours, asked for " + strconv.Itoa(checkRate) + "/s", paceConnections, g.fixed},
	} {
		p("| %s | %d | %.0f | %.0f | %.0f | %.1f |\n", row.name, row.connections, row.l.perSec, micros(row.l.p50), micros(row.l.p99), perCall(row.l))
	}
	p("\n")
}
