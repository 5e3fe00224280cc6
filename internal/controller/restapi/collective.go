// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"net/http"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (s *server) collectiveHandlers() map[string]handler {
	return map[string]handler{
		"listFrameworks": s.listFrameworks, "getFramework": s.getFramework, "createAccessionPreview": s.createAccessionPreview,
		"createAccession": s.createAccession, "getAccession": s.getAccession, "listCallOffs": s.listCallOffs,
		"createCallOffPreview": s.createCallOffPreview, "createCallOff": s.createCallOff, "getCallOff": s.getCallOff,
		"createCallOffConnection": s.createCallOffConnection, "createCallOffChange": s.createCallOffChange, "createOwnDraw": s.createOwnDraw, "getDeed": s.getDeed, "getDeedDossier": s.getDeedDossier,
		"createDeedRebuild": s.createDeedRebuild, "createDeedSignature": s.createDeedSignature,
	}
}

func (c *call) deed() deed.Hash { return deed.Hash(c.path["hash"]) }

func (s *server) listFrameworks(c *call) (*reply, error) {
	place, err := c.window()
	if err != nil {
		return nil, err
	}
	f := controller.FrameworkFilter{Text: c.text("text"), Word: collective.Word(c.text("deedState")), Ours: c.flag("ours"), Place: place}
	found, err := s.act.Frameworks(c.ctx(), c.actor, f)
	if err != nil {
		return nil, err
	}
	return windowPage(c, found, frameworkOf)
}

func (s *server) getFramework(c *call) (*reply, error) {
	d, err := s.act.Framework(c.ctx(), c.actor, c.deed())
	if err != nil {
		return nil, err
	}
	return done(client.FrameworkDetail{
		Framework: frameworkOf(d.Framework), EligiblePeers: each(d.EligiblePeers, peerOf), Accessions: each(d.Accessions, accessionOf),
		CallOffs: each(d.CallOffs, callOffOf), Changes: each(d.Changes, changeOf), Confirmations: each(d.Confirmations, deedStateOf),
		HiddenCallOffs: d.HiddenCallOffs, MayJoin: d.MayJoin, MaySign: d.MaySign,
	})
}

func accessionForm(in client.NewAccession) controller.AccessionForm {
	f := controller.AccessionForm{Framework: deed.Hash(in.Framework), Lots: each(in.Lots, func(r client.NewReservation) dossier.Reservation {
		return dossier.Reservation{Lot: r.Lot, Need: r.Need, Reserved: r.Reserved}
	})}
	for _, p := range in.Predecessors {
		f.Predecessors = append(f.Predecessors, deed.Hash(p))
	}
	return f
}

func (s *server) createAccessionPreview(c *call) (*reply, error) {
	in, err := decode[client.NewAccession](c)
	if err != nil {
		return nil, err
	}
	f, err := s.act.ForeseeAccession(c.ctx(), c.actor, accessionForm(in))
	if err != nil {
		return nil, err
	}
	return done(forecastOf(f))
}

func (s *server) createAccession(c *call) (*reply, error) {
	in, err := decode[client.NewAccession](c)
	if err != nil {
		return nil, err
	}
	h, err := s.act.Accede(c.ctx(), c.actor, accessionForm(in))
	if err != nil {
		return nil, err
	}
	d, err := s.act.Accession(c.ctx(), c.actor, h)
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusCreated, body: accessionOf(d.Accession), location: "/accessions/" + string(h)}, nil
}

func (s *server) getAccession(c *call) (*reply, error) {
	d, err := s.act.Accession(c.ctx(), c.actor, c.deed())
	if err != nil {
		return nil, err
	}
	return done(accessionOf(d.Accession))
}

func (s *server) listCallOffs(c *call) (*reply, error) {
	place, err := c.window()
	if err != nil {
		return nil, err
	}
	f := controller.CallOffFilter{Word: collective.Word(c.text("deedState")), Turn: c.flag("awaitingUs"), Place: place}
	found, err := s.act.CallOffs(c.ctx(), c.actor, f)
	if err != nil {
		return nil, err
	}
	return windowPage(c, found, callOffOf)
}

