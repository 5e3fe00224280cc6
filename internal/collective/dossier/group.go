// SPDX-License-Identifier: EUPL-1.2

package dossier

import (
	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// Group is the body of a group of organisations. That one is a member follows
// from the member's own deed only.
type Group struct {
	Name string `json:"name"`
	// Kind is what sort of group it is, in the words of the register.
	Kind string `json:"kind"`
	// Basis is what the group rests on: the number of an arrangement, a rule. May
	// be empty.
	Basis string `json:"basis,omitzero"`
	// Invited are those who may become voting members; empty: whoever fits.
	Invited []fsc.PeerID `json:"invited,omitzero"`
}

// ReadGroup reads the body of a group's deed.
func ReadGroup(c *deed.Content) (*Group, error) {
	var g Group
	if err := read(c, TypeGroup, &g); err != nil {
		return nil, err
	}
	switch {
	case !text(g.Name, maxName):
		return nil, malformed("name", "must have 1 to %d characters", maxName)
	case !text(g.Kind, 50):
		return nil, malformed("kind", "must have 1 to 50 characters")
	case g.Basis != "" && !text(g.Basis, maxName):
		return nil, malformed("basis", "must have at most %d characters", maxName)
	case len(g.Invited) > maxEligible || !subset(g.Invited, g.Invited):
		return nil, malformed("invited", "must be at most %d organisations, each once", maxEligible)
	}
	for i, p := range g.Invited {
		if !deed.ValidPeer(p) {
			return nil, malformed(item("invited", i, "peer_id"), "isn't a Peer")
		}
	}
	return &g, nil
}

// Membership is the body of a member's own statement that it takes part in a
// group, its parent.
type Membership struct {
	// Class is voting, guest, observer or supplier.
	Class string `json:"class"`
}

// Member gives the organisation that becomes a member.
func Member(c *deed.Content) fsc.PeerID {
	if peers := c.PeersInRole(RoleMember); len(peers) == 1 {
		return peers[0]
	}
	return ""
}

// ReadMembership reads the body of a membership's deed.
func ReadMembership(c *deed.Content) (*Membership, error) {
	var m Membership
	if err := read(c, TypeMembership, &m); err != nil {
		return nil, err
	}
	if Member(c) == "" || c.Rule.Kind != deed.RuleOne {
		return nil, refuse(ReasonSignatories, "", "only the member itself can state its membership")
	}
	if !text(m.Class, 50) {
		return nil, malformed("class", "must be voting, guest, observer or supplier")
	}
	return &m, nil
}
