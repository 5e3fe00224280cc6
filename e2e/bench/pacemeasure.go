// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
)

// pacing is what was measured at fixed rates.
type pacing struct {
	tenth, half int // calls per second; 0 when not measured
	check       generatorCheck
}

// generatorCheck sets our generator beside wrk, both on the backend itself.
type generatorCheck struct {
	// As fast as answers come, both must see the same.
	wrkOne, ourOne, wrkMany, ourMany loadResult
	// At a fixed rate all calls must be made.
	fixed loadResult
}

const (
	// tenthOf is the part of the most calls of nginx at which latencies compare
	// without queues, halfOf that of our own most calls.
	tenthOf = 10
	halfOf  = 2
	// checkRate is the rate at which the generator is checked.
	checkRate = 5000
)

// most is the highest rate of a chain over all numbers of connections.
func (r results) most(chain string, body int) float64 {
	var best float64
	for c := range r[chain] {
		if c.body == body && c.rate == 0 {
			best = max(best, r.over(chain, c, perSecond).median)
		}
	}
	return best
}

// measurePaced measures latencies at fixed rates, in as many rounds as the rest.
func (r *rig) measurePaced(ctx context.Context, res results, chains []*chain) (pacing, error) {
	body := r.bodies[0]
	p := pacing{tenth: int(res.most(chainNginx, body) / tenthOf), half: int(res.most(chainSamenspel, body) / halfOf)}
	for round := range r.rounds {
		r.say("fixed rates, round %d of %d", round+1, r.rounds)
		for _, rate := range []int{p.tenth, p.half} {
			able := ableTo(res, rotate(chains, round), body, rate)
			if rate == 0 || len(able) == 0 {
				continue
			}
			enough, err := r.measureCell(ctx, res, able, cell{body: body, connections: paceConnections, rate: rate}, round)
			if err != nil {
				return p, err
			}
			if !enough {
				r.say("time is up after %d whole rounds", round)
				return p, nil
			}
		}
	}
	var err error
	p.check, err = r.checkGenerator(ctx, chains[0])
	return p, err
}

// ableTo leaves out chains that can't make so many calls: they would only show
// how long a queue gets.
func ableTo(res results, chains []*chain, body, rate int) []*chain {
	var able []*chain
	for _, ch := range chains {
		if float64(rate) <= 0.8*res.most(ch.name, body) {
			able = append(able, ch)
		}
	}
	return able
}

func (r *rig) checkGenerator(ctx context.Context, direct *chain) (generatorCheck, error) {
	var g generatorCheck
	body := r.bodies[0]
	if err := r.waitQuiet(ctx); err != nil {
		return g, err
	}
	wrk := func(to *loadResult, connections int) func() error {
		return func() (err error) { *to, err = direct.load(ctx, body, connections, r.seconds); return err }
	}
	ours := func(to *loadResult, as *loadResult, at cell) func() error {
		return func() (err error) { *to, err = direct.paced(ctx, at, max(1, int(as.perSec)*r.seconds)); return err }
	}
	one, many := cell{body: body, connections: 1}, cell{body: body, connections: paceConnections}
	fixed := cell{body: body, connections: paceConnections, rate: checkRate}
	steps := []func() error{
		wrk(&g.wrkOne, 1), ours(&g.ourOne, &g.wrkOne, one), wrk(&g.wrkMany, paceConnections), ours(&g.ourMany, &g.wrkMany, many),
		ours(&g.fixed, &loadResult{perSec: checkRate}, fixed),
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return g, fmt.Errorf("check the generator: %w", err)
		}
	}
	return g, nil
}
