// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/operator"
)

const actStateSaving = "saving.state"

// stateIssued is that of a saving that stands.
const stateIssued collective.Word = "issued"

// Saving is what this Peer, as buyer, stated to save by a call-off. Only the keeper
// of the dossier has it too, to add it up with those of others.
type Saving struct {
	DeedState
	Statement usage.SavingStatement
	// Source is the document that shows what a unit cost before.
	Source deed.Annex
	// Cents is (before - now) × quantity in euro cents; below zero: it costs more.
	Cents int64
	// Stands: it counts.
	Stands bool
}

// SavingForm is what a buyer says to save by a call-off.
type SavingForm struct {
	Quantity int64 // in the unit of the lot, at most that of the call-off
	// PriceCents and BaselineCents are what a unit costs now and what it cost before,
	// in euro cents, counted alike.
	PriceCents, BaselineCents int64
	// Note says what the price before was of, and when; 1 to 2000 characters.
	Note string
	// Source is the document that shows the price before.
	Source DocumentForm
}

// SavingForecast is what would come of a saving.
type SavingForecast struct {
	Forecast
	Cents int64 // as of [Saving]
}

// ForeseeSaving tells what a buyer would state to save, and why it can't. Nobody
// signs.
func (c *Controller) ForeseeSaving(ctx context.Context, a operator.Actor, callOff deed.Hash, f SavingForm) (*SavingForecast, error) {
	draft, cents, err := c.savingDraft(ctx, a, callOff, f)
	if err != nil {
		return nil, err
	}
	content, err := c.cfg.Collective.Draft(draft)
	if err != nil {
		return nil, told(err)
	}
	forecast, err := c.foresee(ctx, c.cfg.Collective, content)
	if err != nil {
		return nil, err
	}
	return &SavingForecast{Forecast: *forecast, Cents: cents}, nil
}

// StateSaving states what this Peer saves by a call-off of which it is the buyer. One
// such statement stands for a call-off; it is withdrawn by revoking its deed.
func (c *Controller) StateSaving(ctx context.Context, a operator.Actor, callOff deed.Hash, f SavingForm) (made deed.Hash, err error) {
	err = c.actWith(ctx, a, operator.PermissionSign, operator.Event{Act: actStateSaving, Object: string(callOff)}, func(ctx context.Context, e *operator.Event) error {
		forecast, err := c.ForeseeSaving(ctx, a, callOff, f)
		if err != nil {
			return err
		}
		if !forecast.OK {
			return &operator.Error{Kind: operator.KindConflict, Text: forecast.why()}
		}
		draft, _, err := c.savingDraft(ctx, a, callOff, f)
		if err != nil {
			return err
		}
		if made, err = c.cfg.Collective.Propose(ctx, draft, collective.Act{Act: deed.Accept, Role: dossier.RoleBuyer}); err != nil {
			return told(err)
		}
		e.Object = string(made)
		e.Changes = append(e.Changes, operator.Change{Field: "callOff", After: string(callOff)})
		return nil
	})
	return made, err
}

