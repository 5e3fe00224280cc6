// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

func TestOrganisationsAreFoundByNameOrOIN(t *testing.T) {
	h := newTownHall(t)
	h.learn(t)
	for text, want := range map[string]int{"": 2, "dienst BRON": 1, string(guide): 1, "niemand": 0} {
		w, err := h.Peers(t.Context(), h.person(t, operator.RoleReader), controller.PeerFilter{Text: text})
		must(t, err)
		if w.Total != want {
			t.Errorf("%q gives %+v", text, w.Items)
		}
		for _, p := range w.Items {
			if p.Directory != (p.ID == guide) {
				t.Errorf("%+v", p)
			}
		}
	}
}

func TestAnOrganisationShowsContractsMessagesAndTraffic(t *testing.T) {
	h := newTownHall(t)
	h.learn(t)
	c := h.agree(t, h.calling("personen"))
	h.count(t, 14, txlog.DirectionOutgoing, &c.Grants[0])
	d, err := h.Peer(t.Context(), h.person(t, operator.RoleReader), source)
	must(t, err)
	if len(d.Contracts) != 1 || d.Contracts[0].State != fsc.StateValid || len(d.Deliveries) != 1 || d.Undelivered != 1 {
		t.Errorf("%+v", d)
	}
	if d.SentPerDay != 2 || d.ReceivedPerDay != 0 || len(d.Sent) != 1 {
		t.Errorf("%+v", d)
	}
	if _, err := h.Peer(t.Context(), h.person(t, operator.RoleReader), "00000099000000099000"); kindOf(err) != "not_found " {
		t.Error(err)
	}
}

func TestAnOrganisationIsProbedByWhoMayRead(t *testing.T) {
	h := newTownHall(t)
	h.learn(t)
	p, err := h.ProbePeer(t.Context(), h.person(t, operator.RoleReader), source)
	if err != nil || p.Problem != "" || p.Version != "1.2.3" {
		t.Errorf("%+v, %v", p, err)
	}
	h.away = errors.New("broken off")
	if p, err = h.ProbePeer(t.Context(), h.person(t, operator.RoleReader), source); err != nil || p.Problem != controller.CheckBroken {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := h.ProbePeer(t.Context(), h.person(t, operator.RoleReader), "00000099000000099000"); kindOf(err) != "not_found " {
		t.Error(err)
	}
}

func TestReconcilingAndSendingAgainAreActs(t *testing.T) {
	h := newTownHall(t)
	h.learn(t)
	h.propose(t, h.calling("personen"))
	admin := h.person(t, operator.RoleAdministrator)
	if _, err := h.ReconcilePeer(t.Context(), h.person(t, operator.RoleReader), source); kindOf(err) != "forbidden " {
		t.Error(err)
	}
	_, err := h.ReconcilePeer(t.Context(), admin, source)
	must(t, err)
	n, err := h.RetryPeer(t.Context(), admin, source)
	if err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	h.away = errors.New("no route")
	if _, err := h.ReconcilePeer(t.Context(), admin, source); fsc.CodeOf(err) != fsc.CodeInternal {
		t.Error(err)
	}
	acts := h.acts(t)
	for _, want := range []string{"peer.reconcile " + string(source) + " ok", "peer.retry " + string(source) + " ok"} {
		if !slices.Contains(acts, want) {
			t.Errorf("%q isn't in %q", want, acts)
		}
	}
}
