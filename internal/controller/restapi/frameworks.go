// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"net/http"

	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (s *server) frameworkHandlers() map[string]handler {
	return map[string]handler{
		"createFrameworkPreview": s.createFrameworkPreview, "createFramework": s.createFramework,
		"createFrameworkConfirmation": s.createFrameworkConfirmation,
		"getFrameworkPrices":          s.getFrameworkPrices, "createFrameworkPrice": s.createFrameworkPrice,
		"createFrameworkPricePreview": s.createFrameworkPricePreview,
	}
}

func frameworkForm(in client.NewFramework) controller.FrameworkForm {
	f := controller.FrameworkForm{
		Name: in.Name, Published: in.Published, NotBefore: in.NotBefore, NotAfter: in.NotAfter, ExtensionUntil: in.ExtensionUntil,
		TermRationale: in.TermRationale, TailDays: in.TailDays, Eligible: in.Eligible, Keeper: in.Keeper,
		Windows: each(in.EntryWindows, func(w client.NewEntryWindow) controller.WindowForm { return controller.WindowForm(w) }),
		Lots: each(in.Lots, func(l client.NewFrameworkLot) dossier.Lot {
			return dossier.Lot{
				ID: l.ID, Name: l.Name, Unit: l.Unit, MaximumQuantity: l.MaximumQuantity, MaximumValue: l.MaximumValueCents,
				Suppliers: l.Suppliers, Services: l.Services,
			}
		}),
	}
	f.Source = documentForm(in.Source)
	return f
}

func (s *server) createFrameworkPreview(c *call) (*reply, error) {
	in, err := decode[client.NewFramework](c)
	if err != nil {
		return nil, err
	}
	f, err := s.act.ForeseeFramework(c.ctx(), c.actor, frameworkForm(in))
	if err != nil {
		return nil, err
	}
	return done(forecastOf(f))
}

func (s *server) createFramework(c *call) (*reply, error) {
	in, err := decode[client.NewFramework](c)
	if err != nil {
		return nil, err
	}
	h, err := s.act.ProposeFramework(c.ctx(), c.actor, frameworkForm(in))
	if err != nil {
		return nil, err
	}
	d, err := s.act.Framework(c.ctx(), c.actor, h)
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusCreated, body: frameworkOf(d.Framework), location: "/frameworks/" + string(h)}, nil
}

func (s *server) createFrameworkConfirmation(c *call) (*reply, error) {
	in, err := decode[client.NewFrameworkConfirmation](c)
	if err != nil {
		return nil, err
	}
	h, err := s.act.ConfirmFramework(c.ctx(), c.actor, c.deed(), in.Buyer)
	if err != nil {
		return nil, err
	}
	d, err := s.act.Deed(c.ctx(), c.actor, h)
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusCreated, body: deedOf(d), location: "/deeds/" + string(h)}, nil
}

func (s *server) getFrameworkPrices(c *call) (*reply, error) {
	all, err := s.act.Prices(c.ctx(), c.actor, c.deed())
	if err != nil {
		return nil, err
	}
	return done(client.FrameworkPrices{Prices: each(all, priceOf)})
}

func (s *server) createFrameworkPrice(c *call) (*reply, error) {
	in, err := decode[client.NewFrameworkPrice](c)
	if err != nil {
		return nil, err
	}
	h, err := s.act.ProposePrice(c.ctx(), c.actor, c.deed(), priceForm(in))
	if err != nil {
		return nil, err
	}
	d, err := s.act.Deed(c.ctx(), c.actor, h)
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusCreated, body: deedOf(d), location: "/deeds/" + string(h)}, nil
}

func priceForm(in client.NewFrameworkPrice) controller.PriceForm {
	return controller.PriceForm{
		Lot: in.Lot, Supplier: in.Supplier, UnitCents: in.UnitPriceCents, Hours: in.EffortHours, Note: in.Note, From: in.From,
	}
}

func (s *server) createFrameworkPricePreview(c *call) (*reply, error) {
	in, err := decode[client.NewFrameworkPrice](c)
	if err != nil {
		return nil, err
	}
	f, err := s.act.ForeseePrice(c.ctx(), c.actor, c.deed(), priceForm(in))
	if err != nil {
		return nil, err
	}
	return done(forecastOf(f))
}