// savingDraft gives the deed and what it saves.
func (c *Controller) savingDraft(ctx context.Context, a operator.Actor, callOff deed.Hash, f SavingForm) (deed.Draft, int64, error) {
	var none deed.Draft
	o, _, err := c.oneCallOff(ctx, a, callOff)
	if err != nil {
		return none, 0, err
	}
	switch {
	case o.Part != string(dossier.RoleBuyer):
		return none, 0, &operator.Error{Kind: operator.KindConflict, Text: "a saving is stated by the buyer of the call-off"}
	case f.Quantity <= 0 || f.Quantity > o.Quantity:
		return none, 0, invalid("quantity", "say over how many units it is saved, at most those of the call-off")
	case f.PriceCents < 0 || f.PriceCents > dossier.MaxPriceCents:
		return none, 0, invalid("priceCents", "say what a unit costs now, in euro cents")
	case f.BaselineCents <= 0 || f.BaselineCents > dossier.MaxPriceCents:
		return none, 0, invalid("baselineCents", "say what a unit cost before, in euro cents; that is more than zero")
	case f.Source.Hash == "":
		return none, 0, invalid("source", "name the document that shows the price before")
	case f.Note == "":
		return none, 0, invalid("note", "say what the price before was of, and when")
	}
	before, err := c.SavingsOf(ctx, a, callOff)
	if err != nil {
		return none, 0, err
	}
	if slices.ContainsFunc(before, func(s Saving) bool { return !s.Final }) { // also one that hasn't reached the keeper
		return none, 0, &operator.Error{Kind: operator.KindConflict, Text: "the saving of this call-off was stated before; revoke that statement first"}
	}
	cents, err := usage.Saving(f.BaselineCents, f.PriceCents, f.Quantity)
	if err != nil {
		return none, 0, toldUsage(err)
	}
	self := c.Self().ID
	draft := deed.Draft{
		Type: usage.TypeSaving, Parents: []deed.Hash{callOff}, Rule: deed.Rule{Kind: deed.RuleOne},
		Parties: []deed.Party{{PeerID: self, Role: dossier.RoleBuyer}}, Annexes: c.annex(&f.Source),
	}
	draft.Body, err = json.Marshal(usage.SavingStatement{
		Quantity: f.Quantity, Price: f.PriceCents, Baseline: usage.Baseline{Price: f.BaselineCents, Source: f.Source.Hash, Note: f.Note},
	})
	return draft, cents, err
}

// SavingsOf lists what this Peer stated to save by a call-off, oldest first; empty
// for who isn't its buyer.
func (c *Controller) SavingsOf(ctx context.Context, a operator.Actor, callOff deed.Hash) ([]Saving, error) {
	o, _, err := c.oneCallOff(ctx, a, callOff)
	if err != nil || o.Part != string(dossier.RoleBuyer) {
		return nil, err
	}
	v, _, err := c.within(ctx, a, callOff, dossier.TypeCallOff)
	if err != nil {
		return nil, err
	}
	return c.savings(ctx, v, callOff)
}

func (c *Controller) savings(ctx context.Context, v *rule.View, callOff deed.Hash) ([]Saving, error) {
	all := children(v, callOff, usage.TypeSaving)
	k, err := c.clerkFor(ctx, nil, all...)
	if err != nil {
		return nil, err
	}
	var out []Saving
	for _, s := range all {
		one := Saving{DeedState: k.state(s)}
		said, err := usage.ReadSaving(s.Deed)
		if err != nil {
			continue // void
		}
		if one.Cents, err = said.Cents(); err != nil {
			return nil, toldUsage(err)
		}
		one.Statement, one.Stands = *said, one.Word == stateIssued
		if i := slices.IndexFunc(s.Deed.Annexes, func(a deed.Annex) bool { return a.Hash == said.Baseline.Source }); i >= 0 {
			one.Source = s.Deed.Annexes[i]
		}
		out = append(out, one)
	}
	return out, nil
}

// maySave tells whether the buyer of a call-off can state what it saves.
func maySave(d *CallOffDetail) bool {
	called := []collective.Word{collective.WordPlanned, collective.WordLive, collective.WordCompleted, collective.WordTerminated}
	return d.Part == string(dossier.RoleBuyer) && d.Allocated && slices.Contains(called, d.Word) &&
		!slices.ContainsFunc(d.Savings, func(s Saving) bool { return !s.Final })
}

// saved adds up what the buyers of a framework saved, where we can and may know.
func (c *Controller) saved(ctx context.Context, f *Framework) (*usage.Total, error) {
	if f.Keeper.ID != c.Self().ID || f.Part == partSupplier {
		return nil, nil //nolint:nilnil // not for us
	}
	all, err := c.cfg.Collective.Savings(ctx, f.Hash)
	if _, ok := errors.AsType[*usage.Refusal](err); ok {
		return &usage.Total{}, nil // statements that can't be added up don't take the page away
	}
	if err != nil {
		return nil, told(err)
	}
	return &all.Saved, nil
}
