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
	bad := limit.Limits{ConcurrentCalls: 2, ConcurrentCallsPerPeer: 3}
	for what, err := range map[string]error{
		"limits":  n.LimitService(t.Context(), "persons", bad),
		"service": n.PutService(t.Context(), manager.Service{Name: "letters", Upstream: "http://letters.test", Limits: bad}),
	} {
		if f, ok := errors.AsType[*manager.FieldError](err); !ok || f.Field != "concurrent_calls_per_peer" || fsc.CodeOf(err) != fsc.CodeInvalidRequest {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := n.LimitService(t.Context(), "letters", limit.Limits{}); fsc.CodeOf(err) != fsc.CodeNotFound {
		t.Errorf("limits for a service that isn't offered: %v", err)
	}
}
