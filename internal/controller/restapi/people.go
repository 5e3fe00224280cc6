// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"net/http"

	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/operator"
)

func (s *server) peopleHandlers() map[string]handler {
	return map[string]handler{
		"createSetup": s.createSetup, "listRoles": s.listRoles, "listAccounts": s.listAccounts, "createAccount": s.createAccount,
		"getAccount": s.getAccount, "putAccount": s.putAccount, "putPassword": s.putPassword, "createPasswordLink": s.createPasswordLink,
		"deleteAccountSessions": s.deleteAccountSessions, "getSecondFactor": s.getSecondFactor, "deleteSecondFactor": s.deleteSecondFactor,
		"createSecondFactor": s.createSecondFactor, "createSecondFactorConfirmation": s.confirmSecondFactor,
	}
}

func accountOf(a *operator.Account) client.Account {
	out := client.Account{
		ID: string(a.ID), Name: a.Name, Email: a.Email, Roles: texts(a.Roles), SingleSignOn: a.Subject != "", BreakGlass: a.BreakGlass,
		Disabled: a.Disabled, CreatedAt: utc(a.CreatedAt), LastLogin: utc(a.LastLogin),
	}
	if a.Reset.Waits() {
		reset := resetOf(a)
		out.PasswordReset = &reset
	}
	return out
}

func resetOf(a *operator.Account) client.PasswordReset {
	return client.PasswordReset{
		AccountID: string(a.ID), Name: a.Name, At: utc(a.Reset.At), ByID: string(a.Reset.By), ByName: a.Reset.ByName,
	}
}

// accountVersion is what the ETag of an account is of.
func accountVersion(a *operator.Account) any {
	return client.AccountForm{Name: a.Name, Email: a.Email, Roles: texts(a.Roles), BreakGlass: a.BreakGlass, Disabled: a.Disabled}
}

func (c *call) accountID() operator.AccountID { return operator.AccountID(c.path["id"]) }

func rolesFrom(names []string) []operator.Role {
	return each(names, func(n string) operator.Role { return operator.Role(n) })
}

func (s *server) createSetup(c *call) (*reply, error) {
	in, err := decode[client.Setup](c)
	if err != nil {
		return nil, err
	}
	a, err := s.act.People().SetUp(c.ctx(), in.Token, operator.NewAccount{Name: in.Name, Email: in.Email, Password: in.Password}, from(c.r))
	if err != nil {
		return nil, err
	}
	return made(accountOf(a), "/accounts/"+string(a.ID))
}

func (s *server) listRoles(c *call) (*reply, error) {
	return whole(c, each(operator.Roles(), func(r operator.Role) client.Role {
		return client.Role{Role: string(r), Permissions: texts(r.Permissions())}
	}))
}

func (s *server) listAccounts(c *call) (*reply, error) {
	all, err := s.act.People().Accounts(c.ctx(), c.actor)
	if err != nil {
		return nil, err
	}
	return whole(c, each(all, accountOf))
}

func (s *server) createAccount(c *call) (*reply, error) {
	in, err := decode[client.NewAccount](c)
	if err != nil {
		return nil, err
	}
	a, err := s.act.People().CreateAccount(c.ctx(), c.actor, operator.NewAccount{
		Name: in.Name, Email: in.Email, Password: in.Password, Roles: rolesFrom(in.Roles), BreakGlass: in.BreakGlass,
	})
	if err != nil {
		return nil, err
	}
	return tagged(http.StatusCreated, accountOf(a), "/accounts/"+string(a.ID), accountVersion(a))
}

func (s *server) getAccount(c *call) (*reply, error) {
	a, err := s.act.People().Account(c.ctx(), c.actor, c.accountID())
	if err != nil {
		return nil, err
	}
	return tagged(http.StatusOK, accountOf(a), "", accountVersion(a))
}

func (s *server) putAccount(c *call) (*reply, error) {
	in, err := decode[client.AccountForm](c)
	if err != nil {
		return nil, err
	}
	current := func() (any, error) {
		a, err := s.act.People().Account(c.ctx(), c.actor, c.accountID())
		if err != nil {
			return nil, err
		}
		return accountVersion(a), nil
	}
	return s.change(c, current, func() (*reply, error) {
		a, err := s.act.People().ChangeAccount(c.ctx(), c.actor, c.accountID(), operator.AccountChange{
			Name: in.Name, Email: in.Email, Roles: rolesFrom(in.Roles), BreakGlass: in.BreakGlass, Disabled: in.Disabled,
		})
		if err != nil {
			return nil, err
		}
		return tagged(http.StatusOK, accountOf(a), "", accountVersion(a))
	})
}

func (s *server) putPassword(c *call) (*reply, error) {
	in, err := decode[client.NewPassword](c)
	if err != nil {
		return nil, err
	}
	switch {
	case c.actor.Account != c.accountID():
		err = s.act.People().SetPassword(c.ctx(), c.actor, c.accountID(), in.Password)
	case in.LinkCode != "":
		err = s.act.People().ChoosePassword(c.ctx(), c.actor, in.LinkCode, in.CurrentPassword, in.Password)
	default:
		err = s.act.People().ChangePassword(c.ctx(), c.actor, in.CurrentPassword, in.Password)
	}
	if err != nil {
		return nil, err
	}
	return gone()
}

func (s *server) createPasswordLink(c *call) (*reply, error) {
	code, expires, err := s.act.People().NewPasswordLink(c.ctx(), c.actor, c.accountID())
	if err != nil {
		return nil, err
	}
	return made(client.PasswordLink{Code: code, ExpiresAt: utc(expires)}, "/accounts/"+string(c.accountID())+"/password")
}

func (s *server) deleteAccountSessions(c *call) (*reply, error) {
	if err := s.act.People().EndSessions(c.ctx(), c.actor, c.accountID()); err != nil {
		return nil, err
	}
	return gone()
}
