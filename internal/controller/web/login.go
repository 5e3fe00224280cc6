// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
)

// loginCookie binds a login at an identity provider to the browser that began it.
const loginCookie = "login"

func (s *server) registerLogin() {
	s.public("GET /login", s.loginPage)
	s.public("POST /login", s.logIn)
	s.public("POST /logout", s.logOut)
	s.public("GET /login/{provider}", s.beginLogin)
	s.public("GET /login/{provider}/callback", s.finishLogin)
	s.public("GET /setup", s.setupPage)
	s.public("POST /setup", s.setUp)
}

// registerNotFound answers every path that no page has.
func (s *server) registerNotFound() {
	s.handle("/", anybody, func(q *request) error {
		q.problem(http.StatusNotFound, "not_found")
		return nil
	})
}

// loginData is what templates/login.html shows.
type loginData struct {
	ReturnTo  string
	Providers []Provider
	Setup     bool // nobody can log in yet
	Public    bool // something can be read without a login
}

func (s *server) loginPage(q *request) error {
	to := q.query("return-to")
	if q.r.Method == http.MethodPost {
		to = q.value("return-to")
	}
	to = operator.LocalPath(to)
	if q.Actor.Account != "" {
		return q.redirect(to, "")
	}
	needed, err := s.people.NeedsSetup(q.Ctx)
	if err != nil {
		return err
	}
	return q.render("login", q.t("login.title"), loginData{ReturnTo: to, Providers: s.cfg.Providers, Setup: needed, Public: s.cfg.Public.Record != nil})
}

func (s *server) logIn(q *request) error {
	secret, _, err := s.people.LogIn(q.Ctx, q.value("email"), q.value("password"), from(q.r), q.r.UserAgent())
	if told, ok := errors.AsType[*operator.Error](err); ok {
		return s.loginAgain(q, told)
	}
	if err != nil {
		return err
	}
	s.enter(q, secret)
	return q.redirect(q.value("return-to"), "")
}

// loginAgain shows the form with what is wrong; the password isn't in it.
func (s *server) loginAgain(q *request, told *operator.Error) error {
	if told.Kind == operator.KindTooMany {
		q.wrong("", "login.too_many", "count", minutes(told.RetryAfter))
		q.w.Header().Set("Retry-After", seconds(told.RetryAfter))
		return s.loginPage(q)
	}
	q.wrong("email", "login.wrong")
	return s.loginPage(q)
}

// enter gives the browser its session. One it still had ends: it may be
// somebody else's on a shared machine.
func (s *server) enter(q *request, secret string) {
	if q.Actor.Account != "" {
		if err := s.people.LogOut(q.Ctx, q.Actor); err != nil {
			s.cfg.Logger.WarnContext(q.Ctx, "earlier session isn't ended", "error", err)
		}
	}
	s.setCookie(q.w, sessionCookie, secret, operator.SessionLifetime)
}

func (s *server) logOut(q *request) error {
	if q.Actor.Account != "" {
		if err := s.people.LogOut(q.Ctx, q.Actor); err != nil {
			return err
		}
	}
	s.setCookie(q.w, sessionCookie, "", -1)
	return q.redirect("/login", "")
}

// beginLogin sends the browser to an identity provider. It is a link and not a
// form, as our policy lets forms go nowhere else.
func (s *server) beginLogin(q *request) error {
	to, err := s.people.BeginLogin(q.Ctx, q.path("provider"), q.query("return-to"))
	if _, told := errors.AsType[*operator.Error](err); err != nil && !told {
		s.cfg.Logger.WarnContext(q.Ctx, "identity provider can't be reached", "provider", q.path("provider"), "error", err)
		return q.signOnFailed(failure{http.StatusBadGateway, "sign_on_away"})
	}
	if err != nil {
		return err
	}
	s.setCookie(q.w, loginCookie, to.Cookie, to.ExpiresAt.Sub(s.cfg.Now()))
	q.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(q.w, q.r, to.URL, http.StatusSeeOther) //nolint:gosec // G710: an address of the configuration
	return nil
}

func (s *server) finishLogin(q *request) error {
	in, err := s.people.FinishLogin(q.Ctx, operator.Callback{
		Provider: q.path("provider"),
		Query:    q.r.URL.Query(), Cookie: s.cookie(q.r, loginCookie), From: from(q.r), Agent: q.r.UserAgent(),
	})
	s.setCookie(q.w, loginCookie, "", -1)
	if told, ok := errors.AsType[*operator.Error](err); ok {
		if f, ok := failureAtSignOn[told.Kind]; ok {
			return q.signOnFailed(f)
		}
	}
	if err != nil {
		return err
	}
	s.enter(q, in.Secret)
	return q.redirect(in.ReturnTo, "")
}

// failureAtSignOn tells somebody who comes back from an identity provider what
// to do. What exactly was wrong stands in the log: it says nothing to a person
// and much to who tries.
var failureAtSignOn = map[operator.Kind]failure{
	operator.KindLogin:     {http.StatusUnauthorized, "sign_on"},
	operator.KindForbidden: {http.StatusForbidden, "sign_on_role"},
	operator.KindConflict:  {http.StatusConflict, "sign_on_email"},
}

func (q *request) signOnFailed(f failure) error {
	data := failureData{Text: q.t("failure." + f.key + ".text"), Again: true}
	return q.renderStatus(f.status, "failure", q.t("failure.sign_on.title"), data)
}

// setupData is what templates/setup.html shows.
type setupData struct{ MinPassword int }

func (s *server) setupPage(q *request) error {
	needed, err := s.people.NeedsSetup(q.Ctx)
	if err != nil {
		return err
	}
	if !needed {
		return q.redirect("/login", "")
	}
	return q.render("setup", q.t("setup.title"), setupData{operator.MinPassword})
}

func (s *server) setUp(q *request) error {
	n := operator.NewAccount{Name: q.value("name"), Email: q.value("email"), Password: q.value("password")}
	if n.Password != q.value("password_again") {
		q.wrong("password_again", "problem.password_again")
		return s.setupPage(q)
	}
	_, err := s.people.SetUp(q.Ctx, q.value("token"), n, from(q.r))
	if told, ok := errors.AsType[*operator.Error](err); ok && told.Kind == operator.KindLogin {
		q.wrong("token", "setup.wrong_token")
		return s.setupPage(q)
	}
	if q.retry(err) {
		return s.setupPage(q)
	}
	if err != nil {
		return err
	}
	secret, _, err := s.people.LogIn(q.Ctx, n.Email, n.Password, from(q.r), q.r.UserAgent())
	if err != nil {
		return err
	}
	s.enter(q, secret)
	return q.redirect("/", "setup.flash.done")
}

// minutes rounds up.
func minutes(d time.Duration) int64 { return int64((d + time.Minute - 1) / time.Minute) }

// seconds is for the header Retry-After.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
