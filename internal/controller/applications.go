// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// maxConnections is the most contracts that are searched at once.
const maxConnections = 200

// Connection is a service that this Peer's applications can call, under one grant.
type Connection struct {
	Provider fsc.Peer
	Service  string
	GrantUse
}

// ConnectionFilter selects connections; zero fields don't filter.
type ConnectionFilter struct {
	Text string // as in contracts: services, OINs and names of organisations
	// After or Before continue a listing, with what the window gave.
	After, Before string
	Limit         int // contracts, of which one can hold several; 0: 25; at most 200
}

// Outways lists this Peer's own, by which contracts and examples name them.
func (c *Controller) Outways(a operator.Actor) ([]Outway, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	return c.cfg.Outways(), nil
}

// Connections lists what this Peer's applications can call now, newest contract
// first. Its Total is 0: connections aren't counted.
func (c *Controller) Connections(ctx context.Context, a operator.Actor, f ConnectionFilter) (Window[Connection], error) {
	var w Window[Connection]
	if err := c.view(a, operator.PermissionRead); err != nil {
		return w, err
	}
	s := manager.ContractSearch{Text: f.Text, State: fsc.StateValid, Role: manager.RoleConsumer, Limit: min(max(f.Limit, 0), maxConnections)}
	if s.Limit == 0 {
		s.Limit = defaultLimit
	}
	var err error
	if s.After, err = manager.ParseContractPlace(f.After); err != nil {
		return w, ofField(err)
	}
	if s.Before, err = manager.ParseContractPlace(f.Before); err != nil {
		return w, ofField(err)
	}
	page, err := c.cfg.Manager.SearchContracts(ctx, s)
	if err != nil {
		return w, ofField(err)
	}
	known, err := c.lookUp(ctx, partiesOf(page.Contracts)...)
	if err != nil {
		return w, err
	}
	for _, contract := range page.Contracts {
		for i := range contract.Content.Grants {
			if g := &contract.Content.Grants[i]; g.Type.IsConnection() && g.Outway.PeerID == c.Self().ID {
				w.Items = append(w.Items, Connection{Provider: known.peer(g.Service.PeerID), Service: g.Service.Name, GrantUse: c.useOf(contract, g, known)})
			}
		}
	}
	if page.Next != nil {
		w.Next = page.Next.String()
	}
	if page.Previous != nil {
		w.Previous = page.Previous.String()
	}
	return w, nil
}

func partiesOf(contracts []*manager.Contract) []fsc.PeerID {
	var ids []fsc.PeerID
	for _, contract := range contracts {
		ids = append(ids, contract.Content.Parties()...)
	}
	return ids
}

// RouteFilter selects routes; zero fields don't filter.
type RouteFilter struct {
	Text string // in host, path, service, OIN or name of the provider
	Place
}

// OwnRoute is a route with the contract that serves it now.
type OwnRoute struct {
	manager.Route
	Provider fsc.Peer
	Choice   RouteChoice
}

// Editable tells whether the route can be changed here; those of the
// configuration can't.
func (r OwnRoute) Editable() bool { return r.Origin == manager.OriginStored }

// Routes lists the routes of this Peer's Outways, in the order in which they
// count: those of the configuration first.
func (c *Controller) Routes(ctx context.Context, a operator.Actor, f RouteFilter) (Window[OwnRoute], error) {
	var none Window[OwnRoute]
	if err := c.view(a, operator.PermissionRead); err != nil {
		return none, err
	}
	routes, err := c.cfg.Manager.ListRoutes(ctx)
	if err != nil {
		return none, err
	}
	var ids []fsc.PeerID
	for _, r := range routes {
		ids = append(ids, r.ServicePeerID)
	}
	known, err := c.lookUp(ctx, ids...)
	if err != nil {
		return none, err
	}
	var list []OwnRoute
	for _, r := range routes {
		p := known.peer(r.ServicePeerID)
		if contains(strings.Fields(strings.ToLower(f.Text)), r.Host, r.PathPrefix, r.Service, string(p.ID), p.Name) {
			list = append(list, OwnRoute{Route: r, Provider: p})
		}
	}
	w := cut(list, func(r OwnRoute) string { return r.ID }, f.Place)
	for i := range w.Items {
		if w.Items[i].Choice, err = c.choose(ctx, w.Items[i].Route); err != nil {
			return none, err
		}
	}
	return w, nil
}

// Route gives one route with the contract that serves it.
func (c *Controller) Route(ctx context.Context, a operator.Actor, id string) (*OwnRoute, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	r, err := c.findRoute(ctx, id)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, notFound("there is no such route")
	}
	known, err := c.lookUp(ctx, r.ServicePeerID)
	if err != nil {
		return nil, err
	}
	choice, err := c.choose(ctx, *r)
	return &OwnRoute{Route: *r, Provider: known.peer(r.ServicePeerID), Choice: choice}, err
}

// findRoute finds a route, or nil.
func (c *Controller) findRoute(ctx context.Context, id string) (*manager.Route, error) {
	routes, err := c.cfg.Manager.ListRoutes(ctx)
	for i := range routes {
		if routes[i].ID == id {
			return &routes[i], err
		}
	}
	return nil, err
}

// PutRoute makes a route, or changes the stored one with the same ID.
func (c *Controller) PutRoute(ctx context.Context, a operator.Actor, r manager.Route) (manager.Route, error) {
	var before manager.Route
	if r.ID != "" {
		found, err := c.findRoute(ctx, r.ID)
		if err != nil {
			return r, err
		}
		if found == nil {
			return r, c.act(ctx, a, operator.PermissionManage, operator.Event{Act: "route.put", Object: r.ID}, func() error {
				return notFound("there is no such route")
			})
		}
		before = *found
	}
	e := operator.Event{Act: "route.put", Object: routeName(r), Changes: routeChanges(before, r)}
	err := c.act(ctx, a, operator.PermissionManage, e, func() (err error) {
		if before.Origin == manager.OriginConfiguration {
			return &operator.Error{Kind: operator.KindConflict, Text: "this route stands in the configuration and is changed there"}
		}
		r, err = c.cfg.Manager.PutRoute(ctx, r)
		return ofField(err)
	})
	return r, err
}

// DeleteRoute removes a stored route.
func (c *Controller) DeleteRoute(ctx context.Context, a operator.Actor, id string) error {
	r, err := c.findRoute(ctx, id)
	if err != nil {
		return err
	}
	e := operator.Event{Act: "route.delete", Object: id}
	if r != nil {
		e.Object, e.Changes = routeName(*r), routeChanges(*r, manager.Route{})
	}
	return c.act(ctx, a, operator.PermissionManage, e, func() error {
		switch {
		case r == nil:
			return notFound("there is no such route")
		case r.Origin == manager.OriginConfiguration:
			return &operator.Error{Kind: operator.KindConflict, Text: "this route stands in the configuration and is changed there"}
		}
		return c.cfg.Manager.DeleteRoute(ctx, id)
	})
}

// routeName names a route in the audit trail: host and path.
func routeName(r manager.Route) string { return r.Host + r.PathPrefix }

func routeChanges(before, after manager.Route) []operator.Change {
	return differences(
		"host", before.Host, after.Host, "path_prefix", before.PathPrefix, after.PathPrefix,
		"strip_prefix", strconv.FormatBool(before.StripPrefix), strconv.FormatBool(after.StripPrefix),
		"service_peer_id", string(before.ServicePeerID), string(after.ServicePeerID), "service", before.Service, after.Service,
		"delegator", string(before.Delegator), string(after.Delegator),
		"service_delegator", string(before.ServiceDelegator), string(after.ServiceDelegator),
	)
}
