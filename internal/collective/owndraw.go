// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/ledger"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// DrawAloneAfter is how long a call-off that both have signed waits for the
// purchasing body before its buyer draws it alone: much longer than a purchasing
// body that is there takes to answer.
const DrawAloneAfter = time.Minute

// DrawAlone takes the units of a call-off of this Peer from its own reservation,
// without the purchasing body, and gives the hash of that deed. One that is on its
// way to the keeper isn't made again. The error is a [*Refusal] when less is left
// of the reservation, or nothing may be drawn any more.
func (d *Desk) DrawAlone(ctx context.Context, callOff deed.Hash) (deed.Hash, error) {
	v, o, err := d.callOffAt(ctx, callOff)
	if err != nil {
		return "", err
	}
	draw, r := drawCommand(o.Deed)
	switch {
	case r != nil:
		return "", refusalOf([]rule.Reason{*r})
	case dossier.Buyer(o.Deed) != d.cfg.Self:
		return "", &Refusal{Code: rule.ReasonNotAParty, Detail: "only the buyer of a call-off can draw it from its own reservation"}
	}
	framework := frameworkAbove(o.Deed)
	own, err := ownReservation(v, framework, place{d.cfg.Self, draw.Lot})
	switch {
	case err != nil:
		return "", err
	case own.underWay == callOff:
		return own.deed, nil
	case own.underWay != "":
		return "", &Refusal{Code: CodeOwnNumber, Detail: "another own draw of this lot is on its way to the keeper; try again when it was received"}
	}
	draw.Local = own.next
	body, err := json.Marshal(dossier.OwnDraw{Command: dossierCommand(draw)})
	if err != nil {
		return "", err
	}
	// By rule, also when a person asks: the call-off that both signed was released.
	return d.proposeByRule(ctx, deed.Draft{
		Type: dossier.TypeOwnDraw, Parents: []deed.Hash{framework, callOff}, Body: body, Rule: deed.Rule{Kind: deed.RuleOne},
		Parties: []deed.Party{{PeerID: d.cfg.Self, Role: dossier.RoleBuyer}},
	}, Act{Act: deed.Accept, Role: dossier.RoleBuyer})
}

// callOffAt gives a call-off that is here, with the view of its dossier.
func (d *Desk) callOffAt(ctx context.Context, h deed.Hash) (v *rule.View, s rule.Status, err error) {
	on, content, err := d.find(ctx, h)
	if err != nil {
		return nil, s, err
	}
	if content.Type != dossier.TypeCallOff {
		return nil, s, &Refusal{Code: CodeUnknown, Detail: "this isn't a call-off"}
	}
	if v, err = d.View(ctx, on.Dossier); err != nil {
		return nil, s, err
	}
	s, _ = v.Status(h)
	return v, s, nil
}

// frameworkAbove gives the framework of a deed; empty when it names none.
func frameworkAbove(c *deed.Content) deed.Hash {
	for _, h := range c.Parents {
		if t, err := h.Type(); err == nil && t == dossier.TypeFramework {
			return h
		}
	}
	return ""
}

// reservation is what a buyer knows of its reservation in one lot.
type reservation struct {
	left int64 // that can be drawn alone
	next int64 // the number that is due
	// deed is an own draw that the keeper hasn't received, and underWay its call-off.
	deed, underWay deed.Hash
}

// ownReservation works out what can be drawn alone. It is meant for what a buyer
// is about to do; what counts is what the fold says.
func ownReservation(v *rule.View, framework deed.Hash, at place) (reservation, error) {
	l, err := LedgerOf(v, framework)
	if err != nil {
		return reservation{}, err
	}
	out := reservation{left: held(l, at.lot, at.buyer), next: 1}
	for _, e := range entriesOf(v, framework) {
		if e.Receipt.Lot == at.lot && e.Receipt.Buyer == string(at.buyer) {
			out.next = max(out.next, e.Receipt.Settled+1)
		}
	}
	done := answered(v, framework)
	for _, h := range v.Children(framework) {
		s, ok := v.Status(h)
		if !ok || s.Deed.Type != dossier.TypeOwnDraw {
			continue
		}
		own, err := dossier.ReadOwnDraw(s.Deed)
		if err != nil || own.Command.Lot != at.lot || own.Command.Buyer != string(at.buyer) {
			continue
		}
		out.add(v, h, s, own.Command, done)
	}
	return out, nil
}

