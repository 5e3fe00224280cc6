// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"fmt"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/controller"
)

func someTitled(text string) controller.TitledDeed {
	return controller.TitledDeed{DeedState: someState(text, "effective"), Title: text}
}

func someObligation(text string) controller.Obligation {
	notice := controller.Notice{At: testNow().AddDate(1, 0, 0), Months: 18}
	return controller.Obligation{
		TitledDeed: someTitled(text), Roles: []deed.Role{"buyer", deed.Role(text)}, Others: []fsc.Peer{{ID: "1", Name: text}}, Framework: "$1$110$other",
		Ends: testNow().AddDate(2, 0, 0), Notices: []controller.Notice{notice}, Next: notice, DaysLeft: 700,
	}
}

func someGroup(text string) *controller.GroupDetail {
	g := controller.Group{
		DeedState: someState(text, "forming", "active"), Name: text, Kind: register.GroupAssociation, Basis: text, Initiator: fsc.Peer{ID: "1", Name: text},
		Invited: 32, Members: 3, Voting: 2, Ours: "$1$122$abc", Class: register.ClassVoting,
	}
	other := controller.Membership{DeedState: someState(text, "left"), Class: register.MemberClass(text)}
	return &controller.GroupDetail{
		Group: g, Memberships: []controller.Membership{{DeedState: someState(text, "member"), Member: fsc.Peer{ID: "2", Name: text}, Class: register.ClassVoting, Inhabitants: 244427}, other},
		Silent: []fsc.Peer{{ID: "3", Name: text}}, Decisions: []controller.DecisionLine{someDecision(text).DecisionLine},
		MayJoin: true, MayLeave: true, MayPropose: true, Classes: []register.MemberClass{register.ClassVoting, register.ClassGuest},
	}
}

func someDecision(text string) *controller.DecisionDetail {
	peer := fsc.Peer{ID: "00000099000000002000", Name: text}
	count := rule.Count{Organisations: 2, Inhabitants: 3000}
	return &controller.DecisionDetail{
		DecisionLine: controller.DecisionLine{DeedState: someState(text, "open"), Title: text, Group: "$1$121$abc", GroupName: text, ClosesAt: testNow(), Voters: 3, Stated: 2, OurVote: true, OurStance: rule.NotNow},
		Text:         text, Initiator: peer, Rule: *rule.NewDecision(nil, 1),
		Outcome: rule.Outcome{State: rule.Rejected, Electorate: rule.Count{Organisations: 3, Inhabitants: 9000}, Stated: count, Agree: count},
		Why:     []controller.Because{{Code: string(rule.ReasonThresholdOrganisations), Detail: text, Source: text}},
		Voices: []controller.Voice{
			{Peer: peer, Inhabitants: 5, Kind: rule.Object, Reason: text, Proposal: text}, {Peer: peer, Kind: rule.NotNow, Code: rule.NotNowHours, By: peer},
		},
		Silent: []fsc.Peer{peer}, NotNow: []controller.CodeCount{{Code: rule.NotNowHours, Count: 1}}, MayState: true,
	}
}

func someProcess(text string) *controller.ProcessDetail {
	tile := register.Tile{Process: register.Process{Code: "P29", Title: text, Login: text, Fields: []register.Field{{Name: text, Type: text, Required: true}, {}}}, Stage: register.StageAcceded}
	tile.At[register.StageAcceded] = 280
	peer := fsc.Peer{ID: "2", Name: text}
	return &controller.ProcessDetail{
		BoardTile: controller.BoardTile{Tile: tile, Frameworks: []deed.Hash{"$1$110$abc"}, NotNow: []controller.CodeCount{{Code: rule.NotNowMoney, Count: 3}}},
		Served:    []controller.Framework{someFramework(text).Framework}, Stewards: []fsc.Peer{peer}, MayTakeUp: true, Offered: []controller.Framework{someFramework(text).Framework},
		Taking: []controller.ProcessParticipant{{Peer: peer, Stage: register.StageConnected}},
	}
}

func someMunicipality(text string) *controller.MunicipalityDetail {
	m := register.Municipality{Code: "GM0014", Name: text, OIN: text, RSIN: text, KvK: text, Province: text, Inhabitants: 244427}
	uses := []controller.FrameworkUse{{Framework: "$1$110$abc", Name: text, Live: true}, {Framework: "$1$110$def", Name: text}}
	return &controller.MunicipalityDetail{
		Municipality: controller.Municipality{Municipality: m, Size: register.SizeLarge, Self: true, Joined: 2},
		Predecessors: []controller.Predecessor{{Code: "GM0001", Name: text, On: "2019-01-01"}},
		Arrangements: []controller.ArrangementLine{{Arrangement: register.Arrangement{ROO: "1", Name: text, Form: text, Since: "2019-01-01"}, Participants: 15}},
		Groups:       []controller.Group{someGroup(text).Group}, Uses: uses,
		Neighbours: []controller.Neighbour{{Neighbour: register.Neighbour{Code: "GM0037", Name: text, Shared: []string{"1"}, SameProvince: true, SameSize: true}, Uses: uses}, {}},
	}
}

