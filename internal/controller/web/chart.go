// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"fmt"
	"math"
)

// Chart is numbers in a row, such as calls per hour, as bars. Refused numbers
// stand on top of the others in another colour.
type Chart struct {
	Title string // text
	Bars  []Bar
}

// Bar is one number with its label; Refused is part of Count.
type Bar struct {
	Label          string
	Count, Refused int64
}

// drawnChart is a chart as the part "chart" draws it, in units of the drawing.
type drawnChart struct {
	Chart
	Width, Height, Base int
	Lines               []chartLine
	Columns             []chartColumn
	Total               string
	Empty, HasRefused   bool
}

type chartLine struct {
	Y     string
	Label string
}

type chartColumn struct {
	X, Y, Width, Height string
	RefusedY, Refused   string
	Middle, Label       string
	Text                string
}

const (
	chartWidth  = 640
	chartTop    = 14
	chartBase   = 184
	chartLeft   = 68
	chartHeight = 212
	chartLabels = 6
)

// drawChart places the bars of a chart.
func drawChart(l language, c Chart) drawnChart {
	d := drawnChart{Chart: c, Width: chartWidth, Height: chartHeight, Base: chartBase}
	var top, total int64
	for _, b := range c.Bars {
		top, total = max(top, b.Count), total+b.Count
		d.HasRefused = d.HasRefused || b.Refused > 0
	}
	d.Total, d.Empty = formatNumber(l, total), total == 0
	if len(c.Bars) == 0 {
		return d
	}
	scale := roundUp(top)
	high := float64(chartBase - chartTop)
	for _, part := range []int64{0, scale / 2, scale} {
		y := float64(chartBase) - high*float64(part)/float64(scale)
		d.Lines = append(d.Lines, chartLine{Y: unit(y), Label: formatNumber(l, part)})
	}
	step := float64(chartWidth-chartLeft) / float64(len(c.Bars))
	every := (len(c.Bars) + chartLabels - 1) / chartLabels
	for i, b := range c.Bars {
		d.Columns = append(d.Columns, column(l, b, float64(chartLeft)+step*float64(i), step, high/float64(scale)))
		if i%every != 0 {
			d.Columns[i].Label = ""
		}
	}
	return d
}

func column(l language, b Bar, x, step, perCall float64) chartColumn {
	height, refused := float64(b.Count)*perCall, float64(min(b.Refused, b.Count))*perCall
	return chartColumn{
		X: unit(x + step*0.12), Width: unit(step * 0.76), Y: unit(chartBase - height), Height: unit(height),
		RefusedY: unit(chartBase - height), Refused: unit(refused), Middle: unit(x + step/2), Label: b.Label,
		Text: b.Label + ": " + formatNumber(l, b.Count),
	}
}

// roundUp gives an even, round number that n fits under.
func roundUp(n int64) int64 {
	if n <= 2 {
		return 2
	}
	power := int64(math.Pow10(int(math.Log10(float64(n)))))
	for _, factor := range []int64{1, 2, 4, 6, 8, 10} {
		if round := factor * power; round >= n && round%2 == 0 {
			return round
		}
	}
	return power * 20
}

func unit(v float64) string { return fmt.Sprintf("%.1f", v) }
