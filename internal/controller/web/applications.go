// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/url"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// registerApplications registers the pages of this area.
func (s *server) registerApplications() {
	s.handle("GET /applications", operator.PermissionRead, s.applicationsList)
	s.handle("GET /applications/routes/new", operator.PermissionManage, s.routeNew)
	s.handle("POST /applications/routes", operator.PermissionManage, s.routeCreate)
	s.handle("GET /applications/routes/{id}", operator.PermissionRead, s.routeDetail)
	s.handle("GET /applications/routes/{id}/edit", operator.PermissionManage, s.routeEdit)
	s.handle("POST /applications/routes/{id}", operator.PermissionManage, s.routeChange)
	s.handle("POST /applications/routes/{id}/delete", operator.PermissionManage, s.routeDelete)
	s.handle("GET /applications/examples", operator.PermissionRead, s.applicationsExamples)
}

type applicationsPage struct {
	View        string // services or routes
	Outways     []controller.Outway
	Routes      []routeRow
	Connections []connectionRow
	Total       int
	Cursors     cursors
	Filtered    bool
}

type routeRow struct {
	controller.OwnRoute
	URL string
	// State is how the route stands, for the badge.
	State    string
	Examples string
}

type connectionRow struct {
	controller.Connection
	URL, Examples, Contract string
}

func routeURL(id string) string { return "/applications/routes/" + url.PathEscape(id) }

func routeRowOf(r controller.OwnRoute) routeRow {
	return routeRow{
		OwnRoute: r, URL: routeURL(r.ID), State: "route_" + string(r.Choice.Reason),
		Examples: "/applications/examples?" + url.Values{"route": {r.ID}}.Encode(),
	}
}

func (s *server) applicationsList(q *request) error {
	outways, err := s.cfg.Controller.Outways(q.Actor)
	if err != nil {
		return err
	}
	d := &applicationsPage{View: "services", Outways: outways, Filtered: q.query("q") != ""}
	if q.query("view") == "routes" {
		d.View = "routes"
		return s.routesList(q, d)
	}
	f := controller.ConnectionFilter{Text: q.query("q"), After: q.places().After, Before: q.places().Before, Limit: q.places().Limit}
	w, err := s.cfg.Controller.Connections(q.Ctx, q.Actor, f)
	if err != nil {
		return err
	}
	if q.wants("csv") {
		return s.connectionsCSV(q, f)
	}
	d.Cursors = cursorsOf(w.Previous, w.Next)
	for _, c := range w.Items {
		d.Connections = append(d.Connections, connectionRow{
			Connection: c, URL: directoryURL(c.Provider.ID, c.Service), Contract: contractURL(c.ContentHash),
			Examples: "/applications/examples?" + url.Values{"grant": {string(c.GrantHash)}}.Encode(),
		})
	}
	return q.render("applications", q.t("applications.title"), d)
}

// connectionsCSV writes all pages of the list.
func (s *server) connectionsCSV(q *request, f controller.ConnectionFilter) error {
	rows := func(yield func([]string, error) bool) {
		for {
			w, err := s.cfg.Controller.Connections(q.Ctx, q.Actor, f)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, c := range w.Items {
				if !yield([]string{
					c.Service, c.Provider.Name, string(c.Provider.ID), c.Outway, string(c.GrantHash), c.NotAfter.In(location()).Format(time.DateOnly),
				}, nil) {
					return
				}
			}
			if f.After = w.Next; w.Next == "" {
				return
			}
		}
	}
	return q.csv("connections", []string{
		q.t("directory.service"), q.t("directory.provider"), "OIN", q.t("directory.outway"), q.t("applications.grant"), q.t("directory.until"),
	}, rows)
}

func (s *server) routesList(q *request, d *applicationsPage) error {
	w, err := s.cfg.Controller.Routes(q.Ctx, q.Actor, controller.RouteFilter{Text: q.query("q"), Place: q.places()})
	if err != nil {
		return err
	}
	if q.wants("csv") {
		return q.csv("routes", []string{
			q.t("applications.route.host"), q.t("applications.route.path"), q.t("directory.service"), q.t("directory.provider"), "OIN", q.t("directory.state"),
		}, each(w.Items, func(r controller.OwnRoute) []string {
			return []string{r.Host, r.PathPrefix, r.Service, r.Provider.Name, string(r.Provider.ID), q.t("state.route_" + string(r.Choice.Reason))}
		}))
	}
	d.Total, d.Cursors = w.Total, cursorsOf(w.Previous, w.Next)
	for _, r := range w.Items {
		d.Routes = append(d.Routes, routeRowOf(r))
	}
	return q.render("applications", q.t("applications.title"), d)
}

type routePage struct {
	routeRow
	Grants []grantRow
	Ask    string // leads to the wizard for a contract
}

