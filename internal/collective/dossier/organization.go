// SPDX-License-Identifier: EUPL-1.2

package dossier

import (
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

const (
	maxAttributes   = 50
	maxPredecessors = 20
)

// Organization is the body of an organisation's statement about itself. Its key
// is the OIN in its certificate; nothing else is an identity (design, 3.2).
type Organization struct {
	Name string `json:"name"`
	// Kind is what sort of organisation it is, in the words of the register.
	Kind       string      `json:"kind"`
	Attributes []Attribute `json:"attributes"`
	// Predecessors are organisations that ended and whose rights and duties this
	// one has. Their own statements are parents of the deed.
	Predecessors []fsc.PeerID `json:"predecessors,omitzero"`
}

// Attribute is something that is said of an organisation, like its number at the
// Chamber of Commerce, with where that comes from and the day (YYYY-MM-DD).
type Attribute struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Source string `json:"source"`
	On     string `json:"on"`
}

// Self gives the organisation that a statement is about.
func Self(c *deed.Content) fsc.PeerID {
	if peers := c.PeersInRole(RoleOrganization); len(peers) == 1 {
		return peers[0]
	}
	return ""
}

// ReadOrganization reads the body of an organisation's deed.
func ReadOrganization(c *deed.Content) (*Organization, error) {
	var o Organization
	if err := read(c, TypeOrganization, &o); err != nil {
		return nil, err
	}
	if merges := len(o.Predecessors) > 0; merges != (c.Rule.Kind == deed.RuleAll) || merges != (len(c.PeersInRole(RoleRegistrar)) == 1) {
		return nil, refuse(ReasonSignatories, "", "an organisation signs for itself alone, unless it takes over from others: then the registrar signs as well")
	}
	switch {
	case !text(o.Name, maxName):
		return nil, malformed("name", "must have 1 to %d characters", maxName)
	case !text(o.Kind, 50):
		return nil, malformed("kind", "must have 1 to 50 characters")
	case len(o.Attributes) > maxAttributes:
		return nil, malformed("attributes", "must be at most %d", maxAttributes)
	case len(o.Predecessors) > maxPredecessors || !subset(o.Predecessors, o.Predecessors):
		return nil, malformed("predecessors", "must be at most %d, each once", maxPredecessors)
	case slices.Contains(o.Predecessors, Self(c)) || slices.ContainsFunc(o.Predecessors, func(p fsc.PeerID) bool { return !deed.ValidPeer(p) }):
		return nil, malformed("predecessors", "must be PeerIDs of other organisations")
	}
	for i, a := range o.Attributes {
		if err := a.check(i); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(o.Attributes[:i], func(b Attribute) bool { return b.Name == a.Name }) {
			return nil, malformed(item("attributes", i, "name"), "stands there twice")
		}
	}
	return &o, nil
}

func (a *Attribute) check(i int) error {
	for _, m := range []struct{ name, value string }{{"name", a.Name}, {"value", a.Value}, {"source", a.Source}} {
		if !text(m.value, maxName) {
			return malformed(item("attributes", i, m.name), "must have 1 to %d characters", maxName)
		}
	}
	if _, err := time.Parse(time.DateOnly, a.On); err != nil {
		return malformed(item("attributes", i, "on"), "must be a day, like 2026-01-31")
	}
	return nil
}
