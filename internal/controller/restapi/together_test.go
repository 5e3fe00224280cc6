// SPDX-License-Identifier: EUPL-1.2

package restapi_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective/collectivetest"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
)

// clientTogether asks for every operation of deciding together, on a node that
// acts alone.
func (a *api) clientTogether(ctx context.Context, c *client.Client) {
	t, h, end := a.t, "$1$121$x", a.clock.Now().AddDate(1, 0, 0)
	ask(c.Tasks(ctx))(t)
	ask(c.Keepers(ctx))(t)
	ran(t, c.Obligations(ctx, client.ObligationFilter{Text: "x", Type: 111, Over: true, Limit: 1}))
	ask(c.Board(ctx))(t)
	ask(c.Process(ctx, "P29"))(t)
	ask(c.TakeUpProcess(ctx, "P29", client.NewProcessDeed{}))(t)
	ran(t, c.Groups(ctx, "x"))
	ask(c.Group(ctx, h))(t)
	ask(c.ProposeGroup(ctx, client.GroupSource{Inhabitants: 100_000}))(t)
	ask(c.FoundGroup(ctx, client.NewGroup{Name: "x", Kind: "association"}))(t)
	ask(c.JoinGroup(ctx, h, "voting"))(t)
	ran(t, c.JointDecisions(ctx, true))
	ask(c.JointDecision(ctx, h))(t)
	ask(c.OpenDecision(ctx, client.NewJointDecision{Group: h, Title: "x", Text: "y", ClosesAt: end}))(t)
	ask(c.StateStance(ctx, h, client.NewStance{Stance: "agree"}))(t)
	ran(t, c.Municipalities(ctx, client.MunicipalityFilter{Text: "x", Province: "y", Size: "under_30000"}))
	ask(c.Municipality(ctx, "GM0014"))(t)
	ran(t, c.EndedMunicipalities(ctx, "x"))
	ran(t, c.Arrangements(ctx, "x"))
	ask(c.Arrangement(ctx, "1"))(t)
	ask(c.Provinces(ctx))(t)
	ran(t, c.Mandates(ctx))
	ask(c.Mandate(ctx, h))(t)
	ask(c.GiveMandate(ctx, client.NewMandate{KeyThumbprint: strings.Repeat("ab", 32), Types: []int{111}, NotAfter: end}))(t)
}

// together is the API of anna, who is the municipality of Groningen here.
func together(t *testing.T) (*api, *collectivetest.Circle) {
	t.Helper()
	reg, err := register.Load()
	must(t, err)
	reg, err = reg.As(map[register.Code]string{"GM0014": string(anna)})
	must(t, err)
	circle := collectivetest.NewIn(t, reg, group, time.Now().Truncate(time.Second), cora, evert, anna)
	return newAPI(t, func(o *options) {
		o.act = func(c *controller.Config) { c.Collective, c.Register = circle.Desk(anna), circle.Register }
	}), circle
}

func TestAProgramFoundsAGroupDecidesAndSeesWhatItHasToDo(t *testing.T) {
	a, circle := together(t)
	p := into[client.GroupProposal](a.ask("reader", post, "/v1/group-proposals", `{"inhabitants":100000}`).want(200))
	if len(p.Candidates) != 32 || p.Kind != "size_class" {
		t.Fatalf("proposal of %d", len(p.Candidates))
	}
	a.ask("reader", post, "/v1/group-proposals", `{"province":"Atlantis"}`).problem(400, "invalid_input")
	form := `{"name":"Samen slim","kind":"association","keeper":"` + string(cora) + `"}`
	a.ask("reader", post, "/v1/groups", form).problem(403, "forbidden")
	g := into[client.DeedMade](a.ask("signer", post, "/v1/groups", form, "Idempotency-Key", "k").want(201)).Hash
	circle.Settle()
	a.ask("signer", post, "/v1/groups/"+g+"/memberships", `{"class":"voting"}`).want(201)
	circle.Settle()
	closes := circle.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	d := into[client.DeedMade](a.ask("signer", post, "/v1/joint-decisions", `{"group":"`+g+`","title":"Eén formulier","text":"Ja.","closesAt":"`+closes+`","method":"consent",
		"document":{"name":"plan.txt","mediaType":"text/plain","size":4,"hash":"`+string(deed.AnnexHash([]byte("plan")))+`"}}`).want(201)).Hash
	circle.Settle()
	if tasks := into[client.Tasks](a.ask("reader", get, "/v1/tasks", "").want(200)); len(tasks.Votes) != 1 || tasks.Votes[0].Title != "Eén formulier" {
		t.Errorf("tasks %+v", tasks)
	}
	a.ask("signer", post, "/v1/joint-decisions/"+d+"/stances", `{"stance":"not_now"}`).problem(400, "invalid_input")
	a.ask("signer", post, "/v1/joint-decisions/"+d+"/stances", `{"stance":"not_now","code":"hours"}`).want(201)
	circle.Settle()
	one := into[client.JointDecisionDetail](a.ask("reader", get, "/v1/joint-decisions/"+d, "").want(200))
	if one.NotNow.Inhabitants != 244427 || one.NotNowCodes[0].Code != "hours" || one.Counted || one.Method != "consent" || one.Quorum.Organisations != 25 || len(one.Decision.Deed.Annexes) != 1 || one.Decision.Deed.Annexes[0].Name != "plan.txt" {
		t.Errorf("decision %+v", one)
	}
	detail := into[client.GroupDetail](a.ask("reader", get, "/v1/groups/"+g, "").want(200))
	if detail.Group.Voting != 1 || detail.Members[0].Inhabitants != 244427 || len(detail.Decisions) != 1 {
		t.Errorf("group %+v", detail)
	}
	list := into[client.Page[client.Obligation]](a.ask("reader", get, "/v1/obligations?deedType=123", "").want(200))
	if list.Total != 1 || list.Items[0].Roles[0] != "initiator" {
		t.Errorf("obligations %+v", list)
	}
}

