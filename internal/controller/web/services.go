// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/limit"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

// registerServices registers the pages of this area. No service can be named
// "-", so that the form for a new one is in nobody's way.
func (s *server) registerServices() {
	s.handle("GET /services", operator.PermissionRead, s.servicesList)
	s.handle("GET /services/-/new", operator.PermissionManage, s.serviceNew)
	s.handle("POST /services", operator.PermissionManage, s.serviceCreate)
	s.handle("GET /services/{name}", operator.PermissionRead, s.serviceDetail)
	s.handle("GET /services/{name}/edit", operator.PermissionManage, s.serviceEdit)
	s.handle("POST /services/{name}", operator.PermissionManage, s.serviceChange)
	s.handle("POST /services/{name}/delete", operator.PermissionManage, s.serviceDelete)
	s.handle("POST /services/{name}/check", operator.PermissionManage, s.serviceCheck)
	s.handle("GET /services/{name}/limits", operator.PermissionManage, s.serviceLimitsForm)
	s.handle("POST /services/{name}/limits", operator.PermissionManage, s.serviceLimits)
	s.handle("GET /services/{name}/publish", operator.PermissionSign, s.servicePublishForm)
	s.handle("POST /services/{name}/publish", operator.PermissionSign, s.servicePublish)
}

type servicesPage struct {
	Rows     []serviceRow
	Total    int
	Cursors  cursors
	Filtered bool
	States   []option
}

type serviceRow struct {
	controller.OwnService
	URL string
	// State is that of the publication as a whole, for the badge.
	State string
}

func (s *server) servicesList(q *request) error {
	f := controller.ServiceFilter{Text: q.query("q"), Published: q.query("published"), Sort: q.query("sort"), Place: q.places()}
	w, err := s.cfg.Controller.Services(q.Ctx, q.Actor, f)
	if err != nil {
		return err
	}
	if q.wants("csv") {
		return q.csv("services", []string{
			q.t("services.name"), q.t("services.published"), q.t("services.users"), q.t("services.calls"),
		}, each(w.Items, func(o controller.OwnService) []string {
			return []string{o.Name, q.t("state." + publicationState(o.Publications)), strconv.Itoa(o.Users), strconv.FormatInt(o.CallsPerDay, 10)}
		}))
	}
	d := &servicesPage{Total: w.Total, Cursors: cursorsOf(w.Previous, w.Next), Filtered: f.Text != "" || f.Published != "", States: []option{
		{"", q.t("services.filter.all")}, {"yes", q.t("services.filter.yes")}, {"no", q.t("services.filter.no")},
	}}
	for _, o := range w.Items {
		d.Rows = append(d.Rows, serviceRow{OwnService: o, URL: serviceURL(o.Name), State: publicationState(o.Publications)})
	}
	return q.render("services", q.t("services.title"), d)
}

func serviceURL(name string) string { return "/services/" + url.PathEscape(name) }

// publicationState sums up publications in one word.
func publicationState(list []controller.Publication) string {
	state := "unpublished"
	for _, p := range list {
		switch p.State {
		case fsc.StateValid:
			return "published"
		case fsc.StateProposed, fsc.StateNotYetValid:
			state = "publishing"
		case fsc.StateRejected, fsc.StateRevoked, fsc.StateExpired:
		}
	}
	return state
}

type servicePage struct {
	*controller.ServiceDetail
	URL, State   string
	Publications []publicationRow
	Ended        []publicationRow
	Users        []serviceUserRow
	Chart        Chart
	// Missing: a publication is valid, but the Directory doesn't list it.
	Missing    bool
	Check      *controller.UpstreamCheck
	ListedAway bool
	CLI        string
	WaitingURL string
	// ContractsURL leads to all contracts about it.
	ContractsURL string
	// Limits has a row for each limit; Limited tells that there is one.
	Limits  []limitRow
	Limited bool
	// Uncovered is how many contracts get no token, as the service requires an
	// agreement and they have none.
	Uncovered int
}

type serviceUserRow struct {
	controller.ServiceUser
	URL string
}

