// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/collectivetest"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// Beside anna and bart: cora buys centrally and keeps the dossiers, evert supplies.
const (
	cora  fsc.PeerID = "00000099000000003000"
	evert fsc.PeerID = "00000099000000005000"
)

// alliance is a Group whose members act together through their Controllers.
type alliance struct {
	*collectivetest.Circle
	at        map[fsc.PeerID]*controller.Controller
	connected []string
}

func newAlliance(t *testing.T, second ...string) *alliance {
	t.Helper()
	all := &alliance{at: map[fsc.PeerID]*controller.Controller{}}
	all.Circle = collectivetest.New(t, deskGroup, deskTime, cora, evert, anna, bart)
	quiet := slog.New(slog.DiscardHandler)
	for _, id := range []fsc.PeerID{cora, evert, anna, bart} {
		s := all.Store(id)
		m, err := manager.New(manager.Config{
			Self: fsc.Peer{ID: id, Name: "Organisatie " + string(id[16:])}, Rules: fsc.Rules{GroupID: deskGroup},
			Store: s, Policy: manager.RulePolicy{}, Now: all.Now, Logger: quiet,
		})
		check(t, err)
		people := operator.New(operator.Config{Store: s.People(), FourEyes: second, Now: all.Now, Logger: quiet, HashMemory: 64})
		all.at[id] = controller.New(controller.Config{
			Manager: m, People: people, Log: s.Log(), History: s, GroupID: deskGroup, GroupType: "test", Now: all.Now, Logger: quiet,
			Collective: all.Desk(id), Register: all.Register, Connector: all,
		})
	}
	return all
}

// Connect stands in for the node, which makes the contract.
func (all *alliance) Connect(_ context.Context, callOff deed.Hash, service string) (fsc.ContentHash, error) {
	all.connected = append(all.connected, string(callOff)+" "+service)
	return "$1$1$contract", nil
}

// joins lets a buyer accede with a reservation.
func (all *alliance) joins(t *testing.T, buyer fsc.PeerID, f deed.Hash, need, reserved int64) deed.Hash {
	t.Helper()
	h, err := all.at[buyer].Accede(t.Context(), everything(), controller.AccessionForm{
		Framework: f, Lots: []dossier.Reservation{{Lot: "1", Need: need, Reserved: reserved}},
	})
	check(t, err)
	all.Settle()
	return h
}

func (all *alliance) callOff(accession deed.Hash, quantity int64) controller.CallOffForm {
	return controller.CallOffForm{
		Accession: accession, Lot: "1", Quantity: quantity, ValueCents: quantity * 80, NotAfter: all.Now().AddDate(1, 0, 0),
	}
}

func TestABuyerJoinsCallsOffConnectsAndEnds(t *testing.T) {
	all := newAlliance(t)
	f := all.Mantel(evert, 1000, anna, bart)
	buyer, supplier, ctx := all.at[anna], all.at[evert], t.Context()
	d, err := buyer.Framework(ctx, everything(), f)
	check(t, err)
	if !d.MayJoin || d.Word != collective.WordLive || d.Lots[0].Left != 1000 || d.Eligible != 2 || d.Part != "buyer" || !d.Windows[0].Open {
		t.Fatalf("framework: %+v", d)
	}
	form := controller.AccessionForm{Framework: f, Lots: []dossier.Reservation{{Lot: "1", Need: 400, Reserved: 300}}}
	forecast, err := buyer.ForeseeAccession(ctx, may(operator.PermissionRead), form)
	check(t, err)
	if !forecast.OK || forecast.Word != collective.WordEffective || len(forecast.Signers) != 0 {
		t.Errorf("forecast: %+v", forecast)
	}
	a := all.joins(t, anna, f, 400, 300)
	if d, err = buyer.Framework(ctx, everything(), f); err != nil || d.Joined != a || d.Participants != 1 || d.Lots[0].Reserved != 300 || d.Lots[0].Ours != 300 {
		t.Fatalf("joined: %+v %v", d, err)
	}
	o, err := buyer.OfferCallOff(ctx, everything(), all.callOff(a, 250))
	check(t, err)
	all.Settle()
	w, err := supplier.CallOffs(ctx, everything(), controller.CallOffFilter{Turn: true})
	check(t, err)
	if w.Total != 1 || w.Items[0].Hash != o || w.Items[0].ValueCents != 20000 || w.Items[0].Word != collective.WordOffered {
		t.Fatalf("offers: %+v", w)
	}
	check(t, supplier.SignDeed(ctx, everything(), o, deed.Accept))
	all.Settle()
	one, err := buyer.CallOff(ctx, everything(), o)
	check(t, err)
	if one.Word != collective.WordLive || !one.MayConnect || !one.MayEnd || !one.Allocated || one.Of.Lots[0].Committed != 250 || one.Of.Lots[0].Ours != 50 {
		t.Errorf("call-off: %+v of %+v", one, one.Of)
	}
	if _, err = buyer.Connect(ctx, everything(), o, "iets-anders"); errKind(err) != operator.KindInvalid {
		t.Errorf("another service: %v", err)
	}
	if made, err := buyer.Connect(ctx, everything(), o, "verhuizing-doorgeven"); err != nil || made == "" || len(all.connected) != 1 {
		t.Errorf("connect: %q %v %v", made, err, all.connected)
	}
	all.Pass(time.Hour)
	check(t, buyer.SignDeed(ctx, everything(), o, deed.Revoke))
	all.Settle()
	if one, err = supplier.CallOff(ctx, everything(), o); err != nil || one.Word != collective.WordTerminated || one.MaySign || one.MayEnd {
		t.Errorf("ended: %+v %v", one, err)
	}
	events, err := buyer.People().Events(ctx, everything(), operator.EventFilter{})
	check(t, err)
	var acts []string
	for _, e := range events {
		acts = append(acts, e.Act)
	}
	if len(acts) < 4 || acts[0] != "calloff.end" {
		t.Errorf("audit trail: %v", acts)
	}
}

