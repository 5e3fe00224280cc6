// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/url"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
)

func (s *server) registerOwnPassword() {
	s.handle("POST /people/{id}/link", operator.PermissionPeople, s.makeLink)
	s.handle("GET /account/own-password", anybody, s.ownPasswordPage)
	s.handle("POST /account/own-password", anybody, s.choosePassword)
}

// linkData is what templates/link.html shows: the only time that the code of a
// link is seen.
type linkData struct {
	Account *operator.Account
	URL     string
	Expires time.Time
}

func (s *server) makeLink(q *request) error {
	a, err := s.people.Account(q.Ctx, q.Actor, operator.AccountID(q.path("id")))
	if err != nil {
		return err
	}
	code, expires, err := s.people.NewPasswordLink(q.Ctx, q.Actor, a.ID)
	if err != nil {
		return err
	}
	at := url.URL{Scheme: "http", Host: q.r.Host, Path: "/account/own-password", RawQuery: url.Values{"link_code": {code}}.Encode()}
	if s.cfg.Secure {
		at.Scheme = "https"
	}
	return q.render("link", q.t("link.title"), linkData{a, at.String(), expires})
}

// ownPasswordData is what templates/ownpassword.html shows.
type ownPasswordData struct {
	Account  *operator.Account
	LinkCode string
}

func (s *server) ownPasswordPage(q *request) error {
	a, err := s.people.Account(q.Ctx, q.Actor, q.Actor.Account)
	if err != nil {
		return err
	}
	return q.render("ownpassword", q.t("own_password.title"), ownPasswordData{a, q.query("link_code")})
}

func (s *server) choosePassword(q *request) error {
	if q.value("password") != q.value("password_again") {
		q.wrong("password_again", "problem.password_again")
		return s.ownPasswordPage(q)
	}
	err := s.people.ChoosePassword(q.Ctx, q.Actor, q.value("link_code"), q.value("old_password"), q.value("password"))
	if q.retry(err) {
		return s.ownPasswordPage(q)
	}
	if err != nil {
		return err
	}
	return q.redirect("/", "own_password.flash")
}
