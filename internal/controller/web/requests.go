// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/samenspel/samenspel/internal/operator"
)

func (s *server) registerRequests() {
	s.handle("GET /requests", operator.PermissionRead, s.requestsPage)
	s.handle("POST /requests/{id}/approve", operator.PermissionRead, func(q *request) error { return s.decide(q, true) })
	s.handle("POST /requests/{id}/refuse", operator.PermissionRead, func(q *request) error { return s.decide(q, false) })
	s.handle("POST /requests/{id}/withdraw", operator.PermissionRead, s.withdraw)
}

// historyLength is how many requests that were decided are shown.
const historyLength = 25

// requestLine is a request with what this person may do with it.
type requestLine struct {
	*operator.Request
	State             string // waiting, approved, refused, withdrawn, expired
	Link              string // to what it is about, or empty
	Payload           string // as JSON to read, or empty
	MayDecide, IsMine bool
}

// requestsData is what templates/requests.html shows.
type requestsData struct{ Waiting, Done []requestLine }

func (s *server) requestsPage(q *request) error {
	all, err := s.people.Requests(q.Ctx, q.Actor)
	if err != nil {
		return err
	}
	var d requestsData
	for _, r := range all {
		line := s.requestLine(q, r)
		switch {
		case line.State == "waiting":
			d.Waiting = append(d.Waiting, line)
		case len(d.Done) < historyLength || q.wants("csv"):
			d.Done = append(d.Done, line)
		}
	}
	if q.wants("csv") {
		return q.requestsCSV(append(d.Waiting, d.Done...))
	}
	return q.render("requests", q.t("requests.title"), d)
}

func (s *server) requestLine(q *request, r *operator.Request) requestLine {
	line := requestLine{Request: r, State: r.Decided, IsMine: r.Requester == q.Actor.Account}
	switch {
	case r.Decided != "":
	case !s.cfg.Now().Before(r.ExpiresAt):
		line.State = "expired"
	default:
		line.State = "waiting"
		need, ok := operator.PermissionFor(r.Act)
		line.MayDecide = ok && !line.IsMine && q.can(need)
	}
	if object, _, _ := strings.Cut(r.Act, "."); object == "contract" && r.Act != "contract.propose" {
		line.Link = "/contracts/" + url.PathEscape(r.Object)
	}
	var out bytes.Buffer
	if len(r.Payload) > 0 && json.Indent(&out, r.Payload, "", "  ") == nil {
		line.Payload = out.String()
	}
	return line
}

func (q *request) requestsCSV(lines []requestLine) error {
	header := []string{q.t("requests.when"), q.t("requests.act"), q.t("requests.object"), q.t("requests.who"), q.t("requests.state")}
	return q.csv("requests", header, func(yield func([]string, error) bool) {
		for _, l := range lines {
			at := l.CreatedAt.UTC().Format("2006-01-02T15:04:05Z")
			if !yield([]string{at, l.Act, l.Object, l.Name, q.t("state." + l.State)}, nil) {
				return
			}
		}
	})
}

func (s *server) decide(q *request, approve bool) error {
	if _, err := s.cfg.Controller.Decide(q.Ctx, q.Actor, q.path("id"), approve); err != nil {
		if q.retry(err) {
			return s.requestsPage(q)
		}
		return err
	}
	if approve {
		return q.redirect("/requests", "requests.flash.approved")
	}
	return q.redirect("/requests", "requests.flash.refused")
}

func (s *server) withdraw(q *request) error {
	if err := s.cfg.Controller.Withdraw(q.Ctx, q.Actor, q.path("id")); err != nil {
		return err
	}
	return q.redirect("/requests", "requests.flash.withdrawn")
}
