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
	"github.com/samenspel/samenspel/internal/operator"
)

const actSignPrice = "price.sign"

// FrameworkPrice is what a unit of a lot costs at a supplier. It is there for the
// buyers of the framework, who signs it and who keeps the dossier; never for
// another supplier.
type FrameworkPrice struct {
	DeedState
	// Sheet has the price in euro cents without VAT and the hours that joining takes.
	Sheet    dossier.PriceSheet
	LotName  string // empty: the lot isn't there any more
	Unit     string
	Supplier fsc.Peer
	From     time.Time
	// Current: it holds now.
	Current bool
}

// Prices lists the prices of a framework that hold, are to begin or wait for a
// signature, as far as they are for this Peer.
func (c *Controller) Prices(ctx context.Context, a operator.Actor, h deed.Hash) ([]FrameworkPrice, error) {
	d, err := c.Framework(ctx, a, h)
	if err != nil {
		return nil, err
	}
	return d.Prices, nil
}

// prices makes the views of what the desk gives.
func (c *Controller) prices(ctx context.Context, f *Framework) ([]FrameworkPrice, error) {
	all, err := c.cfg.Collective.Prices(ctx, f.Hash)
	if err != nil {
		return nil, told(err)
	}
	var out []FrameworkPrice
	for _, p := range all {
		k, err := c.clerkFor(ctx, nil, p.Status)
		if err != nil {
			return nil, err
		}
		one := FrameworkPrice{
			DeedState: k.state(p.Status), Sheet: *p.Sheet, Supplier: k.peer(p.Supplier), From: instant(p.Status.Deed.NotBefore), Current: p.Current,
		}
		if lot := f.lot(p.Sheet.Lot); lot != nil {
			one.LotName, one.Unit = lot.Name, lot.Unit
		}
		out = append(out, one)
	}
	return out, nil
}

// PriceForm is a price sheet that is to be made.
type PriceForm struct {
	Lot string
	// Supplier is whose price it is; empty: this Peer, or the only supplier of the lot.
	Supplier fsc.PeerID
	// UnitCents is the price of a unit in euro cents without VAT, and Hours what
	// joining takes.
	UnitCents, Hours int64
	Note             string
	// From is when it begins; zero: now, or with the framework.
	From time.Time
}

// ProposePrice writes a price down and signs it, as purchasing body or as the
// supplier; the other signs it with [Controller.SignDeed].
func (c *Controller) ProposePrice(ctx context.Context, a operator.Actor, h deed.Hash, f PriceForm) (made deed.Hash, err error) {
	err = c.actWith(ctx, a, operator.PermissionSign, operator.Event{Act: actSignPrice, Object: string(h)}, func(ctx context.Context, e *operator.Event) error {
		d, err := c.Framework(ctx, a, h)
		if err != nil {
			return err
		}
		draft, role, err := c.priceDraft(&d.Framework, f)
		if err != nil {
			return err
		}
		if made, err = c.cfg.Collective.Propose(ctx, draft, collective.Act{Act: deed.Accept, Role: role}); err != nil {
			return told(err)
		}
		e.Object = string(made)
		e.Changes = append(e.Changes, operator.Change{Field: "framework", After: string(h)})
		return nil
	})
	return made, err
}

func (c *Controller) priceDraft(of *Framework, f PriceForm) (deed.Draft, deed.Role, error) {
	var none deed.Draft
	role := dossier.RolePurchasingBody
	switch of.Part {
	case string(dossier.RolePurchasingBody):
	case partSupplier:
		role = dossier.RoleSupplier
	default:
		return none, "", &operator.Error{Kind: operator.KindConflict, Text: "a price is made by the purchasing body or a supplier of the framework"}
	}
	lot := of.lot(f.Lot)
	if lot == nil {
		return none, "", invalid("lot", "the framework has no such lot")
	}
	supplier, err := c.supplierOf(lot, f.Supplier, role)
	if err != nil {
		return none, "", err
	}
	switch {
	case f.UnitCents < 0 || f.UnitCents > dossier.MaxPriceCents:
		return none, "", invalid("unitCents", "the price is 0 or more, in euro cents, and at most a thousand million euros")
	case f.Hours < 0 || f.Hours > dossier.MaxEffortHours:
		return none, "", invalid("hours", "the effort is 0 to 10000 hours")
	}
	sheet := dossier.PriceSheet{Lot: f.Lot, Cents: f.UnitCents, Hours: f.Hours, Note: f.Note}
	body, err := sheet.Body()
	draft := deed.Draft{
		Type: dossier.TypePriceSheet, Parents: []deed.Hash{of.Hash}, Rule: deed.Rule{Kind: deed.RuleAll}, Body: body,
		Parties: []deed.Party{{PeerID: of.Body.ID, Role: dossier.RolePurchasingBody}, {PeerID: supplier, Role: dossier.RoleSupplier}},
	}
	if !f.From.IsZero() {
		draft.NotBefore = f.From.Unix()
	} else {
		draft.NotBefore = max(c.cfg.Now().Unix(), of.NotBefore.Unix())
	}
	return draft, role, err
}

// supplierOf tells whose price it is.
func (c *Controller) supplierOf(lot *FrameworkLot, named fsc.PeerID, role deed.Role) (fsc.PeerID, error) {
	self := c.Self().ID
	switch {
	case named == "" && role == dossier.RoleSupplier:
		named = self
	case named == "" && len(lot.Suppliers) == 1:
		named = lot.Suppliers[0].ID
	}
	if role == dossier.RoleSupplier && named != self {
		return "", invalid("supplier", "a supplier makes a price of its own only")
	}
	if !slices.ContainsFunc(lot.Suppliers, func(p fsc.Peer) bool { return p.ID == named }) {
		return "", invalid("supplier", "name a supplier of the lot")
	}
	return named, nil
}