func TestAProgramReadsRegisterBoardAndMandates(t *testing.T) {
	a, circle := together(t)
	f := string(circle.Mantel(evert, 1000, anna))
	a.ask("signer", post, "/v1/processes/P29/deeds", `{"frameworks":["`+f+`"]}`).want(201)
	circle.Settle()
	b := into[client.Page[client.BoardProcess]](a.ask("reader", get, "/v1/processes", "").want(200))
	if b.Total != 30 || b.Items[28].Stage != "agreement" || b.Items[28].Frameworks[0] != f {
		t.Errorf("board %+v", b.Items[28])
	}
	if p := into[client.BoardProcessDetail](a.ask("reader", get, "/v1/processes/P29", "").want(200)); p.Hidden || len(p.Participants) != 2 {
		t.Errorf("process %+v", p)
	}
	m := into[client.Page[client.Municipality]](a.ask("reader", get, "/v1/municipalities?province=Groningen&limit=2", "").want(200))
	if m.Total != 10 || len(m.Items) != 2 || m.Items[1].Inhabitants != 244427 {
		t.Errorf("municipalities %+v", m)
	}
	if d := into[client.MunicipalityDetail](a.ask("reader", get, "/v1/municipalities/GM0014", "").want(200)); d.Hidden || len(d.Neighbours) == 0 {
		t.Errorf("municipality %+v", d.Municipality)
	}
	if e := into[client.Page[client.EndedMunicipality]](a.ask("reader", get, "/v1/ended-municipalities?text=brielle", "").want(200)); e.Items[0].Successors[0].Name != "Voorne aan Zee" {
		t.Errorf("ended %+v", e)
	}
	list := into[client.Page[client.Arrangement]](a.ask("reader", get, "/v1/arrangements", "").want(200))
	if list.Total != 451 {
		t.Errorf("%d arrangements", list.Total)
	}
	a.ask("reader", get, "/v1/arrangements/"+list.Items[0].Number, "").want(200)
	if p := into[client.Page[client.ProvinceAdoption]](a.ask("reader", get, "/v1/provinces", "").want(200)); p.Total != 12 && p.Total != 13 {
		t.Errorf("%d provinces", p.Total)
	}
	form := `{"keyThumbprint":"` + strings.Repeat("ab", 32) + `","types":[111],"notAfter":"` + circle.Now().AddDate(1, 0, 0).UTC().Format(time.RFC3339) + `"}`
	made := into[client.DeedMade](a.ask("signer", post, "/v1/mandates", form).want(201)).Hash
	circle.Settle()
	if one := into[client.Mandate](a.ask("reader", get, "/v1/mandates/"+made, "").want(200)); one.Mandatary.PeerID != anna || one.Deed.State != "in_force" {
		t.Errorf("mandate %+v", one)
	}
	if all := into[client.Page[client.Mandate]](a.ask("reader", get, "/v1/mandates", "").want(200)); all.Total != 1 {
		t.Errorf("mandates %+v", all)
	}
	if k := into[client.Page[client.Peer]](a.ask("reader", get, "/v1/keepers", "").want(200)); k.Total != 2 || k.Items[0].PeerID != cora {
		t.Errorf("keepers %+v", k)
	}
}
