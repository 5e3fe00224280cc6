// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"errors"

	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

// PeopleQueries gives what fn sends to the database; its effects are undone.
func (s *Store) PeopleQueries(ctx context.Context, fn func(operator.Tx) error) ([]Query, error) {
	undo := errors.New("undo")
	var r recorder
	err := s.node.update(ctx, func(q querier) error {
		r = recorder{q: q}
		if err := fn(&peopleTx{&r}); err != nil {
			return err
		}
		return undo
	})
	if errors.Is(err, undo) {
		err = nil
	}
	return r.seen, err
}

// SearchQueries gives the queries that find kinds for a search and those that
// find records, of which there is one for each kind.
func SearchQueries(s txlog.Search) (kinds, records []Query) {
	if s.TransactionID != "" {
		return nil, queries(searchByID(s))
	}
	return queries(moreKinds(s), activeKinds(s)), queries(searchInOrder(s), endOfNearby(s), searchKind(s, 1))
}

// TrafficQuery gives the query that adds up counted calls.
func TrafficQuery(q txlog.TrafficQuery) Query { return queries(queryTraffic(q))[0] }

// NamesQuery gives the query for what kinds stand for.
func NamesQuery(ids ...int64) Query { return queries(nameKinds(ids))[0] }

func queries(statements ...statement) (out []Query) {
	for _, s := range statements {
		out = append(out, Query{s.text, s.args})
	}
	return out
}
