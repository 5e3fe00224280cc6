// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// statesAtOnce is how many projections are looked up by one query.
const statesAtOnce = 50

// projected is a projection as it is stored, with the parents it is listed by.
type projected struct {
	state   *collective.State
	parents []deed.Hash
}

// PutStates implements collective.StateTx. The parents are those of the deeds
// that are here.
func (t *deedTx) PutStates(ctx context.Context, states []collective.State) error {
	moves := placeMoves{}
	for some := range slices.Chunk(states, statesAtOnce) {
		if err := t.putStates(ctx, some, moves); err != nil {
			return fmt.Errorf("put states: %w", err)
		}
	}
	if err := t.move(ctx, moves); err != nil {
		return fmt.Errorf("put states: %w", err)
	}
	return nil
}

func (t *deedTx) putStates(ctx context.Context, states []collective.State, moves placeMoves) error {
	hashes := make([]deed.Hash, len(states))
	for i := range states {
		hashes[i] = states[i].Deed
	}
	before, err := t.projections(ctx, hashes)
	if err != nil {
		return err
	}
	parents, err := t.parents(ctx, hashes)
	if err != nil {
		return err
	}
	rows := make(map[deed.Hash][]any, len(states))
	for i := range states {
		now := projected{&states[i], parents[states[i].Deed]}
		moves.replace(before[now.state.Deed], now)
		before[now.state.Deed] = now
		if rows[now.state.Deed], err = projectionRow(now); err != nil {
			return err
		}
	}
	all := make([][]any, 0, len(rows))
	for _, row := range rows {
		all = append(all, row)
	}
	return t.execute(ctx, inserts("INSERT INTO deed_states (deed, projection, parents) VALUES ",
		" ON CONFLICT (deed) DO UPDATE SET projection = excluded.projection, parents = excluded.parents", all))
}

func projectionRow(p projected) ([]any, error) {
	projection, err := json.Marshal(p.state)
	if err != nil {
		return nil, err
	}
	var parents any // NULL if there are none
	if len(p.parents) > 0 {
		encoded, err := json.Marshal(p.parents)
		if err != nil {
			return nil, err
		}
		parents = string(encoded)
	}
	return []any{string(p.state.Deed), string(projection), parents}, nil
}

// projections gives those of some deeds that are stored.
func (t *deedTx) projections(ctx context.Context, hashes []deed.Hash) (map[deed.Hash]projected, error) {
	var f filter
	query := statement{text: "SELECT projection, parents FROM deed_states WHERE deed IN (" + params(&f, hashes) + ")"}
	query.args = f.args
	found, err := collect(ctx, t.q, &query, scanProjected)
	if err != nil {
		return nil, err
	}
	all := make(map[deed.Hash]projected, len(found))
	for _, p := range found {
		all[p.state.Deed] = p
	}
	return all, nil
}

func scanProjected(rows *sql.Rows) (p projected, err error) {
	var projection, parents []byte
	if err := rows.Scan(&projection, &parents); err != nil {
		return p, err
	}
	if err := json.Unmarshal(projection, &p.state); err != nil {
		return p, fmt.Errorf("read projection: %w", err)
	}
	if len(parents) > 0 {
		err = json.Unmarshal(parents, &p.parents)
	}
	return p, err
}

// parents gives those of some deeds that are stored.
func (t *deedTx) parents(ctx context.Context, hashes []deed.Hash) (map[deed.Hash][]deed.Hash, error) {
	var f filter
	query := statement{text: "SELECT deed, parent FROM deed_parents WHERE deed IN (" + params(&f, hashes) + ")"}
	query.args = f.args
	found, err := collect(ctx, t.q, &query, func(rows *sql.Rows) (pair [2]deed.Hash, err error) {
		err = rows.Scan(&pair[0], &pair[1])
		return pair, err
	})
	if err != nil {
		return nil, err
	}
	all := make(map[deed.Hash][]deed.Hash, len(found))
	for _, pair := range found {
		all[pair[0]] = append(all[pair[0]], pair[1])
	}
	return all, nil
}

// execute runs statements one after the other.
func (t *deedTx) execute(ctx context.Context, statements []statement) error {
	for _, s := range statements {
		if _, err := t.q.ExecContext(ctx, s.text, s.args...); err != nil {
			return err
		}
	}
	return nil
}

// FindState implements collective.StateTx.
func (t *deedTx) FindState(ctx context.Context, h deed.Hash) (*collective.State, error) {
	query := statement{"SELECT projection FROM deed_states WHERE deed = $1", []any{string(h)}}
	s, err := onlyOne(ctx, t.q, &query, scanState)
	if err != nil {
		return nil, fmt.Errorf("find state: %w", err)
	}
	return s, nil
}

func scanState(rows *sql.Rows) (s collective.State, err error) {
	var projection []byte
	if err := rows.Scan(&projection); err != nil {
		return s, err
	}
	if err := json.Unmarshal(projection, &s); err != nil {
		return s, fmt.Errorf("read projection: %w", err)
	}
	return s, nil
}

// DropStates implements collective.StateTx. Transitions stay.
func (t *deedTx) DropStates(ctx context.Context) error {
	err := t.execute(ctx, []statement{{text: "DELETE FROM state_counts"}, {text: "DELETE FROM state_places"}, {text: "DELETE FROM deed_states"}})
	if err != nil {
		return fmt.Errorf("drop states: %w", err)
	}
	return nil
}