func (s *server) routeDetail(q *request) error {
	r, err := s.cfg.Controller.Route(q.Ctx, q.Actor, q.path("id"))
	if err != nil {
		return err
	}
	return q.render("route", q.t("applications.route.title", "name", visible(r.Host+r.PathPrefix)), &routePage{
		routeRow: routeRowOf(*r), Grants: grantRows(r.Choice.Candidates), Ask: wizardURL(r.Provider.ID, r.Service, r.ServiceDelegator),
	})
}

type routeFormPage struct {
	manager.Route
	New          bool
	Action, Back string
	Services     []string
	Peers        []string
}

func (s *server) routeNew(q *request) error {
	return s.routeForm(q, q.t("applications.route.new"), &routeFormPage{New: true, Action: "/applications/routes", Back: "/applications?view=routes"})
}

func (s *server) routeEdit(q *request) error {
	r, err := s.cfg.Controller.Route(q.Ctx, q.Actor, q.path("id"))
	if err != nil {
		return err
	}
	return s.routeForm(q, q.t("applications.route.edit"), &routeFormPage{Route: r.Route, Action: routeURL(r.ID), Back: routeURL(r.ID)})
}

// routeForm suggests the services there are contracts for.
func (s *server) routeForm(q *request, title string, p *routeFormPage) error {
	w, err := s.cfg.Controller.Connections(q.Ctx, q.Actor, controller.ConnectionFilter{Limit: 100})
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	add := func(list *[]string, v string) {
		if !seen[v] {
			seen[v] = true
			*list = append(*list, v)
		}
	}
	for _, c := range w.Items {
		add(&p.Services, c.Service)
		add(&p.Peers, string(c.Provider.ID))
	}
	return q.render("route_edit", title, p)
}

// routeOf reads the form.
func (q *request) routeOf(id string) manager.Route {
	text := func(field string) string { return strings.TrimSpace(q.value(field)) }
	return manager.Route{
		ID: id, Host: text("host"), PathPrefix: text("path_prefix"), StripPrefix: q.value("strip_prefix") == "yes",
		ServicePeerID: fsc.PeerID(text("service_peer_id")), Service: text("service"),
		Delegator: fsc.PeerID(text("delegator")), ServiceDelegator: fsc.PeerID(text("service_delegator")),
	}
}

func (s *server) routeCreate(q *request) error {
	r, err := s.cfg.Controller.PutRoute(q.Ctx, q.Actor, q.routeOf(""))
	if q.retry(err) {
		return s.routeNew(q)
	}
	if err != nil {
		return err
	}
	return q.redirect(routeURL(r.ID), "applications.flash.put")
}

func (s *server) routeChange(q *request) error {
	r, err := s.cfg.Controller.PutRoute(q.Ctx, q.Actor, q.routeOf(q.path("id")))
	if q.retry(err) {
		return s.routeEdit(q)
	}
	if err != nil {
		return err
	}
	return q.redirect(routeURL(r.ID), "applications.flash.put")
}

func (s *server) routeDelete(q *request) error {
	id := q.path("id")
	if q.value("confirmed") == "yes" {
		if err := s.cfg.Controller.DeleteRoute(q.Ctx, q.Actor, id); err != nil {
			return err
		}
		return q.redirect("/applications?view=routes", "applications.flash.deleted")
	}
	r, err := s.cfg.Controller.Route(q.Ctx, q.Actor, id)
	if err != nil {
		return err
	}
	return q.confirm(confirmation{
		Question:     q.t("applications.route.delete.question", "name", visible(r.Host+r.PathPrefix)),
		Consequences: []string{q.t("applications.route.delete.calls"), q.t("applications.route.delete.contracts")},
		Action:       routeURL(id) + "/delete", Button: q.t("applications.route.delete.button"), Cancel: routeURL(id),
	})
}

type examplesPage struct {
	*controller.Examples
	Route, Grant, Path string
	Language           string
	Languages          []option
	Code               string
}

func (s *server) applicationsExamples(q *request) error {
	query := controller.ExampleQuery{RouteID: q.query("route"), GrantHash: fsc.GrantHash(q.query("grant")), Path: q.query("path")}
	if query.RouteID == "" && query.GrantHash == "" {
		return q.redirect("/applications", "") // where one is chosen
	}
	e, err := s.cfg.Controller.Examples(q.Ctx, q.Actor, query)
	if query.Path != "" && q.retry(err) {
		query.Path = ""
		e, err = s.cfg.Controller.Examples(q.Ctx, q.Actor, query)
	}
	if err != nil {
		return err
	}
	d := &examplesPage{Examples: e, Route: query.RouteID, Grant: string(query.GrantHash), Path: query.Path}
	for _, one := range e.List {
		d.Languages = append(d.Languages, option{one.Language, q.t("applications.language." + one.Language)})
		if one.Language == q.query("language") || d.Code == "" {
			d.Language, d.Code = one.Language, one.Code
		}
	}
	return q.render("examples", q.t("applications.examples.title"), d)
}
