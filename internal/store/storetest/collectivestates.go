// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

func putStates(t *testing.T, s Stores, all ...collective.State) {
	t.Helper()
	act(t, s, func(tx collective.Tx) error { return tx.PutStates(t.Context(), all) })
}

func turn(p fsc.PeerID, role deed.Role, its bool) collective.PartyTurn {
	return collective.PartyTurn{Party: deed.Party{PeerID: p, Role: role}, Turn: its}
}

func listStates(t *testing.T, s Stores, f collective.StateFilter) (all []collective.State, counts map[rule.State]int) {
	t.Helper()
	look(t, s, func(tx collective.Tx) (err error) {
		var errCounts error
		all, err = tx.ListStates(t.Context(), f)
		counts, errCounts = tx.CountStates(t.Context(), f)
		return errors.Join(err, errCounts)
	})
	return all, counts
}

func projectionsAreReplaced(k check) {
	t, s := k.t, k.stores
	one := collective.State{
		Deed: "$1$112$a", Dossier: "$1$110$d", Type: 112, State: rule.Proposed, Overlays: []string{"a", "b"}, Since: 3,
		Parties: []collective.PartyTurn{turn(bart, "supplier", false), turn(anna, "buyer", true), turn(anna, "payer", true)}, NotAfter: 99, IssuedAt: 2,
	}
	two := collective.State{Deed: "$1$110$d", Dossier: "$1$110$d", Type: 110, State: rule.Void, IssuedAt: 1, Final: true}
	putStates(t, s, one, two)
	all, counts := listStates(t, s, collective.StateFilter{})
	equal(t, "all", all, []collective.State{one, two})
	equal(t, "counts", counts, map[rule.State]int{rule.Proposed: 1, rule.Void: 1})

	before := one
	one.State, one.Overlays, one.Parties = rule.InForce, nil, []collective.PartyTurn{turn(bart, "supplier", false), turn(anna, "buyer", false)}
	putStates(t, s, before, two, one) // the last one counts
	look(t, s, func(tx collective.Tx) error {
		got, err := tx.FindState(t.Context(), one.Deed)
		equal(t, "replaced", got, &one)
		_, none := tx.FindState(t.Context(), "$1$112$b")
		if !errors.Is(none, collective.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", none)
		}
		return err
	})
	for name, c := range map[string]struct {
		filter collective.StateFilter
		want   int
	}{
		"of a party":           {collective.StateFilter{Party: anna}, 1},
		"turn of a party":      {collective.StateFilter{Party: anna, Turn: true}, 0},
		"turn of anybody":      {collective.StateFilter{Turn: true}, 0},
		"in the state it had":  {collective.StateFilter{States: []rule.State{rule.Proposed}}, 0},
		"in its state":         {collective.StateFilter{States: []rule.State{rule.InForce}}, 1},
		"of a dossier":         {collective.StateFilter{Dossier: "$1$110$d"}, 2},
		"of another dossier":   {collective.StateFilter{Dossier: "$1$112$a"}, 0},
		"of a type":            {collective.StateFilter{Types: []deed.Type{110}}, 1},
		"of a type without":    {collective.StateFilter{Types: []deed.Type{111}}, 0},
		"of a party it hasn't": {collective.StateFilter{Party: carla, Dossier: "$1$110$d"}, 0},
	} {
		all, counts := listStates(t, s, c.filter)
		sum := 0
		for _, n := range counts {
			sum += n
		}
		if len(all) != c.want || sum != c.want {
			t.Errorf("%s: %d listed, %d counted, want %d", name, len(all), sum, c.want)
		}
	}
	act(t, s, func(tx collective.Tx) error { return tx.DropStates(t.Context()) })
	all, counts = listStates(t, s, collective.StateFilter{})
	equal(t, "dropped", len(all)+len(counts), 0)
	putStates(t, s, two)
	all, _ = listStates(t, s, collective.StateFilter{Dossier: "$1$110$d"})
	equal(t, "made anew", all, []collective.State{two})
}

