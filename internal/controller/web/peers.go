// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// registerPeers registers the pages of this area.
func (s *server) registerPeers() {
	s.handle("GET /peers", operator.PermissionRead, s.peersList)
	s.handle("GET /peers/{id}", operator.PermissionRead, s.peerDetail)
	s.handle("POST /peers/{id}/probe", operator.PermissionRead, s.peerProbe)
	s.handle("POST /peers/{id}/reconcile", operator.PermissionManage, s.peerReconcile)
	s.handle("POST /peers/{id}/retry", operator.PermissionManage, s.peerRetry)
}

type peersPage struct {
	Rows     []peerRow
	Total    int
	Cursors  cursors
	Filtered bool
}

type peerRow struct {
	controller.KnownPeer
	URL string
}

func peerURL(id fsc.PeerID) string { return "/peers/" + url.PathEscape(string(id)) }

func (s *server) peersList(q *request) error {
	f := controller.PeerFilter{Text: q.query("q"), Place: q.places()}
	w, err := s.cfg.Controller.Peers(q.Ctx, q.Actor, f)
	if err != nil {
		return err
	}
	if q.wants("csv") {
		return q.csv("peers", []string{q.t("peers.name"), "OIN", q.t("peers.manager"), q.t("peers.undelivered")},
			each(w.Items, func(p controller.KnownPeer) []string {
				return []string{p.Name, string(p.ID), p.ManagerAddress, strconv.Itoa(p.Undelivered)}
			}))
	}
	d := &peersPage{Total: w.Total, Cursors: cursorsOf(w.Previous, w.Next), Filtered: f.Text != ""}
	for _, p := range w.Items {
		d.Rows = append(d.Rows, peerRow{KnownPeer: p, URL: peerURL(p.ID)})
	}
	return q.render("peers", q.t("peers.title"), d)
}

type peerPage struct {
	*controller.PeerDetail
	URL            string
	Contracts      []peerContract
	AllContracts   string
	Deliveries     []deliveryRow
	Services       string // leads to what it publishes
	Received, Sent Chart
	Probe          *controller.Probe
	ProbeText      string // key
	Reconciled     *manager.Reconciled
	CLI            string
}

type peerContract struct {
	controller.Contract
	URL, State string
	// Services are the names in its grants.
	Services string
}

type deliveryRow struct {
	manager.Delivery
	URL, Kind string
}

func (s *server) peerDetail(q *request) error {
	if q.wants("csv") {
		return s.peerDeliveries(q)
	}
	return s.peerPage(q, nil, nil)
}

// peerDeliveries gives all messages that haven't arrived as a file.
func (s *server) peerDeliveries(q *request) error {
	all, err := s.cfg.Controller.Undelivered(q.Ctx, q.Actor, fsc.PeerID(q.path("id")))
	if err != nil {
		return err
	}
	header := []string{"id", "kind", "content_hash", "status", "attempts", "created_at", "next_attempt", "last_error"}
	return q.csv("undelivered-"+q.path("id"), header, each(all, func(d manager.Delivery) []string {
		next := ""
		if d.Status == manager.DeliveryWaiting {
			next = momentWord(d.NextAttempt)
		}
		return []string{
			d.ID, string(d.Kind), string(d.ContentHash), string(d.Status), strconv.Itoa(d.Attempts), momentWord(d.CreatedAt), next, d.LastError,
		}
	}))
}

func (s *server) peerPage(q *request, probe *controller.Probe, done *manager.Reconciled) error {
	d, err := s.cfg.Controller.Peer(q.Ctx, q.Actor, fsc.PeerID(q.path("id")))
	if err != nil {
		return err
	}
	p := &peerPage{
		PeerDetail: d, URL: peerURL(d.ID), Probe: probe, Reconciled: done, CLI: "samenspel peer show " + shellWord(string(d.ID)),
		AllContracts: "/contracts?" + url.Values{"peer": {string(d.ID)}}.Encode(),
		Services:     "/directory?" + url.Values{"peer": {string(d.ID)}}.Encode(),
		Received:     q.daily(q.t("peers.received"), d.Received), Sent: q.daily(q.t("peers.sent"), d.Sent),
	}
	switch {
	case done != nil:
		p.CLI = "samenspel peer reconcile " + shellWord(string(d.ID))
	case probe != nil:
		p.CLI = "samenspel peer probe " + shellWord(string(d.ID))
	}
	if probe != nil {
		p.ProbeText = "peers.probe." + string(probe.Problem)
	}
	for i := range d.Contracts {
		p.Contracts = append(p.Contracts, peerContractOf(d.Contracts[i]))
	}
	for _, delivery := range d.Deliveries {
		row := deliveryRow{Delivery: delivery, Kind: "peers.delivery." + string(delivery.Kind)}
		if delivery.ContentHash != "" {
			row.URL = contractURL(delivery.ContentHash)
		}
		p.Deliveries = append(p.Deliveries, row)
	}
	title := brief(d.Name)
	if title == "" {
		title = brief(d.ID)
	}
	return q.render("peer", title, p)
}

func peerContractOf(c controller.Contract) peerContract {
	row := peerContract{Contract: c, URL: contractURL(c.Hash), State: stateKey(c.State)}
	var services []string
	for _, g := range c.Grants {
		if len(services) < 3 {
			services = append(services, visible(g.Service))
		}
	}
	row.Services = strings.Join(services, ", ")
	if len(c.Grants) > len(services) {
		row.Services += ", …"
	}
	if c.AwaitingUs {
		row.State = "waiting"
	}
	return row
}

func (s *server) peerProbe(q *request) error {
	probe, err := s.cfg.Controller.ProbePeer(q.Ctx, q.Actor, fsc.PeerID(q.path("id")))
	if err != nil {
		return err
	}
	return s.peerPage(q, probe, nil)
}

func (s *server) peerReconcile(q *request) error {
	done, err := s.cfg.Controller.ReconcilePeer(q.Ctx, q.Actor, fsc.PeerID(q.path("id")))
	if fsc.CodeOf(err) == fsc.CodeInternal && err != nil && away(err) {
		q.wrong("", "peers.reconcile.away")
		return s.peerPage(q, nil, nil)
	}
	if err != nil {
		return err
	}
	return s.peerPage(q, nil, &done)
}

func (s *server) peerRetry(q *request) error {
	id := fsc.PeerID(q.path("id"))
	n, err := s.cfg.Controller.RetryPeer(q.Ctx, q.Actor, id)
	if err != nil {
		return err
	}
	return q.redirect(peerURL(id), "peers.flash.retry"+plural(int64(n)), "count", n)
}
