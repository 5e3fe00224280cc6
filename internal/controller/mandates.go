// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/operator"
)

const actGiveMandate = "mandate.give"

// Mandate is that one organisation lets a key sign for it.
type Mandate struct {
	DeedState
	Mandator, Mandatary fsc.Peer
	Ours                bool // we gave it
	// KeyThumbprint is that of the one key that may sign (SHA-256 of its public key).
	KeyThumbprint string
	Types         []deed.Type
	// CeilingCents is the most a deed may cost, in euro cents; 0: no deed with an amount.
	CeilingCents        int64
	NotBefore, NotAfter time.Time
	// MayRevoke tells that this person can end it now.
	MayRevoke bool
}

// MandateForm is a mandate that somebody wants to give.
type MandateForm struct {
	// Mandatary empty: this Peer itself, for an officer with a key of its own.
	Mandatary     fsc.PeerID
	KeyThumbprint string
	Types         []deed.Type
	CeilingCents  int64
	NotAfter      time.Time
	// Keeper keeps the dossier; empty: the first of [Controller.Keepers].
	Keeper fsc.PeerID
}

// MandateTypes lists the types of deeds that can be signed under a mandate.
func MandateTypes() []deed.Type {
	return []deed.Type{
		dossier.TypeAccession, dossier.TypeCallOff, dossier.TypeCallOffChange, dossier.TypeMembership, dossier.TypeDecision, rule.TypeStance, dossier.TypeProcess,
	}
}

// Mandates lists the mandates that this Peer gave or got, newest first.
func (c *Controller) Mandates(ctx context.Context, a operator.Actor, p Place) (Window[Mandate], error) {
	var none Window[Mandate]
	desk, err := c.desk(a, operator.PermissionRead)
	if err != nil {
		return none, err
	}
	states, err := desk.States(ctx, collective.StateFilter{Types: []deed.Type{rule.TypeMandate}})
	if err != nil {
		return none, err
	}
	var list []Mandate
	for _, s := range states {
		_, status, err := c.folded(ctx, s)
		if err != nil {
			return none, err
		}
		m, err := c.mandate(ctx, a, status)
		if err != nil {
			return none, err
		}
		if m.Ours || m.Mandatary.ID == desk.Self() {
			list = append(list, *m)
		}
	}
	return cut(list, func(m Mandate) string { return string(m.Hash) }, p), nil
}

// Mandate gives one mandate that this Peer gave or got.
func (c *Controller) Mandate(ctx context.Context, a operator.Actor, h deed.Hash) (*Mandate, error) {
	_, s, err := c.within(ctx, a, h, rule.TypeMandate)
	if err != nil {
		return nil, err
	}
	m, err := c.mandate(ctx, a, s)
	if err != nil {
		return nil, err
	}
	if !m.Ours && m.Mandatary.ID != c.Self().ID {
		return nil, notFound("there is no such deed here")
	}
	return m, nil
}

func (c *Controller) mandate(ctx context.Context, a operator.Actor, s rule.Status) (*Mandate, error) {
	body, err := rule.ParseMandate(s.Deed.Body)
	if err != nil {
		body = rule.Mandate{} // void: the reasons say so
	}
	k, err := c.clerkFor(ctx, []fsc.PeerID{body.Mandatary}, s)
	if err != nil {
		return nil, err
	}
	m := &Mandate{
		DeedState: k.state(s), Mandatary: k.peer(body.Mandatary), KeyThumbprint: body.KeyThumbprint, Types: body.DeedTypes,
		CeilingCents: body.Ceiling, NotBefore: instant(s.Deed.NotBefore), NotAfter: instant(s.Deed.NotAfter),
	}
	for _, p := range s.Deed.PeersInRole(rule.RoleMandator) {
		m.Mandator = k.peer(p)
	}
	m.Ours = m.Mandator.ID == c.Self().ID
	m.MayRevoke = m.Ours && !m.Final && s.CompleteAt != 0 && c.sees(a, operator.PermissionSign)
	return m, nil
}

// GiveMandate lets a key sign for this Peer.
func (c *Controller) GiveMandate(ctx context.Context, a operator.Actor, f MandateForm) (deed.Hash, error) {
	return c.seal(ctx, a, operator.Event{Act: actGiveMandate, Object: string(f.Mandatary)}, func(desk *collective.Desk) (deed.Draft, deed.Role, error) {
		var none deed.Draft
		home, err := keeper(desk, f.Keeper)
		if err != nil {
			return none, "", err
		}
		if f.Mandatary == "" {
			f.Mandatary = desk.Self()
		}
		switch {
		case f.NotAfter.IsZero() || !f.NotAfter.After(c.cfg.Now()):
			return none, "", invalid("notAfter", "a mandate ends: choose a day in the future")
		case len(f.Types) == 0 || slices.ContainsFunc(f.Types, func(t deed.Type) bool { return !slices.Contains(MandateTypes(), t) }):
			return none, "", invalid("deedTypes", "choose what may be signed")
		case f.CeilingCents < 0:
			return none, "", invalid("ceilingCents", "the ceiling is an amount in euro cents, 0 or more")
		case !deed.ValidPeer(f.Mandatary):
			return none, "", invalid("mandatary", "must be the OIN of an organisation")
		}
		body, err := json.Marshal(map[string]any{
			"mandatary": f.Mandatary, "key_thumbprint": f.KeyThumbprint, "deed_types": f.Types, "ceiling": f.CeilingCents,
		})
		if err != nil {
			return none, "", err
		}
		if _, err := rule.ParseMandate(body); err != nil {
			return none, "", invalid("keyThumbprint", "must be the SHA-256 thumbprint of a public key: 64 digits 0-9 and a-f")
		}
		return deed.Draft{
			Type: rule.TypeMandate, Rule: deed.Rule{Kind: deed.RuleOne, Role: rule.RoleMandator}, Body: body, NotAfter: f.NotAfter.Unix(),
			Parties: []deed.Party{home, {PeerID: desk.Self(), Role: rule.RoleMandator}},
		}, rule.RoleMandator, nil
	})
}