func someMandate(text string) *controller.Mandate {
	peer := fsc.Peer{ID: "00000099000000002000", Name: text}
	return &controller.Mandate{
		DeedState: someState(text, "in_force"), Mandator: peer, Mandatary: peer, Ours: true, KeyThumbprint: text, Types: []deed.Type{111, 999},
		CeilingCents: 12345, NotAfter: testNow(), MayRevoke: true,
	}
}

func togetherFixtures() []fixture {
	s, err := parsed()
	if err != nil {
		return nil
	}
	q := &request{Lang: dutch, s: s}
	var out []fixture
	for _, text := range []string{"Webdiensten", hostileText} {
		out = append(out, decidingFixtures(q, text)...)
		out = append(out, registerFixtures(q, text)...)
	}
	return append(out,
		fixture{page: "obligations", name: "empty", data: &obligationsPage{}}, fixture{page: "obligations", name: "none found", data: &obligationsPage{Filtered: true}},
		fixture{page: "board", name: "empty", data: &boardView{}},
		fixture{page: "process", name: "empty", data: q.processView(&controller.ProcessDetail{Hidden: true})},
		fixture{page: "groups", name: "empty", data: &groupsPage{}}, fixture{page: "groups", name: "none found", data: &groupsPage{Filtered: true}},
		fixture{page: "group", name: "empty", data: q.groupView(&controller.GroupDetail{})},
		fixture{page: "group_new", name: "empty", data: &groupForm{}},
		fixture{page: "decisions", name: "empty", data: &decisionsPage{}},
		fixture{page: "decision", name: "empty", data: q.decisionView(&controller.DecisionDetail{})},
		fixture{page: "mandates", name: "empty", data: &mandatesPage{}},
		fixture{page: "mandate", name: "empty", data: q.mandateView(&controller.Mandate{})},
		fixture{page: "register", name: "empty", data: &registerPage{}}, fixture{page: "register_ended", name: "empty", data: &endedPage{}},
		fixture{page: "arrangements", name: "empty", data: &arrangementsPage{}},
		fixture{page: "arrangement", name: "empty", data: drawArrangement(&controller.ArrangementDetail{})},
		fixture{page: "municipality", name: "hidden", data: q.municipalityView(&controller.MunicipalityDetail{Hidden: true})},
	)
}

func decidingFixtures(q *request, text string) []fixture {
	name := text[:4]
	o, done := someObligation(text), someObligation(text)
	done.Next, done.Framework, done.Others = controller.Notice{}, "", nil
	endless := controller.Obligation{TitledDeed: controller.TitledDeed{DeedState: someState(text, "ended")}}
	tasks := q.tasksView(&controller.Tasks{
		Turn: []controller.TitledDeed{someTitled(text)}, Votes: []controller.OpenVote{{TitledDeed: someTitled(text), ClosesAt: testNow()}},
		Months: []controller.UsageTask{
			{CallOff: "$1$112$abc", Month: usage.Month{Year: 2026, Month: 10}, Word: collective.UsageStated, Title: text, Other: fsc.Peer{ID: "1", Name: text}},
			{CallOff: "$1$112$abc", Month: usage.Month{Year: 2026, Month: 11}, Word: collective.UsageDisputed},
		},
		Refused: []controller.RefusedDelivery{{Peer: fsc.Peer{ID: "1", Name: text}, Subject: "$1$110$abc", Problem: text}},
		Alarms:  []controller.KeeperAlarm{{At: testNow(), Code: "equivocation", Dossier: "$1$110$abc", Proof: true}, {Code: text, Detail: text}},
	})
	options := []option{{text, text}}
	p, g, d := someProcess(text), someGroup(text), someDecision(text)
	proposal := &controller.GroupProposal{Kind: register.GroupSizeClass, Name: text, Basis: text, Candidates: []register.Municipality{{Name: text, OIN: text, Inhabitants: 5}}, Others: []string{text, "b"}, Undecided: []string{text, "c"}}
	return []fixture{
		{page: "overview", name: "tasks " + name, data: overviewData{Overview: fullOverview(), Tasks: tasks, Chart: Chart{Title: "x"}}},
		{page: "obligations", name: name, data: &obligationsPage{Rows: []obligationRow{q.obligationRow(&o), q.obligationRow(&done), q.obligationRow(&endless)}, Types: options, Total: 3, Cursors: cursors{"a", "b"}, CLI: text}},
		{page: "board", name: name, data: q.boardView(&controller.Board{Tiles: []controller.BoardTile{p.BoardTile}, NotNow: p.BoardTile.NotNow})},
		{page: "process", name: name, data: q.processView(p)},
		{page: "groups", name: name, data: &groupsPage{Rows: []groupRow{q.groupRow(&g.Group)}, Total: 1, Cursors: cursors{"a", "b"}, CLI: text}},
		{page: "group", name: name, data: q.groupView(g)},
		{page: "group_new", name: name, data: &groupForm{Proposal: proposal, Kind: "size_class", Provinces: options, Kinds: options, Keepers: options, Name: text, Basis: text, CLI: text}, problems: problems{{"name", text}}},
		{page: "decisions", name: name, data: &decisionsPage{Rows: []decisionRow{q.decisionRow(&d.DecisionLine)}, Total: 1, Cursors: cursors{"a", "b"}, CLI: text}},
		{page: "decision", name: name, data: q.decisionView(d), problems: problems{{"code", text}}},
		{page: "decision_new", name: name, data: &decisionForm{G: q.groupRow(&g.Group), Methods: options, Action: "/x", Closes: "2027-01-01", CLI: text, Annex: annexChoice{Action: "/x", Field: "annex"}}, problems: problems{{"title", text}}},
		{page: "decision_new", name: "document " + name, data: &decisionForm{G: q.groupRow(&g.Group), Methods: options, Action: "/x", Annex: someChoice("document", text)}},
	}
}

