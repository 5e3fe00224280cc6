// SPDX-License-Identifier: EUPL-1.2

package directory

import (
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// Policy says which publications a Directory signs without a person. The zero
// value signs none.
type Policy struct {
	// Automatic signs publications that obey the limits below.
	Automatic bool
	// Peers limits automatic signing to these providers; empty means every Peer
	// of the Group.
	Peers []fsc.PeerID
	// MaxValidity limits how long a publication may run; 0 means no limit.
	MaxValidity time.Duration
}

// Signs tells whether the Directory self signs the whole contract, and if not,
// why: a text for the operator.
func (p Policy) Signs(self fsc.PeerID, c *fsc.Content) (ok bool, reason string) {
	if !p.Automatic {
		return false, "publications are signed by a person here"
	}
	if validity := time.Duration(c.Validity.NotAfter-c.Validity.NotBefore) * time.Second; p.MaxValidity > 0 && validity > p.MaxValidity {
		return false, "the publication runs longer than this Directory signs automatically"
	}
	for i := range c.Grants {
		g := &c.Grants[i]
		switch {
		case !g.Type.IsPublication() || g.Directory != self:
			return false, "the contract is not a publication in this Directory"
		case len(p.Peers) > 0 && !slices.Contains(p.Peers, g.Service.PeerID):
			return false, "the provider is not on the list of this Directory"
		case fsc.HasExternalContract(g.Properties):
			return false, "an external contract reference has to be checked by a person"
		}
	}
	return true, ""
}
