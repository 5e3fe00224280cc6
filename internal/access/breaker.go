// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"sync"
	"time"
)

// breaker keeps calls from waiting for a decision point that is away. After some
// failures in a row it lets nothing through for a while, and then one call at a
// time until one succeeds.
type breaker struct {
	after int           // failures in a row
	pause time.Duration // between probes

	mu       sync.Mutex
	failures int
	until    time.Time // no call before this
	probing  bool
}

// enter tells whether a call may go; each that may is followed by leave.
func (b *breaker) enter(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < b.after {
		return true
	}
	if b.probing || now.Before(b.until) {
		return false
	}
	b.probing = true
	return true
}

// leave tells how a call went. One that its caller gave up, or whose question wasn't
// taken, says nothing about the decision point.
func (b *breaker) leave(o outcome, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
	switch o {
	case succeeded:
		b.failures = 0
	case failed:
		b.failures++
		b.until = now.Add(b.pause)
	case givenUp:
	}
}

type outcome int

const (
	succeeded outcome = iota
	failed
	givenUp
)

// open tells whether calls are held back now.
func (b *breaker) open() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failures >= b.after
}
