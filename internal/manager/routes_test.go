// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

func TestARouteReachesTheOutways(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, bart)
	changed := n.Changed()
	r, err := n.PutRoute(t.Context(), manager.Route{Host: " BRP.Apps.Example. ", PathPrefix: "/v2/", StripPrefix: true, ServicePeerID: anna, Service: "persons"})
	must(t, err)
	select {
	case <-changed:
	default:
		t.Error("nobody is told")
	}
	equal(t, "host", r.Host, "brp.apps.example")
	equal(t, "prefix", r.PathPrefix, "/v2")
	equal(t, "origin", r.Origin, manager.OriginStored)
	r.Delegator = carla
	w.clock.advance(time.Hour)
	r, err = n.PutRoute(t.Context(), r)
	must(t, err)
	equal(t, "created", r.CreatedAt, start)
	s, err := n.OutwaySnapshot(t.Context())
	must(t, err)
	equalAll(t, "routes of the snapshot", s.Routes, []manager.Route{r})
	must(t, n.DeleteRoute(t.Context(), r.ID))
	s, err = n.OutwaySnapshot(t.Context())
	must(t, err)
	equal(t, "routes", len(s.Routes), 0)
	refused(t, n.DeleteRoute(t.Context(), r.ID), fsc.CodeNotFound)
	_, err = n.PutRoute(t.Context(), r)
	refused(t, err, fsc.CodeNotFound)
}

func TestTwoRoutesCanNotHaveOneHostAndPrefix(t *testing.T) {
	n := newWorld(t).node(t, bart, func(c *manager.Config) {
		c.Routes = []manager.Route{{Host: "Fixed.Example", ServicePeerID: anna, Service: "persons"}}
	})
	stored, err := n.PutRoute(t.Context(), manager.Route{PathPrefix: "/brp", ServicePeerID: anna, Service: "persons"})
	must(t, err)
	_, err = n.PutRoute(t.Context(), manager.Route{PathPrefix: "/brp/", ServicePeerID: anna, Service: "letters"})
	equal(t, "conflict", wrong(t, err, "path_prefix").Conflict, true)
	_, err = n.PutRoute(t.Context(), manager.Route{Host: "fixed.example", ServicePeerID: anna, Service: "letters"})
	equal(t, "conflict with the configuration", wrong(t, err, "host").Conflict, true)
	_, err = n.PutRoute(t.Context(), manager.Route{Host: "fixed.example", PathPrefix: "/brp", ServicePeerID: anna, Service: "letters"})
	must(t, err)
	routes, err := n.ListRoutes(t.Context())
	must(t, err)
	equal(t, "routes", len(routes), 3)
	equal(t, "the configuration comes first", routes[0].ID+" "+string(routes[0].Origin)+" "+routes[0].Host, "configuration-1 configuration fixed.example")
	equal(t, "by host", routes[1].ID, stored.ID)
	refused(t, n.DeleteRoute(t.Context(), "configuration-1"), fsc.CodeNotFound)
}

func TestAWrongRouteIsRefusedWithItsField(t *testing.T) {
	n := newWorld(t).node(t, bart)
	for _, test := range []struct {
		field  string
		change func(*manager.Route)
	}{
		{"host", func(r *manager.Route) { r.Host, r.PathPrefix = "", "/" }},
		{"host", func(r *manager.Route) { r.Host = "a b" }},
		{"host", func(r *manager.Route) { r.Host = "brp.example:8080" }},
		{"host", func(r *manager.Route) { r.Host = "http://brp.example" }},
		{"host", func(r *manager.Route) { r.Host = "[::1" }},
		{"host", func(r *manager.Route) { r.Host = strings.Repeat("a.", 127) + "a" }},
		{"path_prefix", func(r *manager.Route) { r.PathPrefix = "brp" }},
		{"path_prefix", func(r *manager.Route) { r.PathPrefix = "/a//b" }},
		{"path_prefix", func(r *manager.Route) { r.PathPrefix = "/a?b" }},
		{"path_prefix", func(r *manager.Route) { r.PathPrefix = "/" + strings.Repeat("a", 1024) }},
		{"strip_prefix", func(r *manager.Route) { r.PathPrefix, r.StripPrefix = "", true }},
		{"service_peer_id", func(r *manager.Route) { r.ServicePeerID = "" }},
		{"service", func(r *manager.Route) { r.Service = "no good" }},
		{"delegator", func(r *manager.Route) { r.Delegator = "x" }},
		{"service_delegator", func(r *manager.Route) { r.ServiceDelegator = "x" }},
	} {
		r := manager.Route{Host: "brp.example", PathPrefix: "/v2", ServicePeerID: anna, Service: "persons"}
		test.change(&r)
		_, err := n.PutRoute(t.Context(), r)
		equal(t, "conflict", wrong(t, err, test.field).Conflict, false)
	}
	for _, host := range []string{"localhost", "127.0.0.1", "[::1]", "my_app.internal"} {
		_, err := n.PutRoute(t.Context(), manager.Route{Host: host, ServicePeerID: anna, Service: "persons"})
		must(t, err)
	}
}
