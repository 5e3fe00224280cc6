// SPDX-License-Identifier: EUPL-1.2

package rule

import (
	"cmp"
	"maps"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// Fold computes the state of all deeds at a moment in Unix seconds: it plays all
// that was received up to then, and all that the clock brings, in one order that
// depends on nothing but the facts.
//
// At one second the clock comes first: a deed that ends, a decision that closes
// and a deed that begins go before signatures received in that second.
func Fold(t *Table, facts Facts, now int64) *View {
	f := &fold{
		table: t, now: now, nodes: map[deed.Hash]*node{}, children: map[deed.Hash][]deed.Hash{},
		dossiers: map[deed.Hash]map[deed.Hash]bool{}, accounts: map[deed.Hash]any{},
	}
	for _, c := range facts.Deeds {
		f.nodes[c.Hash()] = newNode(c, t.specs[c.Type])
	}
	f.order = slices.Sorted(maps.Keys(f.nodes))
	for _, h := range f.order {
		for _, p := range f.nodes[h].content.Parents {
			f.children[p] = append(f.children[p], h)
		}
	}
	for _, h := range f.order {
		f.inspect(f.nodes[h])
	}
	f.wait()
	f.play(f.events(facts.Signed))
	return f.view()
}

type fold struct {
	table    *Table
	now      int64
	until    int64
	nodes    map[deed.Hash]*node
	order    []deed.Hash
	children map[deed.Hash][]deed.Hash
	dossiers map[deed.Hash]map[deed.Hash]bool // by founding deed, what stands below it
	accounts map[deed.Hash]any
}

// node is a deed while the events are played.
type node struct {
	content  *deed.Content
	spec     *Spec
	decision *Decision
	mandate  *Mandate
	stance   *Stance
	amount   int64
	// extendedEnd is the end under the overlay of an extension; 0: no option.
	extendedEnd int64
	// moments are those of [Spec.Moments].
	moments []int64

	life        State // of the generic life
	state       State // in the type's words
	done        bool  // in a final state
	overlays    []string
	since       int64
	completeAt  int64
	number      int64 // of the receipt that made it complete
	provisional bool
	accepted    map[deed.Party]bool
	rejected    map[deed.Party]bool
	stances     map[fsc.PeerID]*node // of a decision, the last one of each voter
	signatures  []Signature
	reasons     []Reason
	notes       []Reason
	history     []Change
	outcome     *Outcome
}

func newNode(c *deed.Content, s *Spec) *node {
	n := &node{
		content: c, spec: s, life: Proposed, state: Proposed,
		accepted: map[deed.Party]bool{}, rejected: map[deed.Party]bool{}, stances: map[fsc.PeerID]*node{},
	}
	if s != nil {
		n.state = s.word(Proposed)
	}
	return n
}

// The classes of events within one second.
const (
	classEnd = iota
	classClose
	classBegin
	classAct
	classProvisional
	classMoment // changes nothing by itself
)

type event struct {
	at     int64
	class  int
	node   *node
	signed *deed.Signed // for the classes of acts
}

func (a *event) compare(b *event) int {
	if c := cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.class, b.class)); c != 0 {
		return c
	}
	if a.signed != nil && b.signed != nil {
		return compareSigned(*a.signed, *b.signed)
	}
	return cmp.Compare(a.node.content.Hash(), b.node.content.Hash())
}

// events lists what happens, in order. Signatures about deeds that aren't at
// hand are left out: they say nothing yet.
func (f *fold) events(all []deed.Signed) []event {
	var out []event
	for _, h := range f.order {
		n := f.nodes[h]
		out = append(out, event{at: n.content.NotBefore, class: classBegin, node: n})
		if n.content.NotAfter != 0 {
			out = append(out, event{at: n.content.NotAfter, class: classEnd, node: n})
		}
		if n.extendedEnd > n.content.NotAfter {
			out = append(out, event{at: n.extendedEnd, class: classEnd, node: n})
		}
		for _, at := range n.moments {
			out = append(out, event{at: at, class: classMoment, node: n})
		}
		if n.decision != nil {
			out = append(out, event{at: n.decision.ClosesAt, class: classClose, node: n})
		}
	}
	signed := f.distinct(all)
	for i := range signed {
		s := &signed[i]
		n := f.nodes[s.DeedHash]
		if n == nil || n.spec == nil {
			continue
		}
		if e, ok := f.act(n, s); ok {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b event) int { return a.compare(&b) })
	return out
}

// act gives the moment a signature counts at.
func (f *fold) act(n *node, s *deed.Signed) (event, bool) {
	switch {
	case s.Receipt.Given():
		return event{at: s.Receipt.At, class: classAct, node: n, signed: s}, true
	case s.SignedAt > f.now:
		return event{}, false
	case n.spec.Clock == SignerClock:
		return event{at: s.SignedAt, class: classAct, node: n, signed: s}, true
	case s.Act == deed.Accept:
		n.note(Reason{Code: ReasonNoReceipt, Peer: s.Signer, Source: sourceReceipt})
		return event{}, false
	}
	return event{at: f.now, class: classProvisional, node: n, signed: s}, true
}

func (f *fold) play(events []event) {
	for i := range events {
		e := &events[i]
		if e.at > f.now {
			if f.until == 0 && f.matters(e) {
				f.until = e.at
			}
			continue
		}
		switch e.class {
		case classMoment: // only a view has to be made anew
		case classEnd:
			f.end(e.node, e.at)
		case classClose:
			f.close(e.node, e.at)
		case classBegin:
			f.begin(e.node, e.at)
		default:
			f.sign(e)
		}
	}
}

// matters tells whether an event in the future may change anything.
func (f *fold) matters(e *event) bool {
	switch {
	case e.node.life == Waiting || e.node.life == Void:
		return false
	case e.class == classMoment:
		return !e.node.done
	case e.class >= classAct: // a note at least
		return true
	case e.node.done:
		return false
	case e.class == classBegin:
		return e.node.life == Pending
	case e.class == classClose:
		return e.node.life == Open
	}
	return true // the end of the term
}

// begin is the moment not_before comes. A state that another deed brought about
// meanwhile stays.
func (f *fold) begin(n *node, at int64) {
	switch {
	case n.done || n.life != Pending:
	case n.state == n.spec.word(Pending):
		f.enter(n, InForce, at, nil)
	default:
		n.life = InForce
	}
}

// end is the moment not_after passes, or the end of an extension.
func (f *fold) end(n *node, at int64) {
	switch {
	case at < n.extendedEnd && slices.Contains(n.overlays, n.spec.Extended):
	case n.done || n.life == Waiting || n.life == Void:
	case n.life == Proposed:
		f.enter(n, Lapsed, at, []Reason{{Code: ReasonNotSigned, Detail: "its term ended first"}})
	default:
		f.enter(n, Expired, at, []Reason{{Code: ReasonEnded}})
	}
}

// close is the moment a decision closes: the last stance of each voter counts,
// if it stands.
func (f *fold) close(n *node, at int64) {
	if n.done || n.life != Open {
		return
	}
	stances := map[fsc.PeerID]Stance{}
	for voter, s := range n.stances {
		if s.life == InForce && !s.done {
			stances[voter] = *s.stance
		}
	}
	outcome := n.decision.Count(stances)
	n.outcome = &outcome
	f.enter(n, outcome.State, at, outcome.Reasons)
}

func (n *node) note(r Reason) { n.notes = append(n.notes, r) }

// count keeps that a signature counted for a party.
func (n *node) count(e *event, party deed.Party) {
	n.signatures = append(n.signatures, Signature{Party: party, Act: e.signed.Act, At: e.at})
}
