// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/operator"
)

// FrameworkDetail is everything about one framework agreement.
type FrameworkDetail struct {
	Framework
	EligiblePeers []fsc.Peer
	Accessions    []Accession
	CallOffs      []CallOff
	// HiddenCallOffs counts those that aren't shown to us: a supplier sees its own.
	HiddenCallOffs int
	Changes        []FrameworkChange
	// Confirmations are those of an imported framework by suppliers and buyers.
	Confirmations []DeedState
	// Prices are those for us, as for buyers of the framework: that hold, are to
	// begin or wait for a signature.
	Prices []FrameworkPrice
	// Saved is what the buyers saved together, in euro cents; nil where this Peer
	// doesn't keep the dossier, and for a supplier.
	Saved *usage.Total
	// Alarms are faults of who keeps its dossier, newest first.
	Alarms []KeeperAlarm
	// MayJoin, MaySign, MayConfirm and MayPrice tell what we, and this person, can do now.
	MayJoin, MaySign, MayConfirm, MayPrice bool
}

// FrameworkChange is a change of a framework, with why.
type FrameworkChange struct {
	DeedState
	Kind                dossier.ChangeKind
	Reason              string
	BasisPoints         int64
	Supplier, Successor fsc.Peer // ID empty if there is none
}

// Framework gives one framework agreement.
func (c *Controller) Framework(ctx context.Context, a operator.Actor, h deed.Hash) (*FrameworkDetail, error) {
	v, s, err := c.within(ctx, a, h, dossier.TypeFramework)
	if err != nil {
		return nil, err
	}
	f, err := c.framework(ctx, v, h)
	if err != nil {
		return nil, err
	}
	if f.Requests, err = c.requestsOn(ctx, a, h); err != nil {
		return nil, err
	}
	d := &FrameworkDetail{Framework: *f}
	if err := c.around(ctx, v, s, d); err != nil {
		return nil, err
	}
	if d.Prices, err = c.prices(ctx, f); err != nil {
		return nil, err
	}
	if d.Saved, err = c.saved(ctx, f); err != nil {
		return nil, err
	}
	if d.Alarms, err = c.alarms(ctx, c.cfg.Collective, h); err != nil {
		return nil, err
	}
	signs := c.sees(a, operator.PermissionSign)
	d.MaySign = signs && f.Turn
	d.MayJoin = f.Part == string(dossier.RoleBuyer) && f.Joined == "" && f.Word == collective.WordLive
	d.MayConfirm = signs && f.Word == collective.WordAsserted && (f.Part == partSupplier || f.Part == string(dossier.RoleBuyer)) && !confirming(d.Confirmations)
	d.MayPrice = signs && priceable(f)
	return d, nil
}

// priceable tells whether we can write a price down under a framework.
func priceable(f *Framework) bool {
	if f.Part != partSupplier && f.Part != string(dossier.RolePurchasingBody) {
		return false
	}
	return slices.Contains([]collective.Word{
		collective.WordProposed, collective.WordPlanned, collective.WordLive, collective.WordAsserted, collective.WordExhausted,
	}, f.Word)
}

// confirming tells whether a confirmation is on its way.
func confirming(all []DeedState) bool {
	for i := range all {
		if !all[i].Final {
			return true
		}
	}
	return false
}

// around adds the deeds that follow a framework.
func (c *Controller) around(ctx context.Context, v *rule.View, s rule.Status, d *FrameworkDetail) error {
	h := s.Deed.Hash()
	accessions, callOffs := children(v, h, dossier.TypeAccession), children(v, h, dossier.TypeCallOff)
	changes, confirmations := children(v, h, dossier.TypeChange), children(v, h, dossier.TypeConfirmation)
	body := bodyOf(s.Deed)
	ids := append([]fsc.PeerID(nil), body.Eligible...)
	var all []rule.Status
	for _, some := range [][]rule.Status{accessions, callOffs, changes, confirmations} {
		all = append(all, some...)
	}
	for _, ch := range changes {
		if g, err := dossier.ReadChange(ch.Deed); err == nil {
			ids = append(ids, g.Supplier, g.Successor)
		}
	}
	k, err := c.clerkFor(ctx, ids, all...)
	if err != nil {
		return err
	}
	d.EligiblePeers = k.peers(body.Eligible)
	byName(d.EligiblePeers, func(p *fsc.Peer) string { return p.Name })
	for _, one := range accessions {
		d.Accessions = append(d.Accessions, k.accession(d.Framework, one))
	}
	for _, one := range callOffs {
		if c.hides(&d.Framework, one) {
			d.HiddenCallOffs++
			continue
		}
		d.CallOffs = append(d.CallOffs, k.callOff(v, &d.Framework, one))
	}
	for _, one := range changes {
		ch := FrameworkChange{DeedState: k.state(one)}
		if g, err := dossier.ReadChange(one.Deed); err == nil {
			ch.Kind, ch.Reason, ch.BasisPoints = g.Kind, g.Reason, g.BasisPoints
			ch.Supplier, ch.Successor = k.peer(g.Supplier), k.peer(g.Successor)
		}
		d.Changes = append(d.Changes, ch)
	}
	for _, one := range confirmations {
		d.Confirmations = append(d.Confirmations, k.state(one))
	}
	return nil
}

// hides tells that a call-off isn't for us: a supplier sees its own only
// (design, section 3.3).
func (c *Controller) hides(f *Framework, callOff rule.Status) bool {
	return f.Part == partSupplier && dossier.Supplier(callOff.Deed) != c.Self().ID
}
