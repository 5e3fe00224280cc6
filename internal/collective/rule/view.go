// SPDX-License-Identifier: EUPL-1.2

package rule

import (
	"maps"
	"slices"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

// Change is one step in the history of a deed.
type Change struct {
	At       int64 // Unix seconds
	State    State
	Overlays []string // sorted
	Reasons  []Reason
}

// Signature is one that counted, with the party it counted for: the signer, or
// who gave it a mandate.
type Signature struct {
	Party deed.Party
	Act   deed.Act
	At    int64 // the moment it counts at, Unix seconds
}

// Status is what a deed is at the moment of the fold.
type Status struct {
	Deed     *deed.Content
	State    State
	Overlays []string // sorted
	Since    int64    // Unix seconds; 0: from the beginning
	// CompleteAt is when the last signature that was needed came; 0: it didn't.
	// Number is that of its receipt.
	CompleteAt, Number int64
	// Final tells that nothing can change the state any more.
	Final bool
	// Provisional tells that a reject or revoke without receipt is honoured.
	Provisional bool
	// Awaiting are the parties whose turn it is.
	Awaiting []deed.Party
	// Signatures are those that counted, in their order.
	Signatures []Signature
	// Reasons say why the deed is in this state.
	Reasons []Reason
	// Notes are signatures that had no effect, and why.
	Notes   []Reason
	History []Change
	// Outcome is the count of a decision that has closed.
	Outcome *Outcome
}

// View is the state of all deeds at one moment. It is immutable.
type View struct {
	now, until int64
	statuses   map[deed.Hash]*Status
	children   map[deed.Hash][]deed.Hash
}

// Now is the moment of the view in Unix seconds.
func (v *View) Now() int64 { return v.now }

// Until is the first moment at which something changes by the clock alone; 0:
// never. Up to then the view holds as long as no deed or signature comes in.
func (v *View) Until() int64 { return v.until }

// Status gives what a deed is; false when the deed isn't at hand.
func (v *View) Status(h deed.Hash) (Status, bool) {
	s, ok := v.statuses[h]
	if !ok {
		return Status{}, false
	}
	return *s, true
}

// All lists the deeds by hash.
func (v *View) All() []Status {
	out := make([]Status, 0, len(v.statuses))
	for _, h := range slices.Sorted(maps.Keys(v.statuses)) {
		out = append(out, *v.statuses[h])
	}
	return out
}

// Children lists the deeds that name h as a parent, by hash.
func (v *View) Children(h deed.Hash) []deed.Hash { return slices.Clone(v.children[h]) }
