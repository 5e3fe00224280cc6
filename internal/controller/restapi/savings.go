// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"net/http"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (s *server) savingHandlers() map[string]handler {
	return map[string]handler{
		"getCallOffSavings": s.getCallOffSavings, "createCallOffSaving": s.createCallOffSaving, "createCallOffSavingPreview": s.createCallOffSavingPreview,
	}
}

func savingForm(in client.NewCallOffSaving) controller.SavingForm {
	d := in.Source
	return controller.SavingForm{
		Quantity: in.Quantity, PriceCents: in.PriceCents, BaselineCents: in.BaselineCents, Note: in.Note,
		Source: controller.DocumentForm{Name: d.Name, MediaType: d.MediaType, Size: d.Size, Hash: deed.Hash(d.Hash)},
	}
}

func savingOf(one controller.Saving) client.CallOffSaving {
	return client.CallOffSaving{
		Deed: deedStateOf(one.DeedState), Quantity: one.Statement.Quantity, PriceCents: one.Statement.Price, BaselineCents: one.Statement.Baseline.Price,
		Note: one.Statement.Baseline.Note, SavedCents: one.Cents, Stands: one.Stands,
		Source: client.NewDocument{Name: one.Source.Name, MediaType: one.Source.MediaType, Size: one.Source.Size, Hash: string(one.Source.Hash)},
	}
}

func (s *server) getCallOffSavings(c *call) (*reply, error) {
	all, err := s.act.SavingsOf(c.ctx(), c.actor, c.deed())
	if err != nil {
		return nil, err
	}
	return done(client.CallOffSavings{Savings: each(all, savingOf)})
}

func (s *server) createCallOffSavingPreview(c *call) (*reply, error) {
	in, err := decode[client.NewCallOffSaving](c)
	if err != nil {
		return nil, err
	}
	f, err := s.act.ForeseeSaving(c.ctx(), c.actor, c.deed(), savingForm(in))
	if err != nil {
		return nil, err
	}
	return done(client.SavingForecast{Deed: forecastOf(&f.Forecast), SavedCents: f.Cents})
}

func (s *server) createCallOffSaving(c *call) (*reply, error) {
	in, err := decode[client.NewCallOffSaving](c)
	if err != nil {
		return nil, err
	}
	h, err := s.act.StateSaving(c.ctx(), c.actor, c.deed(), savingForm(in))
	if err != nil {
		return nil, err
	}
	d, err := s.act.Deed(c.ctx(), c.actor, h)
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusCreated, body: deedOf(d), location: "/deeds/" + string(h)}, nil
}
