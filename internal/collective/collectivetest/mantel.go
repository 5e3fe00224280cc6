// SPDX-License-Identifier: EUPL-1.2

package collectivetest

import (
	"encoding/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
)

const day = int64(86400)

// Mantel concludes a framework agreement for web services between the first
// member, which buys centrally, and a supplier: one lot "1" of so many
// notifications for the service verhuizing-doorgeven, of a euro at most each, for
// 700 days; one can join for 200 days.
func (c *Circle) Mantel(supplier fsc.PeerID, units int64, eligible ...fsc.PeerID) deed.Hash {
	c.t.Helper()
	now, office := c.Now().Unix(), c.order[0]
	body, err := json.Marshal(dossier.Framework{
		Name: "Webdiensten burgerzaken", Published: now - 90*day, TailDays: 30, Eligible: eligible,
		Windows: []dossier.Window{{From: now - day, Until: now + 200*day}},
		Lots: []dossier.Lot{{
			ID: "1", Name: "Verhuizing doorgeven", Unit: "meldingen", MaximumQuantity: units, MaximumValue: 100 * units,
			Suppliers: []fsc.PeerID{supplier}, Services: []string{"verhuizing-doorgeven"},
		}},
	})
	c.must(err)
	h, err := c.desks[office].Propose(c.t.Context(), deed.Draft{
		Type: dossier.TypeFramework, NotBefore: now, NotAfter: now + 700*day, Body: body, Rule: deed.Rule{Kind: deed.RuleAll},
		Parties: []deed.Party{
			{PeerID: office, Role: deed.Secretariat}, {PeerID: office, Role: dossier.RolePurchasingBody}, {PeerID: supplier, Role: dossier.RoleSupplier},
		},
	}, collective.Act{Act: deed.Accept, Role: dossier.RolePurchasingBody})
	c.must(err)
	c.Settle()
	c.must(c.desks[supplier].Sign(c.t.Context(), h, collective.Act{Act: deed.Accept, Role: dossier.RoleSupplier}))
	c.Settle()
	return h
}

// Price lets the purchasing body and a supplier sign a price of lot 1: euro cents
// for a unit, and hours of joining.
func (c *Circle) Price(framework deed.Hash, supplier fsc.PeerID, cents, hours int64) deed.Hash {
	c.t.Helper()
	office := c.order[0]
	sheet := dossier.PriceSheet{Lot: "1", Cents: cents, Hours: hours, Note: "Zonder inrichting."}
	body, err := sheet.Body()
	c.must(err)
	h, err := c.desks[office].Propose(c.t.Context(), deed.Draft{
		Type: dossier.TypePriceSheet, Parents: []deed.Hash{framework}, Body: body, Rule: deed.Rule{Kind: deed.RuleAll},
		Parties: []deed.Party{{PeerID: office, Role: dossier.RolePurchasingBody}, {PeerID: supplier, Role: dossier.RoleSupplier}},
	}, collective.Act{Act: deed.Accept, Role: dossier.RolePurchasingBody})
	c.must(err)
	c.Settle()
	c.must(c.desks[supplier].Sign(c.t.Context(), h, collective.Act{Act: deed.Accept, Role: dossier.RoleSupplier}))
	c.Settle()
	return h
}