func (s *server) serviceDetail(q *request) error {
	if q.wants("csv") {
		return s.serviceUsers(q)
	}
	return s.servicePage(q, nil)
}

// serviceUsers gives all who may call a service now as a file.
func (s *server) serviceUsers(q *request) error {
	users, err := s.cfg.Controller.ServiceUsers(q.Ctx, q.Actor, q.path("name"))
	if err != nil {
		return err
	}
	header := []string{
		"consumer_peer_id", "consumer", "delegator_peer_id", "delegator", "outway_public_key_thumbprint", "outway_domain_name",
		"not_after", "calls_per_day", "content_hash", "grant_hash",
	}
	return q.csv("users-"+q.path("name"), header, rowsOf(users, func(u controller.ServiceUser) []string {
		return []string{
			string(u.Consumer.ID), u.Consumer.Name, string(u.Delegator.ID), u.Delegator.Name, u.PublicKeyThumbprint, u.DomainName,
			momentWord(u.NotAfter), strconv.FormatInt(u.CallsPerDay, 10), string(u.ContentHash), string(u.GrantHash),
		}
	}))
}

func (s *server) servicePage(q *request, check *controller.UpstreamCheck) error {
	d, err := s.cfg.Controller.Service(q.Ctx, q.Actor, q.path("name"))
	if err != nil {
		return err
	}
	p := &servicePage{
		ServiceDetail: d, URL: serviceURL(d.Name), State: publicationState(d.Publications), Check: check,
		Missing: d.ListedError == nil && d.Published() && len(d.Listed) == 0, ListedAway: d.ListedError != nil,
		Chart: q.daily(q.t("services.chart"), d.Hours), CLI: serviceCLI(d.Service),
		ContractsURL: "/contracts?" + url.Values{"service": {d.Name}, "state": {"valid"}}.Encode(),
		WaitingURL:   "/contracts?" + url.Values{"service": {d.Name}, "state": {"waiting"}}.Encode(),
	}
	p.Limits, p.Limited = q.limitRows(&d.Limits, d.Limited), d.Limits != (limit.Limits{}) || len(d.Limited) > 0
	coverage, err := s.coverageOf(q, d.Service, true)
	if err != nil {
		return err
	}
	if coverage != nil {
		p.Uncovered = coverage.Without
	}
	for _, row := range publicationRows(d.Publications) {
		switch row.Publication.State {
		case fsc.StateValid, fsc.StateProposed, fsc.StateNotYetValid:
			p.Publications = append(p.Publications, row)
		case fsc.StateRejected, fsc.StateRevoked, fsc.StateExpired:
			p.Ended = append(p.Ended, row)
		}
	}
	for _, u := range d.Users {
		p.Users = append(p.Users, serviceUserRow{ServiceUser: u, URL: contractURL(u.ContentHash)})
	}
	return q.render("service", visible(d.Name), p)
}

// daily makes bars of counted hours: one for each day, oldest first.
func (q *request) daily(title string, hours []txlog.Traffic) Chart {
	const days = 7
	c, clock := Chart{Title: title}, location()
	today := q.s.cfg.Now().In(clock)
	for i := days - 1; i >= 0; i-- {
		day := today.AddDate(0, 0, -i)
		b := Bar{Label: strconv.Itoa(day.Day()) + " " + monthNames[q.Lang][day.Month()-1]}
		for _, h := range hours {
			if at := h.Hour.In(clock); at.Year() == day.Year() && at.YearDay() == day.YearDay() {
				b.Count += h.Calls
			}
		}
		c.Bars = append(c.Bars, b)
	}
	return c
}

func serviceCLI(s manager.Service) string {
	words := []string{"samenspel service add", shellWord(s.Name), "--upstream", shellWord(s.Upstream)}
	for _, u := range s.Upstreams()[1:] {
		words = append(words, "--more-upstream", shellWord(u))
	}
	if s.InwayAddress != "" {
		words = append(words, "--inway-address", shellWord(s.InwayAddress))
	}
	if s.RequiresAgreement {
		words = append(words, "--requires-agreement")
	}
	return strings.Join(words, " ")
}

