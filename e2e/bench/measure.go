// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	// calm is how many cores others may use when a cell starts, and above which
	// a cell is measured once more.
	calm = 0.15
	// reserve is kept of the time limit to finish a sample and write the report.
	reserve = 30 * time.Second
)

// snapshot is the state of the machine at one moment.
type snapshot struct {
	at    time.Time
	busy  time.Duration // of the whole machine
	table map[int]procStat
}

func takeSnapshot() (snapshot, error) {
	table, err := processTable()
	if err != nil {
		return snapshot{}, err
	}
	busy, err := machineBusy()
	return snapshot{at: time.Now(), busy: busy, table: table}, err
}

// cpuOf is the CPU time a program used from before up to s.
func (s snapshot) cpuOf(before snapshot, pid int) time.Duration {
	return treeUsage(s.table, pid).cpu - treeUsage(before.table, pid).cpu
}

// cores turns CPU time since before into cores used on average.
func (s snapshot) cores(before snapshot, cpu time.Duration) float64 {
	return max(0, cpu.Seconds()/s.at.Sub(before.at).Seconds())
}

// othersSince is how many cores were used by what has no part in a measurement
// of the chain: programs that aren't ours, and chains that should rest.
func (r *rig) othersSince(before, now snapshot, ch *chain) float64 {
	others := now.busy - before.busy - now.cpuOf(before, os.Getpid())
	for _, p := range r.running {
		if p.name != backendName && !slices.Contains(ch.processes(), p) {
			others += now.cpuOf(before, p.cmd.Process.Pid)
		}
	}
	return now.cores(before, others)
}

// waitUntil takes a snapshot now and then until what happened since the one
// before satisfies idle, but not for ever. It gives the last snapshot.
func (r *rig) waitUntil(ctx context.Context, idle func(before, now snapshot) bool) (snapshot, error) {
	deadline := time.Now().Add(r.quietWait)
	before, err := takeSnapshot()
	for err == nil {
		select {
		case <-ctx.Done():
			return before, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
		var now snapshot
		if now, err = takeSnapshot(); err != nil || idle(before, now) || now.at.After(deadline) {
			return now, err
		}
		before = now
	}
	return before, err
}

// waitQuiet waits until everybody leaves the machine alone, its disk as well:
// what was written before is on it.
func (r *rig) waitQuiet(ctx context.Context) error {
	syscall.Sync()
	_, err := r.waitUntil(ctx, func(before, now snapshot) bool { return now.cores(before, now.busy-before.busy) < calm })
	return err
}

// waitSettled waits until the chain has nothing left to do, such as copying
// records to where they can be searched.
func (r *rig) waitSettled(ctx context.Context, ch *chain) (snapshot, error) {
	if ch.finish != nil {
		if err := ch.finish(ctx); err != nil {
			return snapshot{}, fmt.Errorf("finish: %w", err)
		}
	}
	var resting time.Duration
	return r.waitUntil(ctx, func(before, now snapshot) bool {
		var cpu time.Duration
		for _, p := range ch.processes() {
			cpu += now.cpuOf(before, p.cmd.Process.Pid)
		}
		if now.cores(before, cpu) >= calm {
			resting = 0
			return false
		}
		resting += now.at.Sub(before.at)
		return resting > ch.pauses
	})
}

// measure goes through all cells in every round. Within a cell all chains are
// measured one after the other, each round starting with another one. It leaves
// time for what comes after it.
func (r *rig) measure(ctx context.Context, chains []*chain) (results, error) {
	if err := r.warmUp(ctx, chains); err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-time.Until(deadline)/4))
		defer cancel()
	}
	res := results{}
	for round := range r.rounds {
		r.say("round %d of %d", round+1, r.rounds)
		for _, body := range r.bodies {
			for _, n := range r.concurrency {
				enough, err := r.measureAll(ctx, res, rotate(chains, round), cell{body: body, connections: n}, round)
				if err != nil {
					return nil, err
				}
				if !enough {
					r.say("time is up after %d whole rounds", round)
					return res, nil
				}
			}
		}
	}
	return res, nil
}

// measureAll measures a cell. One connection shows how long a call takes, which
// needs fewer rounds and no chain with a database; how long the disk takes is
// measured beside it.
func (r *rig) measureAll(ctx context.Context, res results, chains []*chain, c cell, round int) (bool, error) {
	if c.connections > 1 {
		return r.measureCell(ctx, res, chains, c, round)
	}
	if round%2 == 1 {
		return true, nil
	}
	flush, err := flushTime(filepath.Join(r.dir, "flush"), 300*time.Millisecond)
	if err != nil {
		return false, fmt.Errorf("measure the disk: %w", err)
	}
	r.flushes = append(r.flushes, float64(flush.Nanoseconds())/1e6)
	withoutDatabase := slices.DeleteFunc(slices.Clone(chains), func(ch *chain) bool { return ch.extra != nil })
	return r.measureCell(ctx, res, withoutDatabase, c, round)
}

