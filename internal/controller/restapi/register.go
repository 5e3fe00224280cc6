// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (s *server) registerHandlers() map[string]handler {
	return map[string]handler{
		"listMunicipalities": s.listMunicipalities, "getMunicipality": s.getMunicipality, "listEndedMunicipalities": s.listEndedMunicipalities,
		"listArrangements": s.listArrangements, "getArrangement": s.getArrangement, "listProvinces": s.listProvinces,
	}
}

// placeOf is a municipality of which only the register tells.
func placeOf(m register.Municipality) client.Municipality {
	return client.Municipality{
		Code: string(m.Code), Name: m.Name, OIN: m.OIN, RSIN: m.RSIN, KvK: m.KvK, Province: m.Province, Inhabitants: m.Inhabitants,
		Size: string(register.SizeOf(m.Inhabitants)),
	}
}

func municipalityOf(m controller.Municipality) client.Municipality {
	out := placeOf(m.Municipality)
	out.Joined = m.Joined
	return out
}

func usesOf(in []controller.FrameworkUse) []client.FrameworkUse {
	return each(in, func(u controller.FrameworkUse) client.FrameworkUse {
		return client.FrameworkUse{Framework: string(u.Framework), Name: u.Name, Live: u.Live}
	})
}

func arrangementOf(a controller.ArrangementLine) client.Arrangement {
	return client.Arrangement{
		Number: a.ROO, Name: a.Name, Form: a.Form, Since: string(a.Since), Body: a.Body, BodyOIN: a.BodyOIN, Participants: a.Participants,
	}
}

func (s *server) listMunicipalities(c *call) (*reply, error) {
	place, err := c.window()
	if err != nil {
		return nil, err
	}
	f := controller.MunicipalityFilter{Text: c.text("text"), Province: c.text("province"), Size: register.SizeClass(c.text("size")), Place: place}
	found, err := s.act.Municipalities(c.ctx(), c.actor, f)
	if err != nil {
		return nil, err
	}
	return windowPage(c, found, municipalityOf)
}

func (s *server) getMunicipality(c *call) (*reply, error) {
	m, err := s.act.Municipality(c.ctx(), c.actor, register.Code(c.path["code"]))
	if err != nil {
		return nil, err
	}
	return done(client.MunicipalityDetail{
		Municipality: municipalityOf(m.Municipality), Arrangements: each(m.Arrangements, arrangementOf), Groups: each(m.Groups, groupOf),
		Uses: usesOf(m.Uses), Hidden: m.Hidden,
		Predecessors: each(m.Predecessors, func(p controller.Predecessor) client.Predecessor {
			return client.Predecessor{Code: string(p.Code), Name: p.Name, EndedOn: string(p.On)}
		}),
		Neighbours: each(m.Neighbours, func(n controller.Neighbour) client.MunicipalityNeighbour {
			return client.MunicipalityNeighbour{
				Code: string(n.Code), Name: n.Name, Shared: n.Shared, SameProvince: n.SameProvince, SameSize: n.SameSize, Uses: usesOf(n.Uses),
			}
		}),
	})
}

func (s *server) listEndedMunicipalities(c *call) (*reply, error) {
	place, err := c.window()
	if err != nil {
		return nil, err
	}
	found, err := s.act.EndedMunicipalities(c.actor, c.text("text"), place)
	if err != nil {
		return nil, err
	}
	return windowPage(c, found, func(e controller.EndedMunicipality) client.EndedMunicipality {
		return client.EndedMunicipality{Code: string(e.Code), Name: e.Name, EndedOn: string(e.On), Successors: each(e.Successors, placeOf)}
	})
}

func (s *server) listArrangements(c *call) (*reply, error) {
	place, err := c.window()
	if err != nil {
		return nil, err
	}
	found, err := s.act.Arrangements(c.actor, c.text("text"), place)
	if err != nil {
		return nil, err
	}
	return windowPage(c, found, arrangementOf)
}

func (s *server) getArrangement(c *call) (*reply, error) {
	a, err := s.act.Arrangement(c.actor, c.path["code"])
	if err != nil {
		return nil, err
	}
	return done(client.ArrangementDetail{
		Arrangement: arrangementOf(controller.ArrangementLine{Arrangement: a.Arrangement, Participants: len(a.Members)}), Undecided: a.Undecided,
		Members: each(a.Members, func(m controller.ArrangementMember) client.ArrangementMember {
			return client.ArrangementMember{Code: string(m.Code), Name: m.Name, Joined: string(m.Joined)}
		}),
	})
}

func (s *server) listProvinces(c *call) (*reply, error) {
	all, err := s.act.Adoption(c.ctx(), c.actor, "")
	if err != nil {
		return nil, err
	}
	return whole(c, each(all, func(p controller.ProvinceAdoption) client.ProvinceAdoption { return client.ProvinceAdoption(p) }))
}
