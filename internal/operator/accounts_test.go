// SPDX-License-Identifier: EUPL-1.2

package operator_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/operator"
)

func TestPermissionsOfRoles(t *testing.T) {
	read := []operator.Permission{operator.PermissionRead}
	want := map[operator.Role][]operator.Permission{
		operator.RoleAdministrator: {
			operator.PermissionRead, operator.PermissionReadLog, operator.PermissionReadAudit, operator.PermissionManage, operator.PermissionPeople,
			operator.PermissionCredentials, operator.PermissionEvents,
		},
		operator.RoleSigner:  {operator.PermissionRead, operator.PermissionSign},
		operator.RoleAuditor: {operator.PermissionRead, operator.PermissionReadLog, operator.PermissionReadAudit},
		operator.RoleHost:    {operator.PermissionRead, operator.PermissionManage},
	}
	for _, r := range operator.Roles() {
		w, ok := want[r]
		if !ok {
			w = read
		}
		if got := r.Permissions(); !slices.Equal(got, w) {
			t.Errorf("%s may %v, want %v", r, got, w)
		}
	}
	if got := operator.Role("root").Permissions(); len(got) != 0 || operator.Role("root").Valid() {
		t.Errorf("an unknown role may %v", got)
	}
}

func TestRequireNamesWhatIsMissing(t *testing.T) {
	o := operator.New(operator.Config{})
	a := operator.Actor{Name: "Anna", Permissions: []operator.Permission{operator.PermissionRead}}
	must(t, o.Require(a, operator.PermissionRead))
	err := o.Require(a, operator.PermissionSign)
	wantKind(t, err, operator.KindForbidden, "")
	if !strings.Contains(err.Error(), "sign") {
		t.Error(err)
	}
	wantKind(t, o.Require(operator.Actor{}, operator.PermissionRead), operator.KindForbidden, "")
}

func TestAccountsAreForWhoManagesPeople(t *testing.T) {
	p := newPeople(t)
	reader := p.add("reader", operator.RoleReader, operator.RoleSigner, operator.RoleAuditor)
	ctx := t.Context()
	_, err := p.Accounts(ctx, reader)
	wantKind(t, err, operator.KindForbidden, "")
	_, err = p.Account(ctx, reader, p.admin.Account)
	wantKind(t, err, operator.KindForbidden, "")
	_, err = p.CreateAccount(ctx, reader, operator.NewAccount{Name: "x", Email: "x@example.org", Password: goodPW, Roles: operator.Roles()})
	wantKind(t, err, operator.KindForbidden, "")
	_, err = p.ChangeAccount(ctx, reader, reader.Account, operator.AccountChange{Name: "x", Email: "x@example.org", Roles: operator.Roles()})
	wantKind(t, err, operator.KindForbidden, "")

	own, err := p.Account(ctx, reader, reader.Account)
	if err != nil || own.PasswordHash != "" || own.LastLogin.IsZero() {
		t.Errorf("own account %+v %v", own, err)
	}
	all, err := p.Accounts(ctx, p.admin)
	if err != nil || len(all) != 2 || all[0].PasswordHash != "" || all[1].PasswordHash != "" {
		t.Errorf("accounts %+v %v", all, err)
	}
	if got := p.events(operator.EventFilter{Actor: reader.Account, Act: "account.put"}); len(got) != 2 || !strings.Contains(got[0], "permission people") {
		t.Errorf("refused acts in the audit trail: %q", got)
	}
}

