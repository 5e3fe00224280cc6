// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/samenspel/samenspel/internal/collective"
)

const transitionColumns = "number, deed, dossier, type, from_state, to_state, overlays, at"

// AddTransitions implements collective.StateTx; they get their numbers in the
// order given, whatever numbers they have.
func (t *deedTx) AddTransitions(ctx context.Context, ts []collective.Transition) error {
	if len(ts) == 0 {
		return nil
	}
	number, err := t.next(ctx, numberedTransitions, len(ts))
	if err != nil {
		return fmt.Errorf("add transitions: %w", err)
	}
	add := bulk[collective.Transition]{
		text: "INSERT INTO deed_transitions (" + transitionColumns + ") VALUES ", columns: 8,
		values: func(args []any, tr *collective.Transition) ([]any, error) {
			var overlays any // NULL if there are none
			if len(tr.Overlays) > 0 {
				encoded, err := json.Marshal(tr.Overlays)
				if err != nil {
					return nil, err
				}
				overlays = string(encoded)
			}
			number++
			return append(args, number-1, string(tr.Deed), string(tr.Dossier), int(tr.Type), string(tr.From), string(tr.To), overlays, tr.At), nil
		},
	}
	if err := add.insert(ctx, t.q, ts, rowsAtOnce); err != nil {
		return fmt.Errorf("add transitions: %w", err)
	}
	return nil
}

// ListTransitions implements collective.StateTx; a limit of 0 is none.
func (t *deedTx) ListTransitions(ctx context.Context, after int64, limit int) ([]collective.Transition, error) {
	var f filter
	f.and("number > " + f.param(after))
	text := "SELECT " + transitionColumns + " FROM deed_transitions" + f.where() + " ORDER BY number" + f.limit(limit)
	query := statement{text, f.args}
	all, err := collect(ctx, t.q, &query, scanTransition)
	if err != nil {
		return nil, fmt.Errorf("list transitions: %w", err)
	}
	return all, nil
}

func scanTransition(rows *sql.Rows) (tr collective.Transition, err error) {
	var overlays []byte
	err = rows.Scan(&tr.Number, &tr.Deed, &tr.Dossier, &tr.Type, &tr.From, &tr.To, &overlays, &tr.At)
	if err == nil && len(overlays) > 0 {
		err = json.Unmarshal(overlays, &tr.Overlays)
	}
	return tr, err
}