// statesOfDeeds makes deeds in some dossiers with random projections, and tells
// the parents. Few moments make many ties.
func statesOfDeeds(t *testing.T, s Stores, random *rand.Rand, count int) (states []collective.State, parents map[deed.Hash][]deed.Hash) {
	t.Helper()
	roots := []*collective.Deed{someDeed(t, 1), someDeed(t, 2), someDeed(t, 3)}
	deeds := slices.Clone(roots)
	parents = map[deed.Hash][]deed.Hash{}
	for n := range count {
		over := []deed.Hash{roots[random.IntN(3)].Hash}
		if other := deeds[random.IntN(len(deeds))].Hash; other != over[0] {
			over = append(over, other)
		}
		d := someDeed(t, 10+n, over...)
		deeds, parents[d.Hash] = append(deeds, d), over
	}
	putDeeds(t, s, deeds...)
	for _, d := range deeds {
		state := collective.State{
			Deed: d.Hash, Dossier: d.Dossier, Type: deed.Type(110 + random.IntN(3)), IssuedAt: int64(100 + random.IntN(5)),
			State: []rule.State{rule.Proposed, rule.InForce, rule.Rejected}[random.IntN(3)],
		}
		for _, p := range []fsc.PeerID{anna, bart, carla} {
			if random.IntN(2) == 0 {
				state.Parties = append(state.Parties, turn(p, "buyer", random.IntN(3) == 0))
			}
		}
		states = append(states, state)
	}
	return states, parents
}

// meets is what a filter means, without its place and limit.
func meets(f collective.StateFilter, s *collective.State, parents []deed.Hash) bool {
	party := slices.ContainsFunc(s.Parties, func(p collective.PartyTurn) bool {
		return (f.Party == "" || p.PeerID == f.Party) && (p.Turn || !f.Turn)
	})
	return (len(f.Types) == 0 || slices.Contains(f.Types, s.Type)) && (len(f.States) == 0 || slices.Contains(f.States, s.State)) &&
		(f.Dossier == "" || s.Dossier == f.Dossier) && (f.Parent == "" || slices.Contains(parents, f.Parent)) &&
		(party || f.Party == "" && !f.Turn)
}

func byPlace(a, b collective.State) int {
	return cmp.Or(cmp.Compare(b.IssuedAt, a.IssuedAt), cmp.Compare(a.Deed, b.Deed))
}

func randomFilter(random *rand.Rand, states []collective.State) (f collective.StateFilter) {
	one := func() bool { return random.IntN(3) == 0 }
	if one() {
		f.Types = []deed.Type{110, 111, 113, 112}[:1+random.IntN(4)]
	}
	if one() {
		f.States = []rule.State{rule.InForce, rule.Proposed, rule.Void}[:1+random.IntN(3)]
	}
	if one() {
		f.Dossier = states[random.IntN(4)].Deed
	}
	if one() {
		f.Parent = states[random.IntN(5)].Deed
	}
	if one() {
		f.Party = []fsc.PeerID{anna, bart, carla, dirk}[random.IntN(4)]
	}
	f.Turn = one()
	return f
}

func projectionFilters(k check) {
	t, s := k.t, k.stores
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same each time
	states, parents := statesOfDeeds(t, s, random, 150)
	// They change on the way, so that what is stored of them has to follow.
	for i := range states {
		old := states[random.IntN(len(states))]
		old.Deed, old.Dossier, old.IssuedAt = states[i].Deed, states[i].Dossier, states[i].IssuedAt
		putStates(t, s, old)
	}
	putStates(t, s, states...)
	slices.SortFunc(states, byPlace)
	for range 300 {
		f := randomFilter(random, states)
		var want []collective.State
		counts := map[rule.State]int{}
		for i := range states {
			if meets(f, &states[i], parents[states[i].Deed]) {
				want = append(want, states[i])
				counts[states[i].State]++
			}
		}
		got, counted := listStates(t, s, f)
		equal(t, fmt.Sprintf("%+v", f), got, want)
		equal(t, fmt.Sprintf("counts of %+v", f), counted, counts)
		f.Limit, f.After = 1+random.IntN(5), nil
		if len(want) > 1 {
			last := random.IntN(len(want) - 1)
			f.After = &collective.StateKey{IssuedAt: want[last].IssuedAt, Deed: want[last].Deed}
			want = want[last+1:]
		}
		got, counted = listStates(t, s, f)
		equal(t, fmt.Sprintf("page of %+v", f), got, want[:min(len(want), f.Limit)])
		equal(t, fmt.Sprintf("counts of a page of %+v", f), counted, counts)
	}
}

