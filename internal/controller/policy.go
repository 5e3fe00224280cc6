// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

const (
	actPutRule    = "rule.put"
	actDeleteRule = "rule.delete"
	// configurationRule begins the IDs of rules of the configuration.
	configurationRule = "configuration-"
)

func errConfigured() error {
	return &operator.Error{Kind: operator.KindConflict, Text: "this rule stands in the configuration and is changed there"}
}

// maxDryRun is how far back a dry run looks at most.
const maxDryRun = 3 * 366 * 24 * time.Hour

// RuleForm is an acceptance rule as a person or program describes it: which
// contracts this Peer signs without a person. Empty lists fit everything,
// except Delegators, which then fits only grants without a delegator.
type RuleForm struct {
	ID         string       `json:"id,omitempty"` // empty: a new rule
	Name       string       `json:"name"`
	Enabled    bool         `json:"enabled"`
	Role       manager.Role `json:"role"`
	Services   []string     `json:"services,omitempty"`
	Providers  []fsc.PeerID `json:"providers,omitempty"`
	Consumers  []fsc.PeerID `json:"consumers,omitempty"`
	Delegators []fsc.PeerID `json:"delegators,omitempty"`
	// MaxValidityDays limits the length of the validity; 0: no limit.
	MaxValidityDays      int            `json:"maxValidityDays,omitempty"`
	Properties           []PropertyForm `json:"properties,omitempty"`
	AllowOtherProperties bool           `json:"allowOtherProperties,omitempty"`
}

// Rule is an acceptance rule with the names of the Peers in it.
type Rule struct {
	RuleForm
	Origin    manager.Origin
	CreatedAt time.Time
	// MaxValidity is exact where MaxValidityDays is rounded up.
	MaxValidity                  time.Duration
	ProviderPeers, ConsumerPeers []fsc.Peer
	DelegatorPeers               []fsc.Peer
	// Requests are changes of it that wait for a second person.
	Requests []operator.Request
}

// Rules lists the acceptance rules: first those of the configuration, which
// can't be changed here, then the stored ones.
func (c *Controller) Rules(ctx context.Context, a operator.Actor) ([]Rule, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	stored, err := c.cfg.Manager.ListRules(ctx)
	if err != nil {
		return nil, err
	}
	var ids []fsc.PeerID
	for _, r := range stored {
		ids = slices.Concat(ids, r.Rule.Providers, r.Rule.Consumers, r.Rule.Delegators)
	}
	known, err := c.lookUp(ctx, ids...)
	if err != nil {
		return nil, err
	}
	waiting, err := c.cfg.People.Waiting(ctx, a)
	if err != nil {
		return nil, err
	}
	rules := make([]Rule, 0, len(stored))
	for _, r := range stored {
		rules = append(rules, known.rule(r, waiting))
	}
	return rules, nil
}

// Rule gives one acceptance rule.
func (c *Controller) Rule(ctx context.Context, a operator.Actor, id string) (*Rule, error) {
	rules, err := c.Rules(ctx, a)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return nil, notFound("there is no such rule")
	}
	return &rules[i], nil
}

func (n names) rule(r manager.StoredRule, waiting []*operator.Request) Rule {
	v := Rule{RuleForm: formOfRule(r), Origin: r.Origin, CreatedAt: r.CreatedAt, MaxValidity: r.Rule.MaxValidity}
	of := func(ids []fsc.PeerID) (peers []fsc.Peer) {
		for _, id := range ids {
			peers = append(peers, n.peer(id))
		}
		return peers
	}
	v.ProviderPeers, v.ConsumerPeers, v.DelegatorPeers = of(r.Rule.Providers), of(r.Rule.Consumers), of(r.Rule.Delegators)
	for _, w := range waiting {
		if w.Object == r.ID && strings.HasPrefix(w.Act, "rule.") {
			v.Requests = append(v.Requests, *w)
		}
	}
	return v
}

// RuleRoles are the parts a rule can be about.
func RuleRoles() []manager.Role {
	return []manager.Role{manager.RoleProvider, manager.RoleConsumer, manager.RoleDelegator, manager.RolePublicationDelegator}
}

