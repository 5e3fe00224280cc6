// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/operator"
)

func (s *server) getSecondFactor(c *call) (*reply, error) {
	f, err := s.act.People().FactorState(c.ctx(), c.actor, c.accountID())
	if err != nil {
		return nil, err
	}
	return done(client.SecondFactor{Active: f.Active, Since: utc(f.Since), RecoveryCodesLeft: int64(f.RecoveryLeft), LockedUntil: utc(f.LockedUntil)})
}

func (s *server) createSecondFactor(c *call) (*reply, error) {
	secret, err := s.act.People().EnrolFactor(c.ctx(), c.actor)
	if err != nil {
		return nil, err
	}
	// The name of the account, not its address: apps show it on a locked screen.
	return made(client.SecondFactorSecret{Secret: secret.Text(), URI: secret.URI(s.act.Self().Name, c.actor.Name)}, factorPath(c.actor.Account))
}

func (s *server) confirmSecondFactor(c *call) (*reply, error) {
	in, err := decode[client.SecondFactorConfirmation](c)
	if err != nil {
		return nil, err
	}
	codes, err := s.act.People().ConfirmFactor(c.ctx(), c.actor, in.Code)
	if err != nil {
		return nil, err
	}
	return made(client.RecoveryCodes{Codes: codes}, factorPath(c.actor.Account))
}

func (s *server) deleteSecondFactor(c *call) (*reply, error) {
	if err := s.act.People().RemoveFactor(c.ctx(), c.actor, c.accountID(), c.actor.Code); err != nil {
		return nil, err
	}
	return gone()
}

func factorPath(of operator.AccountID) string { return "/accounts/" + string(of) + "/second-factor" }
