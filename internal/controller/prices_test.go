// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

func TestASupplierProposesAPriceAndTheBuyersSeeItOnceTheBodySigned(t *testing.T) {
	all, ctx := newAlliance(t), t.Context()
	f := all.Mantel(evert, 1000, anna)
	h, err := all.at[evert].ProposePrice(ctx, everything(), f, controller.PriceForm{Lot: "1", UnitCents: 1250, Hours: 40, Note: "Zonder inrichting."})
	check(t, err)
	all.Settle()
	body, err := all.at[cora].Prices(ctx, everything(), f)
	check(t, err)
	if len(body) != 1 || !body[0].DeedState.Turn || body[0].Current {
		t.Fatalf("the purchasing body sees %+v", body)
	}
	check(t, all.at[cora].SignDeed(ctx, everything(), h, deed.Accept))
	all.Settle()
	for _, id := range []fsc.PeerID{anna, evert, cora} {
		got, err := all.at[id].Prices(ctx, everything(), f)
		check(t, err)
		if len(got) != 1 || !got[0].Current || got[0].Sheet.Cents != 1250 || got[0].Sheet.Hours != 40 || got[0].Supplier.ID != evert || got[0].LotName == "" {
			t.Errorf("%s sees %+v", id, got)
		}
	}
	events, err := all.at[cora].People().Events(ctx, everything(), operator.EventFilter{})
	check(t, err)
	if events[0].Act != "price.sign" {
		t.Errorf("the trail ends with %s", events[0].Act)
	}
}

// Bart may not buy: no page, listing, search or export of his has the price.
func TestWhoDoesntBuyHasNoPriceAnywhere(t *testing.T) {
	all, ctx := newAlliance(t), t.Context()
	f := all.Mantel(evert, 1000, anna)
	h := all.Price(f, evert, 1250, 40)
	c := all.at[bart]
	d, err := c.Framework(ctx, everything(), f)
	check(t, err)
	if d.Word != collective.WordLive || len(d.Prices) != 0 {
		t.Errorf("bart sees %s with %+v", d.Word, d.Prices)
	}
	if _, err := c.Deed(ctx, everything(), h); errKind(err) != operator.KindNotFound {
		t.Errorf("bart reads the deed: %v", err)
	}
	if w, err := c.Frameworks(ctx, everything(), controller.FrameworkFilter{Text: "inrichting"}); err != nil || w.Total != 0 {
		t.Errorf("bart finds %+v %v", w, err)
	}
	raw, err := c.Dossier(ctx, everything(), f)
	check(t, err)
	if strings.Contains(string(raw), "unit_price_cents") {
		t.Error("the price is in bart's export")
	}
}

func TestAPriceThatCantBeIsRefusedWithItsField(t *testing.T) {
	all, ctx := newAlliance(t), t.Context()
	f := all.Mantel(evert, 1000, anna)
	well := controller.PriceForm{Lot: "1", UnitCents: 1250, Hours: 40}
	for field, change := range map[string]func(*controller.PriceForm){
		"lot":       func(p *controller.PriceForm) { p.Lot = "9" },
		"supplier":  func(p *controller.PriceForm) { p.Supplier = bart },
		"unitCents": func(p *controller.PriceForm) { p.UnitCents = -1 },
		"hours":     func(p *controller.PriceForm) { p.Hours = 10_001 },
	} {
		form := well
		change(&form)
		if _, err := all.at[cora].ProposePrice(ctx, everything(), f, form); errKind(err) != operator.KindInvalid {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := all.at[anna].ProposePrice(ctx, everything(), f, well); errKind(err) != operator.KindConflict {
		t.Errorf("a buyer makes a price: %v", err)
	}
	if _, err := all.at[cora].ProposePrice(ctx, may(operator.PermissionRead), f, well); errKind(err) != operator.KindForbidden {
		t.Errorf("a reader signs: %v", err)
	}
}

func TestASecondPersonSignsAPriceOfEitherSide(t *testing.T) {
	all, ctx := newAlliance(t, "price.sign"), t.Context()
	f := all.Mantel(evert, 1000, anna)
	waits := func(err error) {
		t.Helper()
		if errKind(err) != operator.KindSecondPerson {
			t.Fatalf("the signature doesn't wait: %v", err)
		}
	}
	decide := func(id fsc.PeerID, object deed.Hash) {
		t.Helper()
		second := staffOf(t, all.at[id].People(), "tweede", operator.RoleSigner)
		waiting, err := all.at[id].Requests(t.Context(), second)
		check(t, err)
		if len(waiting) != 1 || waiting[0].Act != "price.sign" || waiting[0].Object != string(object) {
			t.Fatalf("%s has waiting %+v", id, waiting)
		}
		_, err = all.at[id].Decide(t.Context(), second, waiting[0].ID, true)
		check(t, err)
		all.Settle()
	}
	first := staffOf(t, all.at[evert].People(), "eerste", operator.RoleSigner)
	form := controller.PriceForm{Lot: "1", UnitCents: 1250, Hours: 40}
	_, err := all.at[evert].ProposePrice(ctx, first, f, form)
	waits(err)
	decide(evert, f)
	got, err := all.at[cora].Prices(ctx, everything(), f)
	check(t, err)
	if len(got) != 1 || !got[0].Turn {
		t.Fatalf("the purchasing body sees %+v", got)
	}
	waits(all.at[cora].SignDeed(ctx, staffOf(t, all.at[cora].People(), "eerste", operator.RoleSigner), got[0].Hash, deed.Accept))
	decide(cora, got[0].Hash)
	if got, err = all.at[anna].Prices(ctx, everything(), f); err != nil || len(got) != 1 || !got[0].Current {
		t.Errorf("the buyer sees %+v %v", got, err)
	}
	form.From = all.Now().AddDate(-5, 0, 0)
	if _, err := all.at[evert].ProposePrice(ctx, first, f, form); errKind(err) != operator.KindConflict {
		t.Errorf("a price before the framework waits: %v", err)
	}
}
