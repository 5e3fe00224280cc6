// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"fmt"
	"strings"
)

// page tells what the long load did.
func (s *soak) page() []byte {
	var b bytes.Buffer
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format, args...) }
	p("# A long load\n\nThis page is written by the benchmark itself. Repeat it with\n\n    %s\n\n", s.options.command())
	p("or `make bench-soak`.\n\n| | |\n|---|---|\n")
	for _, f := range s.machine {
		p("| %s | %s |\n", f.name, f.value)
	}
	p("\n")
	if s.options.out != "" {
		p("![Memory of both nodes during the load](%s.svg)\n\n", s.options.chartName())
	}
	p("%d connections called through two nodes for %s, answers of %d bytes, with both transaction logs durable and their records indexed meanwhile.\n\n",
		soakConnections, s.options.soak, s.options.bodies[0])
	p("| what | wanted | measured | |\n|---|---|---|---|\n")
	p("| calls that were answered | | %d, %.0f a second | |\n", s.load.requests, s.load.perSec)
	p("| calls that failed | 0 | %d | %s |\n", s.load.errors, passOr(s.load.errors == 0))
	p("| p50, p99 | | %s ms, %s ms | |\n", short(s.load.p50.Seconds()*1000), short(s.load.p99.Seconds()*1000))
	for _, side := range []struct {
		name string
		of   func(soakSample) int64
	}{{"Outway's", outwayMemory}, {"Inway's", inwayMemory}} {
		grown, flat := s.growth(side.of)
		l := fit(s.steady(), side.of)
		p("| growth of the %s node after the first fifth | ≤ 10 %% or 8 MiB | %.1f MiB (%.1f MiB an hour) | %s |\n",
			side.name, grown/mebibyte, l.slope*3600/mebibyte, passOr(flat))
	}
	late := ""
	if s.settled >= soakSettle {
		late = "not yet, when the benchmark gave up after "
	}
	p("| until the index had caught up after the load | | %s%.0f s | |\n", late, s.settled.Seconds())
	p("| both nodes keep on disk | | %.0f MiB | |\n", float64(s.stored)/mebibyte)
	p("\n| after s | Outway's node MiB | Inway's node MiB |\n|---|---|---|\n")
	step := max(1, len(s.samples)/20)
	for i, x := range s.samples {
		if i%step == 0 || i == len(s.samples)-1 {
			p("| %.0f | %.0f | %.0f |\n", x.at.Seconds(), float64(x.outway)/mebibyte, float64(x.inway)/mebibyte)
		}
	}
	p("\nThe last line is after the load and after the index had its time to catch up. Growth is that of the straight line through the samples of\n" +
		"every 10 seconds; samples go up and down with the garbage collector.\n")
	return b.Bytes()
}

const mebibyte = 1 << 20

func passOr(ok bool) string {
	if ok {
		return "pass"
	}
	return "**missed**"
}

// chart draws the memory of both nodes over time.
func (s *soak) chart() []byte {
	const (
		width, height             = 760, 260
		left, right, top, bottoms = 56, 124, 40, 36
	)
	most, last := int64(1), s.options.soak
	for _, x := range s.samples {
		most, last = max(most, x.outway, x.inway), max(last, x.at)
	}
	ceiling := float64((most/mebibyte/20 + 1) * 20)
	x := func(v soakSample) float64 { return left + v.at.Seconds()/last.Seconds()*(width-left-right) }
	y := func(mib float64) float64 { return top + (1-mib/ceiling)*(height-top-bottoms) }
	var b bytes.Buffer
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format, args...) }
	p(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" role="img">
<title>Memory of both nodes during the load</title>
<style>text{font:12px sans-serif;fill:#222}.head{font-weight:bold}</style>
<rect width="100%%" height="100%%" fill="#fff"/>
<text x="8" y="20" class="head">Memory of the nodes in MiB, %d connections, %s</text>
`, width, height, soakConnections, s.options.soak)
	for i := range 5 {
		mib := ceiling * float64(i) / 4
		p(`<path d="M%d %.0fH%d" stroke="#ddd"/><text x="%d" y="%.0f" text-anchor="end">%.0f</text>`+"\n",
			left, y(mib), width-right, left-6, y(mib)+4, mib)
	}
	p(`<text x="%d" y="%d">0</text><text x="%d" y="%d" text-anchor="end">%.0f s</text>`+"\n", left, height-14, width-right, height-14, last.Seconds())
	for i, side := range []struct {
		name, color, dash string
		of                func(soakSample) int64
	}{{"Outway's node", "#154273", "none", outwayMemory}, {"Inway's node", "#e17000", "6 3", inwayMemory}} {
		var points strings.Builder
		for _, v := range s.samples {
			_, _ = fmt.Fprintf(&points, "%.1f,%.1f ", x(v), y(float64(side.of(v))/mebibyte))
		}
		p(`<polyline points="%s" fill="none" stroke="%s" stroke-width="2" stroke-dasharray="%s"/>`, strings.TrimSpace(points.String()), side.color, side.dash)
		at := top + 12 + 20*i
		p(`<path d="M%d %dh20" stroke="%s" stroke-width="2" stroke-dasharray="%s"/><text x="%d" y="%d">%s</text>`+"\n",
			width-right+6, at-4, side.color, side.dash, width-right+30, at, side.name)
	}
	p("</svg>\n")
	return b.Bytes()
}
