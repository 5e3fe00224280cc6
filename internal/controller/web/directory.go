// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/operator"
)

// exportLimit is how many rows a file holds.
const exportLimit = 10_000

// registerDirectory registers the pages of this area.
func (s *server) registerDirectory() {
	s.handle("GET /directory", operator.PermissionRead, s.directoryList)
	s.handle("GET /directory/{peer}/{service}", operator.PermissionRead, s.directoryService)
	s.handle("GET /directory/{peer}/{service}/openapi", operator.PermissionRead, s.directoryReader)
	s.handle("POST /directory/{peer}/{service}/openapi", operator.PermissionRead, s.directorySpec)
}

// places reads the cursor of a list: the key behind which, or in front of which
// it goes on.
func (q *request) places() controller.Place {
	if q.wants("csv") {
		return controller.Place{Limit: exportLimit}
	}
	after, before, err := q.cursor()
	if err != nil {
		return controller.Place{}
	}
	return controller.Place{After: after, Before: before}
}

// cursor gives the key behind which a list goes on, or the one in front of which
// it does; both are empty on the first page.
func (q *request) cursor() (after, before string, err error) {
	text := q.query("cursor")
	kind, key, _ := strings.Cut(text, ":")
	switch {
	case text == "":
		return "", "", nil
	case kind == "after" && key != "":
		return key, "", nil
	case kind == "before" && key != "":
		return "", key, nil
	}
	return "", "", &operator.Error{Kind: operator.KindInvalid, Field: "cursor", Text: "this place in the list can't be read"}
}

// cursors are the links of a list to the parts around it.
type cursors struct{ Previous, Next string }

func cursorsOf(previous, next string) cursors {
	var c cursors
	if previous != "" {
		c.Previous = "before:" + previous
	}
	if next != "" {
		c.Next = "after:" + next
	}
	return c
}

// directoryRow is a service in the list.
type directoryRow struct {
	directory.Listing
	URL      string
	Protocol string // key
	Own      bool
}

type directoryOrganisation struct {
	controller.PublishedOrganisation
	URL string
}

type directoryPage struct {
	View          string
	Rows          []directoryRow
	Organisations []directoryOrganisation
	Total         int
	Cursors       cursors
	Protocols     []option
	Filtered      bool
	// Away tells that the Directories can't be asked now.
	Away bool
}

func (s *server) directoryList(q *request) error {
	f := controller.DirectoryFilter{
		Text: q.query("q"), Peer: fsc.PeerID(q.query("peer")), Protocol: fsc.Protocol(q.query("protocol")), Sort: q.query("sort"), Place: q.places(),
	}
	d := &directoryPage{View: "services", Protocols: q.protocols(true), Filtered: f.Text != "" || f.Peer != "" || f.Protocol != ""}
	if q.query("view") == "organisations" {
		d.View = "organisations"
		return s.directoryOrganisations(q, f, d)
	}
	w, err := s.cfg.Controller.Published(q.Ctx, q.Actor, f)
	if away(err) {
		d.Away = true
		return q.render("directory", q.t("directory.title"), d)
	}
	if err != nil {
		return err
	}
	if q.wants("csv") {
		return q.csv("directory", []string{
			q.t("directory.service"), q.t("directory.provider"), "OIN", q.t("directory.delegator"), q.t("directory.protocol"),
		}, each(w.Items, func(l directory.Listing) []string {
			return []string{l.Name, l.Peer.Name, string(l.Peer.ID), string(l.Delegator.ID), q.t(protocolKey(l.Protocol))}
		}))
	}
	d.Total, d.Cursors = w.Total, cursorsOf(w.Previous, w.Next)
	for _, l := range w.Items {
		d.Rows = append(d.Rows, directoryRow{Listing: l, URL: directoryURL(l.Peer.ID, l.Name), Protocol: protocolKey(l.Protocol), Own: l.Peer.ID == s.self.ID})
	}
	return q.render("directory", q.t("directory.title"), d)
}

func (s *server) directoryOrganisations(q *request, f controller.DirectoryFilter, d *directoryPage) error {
	w, err := s.cfg.Controller.PublishedOrganisations(q.Ctx, q.Actor, f)
	if away(err) {
		d.Away = true
		return q.render("directory", q.t("directory.title"), d)
	}
	if err != nil {
		return err
	}
	if q.wants("csv") {
		return q.csv("organisations", []string{q.t("directory.provider"), "OIN", q.t("directory.services")},
			each(w.Items, func(o controller.PublishedOrganisation) []string {
				return []string{o.Peer.Name, string(o.Peer.ID), q.t("plain", "v", o.Services)}
			}))
	}
	d.Total, d.Cursors = w.Total, cursorsOf(w.Previous, w.Next)
	for _, o := range w.Items {
		d.Organisations = append(d.Organisations, directoryOrganisation{o, "/directory?" + url.Values{"peer": {string(o.Peer.ID)}}.Encode()})
	}
	return q.render("directory", q.t("directory.title"), d)
}

