// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"fmt"
	"math"
	"slices"
)

// drawing is the federation as a picture, in units of the picture.
type drawing struct {
	Width, Height int
	Boxes         []drawnBox
	Lines         []drawnLine
}

type drawnBox struct {
	FieldlabOrganisation
	X, Y, Width, Height string
	Middle              string
	NameY, RoleY        string
}

// drawnLine is an arrow with its number in the middle. State is allowed,
// refused (no contract, and calls were refused) or idle.
type drawnLine struct {
	FieldlabEdge
	State          string
	Moving         bool
	X1, Y1, X2, Y2 string
	Head           string // points of the arrow head
	LabelX, LabelY string
}

const (
	drawingWidth, drawingHeight = 760, 420
	boxWidth, boxHeight         = 210, 66
	arrowHead, arrowGap         = 13.0, 5.0
)

type point struct{ x, y float64 }

// places gives where organisations of a role stand, the first one first.
func places(role string) []point {
	switch role {
	case "directory":
		return []point{{380, 44}}
	case "source":
		return []point{{645, 190}}
	case "supplier":
		return []point{{380, 374}}
	default:
		return []point{{115, 130}, {115, 300}, {115, 44}}
	}
}

// drawFederation places the organisations by what they do, and the arrows between them.
func drawFederation(s *FieldlabState, live bool) drawing {
	d := drawing{Width: drawingWidth, Height: drawingHeight}
	taken, where := map[string]int{}, map[string]point{}
	for _, o := range s.Organisations {
		all := places(o.Role)
		at := all[min(taken[o.Role], len(all)-1)]
		taken[o.Role]++
		where[o.Key] = at
		d.Boxes = append(d.Boxes, drawnBox{
			FieldlabOrganisation: o, X: unit(at.x - boxWidth/2), Y: unit(at.y - boxHeight/2), Width: unit(boxWidth), Height: unit(boxHeight),
			Middle: unit(at.x), NameY: unit(at.y - 4), RoleY: unit(at.y + 18),
		})
	}
	for _, e := range s.Edges {
		from, ok1 := where[e.From]
		to, ok2 := where[e.To]
		if ok1 && ok2 && e.From != e.To {
			d.Lines = append(d.Lines, drawLine(e, from, to, live))
		}
	}
	// Those without a contract first: the others lie over them.
	slices.SortStableFunc(d.Lines, func(a, b drawnLine) int { return len(b.State) - len(a.State) })
	return d
}

func drawLine(e FieldlabEdge, from, to point, live bool) drawnLine {
	a, b := edgeOfBox(from, to), edgeOfBox(to, from)
	length := math.Hypot(b.x-a.x, b.y-a.y)
	ux, uy := (b.x-a.x)/length, (b.y-a.y)/length
	base := point{b.x - ux*arrowHead, b.y - uy*arrowHead}
	half := arrowHead / 2
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
		LabelX: unit((a.x + b.x) / 2), LabelY: unit((a.y+b.y)/2 - 8),
	}
}

// edgeOfBox gives where the line from one box to another leaves the first.
func edgeOfBox(from, to point) point {
	dx, dy := to.x-from.x, to.y-from.y
	t := math.Min((boxWidth/2+arrowGap)/math.Max(math.Abs(dx), 0.1), (boxHeight/2+arrowGap)/math.Max(math.Abs(dy), 0.1))
	return point{from.x + dx*t, from.y + dy*t}
}
