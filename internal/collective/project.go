// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"slices"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// projected is what the projections of a dossier that are in the store were made
// of: a view, and what the store says of it.
type projected struct {
	view          *rule.View
	folded, until int64 // of the dossier
}

// project makes the projections of a dossier what its deeds say now, and tells
// what changed.
func (d *Desk) project(ctx context.Context, dossier deed.Hash) error {
	var done projected
	err := d.cfg.Store.Update(ctx, func(tx Tx) (err error) {
		done, err = d.projectIn(ctx, tx, dossier)
		return err
	})
	if err != nil {
		return err
	}
	d.mu.Lock()
	if k := d.known[dossier]; k != nil {
		k.projected = done
	}
	d.mu.Unlock()
	d.notify()
	return nil
}

func (d *Desk) projectIn(ctx context.Context, tx Tx, dossier deed.Hash) (none projected, err error) {
	at, err := tx.FindDossier(ctx, dossier)
	if err != nil {
		return none, err
	}
	view, err := d.view(ctx, tx, dossier)
	if err != nil {
		return none, err
	}
	deeds, err := d.load(ctx, tx, dossier)
	if err != nil {
		return none, err
	}
	before, err := d.stored(ctx, tx, at)
	if err != nil {
		return none, err
	}
	states, moved := changes(dossier, deeds.facts.Deeds, view, before)
	if err := tx.PutStates(ctx, states); err != nil {
		return none, err
	}
	if err := tx.AddTransitions(ctx, moved); err != nil {
		return none, err
	}
	at.Folded, at.Until = at.Version, view.Until()
	return projected{view, at.Folded, at.Until}, tx.PutDossier(ctx, at)
}

// stored gives what the projections in the store are. They are read only if they
// aren't those that this desk made last: a dossier may have many.
func (d *Desk) stored(ctx context.Context, tx Tx, at *Dossier) (func(deed.Hash) State, error) {
	d.mu.Lock()
	var last projected
	if k := d.known[at.Head.Dossier]; k != nil {
		last = k.projected
	}
	d.mu.Unlock()
	if last.view != nil && last.folded == at.Folded && last.until == at.Until {
		return func(h deed.Hash) State {
			status, ok := last.view.Status(h)
			if !ok {
				return State{}
			}
			return stateOf(at.Head.Dossier, &status)
		}, nil
	}
	old, err := tx.ListStates(ctx, StateFilter{Dossier: at.Head.Dossier})
	if err != nil {
		return nil, err
	}
	before := make(map[deed.Hash]State, len(old))
	for _, s := range old {
		before[s.Deed] = s
	}
	return func(h deed.Hash) State { return before[h] }, nil
}

// changes lists the projections that a view makes other than they were, and the
// transitions among them in the order of time.
func changes(dossier deed.Hash, deeds []*deed.Content, view *rule.View, before func(deed.Hash) State) (states []State, moved []Transition) {
	for _, c := range deeds {
		status, _ := view.Status(c.Hash())
		now, was := stateOf(dossier, &status), before(c.Hash())
		if sameState(&now, &was) {
			continue
		}
		states = append(states, now)
		if now.State != was.State || !slices.Equal(now.Overlays, was.Overlays) {
			moved = append(moved, Transition{
				Deed: now.Deed, Dossier: dossier, Type: now.Type, From: was.State, To: now.State, Overlays: now.Overlays, At: max(now.Since, c.IssuedAt),
			})
		}
	}
	slices.SortStableFunc(moved, func(a, b Transition) int { return int(a.At - b.At) })
	return states, moved
}

func stateOf(dossier deed.Hash, s *rule.Status) State {
	c := s.Deed
	out := State{
		Deed: c.Hash(), Dossier: dossier, Type: c.Type, State: s.State, Overlays: s.Overlays, Since: s.Since,
		NotAfter: c.NotAfter, IssuedAt: c.IssuedAt, Final: s.Final,
	}
	for _, p := range c.Parties {
		out.Parties = append(out.Parties, PartyTurn{Party: p, Turn: slices.Contains(s.Awaiting, p)})
	}
	return out
}

func sameState(a, b *State) bool {
	return a.State == b.State && a.Since == b.Since && a.Final == b.Final && slices.Equal(a.Overlays, b.Overlays) && slices.Equal(a.Parties, b.Parties)
}

// Settle brings the projection of a dossier up to date now, instead of in a
// moment; who acts wants to see what came of it.
func (d *Desk) Settle(ctx context.Context, dossier deed.Hash) error { return d.project(ctx, dossier) }

// Rebuild makes all projections anew from the deeds. What was told of
// transitions stays told.
func (d *Desk) Rebuild(ctx context.Context) error {
	return d.cfg.Store.Update(ctx, func(tx Tx) error {
		if err := tx.DropStates(ctx); err != nil {
			return err
		}
		all, err := tx.ListDossiers(ctx, "")
		if err != nil {
			return err
		}
		for _, at := range all {
			if err := d.rebuild(ctx, tx, at); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *Desk) rebuild(ctx context.Context, tx Tx, at Dossier) error {
	view, err := d.view(ctx, tx, at.Head.Dossier)
	if err != nil {
		return err
	}
	deeds, err := d.load(ctx, tx, at.Head.Dossier)
	if err != nil {
		return err
	}
	states := make([]State, 0, len(deeds.facts.Deeds))
	for _, c := range deeds.facts.Deeds {
		status, _ := view.Status(c.Hash())
		states = append(states, stateOf(at.Head.Dossier, &status))
	}
	at.Folded, at.Until = at.Version, view.Until()
	if err := tx.PutStates(ctx, states); err != nil {
		return err
	}
	return tx.PutDossier(ctx, &at)
}
