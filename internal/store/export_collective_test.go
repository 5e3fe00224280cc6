// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"errors"

	"github.com/samenspel/samenspel/internal/collective"
)

// DeedQueries gives what fn sends to the database; its effects are undone.
func (s *Store) DeedQueries(ctx context.Context, fn func(collective.Tx) error) ([]Query, error) {
	undo := errors.New("undo")
	var r recorder
	err := s.node.update(ctx, func(q querier) error {
		r = recorder{q: q}
		if err := fn(&deedTx{q: &r, dialect: s.node.dialect}); err != nil {
			return err
		}
		return undo
	})
	if errors.Is(err, undo) {
		err = nil
	}
	return r.seen, err
}
