// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// buys lets a buyer join and call off 100 units, which supplier and purchasing body
// agree to.
func (all *alliance) buys(t *testing.T, buyer fsc.PeerID, f deed.Hash) deed.Hash {
	t.Helper()
	a := all.joins(t, buyer, f, 100, 100)
	o, err := all.at[buyer].OfferCallOff(t.Context(), everything(), all.callOff(a, 100))
	check(t, err)
	all.Settle()
	check(t, all.Desk(evert).Sign(t.Context(), o, collective.Act{Act: deed.Accept, Role: dossier.RoleSupplier}))
	all.Settle()
	return o
}

func saves(before, now int64) controller.SavingForm {
	old := []byte("contract 2025")
	return controller.SavingForm{
		Quantity: 100, PriceCents: now, BaselineCents: before, Note: "Contract 2025",
		Source: controller.DocumentForm{Name: "contract-2025.pdf", MediaType: "application/pdf", Size: int64(len(old)), Hash: deed.AnnexHash(old)},
	}
}

func TestABuyerStatesWhatItSavesAndTheGroupSeesATotalOfSeveral(t *testing.T) {
	all, ctx := newAlliance(t), t.Context()
	f := all.Mantel(evert, 1000, anna, bart)
	first, second := all.buys(t, anna, f), all.buys(t, bart, f)
	d, err := all.at[anna].CallOff(ctx, everything(), first)
	check(t, err)
	if !d.MaySave || len(d.Savings) != 0 {
		t.Fatalf("before: %+v", d)
	}
	forecast, err := all.at[anna].ForeseeSaving(ctx, may(operator.PermissionRead), first, saves(150, 80))
	check(t, err)
	if !forecast.OK || forecast.Cents != 7000 {
		t.Errorf("forecast %+v", forecast)
	}
	h, err := all.at[anna].StateSaving(ctx, everything(), first, saves(150, 80))
	check(t, err)
	all.Settle()
	if d, err = all.at[anna].CallOff(ctx, everything(), first); err != nil || d.MaySave || len(d.Savings) != 1 || !d.Savings[0].Stands || d.Savings[0].Cents != 7000 ||
		d.Savings[0].Source.Name != "contract-2025.pdf" || d.Savings[0].Source.Owner != anna {
		t.Errorf("stated: %+v %v", d.Savings, err)
	}
	saved := func() (bool, int64) {
		at, err := all.at[cora].Framework(ctx, everything(), f)
		check(t, err)
		return at.Saved.Enough, at.Saved.Sum
	}
	if told, _ := saved(); told {
		t.Error("one buyer's saving is told")
	}
	if _, err := all.at[anna].StateSaving(ctx, everything(), first, saves(150, 80)); errKind(err) != operator.KindConflict {
		t.Errorf("a second statement: %v", err)
	}
	_, err = all.at[bart].StateSaving(ctx, everything(), second, saves(70, 80))
	check(t, err)
	all.Settle()
	if told, sum := saved(); !told || sum != 6000 {
		t.Errorf("together %v %d", told, sum)
	}
	check(t, all.at[anna].SignDeed(ctx, everything(), h, deed.Revoke))
	all.Settle()
	if d, err = all.at[anna].CallOff(ctx, everything(), first); err != nil || !d.MaySave || d.Savings[0].Stands {
		t.Errorf("withdrawn: %+v %v", d.Savings, err)
	}
	if told, _ := saved(); told {
		t.Error("a withdrawn saving counts")
	}
}

// Neither the supplier nor another buyer finds a saving in any view or export.
func TestNobodyElseHasASavingAnywhere(t *testing.T) {
	all, ctx := newAlliance(t), t.Context()
	f := all.Mantel(evert, 1000, anna, bart)
	o := all.buys(t, anna, f)
	h, err := all.at[anna].StateSaving(ctx, everything(), o, saves(150, 80))
	check(t, err)
	all.Settle()
	for _, id := range []fsc.PeerID{evert, bart} {
		c := all.at[id]
		if _, err := c.Deed(ctx, everything(), h); errKind(err) != operator.KindNotFound {
			t.Errorf("%s reads the deed: %v", id, err)
		}
		if d, err := c.CallOff(ctx, everything(), o); err != nil || len(d.Savings) != 0 || d.MaySave {
			t.Errorf("%s sees %+v %v", id, d.Savings, err)
		}
		if got, err := c.SavingsOf(ctx, everything(), o); err != nil || len(got) != 0 {
			t.Errorf("%s lists %+v %v", id, got, err)
		}
		if d, err := c.Framework(ctx, everything(), f); err != nil || d.Saved != nil {
			t.Errorf("%s sees a total: %+v %v", id, d.Saved, err)
		}
		if _, err := c.StateSaving(ctx, everything(), o, saves(150, 80)); errKind(err) != operator.KindConflict {
			t.Errorf("%s states it: %v", id, err)
		}
		raw, err := c.Dossier(ctx, everything(), f)
		check(t, err)
		if strings.Contains(string(raw), "contract-2025") || strings.Contains(string(raw), "baseline") {
			t.Errorf("the saving is in the export of %s", id)
		}
	}
}

func TestASavingThatCantBeIsRefusedWithItsField(t *testing.T) {
	all, ctx := newAlliance(t), t.Context()
	o := all.buys(t, anna, all.Mantel(evert, 1000, anna))
	for field, change := range map[string]func(*controller.SavingForm){
		"quantity":      func(f *controller.SavingForm) { f.Quantity = 101 },
		"priceCents":    func(f *controller.SavingForm) { f.PriceCents = -1 },
		"baselineCents": func(f *controller.SavingForm) { f.BaselineCents = 0 },
		"note":          func(f *controller.SavingForm) { f.Note = "" },
		"source":        func(f *controller.SavingForm) { f.Source.Hash = "" },
	} {
		form := saves(150, 80)
		change(&form)
		_, err := all.at[anna].StateSaving(ctx, everything(), o, form)
		if at := controller.FieldErrors(err); len(at) != 1 || at[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := all.at[anna].StateSaving(ctx, may(operator.PermissionRead), o, saves(150, 80)); errKind(err) != operator.KindForbidden {
		t.Errorf("a reader states it: %v", err)
	}
}
