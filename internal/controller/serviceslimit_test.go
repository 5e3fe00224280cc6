// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"slices"
	"testing"

	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/limit"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

func TestLimitsOfAServiceStandInTheAuditTrailWithTheirDifference(t *testing.T) {
	h := newTownHall(t)
	offer(t, h, "parkeren")
	admin := h.person(t, operator.RoleAdministrator)
	must(t, h.LimitService(t.Context(), admin, "parkeren", limit.Limits{ConcurrentCalls: 20, RequestBytes: 1000}))
	must(t, h.LimitService(t.Context(), admin, "parkeren", limit.Limits{ConcurrentCalls: 30}))
	must(t, h.PutService(t.Context(), admin, manager.Service{Name: "parkeren", Upstream: "https://bron.test"}, false))
	events, err := h.People().Events(t.Context(), h.trail, operator.EventFilter{Act: "service.limit"})
	must(t, err)
	want := []operator.Change{{Field: "concurrent_calls", Before: "20", After: "30"}, {Field: "request_bytes", Before: "1000"}}
	if len(events) != 2 || events[0].Object != "parkeren" || !slices.Equal(events[0].Changes, want) {
		t.Errorf("events are %+v", events)
	}
	d, err := h.Service(t.Context(), admin, "parkeren")
	must(t, err)
	if d.Limits != (limit.Limits{ConcurrentCalls: 30}) || d.Upstream != "https://bron.test" {
		t.Errorf("the service is %+v", d.Service)
	}
}

func TestLimitsThatAreWrongNameTheirField(t *testing.T) {
	h := newTownHall(t)
	offer(t, h, "parkeren")
	admin, reader := h.person(t, operator.RoleAdministrator), h.person(t, operator.RoleReader)
	for want, err := range map[string]error{
		"invalid calls_per_second_per_peer": h.LimitService(t.Context(), admin, "parkeren", limit.Limits{CallsPerSecondPerPeer: -1}),
		"invalid concurrent_calls_per_peer": h.LimitService(t.Context(), admin, "parkeren", limit.Limits{ConcurrentCalls: 1, ConcurrentCallsPerPeer: 2}),
		"not_found ":                        h.LimitService(t.Context(), admin, "nergens", limit.Limits{}),
		"forbidden ":                        h.LimitService(t.Context(), reader, "parkeren", limit.Limits{}),
	} {
		if kindOf(err) != want {
			t.Errorf("%v is %q, want %q", err, kindOf(err), want)
		}
	}
	events, err := h.People().Events(t.Context(), h.trail, operator.EventFilter{Act: "service.limit"})
	must(t, err)
	if len(events) != 4 {
		t.Errorf("%d refused acts are in the audit trail", len(events))
	}
}

func TestAServiceTellsWhichLimitsStoppedCalls(t *testing.T) {
	h := newTownHall(t)
	offer(t, h, "parkeren", "wegen")
	h.limited = map[string]map[limit.Name]uint64{"parkeren": {limit.RequestBytes: 2, limit.ConcurrentCalls: 7}}
	reader := h.person(t, operator.RoleReader)
	for name, want := range map[string][]controller.LimitedCalls{
		"parkeren": {{Limit: limit.ConcurrentCalls, Calls: 7}, {Limit: limit.RequestBytes, Calls: 2}}, "wegen": nil,
	} {
		d, err := h.Service(t.Context(), reader, name)
		must(t, err)
		if !slices.Equal(d.Limited, want) {
			t.Errorf("%s: %+v", name, d.Limited)
		}
	}
}

func TestCallsThatALimitStoppedAreExplainedToTheProvider(t *testing.T) {
	d := newDesk(t)
	d.contract(t, connects(bart, anna, "persons"), 100)
	q := controller.Question{Service: "persons", Peer: bart, Direction: txlog.DirectionIncoming}
	want(t, explain(t, d, q), controller.StepLimits, controller.StepOK, "", "")
	d.limited = map[string]map[limit.Name]uint64{"persons": {limit.RequestBytes: 2, limit.ConcurrentCalls: 7}, "other": {limit.RequestBytes: 9}}
	e := explain(t, d, q)
	want(t, e, controller.StepLimits, controller.StepNote, controller.ReasonLimited, controller.TurnUs)
	if n := step(t, e, controller.StepLimits).Facts.Count; n != 9 {
		t.Errorf("%d calls were stopped", n)
	}
}
