// SPDX-License-Identifier: EUPL-1.2

package reconcile

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// MaxNamed is how many calls of each side a report names.
const MaxNamed = 1000

// Report is what came of a comparison.
type Report struct {
	Peer fsc.PeerID
	At   time.Time
	// From and Until are what was compared, in whole hours; Until isn't included.
	// They are equal when nothing could be.
	From, Until time.Time
	// Next is where to go on, when there was more than one comparison may take; zero:
	// all was compared that was asked for and that both sides have whole.
	Next time.Time
	// ByRoots tells that the other side has the extension; else it was asked for its
	// records by GET /logs.
	ByRoots bool
	// Requests is how many were sent to the other side.
	Requests int
	Tally
	// Grants has the same for each grant and direction.
	Grants []GrantTally
	// Ours and Theirs name calls that only one side has, at most MaxNamed of each, in
	// order of time.
	Ours, Theirs []Difference
	// Problem tells why the comparison couldn't be finished, in English; what is above is
	// about the time before Until.
	Problem string
}

// Tally counts calls.
type Tally struct {
	// Equal is how many calls both sides have, OnlyOurs and OnlyTheirs how many only one
	// side has.
	Equal, OnlyOurs, OnlyTheirs int64
	// OpenOurs and OpenTheirs are how many calls there are in parts that differ so much
	// that they weren't gone into.
	OpenOurs, OpenTheirs int64
	// ExpiredHere is how many calls the other side still has that are older than we keep
	// them, and ExpiredThere the reverse. They weren't compared: they aren't missing.
	ExpiredHere, ExpiredThere int64
}

func addTally(t *Tally, o Tally) {
	t.Equal += o.Equal
	t.OnlyOurs += o.OnlyOurs
	t.OnlyTheirs += o.OnlyTheirs
	t.OpenOurs += o.OpenOurs
	t.OpenTheirs += o.OpenTheirs
	t.ExpiredHere += o.ExpiredHere
	t.ExpiredThere += o.ExpiredThere
}

// Same tells that no call is on one side only.
func (t Tally) Same() bool {
	return t.OnlyOurs == 0 && t.OnlyTheirs == 0 && t.OpenOurs == 0 && t.OpenTheirs == 0
}

// Agrees tells that the sides were compared and have the same calls.
func (r *Report) Agrees() bool { return r.Problem == "" && r.Same() }

// GrantTally counts the calls of a grant in one direction.
type GrantTally struct {
	Grant string
	// Outgoing tells that our Outway made the calls.
	Outgoing bool
	Tally
}

// Difference is a call that one side has no record of, as the other side tells it.
type Difference struct {
	TransactionID string
	Grant         string
	Outgoing      bool // our Outway made the call
	// Service is empty when the other side names the call and doesn't show its record.
	Service string
	// At is when it was recorded; else the time in the ID.
	At time.Time
	// OtherGrant is the grant under which the other of the two has it; empty: not at all.
	OtherGrant string
}

// tallies are counts by grant and direction; the Hour of the keys is 0.
type tallies map[Key]*Tally

func (t tallies) of(k Key) *Tally {
	k.Hour = 0
	if t[k] == nil {
		t[k] = &Tally{}
	}
	return t[k]
}

// fill puts counts and names into a report.
func (r *Report) fill(t tallies) {
	for _, k := range slices.SortedFunc(maps.Keys(t), Key.Compare) {
		r.Grants = append(r.Grants, GrantTally{k.Grant, k.Outgoing, *t[k]})
		addTally(&r.Tally, *t[k])
	}
	for _, list := range [][]Difference{r.Ours, r.Theirs} {
		slices.SortFunc(list, func(a, b Difference) int {
			return cmp.Or(a.At.Compare(b.At), strings.Compare(a.TransactionID, b.TransactionID))
		})
	}
}
