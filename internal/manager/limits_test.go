// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"errors"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/limit"
	"github.com/samenspel/samenspel/internal/manager"
)

func TestLimitsReachTheInwaysAndStayWhenTheServiceChanges(t *testing.T) {
	n := newWorld(t).node(t, anna).offers(t)
	changed := n.Changed()
	l := limit.Limits{ConcurrentCalls: 20, ConcurrentCallsPerPeer: 5, CallsPerSecondPerPeer: 50, RequestBytes: 1 << 20, ResponseMilliseconds: 30_000}
	must(t, n.LimitService(t.Context(), "persons", l))
	select {
	case <-changed:
	default:
		t.Error("the Inways aren't told")
	}
	must(t, n.PutService(t.Context(), manager.Service{Name: "persons", Upstream: "http://other.test"}))
	s, err := n.InwaySnapshot(t.Context())
	must(t, err)
	equalAll(t, "services", s.Services, []manager.Service{{Name: "persons", Upstream: "http://other.test", Limits: l}})
}

func TestLimitsThatCannotBeAreRefused(t *testing.T) {
	n := newWorld(t).node(t, anna).offers(t)
	refused := func(what string, err error, field limit.Name) {
		t.Helper()
		if f, ok := errors.AsType[*manager.FieldError](err); !ok || f.Field != string(field) || fsc.CodeOf(err) != fsc.CodeInvalidRequest {
			t.Errorf("%s: %v, want %s", what, err, field)
		}
	}
	for field, l := range map[limit.Name]limit.Limits{
		limit.ConcurrentCalls:        {ConcurrentCalls: -1},
		limit.ConcurrentCallsPerPeer: {ConcurrentCalls: 3, ConcurrentCallsPerPeer: 4},
		limit.CallsPerSecondPerPeer:  {CallsPerSecondPerPeer: limit.MaxCalls + 1},
		limit.RequestBytes:           {RequestBytes: limit.MaxRequestBytes + 1},
		limit.ResponseMilliseconds:   {ResponseMilliseconds: 3_600_001},
	} {
		refused("limits", n.LimitService(t.Context(), "persons", l), field)
		refused("service", n.PutService(t.Context(), manager.Service{Name: "letters", Upstream: "http://letters.test", Limits: l}), field)
	}
	for _, l := range []limit.Limits{
		{},
		{ConcurrentCallsPerPeer: 7},
		{ConcurrentCalls: 7, ConcurrentCallsPerPeer: 7},
		{
			ConcurrentCalls: limit.MaxCalls, ConcurrentCallsPerPeer: limit.MaxCalls, CallsPerSecondPerPeer: limit.MaxCalls,
			RequestBytes: limit.MaxRequestBytes, ResponseMilliseconds: 3_600_000,
		},
	} {
		must(t, n.LimitService(t.Context(), "persons", l))
	}
	if err := n.LimitService(t.Context(), "letters", limit.Limits{}); fsc.CodeOf(err) != fsc.CodeNotFound {
		t.Errorf("limits for a service that isn't offered: %v", err)
	}
}
