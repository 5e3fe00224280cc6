// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"fmt"
)

const (
	chartWidth  = 760
	chartLeft   = 200
	barHeight   = 14
	barGap      = 4
	groupGap    = 16
	chartTop    = 44
	chartBottom = 16
)

// barColors are told apart by brightness too, and each bar carries its figure.
var barColors = map[string]string{
	chainNginx:       "#8a8f98",
	chainHaproxy:     "#b9bec6",
	chainSamenspel:   "#154273",
	chainQuiet:       "#7d99b8",
	chainReverse:     "#e17000",
	chainPredecessor: "#8a4400",
}

// chart draws requests/s as a part of those of nginx, for the smallest answers.
// The direct chain is left out: it would flatten the rest.
func (rep *report) chart() []byte {
	body := rep.options.bodies[0]
	var bars bytes.Buffer
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(&bars, format, args...) }
	most := 1.2
	for _, ch := range rep.chains {
		for _, n := range rep.options.concurrency {
			if s, _ := rep.results.ratio(ch.name, chainNginx, cell{body: body, connections: n}, perSecond); ch.name != chainDirect {
				most = max(most, s.median)
			}
		}
	}
	y := chartTop
	for _, n := range rep.options.concurrency {
		p(`<text x="8" y="%d" class="group">%d connections</text>`+"\n", y+barHeight-3, n)
		for _, ch := range rep.chains {
			s, _ := rep.results.ratio(ch.name, chainNginx, cell{body: body, connections: n}, perSecond)
			if ch.name == chainDirect || s.n == 0 {
				continue
			}
			width := s.median / most * (chartWidth - chartLeft - 60)
			p(`<text x="%d" y="%d" text-anchor="end">%s</text>`, chartLeft+90, y+barHeight-3, ch.name)
			p(`<rect x="%d" y="%d" width="%.0f" height="%d" fill="%s"/>`, chartLeft+98, y, width*0.8, barHeight, barColors[ch.name])
			p(`<text x="%.0f" y="%d">%.2f</text>`+"\n", chartLeft+104+width*0.8, y+barHeight-3, s.median)
			y += barHeight + barGap
		}
		y += groupGap
	}
	var svg bytes.Buffer
	_, _ = fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" role="img">
<title>Requests per second of each chain, as a part of those of nginx</title>
<style>text{font:12px sans-serif;fill:#222}.group{font-weight:bold}</style>
<rect width="100%%" height="100%%" fill="#fff"/>
<text x="8" y="20" class="group">Requests/s of two hops, nginx without log = 1 (answers of %d bytes)</text>
%s</svg>
`, chartWidth, y+chartBottom, body, bars.String())
	return svg.Bytes()
}
