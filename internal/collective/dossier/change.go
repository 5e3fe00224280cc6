// SPDX-License-Identifier: EUPL-1.2

package dossier

import (
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// ChangeKind is what a change does to a framework (design, section 3.2).
type ChangeKind string

// The kinds of changes.
const (
	ChangeTax             ChangeKind = "tax"              // another rate of a tax, by law
	ChangeIndexation      ChangeKind = "indexation"       // prices follow an index
	ChangePartyWithdrawal ChangeKind = "party_withdrawal" // a supplier leaves
	ChangeThirdParty      ChangeKind = "third_party"      // another one takes a supplier's place
	ChangeTermination     ChangeKind = "termination"      // opzegging
	ChangeAnnulment       ChangeKind = "annulment"        // vernietiging by a court
	ChangeSuspension      ChangeKind = "suspension"       // nothing new for the time being
	ChangeLift            ChangeKind = "lift"             // the end of a suspension
	ChangeExtension       ChangeKind = "extension"        // the options are used
)

const (
	// MaxIndexation is how far prices may be changed together over the life of a
	// framework without a new tender, in basis points up or down.
	MaxIndexation = 1000
	// lawChange is the article on changes during the term.
	lawChange = "Directive 2014/24/EU art. 72; Aanbestedingswet 2012 art. 2.163a-2.163g"
	maxTax    = 10_000 // basis points
)

// Change is the body of a change of a framework, its parent. The purchasing body
// signs; where others have to agree, they are parties too.
type Change struct {
	Kind ChangeKind `json:"kind"`
	// Reason says why, with the clause or ruling it rests on.
	Reason string `json:"reason"`
	// BasisPoints is by how much prices change, in hundredths of a percent, with tax
	// and indexation. It may be below zero.
	BasisPoints int64 `json:"basis_points,omitzero"`
	// Supplier is who leaves or is replaced.
	Supplier fsc.PeerID `json:"supplier,omitzero"`
	// Successor is who takes the supplier's place.
	Successor fsc.PeerID `json:"successor,omitzero"`
}

// ReadChange reads the body of a change's deed and checks that those who have to
// agree are asked: all that are parties have to sign.
func ReadChange(c *deed.Content) (*Change, error) {
	var g Change
	if err := read(c, TypeChange, &g); err != nil {
		return nil, err
	}
	if !text(g.Reason, maxText) {
		return nil, malformed("reason", "must have 1 to %d characters", maxText)
	}
	prices := g.Kind == ChangeTax || g.Kind == ChangeIndexation
	switch {
	case prices != (g.BasisPoints != 0) || g.BasisPoints > maxTax || g.BasisPoints < -maxTax:
		return nil, malformed("basis_points", "goes with tax and indexation, from -%d to %d", maxTax, maxTax)
	case (g.Kind == ChangePartyWithdrawal || g.Kind == ChangeThirdParty) != (g.Supplier != ""):
		return nil, malformed("supplier", "goes with party_withdrawal and third_party")
	case (g.Kind == ChangeThirdParty) != (g.Successor != "") || g.Successor != "" && g.Successor == g.Supplier:
		return nil, malformed("successor", "goes with third_party, and is another than the supplier")
	}
	return &g, g.signers(c)
}

// signers checks who is asked to sign.
func (g *Change) signers(c *deed.Content) error {
	suppliers := c.PeersInRole(RoleSupplier)
	switch g.Kind {
	case ChangeTax, ChangePartyWithdrawal, ChangeTermination, ChangeAnnulment, ChangeSuspension, ChangeLift:
		return nil
	case ChangeThirdParty:
		if !slices.Contains(suppliers, g.Successor) {
			return refuse(ReasonSignatories, lawChange, "who takes the place of a supplier has to sign")
		}
	case ChangeIndexation, ChangeExtension:
		if len(suppliers) == 0 {
			return refuse(ReasonSignatories, lawChange, "the suppliers have to sign this change as well")
		}
	default:
		return malformed("kind", "isn't a kind of change")
	}
	if c.Rule.Kind != deed.RuleAll {
		return refuse(ReasonSignatories, lawChange, "all parties have to sign this change")
	}
	return nil
}

// JudgeChange tells whether a change can be made to a framework as it is: of is
// its body with the changes so far, indexed what prices were indexed by before,
// in basis points.
func JudgeChange(g *Change, c *deed.Content, of *Framework, indexed int64) error {
	known := of.suppliers()
	for _, p := range c.PeersInRole(RoleSupplier) {
		if p != g.Successor && !slices.Contains(known, p) {
			return refuse(ReasonSupplier, lawChange, "Peer %s is not a supplier of this framework", p)
		}
	}
	switch g.Kind {
	case ChangeIndexation:
		if sum := indexed + g.BasisPoints; sum > MaxIndexation || sum < -MaxIndexation {
			return refuse(ReasonChangeCap, lawChange, "prices would have changed by %d hundredths of a percent in all, and %d is the most without a new tender", sum, MaxIndexation)
		}
	case ChangeThirdParty:
		if slices.Contains(known, g.Successor) || slices.Contains(of.Eligible, g.Successor) {
			return refuse(ReasonRoles, lawConflict, "Peer %s is a supplier or a buyer of this framework already", g.Successor)
		}
		fallthrough
	case ChangePartyWithdrawal:
		if !slices.Contains(known, g.Supplier) {
			return refuse(ReasonSupplier, lawChange, "Peer %s is not a supplier of this framework", g.Supplier)
		}
	case ChangeExtension:
		if of.ExtensionUntil == 0 {
			return refuse(ReasonTerm, law33, "the framework has no option to extend it; a longer one takes a new tender")
		}
		if missing := slices.IndexFunc(known, func(p fsc.PeerID) bool { return !c.HasParty(p, RoleSupplier) }); missing >= 0 {
			return refuse(ReasonSignatories, lawChange, "Peer %s has to sign the extension as well", known[missing])
		}
	default:
	}
	return nil
}

// Apply gives the framework's body with the change: only suppliers of lots can
// be others. The argument isn't changed.
func (g *Change) Apply(f *Framework) *Framework {
	if g.Supplier == "" {
		return f
	}
	out := *f
	out.Lots = slices.Clone(f.Lots)
	for i := range out.Lots {
		l := &out.Lots[i]
		at := slices.Index(l.Suppliers, g.Supplier)
		if at < 0 {
			continue
		}
		l.Suppliers = slices.Clone(l.Suppliers)
		if g.Successor != "" {
			l.Suppliers[at] = g.Successor
		} else {
			l.Suppliers = slices.Delete(l.Suppliers, at, at+1)
		}
	}
	return &out
}

// suppliers lists the suppliers of all lots, each once.
func (f *Framework) suppliers() []fsc.PeerID {
	var all []fsc.PeerID
	for i := range f.Lots {
		for _, p := range f.Lots[i].Suppliers {
			if !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	return all
}
