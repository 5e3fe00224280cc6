// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// ordered is a call-off of 80 that anna offered from a reservation of 100 and
// evert signed; the purchasing body has received that and counted nothing.
func (all *alliance) ordered(t *testing.T) deed.Hash {
	t.Helper()
	f := all.Mantel(evert, 1000, anna)
	propose := func(d deed.Draft, body any) deed.Hash {
		raw, err := json.Marshal(body)
		check(t, err)
		d.Body = raw
		h, err := all.Desk(anna).Propose(t.Context(), d, collective.Act{Act: deed.Accept, Role: dossier.RoleBuyer})
		check(t, err)
		return h
	}
	buyer := deed.Party{PeerID: anna, Role: dossier.RoleBuyer}
	in := propose(deed.Draft{
		Type: dossier.TypeAccession, Parents: []deed.Hash{f}, Rule: deed.Rule{Kind: deed.RuleOne}, Parties: []deed.Party{buyer},
	}, dossier.Accession{Lots: []dossier.Reservation{{Lot: "1", Need: 100, Reserved: 100}}})
	all.Settle()
	o := propose(deed.Draft{
		Type: dossier.TypeCallOff, Parents: []deed.Hash{f, in}, Rule: deed.Rule{Kind: deed.RuleAll}, NotAfter: all.Now().AddDate(1, 0, 0).Unix(),
		Parties: []deed.Party{buyer, {PeerID: evert, Role: dossier.RoleSupplier}},
	}, dossier.CallOff{Lot: "1", Quantity: 80, Value: 8000, Services: []string{"verhuizing-doorgeven"}})
	all.travel(t)
	check(t, all.Desk(evert).Sign(t.Context(), o, collective.Act{Act: deed.Accept, Role: dossier.RoleSupplier}))
	all.travel(t)
	return o
}

// travel brings everything to all but lets the purchasing body count nothing.
func (all *alliance) travel(t *testing.T) {
	t.Helper()
	for _, d := range []*collective.Desk{all.Desk(anna), all.Desk(evert), all.Desk(anna)} {
		check(t, d.Deliver(t.Context()))
		check(t, d.Catch(t.Context(), d.Keepers()[0]))
		check(t, d.Fold(t.Context()))
	}
}

func TestDrawingAloneIsOfferedToTheBuyerThatWaits(t *testing.T) {
	all := newAlliance(t)
	o := all.ordered(t)
	d, err := all.at[anna].CallOff(t.Context(), everything(), o)
	check(t, err)
	if d.MayDraw || d.OwnLeft != 100 || d.Word != collective.WordWaits {
		t.Errorf("at once: %v, %d left, %s", d.MayDraw, d.OwnLeft, d.Word)
	}
	all.Pass(10 * time.Second)
	if d, err = all.at[anna].CallOff(t.Context(), everything(), o); err != nil || !d.MayDraw {
		t.Errorf("after ten seconds it isn't offered: %v", err)
	}
	if d, err = all.at[evert].CallOff(t.Context(), everything(), o); err != nil || d.MayDraw || d.OwnLeft != 0 {
		t.Errorf("the supplier sees the reservation: %v %+v", err, d)
	}
	_, err = all.at[evert].DrawOwn(t.Context(), everything(), o)
	if errKind(err) != operator.KindConflict {
		t.Errorf("the supplier drew: %v", err)
	}
	_, err = all.at[anna].DrawOwn(t.Context(), everything(), o)
	check(t, err)
	all.travel(t)
	if d, err = all.at[evert].CallOff(t.Context(), everything(), o); err != nil || d.Word != collective.WordLive || !d.DrawnAlone || d.MayChange {
		t.Errorf("at the supplier: %v %+v", err, d)
	}
	all.Settle()
	if d, err = all.at[evert].CallOff(t.Context(), everything(), o); err != nil || d.DrawnAlone || !d.MayChange {
		t.Errorf("settled, at the supplier: %v %+v", err, d)
	}
}

func TestASecondPersonSignsTheChangeOfACallOff(t *testing.T) {
	all := newAlliance(t, "calloff.sign")
	o := all.ordered(t)
	all.Settle()
	people := all.at[anna].People()
	first, second := staffOf(t, people, "eerste", operator.RoleSigner), staffOf(t, people, "tweede", operator.RoleSigner)
	form := controller.CallOffChangeForm{CallOff: o, Quantity: 120, ValueCents: 12_000, Reason: "Meer balies."}
	_, err := all.at[anna].ChangeCallOff(t.Context(), first, form)
	if errKind(err) != operator.KindSecondPerson {
		t.Fatalf("the change doesn't wait: %v", err)
	}
	d, err := all.at[anna].CallOff(t.Context(), first, o)
	check(t, err)
	if len(d.Requests) != 1 || len(d.Changes) != 0 {
		t.Fatalf("waits: %+v", d.Requests)
	}
	_, err = all.at[anna].Decide(t.Context(), second, d.Requests[0].ID, true)
	check(t, err)
	if d, err = all.at[anna].CallOff(t.Context(), first, o); err != nil || len(d.Changes) != 1 || d.Changes[0].Quantity != 120 || d.Quantity != 80 {
		t.Errorf("signed: %+v %v", d.Changes, err)
	}
}
