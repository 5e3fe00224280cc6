// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
)

func (s *server) registerPeople() {
	s.handle("GET /people", operator.PermissionPeople, s.peopleList)
	s.handle("GET /people/new", operator.PermissionPeople, s.newPersonPage)
	s.handle("POST /people", operator.PermissionPeople, s.createPerson)
	s.handle("GET /people/{id}", operator.PermissionPeople, s.personPage)
	s.handle("POST /people/{id}", operator.PermissionPeople, s.changePerson)
	s.handle("POST /people/{id}/password", operator.PermissionPeople, s.setPassword)
	s.handle("POST /people/{id}/sessions/end", operator.PermissionPeople, s.endSessionsOf)
	s.handle("POST /people/{id}/tokens/{token}/revoke", operator.PermissionPeople, s.revokeTokenOf)
}

// peopleData is what templates/people.html shows.
type peopleData struct {
	Accounts []*operator.Account
	All      int // before the filter
	Roles    []option
}

func (s *server) peopleList(q *request) error {
	all, err := s.people.Accounts(q.Ctx, q.Actor)
	if err != nil {
		return err
	}
	d := peopleData{All: len(all), Roles: q.roleOptions()}
	text, role := strings.ToLower(strings.TrimSpace(q.query("q"))), operator.Role(q.query("role"))
	for _, a := range all {
		fits := strings.Contains(strings.ToLower(a.Name+" "+a.Email), text)
		if fits && (role == "" || slices.Contains(a.Roles, role)) {
			d.Accounts = append(d.Accounts, a)
		}
	}
	sortAccounts(d.Accounts, q.query("sort"))
	if q.wants("csv") {
		return q.peopleCSV(d.Accounts)
	}
	return q.render("people", q.t("people.title"), d)
}

func sortAccounts(all []*operator.Account, by string) {
	column, down := strings.CutPrefix(by, "-")
	slices.SortStableFunc(all, func(a, b *operator.Account) int {
		n := 0
		switch column {
		case "name":
			n = cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		case "email":
			n = cmp.Compare(a.Email, b.Email)
		case "login":
			n = a.LastLogin.Compare(b.LastLogin)
		}
		if down {
			return -n
		}
		return n
	})
}

func (q *request) peopleCSV(all []*operator.Account) error {
	header := []string{q.t("people.name"), q.t("people.email"), q.t("people.roles"), q.t("people.state"), q.t("people.last_login")}
	return q.csv("people", header, func(yield func([]string, error) bool) {
		for _, a := range all {
			roles := make([]string, len(a.Roles))
			for i, r := range a.Roles {
				roles[i] = q.t("role." + string(r))
			}
			state, login := "enabled", ""
			if a.Disabled {
				state = "disabled"
			}
			if !a.LastLogin.IsZero() {
				login = a.LastLogin.UTC().Format(time.RFC3339)
			}
			if !yield([]string{a.Name, a.Email, strings.Join(roles, ", "), q.t("state." + state), login}, nil) {
				return
			}
		}
	})
}

// roleOptions lists the roles, with a first choice for all of them.
func (q *request) roleOptions() []option {
	out := []option{{"", q.t("people.all_roles")}}
	for _, r := range operator.Roles() {
		out = append(out, option{string(r), q.t("role." + string(r))})
	}
	return out
}

// personData is what templates/person.html shows; without an account it is the
// form for a new one.
type personData struct {
	Account     *operator.Account
	Roles       []operator.Role
	Sessions    []sessionLine
	Tokens      []tokenLine
	Self        bool // it is who looks
	Factor      bool // somebody else with a second factor
	MinPassword int
}

// Name and Email are those of the account, if there is one.
func (d personData) Name() string {
	if d.Account == nil {
		return ""
	}
	return d.Account.Name
}

// Email is as Name.
func (d personData) Email() string {
	if d.Account == nil {
		return ""
	}
	return d.Account.Email
}

// MayLink tells whether to show the button for a link: who gave the password
// can't make one, nor the person itself.
func (d personData) MayLink(viewer operator.AccountID) bool {
	return !d.Self && d.Account.Reset.By != viewer
}

// Has tells whether the account has a role, for the boxes of the form.
func (d personData) Has(r operator.Role) bool {
	return d.Account != nil && slices.Contains(d.Account.Roles, r)
}

func (s *server) newPersonPage(q *request) error {
	return q.render("person", q.t("people.new"), personData{Roles: operator.Roles(), MinPassword: operator.MinPassword})
}

func (s *server) createPerson(q *request) error {
	a, err := s.people.CreateAccount(q.Ctx, q.Actor, operator.NewAccount{
		Name: q.value("name"), Email: q.value("email"), Password: q.value("password"), Roles: q.roles(), BreakGlass: q.value("break_glass") == "yes",
	})
	if q.retry(err) {
		return s.newPersonPage(q)
	}
	if err != nil {
		return err
	}
	return q.redirect("/people", "people.flash.created", "name", a.Name)
}

func (q *request) roles() []operator.Role {
	var out []operator.Role
	for _, r := range q.form["roles"] {
		out = append(out, operator.Role(r))
	}
	return out
}

func (s *server) personPage(q *request) error {
	a, err := s.people.Account(q.Ctx, q.Actor, operator.AccountID(q.path("id")))
	if err != nil {
		return err
	}
	d := personData{Account: a, Roles: operator.Roles(), Self: a.ID == q.Actor.Account, MinPassword: operator.MinPassword}
	if d.Sessions, err = s.sessionLines(q, a.ID); err != nil {
		return err
	}
	if d.Tokens, err = s.tokenLines(q, a.ID); err != nil {
		return err
	}
	f, err := s.people.FactorState(q.Ctx, q.Actor, a.ID)
	if err != nil {
		return err
	}
	d.Factor = f.Active && !d.Self
	return q.render("person", a.Name, d)
}

func (s *server) changePerson(q *request) error {
	a, err := s.people.ChangeAccount(q.Ctx, q.Actor, operator.AccountID(q.path("id")), operator.AccountChange{
		Name: q.value("name"), Email: q.value("email"), Roles: q.roles(),
		BreakGlass: q.value("break_glass") == "yes", Disabled: q.value("disabled") == "yes",
	})
	if q.retry(err) {
		return s.personPage(q)
	}
	if err != nil {
		return err
	}
	return q.redirect("/people", "people.flash.changed", "name", a.Name)
}

func (s *server) setPassword(q *request) error {
	err := s.people.SetPassword(q.Ctx, q.Actor, operator.AccountID(q.path("id")), q.value("password"))
	if q.retry(err) {
		return s.personPage(q)
	}
	if err != nil {
		return err
	}
	return q.redirect("/people/"+q.path("id"), "people.flash.password")
}

func (s *server) endSessionsOf(q *request) error {
	if err := s.people.EndSessions(q.Ctx, q.Actor, operator.AccountID(q.path("id"))); err != nil {
		return err
	}
	return q.redirect("/people/"+q.path("id"), "people.flash.sessions")
}

func (s *server) revokeTokenOf(q *request) error {
	if err := s.people.RevokeToken(q.Ctx, q.Actor, operator.TokenID(q.path("token"))); err != nil {
		return err
	}
	return q.redirect("/people/"+q.path("id"), "account.flash.token")
}
