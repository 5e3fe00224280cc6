// SPDX-License-Identifier: EUPL-1.2

package rule

import (
	"cmp"
	"maps"
	"slices"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

// Snapshot is a deed as it is while another one is looked at.
type Snapshot struct {
	Deed     *deed.Content
	State    State // in the type's words
	Life     State // of the generic life
	Final    bool
	Overlays []string // sorted
	Since    int64    // Unix seconds, of the state; 0: from the beginning
	// CompleteAt is when the last signature that was needed came, and Number its
	// receipt's; 0: not complete.
	CompleteAt, Number int64
	// Decision is the decision rule of a threshold, or nil.
	Decision *Decision
}

func (n *node) snapshot() Snapshot {
	return Snapshot{
		Deed: n.content, State: n.state, Life: n.life, Final: n.done, Overlays: slices.Clone(n.overlays),
		Since: n.since, CompleteAt: n.completeAt, Number: n.number, Decision: n.decision,
	}
}

// Moment is what [Spec.Admit] may look at: the deed that becomes complete, its
// parents in its own order, and what else had become of deeds by then.
type Moment struct {
	Deed    *deed.Content
	At      int64 // Unix seconds
	Number  int64 // of the receipt
	Parents []Snapshot

	fold *fold
}

// Children lists the deeds of a type that name h as a parent, by hash. It looks
// at all children, so asking it for each of many siblings takes the square.
func (m Moment) Children(h deed.Hash, t deed.Type) []Snapshot {
	var out []Snapshot
	for _, c := range m.fold.children[h] {
		if n := m.fold.nodes[c]; n.content.Type == t {
			out = append(out, n.snapshot())
		}
	}
	return out
}

// Find gives a deed as it is at this moment; false when it isn't at hand.
func (m Moment) Find(h deed.Hash) (Snapshot, bool) {
	n := m.fold.nodes[h]
	if n == nil {
		return Snapshot{}, false
	}
	return n.snapshot(), true
}

// Account gives what the Admit functions of a table have written down under a
// deed in this fold, or what begin makes of it the first time. It spares them to
// add up all siblings again for each deed. Only what follows from deeds that
// were admitted may be written there: they come in the order of the fold, which
// is the same everywhere.
func (m Moment) Account(h deed.Hash, begin func() any) any {
	a, ok := m.fold.accounts[h]
	if !ok {
		a = begin()
		m.fold.accounts[h] = a
	}
	return a
}

// enter brings a deed into a state of the generic life, and then plays what
// follows for its parents and children.
func (f *fold) enter(n *node, life State, at int64, reasons []Reason) {
	n.life = life
	word := n.spec.word(life)
	if life == InForce && n.spec.Begins != nil {
		word = cmp.Or(n.spec.Begins(n.content), word)
	}
	n.change(word, at, reasons)
	f.follow(n, at)
}

func (n *node) change(s State, at int64, reasons []Reason) {
	n.state, n.since, n.reasons = s, at, reasons
	n.done = n.life.over() || n.spec.final(s)
	n.history = append(n.history, Change{At: at, State: s, Overlays: slices.Clone(n.overlays), Reasons: reasons})
}

type visit struct {
	hash deed.Hash
	move int // index in the moves of its spec
}

// follow plays the moves that a change brings about, and those that they bring
// about in turn. Each move of a deed is played at most once in one instant, so it
// always ends.
func (f *fold) follow(first *node, at int64) {
	queue, played := []*node{first}, map[visit]bool{}
	for len(queue) > 0 {
		cause := queue[0]
		queue = queue[1:]
		related := f.related(cause)
		for _, h := range slices.Sorted(maps.Keys(related)) {
			n := f.nodes[h]
			if n == nil || n.spec == nil || n.done || n.life == Waiting {
				continue
			}
			for i := range n.spec.Moves {
				m, v := &n.spec.Moves[i], visit{h, i}
				if m.Of != related[h] || played[v] || !m.applies(n, cause) {
					continue
				}
				played[v] = true
				if n.move(m, cause, at) {
					queue = append(queue, n)
				}
				break
			}
		}
	}
}

// related gives the deeds that a change may move, with what it is to them.
func (f *fold) related(cause *node) map[deed.Hash]Relation {
	related := map[deed.Hash]Relation{}
	if f.table.siblings[cause.content.Type] {
		for _, p := range cause.content.Parents {
			for _, h := range f.children[p] {
				related[h] = OfSibling
			}
		}
		delete(related, cause.content.Hash())
	}
	for _, h := range cause.content.Parents {
		related[h] = OfChild
	}
	for _, h := range f.children[cause.content.Hash()] {
		related[h] = OfParent
	}
	return related
}

func (m *Move) applies(self, cause *node) bool {
	return m.Type == cause.content.Type && m.On == cause.state &&
		(len(m.From) == 0 || slices.Contains(m.From, self.state)) &&
		(m.When == nil || m.When(self.snapshot(), cause.snapshot()))
}

// move changes the state or the overlays, and tells whether the state changed.
func (n *node) move(m *Move, cause *node, at int64) bool {
	before := n.state
	if m.Set != "" && !slices.Contains(n.overlays, m.Set) {
		n.overlays = append(n.overlays, m.Set)
		slices.Sort(n.overlays)
	}
	n.overlays = slices.DeleteFunc(n.overlays, func(o string) bool { return o == m.Clear })
	to := n.state
	if m.To != "" {
		to = m.To
	}
	why := Reason{Code: ReasonMoved, Source: sourceTable}
	if m.Why != nil {
		why = m.Why(cause.snapshot())
	}
	why.Deed = cause.content.Hash()
	n.change(to, at, []Reason{why})
	return n.state != before
}

func (f *fold) view() *View {
	v := &View{now: f.now, until: f.until, statuses: map[deed.Hash]*Status{}, children: f.children}
	for h, n := range f.nodes {
		slices.SortFunc(n.notes, Reason.compare)
		s := &Status{
			Deed: n.content, State: n.state, Overlays: n.overlays, Since: n.since, CompleteAt: n.completeAt, Number: n.number, Final: n.done,
			Provisional: n.provisional, Reasons: n.reasons, Notes: slices.Compact(n.notes), History: n.history, Outcome: n.outcome,
			Signatures: n.signatures,
		}
		if n.life == Proposed {
			for _, p := range n.content.Signatories() {
				if !n.accepted[p] && !n.rejected[p] {
					s.Awaiting = append(s.Awaiting, p)
				}
			}
		}
		v.statuses[h] = s
	}
	return v
}
