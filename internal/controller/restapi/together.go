// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"context"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/operator"
)

func (s *server) togetherHandlers() map[string]handler {
	return map[string]handler{
		"getTasks": s.getTasks, "listKeepers": s.listKeepers, "listObligations": s.listObligations, "listProcesses": s.listProcesses,
		"getProcess": s.getProcess, "createProcessDeed": s.createProcessDeed, "listGroups": s.listGroups, "createGroup": s.createGroup,
		"getGroup": s.getGroup, "createMembership": s.createMembership, "createGroupProposal": s.createGroupProposal,
		"listJointDecisions": s.listJointDecisions, "createJointDecision": s.createJointDecision, "getJointDecision": s.getJointDecision,
		"createStance": s.createStance, "listMandates": s.listMandates, "createMandate": s.createMandate, "getMandate": s.getMandate,
	}
}

func (s *server) getTasks(c *call) (*reply, error) {
	t, err := s.act.Tasks(c.ctx(), c.actor)
	if err != nil {
		return nil, err
	}
	out := client.Tasks{Turn: each(t.Turn, titledOf), Votes: each(t.Votes, voteOf), Months: each(t.Months, usageTaskOf), Refused: each(t.Refused, refusedOf), Alarms: each(t.Alarms, alarmOf)}
	for i, a := range t.Alarms {
		if !a.Proof {
			continue
		}
		proof, err := s.act.AlarmProof(c.ctx(), c.actor, a.Dossier)
		if err != nil {
			return nil, err
		}
		out.Alarms[i].Proof = string(proof)
	}
	return done(out)
}

func (s *server) listKeepers(c *call) (*reply, error) {
	all, err := s.act.Keepers(c.ctx(), c.actor)
	if err != nil {
		return nil, err
	}
	return whole(c, each(all, peerOf))
}

func (s *server) listObligations(c *call) (*reply, error) {
	place, err := c.window()
	if err != nil {
		return nil, err
	}
	f := controller.ObligationFilter{Text: c.text("text"), Type: deed.Type(c.integer("deedType")), Over: c.flag("over"), Place: place}
	found, err := s.act.Obligations(c.ctx(), c.actor, f)
	if err != nil {
		return nil, err
	}
	return windowPage(c, found, obligationOf)
}

func (s *server) listProcesses(c *call) (*reply, error) {
	b, err := s.act.Board(c.ctx(), c.actor)
	if err != nil {
		return nil, err
	}
	return whole(c, each(b.Tiles, tileOf))
}

func (s *server) getProcess(c *call) (*reply, error) {
	p, err := s.act.Process(c.ctx(), c.actor, c.path["code"])
	if err != nil {
		return nil, err
	}
	return done(client.BoardProcessDetail{
		Process: tileOf(p.BoardTile), Stewards: each(p.Stewards, peerOf), Hidden: p.Hidden,
		Participants: each(p.Taking, func(t controller.ProcessParticipant) client.ProcessParticipant {
			return client.ProcessParticipant{Peer: peerOf(t.Peer), Stage: stageWord(t.Stage)}
		}),
	})
}

// sealed reads what somebody wants, does it and answers with the deed.
func sealed[T any](c *call, do func(context.Context, operator.Actor, T) (deed.Hash, error)) (*reply, error) {
	in, err := decode[T](c)
	if err != nil {
		return nil, err
	}
	h, err := do(c.ctx(), c.actor, in)
	if err != nil {
		return nil, err
	}
	return made(client.DeedMade{Hash: string(h)}, "/deeds/"+string(h))
}

func hashes(in []string) []deed.Hash {
	return each(in, func(h string) deed.Hash { return deed.Hash(h) })
}

func (s *server) createProcessDeed(c *call) (*reply, error) {
	return sealed(c, func(ctx context.Context, a operator.Actor, in client.NewProcessDeed) (deed.Hash, error) {
		return s.act.TakeUpProcess(ctx, a, c.path["code"], hashes(in.Frameworks))
	})
}

func (s *server) listGroups(c *call) (*reply, error) {
	place, err := c.window()
	if err != nil {
		return nil, err
	}
	found, err := s.act.Groups(c.ctx(), c.actor, c.text("text"), place)
	if err != nil {
		return nil, err
	}
	return windowPage(c, found, groupOf)
}

