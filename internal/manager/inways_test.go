// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

const (
	inwayA = "https://inway-a.test:443"
	inwayB = "https://inway-b.test:443"
)

// named gives the Inways that n tokens for bart name, with how often each.
func (n *node) named(t *testing.T, c *fsc.Content, times int) map[string]int {
	t.Helper()
	names := map[string]int{}
	for range times {
		names[n.audience(t, c)]++
	}
	return names
}

func (n *node) audience(t *testing.T, c *fsc.Content) string {
	t.Helper()
	raw, _, err := n.IssueToken(t.Context(), n.org.world.orgs[bart].request(c))
	must(t, err)
	token, err := fsc.ParseToken(raw)
	must(t, err)
	return token.Claims.Audience
}

func (n *node) reports(t *testing.T, r manager.InwayReport, others int) {
	t.Helper()
	got, err := n.ReportInway(r)
	must(t, err)
	if got != others {
		t.Errorf("%s: %d others, want %d", r.Address, got, others)
	}
}

func wantNamed(t *testing.T, got, want map[string]int) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("named %v, want %v", got, want)
	}
}

func TestTokensNameEachInwayInTurn(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t)
	c := n.accepted(t, content(t, draft(1, w.connection())))
	wantNamed(t, n.named(t, c, 2), map[string]int{"https://inway.test:443": 2})
	n.reports(t, manager.InwayReport{Address: inwayA}, 0)
	wantNamed(t, n.named(t, c, 2), map[string]int{inwayA: 2})
	n.reports(t, manager.InwayReport{Address: inwayB}, 1)
	for range 4 {
		wantNamed(t, n.named(t, c, 2), map[string]int{inwayA: 1, inwayB: 1})
	}
}

func TestAnInwayThatLeavesIsNamedNoMore(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t)
	c := n.accepted(t, content(t, draft(1, w.connection())))
	n.reports(t, manager.InwayReport{Address: inwayA}, 0)
	n.reports(t, manager.InwayReport{Address: inwayB}, 1)
	n.reports(t, manager.InwayReport{Address: inwayA, Leaving: true}, 1)
	wantNamed(t, n.named(t, c, 3), map[string]int{inwayB: 3})
	n.reports(t, manager.InwayReport{Address: inwayB, Leaving: true}, 0)
	wantNamed(t, n.named(t, c, 1), map[string]int{"https://inway.test:443": 1})
	n.reports(t, manager.InwayReport{Address: inwayA}, 0)
	wantNamed(t, n.named(t, c, 2), map[string]int{inwayA: 2})
}

func TestAnInwayThatIsSilentIsNamedNoMore(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t)
	c := n.accepted(t, content(t, draft(1, w.connection())))
	n.reports(t, manager.InwayReport{Address: inwayA}, 0)
	w.clock.advance(10 * time.Second)
	n.reports(t, manager.InwayReport{Address: inwayB}, 1)
	w.clock.advance(10 * time.Second)
	wantNamed(t, n.named(t, c, 2), map[string]int{inwayB: 2})
	list := n.ListInways()
	if len(list) != 2 || list[0].Address != inwayA || list[0].Named || !list[1].Named {
		t.Errorf("%+v", list)
	}
	w.clock.advance(2 * time.Hour)
	n.reports(t, manager.InwayReport{Address: inwayB}, 0)
	if list := n.ListInways(); len(list) != 1 {
		t.Errorf("%+v", list)
	}
}

func TestAnInwayThatIsFarBusierIsLeftOut(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t)
	c := n.accepted(t, content(t, draft(1, w.connection())))
	n.reports(t, manager.InwayReport{Address: inwayA, Calls: 10}, 0)
	n.reports(t, manager.InwayReport{Address: inwayB, Calls: 53}, 1)
	wantNamed(t, n.named(t, c, 4), map[string]int{inwayA: 4})
	n.reports(t, manager.InwayReport{Address: inwayB, Calls: 52}, 1)
	wantNamed(t, n.named(t, c, 4), map[string]int{inwayA: 2, inwayB: 2})
}

func TestAServiceWithAnInwayOfItsOwnKeepsIt(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t)
	c := n.accepted(t, content(t, draft(1, w.connection())))
	n.reports(t, manager.InwayReport{Address: inwayA}, 0)
	must(t, n.PutService(t.Context(), manager.Service{Name: "persons", Upstream: "http://persons.test", InwayAddress: inwayB}))
	wantNamed(t, n.named(t, c, 2), map[string]int{inwayB: 2})
}

func TestAReportThatCantBeIsRefused(t *testing.T) {
	n := newWorld(t).node(t, anna)
	for _, address := range []string{"", "http://inway.test:443", "https://inway.test", "https://inway.test:443/path", "https://u@inway.test:443", "https://inway.test:443?a"} {
		_, err := n.ReportInway(manager.InwayReport{Address: address})
		if e, ok := errors.AsType[*manager.FieldError](err); !ok || e.Field != "address" {
			t.Errorf("%q: %v", address, err)
		}
	}
	for i := range 64 {
		n.reports(t, manager.InwayReport{Address: fmt.Sprintf("https://inway-%d.test:443", i)}, i)
	}
	if _, err := n.ReportInway(manager.InwayReport{Address: inwayA}); err == nil {
		t.Error("there is no end to the Inways")
	}
}
