// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"strconv"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
)

func (s *server) registerAccount() {
	s.handle("GET /account", anybody, s.accountPage)
	s.handle("POST /account/password", anybody, s.changePassword)
	s.handle("POST /account/sessions/end", anybody, s.endOwnSessions)
	s.handle("POST /account/sessions/{id}/end", anybody, s.endOwnSession)
	s.handle("GET /api-tokens", anybody, func(q *request) error { return q.redirect("/account#tokens", "") })
	s.handle("POST /account/tokens", anybody, s.createToken)
	s.handle("POST /account/tokens/{id}/revoke", anybody, s.revokeOwnToken)
}

// sessionLine and tokenLine are rows of the tables of a person.
type (
	sessionLine struct {
		*operator.Session
		Current bool
	}
	tokenLine struct {
		*operator.Token
		Expired bool
	}
)

// accountData is what templates/account.html shows.
type accountData struct {
	Account     *operator.Account
	Sessions    []sessionLine
	Tokens      []tokenLine
	Permissions []operator.Permission // those of this person
	Lifetimes   []option
	MinPassword int
}

func (s *server) accountPage(q *request) error {
	account, err := s.people.Account(q.Ctx, q.Actor, q.Actor.Account)
	if err != nil {
		return err
	}
	d := accountData{Account: account, Permissions: q.Actor.Permissions, Lifetimes: q.lifetimes(), MinPassword: operator.MinPassword}
	if d.Sessions, err = s.sessionLines(q, account.ID); err != nil {
		return err
	}
	if d.Tokens, err = s.tokenLines(q, account.ID); err != nil {
		return err
	}
	return q.render("account", q.t("account.title"), d)
}

func (s *server) sessionLines(q *request, of operator.AccountID) ([]sessionLine, error) {
	all, err := s.people.Sessions(q.Ctx, q.Actor, of)
	if err != nil {
		return nil, err
	}
	out := make([]sessionLine, len(all))
	for i, one := range all {
		out[i] = sessionLine{one, one.ID == q.Actor.Session}
	}
	return out, nil
}

func (s *server) tokenLines(q *request, of operator.AccountID) ([]tokenLine, error) {
	all, err := s.people.Tokens(q.Ctx, q.Actor, of)
	if err != nil {
		return nil, err
	}
	out := make([]tokenLine, len(all))
	for i, one := range all {
		out[i] = tokenLine{one, !s.cfg.Now().Before(one.ExpiresAt)}
	}
	return out, nil
}

// lifetimes are the choices for how long a token lasts, in days.
func (q *request) lifetimes() []option {
	var out []option
	for _, days := range []int{30, 90, 180, 365} {
		out = append(out, option{strconv.Itoa(days), q.t("account.days", "count", days)})
	}
	return out
}

func (s *server) changePassword(q *request) error {
	if q.value("password") != q.value("password_again") {
		q.wrong("password_again", "problem.password_again")
		return s.accountPage(q)
	}
	err := s.people.ChangePassword(q.Ctx, q.Actor, q.value("old_password"), q.value("password"))
	if q.retry(err) {
		return s.accountPage(q)
	}
	if err != nil {
		return err
	}
	return q.redirect("/account", "account.flash.password")
}

func (s *server) endOwnSessions(q *request) error {
	if err := s.people.EndSessions(q.Ctx, q.Actor, q.Actor.Account); err != nil {
		return err
	}
	return q.redirect("/account", "account.flash.sessions")
}

func (s *server) endOwnSession(q *request) error {
	if err := s.people.EndSession(q.Ctx, q.Actor, operator.SessionID(q.path("id"))); err != nil {
		return err
	}
	return q.redirect("/account", "account.flash.session")
}

// newTokenData is what templates/token.html shows: the only time that a
// token's secret is seen.
type newTokenData struct {
	Secret string
	Token  *operator.Token
}

func (s *server) createToken(q *request) error {
	days, err := strconv.Atoi(q.value("days"))
	if err != nil || days < 1 || days > 365 {
		q.wrong("days", "problem.expires_at")
		return s.accountPage(q)
	}
	n := operator.NewToken{Name: q.value("token_name"), ExpiresAt: s.cfg.Now().Add(time.Duration(days) * 24 * time.Hour)}
	for _, scope := range q.form["scopes"] {
		n.Scopes = append(n.Scopes, operator.Permission(scope))
	}
	secret, token, err := s.people.CreateToken(q.Ctx, q.Actor, n)
	if q.retry(err) {
		q.renameProblem("name", "token_name")
		return s.accountPage(q)
	}
	if err != nil {
		return err
	}
	return q.render("token", q.t("token.title"), newTokenData{secret, token})
}

// renameProblem moves problems to the name a field has on this page, where two
// forms have one of the same name.
func (q *request) renameProblem(field, to string) {
	for i := range q.problems {
		if q.problems[i].Field == field {
			q.problems[i].Field = to
		}
	}
}

func (s *server) revokeOwnToken(q *request) error {
	if err := s.people.RevokeToken(q.Ctx, q.Actor, operator.TokenID(q.path("id"))); err != nil {
		return err
	}
	return q.redirect("/account#tokens", "account.flash.token")
}
