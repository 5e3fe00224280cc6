// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/operator"
)

// CallOff is what a buyer orders of a supplier under a framework agreement.
type CallOff struct {
	DeedState
	Framework       deed.Hash
	FrameworkName   string
	Accession       deed.Hash
	Buyer, Supplier fsc.Peer
	// Part is ours: buyer, supplier, or empty.
	Part                string
	Lot, LotName, Unit  string
	Quantity            int64
	ValueCents          int64 // over its whole term; 0 where it isn't for us
	Services            []string
	NotBefore, NotAfter time.Time
	// Allocated: its quantity was set apart, by the purchasing body or, with
	// DrawnAlone, from the buyer's own reservation; the purchasing body has not
	// settled that yet.
	Allocated  bool
	DrawnAlone bool
	Bindings   []CallOffBinding
	// Changes are all changes of it, oldest first. Quantity and ValueCents are those
	// of now.
	Changes []CallOffChange
}

// LastDay is in the last day of its term.
func (o CallOff) LastDay() time.Time { return lastOf(o.NotAfter) }

// CallOffBinding is a contract of the layer that stands on a call-off.
type CallOffBinding struct {
	DeedState
	Contract fsc.ContentHash
}

// callOff makes the view of one.
func (k *clerk) callOff(v *rule.View, f *Framework, s rule.Status) CallOff {
	self := k.c.Self().ID
	buyer, supplier := dossier.Buyer(s.Deed), dossier.Supplier(s.Deed)
	out := CallOff{
		DeedState: k.state(s), Framework: f.Hash, FrameworkName: f.Name, Buyer: k.peer(buyer), Supplier: k.peer(supplier),
		NotBefore: instant(s.Deed.NotBefore), NotAfter: instant(s.Deed.NotAfter), Allocated: slices.Contains(s.Overlays, collective.OverlayAllocated),
	}
	switch self {
	case buyer:
		out.Part = string(dossier.RoleBuyer)
	case supplier:
		out.Part = partSupplier
	}
	for _, p := range s.Deed.Parents {
		if t, err := p.Type(); err == nil && t == dossier.TypeAccession {
			out.Accession = p
		}
	}
	if body, err := dossier.ReadCallOff(s.Deed); err == nil {
		now, values := collective.TermsOf(v, out.Hash), out.Part != "" || f.Part == string(dossier.RolePurchasingBody)
		out.Lot, out.Quantity, out.Services = body.Lot, now.Quantity, body.Services
		if values {
			out.ValueCents = now.Value
		}
		out.Changes = k.changesOf(v, &out, values)
	}
	if own := collective.OwnDrawOf(v, out.Hash); own.Deed != "" {
		out.DrawnAlone = !own.Settled && out.Allocated
	}
	if lot := f.lot(out.Lot); lot != nil {
		out.LotName, out.Unit = lot.Name, lot.Unit
	}
	for _, b := range children(v, s.Deed.Hash(), dossier.TypeBinding) {
		if body, err := dossier.ReadBinding(b.Deed); err == nil {
			out.Bindings = append(out.Bindings, CallOffBinding{DeedState: k.state(b), Contract: body.Contract})
		}
	}
	return out
}

// CallOffFilter selects call-offs; zero fields don't filter.
type CallOffFilter struct {
	Word collective.Word
	// Turn: only those that wait for our signature.
	Turn bool
	Place
}

// CallOffs lists the call-offs in which we are buyer or supplier, newest first.
func (c *Controller) CallOffs(ctx context.Context, a operator.Actor, f CallOffFilter) (Window[CallOff], error) {
	var none Window[CallOff]
	desk, err := c.desk(a, operator.PermissionRead)
	if err != nil {
		return none, err
	}
	states, err := desk.States(ctx, collective.StateFilter{Types: []deed.Type{dossier.TypeCallOff}, Party: desk.Self(), Turn: f.Turn})
	if err != nil {
		return none, err
	}
	states = slices.DeleteFunc(states, func(s collective.State) bool {
		return f.Word != "" && f.Word != collective.CallOffState(rule.Status{State: s.State, Overlays: s.Overlays})
	})
	w := cut(states, func(s collective.State) string { return string(s.Deed) }, f.Place)
	out := Window[CallOff]{Total: w.Total, Next: w.Next, Previous: w.Previous}
	for _, s := range w.Items {
		one, _, err := c.oneCallOff(ctx, a, s.Deed)
		if err != nil {
			return none, err
		}
		out.Items = append(out.Items, *one)
	}
	return out, nil
}

func (c *Controller) oneCallOff(ctx context.Context, a operator.Actor, h deed.Hash) (*CallOff, *Framework, error) {
	v, s, err := c.within(ctx, a, h, dossier.TypeCallOff)
	if err != nil {
		return nil, nil, err
	}
	f, err := c.above(ctx, v, s)
	if err != nil {
		return nil, nil, err
	}
	if c.hides(f, s) {
		return nil, nil, notFound("there is no such deed here")
	}
	k, err := c.clerkFor(ctx, nil, s)
	if err != nil {
		return nil, nil, err
	}
	one := k.callOff(v, f, s)
	return &one, f, nil
}

// CallOffDetail is a call-off with what can be done with it.
type CallOffDetail struct {
	CallOff
	Of *Framework
	// Savings are those that we stated as its buyer, oldest first.
	Savings []Saving
	// MaySign, MayEnd, MayConnect, MaySave and MayChange tell what this person can do
	// now.
	MaySign, MayEnd, MayConnect, MaySave, MayChange bool
	// MayDraw: the purchasing body doesn't answer and the own reservation, of which
	// OwnLeft is left, is enough.
	MayDraw bool
	OwnLeft int64
	// Contracts are the contracts of the layer that stand on it, with what there is
	// to know of them; one that isn't here is left out.
	Contracts []Contract
}

// CallOff gives one call-off.
func (c *Controller) CallOff(ctx context.Context, a operator.Actor, h deed.Hash) (*CallOffDetail, error) {
	one, f, err := c.oneCallOff(ctx, a, h)
	if err != nil {
		return nil, err
	}
	d := &CallOffDetail{CallOff: *one, Of: f}
	if d.Requests, err = c.requestsOn(ctx, a, h); err != nil {
		return nil, err
	}
	if d.Savings, err = c.SavingsOf(ctx, a, h); err != nil {
		return nil, err
	}
	if c.sees(a, operator.PermissionSign) {
		d.MaySave = maySave(d)
		d.MaySign = d.Turn && !d.Final
		d.MayEnd = d.Part != "" && !d.Final && (d.Word == collective.WordLive || d.Word == collective.WordWaits || d.Word == collective.WordPlanned)
		d.MayChange = d.Part != "" && d.Allocated && !d.DrawnAlone && !d.Final && !d.changing()
		d.MayConnect = d.Part == string(dossier.RoleBuyer) && d.Word == collective.WordLive && len(d.Services) > 0 && c.cfg.Connector != nil
	}
	if err := c.mayDraw(ctx, a, d); err != nil {
		return nil, err
	}
	for _, b := range d.Bindings {
		contract, err := c.Contract(ctx, a, b.Contract)
		if o := FieldErrors(err); len(o) == 1 && o[0].Kind == operator.KindNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		d.Contracts = append(d.Contracts, contract.Contract)
	}
	return d, nil
}
