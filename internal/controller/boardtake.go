// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/operator"
)

// TakeUpProcess states that this Peer takes up a process of the board, served by
// frameworks that are here; without any it is a need.
func (c *Controller) TakeUpProcess(ctx context.Context, a operator.Actor, code string, frameworks []deed.Hash) (deed.Hash, error) {
	return c.seal(ctx, a, operator.Event{Act: actTakeUpProcess, Object: code}, func(desk *collective.Desk) (deed.Draft, deed.Role, error) {
		p, ok := c.cfg.Register.Process(code)
		if !ok {
			return deed.Draft{}, "", notFound("there is no such process on the board")
		}
		draft := deed.Draft{
			Type: dossier.TypeProcess, Parents: frameworks, Rule: deed.Rule{Kind: deed.RuleOne, Role: dossier.RoleSteward},
			Parties: []deed.Party{{PeerID: desk.Self(), Role: dossier.RoleSteward}},
		}
		if len(frameworks) == 0 {
			home, err := keeper(desk, "")
			if err != nil {
				return deed.Draft{}, "", err
			}
			draft.Parties = append(draft.Parties, home)
		}
		body, err := json.Marshal(dossier.Process{Code: p.Code, Name: p.Title})
		draft.Body = body
		return draft, dossier.RoleSteward, err
	})
}

// buyerSide tells whether this Peer stands on the side of the buyers, so that it
// may see what they do (design, sections 1, row 59, and 3.3): it supplies nothing
// under any framework here, and is known as a public body or as somebody who buys.
func (c *Controller) buyerSide(ctx context.Context) (bool, error) {
	desk, self := c.cfg.Collective, c.Self().ID
	states, err := desk.States(ctx, collective.StateFilter{Party: self})
	if err != nil {
		return false, err
	}
	buys := false
	for _, s := range states {
		for _, p := range s.Parties {
			switch {
			case p.PeerID != self:
			case p.Role == dossier.RoleSupplier:
				return false, nil
			case p.Role == dossier.RoleBuyer || p.Role == dossier.RolePurchasingBody:
				buys = true
			}
		}
	}
	if buys {
		return true, nil
	}
	if _, err := c.cfg.Register.Identify(string(self)); err == nil {
		return true, nil
	}
	if slices.ContainsFunc(c.cfg.Register.Arrangements(), func(r register.Arrangement) bool { return r.BodyOIN == string(self) }) {
		return true, nil
	}
	return c.eligibleSomewhere(ctx)
}

// eligibleSomewhere tells whether a framework names this Peer as a buyer.
func (c *Controller) eligibleSomewhere(ctx context.Context) (bool, error) {
	frameworks, err := c.cfg.Collective.States(ctx, collective.StateFilter{Types: []deed.Type{dossier.TypeFramework}})
	if err != nil {
		return false, err
	}
	for _, s := range frameworks {
		_, status, err := c.folded(ctx, s)
		if err != nil {
			return false, err
		}
		if slices.Contains(bodyOf(status.Deed).Eligible, c.Self().ID) {
			return true, nil
		}
	}
	return false, nil
}
