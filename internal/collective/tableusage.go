// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"errors"
	"slices"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/collective/usage"
)

// CodeStated is the reason that a side has stated this month, or this saving, before.
const CodeStated rule.ReasonCode = "already_stated"

const (
	sourceUsage  = "collective design 3.5, step 6"
	sourceSaving = "collective design 1, row 54"
)

// The states of a usage statement beside stateIssued.
const (
	stateAgreed   rule.State = "agreed"   // the other side states the same calls
	stateDisputed rule.State = "disputed" // the other side states other calls
	stateSettled  rule.State = "settled"  // both signed the number by which the month is settled
)

// sameRole ties a party to that of the parent in the same role.
func sameRole(roles ...deed.Role) []rule.Tie {
	var out []rule.Tie
	for _, r := range roles {
		out = append(out, rule.Tie{Child: r, Parent: r})
	}
	return out
}

// called are the states of a call-off under which calls were made.
func called() []rule.State { return []rule.State{stateSigned, stateTerminated, stateCompleted} }

// statement is the row of usage statements. Two of one month that say the same
// agree with each other, in whatever order they come; who finds a mistake in its
// own settles the month with the other side.
func (k *rules) statement() rule.Spec {
	return rule.Spec{
		Type: usage.TypeStatement, Name: "usage_statement", Mandates: rule.MandateOwn, Irrevocable: true,
		Roles: []rule.RoleCount{{Role: dossier.RoleBuyer, Max: 1}, {Role: dossier.RoleSupplier, Max: 1}},
		Rules: append(one(dossier.RoleBuyer), rule.Shape{Kind: deed.RuleOne, Role: dossier.RoleSupplier}),
		Parents: []rule.Parent{{
			Type: dossier.TypeCallOff, Min: 1, Max: 1, States: called(), Ties: sameRole(dossier.RoleBuyer, dossier.RoleSupplier),
		}},
		Check: func(c *deed.Content) error {
			_, err := usage.ReadStatement(c)
			return checkUsage(err)
		},
		Admit: k.admitStatement,
		Words: map[rule.State]rule.State{rule.InForce: stateIssued},
		Moves: append(statementMoves(), rule.Move{
			Of: rule.OfChild, Type: usage.TypeSettlement, On: stateSettled, From: []rule.State{stateDisputed}, To: stateSettled,
		}),
	}
}

// statementMoves let two statements find each other: the one that was there is
// moved by the one that comes, and that by what became of the first.
func statementMoves() []rule.Move {
	both := func(equal bool) func(self, other rule.Snapshot) bool {
		return func(self, other rule.Snapshot) bool {
			met, same := meet(self.Deed, other.Deed)
			return met && same == equal
		}
	}
	move := func(on, to rule.State) rule.Move {
		return rule.Move{
			Of: rule.OfSibling, Type: usage.TypeStatement, On: on, From: []rule.State{stateIssued}, To: to, When: both(to == stateAgreed),
		}
	}
	return []rule.Move{
		move(stateIssued, stateAgreed), move(stateAgreed, stateAgreed),
		move(stateIssued, stateDisputed), move(stateDisputed, stateDisputed),
	}
}

// meet tells whether two statements are those of both sides about one month, and
// whether they say the same.
func meet(a, b *deed.Content) (met, same bool) {
	x, err := usage.ReadStatement(a)
	if err != nil {
		return false, false
	}
	y, err := usage.ReadStatement(b)
	if err != nil || a.Parties[0].Role == b.Parties[0].Role {
		return false, false
	}
	outcome, err := usage.Compare(x, y)
	return err == nil, outcome == usage.Equal
}

func (k *rules) admitStatement(m rule.Moment) *rule.Reason {
	o := m.Parents[0]
	s, err := usage.ReadStatement(m.Deed)
	if err != nil {
		return usageReason(err)
	}
	ended := int64(0)
	if o.Final {
		ended = o.Since
	}
	if err := usage.JudgeStatement(o.Deed, m.Deed, s, k.months, ended); err != nil {
		return usageReason(err)
	}
	from, until, err := k.months(s.Month.Year, s.Month.Month)
	switch {
	case err != nil:
		return usageReason(err)
	case !slices.Contains(o.Overlays, OverlayAllocated):
		return because(rule.ReasonCode(dossier.ReasonNoReceipt), "", sourceMaximum, "the call-off has no units, so nothing was called under it")
	case m.At < usage.Over(until, ended):
		return because(CodeTerm, "", sourceUsage, "%s isn't over; wait until it is, or until the call-off has ended", s.Month)
	case o.CompleteAt >= until, ended != 0 && ended <= from:
		return because(CodeTerm, "", sourceUsage, "the call-off wasn't in force in %s", s.Month)
	}
	for _, before := range m.Children(o.Deed.Hash(), usage.TypeStatement) {
		said, err := usage.ReadStatement(before.Deed)
		if err == nil && before.CompleteAt != 0 && before.Life != rule.Refused && before.Deed.Hash() != m.Deed.Hash() &&
			said.Month == s.Month && before.Deed.Parties[0] == m.Deed.Parties[0] {
			r := because(CodeStated, m.Deed.Parties[0].PeerID, sourceUsage,
				"has stated %s before; a statement isn't replaced, a mistake in it is put right by a settlement that both sign", s.Month)
			r.Deed = before.Deed.Hash()
			return r
		}
	}
	return nil
}

