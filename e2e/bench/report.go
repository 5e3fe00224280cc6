// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// report is everything one run found out.
type report struct {
	options *options
	machine []fact
	small   []smallFigure
	engines engineFigures
	chains  []*chain
	fresh   map[string]int // connections opened for a second request
	results results
	paced   pacing
	flushes []float64 // medians of the disk beside the calls at 1 connection, in milliseconds
}

// writePage prints a page, and puts it where -out says, with charts beside it: the
// keys are what is added to the name of the page.
func writePage(o *options, out io.Writer, page []byte, charts map[string][]byte) error {
	if _, err := out.Write(page); err != nil {
		return err
	}
	if o.out == "" {
		return nil
	}
	for name, chart := range charts {
		svg := strings.TrimSuffix(o.out, filepath.Ext(o.out)) + name + ".svg"
		if err := os.WriteFile(svg, chart, 0o644); err != nil { //nolint:gosec // a page for everybody
			return err
		}
	}
	return os.WriteFile(o.out, page, 0o644) //nolint:gosec // a page for everybody
}

func (rep *report) page() []byte {
	var b bytes.Buffer
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format, args...) }
	p("# Performance\n\nThis page is written by the benchmark itself. Repeat it with\n\n    %s\n\n", rep.options.command())
	p("or `make bench`, which also installs the programs to compare with.\n\n")
	if rep.options.quick {
		p("**This was a quick run, which shows that the benchmark works and little more.**\n\n")
	}
	p("| | |\n|---|---|\n")
	for _, f := range rep.machine {
		p("| %s | %s |\n", f.name, f.value)
	}
	p("\n")
	if rep.options.out != "" {
		p("![Requests per second of each chain, as a part of those of nginx](%s.svg)\n\n", rep.options.chartName())
	}
	rep.writeGoals(p)
	rep.writeTargets(p)
	for _, body := range rep.options.bodies {
		rep.writeBody(p, body)
	}
	rep.writePaced(p)
	rep.writeEngines(p)
	rep.writeSmall(p)
	p("%s", howToRead)
	return b.Bytes()
}

type printer func(format string, args ...any)

func (rep *report) writeTargets(p printer) {
	p("## Targets of stage 1\n\nBoth transaction logs of Samenspel are durable before a call goes on; nginx logs nothing.\n\n")
	p("| what | wanted | measured | |\n|---|---|---|---|\n")
	for _, t := range rep.targets() {
		verdict := "pass"
		if !t.ok {
			verdict = "**missed**"
		}
		if !t.calm {
			verdict += ", disturbed"
		}
		p("| %s | %s | %s | %s |\n", t.what, t.want, t.got, verdict)
	}
	p("\n")
}

// writeBody is the table of one size of answers.
func (rep *report) writeBody(p printer, body int) {
	p("## Answers of %d bytes\n\n", body)
	p("| connections | chain | requests/s | of nginx | p50 ms | p99 ms | CPU µs per request | CPU µs to rest | settles s | memory MiB | new connections | rounds |\n")
	p("|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, n := range rep.options.concurrency {
		c := cell{body: body, connections: n}
		for _, ch := range rep.chains {
			rep.writeCell(p, ch, c)
		}
	}
	p("\n")
}

