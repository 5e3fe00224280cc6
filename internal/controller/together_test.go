// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/collectivetest"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// Three municipalities of the register, under numbers for tests: two large ones and
// a small one.
const (
	almere     fsc.PeerID = "00000099000000340000"
	groningen  fsc.PeerID = "00000099000000140000"
	stadskanal fsc.PeerID = "00000099000000370000"
)

// newTown is an alliance of cora, who keeps the dossiers, evert, who supplies, and
// the three municipalities.
func newTown(t *testing.T) *alliance {
	t.Helper()
	members := []fsc.PeerID{cora, evert, almere, groningen, stadskanal}
	all := &alliance{at: map[fsc.PeerID]*controller.Controller{}}
	reg, err := register.Load()
	check(t, err)
	reg, err = reg.As(map[register.Code]string{"GM0034": string(almere), "GM0014": string(groningen), "GM0037": string(stadskanal)})
	check(t, err)
	all.Circle = collectivetest.NewIn(t, reg, deskGroup, deskTime, members...)
	quiet := slog.New(slog.DiscardHandler)
	for _, id := range members {
		s := all.Store(id)
		m, err := manager.New(manager.Config{
			Self: fsc.Peer{ID: id, Name: "Organisatie " + string(id[16:])}, Rules: fsc.Rules{GroupID: deskGroup},
			Store: s, Policy: manager.RulePolicy{}, Now: all.Now, Logger: quiet,
		})
		check(t, err)
		people := operator.New(operator.Config{Store: s.People(), Now: all.Now, Logger: quiet, HashMemory: 64})
		all.at[id] = controller.New(controller.Config{
			Manager: m, People: people, Log: s.Log(), History: s, GroupID: deskGroup, GroupType: "test", Now: all.Now, Logger: quiet,
			Collective: all.Desk(id), Register: all.Register,
		})
	}
	return all
}

// umbrella founds a group that all three municipalities join as voters.
func (all *alliance) umbrella(t *testing.T) deed.Hash {
	t.Helper()
	h, err := all.at[almere].FoundGroup(t.Context(), everything(), controller.GroupForm{Name: "Samen slim", Kind: register.GroupAssociation})
	check(t, err)
	all.Settle()
	for _, id := range []fsc.PeerID{almere, groningen, stadskanal} {
		_, err := all.at[id].JoinGroup(t.Context(), everything(), h, register.ClassVoting)
		check(t, err)
	}
	all.Settle()
	return h
}

func TestTheGroupOfTheLargeOnesIsProposedAndEachConfirmsItself(t *testing.T) {
	all := newTown(t)
	c := all.at[almere]
	p, err := c.ProposeGroup(everything(), controller.GroupSource{Inhabitants: register.Large})
	check(t, err)
	if len(p.Candidates) != 32 || p.Kind != register.GroupSizeClass {
		t.Fatalf("%d are proposed", len(p.Candidates))
	}
	h, err := c.FoundGroup(t.Context(), everything(), controller.GroupForm{Name: "IMG 100.000+", Kind: p.Kind, Basis: p.Basis, Invited: p.Invited()})
	check(t, err)
	all.Settle()
	g, err := all.at[groningen].Group(t.Context(), everything(), h)
	check(t, err)
	if g.Members != 0 || len(g.Silent) != 32 || !g.MayJoin || g.Word != "forming" || g.Classes[0] != register.ClassVoting {
		t.Fatalf("founded: %+v", g)
	}
	_, err = all.at[groningen].JoinGroup(t.Context(), everything(), h, register.ClassVoting)
	check(t, err)
	all.Settle()
	if g, err = c.Group(t.Context(), everything(), h); err != nil || g.Voting != 1 || len(g.Silent) != 31 || g.Word != "active" || g.Memberships[0].Inhabitants != 244427 {
		t.Fatalf("one joined: %+v %v", g, err)
	}
	if _, err = all.at[stadskanal].JoinGroup(t.Context(), everything(), h, register.ClassVoting); errKind(err) != operator.KindConflict {
		t.Errorf("a small one votes among the large: %v", err)
	}
	if small, err := all.at[stadskanal].Group(t.Context(), everything(), h); err != nil || small.Classes[0] != register.ClassGuest {
		t.Errorf("the small one may be %v %v", small.Classes, err)
	}
	events, err := all.at[groningen].People().Events(t.Context(), everything(), operator.EventFilter{})
	check(t, err)
	if events[0].Act != "group.join" {
		t.Errorf("the trail ends with %s", events[0].Act)
	}
}