func TestNewAccountIsChecked(t *testing.T) {
	p := newPeople(t)
	good := operator.NewAccount{Name: "Bob", Email: "bob@example.org", Password: goodPW, Roles: []operator.Role{operator.RoleReader}}
	for name, c := range map[string]struct {
		change func(*operator.NewAccount)
		kind   operator.Kind
		field  string
	}{
		"no name":               {func(n *operator.NewAccount) { n.Name = " " }, operator.KindInvalid, "name"},
		"long name":             {func(n *operator.NewAccount) { n.Name = strings.Repeat("n", 101) }, operator.KindInvalid, "name"},
		"name that turns round": {func(n *operator.NewAccount) { n.Name = "Bob\u202egro" }, operator.KindInvalid, "name"},
		"name of two lines":     {func(n *operator.NewAccount) { n.Name = "Bob\nAnna" }, operator.KindInvalid, "name"},
		"no address":            {func(n *operator.NewAccount) { n.Email = "" }, operator.KindInvalid, "email"},
		"address with a name":   {func(n *operator.NewAccount) { n.Email = "Bob <bob@example.org>" }, operator.KindInvalid, "email"},
		"two addresses":         {func(n *operator.NewAccount) { n.Email = "bob@example.org,eve@example.org" }, operator.KindInvalid, "email"},
		"address in use":        {func(n *operator.NewAccount) { n.Email = "ANNA@example.org" }, operator.KindConflict, "email"},
		"no roles":              {func(n *operator.NewAccount) { n.Roles = nil }, operator.KindInvalid, "roles"},
		"unknown role":          {func(n *operator.NewAccount) { n.Roles = []operator.Role{"root"} }, operator.KindInvalid, "roles"},
		"weak password":         {func(n *operator.NewAccount) { n.Password = "bobbobbobbob" }, operator.KindInvalid, "password"},
	} {
		t.Run(name, func(t *testing.T) {
			n := good
			c.change(&n)
			_, err := p.CreateAccount(t.Context(), p.admin, n)
			wantKind(t, err, c.kind, c.field)
		})
	}
	good.Roles = []operator.Role{operator.RoleReader, operator.RoleAuditor, operator.RoleReader}
	a, err := p.CreateAccount(t.Context(), p.admin, good)
	must(t, err)
	if !slices.Equal(a.Roles, []operator.Role{operator.RoleAuditor, operator.RoleReader}) {
		t.Errorf("roles %v", a.Roles)
	}
	e := p.lastEvent()
	want := []operator.Change{
		{Field: "name", After: "Bob"}, {Field: "email", After: "bob@example.org"}, {Field: "roles", After: "auditor, reader"},
	}
	if e.Act != "account.put" || e.Object != string(a.ID) || !slices.Equal(e.Changes, want) {
		t.Errorf("event %+v", e)
	}
}

func TestNobodyTakesRoles(t *testing.T) {
	p := newPeople(t)
	second := p.add("second", operator.RoleAdministrator)
	change := func(a operator.Actor, disabled bool, roles ...operator.Role) error {
		_, err := p.ChangeAccount(t.Context(), a, second.Account, operator.AccountChange{
			Name: "Second", Email: "second@example.org", Roles: roles, Disabled: disabled,
		})
		return err
	}
	wantKind(t, change(second, false, operator.RoleAdministrator, operator.RoleSigner), operator.KindForbidden, "roles")
	wantKind(t, change(second, true, operator.RoleAdministrator), operator.KindForbidden, "disabled")
	must(t, change(p.admin, false, operator.RoleAdministrator, operator.RoleSigner))
	if a, err := p.Account(t.Context(), second, second.Account); err != nil || len(a.Roles) != 2 {
		t.Errorf("account %+v %v", a, err)
	}
	must(t, change(second, false, operator.RoleSigner)) // one may give up what one has
	wantKind(t, change(second, false, operator.RoleSigner, operator.RoleAdministrator), operator.KindForbidden, "roles")
}