func TestWhatAnAccessionCannotDoIsToldWithItsArticle(t *testing.T) {
	all := newAlliance(t)
	f := all.Mantel(evert, 1000, anna)
	reserve := func(need, reserved int64) []dossier.Reservation {
		return []dossier.Reservation{{Lot: "1", Need: need, Reserved: reserved}}
	}
	for name, tc := range map[string]struct {
		by   fsc.PeerID
		lots []dossier.Reservation
		code dossier.Reason
	}{
		"who isn't on the list":         {bart, reserve(1, 0), dossier.ReasonNotEligible},
		"more than is left":             {anna, reserve(1200, 1100), dossier.ReasonExhausted},
		"more than 120 percent of need": {anna, reserve(100, 121), dossier.ReasonReservation},
		"a lot that isn't there":        {anna, []dossier.Reservation{{Lot: "9", Need: 1}}, dossier.ReasonLot},
	} {
		t.Run(name, func(t *testing.T) {
			form := controller.AccessionForm{Framework: f, Lots: tc.lots}
			got, err := all.at[tc.by].ForeseeAccession(t.Context(), everything(), form)
			check(t, err)
			if got.OK || len(got.Reasons) != 1 || got.Reasons[0].Code != string(tc.code) || got.Reasons[0].Source == "" {
				t.Errorf("forecast %+v, want %s with a source", got, tc.code)
			}
			if _, err = all.at[tc.by].Accede(t.Context(), everything(), form); errKind(err) != operator.KindConflict && errKind(err) != operator.KindInvalid {
				t.Errorf("seal: %v", err)
			}
		})
	}
}

