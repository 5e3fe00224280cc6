// SPDX-License-Identifier: EUPL-1.2

package operator_test

import (
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
)

// program gives the actor of a token of the administrator.
func (p *people) program(scopes ...operator.Permission) operator.Actor {
	p.t.Helper()
	secret, _, err := p.CreateToken(p.t.Context(), p.admin, operator.NewToken{Name: "program", Scopes: scopes, ExpiresAt: p.clock.Now().Add(time.Hour)})
	must(p.t, err)
	a, err := p.AuthenticateToken(p.t.Context(), secret)
	must(p.t, err)
	return a
}

func TestProgramThatManagesPeopleLetsNobodyIn(t *testing.T) {
	p := newPeople(t)
	reader := p.add("reader", operator.RoleReader)
	program := p.program(operator.PermissionPeople, operator.PermissionRead)
	change := func(roles ...operator.Role) operator.AccountChange {
		return operator.AccountChange{Name: "reader", Email: "new@example.org", Roles: roles}
	}
	newcomer := operator.NewAccount{Name: "New", Email: "x@example.org", Password: goodPW, Roles: []operator.Role{operator.RoleReader}}

	_, err := p.CreateAccount(t.Context(), program, newcomer)
	wantKind(t, err, operator.KindForbidden, "")
	wantKind(t, p.SetPassword(t.Context(), program, reader.Account, nextPW), operator.KindForbidden, "")
	if e := p.lastEvent(); e.Act != "account.reset" || e.Token != program.Token || e.Outcome == "ok" {
		t.Errorf("event %+v", e)
	}
	for _, r := range []operator.Role{operator.RoleAdministrator, operator.RoleSigner, operator.RoleAuditor} {
		_, err = p.ChangeAccount(t.Context(), program, reader.Account, change(operator.RoleReader, r))
		wantKind(t, err, operator.KindForbidden, "roles")
	}
	emergency := change(operator.RoleReader)
	emergency.BreakGlass = true
	_, err = p.ChangeAccount(t.Context(), program, reader.Account, emergency)
	wantKind(t, err, operator.KindForbidden, "break_glass")

	t.Run("but keeps accounts up to date", func(t *testing.T) {
		_, err := p.ChangeAccount(t.Context(), program, reader.Account, change(operator.RoleLegal))
		must(t, err)
		leaver := change(operator.RoleLegal)
		leaver.Disabled = true
		_, err = p.ChangeAccount(t.Context(), program, reader.Account, leaver)
		must(t, err)
		_, err = p.ChangeAccount(t.Context(), program, reader.Account, change(operator.RoleLegal))
		must(t, err)
	})
	t.Run("and lets no administrator or signer in again", func(t *testing.T) {
		for _, r := range []operator.Role{operator.RoleAdministrator, operator.RoleSigner} {
			gone := change(r)
			gone.Disabled = true
			_, err := p.ChangeAccount(t.Context(), p.admin, reader.Account, gone)
			must(t, err)
			_, err = p.ChangeAccount(t.Context(), program, reader.Account, change(r))
			wantKind(t, err, operator.KindForbidden, "roles")
		}
	})
}

func TestProgramWithCredentialsGivesNoMoreThanItHas(t *testing.T) {
	p := newPeople(t)
	n := operator.NewAccount{Name: "New", Email: "new@example.org", Password: goodPW, Roles: []operator.Role{operator.RoleReader}}
	program := p.program(operator.PermissionPeople, operator.PermissionCredentials, operator.PermissionRead)
	made, err := p.CreateAccount(t.Context(), program, n)
	must(t, err)
	must(t, p.SetPassword(t.Context(), program, made.ID, nextPW))
	n.Email = "more@example.org"
	for _, r := range []operator.Role{operator.RoleAdministrator, operator.RoleSigner} {
		n.Roles = []operator.Role{r}
		_, err = p.CreateAccount(t.Context(), program, n)
		wantKind(t, err, operator.KindForbidden, "roles")
	}
	_, err = p.CreateAccount(t.Context(), p.program(operator.PermissionCredentials), n)
	wantKind(t, err, operator.KindForbidden, "")
	n.Roles = []operator.Role{operator.RoleAdministrator}
	_, err = p.CreateAccount(t.Context(), p.program(operator.Permissions()...), n)
	must(t, err)
}
