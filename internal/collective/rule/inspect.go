// SPDX-License-Identifier: EUPL-1.2

package rule

import (
	"errors"
	"fmt"
	"slices"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

const (
	sourceRoles   = "collective design 3.3, roles"
	sourceReceipt = "collective design 3.1, receipts"
	sourceTable   = "collective design 3.2, types and invariants"
)

// inspect holds a deed to the rules of its type that don't depend on the moment.
// A deed that breaks one is void; one with a parent that isn't at hand waits.
func (f *fold) inspect(n *node) {
	if n.spec == nil {
		n.stop(Void, Reason{Code: ReasonUnknownType, Detail: fmt.Sprintf("type %d isn't known here", n.content.Type)})
		return
	}
	if err := n.read(); err != nil {
		n.stop(Void, formReason(err))
		return
	}
	var unknown, wrong []Reason
	for _, h := range n.content.Parents {
		p := f.nodes[h]
		switch {
		case p == nil:
			unknown = append(unknown, Reason{Code: ReasonParentUnknown, Deed: h})
		case p.content.GroupID != n.content.GroupID:
			wrong = append(wrong, Reason{Code: ReasonParentGroup, Deed: h})
		}
	}
	wrong = append(wrong, f.wrongParents(n)...)
	switch {
	case len(wrong) > 0:
		n.stop(Void, wrong...)
	case len(unknown) > 0:
		n.stop(Waiting, unknown...)
	}
}

// wait lets the deeds below one that waits wait as well: what its parents have to
// be can't be judged yet.
func (f *fold) wait() {
	var queue []deed.Hash
	for _, h := range f.order {
		if f.nodes[h].life == Waiting {
			queue = append(queue, h)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, h := range f.children[queue[0]] {
			if n := f.nodes[h]; n.life == Proposed {
				n.stop(Waiting, Reason{Code: ReasonParentUnknown, Deed: queue[0], Detail: "waits itself"})
				queue = append(queue, h)
			}
		}
	}
}

// stop gives the state a deed has from the beginning.
func (n *node) stop(s State, reasons ...Reason) {
	n.life, n.state, n.done, n.reasons = s, s, s == Void, reasons
	if n.spec != nil {
		n.state = n.spec.word(s)
	}
}

// read checks what the content says about itself, and gives it its meaning.
func (n *node) read() error {
	c, s := n.content, n.spec
	if !slices.Contains(s.Rules, Shape{Kind: c.Rule.Kind, Role: c.Rule.Role}) {
		return bad("rule", "a deed of this type can't be made with rule %s %s", c.Rule.Kind, c.Rule.Role)
	}
	if err := s.checkRoles(c); err != nil {
		return err
	}
	if s.MustEnd && c.NotAfter == 0 {
		return bad("not_after", "is needed for this type")
	}
	if c.Rule.Kind == deed.RuleThreshold {
		d, err := ParseDecision(c.Rule.Decision)
		if err != nil {
			return err
		}
		n.decision = d
		if c.NotAfter != 0 && c.NotAfter <= d.ClosesAt {
			return bad("not_after", "must be later than closes_at")
		}
	}
	if s.Check != nil {
		if err := s.Check(c); err != nil {
			return err
		}
	}
	if s.Moments != nil {
		n.moments = s.Moments(c)
	}
	if s.ExtendedEnd != nil {
		n.extendedEnd = s.ExtendedEnd(c)
	}
	if s.Amount != nil {
		amount, err := s.Amount(c)
		if err != nil {
			return err
		}
		n.amount = amount
	}
	return n.readOwn()
}

// readOwn reads the bodies this package knows.
func (n *node) readOwn() error {
	switch n.content.Type {
	case TypeStance:
		s, err := ParseStance(n.content.Body)
		if err != nil {
			return err
		}
		n.stance = &s
	case TypeMandate:
		m, err := ParseMandate(n.content.Body)
		if err != nil {
			return err
		}
		n.mandate = &m
	default:
	}
	return nil
}

func (s *Spec) checkRoles(c *deed.Content) error {
	for _, p := range c.Parties {
		if !s.hasRole(p.Role) {
			return bad("parties", "role %s isn't known for this type", p.Role)
		}
	}
	for _, r := range s.Roles {
		if n := len(c.PeersInRole(r.Role)); n < r.Min || r.Max > 0 && n > r.Max {
			return bad("parties", "role %s has %d parties; the type asks for %s", r.Role, n, span(r.Min, r.Max))
		}
	}
	return nil
}

func span(low, high int) string {
	switch {
	case high == 0:
		return fmt.Sprintf("at least %d", low)
	case low == high:
		return fmt.Sprint(low)
	}
	return fmt.Sprintf("%d to %d", low, high)
}

// wrongParents checks types and numbers, which the hashes tell, and ties with
// the parents that are at hand.
func (f *fold) wrongParents(n *node) []Reason {
	var wrong []Reason
	counts := make([]int, len(n.spec.Parents))
	for _, h := range n.content.Parents {
		i := n.spec.parent(h)
		if i < 0 {
			wrong = append(wrong, Reason{Code: ReasonParentType, Deed: h, Source: sourceTable})
			continue
		}
		counts[i]++
		if p := f.nodes[h]; p != nil {
			wrong = append(wrong, untied(n.content, p.content, n.spec.Parents[i].Ties)...)
		}
	}
	for i, p := range n.spec.Parents {
		if counts[i] < p.Min || p.Max > 0 && counts[i] > p.Max {
			wrong = append(wrong, Reason{
				Code: ReasonParentType, Source: sourceTable,
				Detail: fmt.Sprintf("%d parents of type %d; the type asks for %s", counts[i], p.Type, span(p.Min, p.Max)),
			})
		}
	}
	return wrong
}

// parent gives the index of the row for this parent; -1 when there is none. A row
// for the type itself goes before one for any type.
func (s *Spec) parent(h deed.Hash) int {
	t, err := h.Type()
	if err != nil {
		return -1
	}
	if i := slices.IndexFunc(s.Parents, func(p Parent) bool { return p.Type == t }); i >= 0 {
		return i
	}
	return slices.IndexFunc(s.Parents, func(p Parent) bool { return p.Type == AnyType })
}

func untied(child, parent *deed.Content, ties []Tie) []Reason {
	var wrong []Reason
	for _, t := range ties {
		for _, p := range child.PeersInRole(t.Child) {
			if !parent.HasParty(p, t.Parent) {
				wrong = append(wrong, Reason{
					Code: ReasonParentParty, Deed: parent.Hash(), Peer: p, Source: sourceRoles,
					Detail: fmt.Sprintf("isn't %s there", t.Parent),
				})
			}
		}
	}
	return wrong
}

// formReason gives why content breaks a rule of its type.
func formReason(err error) Reason {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f.Reason
	}
	return Reason{Code: ReasonForm, Detail: formDetail(err), Source: sourceTable}
}

// formDetail gives the part of an error that was written for others.
func formDetail(err error) string {
	if e, ok := errors.AsType[*deed.Error](err); ok {
		return e.Field + " " + e.Detail
	}
	return err.Error()
}
