// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// maxMerged is up to how many kinds a listing is merged from. There are fewer
// unless somebody makes deeds of types that nobody knows; then the rows are
// sorted.
const maxMerged = 200

// placed is one condition on a projection, with the kinds that have rows.
type placed struct {
	facet, value string
	kinds        []placeTotal
	total        int
}

// placeTotal is how many rows there are of a kind.
type placeTotal struct {
	placeKind
	total int
}

// ListStates implements collective.StateTx.
func (t *deedTx) ListStates(ctx context.Context, sf collective.StateFilter) ([]collective.State, error) {
	asked, err := t.placed(ctx, &sf)
	if err == nil && len(asked[0].kinds) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list states: %w", err)
	}
	query := listStates(&sf, asked)
	states, err := collect(ctx, t.q, &query, scanState)
	if err != nil {
		return nil, fmt.Errorf("list states: %w", err)
	}
	return states, nil
}

// CountStates implements collective.StateTx.
func (t *deedTx) CountStates(ctx context.Context, sf collective.StateFilter) (map[rule.State]int, error) {
	totals := map[rule.State]int{}
	asked, err := t.placed(ctx, &sf)
	if err != nil {
		return nil, fmt.Errorf("count states: %w", err)
	}
	if len(asked) == 1 || len(asked[0].kinds) == 0 {
		for _, k := range asked[0].kinds {
			totals[k.state] += k.total
		}
		return totals, nil
	}
	query := countStates(sf, asked)
	counted, err := collect(ctx, t.q, &query, func(rows *sql.Rows) (k placeTotal, err error) {
		err = rows.Scan(&k.state, &k.total)
		return k, err
	})
	if err != nil {
		return nil, fmt.Errorf("count states: %w", err)
	}
	for _, k := range counted {
		totals[k.state] = k.total
	}
	return totals, nil
}

// placed looks up what is asked for; the condition with the fewest rows comes
// first, with the kinds that all conditions have.
func (t *deedTx) placed(ctx context.Context, sf *collective.StateFilter) ([]placed, error) {
	asked := askedPlaces(sf)
	for i := range asked {
		query := placeTotals(sf, &asked[i])
		kinds, err := collect(ctx, t.q, &query, func(rows *sql.Rows) (k placeTotal, err error) {
			err = rows.Scan(&k.of, &k.state, &k.total)
			return k, err
		})
		if err != nil {
			return nil, err
		}
		asked[i].kinds = kinds
		for _, k := range kinds {
			asked[i].total += k.total
		}
	}
	slices.SortStableFunc(asked, func(a, b placed) int { return a.total - b.total })
	for _, other := range asked[1:] {
		asked[0].kinds = slices.DeleteFunc(asked[0].kinds, func(k placeTotal) bool {
			return !slices.ContainsFunc(other.kinds, func(o placeTotal) bool { return o.of == k.of && o.state == k.state })
		})
	}
	return asked, nil
}

func askedPlaces(sf *collective.StateFilter) (asked []placed) {
	if sf.Dossier != "" {
		asked = append(asked, placed{facet: placeDossier, value: string(sf.Dossier)})
	}
	if sf.Parent != "" {
		asked = append(asked, placed{facet: placeParent, value: string(sf.Parent)})
	}
	switch {
	case sf.Turn:
		asked = append(asked, placed{facet: placeTurn, value: string(sf.Party)})
	case sf.Party != "":
		asked = append(asked, placed{facet: placeParty, value: string(sf.Party)})
	}
	if len(asked) == 0 {
		asked = append(asked, placed{facet: placeAll})
	}
	return asked
}

// placeTotals finds the kinds that a condition has rows of.
func placeTotals(sf *collective.StateFilter, p *placed) statement {
	var f filter
	f.and("facet = " + f.param(p.facet))
	f.and("value = " + f.param(p.value))
	text := "SELECT type, state, total FROM state_counts" + f.where() + " AND total > 0" + kindsOf(&f, sf) + " ORDER BY type, state"
	return statement{text, f.args}
}

// kindsOf gives the conditions on type and state.
func kindsOf(f *filter, sf *collective.StateFilter) (conditions string) {
	if len(sf.Types) > 0 {
		names := make([]string, len(sf.Types))
		for i, of := range sf.Types {
			names[i] = f.param(int(of))
		}
		conditions += " AND type IN (" + strings.Join(names, ", ") + ")"
	}
	if len(sf.States) > 0 {
		conditions += " AND state IN (" + params(f, sf.States) + ")"
	}
	return conditions
}

// listStates reads each kind in the order of the listing and merges them, so a
// page costs what it holds.
func listStates(sf *collective.StateFilter, asked []placed) statement {
	var f filter
	text := "SELECT d.projection FROM (" + places(&f, "s.place, s.deed", asked, sf) + " ORDER BY place, deed" + f.limit(sf.Limit) +
		") p CROSS JOIN deed_states d WHERE d.deed = p.deed ORDER BY p.place, p.deed"
	return statement{text, f.args}
}

func countStates(sf collective.StateFilter, asked []placed) statement {
	sf.After = nil
	var f filter
	text := "SELECT state, COUNT(*) FROM (" + places(&f, "s.state, s.deed", asked, &sf) + ") p GROUP BY state"
	return statement{text, f.args}
}

// places finds the rows that meet all conditions: of each kind of the first one,
// those that the others have as well.
func places(f *filter, columns string, asked []placed, sf *collective.StateFilter) string {
	first := &asked[0]
	facet, value := f.param(first.facet), f.param(first.value)
	rest := others(f, asked[1:])
	if after := sf.After; after != nil {
		rest += " AND (s.place, s.deed) > (" + f.param(-after.IssuedAt) + ", " + f.param(string(after.Deed)) + ")"
	}
	from := "SELECT " + columns + " FROM state_places s WHERE s.facet = " + facet + " AND s.value = " + value
	if len(first.kinds) > maxMerged {
		return from + rest + kindsOf(f, sf)
	}
	kinds := make([]string, len(first.kinds))
	for i, k := range first.kinds {
		kinds[i] = from + " AND s.type = " + f.param(int(k.of)) + " AND s.state = " + f.param(string(k.state)) + rest
	}
	return strings.Join(kinds, " UNION ALL ")
}

// others gives the conditions that row s has to meet beside the first.
func others(f *filter, asked []placed) string {
	var b strings.Builder
	for _, p := range asked {
		b.WriteString(" AND EXISTS (SELECT 1 FROM state_places x WHERE x.facet = " + f.param(p.facet) + " AND x.value = " + f.param(p.value) +
			" AND x.type = s.type AND x.state = s.state AND x.place = s.place AND x.deed = s.deed)")
	}
	return b.String()
}