func callOffForm(in client.NewCallOff) controller.CallOffForm {
	return controller.CallOffForm{
		Accession: deed.Hash(in.Accession), Lot: in.Lot, Supplier: in.Supplier, Quantity: in.Quantity, ValueCents: in.ValueCents,
		Services: in.Services, NotBefore: in.NotBefore, NotAfter: in.NotAfter, Variation: documentForm(in.Variation),
	}
}

func (s *server) createCallOffPreview(c *call) (*reply, error) {
	in, err := decode[client.NewCallOff](c)
	if err != nil {
		return nil, err
	}
	f, err := s.act.ForeseeCallOff(c.ctx(), c.actor, callOffForm(in))
	if err != nil {
		return nil, err
	}
	return done(forecastOf(f))
}

func (s *server) createCallOff(c *call) (*reply, error) {
	in, err := decode[client.NewCallOff](c)
	if err != nil {
		return nil, err
	}
	h, err := s.act.OfferCallOff(c.ctx(), c.actor, callOffForm(in))
	if err != nil {
		return nil, err
	}
	d, err := s.act.CallOff(c.ctx(), c.actor, h)
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusCreated, body: callOffOf(d.CallOff), location: "/call-offs/" + string(h)}, nil
}

func (s *server) getCallOff(c *call) (*reply, error) {
	d, err := s.act.CallOff(c.ctx(), c.actor, c.deed())
	if err != nil {
		return nil, err
	}
	return done(callOffOf(d.CallOff))
}

func (s *server) createCallOffConnection(c *call) (*reply, error) {
	in, err := decode[client.NewCallOffConnection](c)
	if err != nil {
		return nil, err
	}
	made, err := s.act.Connect(c.ctx(), c.actor, c.deed(), in.Service)
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusCreated, body: client.CallOffConnection{ContentHash: made}, location: "/contracts/" + string(made)}, nil
}

func (s *server) createCallOffChange(c *call) (*reply, error) {
	in, err := decode[client.NewCallOffChange](c)
	if err != nil {
		return nil, err
	}
	h, err := s.act.ChangeCallOff(c.ctx(), c.actor, controller.CallOffChangeForm{
		CallOff: c.deed(), Quantity: in.Quantity, ValueCents: in.ValueCents, Reason: in.Reason,
	})
	if err != nil {
		return nil, err
	}
	d, err := s.act.Deed(c.ctx(), c.actor, h)
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusCreated, body: deedOf(d), location: "/deeds/" + string(h)}, nil
}

func (s *server) createOwnDraw(c *call) (*reply, error) {
	h, err := s.act.DrawOwn(c.ctx(), c.actor, c.deed())
	if err != nil {
		return nil, err
	}
	d, err := s.act.Deed(c.ctx(), c.actor, h)
	if err != nil {
		return nil, err
	}
	return done(deedOf(d))
}

func (s *server) getDeed(c *call) (*reply, error) {
	d, err := s.act.Deed(c.ctx(), c.actor, c.deed())
	if err != nil {
		return nil, err
	}
	return done(deedOf(d))
}

func (s *server) createDeedSignature(c *call) (*reply, error) {
	in, err := decode[client.NewDeedSignature](c)
	if err != nil {
		return nil, err
	}
	if err := s.act.SignDeed(c.ctx(), c.actor, c.deed(), deed.Act(in.Act)); err != nil {
		return nil, err
	}
	d, err := s.act.Deed(c.ctx(), c.actor, c.deed())
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusCreated, body: deedOf(d), location: "/deeds/" + string(d.Hash)}, nil
}

func (s *server) getDeedDossier(c *call) (*reply, error) {
	raw, err := s.act.Dossier(c.ctx(), c.actor, c.deed())
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusOK, raw: raw}, nil
}

func (s *server) createDeedRebuild(c *call) (*reply, error) {
	made, err := s.act.RebuildDeeds(c.ctx(), c.actor)
	if err != nil {
		return nil, err
	}
	return done(client.DeedRebuild{Deeds: made.Deeds, Changed: made.Changed})
}
