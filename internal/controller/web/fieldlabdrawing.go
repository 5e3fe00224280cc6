// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// drawing is the federation as a picture, in units of the picture.
type drawing struct {
	Narrow        bool
	Width, Height int
	Boxes         []drawnBox
	Lines         []drawnLine
}

type drawnBox struct {
	FieldlabOrganisation
	X, Y, Width, Height string
	Middle              string
	Lines               []drawnText // of the name
	RoleY               string
}

type drawnText struct{ Y, Text string }

// drawnLine is an arrow with its number on it. State is allowed, refused (no
// contract, and calls were refused) or idle.
type drawnLine struct {
	FieldlabEdge
	State          string
	Moving         bool
	X1, Y1, X2, Y2 string
	Head           string // points of the arrow head
	LabelX, LabelY string
}

// arrowApart is how far each of two arrows in opposite directions lies from the
// middle between them.
const arrowHead, arrowGap, arrowApart = 13.0, 5.0, 8.0

type point struct{ x, y float64 }

// plan is how a picture is laid out.
type plan struct {
	narrow              bool
	width, height       int
	boxWidth, boxHeight float64
	labelAt             float64            // of the way along a line: there lines are apart
	places              map[string][]point // by role, the first organisation first
}

// widePlan is for most screens, narrowPlan for telephones.
func widePlan() plan {
	return plan{
		width: 760, height: 420, boxWidth: 210, boxHeight: 66, labelAt: 0.4,
		places: map[string][]point{
			"directory": {{380, 44}}, "source": {{645, 150}}, "supplier": {{560, 340}}, "municipality": {{115, 60}, {115, 200}, {115, 340}},
		},
	}
}

func narrowPlan() plan {
	return plan{
		narrow: true, width: 300, height: 400, boxWidth: 116, boxHeight: 76, labelAt: 0.35,
		places: map[string][]point{
			"directory": {{240, 45}}, "source": {{240, 175}}, "supplier": {{240, 320}}, "municipality": {{60, 60}, {60, 200}, {60, 340}},
		},
	}
}

// drawFederation places the organisations by what they do, and the arrows
// between them.
func drawFederation(s *FieldlabState, live bool, p plan) drawing {
	d := drawing{Narrow: p.narrow, Width: p.width, Height: p.height}
	taken, where := map[string]int{}, map[string]point{}
	for _, o := range s.Organisations {
		all := p.places[o.Role]
		if taken[o.Role] >= len(all) {
			continue
		}
		where[o.Key] = all[taken[o.Role]]
		taken[o.Role]++
		d.Boxes = append(d.Boxes, p.box(o, where[o.Key]))
	}
	for _, e := range s.Edges {
		from, ok1 := where[e.From]
		to, ok2 := where[e.To]
		if ok1 && ok2 && e.From != e.To {
			apart := 0.0
			if slices.ContainsFunc(s.Edges, func(other FieldlabEdge) bool { return other.From == e.To && other.To == e.From }) {
				apart = arrowApart
			}
			d.Lines = append(d.Lines, p.line(e, [2]point{from, to}, apart, live))
		}
	}
	// Those with a contract last: they lie over the others.
	slices.SortStableFunc(d.Lines, func(a, b drawnLine) int { return strings.Compare(b.State, a.State) })
	return d
}

func (p plan) box(o FieldlabOrganisation, at point) drawnBox {
	b := drawnBox{
		FieldlabOrganisation: o, X: unit(at.x - p.boxWidth/2), Y: unit(at.y - p.boxHeight/2), Width: unit(p.boxWidth), Height: unit(p.boxHeight),
		Middle: unit(at.x), RoleY: unit(at.y + 18),
	}
	names, y := []string{o.Name}, at.y-4
	if first, rest, ok := strings.Cut(o.Name, " "); ok && p.narrow {
		names, y, b.RoleY = []string{first, rest}, at.y-14, unit(at.y+24)
	}
	for i, name := range names {
		b.Lines = append(b.Lines, drawnText{unit(y + 18*float64(i)), name})
	}
	return b
}

func (p plan) line(e FieldlabEdge, ends [2]point, apart float64, live bool) drawnLine {
	a, b := p.edgeOfBox(ends[0], ends[1]), p.edgeOfBox(ends[1], ends[0])
	length := math.Hypot(b.x-a.x, b.y-a.y)
	ux, uy := (b.x-a.x)/length, (b.y-a.y)/length
	a, b = point{a.x - uy*apart, a.y + ux*apart}, point{b.x - uy*apart, b.y + ux*apart}
	base := point{b.x - ux*arrowHead, b.y - uy*arrowHead}
	half := arrowHead / 2
	along := p.labelAt
	if apart > 0 {
		along = 0.26 // else the labels of both lie over each other
	}
	state := "idle"
	switch {
	case e.Allowed:
		state = "allowed"
	case e.Refused > 0:
		state = "refused"
	}
	return drawnLine{
		FieldlabEdge: e, State: state, Moving: live && e.Recent,
		X1: unit(a.x), Y1: unit(a.y), X2: unit(base.x), Y2: unit(base.y),
		Head: fmt.Sprintf("%.1f,%.1f %.1f,%.1f %.1f,%.1f", b.x, b.y,
			base.x-uy*half, base.y+ux*half, base.x+uy*half, base.y-ux*half),
		LabelX: unit(a.x + (b.x-a.x)*along), LabelY: unit(a.y + (b.y-a.y)*along + 5),
	}
}

// edgeOfBox gives where the line from one box to another leaves the first.
func (p plan) edgeOfBox(from, to point) point {
	dx, dy := to.x-from.x, to.y-from.y
	t := math.Min((p.boxWidth/2+arrowGap)/math.Max(math.Abs(dx), 0.1), (p.boxHeight/2+arrowGap)/math.Max(math.Abs(dy), 0.1))
	return point{from.x + dx*t, from.y + dy*t}
}
