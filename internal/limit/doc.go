// SPDX-License-Identifier: EUPL-1.2

// Package limit says how much a service may be asked, and counts the calls that
// are under way to hold them to it.
//
// It owns the [Limits] of one service, the names under which limits are
// configured, counted and explained ([Name]), and the
// [Gate] through which calls of one service pass. A Gate decides in memory, with
// one short lock per group of Peers and none for the service as a whole, makes
// no garbage on a call that passes, and needs bounded memory however many Peers
// call: what it knows of a Peer that rests is what it knows of one that never
// called, so it may forget it.
//
// The limits on size and waiting time are numbers here; whoever forwards the
// call applies them.
//
// The package must not know HTTP, FSC, storage or the clock: the time of a call
// is given.
//
// Start with [Limits], [NewGate] and [Gate.Enter].
package limit