func TestACallOffThatCannotLiveIsNotOffered(t *testing.T) {
	all := newAlliance(t)
	f := all.Mantel(evert, 1000, anna)
	a := all.joins(t, anna, f, 10, 0)
	long, much := all.callOff(a, 10), all.callOff(a, 1001)
	long.NotAfter = all.Now().AddDate(3, 0, 0)
	for code, form := range map[dossier.Reason]controller.CallOffForm{dossier.ReasonTail: long, dossier.ReasonExhausted: much} {
		got, err := all.at[anna].ForeseeCallOff(t.Context(), everything(), form)
		check(t, err)
		if got.OK || len(got.Reasons) != 1 || got.Reasons[0].Code != string(code) || got.Reasons[0].Source == "" {
			t.Errorf("forecast %+v, want %s", got, code)
		}
		if _, err = all.at[anna].OfferCallOff(t.Context(), everything(), form); errKind(err) != operator.KindConflict {
			t.Errorf("%s was offered: %v", code, err)
		}
	}
	for field, change := range map[string]func(*controller.CallOffForm){
		"lot": func(f *controller.CallOffForm) { f.Lot = "2" }, "supplier": func(f *controller.CallOffForm) { f.Supplier = bart },
		"notAfter": func(f *controller.CallOffForm) { f.NotAfter = time.Time{} }, "quantity": func(f *controller.CallOffForm) { f.Quantity = 0 },
		"valueCents": func(f *controller.CallOffForm) { f.ValueCents = -1 },
	} {
		form := all.callOff(a, 10)
		change(&form)
		if _, err := all.at[anna].OfferCallOff(t.Context(), everything(), form); errKind(err) != operator.KindInvalid {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestASupplierSeesItsOwnCallOffsAndNobodysNeed(t *testing.T) {
	all := newAlliance(t)
	f := all.Mantel(evert, 1000, anna, bart)
	a := all.joins(t, anna, f, 400, 300)
	o, err := all.at[anna].OfferCallOff(t.Context(), everything(), all.callOff(a, 100))
	check(t, err)
	all.Settle()
	seen, err := all.at[evert].Framework(t.Context(), everything(), f)
	check(t, err)
	if lot := seen.Accessions[0].Lots[0]; !lot.Hidden || lot.Need != 0 || lot.Reserved != 0 || len(seen.CallOffs) != 1 {
		t.Errorf("the supplier sees %+v", seen.Accessions[0])
	}
	other, err := all.at[bart].Framework(t.Context(), everything(), f)
	check(t, err)
	if lot := other.Accessions[0].Lots[0]; lot.Need != 400 || other.CallOffs[0].ValueCents != 0 {
		t.Errorf("another buyer sees %+v and %+v", other.Accessions[0], other.CallOffs[0])
	}
	if one, err := all.at[bart].CallOff(t.Context(), everything(), o); err != nil || one.MaySign || one.MayEnd {
		t.Errorf("another buyer may %+v %v", one, err)
	}
	if err := all.at[bart].SignDeed(t.Context(), everything(), o, deed.Accept); errKind(err) != operator.KindConflict {
		t.Errorf("another buyer signs: %v", err)
	}
}

func TestNothingOfDeedsIsThereForWhoMayNotOrWithoutADesk(t *testing.T) {
	all := newAlliance(t)
	f := all.Mantel(evert, 1000, anna)
	nobody, ctx := may(), t.Context()
	lone := newDesk(t)
	for name, do := range map[string]func(c *controller.Controller, a operator.Actor) error{
		"list": func(c *controller.Controller, a operator.Actor) error {
			_, err := c.Frameworks(ctx, a, controller.FrameworkFilter{})
			return err
		},
		"show": func(c *controller.Controller, a operator.Actor) error { _, err := c.Framework(ctx, a, f); return err },
		"calls": func(c *controller.Controller, a operator.Actor) error {
			_, err := c.CallOffs(ctx, a, controller.CallOffFilter{})
			return err
		},
		"deed": func(c *controller.Controller, a operator.Actor) error { _, err := c.Deed(ctx, a, f); return err },
		"sign": func(c *controller.Controller, a operator.Actor) error { return c.SignDeed(ctx, a, f, deed.Accept) },
		"join": func(c *controller.Controller, a operator.Actor) error {
			_, err := c.Accede(ctx, a, controller.AccessionForm{Framework: f, Lots: []dossier.Reservation{{Lot: "1", Need: 1}}})
			return err
		},
	} {
		if err := do(all.at[anna], nobody); errKind(err) != operator.KindForbidden {
			t.Errorf("%s without permission: %v", name, err)
		}
		if err := do(lone.Controller, everything()); errKind(err) != operator.KindNotFound {
			t.Errorf("%s without a desk: %v", name, err)
		}
	}
	if _, err := all.at[anna].Accede(ctx, may(operator.PermissionRead), controller.AccessionForm{
		Framework: f, Lots: []dossier.Reservation{{Lot: "1", Need: 1}},
	}); errKind(err) != operator.KindForbidden {
		t.Errorf("a reader sealed: %v", err)
	}
}

func TestASecondPersonSealsAnAccession(t *testing.T) {
	all := newAlliance(t, "accession.seal", "calloff.sign")
	f := all.Mantel(evert, 1000, anna)
	form := controller.AccessionForm{Framework: f, Lots: []dossier.Reservation{{Lot: "1", Need: 400, Reserved: 300}}}
	people := all.at[anna].People()
	first, second := staffOf(t, people, "eerste", operator.RoleSigner), staffOf(t, people, "tweede", operator.RoleSigner)
	_, err := all.at[anna].Accede(t.Context(), first, form)
	if e, ok := errors.AsType[*operator.Error](err); !ok || e.Kind != operator.KindSecondPerson {
		t.Fatalf("the seal doesn't wait: %v", err)
	}
	d, err := all.at[anna].Framework(t.Context(), first, f)
	check(t, err)
	if len(d.Requests) != 1 || d.Joined != "" {
		t.Fatalf("waits: %+v", d.Requests)
	}
	_, err = all.at[anna].Decide(t.Context(), second, d.Requests[0].ID, true)
	check(t, err)
	all.Settle()
	if d, err = all.at[anna].Framework(t.Context(), first, f); err != nil || d.Joined == "" || len(d.Requests) != 0 {
		t.Errorf("sealed: %+v %v", d.Joined, err)
	}
}

func TestFrameworksAreFoundByWordTextAndPart(t *testing.T) {
	all := newAlliance(t)
	f := all.Mantel(evert, 1000, anna)
	for name, tc := range map[string]struct {
		at     fsc.PeerID
		filter controller.FrameworkFilter
		want   int
	}{
		"all":              {bart, controller.FrameworkFilter{}, 1},
		"text":             {anna, controller.FrameworkFilter{Text: "verhuizing BURGERZAKEN"}, 1},
		"other text":       {anna, controller.FrameworkFilter{Text: "riolering"}, 0},
		"live":             {anna, controller.FrameworkFilter{Word: collective.WordLive}, 1},
		"exhausted":        {anna, controller.FrameworkFilter{Word: collective.WordExhausted}, 0},
		"the supplier's":   {evert, controller.FrameworkFilter{Ours: true}, 1},
		"a stranger's own": {bart, controller.FrameworkFilter{Ours: true}, 0},
	} {
		w, err := all.at[tc.at].Frameworks(t.Context(), everything(), tc.filter)
		check(t, err)
		if w.Total != tc.want {
			t.Errorf("%s: %d, want %d", name, w.Total, tc.want)
		}
	}
	all.joins(t, anna, f, 1, 0)
	w, err := all.at[anna].Frameworks(t.Context(), everything(), controller.FrameworkFilter{Ours: true})
	check(t, err)
	if w.Total != 1 || w.Items[0].Participants != 1 {
		t.Errorf("joined: %+v", w)
	}
}

func TestASupplierExportsAnExcerptAndABuyerTheWholeDossier(t *testing.T) {
	all := newAlliance(t)
	f := all.Mantel(evert, 1000, anna, bart)
	accession := all.joins(t, anna, f, 100, 100)
	offer, err := all.at[anna].OfferCallOff(t.Context(), everything(), all.callOff(accession, 10))
	check(t, err)
	all.Settle()
	for id, whole := range map[fsc.PeerID]bool{anna: true, cora: true, evert: false} {
		raw, err := all.at[id].Dossier(t.Context(), everything(), f)
		check(t, err)
		d, err := deed.ParseDossier(raw)
		check(t, err)
		if r, err := d.Verify(all.Authority()); err != nil || !r.Sound() {
			t.Errorf("%s: %v %+v", id, err, r)
		}
		has := map[deed.Hash]bool{}
		for _, c := range d.Deeds {
			has[c.Hash()] = true
		}
		if has[accession] != whole || !has[f] || !has[offer] || (len(d.Withheld) == 0) != whole {
			t.Errorf("%s: %d deeds, withheld %v", id, len(d.Deeds), d.Withheld)
		}
	}
	if _, err := all.at[anna].Dossier(t.Context(), may(operator.PermissionRead), f); err == nil {
		t.Error("a reader exports a dossier")
	}
}

func TestStatesMadeAnewAreTheOnesThatWereKept(t *testing.T) {
	all := newAlliance(t)
	f := all.Mantel(evert, 1000, anna, bart)
	all.joins(t, anna, f, 100, 100)
	if r, err := all.at[anna].RebuildDeeds(t.Context(), everything()); err != nil || r.Deeds < 3 || r.Changed != 0 {
		t.Fatalf("%+v %v", r, err)
	}
	check(t, all.Store(anna).Collective().Update(t.Context(), func(tx collective.Tx) error {
		s, err := tx.FindState(t.Context(), f)
		if err != nil {
			return err
		}
		s.State = "expired"
		return tx.PutStates(t.Context(), []collective.State{*s})
	}))
	if r, err := all.at[anna].RebuildDeeds(t.Context(), everything()); err != nil || r.Changed != 1 {
		t.Errorf("a state that was forged: %+v %v", r, err)
	}
	if s, err := all.Desk(anna).State(t.Context(), f); err != nil || s.State != "live" {
		t.Errorf("%+v %v", s, err)
	}
	if _, err := all.at[anna].RebuildDeeds(t.Context(), may(operator.PermissionRead)); err == nil {
		t.Error("a reader rebuilds")
	}
}

// mantelForm is a framework as a purchasing body fills it in.
func (all *alliance) mantelForm() controller.FrameworkForm {
	now := all.Now()
	return controller.FrameworkForm{
		Name: "Riolering", Published: now.AddDate(0, -3, 0), NotBefore: now, NotAfter: now.AddDate(2, 0, 0), TailDays: 30,
		Eligible: []fsc.PeerID{anna, bart}, Windows: []controller.WindowForm{{From: now, Until: now.AddDate(1, 0, 0)}},
		Lots: []dossier.Lot{{ID: "1", Name: "Inspectie", Unit: "meter", MaximumQuantity: 500, MaximumValue: 1_000_00, Suppliers: []fsc.PeerID{evert}, Services: []string{"riool"}}},
	}
}

func TestAFrameworkIsDraftedForeseenAndSigned(t *testing.T) {
	all := newAlliance(t)
	ctx, form := t.Context(), all.mantelForm()
	long := form
	long.NotAfter = form.NotBefore.AddDate(5, 0, 0)
	got, err := all.at[cora].ForeseeFramework(ctx, may(operator.PermissionRead), long)
	check(t, err)
	if got.OK || len(got.Reasons) != 1 || got.Reasons[0].Code != string(dossier.ReasonTerm) || got.Reasons[0].Source == "" {
		t.Errorf("five years: %+v", got)
	}
	if _, err = all.at[cora].ProposeFramework(ctx, everything(), long); errKind(err) != operator.KindConflict {
		t.Errorf("five years were proposed: %v", err)
	}
	if got, err = all.at[cora].ForeseeFramework(ctx, everything(), form); err != nil || !got.OK || got.Word != collective.WordLive || len(got.Signers) != 1 {
		t.Errorf("forecast %+v %v", got, err)
	}
	h, err := all.at[cora].ProposeFramework(ctx, everything(), form)
	check(t, err)
	all.Settle()
	d, err := all.at[evert].Framework(ctx, everything(), h)
	check(t, err)
	if !d.MaySign || d.Word != collective.WordProposed || d.Part != "supplier" {
		t.Errorf("the supplier sees %+v", d.Framework)
	}
	check(t, all.at[evert].SignDeed(ctx, everything(), h, deed.Accept))
	all.Settle()
	if d, err = all.at[anna].Framework(ctx, everything(), h); err != nil || d.Word != collective.WordLive || !d.MayJoin {
		t.Errorf("signed: %+v %v", d, err)
	}
}

func TestAnImportedFrameworkIsAssertedUntilOthersConfirmIt(t *testing.T) {
	all := newAlliance(t)
	ctx, form := t.Context(), all.mantelForm()
	form.Source = &controller.DocumentForm{Name: "overeenkomst.pdf", MediaType: "application/pdf", Size: 3, Hash: deed.AnnexHash([]byte("abc"))}
	h, err := all.at[cora].ProposeFramework(ctx, everything(), form)
	check(t, err)
	all.Settle()
	d, err := all.at[anna].Framework(ctx, everything(), h)
	check(t, err)
	if d.Word != collective.WordAsserted || d.MayJoin || !d.MayConfirm || d.Source.Name != "overeenkomst.pdf" {
		t.Fatalf("imported: %+v", d)
	}
	if _, err = all.at[cora].ConfirmFramework(ctx, everything(), h, anna); errKind(err) != operator.KindConflict {
		t.Errorf("the purchasing body confirms itself: %v", err)
	}
	if _, err = all.at[evert].ConfirmFramework(ctx, everything(), h, dirk); errKind(err) != operator.KindInvalid {
		t.Errorf("with a stranger: %v", err)
	}
	c, err := all.at[anna].ConfirmFramework(ctx, everything(), h, "")
	check(t, err)
	all.Settle()
	check(t, all.at[evert].SignDeed(ctx, everything(), c, deed.Accept))
	all.Settle()
	if d, err = all.at[anna].Framework(ctx, everything(), h); err != nil || d.Word != collective.WordLive || d.MayConfirm || len(d.Confirmations) != 1 {
		t.Errorf("confirmed: %+v %v", d, err)
	}
}
