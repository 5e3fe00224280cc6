// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

func offer(t testing.TB, h *townHall, names ...string) {
	t.Helper()
	for _, name := range names {
		must(t, h.PutService(t.Context(), h.person(t, operator.RoleAdministrator), manager.Service{Name: name, Upstream: "http://127.0.0.1:9/x"}, true))
	}
}

func TestAServiceIsKeptWithItsDifferenceInTheAuditTrail(t *testing.T) {
	h := newTownHall(t)
	admin := h.person(t, operator.RoleAdministrator)
	offer(t, h, "parkeren")
	must(t, h.PutService(t.Context(), admin, manager.Service{Name: "parkeren", Upstream: "https://bron.test/v2"}, false))
	events, err := h.People().Events(t.Context(), h.trail, operator.EventFilter{Act: "service.put"})
	must(t, err)
	if len(events) != 2 || len(events[0].Changes) != 1 || events[0].Changes[0] != (operator.Change{Field: "upstream", Before: "http://127.0.0.1:9/x", After: "https://bron.test/v2"}) {
		t.Errorf("events are %+v", events)
	}
}

func TestWhoMayNotManageChangesNoService(t *testing.T) {
	h := newTownHall(t)
	for _, r := range []operator.Role{operator.RoleSigner, operator.RoleAuditor, operator.RoleReader} {
		if err := h.PutService(t.Context(), h.person(t, r), manager.Service{Name: "parkeren", Upstream: "http://x.test"}, true); kindOf(err) != "forbidden " {
			t.Errorf("%s: %v", r, err)
		}
		if _, err := h.CheckUpstream(t.Context(), h.person(t, r), "parkeren"); kindOf(err) != "forbidden " {
			t.Errorf("%s may test the source: %v", r, err)
		}
	}
	if w, err := h.Services(t.Context(), h.person(t, operator.RoleReader), controller.ServiceFilter{}); err != nil || w.Total != 0 {
		t.Errorf("%+v, %v", w, err)
	}
}

func TestAServiceThatIsWrongNamesItsField(t *testing.T) {
	h := newTownHall(t)
	offer(t, h, "parkeren")
	for want, s := range map[string]manager.Service{
		"conflict name":          {Name: "parkeren", Upstream: "http://x.test"},
		"invalid name":           {Name: "a b", Upstream: "http://x.test"},
		"invalid upstream":       {Name: "wegen", Upstream: "http://user:secret@x.test"},
		"invalid more_upstreams": {Name: "wegen", Upstream: "http://x.test", MoreUpstreams: "http://y.test http://x.test"},
		"invalid inway_address":  {Name: "wegen", Upstream: "http://x.test", InwayAddress: "http://x.test"},
	} {
		if err := h.PutService(t.Context(), h.person(t, operator.RoleAdministrator), s, true); kindOf(err) != want {
			t.Errorf("%+v gives %q, want %q", s, kindOf(err), want)
		}
	}
}

func TestTheListOfServicesTellsUsersAndCalls(t *testing.T) {
	h := newTownHall(t)
	offer(t, h, "afval", "parkeren", "wegen")
	c := h.agree(t, h.called("parkeren"))
	h.count(t, 8, txlog.DirectionIncoming, &c.Grants[0])
	reader := h.person(t, operator.RoleReader)
	w, err := h.Services(t.Context(), reader, controller.ServiceFilter{Sort: "-calls", Place: controller.Place{Limit: 2}})
	must(t, err)
	if first := w.Items[0]; first.Name != "parkeren" || first.Users != 1 || first.CallsPerDay != 2 || w.Total != 3 || w.Next == "" {
		t.Errorf("%+v", w)
	}
	next, err := h.Services(t.Context(), reader, controller.ServiceFilter{Sort: "-calls", Place: controller.Place{Limit: 2, After: w.Next}})
	must(t, err)
	back, err := h.Services(t.Context(), reader, controller.ServiceFilter{Sort: "-calls", Place: controller.Place{Limit: 2, Before: next.Previous}})
	must(t, err)
	if len(next.Items) != 1 || next.Next != "" || back.Items[0].Name != "parkeren" {
		t.Errorf("next page %+v, and back %+v", next, back)
	}
}

func TestPublishingProposesAContractWithTheDirectory(t *testing.T) {
	h := newTownHall(t)
	offer(t, h, "parkeren")
	signer := h.person(t, operator.RoleSigner)
	made, err := h.PublishService(t.Context(), signer, controller.PublishForm{Service: "parkeren", NotAfter: noon.AddDate(1, 0, 0)})
	must(t, err)
	d, err := h.Service(t.Context(), signer, "parkeren")
	must(t, err)
	if len(d.Publications) != 1 || d.Publications[0].ContentHash != made.Hash || d.Publications[0].Directory.ID != guide || d.Publications[0].Awaiting[0].ID != guide {
		t.Errorf("%+v", d.Publications)
	}
	if d.Published() {
		t.Error("it counts as published before the Directory has accepted")
	}
	if _, err := h.PublishService(t.Context(), h.person(t, operator.RoleAdministrator), controller.PublishForm{Service: "parkeren", NotAfter: noon.AddDate(1, 0, 0)}); kindOf(err) != "forbidden " {
		t.Errorf("an administrator signs for the organisation: %v", err)
	}
	if _, err := h.PublishService(t.Context(), signer, controller.PublishForm{Service: "nergens", NotAfter: noon.AddDate(1, 0, 0)}); kindOf(err) != "not_found " {
		t.Errorf("a service that isn't offered: %v", err)
	}
}

