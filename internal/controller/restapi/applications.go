// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"net/http"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/manager"
)

func (s *server) applicationHandlers() map[string]handler {
	return map[string]handler{
		"listOutways": s.listOutways, "listConnections": s.listConnections, "listRoutes": s.listRoutes, "createRoute": s.createRoute,
		"getRoute": s.getRoute, "putRoute": s.putRoute, "deleteRoute": s.deleteRoute, "getExamples": s.getExamples,
	}
}

func outwayOf(o controller.Outway) client.Outway { return client.Outway(o) }

func (s *server) listOutways(c *call) (*reply, error) {
	outways, err := s.act.Outways(c.actor)
	if err != nil {
		return nil, err
	}
	return whole(c, each(outways, outwayOf))
}

func (s *server) listConnections(c *call) (*reply, error) {
	after, before, err := c.cursor()
	if err != nil {
		return nil, err
	}
	found, err := s.act.Connections(c.ctx(), c.actor, controller.ConnectionFilter{Text: c.text("text"), After: after, Before: before, Limit: c.limit()})
	if err != nil {
		return nil, err
	}
	return windowPage(c, found, func(v controller.Connection) client.Connection {
		return client.Connection{Provider: peerOf(v.Provider), Service: v.Service, Grant: grantUseOf(v.GrantUse)}
	})
}

func routeFormOf(r manager.Route) client.RouteForm {
	return client.RouteForm{
		Host: r.Host, PathPrefix: r.PathPrefix, StripPrefix: r.StripPrefix, ServicePeerID: r.ServicePeerID, Service: r.Service,
		Delegator: r.Delegator, ServiceDelegator: r.ServiceDelegator,
	}
}

func routeFrom(id string, f client.RouteForm) manager.Route {
	return manager.Route{
		ID: id, Host: f.Host, PathPrefix: f.PathPrefix, StripPrefix: f.StripPrefix, ServicePeerID: f.ServicePeerID, Service: f.Service,
		Delegator: f.Delegator, ServiceDelegator: f.ServiceDelegator,
	}
}

func routeOf(r controller.OwnRoute) client.Route {
	out := client.Route{
		RouteForm: routeFormOf(r.Route), ID: r.ID, Origin: string(r.Origin), CreatedAt: utc(r.CreatedAt), Provider: peerOf(r.Provider),
		Choice: client.RouteChoice{Reason: string(r.Choice.Reason), Candidates: each(r.Choice.Candidates, grantUseOf)},
	}
	if r.Choice.Grant != nil {
		g := grantUseOf(*r.Choice.Grant)
		out.Choice.Grant = &g
	}
	return out
}

func (s *server) listRoutes(c *call) (*reply, error) {
	place, err := c.window()
	if err != nil {
		return nil, err
	}
	found, err := s.act.Routes(c.ctx(), c.actor, controller.RouteFilter{Text: c.text("text"), Place: place})
	if err != nil {
		return nil, err
	}
	return windowPage(c, found, routeOf)
}

func (s *server) getRoute(c *call) (*reply, error) {
	r, err := s.act.Route(c.ctx(), c.actor, c.path["id"])
	if err != nil {
		return nil, err
	}
	return tagged(http.StatusOK, routeOf(*r), "", routeFormOf(r.Route))
}

func (s *server) routeVersion(c *call) func() (any, error) {
	return func() (any, error) {
		r, err := s.act.Route(c.ctx(), c.actor, c.path["id"])
		if err != nil {
			return nil, err
		}
		return routeFormOf(r.Route), nil
	}
}

func (s *server) createRoute(c *call) (*reply, error) {
	in, err := decode[client.RouteForm](c)
	if err != nil {
		return nil, err
	}
	r, err := s.putAndRead(c, routeFrom("", in))
	if err != nil {
		return nil, err
	}
	return tagged(http.StatusCreated, routeOf(*r), "/routes/"+r.ID, routeFormOf(r.Route))
}

func (s *server) putAndRead(c *call, r manager.Route) (*controller.OwnRoute, error) {
	put, err := s.act.PutRoute(c.ctx(), c.actor, r)
	if err != nil {
		return nil, err
	}
	return s.act.Route(c.ctx(), c.actor, put.ID)
}

func (s *server) putRoute(c *call) (*reply, error) {
	in, err := decode[client.RouteForm](c)
	if err != nil {
		return nil, err
	}
	return s.change(c, s.routeVersion(c), func() (*reply, error) {
		r, err := s.putAndRead(c, routeFrom(c.path["id"], in))
		if err != nil {
			return nil, err
		}
		return tagged(http.StatusOK, routeOf(*r), "", routeFormOf(r.Route))
	})
}

func (s *server) deleteRoute(c *call) (*reply, error) {
	return s.change(c, s.routeVersion(c), func() (*reply, error) {
		if err := s.act.DeleteRoute(c.ctx(), c.actor, c.path["id"]); err != nil {
			return nil, err
		}
		return gone()
	})
}

func (s *server) getExamples(c *call) (*reply, error) {
	e, err := s.act.Examples(c.ctx(), c.actor, controller.ExampleQuery{
		RouteID: c.text("routeId"), GrantHash: fsc.GrantHash(c.text("grantHash")), Path: c.text("path"),
	})
	if err != nil {
		return nil, err
	}
	return done(client.Examples{
		URL: e.URL, Host: e.Host, GrantHash: e.GrantHash,
		Programs: each(e.List, func(p controller.Example) client.Program { return client.Program(p) }),
	})
}
