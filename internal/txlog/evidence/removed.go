// SPDX-License-Identifier: EUPL-1.2

package evidence

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/retention"
)

// removals is what a walk knows of records that were removed from the middle.
type removals struct {
	// of gives the checkpoints, as indexes of marks, that tell of removals from the part
	// of one: its number is the key.
	of map[int64][]int
	// seen is what is left of the records of the part that is walked through, by the number
	// of the checkpoint that tells of it.
	seen map[int64]*tally
	// byRule counts what held.
	byRule map[retention.Rule]int64
}

func newRemovals() removals {
	return removals{of: map[int64][]int{}, seen: map[int64]*tally{}, byRule: map[retention.Rule]int64{}}
}

// tellsOf tells whether the removal of the next checkpoint can be: from one earlier
// part that was whole, no more than there was.
func (w *walk) tellsOf(c *Checkpoint) bool {
	of := c.Removal.Of
	if of > int64(len(w.marks)) {
		return false
	}
	m := w.marks[of-1]
	if c.Removal.Count > m.last-m.first+1 || m.last <= c.Pruned {
		return false
	}
	w.removals.of[of] = append(w.removals.of[of], len(w.marks))
	return true
}

// early judges the removal of the checkpoint that was just taken by its own reasons.
func (w *walk) early() *Problem {
	c := &w.marks[len(w.marks)-1]
	if c.removal == nil {
		return nil
	}
	m := &w.marks[c.removal.Of-1]
	x := c.removal.tooEarly(m.at, c.at)
	if x == nil {
		return nil
	}
	return &Problem{
		Kind: KindEarly, Sequence: m.first, Until: m.last, Checkpoint: c.number,
		Detail: fmt.Sprintf("checkpoint %d removes %d of them as kept for %d days, and they were signed %d days before", c.number, x.Count, x.Days, (c.at-m.at)/(24*3600)),
	}
}

// gone takes what is left of a record, in the part that is walked through.
func (w *walk) gone(r *txlog.Linked) *Problem {
	number := r.Removed.Checkpoint
	if number < 1 || number > int64(len(w.marks)) {
		return unlawful(r, "no checkpoint tells of it")
	}
	told := w.marks[number-1].removal
	if told == nil || told.Of != w.covering(r.Sequence) || r.Removed.Rule < 0 || r.Removed.Rule >= len(told.Reasons) {
		return unlawful(r, fmt.Sprintf("checkpoint %d doesn't tell of it", number))
	}
	t := w.removals.seen[number]
	if t == nil {
		t = newTally()
		w.removals.seen[number] = t
	}
	if t.add(r.Sequence, r.Removed); t.count > told.Count {
		return unlawful(r, fmt.Sprintf("checkpoint %d tells of %d records and not of one more", number, told.Count))
	}
	return nil
}

func unlawful(r *txlog.Linked, detail string) *Problem {
	return &Problem{Kind: KindUnlawful, Sequence: r.Sequence, Detail: detail}
}

// settle compares, at the end of a part, what is left of its records with what was
// signed of them.
func (w *walk) settle(m *mark) *Problem {
	for _, i := range w.removals.of[m.number] {
		told, seen := w.marks[i].removal, w.removals.seen[w.marks[i].number]
		if seen == nil {
			seen = newTally()
		}
		if seen.count != told.Count || seen.digest() != told.Digest {
			return &Problem{
				Kind: KindUnlawful, Sequence: m.first, Until: m.last, Checkpoint: w.marks[i].number,
				Detail: fmt.Sprintf("the %d that are gone aren't the %d that checkpoint %d tells of", seen.count, told.Count, w.marks[i].number),
			}
		}
		w.removals.add(told)
	}
	clear(w.removals.seen)
	return nil
}

// add counts a removal that holds.
func (r *removals) add(told *Removal) {
	for _, x := range told.Reasons {
		r.byRule[x.Rule] += x.Count
	}
}

// reasons gives what was counted, in a fixed order.
func (r *removals) reasons() (out []Reason) {
	for rule, count := range r.byRule {
		out = append(out, Reason{rule, count})
	}
	slices.SortFunc(out, func(a, b Reason) int {
		return cmp.Or(strings.Compare(string(a.Direction), string(b.Direction)), strings.Compare(string(a.Peer), string(b.Peer)),
			strings.Compare(a.Service, b.Service), cmp.Compare(a.Days, b.Days))
	})
	return out
}