// away tells whether an error only says that the Directories can't be asked.
func away(err error) bool {
	_, told := errors.AsType[*operator.Error](err)
	return err != nil && !told
}

// each makes the rows of a file.
func each[T any](items []T, row func(T) []string) func(yield func([]string, error) bool) {
	return func(yield func([]string, error) bool) {
		for _, item := range items {
			if !yield(row(item), nil) {
				return
			}
		}
	}
}

func directoryURL(p fsc.PeerID, service string) string {
	return "/directory/" + url.PathEscape(string(p)) + "/" + url.PathEscape(service)
}

func protocolKey(p fsc.Protocol) string {
	switch p {
	case fsc.ProtocolHTTP11:
		return "directory.protocol.http11"
	case fsc.ProtocolHTTP2:
		return "directory.protocol.http2"
	}
	return "directory.protocol.other"
}

// protocols are the choices of a form; orAny adds that it doesn't matter.
func (q *request) protocols(orAny bool) []option {
	list := []option{{string(fsc.ProtocolHTTP11), q.t("directory.protocol.http11")}, {string(fsc.ProtocolHTTP2), q.t("directory.protocol.http2")}}
	if orAny {
		return append([]option{{"", q.t("directory.protocol.any")}}, list...)
	}
	return list
}

type directoryDetail struct {
	*controller.PublishedService
	Grants  []grantRow
	History []publicationRow
	Seen    []seenRow
	// AskURL leads to the wizard that proposes a contract.
	AskURL     string
	OpenAPIURL string
	CLI        string
	ShowCLI    string
}

// grantRow is a grant of ours with what the page says of it.
type grantRow struct {
	controller.GrantUse
	State string // of the badge
	URL   string
	// Examples leads to programs that call the service; empty if not usable.
	Examples string
}

func grantRows(grants []controller.GrantUse) []grantRow {
	rows := make([]grantRow, 0, len(grants))
	for _, g := range grants {
		r := grantRow{GrantUse: g, State: stateKey(g.State), URL: contractURL(g.ContentHash)}
		if g.Problem == "" {
			r.Examples = "/applications/examples?" + url.Values{"grant": {string(g.GrantHash)}}.Encode()
		}
		rows = append(rows, r)
	}
	return rows
}

// publicationRow is a publication with what the page says of it.
type publicationRow struct {
	controller.Publication
	State    string // of the badge
	Protocol string // key
	URL      string
}

func publicationRows(list []controller.Publication) []publicationRow {
	rows := make([]publicationRow, 0, len(list))
	for _, p := range list {
		rows = append(rows, publicationRow{Publication: p, State: stateKey(p.State), Protocol: protocolKey(p.Protocol), URL: contractURL(p.ContentHash)})
	}
	return rows
}

// stateKey is the last part of the key of a contract's state.
func stateKey(s fsc.ContractState) string { return strings.ToLower(string(s)) }

func contractURL(h fsc.ContentHash) string { return "/contracts/" + url.PathEscape(string(h)) }

func (s *server) directoryService(q *request) error {
	d, err := s.directoryDetail(q)
	if err != nil {
		return err
	}
	return q.render("directory_service", brief(d.Name), d)
}

func (s *server) directoryDetail(q *request) (*directoryDetail, error) {
	p, err := s.cfg.Controller.PublishedService(q.Ctx, q.Actor, fsc.PeerID(q.path("peer")), q.path("service"))
	if err != nil {
		return nil, err
	}
	d := &directoryDetail{PublishedService: p, Grants: grantRows(p.Grants), History: publicationRows(p.History), Seen: seenRows(p.Seen)}
	d.OpenAPIURL = directoryURL(p.Provider.ID, p.Name) + "/openapi"
	d.CLI = "samenspel contract create --type connection --provider " + shellWord(string(p.Provider.ID)) + " --service " + shellWord(p.Name)
	d.ShowCLI = "samenspel service show " + shellWord(string(p.Provider.ID)) + " " + shellWord(p.Name)
	if !p.Own {
		d.AskURL = askURL(p)
	}
	return d, nil
}

// askURL leads to the wizard with what is known filled in.
func askURL(p *controller.PublishedService) string {
	onBehalf := fsc.PeerID("")
	if i := slices.IndexFunc(p.Listings, func(l controller.PublishedListing) bool { return l.Delegator.ID != "" }); i >= 0 {
		onBehalf = p.Listings[i].Delegator.ID
	}
	return wizardURL(p.Provider.ID, p.Name, onBehalf)
}

// wizardURL leads to the wizard for a connection to a service, which may be
// offered on behalf of somebody.
func wizardURL(provider fsc.PeerID, service string, onBehalf fsc.PeerID) string {
	v := url.Values{"type": {"connection"}, "provider": {string(provider)}, "service": {service}}
	if onBehalf != "" {
		v.Set("serviceDelegator", string(onBehalf))
	}
	return "/contracts/new?" + v.Encode()
}
