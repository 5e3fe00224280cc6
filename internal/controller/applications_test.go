// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

func route(t testing.TB, h *townHall, r manager.Route) controller.OwnRoute {
	t.Helper()
	admin := h.person(t, operator.RoleAdministrator)
	put, err := h.PutRoute(t.Context(), admin, r)
	must(t, err)
	own, err := h.Route(t.Context(), admin, put.ID)
	must(t, err)
	return *own
}

func TestARouteTellsWhichContractServesIt(t *testing.T) {
	h := newTownHall(t)
	h.learn(t)
	r := route(t, h, manager.Route{PathPrefix: "/personen", ServicePeerID: source, Service: "personen"})
	if r.Choice.Reason != controller.ChoiceNone || r.Provider.Name != "Dienst Bron" {
		t.Errorf("without a contract: %+v", r)
	}
	proposed := h.propose(t, h.calling("personen"))
	if r, err := h.Route(t.Context(), h.trail, r.ID); err != nil || r.Choice.Reason != controller.ChoiceUnusable || r.Choice.Candidates[0].Awaiting[0].ID != source {
		t.Errorf("with a proposal: %+v, %v", r, err)
	}
	other := h.agree(t, h.calling("personen", func(g *fsc.Grant) { g.Outway.PublicKeyThumbprint = strings.Repeat("ab", 32) }))
	valid := h.agree(t, h.calling("personen"))
	own, err := h.Route(t.Context(), h.trail, r.ID)
	must(t, err)
	if own.Choice.Reason != controller.ChoiceServed || own.Choice.Grant.GrantHash != valid.Grants[0].Hash || len(own.Choice.Candidates) != 3 {
		t.Errorf("with a valid contract: %+v", own.Choice)
	}
	for _, g := range own.Choice.Candidates {
		want := map[fsc.ContentHash]controller.GrantProblem{proposed.Hash(): controller.GrantState, other.Hash(): controller.GrantOtherOutway}[g.ContentHash]
		if g.Problem != want {
			t.Errorf("%s has problem %q, want %q", g.ContentHash, g.Problem, want)
		}
	}
}

func TestContractsForDifferentEndsAreNotChosenBetween(t *testing.T) {
	h := newTownHall(t)
	h.agree(t, h.calling("personen"))
	h.agree(t, h.calling("personen", func(g *fsc.Grant) {
		g.Type, g.Delegator = fsc.GrantTypeDelegatedServiceConnection, guide
	}))
	both := route(t, h, manager.Route{PathPrefix: "/beide", ServicePeerID: source, Service: "personen"})
	one := route(t, h, manager.Route{PathPrefix: "/een", ServicePeerID: source, Service: "personen", Delegator: guide})
	if both.Choice.Reason != controller.ChoiceAmbiguous || both.Choice.Grant != nil {
		t.Errorf("%+v", both.Choice)
	}
	if one.Choice.Reason != controller.ChoiceServed || one.Choice.Grant.Delegator.ID != guide {
		t.Errorf("%+v", one.Choice)
	}
}

func TestRoutesOfTheConfigurationStay(t *testing.T) {
	h := newTownHall(t, func(c *manager.Config) {
		c.Routes = []manager.Route{{Host: "personen.test", ServicePeerID: source, Service: "personen"}}
	})
	admin := h.person(t, operator.RoleAdministrator)
	own := route(t, h, manager.Route{Host: "wegen.test", ServicePeerID: source, Service: "wegen"})
	w, err := h.Routes(t.Context(), admin, controller.RouteFilter{})
	must(t, err)
	if w.Total != 2 || w.Items[0].Editable() || !w.Items[1].Editable() {
		t.Fatalf("%+v", w)
	}
	fixed := w.Items[0].Route
	fixed.Service = "wegen"
	if _, err := h.PutRoute(t.Context(), admin, fixed); kindOf(err) != "conflict " {
		t.Error(err)
	}
	if err := h.DeleteRoute(t.Context(), admin, fixed.ID); kindOf(err) != "conflict " {
		t.Error(err)
	}
	if _, err := h.PutRoute(t.Context(), admin, manager.Route{Host: "personen.test", ServicePeerID: source, Service: "wegen"}); kindOf(err) != "conflict host" {
		t.Error(err)
	}
	if err := h.DeleteRoute(t.Context(), h.person(t, operator.RoleReader), own.ID); kindOf(err) != "forbidden " {
		t.Error(err)
	}
	must(t, h.DeleteRoute(t.Context(), admin, own.ID))
	if err := h.DeleteRoute(t.Context(), admin, own.ID); kindOf(err) != "not_found " {
		t.Error(err)
	}
}

