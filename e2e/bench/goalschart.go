// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"fmt"
)

// chart of the targets: how far each figure is beyond its must, on a scale where 1
// is the must and more is better. The stretch is a mark on the same line.
func (rep *report) goalsChart() []byte {
	const (
		width, left, right = 760, 360, 60
		row, top           = 20, 48
		most               = 2.0
	)
	scale := func(times float64) float64 { return left + min(max(times, 0), most)/most*(width-left-right) }
	var b bytes.Buffer
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format, args...) }
	goals := rep.goals()
	height := top + row*len(goals) + 16
	p(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" role="img">
<title>Each target: what was measured as a part of what must be reached</title>
<style>text{font:12px sans-serif;fill:#222}.head{font-weight:bold}</style>
<rect width="100%%" height="100%%" fill="#fff"/>
<text x="8" y="20" class="head">Targets: measured beside the must (the line) and the stretch (the mark), more is better</text>
`, width, height)
	for i, g := range goals {
		y := top + i*row
		color := "#154273"
		if !g.passed() {
			color = "#b3261e"
		}
		p(`<text x="%d" y="%d" text-anchor="end">%s %s</text>`, left-8, y+11, g.id, g.short)
		p(`<rect x="%d" y="%d" width="%.0f" height="14" fill="%s"/>`, left, y, scale(g.beyond(g.got.median))-left, color)
		p(`<path d="M%.0f %dv14" stroke="#e17000" stroke-width="3"/>`, scale(g.beyond(g.stretch)), y)
		p(`<text x="%.0f" y="%d">%s</text>`+"\n", float64(width-right+6), y+11, g.figure(g.got.median))
	}
	p(`<path d="M%.0f %dV%d" stroke="#222"/><text x="%.0f" y="%d" text-anchor="middle">must</text>`+"\n</svg>\n",
		scale(1), top-6, height-12, scale(1), top-10)
	return b.Bytes()
}

// beyond is a figure as a part of the must; more is better either way.
func (g goal) beyond(v float64) float64 {
	if !g.atMost {
		return v / g.must
	}
	if v <= 0 {
		return 2
	}
	return g.must / v
}
