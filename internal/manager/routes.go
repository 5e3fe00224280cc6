// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"errors"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

const (
	maxRoutes     = 10_000
	maxHost       = 253
	maxPathPrefix = 1024
)

// Route leads calls of applications to a service, by the host or the beginning
// of the path of the request, or both.
type Route struct {
	ID string // a UUID; of routes of the configuration "configuration-1" and so on
	// Host is without port and in lower case; empty is any.
	Host string
	// PathPrefix begins with a slash and ends where a segment ends; of those that
	// fit, the longest counts.
	PathPrefix string
	// StripPrefix removes the prefix before the call is sent on.
	StripPrefix   bool
	ServicePeerID fsc.PeerID
	Service       string
	// Delegator picks the contract in which this Peer acts for another one,
	// ServiceDelegator the one in which the provider does; empty doesn't pick.
	Delegator, ServiceDelegator fsc.PeerID
	CreatedAt                   time.Time // zero for routes of the configuration
	Origin                      Origin
}

// PutRoute stores a route, or changes the one of that ID; without ID it is a new
// one. It gives the route as stored, and all Outways of this Peer get it. What is
// wrong with a field is a *FieldError; a host and prefix that another route has
// is a conflict.
func (m *Manager) PutRoute(ctx context.Context, r Route) (Route, error) {
	r.Origin = OriginStored
	r.Host = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(r.Host)), ".")
	r.PathPrefix = strings.TrimRight(strings.TrimSpace(r.PathPrefix), "/")
	if err := r.check(); err != nil {
		return Route{}, err
	}
	id, err := newID(r.ID)
	if err != nil {
		return Route{}, err
	}
	var put Route
	err = m.update(ctx, func(tx Tx) error {
		routes, err := tx.ListRoutes(ctx)
		if err != nil {
			return err
		}
		if put, err = m.placeRoute(r, routes); err != nil {
			return err
		}
		put.ID = id
		return tx.PutRoute(ctx, put)
	})
	return put, err
}

// placeRoute checks a route against the others.
func (m *Manager) placeRoute(r Route, stored []Route) (Route, error) {
	taken := func(o Route) bool { return o.ID != r.ID && o.Host == r.Host && o.PathPrefix == r.PathPrefix }
	field := "host"
	if r.Host == "" {
		field = "path_prefix"
	}
	if i := slices.IndexFunc(stored, func(o Route) bool { return o.ID == r.ID }); r.ID == "" {
		r.CreatedAt = m.storedNow()
	} else if i < 0 {
		return r, notFound("route", r.ID)
	} else {
		r.CreatedAt = stored[i].CreatedAt
	}
	switch {
	case slices.ContainsFunc(m.configuredRoutes(), taken):
		return r, &FieldError{Field: field, Text: "and path prefix are those of a route of the configuration", Conflict: true}
	case slices.ContainsFunc(stored, taken):
		return r, &FieldError{Field: field, Text: "and path prefix are those of another route", Conflict: true}
	case r.ID == "" && len(stored) >= maxRoutes:
		return r, &FieldError{Field: field, Text: "can't be added: there are " + strconv.Itoa(maxRoutes) + " routes already"}
	}
	return r, nil
}

// DeleteRoute removes a stored route.
func (m *Manager) DeleteRoute(ctx context.Context, id string) error {
	err := m.update(ctx, func(tx Tx) error { return tx.DeleteRoute(ctx, id) })
	if errors.Is(err, ErrNotFound) {
		return notFound("route", id)
	}
	return err
}

// ListRoutes lists the routes of the configuration, which win, and then those
// that people stored, by host and prefix.
func (m *Manager) ListRoutes(ctx context.Context) (routes []Route, err error) {
	err = m.cfg.Store.View(ctx, func(tx Tx) error {
		stored, err := tx.ListRoutes(ctx)
		routes = append(m.configuredRoutes(), stored...)
		return err
	})
	return routes, err
}

// configuredRoutes gives the routes of the configuration in the form of stored
// ones.
func (m *Manager) configuredRoutes() []Route {
	out := make([]Route, 0, len(m.cfg.Routes))
	for i, r := range m.cfg.Routes {
		r.ID, r.Origin = "configuration-"+strconv.Itoa(i+1), OriginConfiguration
		r.Host = strings.TrimSuffix(strings.ToLower(r.Host), ".")
		r.PathPrefix = strings.TrimRight(r.PathPrefix, "/")
		out = append(out, r)
	}
	return out
}

var (
	hostPattern = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$`)
	// Segments of letters that may stand in a path as they are, or escaped.
	prefixPattern = regexp.MustCompile(`^(/([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)*$`)
)

func (r *Route) check() error {
	switch {
	case r.Host == "" && r.PathPrefix == "":
		return &FieldError{Field: "host", Text: "or path_prefix is needed"}
	case r.Host != "" && !validHost(r.Host):
		return &FieldError{Field: "host", Text: "must be a host name without port, like brp.apps.example"}
	case len(r.PathPrefix) > maxPathPrefix || !prefixPattern.MatchString(r.PathPrefix):
		return &FieldError{Field: "path_prefix", Text: "must be the beginning of a path, like /brp"}
	case r.PathPrefix == "" && r.StripPrefix:
		return &FieldError{Field: "strip_prefix", Text: "needs a path prefix"}
	case r.ServicePeerID.Validate() != nil:
		return &FieldError{Field: "service_peer_id", Text: "must be the ID of a Peer"}
	case fsc.ValidateServiceName(r.Service) != nil:
		return &FieldError{Field: "service", Text: "must be the name of a service"}
	case r.Delegator != "" && r.Delegator.Validate() != nil:
		return &FieldError{Field: "delegator", Text: "must be the ID of a Peer"}
	case r.ServiceDelegator != "" && r.ServiceDelegator.Validate() != nil:
		return &FieldError{Field: "service_delegator", Text: "must be the ID of a Peer"}
	}
	return nil
}

// validHost takes what the Host of a request can be: a name, or an address as
// it stands in a URL.
func validHost(host string) bool {
	if in, ok := strings.CutPrefix(host, "["); ok {
		in, closed := strings.CutSuffix(in, "]")
		a, err := netip.ParseAddr(in)
		return closed && err == nil && a.Is6() && a.Zone() == ""
	}
	return len(host) <= maxHost && hostPattern.MatchString(host)
}