func TestConnectionsListWhatCanBeCalledNow(t *testing.T) {
	h := newTownHall(t)
	h.learn(t)
	h.propose(t, h.calling("wacht"))
	h.agree(t, h.calling("personen"), h.calling("adressen"))
	offer(t, h, "parkeren")
	h.agree(t, h.called("parkeren"))
	w, err := h.Connections(t.Context(), h.person(t, operator.RoleReader), controller.ConnectionFilter{})
	must(t, err)
	if len(w.Items) != 2 || w.Items[0].Provider.Name != "Dienst Bron" || w.Items[0].Outway != "main" || w.Items[0].Problem != "" {
		t.Errorf("%+v", w)
	}
}

func examples(t testing.TB, h *townHall, q controller.ExampleQuery) *controller.Examples {
	t.Helper()
	e, err := h.Examples(t.Context(), h.person(t, operator.RoleReader), q)
	must(t, err)
	return e
}

func TestExamplesCallTheOutwayByRouteOrGrant(t *testing.T) {
	h := newTownHall(t)
	c := h.agree(t, h.calling("personen"))
	stripped := route(t, h, manager.Route{PathPrefix: "/bron", StripPrefix: true, ServicePeerID: source, Service: "personen"})
	kept := route(t, h, manager.Route{PathPrefix: "/v1", ServicePeerID: source, Service: "personen"})
	host := route(t, h, manager.Route{Host: "personen.test", ServicePeerID: source, Service: "personen"})
	for want, q := range map[string]controller.ExampleQuery{
		"http://127.0.0.1:8080/v1/a?naam=O'Neill":  {GrantHash: c.Grants[0].Hash, Path: "/v1/a?naam=O'Neill"},
		"http://127.0.0.1:8080/bron/v1/a":          {RouteID: stripped.ID, Path: "v1/a"},
		"http://127.0.0.1:8080/v1/a":               {RouteID: kept.ID, Path: "/v1/a"},
		"http://127.0.0.1:8080/v1/":                {RouteID: kept.ID},
		"http://127.0.0.1:8080/%22%60$(reboot)%5C": {RouteID: host.ID, Path: `/%22%60$(reboot)%5C`},
	} {
		e := examples(t, h, q)
		if e.URL != want || (e.GrantHash == "") != (q.GrantHash == "") || (e.Host == "") != (q.RouteID != host.ID) {
			t.Errorf("%+v gives %q host %q grant %q, want %q", q, e.URL, e.Host, e.GrantHash, want)
		}
		for _, one := range e.List {
			if one.Language == "go" {
				if _, err := parser.ParseFile(token.NewFileSet(), "x.go", one.Code, 0); err != nil {
					t.Errorf("the Go example doesn't parse: %v", err)
				}
			}
		}
	}
	for _, path := range []string{"/a b", "/\n", "/é", "/%zz"} {
		if _, err := h.Examples(t.Context(), h.trail, controller.ExampleQuery{GrantHash: c.Grants[0].Hash, Path: path}); kindOf(err) != "invalid path" {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// TestTheExamplesForShellAndPythonRun starts them against a server, where the
// programs are installed.
func TestTheExamplesForShellAndPythonRun(t *testing.T) {
	got := make(chan string, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got <- r.Host + " " + r.RequestURI + " " + r.Header.Get("Fsc-Grant-Hash")
		_, _ = w.Write([]byte("hallo"))
	}))
	defer s.Close()
	h := newTownHall(t)
	h.outways[0].Address = s.URL
	c := h.agree(t, h.calling("personen"))
	host := route(t, h, manager.Route{Host: "personen.test", ServicePeerID: source, Service: "personen"})
	for _, q := range []controller.ExampleQuery{{GrantHash: c.Grants[0].Hash, Path: "/a?b='c'"}, {RouteID: host.ID, Path: "/a?b='c'"}} {
		e := examples(t, h, q)
		want := strings.TrimPrefix(s.URL, "http://") + " /a?b='c' " + string(q.GrantHash)
		if e.Host != "" {
			want = "personen.test /a?b='c' "
		}
		for program, i := range map[string]int{"sh": 0, "python3": 4} {
			if _, err := exec.LookPath(program); err != nil {
				continue
			}
			out, err := exec.CommandContext(t.Context(), program, "-c", e.List[i].Code).Output()
			if program == "sh" && err != nil && strings.Contains(err.Error(), "127") {
				continue // no curl here
			}
			if err != nil || strings.TrimSpace(string(out)) != "hallo" {
				t.Fatalf("%s prints %q, %v", program, out, err)
			}
			if asked := <-got; asked != want {
				t.Errorf("%s asks for %q, want %q", program, asked, want)
			}
		}
	}
}
