// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"errors"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/ledger"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// allocation is the row of allocations: the word of the purchasing body on one
// command to the ledger of a framework. Everybody adds the ledger up again, so a
// receipt over the maximum, one that skips a number and a refusal without ground
// are refused by all.
func (k *rules) allocation() rule.Spec {
	body := dossier.RolePurchasingBody
	return rule.Spec{
		Type: dossier.TypeAllocation, Name: "allocation", Irrevocable: true,
		Roles: []rule.RoleCount{once(body)},
		Rules: []rule.Shape{{Kind: deed.RuleOne, Role: body}},
		Parents: []rule.Parent{
			{Type: dossier.TypeFramework, Min: 1, Max: 1, States: judged(), Ties: []rule.Tie{{Child: body, Parent: body}}},
			{Type: dossier.TypeAccession, Max: 1, States: []rule.State{stateEffective, stateEnded}},
			{Type: dossier.TypeCallOff, Max: 1, States: []rule.State{rule.Pending, stateSigned, stateTerminated, stateCompleted}},
			{Type: dossier.TypeCallOffChange, Max: 1, States: []rule.State{stateSigned}},
		},
		Check: func(c *deed.Content) error {
			a, err := dossier.ReadAllocation(c)
			if err == nil && c.NotAfter != 0 {
				err = &dossier.Refusal{Reason: dossier.ReasonMalformed, Field: "not_after", Detail: "an allocation has no end"}
			}
			if err == nil && len(c.Parents) != parentsOf(ledger.Kind(a.Command.Kind)) {
				err = &dossier.Refusal{Reason: dossier.ReasonParent, Detail: "the command is about one accession, call-off or change of one, a close about none"}
			}
			return check(err)
		},
		Admit: k.admitAllocation,
		Words: map[rule.State]rule.State{rule.InForce: stateIssued},
	}
}

func parentsOf(kind ledger.Kind) int {
	if kind == ledger.Close {
		return 1
	}
	return 2
}

func (k *rules) admitAllocation(m rule.Moment) *rule.Reason {
	f, a := k.frameworkOf(m)
	said, err := dossier.ReadAllocation(m.Deed)
	if err != nil {
		return reasonOf(err)
	}
	if a.ledger == nil || m.Deed.NotBefore > m.At {
		return because(CodeTerm, "", sourceQuota, "an allocation holds from the moment it is received")
	}
	want, r := a.expected(m, f, said.Command)
	if r != nil {
		return r
	}
	if want != ledgerCommand(said.Command) {
		return because(CodeCommand, "", sourceQuota, "the command isn't the one that follows from the deed it is about")
	}
	if r := a.audit(m, want, said); r != nil {
		return r
	}
	if g, ok := parent(m, dossier.TypeCallOffChange); ok && said.Receipt != nil {
		if o, ok := m.Find(callOffAbove(g.Deed)); ok {
			a.applyTerms(g.Deed, o.Deed)
		}
	}
	return nil
}

// audit holds what the purchasing body says against the ledger as everybody adds
// it up, and counts it.
func (a *account) audit(m rule.Moment, c ledger.Command, said *dossier.Allocation) *rule.Reason {
	receipt, done, err := a.ledger.Ask(c)
	refusal, refused := errors.AsType[*ledger.RefusalError](err)
	switch {
	case done:
		return because(CodeAllocated, "", sourceQuota, "this was carried out before, under serial number %d", receipt.Serial)
	case err != nil && !refused:
		return because(CodeLedger, "", sourceQuota, "the ledger can't be added up")
	case refused != (said.Refusal != nil):
		return because(CodeLedger, "", sourceQuota, "the ledger, added up again, says the opposite of what the purchasing body says")
	case refused:
		if said.Refusal.Code != string(refusal.Code) || said.Refusal.Field != refusal.Field || said.Refusal.Remaining != refusal.Remaining {
			return because(CodeLedger, "", sourceQuota, "the ledger refuses for another reason, or has another quantity left: %d", refusal.Remaining)
		}
		return nil
	}
	if r := a.keepsDrawn(m, receipt); r != nil {
		return r
	}
	if said.Exhausted != exhausts(receipt, a.ledger.Lots()) {
		return because(CodeLedger, "", sourceQuota, "exhausted says something else than the ledger")
	}
	if err := a.ledger.Fold(ledger.Entry{Command: c, Receipt: ledgerReceipt(said.Receipt)}); err != nil {
		return because(CodeLedger, "", sourceMaximum, "the receipt isn't the one that follows from those before: serial number %d, %d left for all and %d called off were due",
			receipt.Serial, receipt.Pool, receipt.Committed)
	}
	if c.Kind == ledger.Reserve {
		a.reserved[place{fsc.PeerID(c.Buyer), c.Lot}] = c.Request
	}
	a.learn(receipt)
	return nil
}

// exhausts tells whether with this receipt all lots are exhausted.
func exhausts(r ledger.Receipt, lots []ledger.Status) bool {
	return slices.Contains(r.Reached, 100) &&
		!slices.ContainsFunc(lots, func(s ledger.Status) bool { return !s.Exhausted && s.ID != r.Lot })
}

