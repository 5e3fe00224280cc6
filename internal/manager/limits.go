// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"errors"

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

func checkLimits(l limit.Limits) error {
	err := l.Check()
	if invalid, ok := errors.AsType[*limit.InvalidError](err); ok {
		return &FieldError{Field: string(invalid.Limit), Text: invalid.Text}
	}
	return err
}
