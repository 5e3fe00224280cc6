// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"errors"
	"net/http"
	"time"

	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/manager"
)

func (s *server) policyHandlers() map[string]handler {
	return map[string]handler{
		"listAcceptanceRules": s.listRules, "createAcceptanceRule": s.createRule, "getAcceptanceRule": s.getRule, "putAcceptanceRule": s.putRule,
		"deleteAcceptanceRule": s.deleteRule, "createDryRun": s.createDryRun, "createRuleDryRun": s.createRuleDryRun,
	}
}

func ruleFormOf(f controller.RuleForm) client.AcceptanceRuleForm {
	return client.AcceptanceRuleForm{
		Name: f.Name, Enabled: f.Enabled, Role: string(f.Role), Services: f.Services, Providers: f.Providers, Consumers: f.Consumers,
		Delegators: f.Delegators, MaxValidityDays: f.MaxValidityDays, AllowOtherProperties: f.AllowOtherProperties,
		Properties: each(f.Properties, func(p controller.PropertyForm) client.Property { return client.Property(p) }),
	}
}

func ruleFrom(id string, f client.AcceptanceRuleForm) controller.RuleForm {
	return controller.RuleForm{
		ID: id, Name: f.Name, Enabled: f.Enabled, Role: manager.Role(f.Role), Services: f.Services, Providers: f.Providers, Consumers: f.Consumers,
		Delegators: f.Delegators, MaxValidityDays: f.MaxValidityDays, AllowOtherProperties: f.AllowOtherProperties, Properties: propertyForms(f.Properties),
	}
}

func ruleOf(r controller.Rule) client.AcceptanceRule {
	return client.AcceptanceRule{
		AcceptanceRuleForm: ruleFormOf(r.RuleForm), ID: r.ID, Origin: string(r.Origin), CreatedAt: utc(r.CreatedAt),
		ProviderPeers: each(r.ProviderPeers, peerOf), ConsumerPeers: each(r.ConsumerPeers, peerOf), DelegatorPeers: each(r.DelegatorPeers, peerOf),
		DecisionRequests: each(r.Requests, requestOf),
	}
}

func (s *server) listRules(c *call) (*reply, error) {
	rules, err := s.act.Rules(c.ctx(), c.actor)
	if err != nil {
		return nil, err
	}
	return whole(c, each(rules, ruleOf))
}

func (s *server) getRule(c *call) (*reply, error) {
	r, err := s.act.Rule(c.ctx(), c.actor, c.path["id"])
	if err != nil {
		return nil, err
	}
	return tagged(http.StatusOK, ruleOf(*r), "", ruleFormOf(r.RuleForm))
}

func (s *server) ruleVersion(c *call) func() (any, error) {
	return func() (any, error) {
		r, err := s.act.Rule(c.ctx(), c.actor, c.path["id"])
		if err != nil {
			return nil, err
		}
		return ruleFormOf(r.RuleForm), nil
	}
}

func (s *server) createRule(c *call) (*reply, error) {
	in, err := decode[client.AcceptanceRuleForm](c)
	if err != nil {
		return nil, err
	}
	r, err := s.act.PutRule(c.ctx(), c.actor, ruleFrom("", in))
	if err != nil {
		return nil, err
	}
	return tagged(http.StatusCreated, ruleOf(*r), "/acceptance-rules/"+r.ID, ruleFormOf(r.RuleForm))
}

func (s *server) putRule(c *call) (*reply, error) {
	in, err := decode[client.AcceptanceRuleForm](c)
	if err != nil {
		return nil, err
	}
	return s.change(c, s.ruleVersion(c), func() (*reply, error) {
		r, err := s.replaceRule(c, in)
		if err != nil {
			return nil, err
		}
		return tagged(http.StatusOK, ruleOf(*r), "", ruleFormOf(r.RuleForm))
	})
}

// replaceRule changes a rule. Where only enabled differs, it is that act: putting
// a rule out of force needs no second person.
func (s *server) replaceRule(c *call, in client.AcceptanceRuleForm) (*controller.Rule, error) {
	id := c.path["id"]
	before, err := s.act.Rule(c.ctx(), c.actor, id)
	if err != nil {
		return nil, err
	}
	same := ruleFormOf(before.RuleForm)
	same.Enabled = in.Enabled
	asWas, err := etagOf(same)
	if err != nil {
		return nil, err
	}
	asAsked, err := etagOf(in)
	if err != nil {
		return nil, err
	}
	if asWas == asAsked {
		return s.act.EnableRule(c.ctx(), c.actor, id, in.Enabled)
	}
	return s.act.PutRule(c.ctx(), c.actor, ruleFrom(id, in))
}

func (s *server) deleteRule(c *call) (*reply, error) {
	return s.change(c, s.ruleVersion(c), func() (*reply, error) {
		if err := s.act.DeleteRule(c.ctx(), c.actor, c.path["id"]); err != nil {
			return nil, err
		}
		return gone()
	})
}

func (s *server) createDryRun(c *call) (*reply, error) {
	in, err := decode[client.NewDryRun](c)
	if err != nil {
		return nil, err
	}
	r, err := s.act.Rule(c.ctx(), c.actor, c.path["id"])
	if err != nil {
		return nil, err
	}
	return s.dryRun(c, r.RuleForm, in.Since)
}

func (s *server) createRuleDryRun(c *call) (*reply, error) {
	in, err := decode[client.NewRuleDryRun](c)
	if err != nil {
		return nil, err
	}
	rep, err := s.dryRun(c, ruleFrom("", in.Rule), in.Since)
	return rep, inRule(err)
}

// inRule places the problems of a rule where the rule is in the body.
func inRule(err error) error {
	told := controller.FieldErrors(err)
	if len(told) == 0 {
		return err
	}
	out := make([]error, 0, len(told))
	for _, e := range told {
		moved := *e
		if e.Field != "since" && e.Field != "" {
			moved.Field = "rule." + e.Field
		}
		out = append(out, &moved)
	}
	return errors.Join(out...)
}

func (s *server) dryRun(c *call, f controller.RuleForm, since time.Time) (*reply, error) {
	d, err := s.act.DryRun(c.ctx(), c.actor, f, since)
	if err != nil {
		return nil, err
	}
	return done(client.DryRun{
		Since: utc(d.Since), Signs: d.Signs, Truncated: d.Truncated,
		Proposals: each(d.Proposals, func(p controller.DryRunProposal) client.DryRunProposal {
			return client.DryRunProposal{Contract: contractOf(p.Contract), SignedNow: p.SignedNow, Decision: decisionOf(p.Decision)}
		}),
	})
}
