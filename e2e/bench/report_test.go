// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// round makes a sample with so many requests per second.
func round(n int, perSec, others float64) sample {
	return sample{
		round: n, others: others, settled: 300 * time.Millisecond,
		during:     cpuTime{outway: 90 * time.Millisecond, inway: 40 * time.Millisecond},
		atRest:     cpuTime{outway: 100 * time.Millisecond, inway: 50 * time.Millisecond},
		loadResult: loadResult{perSec: perSec, requests: 1000, p50: time.Millisecond, p99: 2 * time.Millisecond},
	}
}

// fixture has a round in which somebody else used the machine.
func fixture(samenspel float64) *report {
	o := &options{concurrency: []int{16, 64, 256}, bodies: []int{100}, out: "x/performance.md"}
	rep := &report{options: o, results: results{}, fresh: map[string]int{chainSamenspel: 0}}
	for name, rate := range map[string]float64{chainDirect: 50000, chainNginx: 10000, chainSamenspel: samenspel, chainReverse: 1000} {
		ch := &chain{name: name}
		if name != chainDirect {
			ch.outway, ch.inway = &process{}, &process{}
		}
		rep.chains = append(rep.chains, ch)
		for _, c := range o.concurrency {
			at := cell{100, c, 0}
			rep.results.add(name, at, round(0, rate, 0))
			rep.results.add(name, at, round(1, rate, 0.01))
			rep.results.add(name, at, round(2, rate/10, 0.9))
		}
	}
	return rep
}

func TestDisturbedRoundsAreDropped(t *testing.T) {
	rep := fixture(6000)
	at := cell{100, 16, 0}
	if s := rep.results.over(chainSamenspel, at, perSecond); s.n != 2 || s.median != 6000 || s.low != 6000 {
		t.Errorf("got %+v, want the two quiet rounds", s)
	}
	s, calm := rep.results.ratio(chainSamenspel, chainNginx, at, perSecond)
	if s.n != 2 || s.median != 0.6 || !calm {
		t.Errorf("got %+v, %v, want 0.6 from two quiet rounds", s, calm)
	}
}

func TestOnlyDisturbedRoundsAreUsedAndMarked(t *testing.T) {
	r, at := results{}, cell{100, 16, 0}
	r.add(chainNginx, at, round(0, 100, 0))
	r.add(chainSamenspel, at, round(0, 50, 1))
	if s, calm := r.ratio(chainSamenspel, chainNginx, at, perSecond); s.median != 0.5 || calm {
		t.Errorf("got %+v, %v, want 0.5 that is marked", s, calm)
	}
}

func TestRatiosAreTakenWithinARound(t *testing.T) {
	r, at := results{}, cell{100, 16, 0}
	for n, rate := range []float64{100, 200, 400} { // the machine gets faster
		r.add(chainNginx, at, round(n, rate, 0))
		r.add(chainSamenspel, at, round(n, rate/2, 0))
	}
	if s, _ := r.ratio(chainSamenspel, chainNginx, at, perSecond); s.low != 0.5 || s.high != 0.5 {
		t.Errorf("got %+v, want 0.5 in every round", s)
	}
}

func TestTargetsDecide(t *testing.T) {
	if rep := fixture(9000); !rep.passed() {
		t.Errorf("0.9 of nginx and 9 times the other are refused: %+v %+v", rep.targets(), rep.goals())
	}
	if fixture(7000).passed() {
		t.Error("0.7 of nginx at 256 connections passes, which is enough for stage 1 only")
	}
	if rep := fixture(4000); rep.passed() {
		t.Error("0.4 of nginx at 64 connections passes")
	}
	failing := fixture(9000)
	s := round(3, 9000, 0)
	s.errors = 1
	failing.results.add(chainSamenspel, cell{100, 16, 0}, s)
	if failing.passed() {
		t.Error("a run with failed calls passes")
	}
}

func TestThePageHasEveryChainAndTarget(t *testing.T) {
	page := string(fixture(4000).page())
	for _, want := range []string{
		"| 16 | samenspel | 4000 (4000–4000) | 0.40 (0.40–0.40) | 1.00 | 2.00 | 90 + 40 | 100 + 50 | 0.3 | 0 + 0 | 0 | 2 of 3 |",
		"| 256 | direct | 50000", "**missed**", "≥ 0.45 of nginx", "performance.svg",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}

func TestChartsAreWellFormed(t *testing.T) {
	for name, chart := range map[string][]byte{"chains": fixture(4000).chart(), "targets": full().goalsChart()} {
		d := xml.NewDecoder(bytes.NewReader(chart))
		var err error
		for err == nil {
			_, err = d.Token()
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