// More gives the further addresses of the source.
func (p *servicePage) More() []string { return p.Upstreams()[1:] }

// MoreLines gives the further addresses of the source, one per line.
func (p *serviceFormPage) MoreLines() string {
	return strings.Join(strings.Fields(p.MoreUpstreams), "\n")
}

type serviceFormPage struct {
	manager.Service
	New          bool
	Action, Back string
	CLI          string
	// Coverage tells what requiring an agreement would stop; nil where it is
	// required already, or where there is no service yet.
	Coverage *controller.AgreementCoverage
}

func (s *server) serviceNew(q *request) error {
	return q.render("service_edit", q.t("services.new"), &serviceFormPage{
		New: true, Action: "/services", Back: "/services", CLI: "samenspel service add NAME --upstream https://source.internal/path",
	})
}

func (s *server) serviceCreate(q *request) error {
	name, err := s.putService(q, strings.TrimSpace(q.value("name")), true)
	if q.retry(err) {
		return s.serviceNew(q)
	}
	if err != nil {
		return err
	}
	return q.redirect(serviceURL(name), "services.flash.put", "name", name)
}

func (s *server) putService(q *request, name string, create bool) (string, error) {
	return name, s.cfg.Controller.PutService(q.Ctx, q.Actor, manager.Service{
		Name: name, Upstream: strings.TrimSpace(q.value("upstream")), MoreUpstreams: strings.Join(strings.Fields(q.value("more_upstreams")), " "),
		InwayAddress:      strings.TrimSpace(q.value("inway_address")),
		RequiresAgreement: q.value("requires_agreement") == "yes",
	}, create)
}

func (s *server) serviceEdit(q *request) error {
	d, err := s.cfg.Controller.OfferedService(q.Ctx, q.Actor, q.path("name"))
	if err != nil {
		return err
	}
	p := &serviceFormPage{Service: d, Action: serviceURL(d.Name), Back: serviceURL(d.Name), CLI: serviceCLI(d)}
	if p.Coverage, err = s.coverageOf(q, d, false); err != nil {
		return err
	}
	return q.render("service_edit", q.t("services.edit", "name", visible(d.Name)), p)
}

func (s *server) serviceChange(q *request) error {
	name, err := s.putService(q, q.path("name"), false)
	if err == nil {
		err = s.requireAgreement(q, name)
	}
	if q.retry(err) {
		return s.serviceEdit(q)
	}
	if err != nil {
		return err
	}
	return q.redirect(serviceURL(name), "services.flash.put", "name", name)
}

// serviceDelete asks first, with what will stop, and then does it.
func (s *server) serviceDelete(q *request) error {
	name := q.path("name")
	if q.value("confirmed") == "yes" {
		if err := s.cfg.Controller.DeleteService(q.Ctx, q.Actor, name); err != nil {
			return err
		}
		return q.redirect("/services", "services.flash.deleted", "name", name)
	}
	impact, err := s.cfg.Controller.ServiceImpact(q.Ctx, q.Actor, name)
	if err != nil {
		return err
	}
	c := confirmation{
		Question: q.t("services.delete.question", "name", name), Action: serviceURL(name) + "/delete",
		Button: q.t("services.delete.button"), Cancel: serviceURL(name), CLI: "samenspel service remove " + shellWord(name),
	}
	if impact.Consumers == 0 {
		c.Consequences = append(c.Consequences, q.t("services.delete.nobody"))
	} else {
		c.Consequences = append(c.Consequences, q.t("services.delete.calls", "count", impact.CallsPerDay),
			q.t("services.delete.users", "count", impact.Consumers))
	}
	c.Consequences = append(c.Consequences, q.t("services.delete.contracts"))
	if len(impact.Publications) > 0 {
		c.Consequences = append(c.Consequences, q.t("services.delete.published"))
	}
	return q.confirm(c)
}

func (s *server) serviceCheck(q *request) error {
	check, err := s.cfg.Controller.CheckUpstream(q.Ctx, q.Actor, q.path("name"))
	if err != nil {
		return err
	}
	return s.servicePage(q, check)
}
