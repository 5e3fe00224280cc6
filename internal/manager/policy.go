// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// Role is the part this Peer has in a grant.
type Role string

// The roles of a Peer in a connection grant, and of a provider in a publication.
const (
	RoleProvider             Role = "provider"
	RoleConsumer             Role = "consumer"
	RoleDelegator            Role = "delegator"
	RolePublicationDelegator Role = "publication_delegator"
)

// Further parts, which contracts can be searched by but rules can't be for: who
// publishes a service, and in whose Directory.
const (
	RolePublisher Role = "publisher"
	RoleDirectory Role = "directory"
)

// Rule describes grants this Peer signs without a person. All fields that are
// set have to fit; an empty list fits everything, except Role, which is required.
type Rule struct {
	Role     Role
	Services []string
	// Providers, Consumers and Delegators limit who the others may be. An empty
	// Delegators fits only grants without a delegator, of the connection or of
	// the service. This Peer may be the delegator only where the Role says so.
	Providers  []fsc.PeerID
	Consumers  []fsc.PeerID
	Delegators []fsc.PeerID
	// MaxValidity limits not_after minus not_before; 0 means no limit.
	MaxValidity time.Duration
	// Properties have to be in the grant with exactly these values (JSON).
	Properties map[string][]byte
	// AllowOtherProperties lets the grant have properties that aren't named above.
	AllowOtherProperties bool
}

// RulePolicy accepts a contract when every grant in it fits a rule for the part
// this Peer has in it. It implements [Policy].
type RulePolicy struct {
	// Rules are those of the configuration.
	Rules []Rule
}

// Configured implements [Policy].
func (p RulePolicy) Configured() []Rule { return p.Rules }

// Decide implements [Policy].
func (p RulePolicy) Decide(_ context.Context, self fsc.PeerID, c *fsc.Content, stored []StoredRule) Decision {
	rules := slices.Concat(configured(p.Rules), stored)
	if len(rules) == 0 {
		return Decision{Reason: ReasonNoRules}
	}
	d := Decision{Accepts: true}
	validity := time.Duration(c.Validity.NotAfter-c.Validity.NotBefore) * time.Second
	for i := range c.Grants {
		g := decideGrant(self, &c.Grants[i], validity, rules)
		d.Accepts = d.Accepts && g.FitsRule != ""
		d.Grants = append(d.Grants, g)
	}
	return d
}

func decideGrant(self fsc.PeerID, g *fsc.Grant, validity time.Duration, rules []StoredRule) GrantDecision {
	d := GrantDecision{Grant: g.Hash}
	if fsc.HasExternalContract(g.Properties) {
		d.External = true
		return d
	}
	for _, r := range rules {
		conditions := r.Rule.misfits(self, g, validity)
		if len(conditions) == 0 {
			return GrantDecision{Grant: g.Hash, FitsRule: r.ID}
		}
		d.Misfits = append(d.Misfits, Misfit{RuleID: r.ID, RuleName: r.Name, Conditions: conditions})
	}
	return d
}

// misfits lists what keeps a grant from fitting; nothing means that it fits.
func (r *Rule) misfits(self fsc.PeerID, g *fsc.Grant, validity time.Duration) []Condition {
	var out []Condition
	add := func(f RuleField, value string) { out = append(out, Condition{f, value}) }
	if !r.roleFits(self, g) {
		add(FieldRole, string(r.Role))
	}
	if !anyOf(r.Services, g.Service.Name) {
		add(FieldServices, g.Service.Name)
	}
	if !anyOf(r.Providers, g.Service.PeerID) {
		add(FieldProviders, string(g.Service.PeerID))
	}
	if !g.Type.IsPublication() && !anyOf(r.Consumers, g.Outway.PeerID) {
		add(FieldConsumers, string(g.Outway.PeerID))
	}
	for _, p := range r.strangeDelegators(self, g) {
		add(FieldDelegators, string(p))
	}
	if r.MaxValidity != 0 && validity > r.MaxValidity {
		add(FieldMaxValidity, validity.String())
	}
	return append(out, r.propertyMisfits(g.Properties)...)
}

func (r *Rule) roleFits(self fsc.PeerID, g *fsc.Grant) bool {
	switch r.Role {
	case RoleProvider:
		return g.Service.PeerID == self
	case RoleConsumer:
		return g.Type.IsConnection() && g.Outway.PeerID == self
	case RoleDelegator:
		return g.Type == fsc.GrantTypeDelegatedServiceConnection && g.Delegator == self
	case RolePublicationDelegator:
		return g.Service.Delegator == self || (g.Type == fsc.GrantTypeDelegatedServicePublication && g.Delegator == self)
	case RolePublisher, RoleDirectory: // there are no rules for these
	}
	return false
}

// strangeDelegators keeps a rule for one part from giving away another: who may
// call a service of ours may not therefore call it in our name.
func (r *Rule) strangeDelegators(self fsc.PeerID, g *fsc.Grant) (strange []fsc.PeerID) {
	ofConnection, ofService := g.Delegator, g.Service.Delegator
	if g.Type.IsPublication() {
		ofConnection, ofService = "", g.Delegator
	}
	if !r.delegatorFits(ofConnection, self, RoleDelegator) {
		strange = append(strange, ofConnection)
	}
	if !r.delegatorFits(ofService, self, RolePublicationDelegator) {
		strange = append(strange, ofService)
	}
	return strange
}

func (r *Rule) delegatorFits(p, self fsc.PeerID, own Role) bool {
	return p == "" || (p == self && r.Role == own) || slices.Contains(r.Delegators, p)
}

func (r *Rule) propertyMisfits(properties []byte) (out []Condition) {
	for _, name := range slices.Sorted(maps.Keys(r.Properties)) {
		got, ok := fsc.Property(properties, name)
		if !ok || !sameJSON(got, r.Properties[name]) {
			out = append(out, Condition{FieldProperties, name})
		}
	}
	if r.AllowOtherProperties {
		return out
	}
	names, err := fsc.PropertyNames(properties)
	if err != nil {
		return append(out, Condition{Field: FieldOtherProperties})
	}
	for _, name := range names {
		if _, ok := r.Properties[name]; !ok {
			out = append(out, Condition{FieldOtherProperties, name})
		}
	}
	return out
}

func sameJSON(a, b []byte) bool {
	ca, errA := fsc.Canonicalize(a)
	cb, errB := fsc.Canonicalize(b)
	return errA == nil && errB == nil && bytes.Equal(ca, cb)
}

func anyOf[T comparable](list []T, v T) bool {
	return len(list) == 0 || slices.Contains(list, v)
}