func rotate[T any](list []T, by int) []T {
	by %= len(list)
	return slices.Concat(list[by:], list[:by])
}

// measureCell measures all chains once; it gives false when time is too short.
func (r *rig) measureCell(ctx context.Context, res results, chains []*chain, c cell, round int) (bool, error) {
	for _, ch := range chains {
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < reserve {
			if round == 0 {
				return false, errors.New("time is up before one round was done")
			}
			return false, nil
		}
		s, err := r.sample(ctx, ch, c)
		if err != nil {
			return false, fmt.Errorf("chain %s: %w", ch.name, err)
		}
		s.round = round
		res.add(ch.name, c, s)
	}
	return true, nil
}

// sample measures one chain; once more when others used the machine meanwhile.
func (r *rig) sample(ctx context.Context, ch *chain, c cell) (sample, error) {
	s, err := r.sampleOnce(ctx, ch, c)
	if err != nil || s.others < calm || r.quick {
		return s, err
	}
	again, err := r.sampleOnce(ctx, ch, c)
	if err != nil || again.others < s.others {
		return again, err
	}
	return s, nil
}

func (r *rig) sampleOnce(ctx context.Context, ch *chain, c cell) (sample, error) {
	if err := r.waitQuiet(ctx); err != nil {
		return sample{}, err
	}
	knownOpen, err := opened()
	if err != nil {
		return sample{}, err
	}
	before, err := takeSnapshot()
	if err != nil {
		return sample{}, err
	}
	load, err := r.load(ctx, ch, c)
	if err != nil {
		return sample{}, err
	}
	after, err := takeSnapshot()
	if err != nil {
		return sample{}, err
	}
	s := sample{loadResult: load, others: r.othersSince(before, after, ch)}
	nowOpen, err := opened()
	if err != nil {
		return s, err
	}
	s.newConnections = max(0, int(nowOpen-knownOpen)-load.opened)
	settled, err := r.waitSettled(ctx, ch)
	if err != nil {
		return s, err
	}
	s.settled = settled.at.Sub(after.at)
	s.during, s.atRest = ch.cpuTime(before, after), ch.cpuTime(before, settled)
	s.outwayRSS, s.inwayRSS = settled.memoryOf(ch.outway), settled.memoryOf(ch.inway)
	return s, nil
}

func (r *rig) load(ctx context.Context, ch *chain, c cell) (loadResult, error) {
	if c.rate > 0 {
		return ch.paced(ctx, c, c.rate*r.seconds)
	}
	return ch.load(ctx, c.body, c.connections, r.seconds)
}

// cpuTime is what the parts of the chain used between two moments.
func (c *chain) cpuTime(before, after snapshot) cpuTime {
	of := func(p *process) time.Duration {
		if p == nil {
			return 0
		}
		return after.cpuOf(before, p.cmd.Process.Pid)
	}
	return cpuTime{outway: of(c.outway), inway: of(c.inway), extra: of(c.extra)}
}

// memoryOf is what a program had in memory, in bytes; 0 without a program.
func (s snapshot) memoryOf(p *process) int64 {
	if p == nil {
		return 0
	}
	return treeUsage(s.table, p.cmd.Process.Pid).rss
}

// warmUp lets every chain open the connections it needs for the highest load.
func (r *rig) warmUp(ctx context.Context, chains []*chain) error {
	r.say("warm up")
	for _, ch := range chains {
		for _, body := range r.bodies {
			if err := r.warmUpOne(ctx, ch, body); err != nil {
				return err
			}
		}
	}
	return nil
}

// warmUpOne tries three times, in case others just then need the whole machine.
func (r *rig) warmUpOne(ctx context.Context, ch *chain, body int) error {
	for range 3 {
		got, err := ch.load(ctx, body, slices.Max(r.concurrency), 1)
		if err != nil {
			return fmt.Errorf("chain %s: %w", ch.name, err)
		}
		if got.requests > 0 {
			return nil
		}
	}
	return fmt.Errorf("chain %s answers nothing under load: %s", ch.name, lastWords(ch))
}

func lastWords(ch *chain) string {
	var text strings.Builder
	for _, p := range ch.processes() {
		_, _ = fmt.Fprintf(&text, "%s: %s\n", p.name, p.lastWords())
	}
	return text.String()
}
