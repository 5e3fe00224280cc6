// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/operator"
)

func (s *server) requestHandlers() map[string]handler {
	return map[string]handler{
		"listDecisionRequests": s.listRequests, "getDecisionRequest": s.getRequest, "createDecision": s.createDecision,
	}
}

func (s *server) listRequests(c *call) (*reply, error) {
	ask := s.act.Requests
	if c.flag("all") {
		ask = s.act.People().Requests
	}
	all, err := ask(c.ctx(), c.actor)
	if err != nil {
		return nil, err
	}
	return whole(c, each(all, requestPointer))
}

func requestPointer(r *operator.Request) client.DecisionRequest { return requestOf(*r) }

func (s *server) findRequest(c *call) (*operator.Request, error) {
	all, err := s.act.People().Requests(c.ctx(), c.actor)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if r.ID == c.path["id"] {
			return r, nil
		}
	}
	return nil, &operator.Error{Kind: operator.KindNotFound, Text: "there is no such request"}
}

func (s *server) getRequest(c *call) (*reply, error) {
	r, err := s.findRequest(c)
	if err != nil {
		return nil, err
	}
	return done(requestOf(*r))
}

func (s *server) createDecision(c *call) (*reply, error) {
	in, err := decode[client.NewDecision](c)
	if err != nil {
		return nil, err
	}
	id := c.path["id"]
	if in.Decision == "withdraw" {
		err = s.act.Withdraw(c.ctx(), c.actor, id)
	} else {
		_, err = s.act.Decide(c.ctx(), c.actor, id, in.Decision == "approve")
	}
	if err != nil {
		return nil, err
	}
	r, err := s.findRequest(c)
	if err != nil {
		return nil, err
	}
	return made(requestOf(*r), "/decision-requests/"+id)
}
