// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"bytes"
	"context"
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
// this Peer has in it.
type RulePolicy struct {
	Rules []Rule
}

// Accepts implements [Policy].
func (p RulePolicy) Accepts(_ context.Context, self fsc.PeerID, c *fsc.Content) (bool, string) {
	if len(p.Rules) == 0 {
		return false, "contracts are signed by a person here"
	}
	validity := time.Duration(c.Validity.NotAfter-c.Validity.NotBefore) * time.Second
	for i := range c.Grants {
		g := &c.Grants[i]
		if fsc.HasExternalContract(g.Properties) {
			return false, "an external contract reference has to be checked by a person"
		}
		fits := func(r Rule) bool { return r.fits(self, g, validity) }
		if !slices.ContainsFunc(p.Rules, fits) {
			return false, "no rule fits grant " + string(g.Hash)
		}
	}
	return true, ""
}

func (r Rule) fits(self fsc.PeerID, g *fsc.Grant, validity time.Duration) bool {
	return r.roleFits(self, g) &&
		anyOf(r.Services, g.Service.Name) &&
		anyOf(r.Providers, g.Service.PeerID) &&
		(g.Type.IsPublication() || anyOf(r.Consumers, g.Outway.PeerID)) &&
		r.delegatorsFit(self, g) &&
		(r.MaxValidity == 0 || validity <= r.MaxValidity) &&
		r.propertiesFit(g.Properties)
}

func (r Rule) roleFits(self fsc.PeerID, g *fsc.Grant) bool {
	switch r.Role {
	case RoleProvider:
		return g.Service.PeerID == self
	case RoleConsumer:
		return g.Type.IsConnection() && g.Outway.PeerID == self
	case RoleDelegator:
		return g.Type == fsc.GrantTypeDelegatedServiceConnection && g.Delegator == self
	case RolePublicationDelegator:
		return g.Service.Delegator == self || (g.Type == fsc.GrantTypeDelegatedServicePublication && g.Delegator == self)
	}
	return false
}

// delegatorsFit keeps a rule for one part from giving away another: who may call
// a service of ours may not therefore call it in our name.
func (r Rule) delegatorsFit(self fsc.PeerID, g *fsc.Grant) bool {
	ofConnection, ofService := g.Delegator, g.Service.Delegator
	if g.Type.IsPublication() {
		ofConnection, ofService = "", g.Delegator
	}
	return r.delegatorFits(ofConnection, self, RoleDelegator) && r.delegatorFits(ofService, self, RolePublicationDelegator)
}

func (r Rule) delegatorFits(p, self fsc.PeerID, own Role) bool {
	return p == "" || (p == self && r.Role == own) || slices.Contains(r.Delegators, p)
}

func (r Rule) propertiesFit(properties []byte) bool {
	for name, want := range r.Properties {
		got, ok := fsc.Property(properties, name)
		if !ok || !sameJSON(got, want) {
			return false
		}
	}
	if r.AllowOtherProperties {
		return true
	}
	names, err := fsc.PropertyNames(properties)
	if err != nil {
		return false
	}
	for _, name := range names {
		if _, ok := r.Properties[name]; !ok {
			return false
		}
	}
	return true
}

func sameJSON(a, b []byte) bool {
	ca, errA := fsc.Canonicalize(a)
	cb, errB := fsc.Canonicalize(b)
	return errA == nil && errB == nil && bytes.Equal(ca, cb)
}

func anyOf[T comparable](list []T, v T) bool {
	return len(list) == 0 || slices.Contains(list, v)
}
