// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/operator"
)

func (s *server) sessionHandlers() map[string]handler {
	return map[string]handler{
		"listSessions": s.listSessions, "createSession": s.createSession, "deleteSession": s.deleteSession,
		"listApiTokens": s.listTokens, "createApiToken": s.createToken, "deleteApiToken": s.deleteToken,
	}
}

// whose tells of whom sessions or tokens are asked: one's own by default.
func (c *call) whose() operator.AccountID {
	switch {
	case c.text("accountId") != "":
		return operator.AccountID(c.text("accountId"))
	case c.flag("all"):
		return ""
	}
	return c.actor.Account
}

func (c *call) sessionOf(v *operator.Session) client.Session {
	return client.Session{
		ID: string(v.ID), AccountID: string(v.Account), CreatedAt: utc(v.CreatedAt), SeenAt: utc(v.SeenAt), ExpiresAt: utc(v.ExpiresAt),
		From: v.From, Agent: v.Agent, Current: v.ID == c.actor.Session,
	}
}

func (s *server) listSessions(c *call) (*reply, error) {
	all, err := s.act.People().Sessions(c.ctx(), c.actor, c.whose())
	if err != nil {
		return nil, err
	}
	return whole(c, each(all, c.sessionOf))
}

func (s *server) createSession(c *call) (*reply, error) {
	in, err := decode[client.NewSession](c)
	if err != nil {
		return nil, err
	}
	secret, v, err := s.act.People().LogIn(c.ctx(), in.Email, in.Password, from(c.r), c.r.UserAgent())
	if err != nil {
		return nil, err
	}
	return made(client.OpenedSession{Session: c.sessionOf(v), Secret: secret}, "/sessions/"+string(v.ID))
}

func (s *server) deleteSession(c *call) (*reply, error) {
	if err := s.act.People().EndSession(c.ctx(), c.actor, operator.SessionID(c.path["id"])); err != nil {
		return nil, err
	}
	return gone()
}

func tokenOf(t *operator.Token) client.APIToken {
	return client.APIToken{
		ID: string(t.ID), AccountID: string(t.Account), Name: t.Name, Scopes: texts(t.Scopes), CreatedAt: utc(t.CreatedAt),
		ExpiresAt: utc(t.ExpiresAt), UsedAt: utc(t.UsedAt),
	}
}

func (s *server) listTokens(c *call) (*reply, error) {
	all, err := s.act.People().Tokens(c.ctx(), c.actor, c.whose())
	if err != nil {
		return nil, err
	}
	return whole(c, each(all, tokenOf))
}

func (s *server) createToken(c *call) (*reply, error) {
	in, err := decode[client.NewAPIToken](c)
	if err != nil {
		return nil, err
	}
	scopes := each(in.Scopes, func(n string) operator.Permission { return operator.Permission(n) })
	secret, t, err := s.act.People().CreateToken(c.ctx(), c.actor, operator.NewToken{Name: in.Name, Scopes: scopes, ExpiresAt: in.ExpiresAt})
	if err != nil {
		return nil, err
	}
	return made(client.MadeAPIToken{APIToken: tokenOf(t), Secret: secret}, "/api-tokens/"+string(t.ID))
}

func (s *server) deleteToken(c *call) (*reply, error) {
	if err := s.act.People().RevokeToken(c.ctx(), c.actor, operator.TokenID(c.path["id"])); err != nil {
		return nil, err
	}
	return gone()
}