func TestADecisionCountsBothBarsAndTellsWhyNotNow(t *testing.T) {
	all := newTown(t)
	g := all.umbrella(t)
	closes := all.Now().Add(14 * 24 * time.Hour)
	d, err := all.at[almere].OpenDecision(t.Context(), everything(), controller.DecisionForm{Group: g, Title: "Eén formulier", Text: "Wij nemen allemaal hetzelfde.", ClosesAt: closes})
	check(t, err)
	all.Settle()
	tasks, err := all.at[stadskanal].Tasks(t.Context(), everything())
	check(t, err)
	if len(tasks.Votes) != 1 || tasks.Votes[0].Title != "Eén formulier" || !tasks.Votes[0].ClosesAt.Equal(closes) {
		t.Fatalf("the voter has to do %+v", tasks)
	}
	say := func(id fsc.PeerID, f controller.StanceForm) {
		t.Helper()
		_, err := all.at[id].StateStance(t.Context(), everything(), d, f)
		check(t, err)
		all.Settle()
	}
	say(almere, controller.StanceForm{Kind: rule.Agree, Reason: "left out"})
	say(groningen, controller.StanceForm{Kind: rule.Object, Reason: "te vroeg", Proposal: "in 2028"})
	say(groningen, controller.StanceForm{Kind: rule.NotNow, Code: rule.NotNowHours})
	one, err := all.at[stadskanal].Decision(t.Context(), everything(), d)
	check(t, err)
	if one.Counted || one.Stated != 2 || one.Outcome.Agree.Inhabitants != 232619 || one.Outcome.NotNow.Organisations != 1 || len(one.Silent) != 1 || !one.MayState {
		t.Errorf("halfway: %+v", one)
	}
	if len(one.NotNow) != 1 || one.NotNow[0] != (controller.CodeCount{Code: rule.NotNowHours, Count: 1}) {
		t.Errorf("not now: %+v", one.NotNow)
	}
	say(stadskanal, controller.StanceForm{Kind: rule.ByProxy, Proxy: almere})
	all.Pass(15 * 24 * time.Hour)
	all.Settle()
	one, err = all.at[cora].Decision(t.Context(), everything(), d)
	check(t, err)
	if !one.Counted || one.Word != "adopted" || one.Outcome.Agree.Organisations != 2 || one.MayState || one.Voices[2].By.ID != almere {
		t.Errorf("closed: %s %+v", one.Word, one.Outcome)
	}
	if tasks, err = all.at[stadskanal].Tasks(t.Context(), everything()); err != nil || tasks.Count() != 0 {
		t.Errorf("still to do: %+v %v", tasks, err)
	}
}

