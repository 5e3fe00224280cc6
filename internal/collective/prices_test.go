// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"errors"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// rival also supplies; passer has no part.
const (
	rival  = fsc.PeerID("00000099000000000005")
	passer = fsc.PeerID("00000099000000000006")
)

// priced is a circle with a framework of two suppliers and one eligible buyer, in
// which maker's price holds.
func priced(t *testing.T) (c *circle, framework, price deed.Hash) {
	t.Helper()
	c = newCircle(t, office, maker, duinwijk, rival, passer)
	now := c.now().Unix()
	lot := dossier.Lot{ID: "1", Name: "Verhuizing", Unit: "meldingen", MaximumQuantity: 1000, MaximumValue: 100_000_000, Suppliers: []fsc.PeerID{maker, rival}}
	framework, err := c.at(office).Propose(t.Context(), deed.Draft{
		Type: dossier.TypeFramework, NotBefore: now, NotAfter: now + 700*day, Rule: deed.Rule{Kind: deed.RuleAll},
		Body: body(t, dossier.Framework{
			Name: "Webdiensten", Published: now - 90*day, Eligible: []fsc.PeerID{duinwijk},
			Windows: []dossier.Window{{From: now - day, Until: now + 200*day}}, Lots: []dossier.Lot{lot},
		}),
		Parties: []deed.Party{
			{PeerID: office, Role: deed.Secretariat},
			{PeerID: office, Role: dossier.RolePurchasingBody},
			{PeerID: maker, Role: dossier.RoleSupplier},
			{PeerID: rival, Role: dossier.RoleSupplier},
		},
	}, accept(dossier.RolePurchasingBody))
	fatal(t, err)
	c.settle()
	for _, p := range []fsc.PeerID{maker, rival} {
		fatal(t, c.at(p).Sign(t.Context(), framework, accept(dossier.RoleSupplier)))
	}
	c.settle()
	sheet := dossier.PriceSheet{Lot: "1", Cents: 12_50, Hours: 40, Note: "Exclusief btw."}
	raw, err := sheet.Body()
	fatal(t, err)
	price, err = c.at(office).Propose(t.Context(), deed.Draft{
		Type: dossier.TypePriceSheet, Parents: []deed.Hash{framework}, Rule: deed.Rule{Kind: deed.RuleAll}, Body: raw,
		Parties: []deed.Party{{PeerID: office, Role: dossier.RolePurchasingBody}, {PeerID: maker, Role: dossier.RoleSupplier}},
	}, accept(dossier.RolePurchasingBody))
	fatal(t, err)
	c.settle()
	fatal(t, c.at(maker).Sign(t.Context(), price, accept(dossier.RoleSupplier)))
	c.settle()
	return c, framework, price
}

func TestBuyersAndThoseWhoSignHaveAPrice(t *testing.T) {
	c, framework, price := priced(t)
	for _, p := range []fsc.PeerID{office, maker, duinwijk} {
		if s := c.state(p, price); s.State != rule.InForce {
			t.Errorf("%s sees the price as %s", p, s.State)
		}
		got, err := c.at(p).Prices(t.Context(), framework)
		fatal(t, err)
		if len(got) != 1 || !got[0].Current || got[0].Supplier != maker || got[0].Sheet.Cents != 1250 || got[0].Sheet.Hours != 40 {
			t.Errorf("%s has the prices %+v", p, got)
		}
		if may, err := c.at(office).MayRead(t.Context(), p, price); !may || err != nil {
			t.Errorf("%s may read it: %v %v", p, may, err)
		}
	}
}

// A rival and one without a part follow the feed to its end and have no price: not
// as a deed, in a listing, by asking, nor in a file.
func TestAnotherSupplierAndAStrangerDontGetAPrice(t *testing.T) {
	c, framework, price := priced(t)
	for _, p := range []fsc.PeerID{rival, passer} {
		if s := c.state(p, framework); s.State != "live" {
			t.Errorf("%s sees the framework as %s", p, s.State)
		}
		if _, err := c.at(p).Deed(t.Context(), price); !errors.Is(err, collective.ErrNotFound) {
			t.Errorf("%s has the price: %v", p, err)
		}
		states, err := c.at(p).States(t.Context(), collective.StateFilter{Types: []deed.Type{dossier.TypePriceSheet}})
		fatal(t, err)
		prices, err := c.at(p).Prices(t.Context(), framework)
		fatal(t, err)
		if len(states) != 0 || len(prices) != 0 {
			t.Errorf("%s lists %v %v", p, states, prices)
		}
		for _, from := range []fsc.PeerID{office, duinwijk} {
			if may, err := c.at(from).MayRead(t.Context(), p, price); may || err != nil {
				t.Errorf("%s may read it at %s: %v %v", p, from, may, err)
			}
		}
		raw, err := c.at(office).DossierFor(t.Context(), p, framework)
		fatal(t, err)
		file, err := deed.ParseDossier(raw)
		fatal(t, err)
		for _, d := range file.Deeds {
			if d.Type == dossier.TypePriceSheet {
				t.Errorf("the file for %s has the price", p)
			}
		}
	}
}
