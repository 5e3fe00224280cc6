// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/operator"
)

const (
	actSignFramework   = "framework.sign"
	actRejectFramework = "framework.reject"
)

// deedAct names the signature of a deed in the audit trail.
func deedAct(t deed.Type, act deed.Act) string {
	switch {
	case t == dossier.TypeFramework && act == deed.Accept:
		return actSignFramework
	case t == dossier.TypeFramework:
		return actRejectFramework
	case t == dossier.TypePriceSheet && act == deed.Accept:
		return actSignPrice
	case t == dossier.TypeAccession:
		return actEndAccession
	case (t == dossier.TypeCallOff || t == dossier.TypeCallOffChange) && act == deed.Accept:
		return actSignCallOff
	case t == dossier.TypeCallOff && act == deed.Reject:
		return actRejectCallOff
	case t == dossier.TypeCallOff:
		return actEndCallOff
	}
	return "deed." + string(act)
}

// Deed is any deed: what every one has, and what it says as JSON.
type Deed struct {
	DeedState
	Dossier deed.Hash
	Parents []deed.Hash
	Raw     []byte // canonical
}

// Deed gives any deed that is here.
func (c *Controller) Deed(ctx context.Context, a operator.Actor, h deed.Hash) (*Deed, error) {
	_, s, err := c.within(ctx, a, h, 0)
	if err != nil {
		return nil, err
	}
	if callOff := callOffAbout(s.Deed); callOff != "" { // one that isn't for us isn't here
		if _, _, err := c.oneCallOff(ctx, a, callOff); err != nil {
			return nil, err
		}
	}
	k, err := c.clerkFor(ctx, nil, s)
	if err != nil {
		return nil, err
	}
	at, err := c.cfg.Collective.State(ctx, h)
	if err != nil {
		return nil, told(err)
	}
	return &Deed{DeedState: k.state(s), Dossier: at.Dossier, Parents: s.Deed.Parents, Raw: s.Deed.Raw()}, nil
}

// callOffAbout gives the call-off that a deed is, draws alone or changes; empty
// for other deeds.
func callOffAbout(c *deed.Content) deed.Hash {
	switch c.Type {
	case dossier.TypeCallOff:
		return c.Hash()
	case dossier.TypeOwnDraw, dossier.TypeCallOffChange:
		for _, p := range c.Parents {
			if t, err := p.Type(); err == nil && t == dossier.TypeCallOff {
				return p
			}
		}
	default:
	}
	return ""
}

// SignDeed accepts, rejects or revokes a deed for this Peer, in the roles in
// which it can. Where that needs a second person, the error is an operator.Error
// of KindSecondPerson and the act waits.
func (c *Controller) SignDeed(ctx context.Context, a operator.Actor, h deed.Hash, act deed.Act) error {
	_, s, err := c.within(ctx, a, h, 0)
	if err != nil {
		return err
	}
	name := deedAct(s.Deed.Type, act)
	if !c.cfg.People.NeedsSecond(name) {
		return c.signDeed(ctx, a, h, act, nil)
	}
	if err := c.cfg.People.Require(a, operator.PermissionSign); err != nil {
		return c.cfg.People.Record(ctx, a, operator.Event{Act: name, Object: string(h)}, err)
	}
	if _, err := rolesFor(s, c.Self().ID, act); err != nil {
		return err
	}
	payload, err := json.Marshal(signatureForm{Deed: h, Act: act})
	if err != nil {
		return err
	}
	return c.ask(ctx, a, name, string(h), payload)
}

// signatureForm is a signature that waits for a second person.
type signatureForm struct {
	Deed deed.Hash `json:"deed"`
	Act  deed.Act  `json:"act"`
}

func (c *Controller) signDeed(ctx context.Context, a operator.Actor, h deed.Hash, act deed.Act, by *operator.Request) error {
	_, before, err := c.within(ctx, a, h, 0)
	if err != nil {
		return err
	}
	t := before.Deed.Type
	e := operator.Event{Act: deedAct(t, act), Object: string(h), Changes: requestedBy(by)}
	return c.actWith(ctx, a, operator.PermissionSign, e, func(e *operator.Event) error {
		roles, err := rolesFor(before, c.Self().ID, act)
		if err != nil {
			return err
		}
		for _, r := range roles {
			if err := c.cfg.Collective.Sign(ctx, h, collective.Act{Act: act, Role: r}); err != nil {
				return told(err)
			}
		}
		_, after, err := c.within(ctx, a, h, 0)
		if err != nil {
			return err
		}
		if was, is := wordOf(t, before), wordOf(t, after); is != was {
			e.Changes = append(e.Changes, operator.Change{Field: "state", Before: string(was), After: string(is)})
		}
		return nil
	})
}

// rolesFor lists the roles in which a Peer can do something with a deed.
func rolesFor(s rule.Status, self fsc.PeerID, act deed.Act) ([]deed.Role, error) {
	var out []deed.Role
	for _, p := range s.Deed.Signatories() {
		if p.PeerID == self && (act == deed.Revoke || slices.Contains(s.Awaiting, p)) {
			out = append(out, p.Role)
		}
	}
	switch {
	case !slices.Contains([]deed.Act{deed.Accept, deed.Reject, deed.Revoke}, act):
		return nil, invalid("act", "a deed is accepted, rejected or revoked")
	case s.Final:
		return nil, &operator.Error{Kind: operator.KindConflict, Text: "this deed is over; nothing can change it any more"}
	case act == deed.Revoke && s.CompleteAt == 0:
		return nil, &operator.Error{Kind: operator.KindConflict, Text: "not all have signed; reject it instead"}
	case len(out) == 0:
		return nil, &operator.Error{Kind: operator.KindConflict, Text: "it isn't this organisation's turn to sign"}
	case act == deed.Revoke || act == deed.Reject:
		out = out[:1] // one is enough
	}
	return out, nil
}

// carryOutDeed does what a second person approved, if it is about deeds.
func (c *Controller) carryOutDeed(ctx context.Context, a operator.Actor, r *operator.Request) (mine bool, err error) {
	var sign signatureForm
	if json.Unmarshal(r.Payload, &sign) == nil && sign.Deed != "" {
		return true, c.signDeed(ctx, a, sign.Deed, sign.Act, r)
	}
	switch r.Act {
	case actSealAccession:
		var f AccessionForm
		if err := json.Unmarshal(r.Payload, &f); err != nil {
			return true, err
		}
		_, err = c.accede(ctx, a, f, r)
	case actSignCallOff:
		var g CallOffChangeForm
		if json.Unmarshal(r.Payload, &g) == nil && g.CallOff != "" {
			_, err = c.changeCallOff(ctx, a, g, r)
			return true, err
		}
		var f CallOffForm
		if err := json.Unmarshal(r.Payload, &f); err != nil {
			return true, err
		}
		_, err = c.offerCallOff(ctx, a, f, r)
	case actSignFramework:
		var f FrameworkForm
		if err := json.Unmarshal(r.Payload, &f); err != nil {
			return true, err
		}
		_, err = c.proposeFramework(ctx, a, f, r)
	case actSignPrice:
		var f priceRequest
		if err := json.Unmarshal(r.Payload, &f); err != nil {
			return true, err
		}
		_, err = c.proposePrice(ctx, a, f, r)
	default:
		return false, nil
	}
	return true, err
}