func TestAServiceTellsWhoUsesItAndWhatStopsWithoutIt(t *testing.T) {
	h := newTownHall(t)
	offer(t, h, "parkeren")
	c := h.agree(t, h.called("parkeren"))
	h.agree(t, fsc.Grant{
		Type: fsc.GrantTypeServicePublication, Directory: guide,
		Service: fsc.Service{PeerID: town, Name: "parkeren", Protocol: fsc.ProtocolHTTP11},
	})
	h.count(t, 70, txlog.DirectionIncoming, &c.Grants[0])
	d, err := h.Service(t.Context(), h.person(t, operator.RoleReader), "parkeren")
	must(t, err)
	if len(d.Users) != 1 || d.Users[0].Consumer.ID != source || d.Users[0].CallsPerDay != 10 || d.CallsPerDay != 10 || !d.Published() {
		t.Errorf("%+v", d)
	}
	all, err := h.ServiceUsers(t.Context(), h.person(t, operator.RoleReader), "parkeren")
	must(t, err)
	for u, err := range all {
		must(t, err)
		if u != d.Users[0] {
			t.Errorf("the user is %+v in the file, %+v on the page", u, d.Users[0])
		}
	}
	if _, err := h.ServiceUsers(t.Context(), h.person(t, operator.RoleReader), "nergens"); kindOf(err) != "not_found " {
		t.Error(err)
	}
	impact, err := h.ServiceImpact(t.Context(), h.person(t, operator.RoleReader), "parkeren")
	must(t, err)
	if impact.Consumers != 1 || impact.CallsPerDay != 10 || len(impact.Publications) != 1 {
		t.Errorf("%+v", impact)
	}
	must(t, h.DeleteService(t.Context(), h.person(t, operator.RoleAdministrator), "parkeren"))
	if _, err := h.Service(t.Context(), h.person(t, operator.RoleReader), "parkeren"); kindOf(err) != "not_found " {
		t.Error(err)
	}
	if acts := h.acts(t); !slices.ContainsFunc(acts, func(s string) bool { return strings.HasPrefix(s, "service.delete parkeren") }) {
		t.Errorf("acts are %q", acts)
	}
}

func TestADirectoryThatIsAwayDoesNotHideAService(t *testing.T) {
	h := newTownHall(t)
	offer(t, h, "parkeren")
	h.listings = []directory.Listing{{Peer: h.seats[town].peer, Name: "parkeren"}, {Peer: h.seats[source].peer, Name: "parkeren"}}
	d, err := h.Service(t.Context(), h.person(t, operator.RoleReader), "parkeren")
	must(t, err)
	if len(d.Listed) != 1 || d.ListedError != nil {
		t.Errorf("%+v", d)
	}
	h.away = http.ErrHandlerTimeout
	if d, err = h.Service(t.Context(), h.person(t, operator.RoleReader), "parkeren"); err != nil || d.ListedError == nil {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestTheSourceIsAskedOnceAndNoRedirectIsFollowed(t *testing.T) {
	asked := []string{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path)
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/secret", http.StatusFound)
		case "/broken":
			w.WriteHeader(http.StatusInternalServerError)
		default:
			_, _ = w.Write([]byte(strings.Repeat("é", 5000)))
		}
	}))
	defer s.Close()
	h := newTownHall(t)
	admin := h.person(t, operator.RoleAdministrator)
	check := func(path string) *controller.UpstreamCheck {
		must(t, h.PutService(t.Context(), admin, manager.Service{Name: "parkeren", Upstream: s.URL + path}, false))
		c, err := h.CheckUpstream(t.Context(), admin, "parkeren")
		must(t, err)
		return c
	}
	if c := check("/ok"); c.Status != 200 || c.Text != strings.Repeat("é", 512) {
		t.Errorf("%+v", c)
	}
	if c := check("/moved"); c.Status != 302 || c.Location != "/secret" {
		t.Errorf("%+v", c)
	}
	if c := check("/broken"); c.Status != 500 || c.Problem != "" {
		t.Errorf("%+v", c)
	}
	if !slices.Equal(asked, []string{"GET /ok", "GET /moved", "GET /broken"}) {
		t.Errorf("asked for %q", asked)
	}
}

func TestASourceThatCannotBeReachedSaysWhy(t *testing.T) {
	encrypted := httptest.NewTLSServer(http.NotFoundHandler())
	defer encrypted.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	h := newTownHall(t)
	admin := h.person(t, operator.RoleAdministrator)
	for address, want := range map[string]controller.CheckProblem{
		encrypted.URL: controller.CheckCertificate,
		"https" + strings.TrimPrefix(plain.URL, "http"): controller.CheckTLS,
		closed.URL:                    controller.CheckRefused,
		"http://no-such-host.invalid": controller.CheckName,
	} {
		must(t, h.PutService(t.Context(), admin, manager.Service{Name: "parkeren", Upstream: address}, false))
		c, err := h.CheckUpstream(t.Context(), admin, "parkeren")
		must(t, err)
		if c.Problem != want || c.Status != 0 {
			t.Errorf("%s: %+v, want %s", address, c, want)
		}
	}
}
