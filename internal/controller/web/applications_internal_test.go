// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/url"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
)

func applicationsFixtures() []fixture {
	outways := []controller.Outway{{Name: "main", Address: "http://127.0.0.1:8080", PublicKeyThumbprint: "abab"}, {Name: hostileText}}
	connections := []connectionRow{}
	for _, g := range testGrants() {
		connections = append(connections, connectionRow{Connection: controller.Connection{Provider: hostilePeer, Service: hostileText, GrantUse: g}, URL: "/directory/a/b", Examples: "/applications/examples?grant=x", Contract: "/contracts/x"})
	}
	var routes []routeRow
	for _, reason := range []controller.ChoiceReason{controller.ChoiceServed, controller.ChoiceAmbiguous, controller.ChoiceUnusable, controller.ChoiceNone} {
		routes = append(routes, routeRowOf(controller.OwnRoute{
			Route:    manager.Route{ID: "x", Host: "bag.test", PathPrefix: "/bag", ServicePeerID: kadaster.ID, Service: "bag", Origin: manager.OriginStored},
			Provider: kadaster, Choice: controller.RouteChoice{Reason: reason},
		}))
	}
	hostile := controller.OwnRoute{Provider: hostilePeer, Choice: controller.RouteChoice{Reason: controller.ChoiceNone}, Route: manager.Route{
		ID: hostileText, Host: hostileText, PathPrefix: hostileText, StripPrefix: true, Service: hostileText,
		Delegator: fsc.PeerID(hostileText), ServiceDelegator: fsc.PeerID(hostileText), Origin: manager.OriginConfiguration,
	}}
	languages := []option{{"curl", "curl"}, {"go", "Go"}}
	fixtures := []fixture{
		{page: "applications", name: "full", data: &applicationsPage{View: "services", Outways: outways, Connections: connections, Cursors: cursors{"a", "b"}}},
		{page: "applications", name: "routes", path: "/applications?view=routes", data: &applicationsPage{View: "routes", Outways: outways, Routes: append(routes, routeRowOf(hostile)), Total: 5}},
		{page: "applications", name: "empty", data: &applicationsPage{View: "services"}},
		{page: "applications", name: "no routes", data: &applicationsPage{View: "routes"}},
		{page: "applications", name: "none found", data: &applicationsPage{View: "services", Filtered: true}},
		{page: "applications", name: "no routes found", data: &applicationsPage{View: "routes", Filtered: true}},
		{page: "route", name: "hostile", data: &routePage{routeRow: routeRowOf(hostile), Ask: "/contracts/new"}},
		{page: "route_edit", name: "new", data: &routeFormPage{New: true, Action: "/x", Back: "/y"}},
		{page: "route_edit", name: "full", data: &routeFormPage{Route: hostile.Route, Action: "/x", Back: "/y", Services: []string{hostileText}, Peers: []string{hostileText}}},
		{page: "route_edit", name: "wrong", problems: problems{{"host", hostileText}, {"service_peer_id", "x"}}, form: url.Values{"strip_prefix": {"yes"}}, data: &routeFormPage{Action: "/x", Back: "/y"}},
		{page: "examples", name: "full", data: &examplesPage{Examples: &controller.Examples{URL: "http://127.0.0.1:8080/", GrantHash: testHash}, Grant: testHash, Languages: languages, Language: "curl", Code: "curl"}},
		{page: "examples", name: "hostile", problems: problems{{"path", "x"}}, data: &examplesPage{Examples: &controller.Examples{URL: hostileText, Host: hostileText}, Route: hostileText, Languages: languages, Code: hostileText}},
	}
	for _, r := range routes {
		fixtures = append(fixtures, fixture{page: "route", name: r.State, data: &routePage{routeRow: r, Grants: grantRows(testGrants()), Ask: "/contracts/new"}})
	}
	return fixtures
}
