// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"slices"
	"sync"
	"time"
)

// maxCalls is how many calls the start page remembers.
const maxCalls = 50

// story is what happened so far, for the start page, which looks at any moment.
type story struct {
	mu      sync.Mutex
	isUp    bool // all members are there; what they are doesn't change any more
	done    bool // the scenes have been performed
	scenes  map[string]call
	calls   []call // newest first
	written map[string]chapter
	broken  map[string]bool // by the key of a fault
	drawn   time.Time       // when traffic was looked up
	traffic []flow
	steps   map[string]string // how far each municipality is in the tale
}

// flow is the calls from one organisation to another, by key.
type flow struct {
	from, to, onBehalf string
	calls              int
	more               bool
	allowed            bool
	last               time.Time
}

func (s *story) up() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.isUp = true
}

func (s *story) played() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = true
}

// tell adds a call; scene is the key of the scene it belongs to, or empty.
func (s *story) tell(scene string, c call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.scenes == nil {
		s.scenes = map[string]call{}
	}
	if scene != "" {
		s.scenes[scene] = c
	}
	s.calls = slices.Insert(s.calls, 0, c)
	s.calls = s.calls[:min(len(s.calls), maxCalls)]
	s.drawn = time.Time{}
}

// write keeps what came of a chapter.
func (s *story) write(key string, c chapter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.written == nil {
		s.written = map[string]chapter{}
	}
	s.written[key] = c
}

func (s *story) setBroken(fault string, broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken == nil {
		s.broken = map[string]bool{}
	}
	s.broken[fault], s.drawn = broken, time.Time{}
}

func (s *story) isBroken(fault string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken[fault]
}

// ready tells whether all members are up, and whether there are buttons.
func (s *story) ready() (up, buttons bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.isUp, s.done
}

// changed has the traffic looked up again: a contract began or ended.
func (s *story) changed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drawn = time.Time{}
}
