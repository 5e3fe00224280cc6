// SPDX-License-Identifier: EUPL-1.2

package dossier

import (
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// ReadConfirmation checks the deed by which suppliers and buyers together say
// that a framework, its parent, is as the purchasing body asserted it. The body
// is empty: all is in the framework itself.
func ReadConfirmation(c *deed.Content) error {
	var empty struct{}
	if err := read(c, TypeConfirmation, &empty); err != nil {
		return err
	}
	if c.Rule.Kind != deed.RuleAll || len(c.PeersInRole(RoleSupplier)) == 0 || len(c.PeersInRole(RoleBuyer)) == 0 {
		return refuse(ReasonSignatories, "", "a supplier of each lot and a buyer confirm an imported framework together")
	}
	return nil
}

// JudgeConfirmation tells whether those who confirm are enough: a supplier of
// each lot, and buyers that may accede.
func JudgeConfirmation(s *Standing, c *deed.Content) error {
	signed := c.PeersInRole(RoleSupplier)
	for _, p := range signed {
		if !slices.Contains(s.Framework.suppliers(), p) {
			return refuse(ReasonSupplier, "", "Peer %s is not a supplier of this framework", p)
		}
	}
	for i := range s.Framework.Lots {
		if !slices.ContainsFunc(s.Framework.Lots[i].Suppliers, func(p fsc.PeerID) bool { return slices.Contains(signed, p) }) {
			return refuse(ReasonSignatories, "", "no supplier of lot %d confirms the framework", i+1)
		}
	}
	for _, p := range c.PeersInRole(RoleBuyer) {
		if ok, why := s.Eligible(p); !ok {
			return refuse(ReasonNotEligible, lawBuyers, "Peer %s is no buyer of this framework: %s", p, why)
		}
	}
	return nil
}
