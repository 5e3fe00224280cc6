// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// target is what a stage of the data plane has to reach.
type target struct {
	what, want, got string
	ok              bool
	calm            bool // measured without disturbance
}

// floor is a target that a figure has to reach.
func floor(what string, want, got float64, unit string) target {
	return target{what: what, want: "≥ " + short(want) + " " + unit, got: short(got), ok: got >= want, calm: true}
}

// exactly is a target for a count.
func exactly(what string, want, got int64) target {
	return target{what: what, want: strconv.FormatInt(want, 10), got: strconv.FormatInt(got, 10), ok: got == want, calm: true}
}

// floors of stage one, at 16, 64 and 256 connections and small answers, with
// both logs durable: of nginx+nginx that logs nothing, and of the reverse proxies
// that insert a row per request.
var stageFloors = []struct {
	connections        int
	ofNginx, ofReverse float64
}{
	{16, 0.30, 2},
	{64, 0.45, 3},
	{256, 0.50, 4},
}

const smallBody = 100

// targets compares what was measured with the floors; what wasn't measured is left out.
func (rep *report) targets() []target {
	var out []target
	add := func(base, unit string, connections int, floorOf float64) {
		s, calm := rep.results.ratio(chainSamenspel, base, cell{body: smallBody, connections: connections}, perSecond)
		if s.n == 0 {
			return
		}
		t := floor(fmt.Sprintf("requests/s of %s, %d B, %d connections", base, smallBody, connections), floorOf, s.median, unit)
		t.calm = calm
		out = append(out, t)
	}
	for _, f := range stageFloors {
		add(chainNginx, "of nginx", f.connections, f.ofNginx)
	}
	for _, f := range stageFloors {
		add(chainReverse, "times", f.connections, f.ofReverse)
	}
	return append(out, rep.otherTargets()...)
}

// allocationBudget is that of the proxy's own part of a call; a test holds it.
const allocationBudget = 8

// otherTargets are about connections, failures and allocations.
func (rep *report) otherTargets() []target {
	var out []target
	if n, ok := rep.fresh[chainSamenspel]; ok {
		out = append(out, exactly("connections opened between the hops for a second request", 0, int64(n)))
	}
	if cells := rep.results[chainSamenspel]; cells != nil {
		var failed int64
		for _, samples := range cells {
			for _, s := range samples {
				failed += s.errors
			}
		}
		out = append(out, exactly("calls that failed under load", 0, failed))
	}
	for _, f := range rep.small {
		if f.pkg == "internal/proxy" && f.nsPerOp > 0 {
			t := exactly("allocations to forward a small call, in the proxy", allocationBudget, f.allocations)
			t.want, t.ok = "≤ "+t.want, f.allocations <= allocationBudget
			out = append(out, t)
		}
	}
	return out
}

// passed tells whether all floors and all musts were reached.
func (rep *report) passed() bool {
	return !slices.ContainsFunc(rep.targets(), func(t target) bool { return !t.ok }) &&
		!slices.ContainsFunc(rep.goals(), func(g goal) bool { return !g.passed() })
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
