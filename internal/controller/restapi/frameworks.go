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
		"createFrameworkPreview": s.createFrameworkPreview, "createFramework": s.createFramework, "createFrameworkReading": s.createFrameworkReading,
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

func (s *server) createFrameworkReading(c *call) (*reply, error) {
	in, err := decode[client.NewFrameworkReading](c)
	if err != nil {
		return nil, err
	}
	read, err := s.act.ReadReleases(c.actor, controller.ReleasesForm{Raw: in.Releases, Name: in.Name, Rationale: in.TermRationale})
	if err != nil {
		return nil, err
	}
	return done(client.FrameworkReading{Framework: newFrameworkOf(read.Form), Unnumbered: read.Unnumbered, Currency: read.Currency})
}

// newFrameworkOf is the opposite of frameworkForm.
func newFrameworkOf(f controller.FrameworkForm) client.NewFramework {
	out := client.NewFramework{
		Name: f.Name, Published: utc(f.Published), NotBefore: utc(f.NotBefore), NotAfter: utc(f.NotAfter), ExtensionUntil: utc(f.ExtensionUntil),
		TermRationale: f.TermRationale, TailDays: f.TailDays, Eligible: f.Eligible, Keeper: f.Keeper,
		EntryWindows: each(f.Windows, func(w controller.WindowForm) client.NewEntryWindow {
			return client.NewEntryWindow{From: utc(w.From), Until: utc(w.Until)}
		}),
		Lots: each(f.Lots, func(l dossier.Lot) client.NewFrameworkLot {
			return client.NewFrameworkLot{
				ID: l.ID, Name: l.Name, Unit: l.Unit, MaximumQuantity: l.MaximumQuantity, MaximumValueCents: l.MaximumValue,
				Suppliers: l.Suppliers, Services: l.Services,
			}
		}),
	}
	if d := f.Source; d != nil {
		out.Source = &client.NewDocument{Name: d.Name, MediaType: d.MediaType, Size: d.Size, Hash: string(d.Hash)}
	}
	return out
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
