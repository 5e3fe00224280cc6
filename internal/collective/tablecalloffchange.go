// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"cmp"
	"slices"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/ledger"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// callOffChange is the row of changes of a call-off. One that both have signed is
// applied when the purchasing body has allocated it, one at a time.
func (k *rules) callOffChange() rule.Spec {
	answered := func(granted bool) func(_, other rule.Snapshot) bool {
		return func(_, other rule.Snapshot) bool {
			a, err := dossier.ReadAllocation(other.Deed)
			return err == nil && (a.Receipt != nil) == granted
		}
	}
	gone := func(typ deed.Type, on, to rule.State) rule.Move {
		return rule.Move{Of: rule.OfParent, Type: typ, On: on, From: []rule.State{stateSigned}, To: to}
	}
	return rule.Spec{
		Type: dossier.TypeCallOffChange, Name: "call_off_change", Mandates: rule.MandateOwn, Irrevocable: true,
		Roles: []rule.RoleCount{once(dossier.RoleBuyer), once(dossier.RoleSupplier)},
		Rules: []rule.Shape{{Kind: deed.RuleAll}},
		Parents: []rule.Parent{
			{Type: dossier.TypeFramework, Min: 1, Max: 1, States: judged()},
			{
				Type: dossier.TypeCallOff, Min: 1, Max: 1, States: []rule.State{rule.Pending, stateSigned},
				Ties: sameRole(dossier.RoleBuyer, dossier.RoleSupplier),
			},
		},
		Check: func(c *deed.Content) error {
			_, err := dossier.ReadCallOffChange(c)
			return check(err)
		},
		Amount: func(c *deed.Content) (int64, error) {
			g, err := dossier.ReadCallOffChange(c)
			if err != nil {
				return 0, err
			}
			return g.Value, nil
		},
		Admit: k.admitCallOffChange,
		Words: map[rule.State]rule.State{rule.InForce: stateSigned},
		Moves: []rule.Move{
			{Of: rule.OfChild, Type: dossier.TypeAllocation, On: stateIssued, From: []rule.State{stateSigned}, To: stateApplied, When: answered(true)},
			{Of: rule.OfChild, Type: dossier.TypeAllocation, On: stateIssued, To: rule.Refused, When: answered(false), Why: refusedBy},
			gone(dossier.TypeCallOff, stateTerminated, rule.Lapsed), gone(dossier.TypeCallOff, stateCompleted, rule.Lapsed),
			gone(dossier.TypeCallOff, rule.Refused, rule.Lapsed),
			gone(dossier.TypeFramework, stateTerminated, rule.Refused), gone(dossier.TypeFramework, stateAnnulled, rule.Refused),
		},
	}
}

func (k *rules) admitCallOffChange(m rule.Moment) *rule.Reason {
	f, a := k.frameworkOf(m)
	o, _ := parent(m, dossier.TypeCallOff)
	g, err := dossier.ReadCallOffChange(m.Deed)
	if err != nil {
		return reasonOf(err)
	}
	release, r := releaseCommand(o.Deed)
	if r != nil {
		return r
	}
	switch {
	case a.ledger == nil || m.Deed.NotBefore > m.At:
		return because(CodeTerm, "", sourceQuota, "a change holds from the moment that it is allocated, so it can't be signed for a later day")
	case !slices.Contains(o.Deed.Parents, f.Deed.Hash()):
		return because(rule.ReasonCode(dossier.ReasonParent), "", sourceQuota, "the call-off stands under another framework")
	case !slices.Contains(o.Overlays, OverlayAllocated):
		return because(rule.ReasonCode(dossier.ReasonNoReceipt), "", sourceMaximum, "the purchasing body has not allocated the call-off, so there is nothing to change yet")
	}
	if _, _, err := a.ledger.Ask(release); err != nil {
		return because(rule.ReasonCode(dossier.ReasonNoReceipt), "", sourceMaximum, "the buyer drew the call-off alone; it can be changed when the purchasing body has settled that")
	}
	for _, other := range m.Children(o.Deed.Hash(), dossier.TypeCallOffChange) {
		if other.State == stateSigned {
			r := because(CodeChangeState, "", sourceQuota, "another change of this call-off waits for the purchasing body")
			r.Deed = other.Deed.Hash()
			return r
		}
	}
	return a.admitTerms(m, f, o, g)
}

