// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"fmt"
	"slices"
	"time"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/ledger"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// callOff is the row of call-offs. One that both have signed is live when the
// purchasing body has allocated its quantity.
func (k *rules) callOff() rule.Spec {
	return rule.Spec{
		Type: dossier.TypeCallOff, Name: "call_off", MustEnd: true, Mandates: rule.MandateOwn,
		Roles: []rule.RoleCount{once(dossier.RoleBuyer), once(dossier.RoleSupplier)},
		Rules: []rule.Shape{{Kind: deed.RuleAll}},
		Parents: []rule.Parent{
			{Type: dossier.TypeFramework, Min: 1, Max: 1, States: judged()},
			{Type: dossier.TypeAccession, Min: 1, Max: 1, States: []rule.State{
				stateRequested, rule.Pending, stateEffective, stateEnded, rule.Refused, rule.Rejected, rule.Lapsed,
			}},
		},
		Check: func(c *deed.Content) error {
			_, err := dossier.ReadCallOff(c)
			return check(err)
		},
		Amount: func(c *deed.Content) (int64, error) {
			o, err := dossier.ReadCallOff(c)
			if err != nil {
				return 0, err
			}
			return o.Value, nil
		},
		Admit: k.admitCallOff,
		Words: map[rule.State]rule.State{
			rule.Proposed: stateOffered, rule.InForce: stateSigned, rule.Revoked: stateTerminated, rule.Expired: stateCompleted,
		},
		Moves: callOffMoves(),
	}
}

func callOffMoves() []rule.Move {
	drawn := func(granted bool) func(_, other rule.Snapshot) bool {
		return func(_, other rule.Snapshot) bool {
			a, err := dossier.ReadAllocation(other.Deed)
			return err == nil && a.Command.Kind == string(ledger.Draw) && (a.Receipt != nil) == granted
		}
	}
	// A framework that ends before its time takes along what has no units yet.
	waits := func(on rule.State) rule.Move {
		return rule.Move{
			Of: rule.OfParent, Type: dossier.TypeFramework, On: on, From: []rule.State{rule.Pending, stateSigned}, To: rule.Refused,
			When: func(self, _ rule.Snapshot) bool { return !slices.Contains(self.Overlays, OverlayAllocated) },
		}
	}
	return []rule.Move{
		{Of: rule.OfChild, Type: dossier.TypeAllocation, On: stateIssued, Set: OverlayAllocated, When: drawn(true)},
		// A draw made alone that a full ledger can't take any more has no units after all.
		{
			Of: rule.OfChild, Type: dossier.TypeAllocation, On: stateIssued, To: rule.Refused, Clear: OverlayAllocated,
			When: drawn(false), Why: refusedBy,
		},
		{Of: rule.OfChild, Type: dossier.TypeOwnDraw, On: stateDrawn, Set: OverlayAllocated},
		waits(stateTerminated), waits(stateAnnulled),
	}
}

// refusedBy tells why the purchasing body couldn't allocate, and what it could.
func refusedBy(allocation rule.Snapshot) rule.Reason {
	r := rule.Reason{Code: rule.ReasonCode(dossier.ReasonExhausted), Source: sourceMaximum}
	if a, err := dossier.ReadAllocation(allocation.Deed); err == nil && a.Refusal != nil {
		r.Detail = fmt.Sprintf("%d could be called off", a.Refusal.Remaining)
	}
	return r
}

func (k *rules) admitCallOff(m rule.Moment) *rule.Reason {
	f, a := k.frameworkOf(m)
	o, err := dossier.ReadCallOff(m.Deed)
	if err != nil {
		return reasonOf(err)
	}
	if r := shut(f); r != nil {
		return r
	}
	in, _ := parent(m, dossier.TypeAccession)
	entry := &dossier.Entry{Deed: in.Deed, Effective: in.State == stateEffective && slices.Contains(in.Deed.Parents, f.Deed.Hash())}
	if entry.Accession, err = dossier.ReadAccession(in.Deed); err != nil {
		return reasonOf(err)
	}
	// The receipt comes after both have signed, so it isn't asked for here.
	at := dossier.Signing{Signed: time.Unix(m.At, 0), Allocated: o.Quantity}
	if err := dossier.JudgeCallOff(k.standing(m, f, a), entry, m.Deed, o, at); err != nil {
		return reasonOf(err)
	}
	return a.spend(m, o)
}

// binding is the row of bindings: a contract of the layer under a live call-off.
func (k *rules) binding() rule.Spec {
	cut := func(on rule.State) rule.Move {
		return rule.Move{
			Of: rule.OfParent, Type: dossier.TypeCallOff, On: on, From: []rule.State{rule.Pending, stateBound}, To: stateCut,
		}
	}
	same := func(r deed.Role) rule.Tie { return rule.Tie{Child: r, Parent: r} }
	return rule.Spec{
		Type: dossier.TypeBinding, Name: "binding", MustEnd: true, Mandates: rule.MandateOwn,
		Roles: []rule.RoleCount{once(dossier.RoleBuyer), once(dossier.RoleSupplier)},
		Rules: []rule.Shape{{Kind: deed.RuleAll}},
		Parents: []rule.Parent{{
			Type: dossier.TypeCallOff, Min: 1, Max: 1, Ties: []rule.Tie{same(dossier.RoleBuyer), same(dossier.RoleSupplier)},
		}},
		Check: func(c *deed.Content) error {
			_, err := dossier.ReadBinding(c)
			return check(err)
		},
		Admit: admitBinding,
		Words: map[rule.State]rule.State{rule.InForce: stateBound, rule.Revoked: stateCut, rule.Expired: stateCut},
		Moves: []rule.Move{cut(stateTerminated), cut(stateCompleted), cut(rule.Refused)},
	}
}

func admitBinding(m rule.Moment) *rule.Reason {
	o, _ := parent(m, dossier.TypeCallOff)
	switch {
	case !slices.Contains(o.Overlays, OverlayAllocated):
		return because(rule.ReasonCode(dossier.ReasonNoReceipt), "", sourceMaximum, "the purchasing body has not allocated the call-off; it lives by its receipt")
	case !dossier.Within(m.Deed, o.Deed):
		return because(CodeTerm, "", "collective design 3.5", "the contract has to lie within the term of the call-off")
	}
	return nil
}
