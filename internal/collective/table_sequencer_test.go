// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
)

// Anybody may hand in a deed that looks like an allocation. Nobody can keep the
// purchasing body from answering with it.
func TestNobodyStopsASequencerWithDeedsItDidNotSign(t *testing.T) {
	c := newCircle(t, office, maker, duinwijk, veenhoven)
	f := c.mantel(1000, duinwijk, veenhoven)
	a, err := c.accede(duinwijk, f, 400, 0)
	fatal(t, err)
	c.settle()
	o, err := c.callOff(duinwijk, f, a, 250)
	fatal(t, err)
	c.settle()
	pretend := func(by fsc.PeerID, detail string) {
		body := body(t, dossier.Allocation{
			Command: dossier.Command{Request: "d/" + string(o), Kind: "draw", Lot: "1", Buyer: string(duinwijk), CallOff: string(o), Quantity: 250},
			Refusal: &dossier.CommandRefusal{Code: "exhausted", Detail: detail},
		})
		d := deed.Draft{
			Type: dossier.TypeAllocation, Parents: []deed.Hash{f, o}, Body: body, GroupID: deskGroup,
			Rule: deed.Rule{Kind: deed.RuleOne, Role: dossier.RolePurchasingBody}, Parties: []deed.Party{{PeerID: by, Role: dossier.RolePurchasingBody}},
		}
		content, err := c.at(veenhoven).Draft(d)
		fatal(t, err)
		fatal(t, post{c, veenhoven}.Put(t.Context(), office, collective.Item{Deed: content.Raw()}))
	}
	pretend(office, "nobody signed this")
	for _, detail := range []string{"one", "two", "three"} {
		pretend(veenhoven, detail) // void: its party isn't the purchasing body
	}
	fatal(t, c.at(maker).Sign(t.Context(), o, accept(dossier.RoleSupplier)))
	c.settle()
	c.everywhere(o, "signed", "allocated")
}