// ruleNeedsSecond: a rule signs in the place of a person, so it needs a second
// one where accepting by hand does.
func (c *Controller) ruleNeedsSecond(act string) bool {
	return c.cfg.People.NeedsSecond(act) || act == actPutRule && c.cfg.People.NeedsSecond(eventOf(fsc.SignatureTypeAccept))
}

// PutRule makes or changes an acceptance rule. Where that needs a second
// person, the error is an operator.Error of KindSecondPerson and the act waits.
func (c *Controller) PutRule(ctx context.Context, a operator.Actor, f RuleForm) (*Rule, error) {
	if !c.ruleNeedsSecond(actPutRule) {
		return c.putRule(ctx, a, f, nil)
	}
	if err := c.cfg.People.Require(a, operator.PermissionManage); err != nil {
		return nil, c.cfg.People.Record(ctx, a, operator.Event{Act: actPutRule, Object: f.ID}, err)
	}
	if _, err := f.rule(); err != nil {
		return nil, err
	}
	payload, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	object := f.ID
	if object == "" {
		object = f.Name
	}
	return nil, c.ask(ctx, a, actPutRule, object, payload)
}

func (c *Controller) putRule(ctx context.Context, a operator.Actor, f RuleForm, by *operator.Request) (*Rule, error) {
	var put manager.StoredRule
	e := operator.Event{Act: actPutRule, Object: f.ID, Changes: requestedBy(by)}
	err := c.actWith(ctx, a, operator.PermissionManage, e, func(ctx context.Context, e *operator.Event) error {
		r, err := f.rule()
		if err != nil {
			return err
		}
		before, err := c.ruleForm(ctx, f.ID)
		if err != nil {
			return err
		}
		if strings.HasPrefix(f.ID, configurationRule) {
			return errConfigured()
		}
		if put, err = c.cfg.Manager.PutRule(ctx, r); err != nil {
			return ofField(err)
		}
		e.Object = put.ID
		e.Changes = append(e.Changes, ruleChanges(before, formOfRule(put))...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c.Rule(ctx, a, put.ID)
}

// ruleForm gives a stored rule as a form; the zero form when id is empty.
func (c *Controller) ruleForm(ctx context.Context, id string) (RuleForm, error) {
	if id == "" {
		return RuleForm{}, nil
	}
	rules, err := c.cfg.Manager.ListRules(ctx)
	if err != nil {
		return RuleForm{}, err
	}
	for _, r := range rules {
		if r.ID == id {
			return formOfRule(r), nil
		}
	}
	return RuleForm{}, notFound("there is no such rule")
}

// EnableRule puts a rule in force or out of it.
func (c *Controller) EnableRule(ctx context.Context, a operator.Actor, id string, on bool) (*Rule, error) {
	f, err := c.ruleForm(ctx, id)
	if err != nil {
		return nil, c.cfg.People.Record(ctx, a, operator.Event{Act: actPutRule, Object: id}, err)
	}
	f.Enabled = on
	if !on { // less is signed without a person: that needs no second one
		return c.putRule(ctx, a, f, nil)
	}
	return c.PutRule(ctx, a, f)
}

// DeleteRule removes a stored rule.
func (c *Controller) DeleteRule(ctx context.Context, a operator.Actor, id string) error {
	if !c.ruleNeedsSecond(actDeleteRule) {
		return c.deleteRule(ctx, a, id, nil)
	}
	if err := c.cfg.People.Require(a, operator.PermissionManage); err != nil {
		return c.cfg.People.Record(ctx, a, operator.Event{Act: actDeleteRule, Object: id}, err)
	}
	return c.ask(ctx, a, actDeleteRule, id, nil)
}

func (c *Controller) deleteRule(ctx context.Context, a operator.Actor, id string, by *operator.Request) error {
	e := operator.Event{Act: actDeleteRule, Object: id, Changes: requestedBy(by)}
	return c.actWith(ctx, a, operator.PermissionManage, e, func(ctx context.Context, e *operator.Event) error {
		before, err := c.ruleForm(ctx, id)
		if err != nil {
			return err
		}
		if strings.HasPrefix(id, configurationRule) {
			return errConfigured()
		}
		e.Changes = append(e.Changes, ruleChanges(before, RuleForm{})...)
		return ofField(c.cfg.Manager.DeleteRule(ctx, id))
	})
}
