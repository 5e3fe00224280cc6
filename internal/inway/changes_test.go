// SPDX-License-Identifier: EUPL-1.2

package inway_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/inway"
)

func TestChangesAddAndRemoveServicesAndLeaveTheOthers(t *testing.T) {
	s := newSources(t, 2)
	remotes := make(chan string, 10)
	s.servers[1].Config.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { remotes <- r.RemoteAddr })
	call := func(status int, code fsc.ErrorCode) {
		t.Helper()
		s.do(s.request(s.token)).want(t, status, code)
	}
	change := func(services []inway.Service, gone ...string) {
		t.Helper()
		in := s.input()
		in.Changes, in.Services, in.Gone = true, services, gone
		s.inway.Update(in)
	}
	u, err := url.Parse(s.servers[1].URL)
	if err != nil {
		t.Fatal(err)
	}
	other, ours := inway.Service{Name: "other", Upstream: u}, inway.Service{Name: service, Upstream: u}

	change([]inway.Service{ours})
	call(200, "")
	first := <-remotes
	change([]inway.Service{other})
	call(200, "")
	change(nil, other.Name, "never there")
	call(200, "")
	change([]inway.Service{ours})
	call(200, "")
	for range 3 {
		if again := <-remotes; again != first {
			t.Errorf("a service that stays got another connection: %s after %s", again, first)
		}
	}
	change(nil, service)
	call(404, fsc.CodeServiceNotFound)
	change([]inway.Service{ours})
	call(200, "")
	if <-remotes == first {
		t.Error("a service that was removed kept its connection")
	}
	s.inway.Update(inway.SnapshotInput{Keys: s.input().Keys, Services: []inway.Service{other}})
	call(404, fsc.CodeServiceNotFound)
}

func TestAChangeCostsTheSameAmongManyServices(t *testing.T) {
	u := &url.URL{Scheme: "http", Host: "source.test"}
	measure := func(services int) float64 {
		g := inway.New(inway.Config{})
		var in inway.SnapshotInput
		for n := range services {
			in.Services = append(in.Services, inway.Service{Name: fmt.Sprintf("service-%d", n), Upstream: u})
		}
		g.Update(in)
		change := in.Services[services/2]
		return testing.AllocsPerRun(20, func() {
			change.AllowUpgrade = !change.AllowUpgrade
			g.Update(inway.SnapshotInput{Changes: true, Services: []inway.Service{change}, Gone: []string{"service-0"}})
		})
	}
	if few, many := measure(200), measure(20_000); many > few+10 {
		t.Errorf("%v allocations among 200 services, %v among 20,000", few, many)
	}
}