func (s *server) getGroup(c *call) (*reply, error) {
	g, err := s.act.Group(c.ctx(), c.actor, c.deed())
	if err != nil {
		return nil, err
	}
	return done(client.GroupDetail{
		Group: groupOf(g.Group), Members: each(g.Memberships, memberOf), Silent: each(g.Silent, peerOf), Decisions: each(g.Decisions, decisionLineOf),
		Classes: texts(g.Classes),
	})
}

func (s *server) createGroup(c *call) (*reply, error) {
	return sealed(c, func(ctx context.Context, a operator.Actor, in client.NewGroup) (deed.Hash, error) {
		return s.act.FoundGroup(ctx, a, controller.GroupForm{
			Name: in.Name, Kind: register.GroupKind(in.Kind), Basis: in.Basis, Invited: in.Invited, Keeper: in.Keeper,
		})
	})
}

func (s *server) createMembership(c *call) (*reply, error) {
	return sealed(c, func(ctx context.Context, a operator.Actor, in client.NewMembership) (deed.Hash, error) {
		return s.act.JoinGroup(ctx, a, c.deed(), register.MemberClass(in.Class))
	})
}

func (s *server) createGroupProposal(c *call) (*reply, error) {
	in, err := decode[client.GroupSource](c)
	if err != nil {
		return nil, err
	}
	p, err := s.act.ProposeGroup(c.actor, controller.GroupSource(in))
	if err != nil {
		return nil, err
	}
	return done(client.GroupProposal{
		Kind: string(p.Kind), Name: p.Name, Basis: p.Basis, Candidates: each(p.Candidates, placeOf), Others: p.Others, Undecided: p.Undecided,
	})
}

func (s *server) listJointDecisions(c *call) (*reply, error) {
	place, err := c.window()
	if err != nil {
		return nil, err
	}
	found, err := s.act.Decisions(c.ctx(), c.actor, c.flag("open"), place)
	if err != nil {
		return nil, err
	}
	return windowPage(c, found, decisionLineOf)
}

func (s *server) getJointDecision(c *call) (*reply, error) {
	d, err := s.act.Decision(c.ctx(), c.actor, c.deed())
	if err != nil {
		return nil, err
	}
	return done(decisionDetailOf(d))
}

func (s *server) createJointDecision(c *call) (*reply, error) {
	return sealed(c, func(ctx context.Context, a operator.Actor, in client.NewJointDecision) (deed.Hash, error) {
		f := controller.DecisionForm{
			Group: deed.Hash(in.Group), Title: in.Title, Text: in.Text, About: hashes(in.About), ClosesAt: in.ClosesAt, Method: rule.Method(in.Method),
			Document: documentForm(in.Document),
		}
		if in.Quorum != nil {
			f.Quorum = &rule.Share{Organisations: in.Quorum.Organisations, Inhabitants: in.Quorum.Inhabitants}
		}
		if in.Threshold != nil {
			f.Threshold = &rule.Share{Organisations: in.Threshold.Organisations, Inhabitants: in.Threshold.Inhabitants}
		}
		return s.act.OpenDecision(ctx, a, f)
	})
}

func (s *server) createStance(c *call) (*reply, error) {
	return sealed(c, func(ctx context.Context, a operator.Actor, in client.NewStance) (deed.Hash, error) {
		return s.act.StateStance(ctx, a, c.deed(), controller.StanceForm{
			Kind: rule.StanceKind(in.Stance), Reason: in.Reason, Proposal: in.Proposal, Code: rule.NotNowCode(in.Code), Proxy: in.Proxy,
		})
	})
}

func (s *server) listMandates(c *call) (*reply, error) {
	place, err := c.window()
	if err != nil {
		return nil, err
	}
	found, err := s.act.Mandates(c.ctx(), c.actor, place)
	if err != nil {
		return nil, err
	}
	return windowPage(c, found, mandateOf)
}

func (s *server) getMandate(c *call) (*reply, error) {
	m, err := s.act.Mandate(c.ctx(), c.actor, c.deed())
	if err != nil {
		return nil, err
	}
	return done(mandateOf(*m))
}

func (s *server) createMandate(c *call) (*reply, error) {
	return sealed(c, func(ctx context.Context, a operator.Actor, in client.NewMandate) (deed.Hash, error) {
		return s.act.GiveMandate(ctx, a, controller.MandateForm{
			Mandatary: in.Mandatary, KeyThumbprint: in.KeyThumbprint, CeilingCents: in.CeilingCents, NotAfter: in.NotAfter, Keeper: in.Keeper,
			Types: each(in.Types, func(t int) deed.Type { return deed.Type(t) }),
		})
	})
}