// expected gives the command that follows from the deed an allocation is about:
// the purchasing body has nothing to choose but the moment.
func (a *account) expected(m rule.Moment, f rule.Snapshot, said dossier.Command) (ledger.Command, *rule.Reason) {
	in, joined := parent(m, dossier.TypeAccession)
	o, called := parent(m, dossier.TypeCallOff)
	about, found := in, joined
	if called {
		about, found = o, true
	}
	change, changed := parent(m, dossier.TypeCallOffChange)
	if changed {
		about, found = change, true
	}
	switch kind := ledger.Kind(said.Kind); {
	case found && !slices.Contains(about.Deed.Parents, f.Deed.Hash()):
		return ledger.Command{}, because(rule.ReasonCode(dossier.ReasonParent), "", sourceQuota, "the deed stands under another framework")
	case kind == ledger.Reserve && joined:
		return a.reserve(f, in, said.Lot)
	case kind == ledger.Withdraw && joined:
		if in.State != stateEnded {
			return ledger.Command{}, wrongState(in, "a reservation returns when the accession has ended")
		}
		if a.reserved[place{dossier.Buyer(in.Deed), said.Lot}] != reserveRequest(in.Deed, said.Lot) {
			return ledger.Command{}, wrongState(in, "nothing is reserved under it, or the buyer has reserved again since")
		}
		return withdrawCommand(in.Deed, said.Lot), nil
	case kind == ledger.Draw && called:
		return a.draw(m, f, o, said)
	case kind == ledger.Change && changed:
		return a.changing(m, f, change)
	case kind == ledger.Release && called:
		return a.release(o)
	case kind == ledger.Close:
		return a.shutWindow(m, said.Lot)
	}
	return ledger.Command{}, because(CodeCommand, "", sourceQuota, "a command of this kind can't be about this deed")
}

func wrongState(s rule.Snapshot, format string) *rule.Reason {
	r := because(rule.ReasonParentState, "", sourceQuota, "is %s; %s", s.State, format)
	r.Deed = s.Deed.Hash()
	return r
}

func (a *account) reserve(f, in rule.Snapshot, lot string) (ledger.Command, *rule.Reason) {
	if in.State != stateEffective {
		return ledger.Command{}, wrongState(in, "an accession that has ended reserves nothing")
	}
	if r := running(f); r != nil {
		return ledger.Command{}, r
	}
	c, ok := reserveCommand(in.Deed, lot, a.window(in, lot))
	if !ok {
		return ledger.Command{}, because(rule.ReasonCode(dossier.ReasonLot), "", sourceQuota, "the accession reserves nothing of this lot")
	}
	return c, nil
}

// window gives the number of the entry window an accession came in by. Who takes
// the place of another has that of the ledger: its predecessor came in by one.
func (a *account) window(in rule.Snapshot, lot string) int64 {
	return windowOf(a.body.Windows, a.ledger, in.CompleteAt, lot)
}

func windowOf(windows []dossier.Window, l *ledger.Ledger, at int64, lot string) int64 {
	for i, w := range windows {
		if w.From <= at && at < w.Until {
			return int64(i) + 1
		}
	}
	return lotOf(l, lot).Window
}

// draw gives the draw for a call-off. One that its buyer drew alone has its units
// already, so nothing that happened to the framework since stands in the way; it
// is settled under its number in turn, or as a draw like any other by a purchasing
// body that doesn't know of it yet.
func (a *account) draw(m rule.Moment, f, o rule.Snapshot, said dossier.Command) (ledger.Command, *rule.Reason) {
	if o.Final {
		return ledger.Command{}, wrongState(o, "a call-off that has ended gets no units")
	}
	c, r := drawCommand(o.Deed)
	if r != nil {
		return ledger.Command{}, r
	}
	pending := a.pending(m, place{dossier.Buyer(o.Deed), c.Lot}).Pending()
	turn := slices.IndexFunc(pending, func(p ledger.Command) bool { return p.CallOff == c.CallOff })
	switch {
	case turn < 0:
		return c, running(f)
	case said.Local == 0:
		return c, nil
	case turn > 0:
		return ledger.Command{}, because(CodeOwnNumber, "", sourceQuota, "the buyer's draw number %d is to be settled first", pending[0].Local)
	}
	return pending[0], nil
}

func (a *account) release(o rule.Snapshot) (ledger.Command, *rule.Reason) {
	c, r := releaseCommand(o.Deed)
	if r != nil {
		return c, r
	}
	if _, _, err := a.ledger.Ask(c); !o.Final || err != nil {
		return ledger.Command{}, wrongState(o, "the units of a call-off return when it has ended, if the ledger gave it any")
	}
	return c, nil
}

// running tells whether units may be handed out. A framework that has reached its
// end may still give what was signed before it.
func running(f rule.Snapshot) *rule.Reason {
	if why := stoppedBy(f); why != "" {
		return because(rule.ReasonCode(dossier.ReasonNotLive), "", sourceQuota, "no units are handed out while the framework stands still: %s", why)
	}
	return nil
}

// shutWindow closes the entry window of a lot, not before its end.
func (a *account) shutWindow(m rule.Moment, lot string) (ledger.Command, *rule.Reason) {
	window := lotOf(a.ledger, lot).Window
	if window < 1 || window > int64(len(a.body.Windows)) || m.At < a.body.Windows[window-1].Until {
		return ledger.Command{}, because(CodeTerm, "", sourceQuota, "no entry window of this lot has come to its end")
	}
	f, _ := parent(m, dossier.TypeFramework)
	return closeCommand(f.Deed, lot, window), nil
}
