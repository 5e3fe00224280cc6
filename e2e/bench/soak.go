// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"time"
)

const (
	soakConnections = 64
	soakEvery       = 10 * time.Second
	// soakSettle is how long the index may take to catch up after the load.
	soakSettle = 20 * time.Minute
)

// soak is a long load on one chain.
type soak struct {
	options *options
	machine []fact
	load    loadResult
	samples []soakSample
	settled time.Duration // how long the chain went on after the load
	stored  int64         // bytes in the data folders of both nodes then
}

// soakSample is what the two nodes had in memory at one moment, in bytes.
type soakSample struct {
	at            time.Duration // since the load began
	outway, inway int64
}

// soak puts our own chain under load for a long time and watches its memory.
func (r *rig) runSoak(ctx context.Context) (*soak, error) {
	direct, err := r.startBackend(ctx)
	if err != nil {
		return nil, err
	}
	ch, err := r.startSamenspel(ctx, strings.TrimPrefix(direct.entry, "http://"))
	if err != nil {
		return nil, err
	}
	ch.name = chainSamenspel
	s := &soak{options: r.options, machine: describeMachine(ctx, r.dir)}
	r.say("load for %s", r.soak)
	if err := s.watch(ctx, r, ch); err != nil {
		return nil, err
	}
	r.say("wait for the index")
	r.quietWait = soakSettle
	loaded := time.Now()
	rest, err := r.waitSettled(ctx, ch)
	if err != nil {
		return nil, err
	}
	s.settled = rest.at.Sub(loaded)
	s.samples = append(s.samples, soakSample{
		at: r.soak + s.settled, outway: rest.memoryOf(ch.outway), inway: rest.memoryOf(ch.inway),
	})
	s.stored, err = r.storedBy(ch)
	return s, err
}

// watch looks at the memory of both nodes while the load lasts.
func (s *soak) watch(ctx context.Context, r *rig, ch *chain) error {
	began := time.Now()
	done := make(chan error, 1)
	go func() {
		var err error
		s.load, err = ch.load(ctx, r.bodies[0], soakConnections, int(r.soak.Seconds()))
		done <- err
	}()
	tick := time.NewTicker(min(soakEvery, r.soak/10))
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			now, err := takeSnapshot()
			if err != nil {
				return errors.Join(err, <-done)
			}
			s.samples = append(s.samples, soakSample{
				at: now.at.Sub(began), outway: now.memoryOf(ch.outway), inway: now.memoryOf(ch.inway),
			})
		}
	}
}

// storedBy is the size of what both nodes keep.
func (r *rig) storedBy(ch *chain) (int64, error) {
	var total int64
	for _, p := range ch.processes() {
		data := filepath.Join(r.dir, p.name, "data")
		err := filepath.WalkDir(data, func(_ string, d fs.DirEntry, err error) error { //nolint:gosec // the rig's own folder
			if err != nil || d.IsDir() {
				return err
			}
			info, err := d.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil // removed meanwhile, as a segment that is indexed
			}
			if err == nil {
				total += info.Size()
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return total, fmt.Errorf("size of the data of %s: %w", p.name, err)
		}
	}
	return total, nil
}

// line is a straight line through samples: bytes at the start, and per second.
type line struct{ start, slope float64 }

// fit draws the line that is nearest to the samples (least squares).
func fit(samples []soakSample, of func(soakSample) int64) line {
	n := float64(len(samples))
	if n < 2 {
		return line{}
	}
	var sx, sy, sxx, sxy float64
	for _, s := range samples {
		x, y := s.at.Seconds(), float64(of(s))
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	below := n*sxx - sx*sx
	if below == 0 {
		return line{start: sy / n}
	}
	slope := (n*sxy - sx*sy) / below
	return line{start: (sy - slope*sx) / n, slope: slope}
}

// steady leaves out what isn't steady yet, the first fifth of the load, and what
// came after it.
func (s *soak) steady() []soakSample {
	var out []soakSample
	for _, x := range s.samples {
		if x.at >= s.options.soak/5 && x.at <= s.options.soak {
			out = append(out, x)
		}
	}
	return out
}

// allowedGrowth is how much a node's memory may grow over the steady part and
// still be called flat, as a part of what it has and in bytes: what the garbage
// collector leaves for its next turn differs by more from one moment to the next.
const (
	allowedGrowthPart  = 0.10
	allowedGrowthBytes = 8 << 20
)

// growth is how much the memory of a node grew over the steady part in bytes, and
// whether that is flat.
func (s *soak) growth(of func(soakSample) int64) (bytes float64, flat bool) {
	steady := s.steady()
	if len(steady) < 2 {
		return 0, false
	}
	l := fit(steady, of)
	first, last := steady[0].at.Seconds(), steady[len(steady)-1].at.Seconds()
	bytes = l.slope * (last - first)
	return bytes, bytes <= max(allowedGrowthBytes, allowedGrowthPart*(l.start+l.slope*first))
}

// passed tells whether no call failed and memory stayed flat on both sides.
func (s *soak) passed() bool {
	_, outway := s.growth(outwayMemory)
	_, inway := s.growth(inwayMemory)
	return s.load.errors == 0 && outway && inway
}

func outwayMemory(s soakSample) int64 { return s.outway }
func inwayMemory(s soakSample) int64  { return s.inway }

// soakMode is the whole run with -soak.
func (r *rig) soakMode(ctx context.Context, out io.Writer) error {
	s, err := r.runSoak(ctx)
	if err != nil {
		return err
	}
	if err := writePage(r.options, out, s.page(), map[string][]byte{"": s.chart()}); err != nil {
		return err
	}
	if r.must && !s.passed() {
		return errMissedTargets
	}
	return nil
}
