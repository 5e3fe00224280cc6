// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"slices"
	"time"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/ledger"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// framework is the row of frameworks. The deed is never revoked: what ends it
// early is a change, with a reason that stays.
func (k *rules) framework() rule.Spec {
	return rule.Spec{
		Type: dossier.TypeFramework, Name: "framework", MustEnd: true, Irrevocable: true,
		Roles: []rule.RoleCount{once(dossier.RolePurchasingBody), {Role: dossier.RoleSupplier, Min: 1}, once(deed.Secretariat)},
		Rules: []rule.Shape{{Kind: deed.RuleAll}, {Kind: deed.RuleAllOfRole, Role: dossier.RolePurchasingBody}},
		Check: func(c *deed.Content) error {
			_, err := k.readFramework(c)
			return check(err)
		},
		Words: map[rule.State]rule.State{rule.InForce: stateLive},
		Begins: func(c *deed.Content) rule.State {
			if dossier.Asserted(c) {
				return stateAsserted
			}
			return ""
		},
		Extended: OverlayExtended,
		ExtendedEnd: func(c *deed.Content) int64 {
			f, err := k.readFramework(c)
			if err != nil {
				return 0
			}
			return f.ExtensionUntil
		},
		Moments: windowMoments,
		Final:   []rule.State{stateTerminated, stateAnnulled},
		Moves:   slices.Concat(frameworkChanges(), frameworkUse()),
	}
}

// windowMoments are the beginning and end of each entry window: the purchasing body
// owes the close of one that is over, and nobody may see it open.
func windowMoments(c *deed.Content) (out []int64) {
	var f dossier.Framework
	if deed.Unmarshal(c.Body, &f) != nil {
		return nil
	}
	for _, w := range f.Windows {
		out = append(out, w.From, w.Until)
	}
	return out
}

// frameworkChanges are the moves that people bring about.
func frameworkChanges() []rule.Move {
	of := func(kind dossier.ChangeKind, m rule.Move) rule.Move {
		m.Of, m.Type, m.On = rule.OfChild, dossier.TypeChange, rule.InForce
		m.When = func(_, other rule.Snapshot) bool {
			g, err := dossier.ReadChange(other.Deed)
			return err == nil && g.Kind == kind
		}
		return m
	}
	return []rule.Move{
		{
			Of: rule.OfChild, Type: dossier.TypeConfirmation, On: rule.InForce,
			From: []rule.State{stateAsserted}, To: stateLive, Set: OverlayProven,
		},
		of(dossier.ChangeSuspension, rule.Move{Set: OverlaySuspended}),
		of(dossier.ChangeLift, rule.Move{Clear: OverlaySuspended}),
		of(dossier.ChangeExtension, rule.Move{Set: OverlayExtended}),
		of(dossier.ChangeTermination, rule.Move{To: stateTerminated}),
		of(dossier.ChangeAnnulment, rule.Move{To: stateAnnulled}),
	}
}

// frameworkUse are the moves that follow from the count.
func frameworkUse() []rule.Move {
	of := func(to rule.State, set string, when func(*dossier.Allocation) bool) rule.Move {
		return rule.Move{
			Of: rule.OfChild, Type: dossier.TypeAllocation, On: stateIssued, To: to, Set: set,
			When: func(_, other rule.Snapshot) bool {
				a, err := dossier.ReadAllocation(other.Deed)
				return err == nil && a.Receipt != nil && when(a)
			},
		}
	}
	reached := func(percent int) func(*dossier.Allocation) bool {
		return func(a *dossier.Allocation) bool {
			return len(a.Receipt.Reached) > 0 && slices.Max(a.Receipt.Reached) == percent
		}
	}
	full := of(stateExhausted, OverlayUsed100, func(a *dossier.Allocation) bool { return a.Exhausted })
	full.From = []rule.State{stateLive}
	return []rule.Move{full, of("", OverlayUsed100, reached(100)), of("", OverlayUsed90, reached(90)), of("", OverlayUsed70, reached(70))}
}

