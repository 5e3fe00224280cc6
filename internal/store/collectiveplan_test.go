// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
)

func TestDeedsAndFeedsFindTheirRowsByIndex(t *testing.T) {
	s := openSQLite(t, empty.Dir(t))
	c := oneOfEach(t, s)
	h := c.Hash()
	for name, run := range map[string]func(tx collective.Tx) error{
		"find deed":            func(tx collective.Tx) error { _, err := tx.FindDeed(t.Context(), h); return err },
		"list deeds":           func(tx collective.Tx) error { _, err := tx.ListDeeds(t.Context(), h); return err },
		"signatures":           func(tx collective.Tx) error { _, err := tx.ListSignatures(t.Context(), h, ""); return err },
		"signatures on a deed": func(tx collective.Tx) error { _, err := tx.ListSignatures(t.Context(), h, h); return err },
		"chain":                func(tx collective.Tx) error { _, err := tx.FindChain(t.Context(), "leaf"); return err },
		"dossier":              func(tx collective.Tx) error { _, err := tx.FindDossier(t.Context(), h); return err },
		"dossiers of a keeper": func(tx collective.Tx) error { _, err := tx.ListDossiers(t.Context(), purchasing); return err },
		"entries":              func(tx collective.Tx) error { _, err := tx.ListEntries(t.Context(), h, 0, 10); return err },
		"lines":                func(tx collective.Tx) error { _, err := tx.ListLines(t.Context(), purchasing, 0, 10); return err },
		"checkpoint":           func(tx collective.Tx) error { _, err := tx.FindCheckpoint(t.Context(), h, 1); return err },
		"last checkpoint":      func(tx collective.Tx) error { _, err := tx.FindCheckpoint(t.Context(), h, 0); return err },
		"cursor":               func(tx collective.Tx) error { _, err := tx.Cursor(t.Context(), "feed"); return err },
		"transitions":          func(tx collective.Tx) error { _, err := tx.ListTransitions(t.Context(), 1, 10); return err },
		"put dossier": func(tx collective.Tx) error {
			return tx.PutDossier(t.Context(), &collective.Dossier{Head: deed.NewFeed(h)})
		},
		"found dossier": func(tx collective.Tx) error {
			return tx.PutDossier(t.Context(), &collective.Dossier{Head: deed.NewFeed("x")})
		},
		"put entry": func(tx collective.Tx) error {
			_, err := tx.PutEntry(t.Context(), &deed.Entry{Dossier: h, Number: 2})
			return err
		},
	} {
		checkDeedQueries(t, s, name, true, run)
	}
	// What is due is few, so it is sorted.
	for name, run := range map[string]func(tx collective.Tx) error{
		"due dossiers": func(tx collective.Tx) error { _, err := tx.DueDossiers(t.Context(), 9); return err },
		"lease": func(tx collective.Tx) error {
			_, err := tx.LeaseDeliveries(t.Context(), time.Unix(9, 0), time.Minute, 10)
			return err
		},
	} {
		checkDeedQueries(t, s, name, false, run)
	}
}

func TestProjectionsFindTheirRowsByIndex(t *testing.T) {
	s := openSQLite(t, empty.Dir(t))
	h := oneOfEach(t, s).Hash()
	var many []collective.State // so that kinds are merged
	for n := range 2000 {
		st := collective.State{Deed: callOffHash(n), Dossier: h, Type: deed.Type(110 + n%2), State: []rule.State{rule.Void, rule.Proposed}[n/2%2]}
		st.Parties = []collective.PartyTurn{{Party: deed.Party{PeerID: purchasing}, Turn: true}}
		many = append(many, st)
	}
	if err := s.Collective().Update(t.Context(), func(tx collective.Tx) error { return tx.PutStates(t.Context(), many) }); err != nil {
		t.Fatal(err)
	}
	after := &collective.StateKey{IssuedAt: 1_900_000_000, Deed: "x"}
	for name, run := range map[string]func(tx collective.Tx) error{
		"find": func(tx collective.Tx) error { _, err := tx.FindState(t.Context(), h); return err },
		"put": func(tx collective.Tx) error {
			return tx.PutStates(t.Context(), []collective.State{{Deed: h, Dossier: h, State: rule.Void}})
		},
	} {
		checkDeedQueries(t, s, name, true, run)
	}
	for name, f := range map[string]collective.StateFilter{
		"all":                        {},
		"next page":                  {After: after},
		"of types and states":        {Types: []deed.Type{110, 111}, States: []rule.State{rule.Proposed, rule.Void}},
		"of a dossier":               {Dossier: h},
		"of a parent":                {Parent: deed.Hash("$1$110$" + strings.Repeat("A", 86)), Types: []deed.Type{110}},
		"of a party":                 {Party: purchasing, States: []rule.State{rule.Proposed}},
		"by turn":                    {Party: purchasing, Turn: true, After: after},
		"by anybody's turn":          {Turn: true},
		"of a party and in a parent": {Party: purchasing, Turn: true, Dossier: h, Parent: deed.Hash("$1$110$" + strings.Repeat("A", 86)), After: after},
	} {
		f.Limit = 10
		checkDeedQueries(t, s, "list "+name, true, func(tx collective.Tx) error { _, err := tx.ListStates(t.Context(), f); return err })
		checkDeedQueries(t, s, "count "+name, f.Dossier == "" || f.Party == "", func(tx collective.Tx) error { _, err := tx.CountStates(t.Context(), f); return err })
	}
}

// checkDeedQueries holds the queries of fn to their plans.
func checkDeedQueries(t *testing.T, s *store.Store, name string, ordered bool, fn func(collective.Tx) error) {
	t.Helper()
	queries, err := s.DeedQueries(t.Context(), fn)
	if err != nil || len(queries) == 0 {
		t.Fatalf("%s: %d queries, %v", name, len(queries), err)
	}
	for _, q := range queries {
		plan, err := s.Plan(t.Context(), q)
		// The page, merged rows and the index of what is due only are read from end
		// to end.
		plan = slices.DeleteFunc(plan, func(line string) bool {
			return line == "SCAN p" || line == "SCAN dossiers USING INDEX dossiers_behind"
		})
		checkPlan(t, name, plan, err, ordered)
	}
}
