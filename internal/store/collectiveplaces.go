// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// What a projection can be listed by.
const (
	placeAll     = "all"     // with an empty value
	placeDossier = "dossier" // hash
	placeParent  = "parent"  // hash
	placeParty   = "party"   // PeerID
	placeTurn    = "turn"    // PeerID; empty: of anybody
)

// placeKind is what places are counted by.
type placeKind struct {
	facet, value string
	of           deed.Type
	state        rule.State
}

// placeRow is a row of state_places.
type placeRow struct {
	placeKind
	place int64
	deed  deed.Hash
}

// placesOf gives the rows of a projection.
func placesOf(p projected) map[placeRow]bool {
	s, rows := p.state, map[placeRow]bool{}
	add := func(facet, value string) {
		rows[placeRow{placeKind{facet, value, s.Type, s.State}, -s.IssuedAt, s.Deed}] = true
	}
	add(placeAll, "")
	add(placeDossier, string(s.Dossier))
	for _, h := range p.parents {
		add(placeParent, string(h))
	}
	for _, party := range s.Parties {
		add(placeParty, string(party.PeerID))
		if party.Turn {
			add(placeTurn, string(party.PeerID))
			add(placeTurn, "")
		}
	}
	return rows
}

func comparePlaces(a, b placeRow) int {
	return cmp.Or(compareKinds(a.placeKind, b.placeKind), cmp.Compare(a.place, b.place), cmp.Compare(a.deed, b.deed))
}

func compareKinds(a, b placeKind) int {
	return cmp.Or(cmp.Compare(a.facet, b.facet), cmp.Compare(a.value, b.value), cmp.Compare(a.of, b.of), cmp.Compare(a.state, b.state))
}

// placeMoves gathers how many of each row come and go: 1, 0 or -1 in the end.
type placeMoves map[placeRow]int

// replace has the rows of one projection go and those of another come; before
// has no state if there was none.
func (m placeMoves) replace(before, now projected) {
	if before.state != nil {
		for r := range placesOf(before) {
			m[r]--
		}
	}
	for r := range placesOf(now) {
		m[r]++
	}
}

// move changes rows and counts, always in one order, so that two writers don't
// wait for each other.
func (t *deedTx) move(ctx context.Context, m placeMoves) error {
	var coming, going []placeRow
	totals := map[placeKind]int{}
	for r, n := range m {
		switch {
		case n > 0:
			coming = append(coming, r)
		case n < 0:
			going = append(going, r)
		}
		totals[r.placeKind] += n
	}
	maps.DeleteFunc(totals, func(_ placeKind, n int) bool { return n == 0 })
	if err := t.addToCounts(ctx, totals); err != nil {
		return err
	}
	if err := t.removePlaces(ctx, going); err != nil {
		return err
	}
	slices.SortFunc(coming, comparePlaces)
	add := bulk[placeRow]{
		text: "INSERT INTO state_places (facet, value, type, state, place, deed) VALUES ", columns: 6,
		values: func(args []any, r *placeRow) ([]any, error) { return append(args, r.args()...), nil },
	}
	return add.insert(ctx, t.q, coming, rowsAtOnce)
}

func (r *placeRow) args() []any {
	return []any{r.facet, r.value, int(r.of), string(r.state), r.place, string(r.deed)}
}

func (t *deedTx) addToCounts(ctx context.Context, totals map[placeKind]int) error {
	add := bulk[placeKind]{
		text:    "INSERT INTO state_counts (facet, value, type, state, total) VALUES ",
		suffix:  " ON CONFLICT (facet, value, type, state) DO UPDATE SET total = state_counts.total + excluded.total",
		columns: 5,
		values: func(args []any, k *placeKind) ([]any, error) {
			return append(args, k.facet, k.value, int(k.of), string(k.state), totals[*k]), nil
		},
	}
	return add.insert(ctx, t.q, slices.SortedFunc(maps.Keys(totals), compareKinds), rowsAtOnce)
}

func (t *deedTx) removePlaces(ctx context.Context, rows []placeRow) (err error) {
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, comparePlaces)
	remove, err := t.q.PrepareContext(ctx, `DELETE FROM state_places
		WHERE facet = $1 AND value = $2 AND type = $3 AND state = $4 AND place = $5 AND deed = $6`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove.Close()) }()
	for i := range rows {
		if _, err := remove.ExecContext(ctx, rows[i].args()...); err != nil {
			return err
		}
	}
	return nil
}
