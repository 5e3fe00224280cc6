// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"sync"
	"time"
)

const (
	// allowedAtOnce is what one address may ask of the public pages at once, and
	// allowedEach how long it takes until it may ask one more.
	allowedAtOnce = 120
	allowedEach   = 500 * time.Millisecond
	// allowedKnown bounds how many addresses are remembered.
	allowedKnown = 10_000
)

// allowance counts what addresses without a login ask. What it knows of one that
// rested is what it knows of a new one, so it may forget it.
type allowance struct {
	mu   sync.Mutex
	full map[string]time.Time // by address: when it may ask all at once again
}

func newAllowance() *allowance { return &allowance{full: map[string]time.Time{}} }

// take tells whether an address may ask something that counts for cost.
func (a *allowance) take(address string, cost int, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	full, known := a.full[address]
	if full.Before(now) {
		full = now
	}
	full = full.Add(time.Duration(cost) * allowedEach)
	if full.Sub(now) > allowedAtOnce*allowedEach {
		return false
	}
	if !known && len(a.full) >= allowedKnown && !a.forget(now) {
		return false
	}
	a.full[address] = full
	return true
}

// forget drops addresses that rested, and tells whether there were any.
func (a *allowance) forget(now time.Time) bool {
	before := len(a.full)
	for address, full := range a.full {
		if !full.After(now) {
			delete(a.full, address)
		}
	}
	return len(a.full) < before
}