// admitTerms holds a new quantity and value to the framework: less is always
// possible, more only while new things are.
func (a *account) admitTerms(m rule.Moment, f, o rule.Snapshot, g *dossier.CallOffChange) *rule.Reason {
	was := a.terms(o.Deed)
	switch {
	case g.Quantity == was.Quantity:
		return because(CodeChangeState, "", sourceQuota, "quantity is %d already; there is nothing to change", was.Quantity)
	case g.Quantity > was.Quantity:
		if r := firstOf(shut(f), running(f)); r != nil {
			r.Detail += leftOf(a.ledger, was.Lot)
			return r
		}
		if f.Final {
			return because(rule.ReasonCode(dossier.ReasonNotLive), "", sourceMaximum, "the framework has ended, so a call-off under it can't grow any more")
		}
	}
	if g.Value <= was.Value {
		return nil // makes room when it is applied
	}
	return a.spendMore(m, m.Deed.Hash(), was.Lot, g.Value-was.Value)
}

// applyTerms counts a change that the purchasing body has allocated.
func (a *account) applyTerms(change, o *deed.Content) {
	g, err := dossier.ReadCallOffChange(change)
	if err != nil {
		return // it was read before
	}
	now := a.terms(o)
	if s := a.spent[now.Lot]; s != nil && g.Value < now.Value {
		s.sum -= now.Value - g.Value
	}
	now.Quantity, now.Value = g.Quantity, g.Value
	a.current[o.Hash()] = now
}

// terms gives lot, quantity and value of a call-off with the changes so far.
func (a *account) terms(o *deed.Content) Terms {
	if t, ok := a.current[o.Hash()]; ok {
		return t
	}
	return termsOf(o)
}

// Terms are how much is called off now.
type Terms struct {
	Lot             string
	Quantity, Value int64 // in the unit of the lot, and in euro cents over the whole term
}

func termsOf(o *deed.Content) Terms {
	body, err := dossier.ReadCallOff(o)
	if err != nil {
		return Terms{}
	}
	return Terms{Lot: body.Lot, Quantity: body.Quantity, Value: body.Value}
}

// TermsOf gives quantity and value of a call-off of a view, with the changes that
// were applied; zero for what isn't a call-off.
func TermsOf(v *rule.View, callOff deed.Hash) Terms {
	o, ok := v.Status(callOff)
	if !ok || o.Deed.Type != dossier.TypeCallOff {
		return Terms{}
	}
	t := termsOf(o.Deed)
	if all := AppliedTo(v, callOff); len(all) > 0 {
		t = t.with(all[len(all)-1].Deed)
	}
	return t
}

func (t Terms) with(change *deed.Content) Terms {
	if g, err := dossier.ReadCallOffChange(change); err == nil {
		t.Quantity, t.Value = g.Quantity, g.Value
	}
	return t
}

// AppliedTo lists the changes of a call-off that were applied, oldest first: one
// is signed only when the one before was answered.
func AppliedTo(v *rule.View, callOff deed.Hash) []rule.Status {
	var out []rule.Status
	for _, h := range v.Children(callOff) {
		if s, ok := v.Status(h); ok && s.Deed.Type == dossier.TypeCallOffChange && s.State == stateApplied {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b rule.Status) int {
		return cmp.Or(cmp.Compare(a.CompleteAt, b.CompleteAt), cmp.Compare(a.Number, b.Number))
	})
	return out
}

// termsAt gives the terms of a call-off at a moment of a fold.
func termsAt(m rule.Moment, o *deed.Content) Terms {
	t, last := termsOf(o), rule.Snapshot{}
	for _, s := range m.Children(o.Hash(), dossier.TypeCallOffChange) {
		if s.State == stateApplied && cmp.Or(cmp.Compare(s.CompleteAt, last.CompleteAt), cmp.Compare(s.Number, last.Number)) > 0 {
			t, last = t.with(s.Deed), s
		}
	}
	return t
}

// changeCommand gives a call-off another quantity.
func changeCommand(change, o *deed.Content) (ledger.Command, *rule.Reason) {
	g, err := dossier.ReadCallOffChange(change)
	if err != nil {
		return ledger.Command{}, reasonOf(err)
	}
	c, r := drawCommand(o)
	c.Request, c.Kind, c.Quantity = "g/"+string(change.Hash()), ledger.Change, g.Quantity
	return c, r
}

// changing gives the command for a change of a call-off. One that grows waits
// while the framework stands still.
func (a *account) changing(m rule.Moment, f, change rule.Snapshot) (ledger.Command, *rule.Reason) {
	o, ok := m.Find(callOffAbove(change.Deed))
	if !ok || o.Final {
		return ledger.Command{}, wrongState(change, "its call-off has ended, and isn't changed any more")
	}
	c, r := changeCommand(change.Deed, o.Deed)
	if r == nil && c.Quantity > a.terms(o.Deed).Quantity {
		r = running(f)
	}
	return c, r
}

// callOffAbove gives the call-off that a deed follows; empty when it names none.
func callOffAbove(c *deed.Content) deed.Hash {
	for _, h := range c.Parents {
		if t, err := h.Type(); err == nil && t == dossier.TypeCallOff {
			return h
		}
	}
	return ""
}