// projectionPages reads so many that stores may go about it in another way than
// with a few.
func projectionPages(k check) {
	t, s := k.t, k.stores
	random := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // the same each time
	states := make([]collective.State, 2000)
	for i := range states {
		states[i] = collective.State{
			Deed: deed.Hash(fmt.Sprintf("$1$112$%08x", random.Uint32())), Dossier: deed.Hash(fmt.Sprint("$1$110$", random.IntN(2))),
			Type: deed.Type(111 + random.IntN(2)), State: []rule.State{rule.Proposed, rule.InForce}[random.IntN(2)],
			IssuedAt: int64(random.IntN(100)), Parties: []collective.PartyTurn{turn([]fsc.PeerID{anna, bart}[i%2], "buyer", i%3 > 0)},
		}
	}
	putStates(t, s, states...)
	slices.SortFunc(states, byPlace)
	for _, f := range []collective.StateFilter{
		{}, {Party: anna}, {Types: []deed.Type{112}}, {States: []rule.State{rule.InForce}, Turn: true}, {Dossier: "$1$110$1", Party: bart},
	} {
		var want, got []collective.State
		for i := range states {
			if meets(f, &states[i], nil) {
				want = append(want, states[i])
			}
		}
		all, _ := listStates(t, s, f)
		equal(t, fmt.Sprintf("all of %+v", f), all, want)
		for f.Limit = 70; ; {
			page, _ := listStates(t, s, f)
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
			last := page[len(page)-1]
			f.After = &collective.StateKey{IssuedAt: last.IssuedAt, Deed: last.Deed}
		}
		equal(t, fmt.Sprintf("pages of %+v", f), got, want)
	}
}

func projectionsOfManyTypes(k check) {
	t, s := k.t, k.stores
	var states []collective.State
	for of := deed.FirstType; of <= deed.LastType; of++ {
		states = append(states, collective.State{
			Deed: deed.Hash(fmt.Sprintf("$1$%d$x", of)), Dossier: "$1$110$d", Type: of, State: []rule.State{rule.Void, rule.Waiting}[of%2],
			IssuedAt: int64(of % 7), Parties: []collective.PartyTurn{turn(anna, "buyer", true)},
		})
	}
	putStates(t, s, states...)
	slices.SortFunc(states, byPlace)
	all, counts := listStates(t, s, collective.StateFilter{Party: anna, Dossier: "$1$110$d"})
	equal(t, "all", all, states)
	equal(t, "counts", counts, map[rule.State]int{rule.Void: 400, rule.Waiting: 400})
	void := slices.DeleteFunc(states, func(s collective.State) bool { return s.State != rule.Void })
	page, _ := listStates(t, s, collective.StateFilter{
		States: []rule.State{rule.Void}, Limit: 50, After: &collective.StateKey{IssuedAt: void[9].IssuedAt, Deed: void[9].Deed},
	})
	equal(t, "page", page, void[10:60])
}

func transitions(k check) {
	t, s := k.t, k.stores
	var all []collective.Transition
	for n := range 25 {
		all = append(all, collective.Transition{Number: 99, Deed: deed.Hash(fmt.Sprint(n)), Dossier: "$1$110$d", Type: 110, To: rule.Proposed, At: int64(50 - n)})
	}
	all[3].From, all[3].To, all[3].Overlays = rule.Proposed, rule.InForce, []string{"x", "y"}
	act(t, s, func(tx collective.Tx) error {
		return errors.Join(tx.AddTransitions(t.Context(), all[:20]), tx.AddTransitions(t.Context(), nil))
	})
	broken := errors.New("broken")
	err := s.Collective.Update(t.Context(), func(tx collective.Tx) error { return errors.Join(tx.AddTransitions(t.Context(), all), broken) })
	if !errors.Is(err, broken) {
		t.Error(err)
	}
	act(t, s, func(tx collective.Tx) error {
		return errors.Join(tx.DropStates(t.Context()), tx.AddTransitions(t.Context(), all[20:]))
	})
	for i := range all {
		all[i].Number = int64(i + 1)
	}
	look(t, s, func(tx collective.Tx) error {
		got, err := tx.ListTransitions(t.Context(), 0, 0)
		equal(t, "all", got, all)
		page, errPage := tx.ListTransitions(t.Context(), 3, 2)
		equal(t, "page", page, all[3:5])
		none, errNone := tx.ListTransitions(t.Context(), 25, 2)
		equal(t, "behind the last", len(none), 0)
		return errors.Join(err, errPage, errNone)
	})
}
