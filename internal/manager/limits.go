// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"errors"
	"fmt"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/limit"
)

// LimitService says what an own service may be asked at most, in place of what
// was said before; the Inways hear of it at once. Limits that can't be give a
// [*FieldError], a service that isn't offered [fsc.CodeNotFound].
func (m *Manager) LimitService(ctx context.Context, name string, l limit.Limits) error {
	if err := checkLimits(l); err != nil {
		return err
	}
	err := m.update(ctx, func(tx Tx) error { return tx.LimitService(ctx, name, l) })
	if errors.Is(err, ErrNotFound) {
		return fsc.Errorf(fsc.CodeNotFound, "service %q is not offered here", name)
	}
	return err
}

// checkLimits refuses limits below zero, beyond the most there can be, and a share
// of one Peer that is larger than the whole.
func checkLimits(l limit.Limits) error {
	for _, n := range limit.Names() {
		if v, most := l.Of(n), mostOf(n); v < 0 || v > most {
			return &FieldError{Field: string(n), Text: fmt.Sprintf("must be 0 for no limit, or a whole number from 1 to %d", most)}
		}
	}
	if l.ConcurrentCalls > 0 && l.ConcurrentCallsPerPeer > l.ConcurrentCalls {
		return &FieldError{
			Field: string(limit.ConcurrentCallsPerPeer), Text: fmt.Sprintf("can't be more than concurrent_calls, which is %d", l.ConcurrentCalls),
		}
	}
	return nil
}

func mostOf(n limit.Name) int64 {
	switch n {
	case limit.RequestBytes:
		return limit.MaxRequestBytes
	case limit.ResponseMilliseconds:
		return limit.MaxResponse.Milliseconds()
	case limit.ConcurrentCalls, limit.ConcurrentCallsPerPeer, limit.CallsPerSecondPerPeer:
	}
	return limit.MaxCalls
}
