// SPDX-License-Identifier: EUPL-1.2

package main

// writeGoals is the table of T1 to T13.
func (rep *report) writeGoals(p printer) {
	goals := rep.goals()
	if len(goals) == 0 {
		return
	}
	missed := 0
	p("## Targets of the finished data plane\n\n")
	if rep.options.out != "" {
		p("![Each target: what was measured as a part of what must be reached](%s-targets.svg)\n\n", rep.options.chartName())
	}
	p("| | what | must | stretch | measured | |\n|---|---|---|---|---|---|\n")
	for _, g := range goals {
		if !g.passed() {
			missed++
		}
		p("| %s | %s | %s | %s | %s | %s |\n", g.id, g.what, g.line(g.must), g.line(g.stretch), g.measured(), g.verdict())
	}
	p("\n%d of %d are reached.", len(goals)-missed, len(goals))
	if flush := spreadOf(rep.flushes); flush.n > 0 {
		p(" A flush of the disk took %.0f µs (%.0f–%.0f, medians per round) beside the calls at 1 connection.", flush.median*1000, flush.low*1000, flush.high*1000)
	}
	p("\n\n")
}
