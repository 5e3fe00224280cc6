// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

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
	Lot string `json:"lot"`
	// Supplier is whose price it is; empty: this Peer, or the only supplier of the lot.
	Supplier fsc.PeerID `json:"supplier,omitempty"`
	// UnitCents is the price of a unit in euro cents without VAT.
	UnitCents int64 `json:"unitCents"`
	// Hours is how many working hours joining takes a municipality, as an estimate.
	Hours int64  `json:"hours"`
	Note  string `json:"note,omitempty"`
	// From is when it begins; zero: when it is signed, or with the framework.
	From time.Time `json:"from,omitzero"`
}

// priceRequest is a price that waits for a second person.
type priceRequest struct {
	Framework deed.Hash `json:"framework"`
	PriceForm
}

// ForeseePrice tells what would come of a price if the other side signs it too, and
// why not. Nobody signs.
func (c *Controller) ForeseePrice(ctx context.Context, a operator.Actor, h deed.Hash, f PriceForm) (*Forecast, error) {
	draft, _, err := c.priceDraft(ctx, a, h, f)
	if err != nil {
		return nil, err
	}
	content, err := c.cfg.Collective.Draft(draft)
	if err != nil {
		return nil, told(err)
	}
	return c.foresee(ctx, c.cfg.Collective, content)
}

// ProposePrice writes a price down and signs it, as purchasing body or as the
// supplier; the other signs it with [Controller.SignDeed]. Where that needs a second
// person, the error is an operator.Error of KindSecondPerson and the act waits.
func (c *Controller) ProposePrice(ctx context.Context, a operator.Actor, h deed.Hash, f PriceForm) (deed.Hash, error) {
	if !c.cfg.People.NeedsSecond(actSignPrice) {
		return c.proposePrice(ctx, a, priceRequest{h, f}, nil)
	}
	forecast, err := c.ForeseePrice(ctx, a, h, f)
	if err != nil {
		return "", err
	}
	return "", c.askSeal(ctx, a, operator.Event{Act: actSignPrice, Object: string(h)}, forecast, priceRequest{h, f})
}

func (c *Controller) proposePrice(ctx context.Context, a operator.Actor, r priceRequest, by *operator.Request) (made deed.Hash, err error) {
	e := operator.Event{Act: actSignPrice, Object: string(r.Framework), Changes: requestedBy(by)}
	err = c.actWith(ctx, a, operator.PermissionSign, e, func(ctx context.Context, e *operator.Event) error {
		forecast, err := c.ForeseePrice(ctx, a, r.Framework, r.PriceForm)
		if err != nil {
			return err
		}
		if !forecast.OK {
			return &operator.Error{Kind: operator.KindConflict, Text: forecast.why()}
		}
		draft, role, err := c.priceDraft(ctx, a, r.Framework, r.PriceForm)
		if err != nil {
			return err
		}
		if made, err = c.cfg.Collective.Propose(ctx, draft, collective.Act{Act: deed.Accept, Role: role}); err != nil {
			return told(err)
		}
		e.Object = string(made)
		e.Changes = append(e.Changes, operator.Change{Field: "framework", After: string(r.Framework)})
		return nil
	})
	return made, err
}

// priceDraft gives the deed and our role in it.
func (c *Controller) priceDraft(ctx context.Context, a operator.Actor, h deed.Hash, f PriceForm) (deed.Draft, deed.Role, error) {
	var none deed.Draft
	d, err := c.Framework(ctx, a, h)
	if err != nil {
		return none, "", err
	}
	of, role := &d.Framework, dossier.RolePurchasingBody
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
	case utf8.RuneCountInString(f.Note) > dossier.MaxPriceNote:
		return none, "", invalid("note", "the note has at most 500 characters")
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
