// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/manager"
)

// policy joins what this Peer signs as a Directory with what it signs as a
// party of its own. It implements [manager.Policy].
type policy struct {
	directory directory.Policy
	rules     manager.RulePolicy
}

// Decide implements [manager.Policy].
func (p policy) Decide(ctx context.Context, self fsc.PeerID, c *fsc.Content, stored []manager.StoredRule) manager.Decision {
	if len(c.Grants) > 0 && c.Grants[0].Type.IsPublication() && c.Grants[0].Directory == self {
		ok, reason := p.directory.Signs(self, c)
		return manager.Decision{Accepts: ok, Reason: manager.ReasonDirectory, Detail: reason}
	}
	return p.rules.Decide(ctx, self, c, stored)
}

// Configured implements [manager.Policy].
func (p policy) Configured() []manager.Rule { return p.rules.Configured() }

func newPolicy(c *Config) (policy, error) {
	p := policy{directory: directory.Policy{
		Automatic: c.Directory.AutoSign, Peers: c.Directory.Peers, MaxValidity: c.Directory.MaxValidity,
	}}
	for i, r := range c.Manager.AutoAccept {
		rule := manager.Rule{
			Role: r.Role, Services: r.Services, Providers: r.Providers, Consumers: r.Consumers,
			Delegators: r.Delegators, MaxValidity: r.MaxValidity, AllowOtherProperties: r.AllowOtherProperties,
		}
		for name, v := range r.Properties {
			text, err := json.Marshal(v)
			if err != nil {
				return p, fmt.Errorf("manager.auto_accept[%d].properties.%s: %w", i, name, err)
			}
			if rule.Properties == nil {
				rule.Properties = map[string][]byte{}
			}
			rule.Properties[name] = text
		}
		p.rules.Rules = append(p.rules.Rules, rule)
	}
	return p, nil
}