func TestWhatIsWrongWithAStanceOrDecisionIsToldAtItsField(t *testing.T) {
	all := newTown(t)
	g := all.umbrella(t)
	d, err := all.at[almere].OpenDecision(t.Context(), everything(), controller.DecisionForm{Group: g, Title: "x", Text: "y", ClosesAt: all.Now().Add(time.Hour)})
	check(t, err)
	all.Settle()
	for field, f := range map[string]controller.StanceForm{
		"stance": {Kind: "maybe"}, "code": {Kind: rule.NotNow, Code: "tired"}, "reason": {Kind: rule.NotNow, Code: rule.NotNowOther},
		"proxy": {Kind: rule.ByProxy, Proxy: "x"},
	} {
		_, err := all.at[almere].StateStance(t.Context(), everything(), d, f)
		if all := controller.FieldErrors(err); len(all) != 1 || all[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := all.at[almere].OpenDecision(t.Context(), everything(), controller.DecisionForm{Group: g, Title: "x", Text: "y", ClosesAt: all.Now()}); errKind(err) != operator.KindInvalid {
		t.Errorf("a decision that is closed: %v", err)
	}
	if _, err := all.at[cora].StateStance(t.Context(), everything(), d, controller.StanceForm{Kind: rule.Agree}); errKind(err) != operator.KindConflict {
		t.Errorf("one who doesn't vote speaks: %v", err)
	}
	if _, err := all.at[almere].StateStance(t.Context(), may(operator.PermissionRead), d, controller.StanceForm{Kind: rule.Agree}); errKind(err) != operator.KindForbidden {
		t.Errorf("a reader speaks: %v", err)
	}
}

func TestEveryPromiseStandsInOneListWithItsTerm(t *testing.T) {
	all := newTown(t)
	f := all.Mantel(evert, 1000, almere)
	a := all.joins(t, almere, f, 400, 300)
	o, err := all.at[almere].OfferCallOff(t.Context(), everything(), all.callOff(a, 250))
	check(t, err)
	all.Settle()
	w, err := all.at[almere].Obligations(t.Context(), everything(), controller.ObligationFilter{})
	check(t, err)
	if w.Total != 2 || w.Items[0].Hash != o || w.Items[1].Hash != a || w.Items[1].Title != "Webdiensten burgerzaken" || w.Items[1].Framework != f {
		t.Fatalf("the buyer's: %+v", w)
	}
	end := all.Now().AddDate(0, 0, 700)
	accession := w.Items[1]
	if !accession.Ends.Equal(end) || accession.DaysLeft != 700 || len(accession.Notices) != 3 || accession.Next.Months != 18 || accession.Roles[0] != dossier.RoleBuyer {
		t.Errorf("the accession: %+v", accession)
	}
	supplier, err := all.at[evert].Obligations(t.Context(), everything(), controller.ObligationFilter{Text: "burgerzaken almere"})
	check(t, err)
	if supplier.Total != 1 || !supplier.Items[0].Turn {
		t.Errorf("the supplier's: %+v", supplier)
	}
	tasks, err := all.at[evert].Tasks(t.Context(), everything())
	check(t, err)
	if len(tasks.Turn) != 1 || tasks.Turn[0].Hash != o || tasks.Turn[0].Title != "Webdiensten burgerzaken" {
		t.Errorf("the supplier has to do %+v", tasks)
	}
}

func TestNoticesFallOnADayThatIsThere(t *testing.T) {
	all := newTown(t)
	end, err := time.Parse(time.RFC3339, "2028-08-31T00:00:00+02:00")
	check(t, err)
	_, err = all.at[almere].GiveMandate(t.Context(), everything(), controller.MandateForm{
		KeyThumbprint: strings.Repeat("ab", 32), Types: []deed.Type{dossier.TypeAccession}, NotAfter: end,
	})
	check(t, err)
	w, err := all.at[almere].Obligations(t.Context(), everything(), controller.ObligationFilter{Type: rule.TypeMandate})
	check(t, err)
	var days []string
	for _, n := range w.Items[0].Notices {
		days = append(days, n.At.Add(3*time.Hour).Format(time.DateOnly))
	}
	if got := strings.Join(days, " "); got != "2027-02-28 2027-08-31 2028-02-29" {
		t.Errorf("notices on %s", got)
	}
}

func TestTheBoardEqualsTheDeeds(t *testing.T) {
	all := newTown(t)
	f := all.Mantel(evert, 1000, almere, groningen)
	all.joins(t, almere, f, 400, 300)
	_, err := all.at[cora].TakeUpProcess(t.Context(), everything(), "P29", []deed.Hash{f})
	check(t, err)
	_, err = all.at[groningen].TakeUpProcess(t.Context(), everything(), "P13", nil)
	check(t, err)
	all.Settle()
	b, err := all.at[stadskanal].Board(t.Context(), everything())
	check(t, err)
	if len(b.Tiles) != 30 {
		t.Fatalf("%d tiles", len(b.Tiles))
	}
	move, complaint := b.Tiles[28], b.Tiles[12]
	if move.Stage != register.StageAcceded || move.Participants() != 2 || len(move.Frameworks) != 1 || move.Frameworks[0] != f {
		t.Errorf("moving: %+v", move)
	}
	if complaint.Stage != register.StageNeed || complaint.Participants() != 1 {
		t.Errorf("complaints: %+v", complaint)
	}
	p, err := all.at[groningen].Process(t.Context(), everything(), "P29")
	check(t, err)
	if p.Hidden || len(p.Taking) != 2 || p.Taking[0].Peer.ID != almere || p.Stewards[0].ID != cora || len(p.Served) != 1 {
		t.Errorf("a neighbour sees %+v", p)
	}
	if p, err = all.at[cora].Process(t.Context(), everything(), "P29"); err != nil || p.MayTakeUp || len(p.Offered) != 0 {
		t.Errorf("who took it up with all there is can do so again: %+v %v", p, err)
	}
	if p, err = all.at[evert].Process(t.Context(), everything(), "P29"); err != nil || !p.Hidden || p.Taking != nil || p.Participants() != 2 {
		t.Errorf("the supplier sees %+v %v", p, err)
	}
	if _, err = all.at[cora].TakeUpProcess(t.Context(), everything(), "P99", nil); errKind(err) != operator.KindNotFound {
		t.Errorf("a process that isn't there: %v", err)
	}
}

func TestMunicipalitiesAreListedByName(t *testing.T) {
	c := newTown(t).at[almere]
	var names []string
	place := controller.Place{Limit: 100}
	for {
		w, err := c.Municipalities(t.Context(), everything(), controller.MunicipalityFilter{Place: place})
		check(t, err)
		for _, m := range w.Items {
			names = append(names, m.Name)
		}
		if place.After = w.Next; w.Next == "" {
			break
		}
	}
	at := func(name string) int { return slices.Index(names, name) }
	if len(names) != 342 || names[0] != "Aa en Hunze" || names[341] != "Zwolle" {
		t.Errorf("from %s to %s of %d", names[0], names[len(names)-1], len(names))
	}
	if bosch, sudwest := at("'s-Hertogenbosch"), at("Súdwest-Fryslân"); bosch < at("Rotterdam") || bosch > at("Schiedam") || sudwest < at("Stichtse Vecht") || sudwest > at("Tholen") {
		t.Errorf("marks count in the order: %d and %d", bosch, sudwest)
	}
}

func TestTheRegisterTellsNeighboursWhatWasJoinedAndSuppliersNothing(t *testing.T) {
	all := newTown(t)
	f := all.Mantel(evert, 1000, almere, groningen)
	all.joins(t, groningen, f, 400, 300)
	c := all.at[stadskanal]
	w, err := c.Municipalities(t.Context(), everything(), controller.MunicipalityFilter{Province: "Groningen"})
	check(t, err)
	if w.Total != 10 || w.Items[0].Name != "Eemsdelta" || w.Items[1].Name != "Groningen" || w.Items[1].Joined != 1 {
		t.Fatalf("province: %+v", w)
	}
	d, err := c.Municipality(t.Context(), everything(), "GM0037")
	check(t, err)
	if !d.Self || d.Hidden || len(d.Arrangements) == 0 || len(d.Neighbours) == 0 {
		t.Fatalf("Stadskanaal: %+v", d)
	}
	found := false
	for _, n := range d.Neighbours {
		found = found || n.Name == "Groningen" && len(n.Uses) == 1 && n.Uses[0].Framework == f
	}
	if !found {
		t.Errorf("what the neighbour joined isn't told")
	}
	theirs, err := all.at[evert].Municipality(t.Context(), everything(), "GM0014")
	check(t, err)
	if !theirs.Hidden || theirs.Uses != nil || theirs.Neighbours != nil || theirs.Joined != 0 {
		t.Errorf("the supplier sees %+v", theirs)
	}
	adoption, err := c.Adoption(t.Context(), everything(), "")
	check(t, err)
	sum, joined := 0, 0
	for _, p := range adoption {
		sum, joined = sum+p.Municipalities, joined+p.Joined
	}
	if sum != 342 || joined != 1 || adoption[len(adoption)-1].Province != "" {
		t.Errorf("adoption: %+v", adoption)
	}
}

func TestTheRegisterKnowsWhoCameAfterWhom(t *testing.T) {
	c := newTown(t).at[almere]
	ended, err := c.EndedMunicipalities(everything(), "brielle", controller.Place{})
	check(t, err)
	if ended.Total != 1 || len(ended.Items[0].Successors) != 1 || ended.Items[0].Successors[0].Name != "Voorne aan Zee" {
		t.Errorf("Brielle: %+v", ended)
	}
	if all, err := c.EndedMunicipalities(everything(), "", controller.Place{}); err != nil || all.Total != 271 {
		t.Errorf("%d ended %v", all.Total, err)
	}
	arrangements, err := c.Arrangements(everything(), "", controller.Place{})
	check(t, err)
	if arrangements.Total != 451 {
		t.Errorf("%d arrangements", arrangements.Total)
	}
	one, err := c.Arrangement(everything(), arrangements.Items[0].ROO)
	check(t, err)
	if len(one.Members) != arrangements.Items[0].Participants {
		t.Errorf("%d members", len(one.Members))
	}
	voorne, err := c.Municipality(t.Context(), everything(), ended.Items[0].Successors[0].Code)
	check(t, err)
	if len(voorne.Predecessors) != 11 {
		t.Errorf("Voorne aan Zee came after %+v", voorne.Predecessors)
	}
}

func TestAMandateIsForOneKeyAndEnds(t *testing.T) {
	all := newTown(t)
	form := controller.MandateForm{
		Mandatary: groningen, KeyThumbprint: strings.Repeat("0f", 32), Types: []deed.Type{dossier.TypeAccession}, CeilingCents: 100, NotAfter: all.Now().AddDate(1, 0, 0),
	}
	h, err := all.at[almere].GiveMandate(t.Context(), everything(), form)
	check(t, err)
	all.Settle()
	got, err := all.at[groningen].Mandates(t.Context(), everything(), controller.Place{})
	check(t, err)
	if got.Total != 1 || got.Items[0].Ours || got.Items[0].Mandator.ID != almere || got.Items[0].MayRevoke || got.Items[0].Word != collective.Word(rule.InForce) {
		t.Fatalf("the mandatary sees %+v", got)
	}
	if _, err := all.at[stadskanal].Mandate(t.Context(), everything(), h); errKind(err) != operator.KindNotFound {
		t.Errorf("another sees it: %v", err)
	}
	for field, change := range map[string]func(*controller.MandateForm){
		"notAfter": func(f *controller.MandateForm) { f.NotAfter = all.Now() }, "deedTypes": func(f *controller.MandateForm) { f.Types = []deed.Type{rule.TypeMandate} },
		"keyThumbprint": func(f *controller.MandateForm) { f.KeyThumbprint = "AB" }, "ceilingCents": func(f *controller.MandateForm) { f.CeilingCents = -1 },
		"mandatary": func(f *controller.MandateForm) { f.Mandatary = "x" }, "keeper": func(f *controller.MandateForm) { f.Keeper = groningen },
	} {
		f := form
		change(&f)
		_, err := all.at[almere].GiveMandate(t.Context(), everything(), f)
		if wrong := controller.FieldErrors(err); len(wrong) != 1 || wrong[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	check(t, all.at[almere].SignDeed(t.Context(), everything(), h, deed.Revoke))
	all.Settle()
	if m, err := all.at[almere].Mandate(t.Context(), everything(), h); err != nil || m.Word != collective.Word(rule.Revoked) || m.MayRevoke {
		t.Errorf("revoked: %+v %v", m, err)
	}
}

func TestWhatAKeeperRefusesAndDoesWrongIsATask(t *testing.T) {
	all := newTown(t)
	ctx := t.Context()
	check(t, all.Store(almere).Collective().Update(ctx, func(tx collective.Tx) error {
		f := deed.Hash("$1$110$" + strings.Repeat("a", 86))
		if err := tx.PutDelivery(ctx, &collective.Delivery{ID: "1", Peer: cora, Subject: f, Problem: "is full", Refused: true}); err != nil {
			return err
		}
		proof, err := json.Marshal(map[string]string{"two": "stories"})
		if err != nil {
			return err
		}
		return tx.PutAlarm(ctx, &collective.Alarm{At: all.Now().Unix(), Peer: cora, Dossier: f, Code: "equivocation", Detail: "two stories", Proof: proof})
	}))
	tasks, err := all.at[almere].Tasks(ctx, everything())
	check(t, err)
	if len(tasks.Refused) != 1 || tasks.Refused[0].Problem != "is full" || len(tasks.Alarms) != 1 || !tasks.Alarms[0].Proof {
		t.Fatalf("tasks: %+v", tasks)
	}
	proof, err := all.at[almere].AlarmProof(ctx, everything(), tasks.Alarms[0].Dossier)
	if err != nil || string(proof) != `{"two":"stories"}` {
		t.Errorf("the proof is %s %v", proof, err)
	}
	if _, err := all.at[almere].AlarmProof(ctx, everything(), "$1$110$other"); errKind(err) != operator.KindNotFound {
		t.Errorf("another proof: %v", err)
	}
}
