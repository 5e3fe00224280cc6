// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"strings"
	"testing"
	"time"
)

// full is a run in which everything was measured.
func full() *report {
	rep := fixture(9000)
	rep.options.bodies, rep.options.concurrency = []int{smallBody, bigBody}, []int{1, 16, 64, 256}
	rep.paced = pacing{tenth: 1000, half: 4500}
	rep.flushes = []float64{0.2, 0.1, 0.3}
	rep.engines = engineFigures{flushP50: 200 * time.Microsecond, rows: []engineRow{
		{engine: engineLog, writers: 64, perSec: 250_000},
		{engine: engineSQLite, writers: 64, perSec: 100_000},
		{engine: engineLog, writers: 256, perSec: 400_000},
	}}
	rep.small = []smallFigure{
		{smallBenchmark: smallBenchmark{name: benchFirstToken}, nsPerOp: 99_900},
		{smallBenchmark: smallBenchmark{name: benchKnownToken}, nsPerOp: 400},
		{smallBenchmark: smallBenchmark{name: benchCheckUse}, nsPerOp: 100},
	}
	for name, p := range map[string]struct {
		rate     float64
		p50, p99 time.Duration
	}{
		chainDirect:    {50_000, 100 * time.Microsecond, time.Millisecond},
		chainNginx:     {10_000, 200 * time.Microsecond, 3 * time.Millisecond},
		chainHaproxy:   {10_000, 200 * time.Microsecond, 3 * time.Millisecond},
		chainSamenspel: {9_000, 700 * time.Microsecond, 4 * time.Millisecond},
		chainQuiet:     {10_600, 200 * time.Microsecond, 2 * time.Millisecond},
		chainReverse:   {1_000, 5 * time.Millisecond, 20 * time.Millisecond},
	} {
		for _, c := range []cell{
			{smallBody, 1, 0},
			{smallBody, 16, 0},
			{smallBody, 64, 0},
			{smallBody, 256, 0},
			{bigBody, 16, 0},
			{bigBody, 64, 0},
			{bigBody, 256, 0},
			{smallBody, paceConnections, 1000},
			{smallBody, paceConnections, 4500},
		} {
			s := round(0, p.rate, 0)
			s.p50, s.p99, s.outwayRSS, s.inwayRSS = p.p50, p.p99, 50<<20, 60<<20
			if rep.results[name] == nil {
				rep.results[name] = map[cell][]sample{}
			}
			rep.results[name][c] = []sample{s}
		}
	}
	return rep
}

func TestEveryTargetHasItsLine(t *testing.T) {
	page := string(full().page())
	for _, want := range []string{
		"| T1 | requests/s of samenspel-nolog / nginx+nginx, 100 B, 64 connections | ≥ 0.90 | ≥ 1.05 | 1.06 | stretch |",
		"| T2 | requests/s of samenspel / nginx+nginx, 100 B, 256 connections | ≥ 0.78 | ≥ 0.95 | 0.90 | pass |",
		"| T3 | requests/s of samenspel / nginx+nginx, 102400 B, 256 connections | ≥ 1.00 | ≥ 1.25 | 0.90 | **missed** |",
		"| T4 | requests/s of samenspel / haproxy+haproxy, 100 B, 256 connections | ≥ 0.80 | ≥ 1.00 | 0.90 | pass |",
		"| T5 | requests/s of samenspel / reverseproxy+postgres, 100 B, 256 connections | ≥ 6.00 | ≥ 8.00 | 9.00 | stretch |",
		"| T6 | p50 at 1 connection: (samenspel − nginx) / flush time of the disk meanwhile | ≤ 3.20 | ≤ 2.50 | 2.50 | stretch |",
		"| T7 | p99 of samenspel / nginx at a tenth of nginx's most calls | ≤ 1.25 | ≤ 1.00 | 1.33 | **missed** |",
		"| T7 | p50 of samenspel / nginx at a tenth of nginx's most calls | ≤ 2.00 | ≤ 1.60 | 3.50 | **missed** |",
		"| T8 | p99 of samenspel / nginx, 100 B, 64 connections | ≤ 1.30 | ≤ 1.00 | 1.33 | **missed** |",
		"| half load | p99 added to direct at half of samenspel's most calls, calmest rounds, samenspel / nginx | ≤ 2.00 | ≤ 1.00 | 1.50 | pass |",
		", 64 connections | ≤ 1.60 | ≤ 1.25 | 1.00 | stretch |",
		"| T10 | records made durable in the time of one flush, 256 writers | ≥ 60.0 | ≥ 100 | 80.0 | pass |",
		"| T11 | records/s of the log / SQLite with one transaction per group, 64 writers | ≥ 2.00 | ≥ 3.00 | 2.50 | pass |",
		"| T12 | check of a token that is known / of a new one, ES256 | ≤ 1/100 | ≤ 1/500 | 1/200 | pass |",
		"| T13 | memory of one node at 256 connections, MiB, the largest seen | ≤ 90.0 | ≤ 40.0 | 60.0 | pass |",
		"A flush of the disk took 200 µs (100–300, medians per round)", "| 1000 | samenspel | 9000 |", "| 4500 | nginx+nginx |",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if t.Failed() {
		t.Log(page)
	}
}

func TestATargetThatWasNotMeasuredIsLeftOut(t *testing.T) {
	rep := full()
	rep.engines, rep.small, rep.flushes, rep.paced = engineFigures{}, nil, nil, pacing{}
	delete(rep.results, chainQuiet)
	for _, g := range rep.goals() {
		switch g.id {
		case "T1", "T6", "T7", "half load", "T10", "T11", "T12":
			t.Errorf("%s is told though it wasn't measured: %+v", g.id, g)
		}
	}
}

// TestATailThatTheMachineMadeCountsForNoChain has rounds in which the bare backend
// is slower than a chain through it.
func TestATailThatTheMachineMadeCountsForNoChain(t *testing.T) {
	rep := full()
	at := cell{smallBody, paceConnections, rep.paced.half}
	for i := range 2 {
		s := round(i+1, 50_000, 0)
		s.p99 = 90 * time.Millisecond
		rep.results[chainDirect][at] = append(rep.results[chainDirect][at], s)
	}
	for _, g := range rep.goals() {
		if g.id == "half load" && g.got.median == 1.5 {
			return
		}
	}
	t.Error("the tail at half load isn't told, or is another")
}

func TestADisturbedTargetSaysSo(t *testing.T) {
	rep := full()
	c := cell{smallBody, 64, 0}
	rep.results[chainSamenspel][c][0].others = 1
	for _, g := range rep.goals() {
		if g.id == "T8" && g.verdict() != "**missed**, disturbed" {
			t.Errorf("got %q", g.verdict())
		}
	}
}

func TestOnlyChainsThatCanMakeTheCallsAreAsked(t *testing.T) {
	rep := full()
	var names []string
	for _, ch := range ableTo(rep.results, []*chain{{name: chainNginx}, {name: chainReverse}, {name: chainSamenspel}}, smallBody, 1000) {
		names = append(names, ch.name)
	}
	if got := strings.Join(names, " "); got != chainNginx+" "+chainSamenspel {
		t.Errorf("got %s: the reverse proxy makes 1000 calls/s at most", got)
	}
}