// settlement is the row of settlements: the number by which both sides settle a
// month about which their statements differ.
func (k *rules) settlement() rule.Spec {
	return rule.Spec{
		Type: usage.TypeSettlement, Name: "settlement", Mandates: rule.MandateOwn, Irrevocable: true,
		Roles: []rule.RoleCount{once(dossier.RoleBuyer), once(dossier.RoleSupplier)},
		Rules: []rule.Shape{{Kind: deed.RuleAll}},
		Parents: []rule.Parent{
			{Type: dossier.TypeCallOff, Min: 1, Max: 1, States: called(), Ties: sameRole(dossier.RoleBuyer, dossier.RoleSupplier)},
			{Type: usage.TypeStatement, Min: 2, Max: 2, States: []rule.State{stateDisputed}},
		},
		Check: func(c *deed.Content) error {
			_, err := usage.ReadSettlement(c)
			return checkUsage(err)
		},
		Admit: admitSettlement,
		Words: map[rule.State]rule.State{rule.InForce: stateSettled},
	}
}

func admitSettlement(m rule.Moment) *rule.Reason {
	s, err := usage.ReadSettlement(m.Deed)
	if err != nil {
		return usageReason(err)
	}
	var signed []usage.Signed
	for _, p := range m.Parents[1:] {
		b, err := usage.ReadStatement(p.Deed)
		if err != nil {
			return usageReason(err)
		}
		signed = append(signed, usage.Signed{Deed: p.Deed, Body: b})
	}
	if err := usage.JudgeSettlement(m.Deed, s, signed[0], signed[1]); err != nil {
		return usageReason(err)
	}
	return nil
}

// saving is the row of saving statements: a buyer's own, one for a call-off at a
// time. Nobody but the keeper of the dossier gets to read it.
func (k *rules) saving() rule.Spec {
	return rule.Spec{
		Type: usage.TypeSaving, Name: "saving", Mandates: rule.MandateOwn,
		Roles: []rule.RoleCount{once(dossier.RoleBuyer)},
		Rules: one(dossier.RoleBuyer),
		Parents: []rule.Parent{{
			Type: dossier.TypeCallOff, Min: 1, Max: 1, States: called(), Ties: sameRole(dossier.RoleBuyer),
		}},
		Check: func(c *deed.Content) error {
			_, err := usage.ReadSaving(c)
			return checkUsage(err)
		},
		Admit: admitSaving,
		Words: map[rule.State]rule.State{rule.InForce: stateIssued, rule.Revoked: stateWithdrawn},
	}
}

func admitSaving(m rule.Moment) *rule.Reason {
	s, err := usage.ReadSaving(m.Deed)
	if err != nil {
		return usageReason(err)
	}
	o := m.Parents[0]
	called := termsAt(m, o.Deed).Quantity
	switch {
	case !slices.Contains(o.Overlays, OverlayAllocated):
		return because(rule.ReasonCode(dossier.ReasonNoReceipt), "", sourceMaximum, "the call-off has no units, so nothing is saved by it")
	case s.Quantity > called:
		return because(rule.ReasonCode(usage.ReasonAmount), "", sourceSaving, "quantity is more than the %d units of the call-off", called)
	}
	for _, before := range m.Children(o.Deed.Hash(), usage.TypeSaving) {
		if before.State == stateIssued {
			r := because(CodeStated, m.Deed.Parties[0].PeerID, sourceSaving, "has stated the saving of this call-off before; revoke that statement first")
			r.Deed = before.Deed.Hash()
			return r
		}
	}
	return nil
}

// checkUsage gives what a row's Check returns for a refusal of package usage.
func checkUsage(err error) error {
	if err == nil {
		return nil
	}
	return &rule.Fault{Reason: *usageReason(err)}
}

// usageReason turns a refusal of package usage into a reason of the rules.
func usageReason(err error) *rule.Reason {
	r, ok := errors.AsType[*usage.Refusal](err)
	if !ok {
		return &rule.Reason{Code: rule.ReasonForm, Detail: err.Error(), Source: sourceUsage}
	}
	out := &rule.Reason{Code: rule.ReasonCode(r.Reason), Detail: r.Detail, Source: sourceUsage}
	if r.Field != "" {
		out.Detail = r.Field + " " + r.Detail
	}
	if r.Reason == usage.ReasonMalformed {
		out.Code = rule.ReasonForm
	}
	return out
}
