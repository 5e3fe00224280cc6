// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// A listing is merged from its kinds, which come in its order, or its rows are
// sorted. Merging costs for each kind what sorting costs for this many rows.
const (
	rowsPerKind = 200
	maxMerged   = 200 // the database has a limit, too
)

// placed is one condition on a projection, with the kinds that have rows.
type placed struct {
	facet, value string
	kinds        []placeTotal
}

func (p *placed) rows() (n int) {
	for _, k := range p.kinds {
		n += k.total
	}
	return n
}

// merged tells whether the kinds are merged rather than sorted.
func (p *placed) merged() bool {
	return len(p.kinds) == 1 || len(p.kinds) <= maxMerged && p.rows() > rowsPerKind*len(p.kinds)
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
	query := countStates(asked)
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
	}
	slices.SortStableFunc(asked, func(a, b placed) int { return a.rows() - b.rows() })
	first := &asked[0]
	for _, other := range asked[1:] {
		first.kinds = slices.DeleteFunc(first.kinds, func(k placeTotal) bool {
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
	f.and("total > 0")
	if len(sf.Types) > 0 {
		names := make([]string, len(sf.Types))
		for i, of := range sf.Types {
			names[i] = f.param(int(of))
		}
		f.and("type IN (" + strings.Join(names, ", ") + ")")
	}
	if len(sf.States) > 0 {
		f.and("state IN (" + params(&f, sf.States) + ")")
	}
	return statement{"SELECT type, state, total FROM state_counts" + f.where() + " ORDER BY type, state", f.args}
}

// listStates gives a page, which costs what it holds: kinds with many rows are
// read in the order of the listing.
func listStates(sf *collective.StateFilter, asked []placed) statement {
	var f filter
	text := "SELECT d.projection FROM (" + places(&f, "s.place, s.deed", asked, sf.After) + " ORDER BY place, deed" + f.limit(sf.Limit) +
		") p CROSS JOIN deed_states d WHERE d.deed = p.deed ORDER BY p.place, p.deed"
	return statement{text, f.args}
}

func countStates(asked []placed) statement {
	var f filter
	text := "SELECT state, COUNT(*) FROM (" + places(&f, "s.state, s.deed", asked, nil) + ") p GROUP BY state"
	return statement{text, f.args}
}

// places finds the rows that meet all conditions: of each kind of the first one,
// those that the others have as well.
func places(f *filter, columns string, asked []placed, after *collective.StateKey) string {
	first := &asked[0]
	facet, value := f.param(first.facet), f.param(first.value)
	rest := others(f, asked[1:])
	if after != nil {
		rest += " AND (s.place, s.deed) > (" + f.param(-after.IssuedAt) + ", " + f.param(string(after.Deed)) + ")"
	}
	from := "SELECT " + columns + " FROM state_places s WHERE s.facet = " + facet + " AND s.value = " + value
	kinds, merged := make([]string, len(first.kinds)), first.merged()
	for i, k := range first.kinds {
		of, state := strconv.Itoa(int(k.of)), f.param(string(k.state))
		if merged {
			kinds[i] = from + " AND s.type = " + of + " AND s.state = " + state + rest
		} else {
			kinds[i] = "(" + of + ", " + state + ")"
		}
	}
	if merged {
		return strings.Join(kinds, " UNION ALL ")
	}
	return from + " AND (s.type, s.state) IN (VALUES " + strings.Join(kinds, ", ") + ")" + rest
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
