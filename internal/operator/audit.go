// SPDX-License-Identifier: EUPL-1.2

package operator

import "time"

// Event is one line of the audit trail. Events are only ever added.
type Event struct {
	// Sequence counts from 1 without gaps.
	Sequence  int64
	At        time.Time
	Actor     AccountID // empty: the node itself, or somebody unknown
	ActorName string
	Token     TokenID // set when a program did it
	From      string
	// Act is what was done, as object and verb: contract.accept, service.put,
	// account.login.failed.
	Act string
	// Object is what it was done to: a hash, a name, an ID.
	Object string
	// Changes are the fields that differ, with their values before and after.
	Changes []Change
	// Outcome is ok, or why it wasn't done.
	Outcome string
	// Previous and Hash chain the events: Hash is the SHA-256 over the event and
	// Previous, so that a change or removal shows.
	Previous, Hash [32]byte
}

// Change is a field with its value before and after. Secrets are never in it.
type Change struct {
	Field  string `json:"field"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// EventFilter selects events, newest first; zero fields don't filter.
type EventFilter struct {
	Actor  AccountID
	Act    string // or the part before the first dot
	Object string
	Text   string // in names, acts, objects and changes, ignoring case
	From   time.Time
	Until  time.Time // not included
	Before int64     // sequence; continues a listing
	// After is a sequence, and goes back in a listing: only events in front of that
	// one, and of those the nearest.
	After int64
	Limit int
}
