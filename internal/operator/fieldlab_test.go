// SPDX-License-Identifier: EUPL-1.2

package operator_test

import (
	"slices"
	"testing"

	"github.com/samenspel/samenspel/internal/operator"
)

func inFieldlab(c *operator.Config) { c.Fieldlab = true }

func fictional() operator.NewAccount {
	return operator.NewAccount{Name: "Tekenaar van Duinwijk", Email: "tekenaar@duinwijk.example", Roles: []operator.Role{operator.RoleSigner}}
}

func TestAPersonOfAFieldlabLogsInWithoutPasswordAsThatPersonOnly(t *testing.T) {
	p := newPeople(t, inFieldlab)
	for range 2 { // the second time there is nothing to make
		must(t, p.FieldlabAccount(t.Context(), fictional()))
	}
	secret, _, err := p.LogInWithoutPasswordInFieldlab(t.Context(), fictional().Email, home, "browser")
	must(t, err)
	a, err := p.Authenticate(t.Context(), secret)
	must(t, err)
	if a.Name != fictional().Name || !slices.Equal(a.Roles, fictional().Roles) {
		t.Errorf("logged in as %s with %v", a.Name, a.Roles)
	}
	all, err := p.Accounts(t.Context(), p.admin)
	must(t, err)
	if len(all) != 2 {
		t.Errorf("there are %d accounts, want the administrator and the new one", len(all))
	}
	_, _, err = p.LogInWithoutPasswordInFieldlab(t.Context(), "niemand@duinwijk.example", home, "")
	wantKind(t, err, operator.KindNotFound, "")
	_, _, err = p.LogIn(t.Context(), fictional().Email, "", home, "")
	wantKind(t, err, operator.KindLogin, "")
}

func TestOutsideAFieldlabNobodyLogsInWithoutPassword(t *testing.T) {
	p := newPeople(t)
	wantKind(t, p.FieldlabAccount(t.Context(), fictional()), operator.KindForbidden, "")
	all, err := p.Accounts(t.Context(), p.admin)
	must(t, err)
	_, _, err = p.LogInWithoutPasswordInFieldlab(t.Context(), all[0].Email, home, "")
	wantKind(t, err, operator.KindForbidden, "")
}