func (rep *report) writeCell(p printer, ch *chain, c cell) {
	res := rep.results
	if len(res[ch.name][c]) == 0 {
		return
	}
	over := func(figure func(sample) float64) spread { return res.over(ch.name, c, figure) }
	rate := over(perSecond)
	ratio, _ := res.ratio(ch.name, chainNginx, c, perSecond)
	during, atRest, memory, fresh, settled := "", "", "", "", ""
	if ch.outway != nil {
		during = rep.cpuOf(ch, c, func(s sample) cpuTime { return s.during })
		atRest = rep.cpuOf(ch, c, func(s sample) cpuTime { return s.atRest })
		memory = fmt.Sprintf("%.0f + %.0f", over(func(s sample) float64 { return float64(s.outwayRSS) / mebibyte }).high,
			over(func(s sample) float64 { return float64(s.inwayRSS) / mebibyte }).high)
		settled = fmt.Sprintf("%.1f", over(func(s sample) float64 { return s.settled.Seconds() }).median)
		fresh = fmt.Sprintf("%.0f", over(func(s sample) float64 { return float64(s.newConnections) }).median)
	}
	p("| %d | %s | %.0f (%.0f–%.0f) | %.2f (%.2f–%.2f) | %s | %s | %s | %s | %s | %s | %s | %s |\n", c.connections, ch.name,
		rate.median, rate.low, rate.high, ratio.median, ratio.low, ratio.high,
		short(over(milliseconds(func(s sample) time.Duration { return s.p50 })).median),
		short(over(milliseconds(func(s sample) time.Duration { return s.p99 })).median), during, atRest, settled, memory, fresh, rep.rounds(ch, c))
}

// rounds tells how many were kept, and what went wrong in them.
func (rep *report) rounds(ch *chain, c cell) string {
	samples, calm := rep.results.kept(ch.name, c)
	text := fmt.Sprintf("%d of %d", len(samples), len(rep.results[ch.name][c]))
	if !calm {
		text = fmt.Sprintf("0 of %d, disturbed", len(samples))
	}
	if failed := rep.results.over(ch.name, c, func(s sample) float64 { return float64(s.errors) }).high; failed > 0 {
		text += fmt.Sprintf(", **%.0f calls failed**", failed)
	}
	return text
}

// cpuOf is the CPU time per request of each part of the chain.
func (rep *report) cpuOf(ch *chain, c cell, of func(sample) cpuTime) string {
	median := func(part func(cpuTime) time.Duration) float64 {
		return rep.results.over(ch.name, c, perRequest(func(s sample) time.Duration { return part(of(s)) })).median
	}
	text := fmt.Sprintf("%.0f + %.0f", median(func(t cpuTime) time.Duration { return t.outway }), median(func(t cpuTime) time.Duration { return t.inway }))
	if ch.extra != nil {
		text += fmt.Sprintf(" + %.0f", median(func(t cpuTime) time.Duration { return t.extra }))
	}
	return text
}

func (rep *report) writeEngines(p printer) {
	if len(rep.engines.rows) == 0 {
		return
	}
	p("## Transaction log alone\n\nOne small write takes %.0f µs (median) to become durable on this disk.\n\n", micros(rep.engines.flushP50))
	p("| engine | writers | durable records/s | p50 µs | p99 µs |\n|---|---|---|---|---|\n")
	for _, row := range rep.engines.rows {
		p("| %s | %d | %.0f | %.0f | %.0f |\n", row.engine, row.writers, row.perSec, micros(row.p50), micros(row.p99))
	}
	ours, lite := rep.engines.find(engineLog, 64), rep.engines.find(engineSQLite, 64)
	p("\nWith 64 writers the log is %s times as fast as SQLite. ", short(ours.perSec/lite.perSec))
	p("With 256 writers it makes %.0f records durable in the time of one flush.\n\n",
		rep.engines.find(engineLog, 256).perSec*rep.engines.flushP50.Seconds())
}

func (rep *report) writeSmall(p printer) {
	if len(rep.small) == 0 {
		return
	}
	p("## Parts\n\nFrom `go test -bench . -benchmem` in the named package.\n\n")
	p("| what | package | µs | per second | bytes | allocations |\n|---|---|---|---|---|---|\n")
	for _, f := range rep.small {
		if f.nsPerOp == 0 {
			p("| %s | `%s` | not measured | | | |\n", f.what, f.pkg)
			continue
		}
		p("| %s | `%s` | %s | %.0f | %d | %d |\n", f.what, f.pkg, short(f.nsPerOp/1000), 1e9/f.nsPerOp, f.bytes, f.allocations)
	}
	p("\n")
}

// short prints a figure with two or three digits that matter.
func short(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