func TestOneAdministratorRemains(t *testing.T) {
	p := newPeople(t)
	second := p.add("second", operator.RoleAdministrator, operator.RoleReader)
	anna := operator.AccountChange{Name: "Anna", Email: "anna@example.org", Roles: []operator.Role{operator.RoleReader}}
	_, err := p.ChangeAccount(t.Context(), second, p.admin.Account, anna)
	must(t, err)

	self := operator.AccountChange{Name: "Second", Email: "second@example.org", Roles: []operator.Role{operator.RoleReader}}
	_, err = p.ChangeAccount(t.Context(), second, second.Account, self)
	wantKind(t, err, operator.KindConflict, "roles")
	machine := operator.Actor{Name: "machine", Permissions: operator.Permissions()}
	self.Roles, self.Disabled = []operator.Role{operator.RoleAdministrator}, true
	_, err = p.ChangeAccount(t.Context(), machine, second.Account, self)
	wantKind(t, err, operator.KindConflict, "roles")
	if a, err := p.Account(t.Context(), second, second.Account); err != nil || a.Disabled {
		t.Errorf("the refused change stayed: %+v %v", a, err)
	}
}

func TestTwoAdministratorsWhoSendEachOtherAwayLeaveOne(t *testing.T) {
	p := newPeople(t)
	second := p.add("second", operator.RoleAdministrator)
	away := func(by, who operator.Actor, email string) error {
		_, err := p.ChangeAccount(t.Context(), by, who.Account, operator.AccountChange{
			Name: "gone", Email: email, Roles: []operator.Role{operator.RoleAdministrator}, Disabled: true,
		})
		return err
	}
	results := make(chan error, 2)
	go func() { results <- away(p.admin, second, "second@example.org") }()
	go func() { results <- away(second, p.admin, "anna@example.org") }()
	if a, b := <-results, <-results; (a == nil) == (b == nil) {
		t.Errorf("results %v and %v", a, b)
	}
}

func TestDisablingEndsSessionsAndTokens(t *testing.T) {
	p := newPeople(t)
	p.add("bob", operator.RoleReader)
	secret := p.secret("bob@example.org", goodPW)
	bob, err := p.Authenticate(t.Context(), secret)
	must(t, err)
	token, _, err := p.CreateToken(t.Context(), bob, operator.NewToken{
		Name: "script", Scopes: []operator.Permission{operator.PermissionRead}, ExpiresAt: p.clock.Now().AddDate(0, 1, 0),
	})
	must(t, err)
	c := operator.AccountChange{Name: "bob", Email: "bob@example.org", Roles: []operator.Role{operator.RoleReader}, Disabled: true}
	_, err = p.ChangeAccount(t.Context(), p.admin, bob.Account, c)
	must(t, err)
	if e := p.lastEvent(); e.Act != "account.disable" || !slices.Equal(e.Changes, []operator.Change{{Field: "disabled", Before: "false", After: "true"}}) {
		t.Errorf("event %+v", e)
	}
	c.Disabled = false
	_, err = p.ChangeAccount(t.Context(), p.admin, bob.Account, c)
	must(t, err)
	_, err = p.Authenticate(t.Context(), secret)
	wantKind(t, err, operator.KindLogin, "")
	_, err = p.AuthenticateToken(t.Context(), token)
	wantKind(t, err, operator.KindLogin, "")
	p.in("bob@example.org", goodPW)
}

func TestChangedRolesCountAtOnce(t *testing.T) {
	p := newPeople(t)
	p.add("bob", operator.RoleSigner)
	secret := p.secret("bob@example.org", goodPW)
	bob, err := p.Authenticate(t.Context(), secret)
	must(t, err)
	_, err = p.ChangeAccount(t.Context(), p.admin, bob.Account, operator.AccountChange{
		Name: "Bob", Email: "bob@example.org", Roles: []operator.Role{operator.RoleReader},
	})
	must(t, err)
	bob, err = p.Authenticate(t.Context(), secret)
	must(t, err)
	wantKind(t, p.Require(bob, operator.PermissionSign), operator.KindForbidden, "")
}

func TestChangeOfNobody(t *testing.T) {
	p := newPeople(t)
	_, err := p.ChangeAccount(t.Context(), p.admin, "nobody", operator.AccountChange{})
	wantKind(t, err, operator.KindNotFound, "")
	_, err = p.Account(t.Context(), p.admin, "nobody")
	wantKind(t, err, operator.KindNotFound, "")
}