func registerFixtures(q *request, text string) []fixture {
	name := text[:4]
	m, mandate := someMunicipality(text), someMandate(text)
	ended := controller.EndedMunicipality{Ended: register.Ended{Code: "GM0001", Name: text, On: "2019-01-01"}, Successors: []register.Municipality{m.Municipality.Municipality, {Code: "GM0002", Name: text}}}
	arrangement := &controller.ArrangementDetail{
		Arrangement: m.Arrangements[0].Arrangement, Undecided: []string{text, "b"},
		Members: []controller.ArrangementMember{{Member: register.Member{Code: "GM0001", Name: text, Joined: "2019-01-01"}, Municipal: true}, {Member: register.Member{Name: text}}},
	}
	adoption := drawAdoption(dutch, []controller.ProvinceAdoption{{Province: "Utrecht", Municipalities: 26, Joined: 13}, {Province: text, Municipalities: 1}, {Municipalities: 43, Joined: 1}})
	source := sourceRow{controller.RegisterSource{Attribute: "oin", Source: register.Source{Text: text}}, "register.source.oin", testNow()}
	return []fixture{
		{page: "register", name: name, data: &registerPage{Rows: []municipalityRow{municipalityOf(m.Municipality), {URL: "/x"}}, Total: 2, Cursors: cursors{"a", "b"}, Map: adoption, Sources: []sourceRow{source}, CLI: text}},
		{page: "register_ended", name: name, data: &endedPage{Rows: []endedRow{endedOf(ended), {}}, Total: 2, Filtered: true}},
		{page: "arrangements", name: name, data: &arrangementsPage{Rows: []arrangementRow{arrangementOf(m.Arrangements[0])}, Total: 1}},
		{page: "arrangement", name: name, data: drawArrangement(arrangement)},
		{page: "municipality", name: name, data: q.municipalityView(m)},
		{page: "mandates", name: name, data: &mandatesPage{Rows: []mandateRow{q.mandateRow(mandate)}, Total: 1, Cursors: cursors{"a", "b"}, CLI: text}},
		{page: "mandate", name: name, data: q.mandateView(mandate)},
		{page: "mandate_new", name: name, data: &mandateForm{Types: []typeChoice{{"111", text, true}, {"112", "b", false}}, Keepers: []option{{text, text}}, Self: text, Until: "2027-01-01", CLI: text}, problems: problems{{"deedTypes", text}}},
	}
}

func TestEveryStageKindAndCodeOfDecidingTogetherHasAText(t *testing.T) {
	all, err := loadCatalogues()
	must(t, err)
	var keys []string
	for s := register.StageNone; s <= register.StageConnected; s++ {
		keys = append(keys, stageKey(s))
	}
	for _, c := range rule.NotNowCodes() {
		keys = append(keys, "notnow."+string(c))
	}
	for _, k := range groupKinds() {
		keys = append(keys, "groups.kind."+string(k))
	}
	for _, c := range sizeClasses() {
		keys = append(keys, "register.size."+string(c))
	}
	for _, w := range []string{"forming", "active", "dissolved", "member", "left", "open", "adopted", "superseded", "withdrawn", "in_force", "revoked"} {
		keys = append(keys, "collective.word."+w)
	}
	for _, c := range controller.ObligationTypes() {
		keys = append(keys, fmt.Sprintf("collective.type.%d", c))
	}
	for _, key := range keys {
		if !all[dutch].has(key) || !all[english].has(key) {
			t.Errorf("there is no text %s", key)
		}
	}
}

func TestTheMapHasEveryProvinceOfTheRegisterOnce(t *testing.T) {
	reg, err := register.Load()
	must(t, err)
	seen := map[string]bool{}
	for _, m := range reg.Municipalities() {
		seen[m.Province] = true
	}
	places, taken := mapPlaces(), map[[2]int]string{}
	for name := range seen {
		at, ok := places[name]
		if !ok {
			t.Errorf("%q has no place", name)
		}
		if other, double := taken[at]; double {
			t.Errorf("%q lies on %q", name, other)
		}
		taken[at] = name
	}
}
