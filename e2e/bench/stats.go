// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"slices"
	"time"
)

// cell is one thing that is measured: a size of answer at a number of connections,
// as fast as answers come or, when rate isn't 0, so many calls per second.
type cell struct{ body, connections, rate int }

// sample is one chain in one cell in one round.
type sample struct {
	round int
	loadResult
	during, atRest      cpuTime       // during the load, and up to when the chain had settled
	settled             time.Duration // how long that took after the load
	outwayRSS, inwayRSS int64
	newConnections      int     // between the two hops
	others              float64 // cores used by what isn't ours
}

// cpuTime is what the two hops of a chain used, and their database server.
type cpuTime struct{ outway, inway, extra time.Duration }

// disturbance is how many cores others may use before a sample is dropped.
const disturbance = 0.25

func (s sample) disturbed() bool { return s.others > disturbance }

// results are all samples by name of the chain and cell.
type results map[string]map[cell][]sample

func (r results) add(chain string, c cell, s sample) {
	if r[chain] == nil {
		r[chain] = map[cell][]sample{}
	}
	r[chain][c] = append(r[chain][c], s)
}

// kept gives the samples that were not disturbed. When none is left it gives
// all, and false.
func (r results) kept(chain string, c cell) ([]sample, bool) {
	all := r[chain][c]
	calm := slices.DeleteFunc(slices.Clone(all), sample.disturbed)
	if len(calm) == 0 {
		return all, false
	}
	return calm, true
}

// spread is the middle and the ends of a set of figures.
type spread struct {
	median, low, high float64
	n                 int
}

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	v := slices.Sorted(slices.Values(values))
	mid := v[len(v)/2]
	if len(v)%2 == 0 {
		mid = (mid + v[len(v)/2-1]) / 2
	}
	return spread{median: mid, low: v[0], high: v[len(v)-1], n: len(v)}
}

// over gives the spread of one figure of the kept samples.
func (r results) over(chain string, c cell, figure func(sample) float64) spread {
	samples, _ := r.kept(chain, c)
	values := make([]float64, 0, len(samples))
	for _, s := range samples {
		values = append(values, figure(s))
	}
	return spreadOf(values)
}

// ratio compares a figure of two chains round by round. Rounds in which one of
// them was disturbed don't count, unless no other is left; then calm is false.
func (r results) ratio(chain, base string, c cell, figure func(sample) float64) (s spread, calm bool) {
	return r.byRound(chain, base, c, func(a, b sample) (float64, bool) {
		if figure(b) <= 0 {
			return 0, false
		}
		return figure(a) / figure(b), true
	})
}

// added is how much more a figure of one chain is than that of another, round by
// round as in ratio.
func (r results) added(chain, base string, c cell, figure func(sample) float64) (s spread, calm bool) {
	return r.byRound(chain, base, c, func(a, b sample) (float64, bool) { return figure(a) - figure(b), true })
}

func (r results) byRound(chain, base string, c cell, compare func(a, b sample) (float64, bool)) (s spread, calm bool) {
	pairs := func(dropDisturbed bool) []float64 {
		var out []float64
		for _, a := range r[chain][c] {
			for _, b := range r[base][c] {
				drop := dropDisturbed && (a.disturbed() || b.disturbed())
				if a.round != b.round || drop {
					continue
				}
				if v, ok := compare(a, b); ok {
					out = append(out, v)
				}
			}
		}
		return out
	}
	if calm := pairs(true); len(calm) > 0 {
		return spreadOf(calm), true
	}
	return spreadOf(pairs(false)), false
}

// over divides the figures by one and the same.
func (s spread) over(by float64) spread {
	return spread{median: s.median / by, low: s.low / by, high: s.high / by, n: s.n}
}

func perSecond(s sample) float64 { return s.perSec }

// perRequest turns CPU time into microseconds per request.
func perRequest(cpu func(sample) time.Duration) func(sample) float64 {
	return func(s sample) float64 {
		if s.requests == 0 {
			return 0
		}
		return float64(cpu(s).Microseconds()) / float64(s.requests)
	}
}

func milliseconds(d func(sample) time.Duration) func(sample) float64 {
	return func(s sample) float64 { return float64(d(s).Microseconds()) / 1000 }
}