// readFramework reads a framework and holds it to the law of its publication and
// to what the ledger can count.
func (k *rules) readFramework(c *deed.Content) (*dossier.Framework, error) {
	f, err := dossier.ReadFramework(c, k.law)
	if err != nil {
		return nil, err
	}
	// There has been one law since 2016; a next one is chosen here.
	if _, err := dossier.DutchLaw(time.Unix(f.Published, 0), k.zone); err != nil {
		return nil, err
	}
	_, err = ledgerFor(f)
	return f, err
}

func ledgerFor(f *dossier.Framework) (*ledger.Ledger, error) {
	lots := make([]ledger.Lot, 0, len(f.Lots))
	for i := range f.Lots {
		lots = append(lots, ledger.Lot{ID: f.Lots[i].ID, Max: f.Lots[i].MaximumQuantity})
	}
	return ledger.New(lots...)
}

// confirmation is the row of confirmations: suppliers of each lot and a buyer
// prove together what the purchasing body asserted.
func (k *rules) confirmation() rule.Spec {
	return rule.Spec{
		Type: dossier.TypeConfirmation, Name: "confirmation", Irrevocable: true, Mandates: rule.MandateOwn,
		Roles:   []rule.RoleCount{{Role: dossier.RoleSupplier, Min: 1}, {Role: dossier.RoleBuyer, Min: 1}},
		Rules:   []rule.Shape{{Kind: deed.RuleAll}},
		Parents: []rule.Parent{{Type: dossier.TypeFramework, Min: 1, Max: 1, States: []rule.State{stateAsserted}}},
		Check:   func(c *deed.Content) error { return check(dossier.ReadConfirmation(c)) },
		Admit: func(m rule.Moment) *rule.Reason {
			f, a := k.frameworkOf(m)
			if err := dossier.JudgeConfirmation(k.standing(m, f, a), m.Deed); err != nil {
				return reasonOf(err)
			}
			return nil
		},
	}
}

// change is the row of changes of a framework.
func (k *rules) change() rule.Spec {
	return rule.Spec{
		Type: dossier.TypeChange, Name: "change", Irrevocable: true,
		Roles: []rule.RoleCount{once(dossier.RolePurchasingBody), {Role: dossier.RoleSupplier}},
		Rules: []rule.Shape{{Kind: deed.RuleAll}, {Kind: deed.RuleAllOfRole, Role: dossier.RolePurchasingBody}},
		Parents: []rule.Parent{{
			Type: dossier.TypeFramework, Min: 1, Max: 1, States: []rule.State{stateLive, stateAsserted, stateExhausted},
			Ties: []rule.Tie{{Child: dossier.RolePurchasingBody, Parent: dossier.RolePurchasingBody}},
		}},
		Check: func(c *deed.Content) error {
			_, err := dossier.ReadChange(c)
			return check(err)
		},
		Admit: k.admitChange,
	}
}

func (k *rules) admitChange(m rule.Moment) *rule.Reason {
	f, a := k.frameworkOf(m)
	g, err := dossier.ReadChange(m.Deed)
	if err != nil {
		return reasonOf(err)
	}
	if err := dossier.JudgeChange(g, m.Deed, a.body, a.indexed); err != nil {
		return reasonOf(err)
	}
	suspended, extended := slices.Contains(f.Overlays, OverlaySuspended), slices.Contains(f.Overlays, OverlayExtended)
	switch {
	case m.Deed.NotBefore > m.At && g.Kind != dossier.ChangeTermination:
		return because(CodeTerm, "", sourceTypes, "only a termination can be given for a later day; sign this change when it begins")
	case g.Kind == dossier.ChangeSuspension && suspended, g.Kind == dossier.ChangeExtension && extended:
		return because(CodeChangeState, "", sourceTypes, "the framework is %s already", g.Kind)
	case g.Kind == dossier.ChangeLift && !suspended:
		return because(CodeChangeState, "", sourceTypes, "the framework isn't suspended, so there is nothing to lift")
	case g.Kind == dossier.ChangeIndexation:
		a.indexed += g.BasisPoints
	}
	a.body = g.Apply(a.body)
	return nil
}
