// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"
)

// soaked is a load of ten minutes in which the memory of both nodes grew by so
// many MiB an hour, after a start that is steeper.
func soaked(outway, inway float64) *soak {
	s := &soak{options: &options{soak: 10 * time.Minute, bodies: []int{100}, out: "x/soak.md"}, load: loadResult{requests: 1000, perSec: 10}}
	memory := func(at time.Duration, perHour float64) int64 {
		saw := float64(int(at.Seconds())/10%3) * 2 // as the garbage collector makes
		start := 60 * min(1, at.Minutes())
		return int64((start + saw + perHour*at.Hours()) * mebibyte)
	}
	for at := soakEvery; at <= 11*time.Minute; at += soakEvery {
		s.samples = append(s.samples, soakSample{at: at, outway: memory(at, outway), inway: memory(at, inway)})
	}
	return s
}

func TestTheSlopeOfMemoryIsThatOfTheSteadyPart(t *testing.T) {
	s := soaked(0, 120)
	if grown, flat := s.growth(outwayMemory); math.Abs(grown) > mebibyte || !flat {
		t.Errorf("memory that stays grows by %.0f bytes, flat: %v", grown, flat)
	}
	grown, flat := s.growth(inwayMemory)
	if want := 120.0 * 8 / 60 * mebibyte; math.Abs(grown-want) > mebibyte || flat {
		t.Errorf("120 MiB an hour for 8 minutes is %.1f MiB, flat: %v, want %.1f", grown/mebibyte, flat, want/mebibyte)
	}
	if s.passed() {
		t.Error("a node that grows passes")
	}
}

func TestASoakFailsWithTheCallsInIt(t *testing.T) {
	s := soaked(0, 0)
	if !s.passed() {
		t.Error("a flat load without failures is refused")
	}
	s.load.errors = 1
	if s.passed() {
		t.Error("a load with a failed call passes")
	}
}

func TestWithoutSamplesNothingIsCalledFlat(t *testing.T) {
	s := &soak{options: &options{soak: time.Minute, bodies: []int{100}}}
	if s.passed() {
		t.Error("a load without samples passes")
	}
}

func TestThePageOfALongLoadTellsSlopeAndCalls(t *testing.T) {
	s := soaked(0, 120)
	s.load.errors, s.stored, s.settled = 3, 5*mebibyte, 12*time.Second
	page := string(s.page())
	for _, want := range []string{
		"calls that failed | 0 | 3 | **missed**", "growth of the Outway's node", "| pass |", "growth of the Inway's node", "MiB an hour) | **missed**",
		"| 5 MiB |", "| 12 s |", "(soak.svg)", "| 10 |",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	d := xml.NewDecoder(strings.NewReader(string(s.chart())))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
