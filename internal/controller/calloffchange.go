// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/operator"
)

const (
	actChangeCallOff = "calloff.change"
	actDrawOwn       = "calloff.draw_own"
	// noticed is how long a call-off waits before people are offered to draw it
	// alone; a purchasing body that is there answers sooner.
	noticed = 10 * time.Second
)

// CallOffChange is a change of a call-off's quantity and value, at any stage.
type CallOffChange struct {
	DeedState
	Quantity   int64
	ValueCents int64 // 0 where it isn't for us
	Reason     string
}

// changesOf lists the changes of a call-off, oldest first. Their values and
// reasons are for those who see the value of the call-off.
func (k *clerk) changesOf(v *rule.View, o *CallOff, values bool) []CallOffChange {
	var out []CallOffChange
	for _, s := range children(v, o.Hash, dossier.TypeCallOffChange) {
		g, err := dossier.ReadCallOffChange(s.Deed)
		if err != nil {
			continue
		}
		one := CallOffChange{DeedState: k.state(s), Quantity: g.Quantity}
		if values {
			one.ValueCents, one.Reason = g.Value, g.Reason
		}
		out = append(out, one)
	}
	return out
}

// changing tells whether a change waits for a signature or an allocation.
func (o CallOff) changing() bool {
	for i := range o.Changes {
		if g := &o.Changes[i]; !g.Final && g.Word != "applied" {
			return true
		}
	}
	return false
}

// CallOffChangeForm is what a buyer or supplier wants to make of a call-off.
type CallOffChangeForm struct {
	CallOff deed.Hash `json:"callOff"`
	// Quantity is the whole new quantity, in the unit of the lot, and ValueCents what
	// the call-off costs with it over its whole term, in euro cents.
	Quantity   int64  `json:"changedQuantity"`
	ValueCents int64  `json:"changedValueCents"`
	Reason     string `json:"reason"`
}

// ChangeCallOff signs another quantity for a call-off, as its buyer or supplier;
// the other signs it with [Controller.SignDeed] and then the purchasing body
// allocates it. Where signing needs a second person, the error is an
// operator.Error of KindSecondPerson and the act waits.
func (c *Controller) ChangeCallOff(ctx context.Context, a operator.Actor, f CallOffChangeForm) (deed.Hash, error) {
	if !c.cfg.People.NeedsSecond(actSignCallOff) {
		return c.changeCallOff(ctx, a, f, nil)
	}
	draft, _, err := c.changeDraft(ctx, a, f)
	if err != nil {
		return "", err
	}
	content, err := c.cfg.Collective.Draft(draft)
	if err != nil {
		return "", told(err)
	}
	forecast, err := c.foresee(ctx, c.cfg.Collective, content)
	if err != nil {
		return "", err
	}
	return "", c.askSeal(ctx, a, operator.Event{Act: actSignCallOff, Object: string(f.CallOff)}, forecast, f)
}

func (c *Controller) changeCallOff(ctx context.Context, a operator.Actor, f CallOffChangeForm, by *operator.Request) (h deed.Hash, err error) {
	e := operator.Event{Act: actChangeCallOff, Object: string(f.CallOff), Changes: requestedBy(by)}
	err = c.actWith(ctx, a, operator.PermissionSign, e, func(ctx context.Context, e *operator.Event) error {
		draft, of, err := c.changeDraft(ctx, a, f)
		if err != nil {
			return err
		}
		role := dossier.RoleBuyer
		if of.Part == partSupplier {
			role = dossier.RoleSupplier
		}
		if h, err = c.cfg.Collective.Propose(ctx, draft, collective.Act{Act: deed.Accept, Role: role}); err != nil {
			return told(err)
		}
		e.Changes = append(e.Changes, operator.Change{
			Field: "quantity", Before: strconv.FormatInt(of.Quantity, 10), After: strconv.FormatInt(f.Quantity, 10),
		})
		return nil
	})
	return h, err
}

func (c *Controller) changeDraft(ctx context.Context, a operator.Actor, f CallOffChangeForm) (deed.Draft, *CallOffDetail, error) {
	var none deed.Draft
	d, err := c.CallOff(ctx, a, f.CallOff)
	if err != nil {
		return none, nil, err
	}
	switch {
	case d.Part == "":
		return none, nil, &operator.Error{Kind: operator.KindConflict, Field: "callOff", Text: "only the buyer or the supplier of a call-off can change it"}
	case f.Quantity <= 0:
		return none, nil, invalid("quantity", "say the whole new quantity, in the unit of the lot; end the call-off to give up all of it")
	case f.Quantity == d.Quantity:
		return none, nil, invalid("quantity", "this is the quantity of now; there is nothing to change")
	case f.ValueCents <= 0:
		return none, nil, invalid("valueCents", "say what the call-off costs with it over its whole term")
	case f.Reason == "":
		return none, nil, invalid("reason", "say why, for who reads it later")
	case d.changing():
		return none, nil, &operator.Error{Kind: operator.KindConflict, Text: "another change of this call-off waits; let that be signed or rejected first"}
	}
	draft := deed.Draft{
		Type: dossier.TypeCallOffChange, Parents: []deed.Hash{d.Framework, d.Hash}, Rule: deed.Rule{Kind: deed.RuleAll},
		Parties: []deed.Party{{PeerID: d.Buyer.ID, Role: dossier.RoleBuyer}, {PeerID: d.Supplier.ID, Role: dossier.RoleSupplier}},
	}
	draft.Body, err = json.Marshal(dossier.CallOffChange{Quantity: f.Quantity, Value: f.ValueCents, Reason: f.Reason})
	return draft, d, err
}

// DrawOwn takes the units of a call-off from the own reservation while the
// purchasing body doesn't answer, and gives the hash of that deed. Doing it again
// while it is on its way changes nothing.
func (c *Controller) DrawOwn(ctx context.Context, a operator.Actor, h deed.Hash) (made deed.Hash, err error) {
	err = c.actWith(ctx, a, operator.PermissionSign, operator.Event{Act: actDrawOwn, Object: string(h)}, func(ctx context.Context, _ *operator.Event) error {
		if _, _, err := c.oneCallOff(ctx, a, h); err != nil {
			return err
		}
		made, err = c.cfg.Collective.DrawAlone(ctx, h)
		return told(err)
	})
	return made, err
}

// mayDraw fills in whether the buyer can draw a call-off alone now.
func (c *Controller) mayDraw(ctx context.Context, a operator.Actor, d *CallOffDetail) error {
	if d.Part != string(dossier.RoleBuyer) || d.Word != collective.WordWaits {
		return nil
	}
	v, _, err := c.within(ctx, a, d.Hash, dossier.TypeCallOff)
	if err != nil {
		return err
	}
	left, enough, err := collective.OwnLeft(v, d.Hash)
	if err != nil {
		return err
	}
	d.OwnLeft = left
	d.MayDraw = enough && c.sees(a, operator.PermissionSign) && !c.cfg.Now().Before(d.Since.Add(noticed))
	return nil
}