// add takes one own draw into account.
func (r *reservation) add(v *rule.View, h deed.Hash, s rule.Status, c dossier.Command, done map[string]bool) {
	switch o, ok := v.Status(deed.Hash(c.CallOff)); {
	case s.State == stateDrawn:
		r.next = max(r.next, c.Local+1)
		if ok && !o.Final && !done[c.Request] {
			r.left -= c.Quantity
		}
	case s.State == rule.Proposed && slices.ContainsFunc(s.Notes, func(n rule.Reason) bool { return n.Code == rule.ReasonNoReceipt }):
		r.deed, r.underWay = h, deed.Hash(c.CallOff)
	default:
	}
}

// DrawOverdue draws alone for those call-offs of this Peer that have waited for
// the purchasing body for [Config.DrawAloneAfter], as far as its own reservation
// goes.
func (d *Desk) DrawOverdue(ctx context.Context) error {
	states, err := d.States(ctx, StateFilter{
		Types: []deed.Type{dossier.TypeCallOff}, States: []rule.State{rule.Pending, stateSigned}, Party: d.cfg.Self,
	})
	if err != nil {
		return err
	}
	for _, s := range states {
		if slices.Contains(s.Overlays, OverlayAllocated) || s.Since > d.now()-int64(d.cfg.DrawAloneAfter/time.Second) {
			continue
		}
		if err := d.drawOverdue(ctx, s.Deed); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) drawOverdue(ctx context.Context, callOff deed.Hash) error {
	v, o, err := d.callOffAt(ctx, callOff)
	if err != nil || dossier.Buyer(o.Deed) != d.cfg.Self {
		return err
	}
	draw, r := drawCommand(o.Deed)
	if r != nil {
		return nil
	}
	own, err := ownReservation(v, frameworkAbove(o.Deed), place{d.cfg.Self, draw.Lot})
	if err != nil || own.underWay != "" || own.left < draw.Quantity {
		return err
	}
	h, err := d.DrawAlone(ctx, callOff)
	if _, refused := errors.AsType[*Refusal](err); refused {
		return nil // it waits for the purchasing body
	}
	if err == nil {
		d.cfg.Logger.Info("the purchasing body doesn't answer; drawn from the own reservation", "call_off", callOff, "deed", h)
	}
	return err
}

// drawAlone looks now and then whether a purchasing body lets us wait.
func (d *Desk) drawAlone(ctx context.Context) {
	tick := time.NewTicker(min(d.cfg.DrawAloneAfter, 10*time.Second))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := d.DrawOverdue(ctx); err != nil && ctx.Err() == nil {
			d.cfg.Logger.Error("collective work failed; trying again", "work", "draw alone", "error", err)
		}
	}
}

// OwnDraw is what a buyer drew alone for a call-off.
type OwnDraw struct {
	// Deed is the own draw; empty without one.
	Deed deed.Hash
	// Settled: the purchasing body has answered it.
	Settled bool
}

// OwnDrawOf tells what the buyer drew alone for a call-off of a view.
func OwnDrawOf(v *rule.View, callOff deed.Hash) (out OwnDraw) {
	for _, h := range v.Children(callOff) {
		s, ok := v.Status(h)
		switch {
		case !ok:
		case s.Deed.Type == dossier.TypeOwnDraw && s.State == stateDrawn:
			out.Deed = h
		case s.Deed.Type == dossier.TypeAllocation && s.State == stateIssued:
			out.Settled = true
		}
	}
	out.Settled = out.Settled && out.Deed != ""
	return out
}

// OwnLeft tells what is left of the buyer's own reservation for a call-off that
// waits for the purchasing body, in the unit of the lot, and whether that is
// enough to draw it alone. It adds up the whole ledger.
func OwnLeft(v *rule.View, callOff deed.Hash) (left int64, enough bool, err error) {
	o, ok := v.Status(callOff)
	if !ok || o.Deed.Type != dossier.TypeCallOff || o.CompleteAt == 0 || CallOffState(o) != WordWaits {
		return 0, false, nil
	}
	draw, r := drawCommand(o.Deed)
	if r != nil {
		return 0, false, nil
	}
	own, err := ownReservation(v, frameworkAbove(o.Deed), place{fsc.PeerID(draw.Buyer), draw.Lot})
	return max(0, own.left), own.left >= draw.Quantity && own.underWay == "", err
}

func dossierCommand(c ledger.Command) dossier.Command {
	return dossier.Command{
		Request: c.Request, Kind: string(c.Kind), Lot: c.Lot, Buyer: c.Buyer, CallOff: c.CallOff,
		Quantity: c.Quantity, Need: c.Need, Window: c.Window, Local: c.Local,
	}
}
