// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"fmt"
	"time"
)

// page tells how this tree does beside the base. worse are the allocations and
// connections that became more; times are told and never judged.
func (c *comparison) page() (page []byte, worse []string) {
	var b bytes.Buffer
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format, args...) }
	p("# This tree beside %s\n\nFrom `%s`; the base is commit %.12s. A ratio is this tree divided by the base, of the same round, with the lowest\n"+
		"and highest behind it. Times say little on a shared machine and are never judged; allocations and connections are.\n\n", c.options.compare, c.options.command(), c.base)
	p("| | |\n|---|---|\n")
	for _, f := range c.machine {
		p("| %s | %s |\n", f.name, f.value)
	}
	worse = append(c.writeChains(p), c.writeSmall(p)...)
	if len(worse) == 0 {
		p("\nNo more allocations or connections than before.\n")
	}
	for _, w := range worse {
		p("\n**Worse:** %s.\n", w)
	}
	return b.Bytes(), worse
}

func (c *comparison) writeChains(p printer) (worse []string) {
	p("\n| bytes | connections | requests/s | CPU during the load | CPU to rest | p99 | new connections, base | this tree | rounds |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, body := range c.options.bodies {
		for _, n := range c.options.concurrency {
			at := cell{body: body, connections: n}
			opened := func(s sample) float64 { return float64(s.newConnections) }
			base, head := c.results.over(sideBase, at, opened), c.results.over(sideHead, at, opened)
			if base.n == 0 || head.n == 0 {
				continue
			}
			rate, calm := c.results.ratio(sideHead, sideBase, at, perSecond)
			rounds := fmt.Sprint(rate.n)
			if !calm {
				rounds += ", disturbed"
			}
			p("| %d | %d | %s | %s | %s | %s | %s | %s | %s |\n", body, n, rate.text(),
				c.ratio(at, perRequest(func(s sample) time.Duration { return s.during.outway + s.during.inway })),
				c.ratio(at, perRequest(func(s sample) time.Duration { return s.atRest.outway + s.atRest.inway })),
				c.ratio(at, func(s sample) float64 { return s.p99.Seconds() }), base.counts(), head.counts(), rounds)
			if moreConnections(base, head, n) {
				worse = append(worse, fmt.Sprintf("%d connections open at least %.0f more under load, before at most %.0f", n, head.low, base.high))
			}
		}
	}
	before, now := c.fresh[sideBase], c.fresh[sideHead]
	p("\nConnections opened for a second request: %d, base %d.\n", now, before)
	if now > before {
		worse = append(worse, fmt.Sprintf("a second request opens %d connections between the hops, before %d", now, before))
	}
	return worse
}

func (c *comparison) ratio(at cell, figure func(sample) float64) string {
	s, _ := c.results.ratio(sideHead, sideBase, at, figure)
	return s.text()
}

// text shows a middle with its ends.
func (s spread) text() string {
	if s.n == 0 {
		return "-"
	}
	return short(s.median) + " (" + short(s.low) + "–" + short(s.high) + ")"
}

// counts is text for whole numbers.
func (s spread) counts() string { return fmt.Sprintf("%.0f (%.0f–%.0f)", s.median, s.low, s.high) }

// moreConnections tells whether every round opened more than any before, by more
// than a tenth of those of the client: how many fit to a burst is chance.
func moreConnections(base, head spread, clients int) bool {
	return head.low > base.high+max(8, float64(clients)/10)
}

func (c *comparison) writeSmall(p printer) (worse []string) {
	if len(c.small) == 0 {
		return nil
	}
	p("\n| part | package | time | allocations, base | this tree | bytes, base | this tree |\n|---|---|---|---|---|---|---|\n")
	for _, b := range smallBenchmarks {
		base, head := c.rounds(sideBase, b), c.rounds(sideHead, b)
		if len(head) == 0 || len(base) == 0 {
			p("| %s | `%s` | only on one side | | | | |\n", b.what, b.pkg)
			continue
		}
		var times []float64
		for i := range min(len(head), len(base)) {
			times = append(times, head[i].nsPerOp/base[i].nsPerOp)
		}
		before, now := fewest(base), fewest(head)
		p("| %s | `%s` | %s | %d | %d | %d | %d |\n", b.what, b.pkg, spreadOf(times).text(), before.allocations, now.allocations, before.bytes, now.bytes)
		if moreAllocations(before.allocations, now.allocations) {
			worse = append(worse, fmt.Sprintf("%s (%s): %d allocations, before %d", b.what, b.name, now.allocations, before.allocations))
		}
	}
	return worse
}

// moreAllocations tells whether there are more. Of many, those of signatures among
// them, two in a hundred come and go by chance.
func moreAllocations(before, now int64) bool { return now > before+before/50 }

// rounds gives what a side measured of one benchmark.
func (c *comparison) rounds(side string, b smallBenchmark) []smallFigure {
	var out []smallFigure
	for _, round := range c.small[side] {
		if f := round[b.pkg+" "+b.name]; f.nsPerOp > 0 {
			out = append(out, f)
		}
	}
	return out
}

// fewest is what a benchmark needs when nothing else interferes.
func fewest(rounds []smallFigure) smallFigure {
	out := rounds[0]
	for _, f := range rounds[1:] {
		out.allocations, out.bytes = min(out.allocations, f.allocations), min(out.bytes, f.bytes)
	}
	return out
}
