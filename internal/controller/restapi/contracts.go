// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"net/http"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/manager"
)

func (s *server) contractHandlers() map[string]handler {
	return map[string]handler{
		"listContracts": s.listContracts, "createContract": s.createContract, "createContractPreview": s.createContractPreview,
		"getContract": s.getContract, "getContractContent": s.getContractContent, "getContractProposal": s.getContractProposal,
		"getContractTimeline": s.getContractTimeline, "getContractImpact": s.getContractImpact,
		"listContractDeliveries": s.listContractDeliveries, "createContractDeliveries": s.createContractDeliveries,
	}
}

func (c *call) hash() fsc.ContentHash { return fsc.ContentHash(c.path["hash"]) }

func (s *server) listContracts(c *call) (*reply, error) {
	after, before, err := c.cursor()
	if err != nil {
		return nil, err
	}
	q := controller.ContractQuery{
		Text: c.text("text"), State: fsc.ContractState(c.text("state")), AwaitingUs: c.flag("awaitingUs"), Part: manager.Role(c.text("part")),
		Type: fsc.GrantType(c.text("grantType")),
		Peer: fsc.PeerID(c.text("peerId")), Service: c.text("service"), EndsBefore: c.moment("endsBefore"),
		After: after, Before: before, Limit: c.limit(),
	}
	switch name, descending := c.sort(); name {
	case "createdAt":
		q.Sort, q.Ascending = manager.SortCreated, !descending
	case "notAfter":
		q.Sort, q.Ascending = manager.SortEnds, !descending
	}
	found, err := s.act.Contracts(c.ctx(), c.actor, q)
	if err != nil {
		return nil, err
	}
	p := client.ContractPage{
		Page: client.Page[client.Contract]{
			Items: each(found.Contracts, contractOf), Next: next(found.Next), Previous: previous(found.Previous),
		},
		Counts: client.ContractCounts{ByState: found.Counts.ByState, AwaitingUs: found.Counts.AwaitingUs},
	}
	return &reply{status: http.StatusOK, body: p, links: c.links(p.Next, p.Previous)}, nil
}

func (s *server) createContract(c *call) (*reply, error) {
	p, err := decode[client.Proposal](c)
	if err != nil {
		return nil, err
	}
	return madeContract(s.act.Propose(c.ctx(), c.actor, formOf(p)))
}

func madeContract(d *controller.ContractDetail, err error) (*reply, error) {
	if err != nil {
		return nil, err
	}
	return tagged(http.StatusCreated, detailOf(d), "/contracts/"+string(d.Hash), contractVersion(d))
}

// contractVersion is what the ETag of a contract is of: its state and
// signatures. What else is told of it differs with time and with who asks.
func contractVersion(d *controller.ContractDetail) any {
	return []any{d.Hash, d.State, each(d.Signatures, signatureOf)}
}

func (s *server) createContractPreview(c *call) (*reply, error) {
	p, err := decode[client.Proposal](c)
	if err != nil {
		return nil, err
	}
	v, err := s.act.Preview(c.ctx(), c.actor, formOf(p))
	if err != nil {
		return nil, err
	}
	return done(contractOf(*v))
}

func (s *server) getContract(c *call) (*reply, error) {
	d, err := s.act.Contract(c.ctx(), c.actor, c.hash())
	if err != nil {
		return nil, err
	}
	return tagged(http.StatusOK, detailOf(d), "", contractVersion(d))
}

func (s *server) getContractContent(c *call) (*reply, error) {
	d, err := s.act.Contract(c.ctx(), c.actor, c.hash())
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusOK, raw: d.Raw}, nil
}

func (s *server) getContractProposal(c *call) (*reply, error) {
	ask := s.act.Copy
	if c.text("purpose") == "renewal" {
		ask = s.act.RenewalOf
	}
	f, err := ask(c.ctx(), c.actor, c.hash())
	if err != nil {
		return nil, err
	}
	return done(proposalOf(f))
}

func (s *server) getContractTimeline(c *call) (*reply, error) {
	d, err := s.act.Contract(c.ctx(), c.actor, c.hash())
	if err != nil {
		return nil, err
	}
	return whole(c, each(d.Timeline, momentOf))
}

func (s *server) getContractImpact(c *call) (*reply, error) {
	i, err := s.act.Impact(c.ctx(), c.actor, c.hash())
	if err != nil {
		return nil, err
	}
	return done(client.Impact{
		ContentHash: i.Hash, From: utc(i.From), Until: utc(i.Until), CallsByDay: i.Days, CallsPerDay: i.CallsPerDay,
		Applications: i.Applications, Unseen: i.Unseen,
		Grants: each(i.Grants, func(g controller.GrantImpact) client.GrantImpact {
			return client.GrantImpact{Grant: grantOf(g.Sentence), Calls: g.Calls, Counted: g.Counted, Alternative: g.Alternative}
		}),
	})
}

func (s *server) listContractDeliveries(c *call) (*reply, error) {
	d, err := s.act.Contract(c.ctx(), c.actor, c.hash())
	if err != nil {
		return nil, err
	}
	return whole(c, each(d.Deliveries, deliveryOf))
}

func (s *server) createContractDeliveries(c *call) (*reply, error) {
	n, err := s.act.ResendContract(c.ctx(), c.actor, c.hash())
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusAccepted, body: client.Resent{Messages: n}}, nil
}
