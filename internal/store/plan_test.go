// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
	"github.com/samenspel/samenspel/internal/txlog"
)

func TestQueriesFindTheirRowsByIndex(t *testing.T) {
	s := openSQLite(t, empty.Dir(t))
	at := time.Unix(1_800_000_000, 0)
	after := &manager.ContractKey{CreatedAt: 1, ContentHash: "x"}
	put(t, s, newContract(t, 1)) // for queries that come second
	list := func(f manager.ContractFilter) func(tx manager.Tx) error {
		return func(tx manager.Tx) error {
			_, err := tx.ListContracts(t.Context(), f)
			return err
		}
	}
	hash, grant := newContract(t, 1).Content.Hash(), newContract(t, 1).Content.Grants[0].Hash
	for _, c := range []struct {
		name string
		// paged listings must not sort what they find.
		paged bool
		run   func(tx manager.Tx) error
	}{
		{"find contract", false, func(tx manager.Tx) error { _, err := tx.FindContract(t.Context(), hash); return err }},
		{"find contract by grant", false, func(tx manager.Tx) error { _, err := tx.FindContractByGrant(t.Context(), grant); return err }},
		{"put contract again", false, func(tx manager.Tx) error { return tx.PutContract(t.Context(), newContract(t, 1)) }},
		{"put contract", false, func(tx manager.Tx) error { return tx.PutContract(t.Context(), newContract(t, 2)) }},
		{"standings of an Outway", false, func(tx manager.Tx) error { _, err := tx.ListStandings(t.Context(), "peer-a", at.Unix()); return err }},
		{"connections of an Outway", false, func(tx manager.Tx) error {
			_, err := tx.ListConnections(t.Context(), "peer-a", at.Unix(), 7)
			return err
		}},
		{"changes for an Outway", true, func(tx manager.Tx) error { _, err := tx.ListChanges(t.Context(), "peer-a", 7); return err }},
		{"stopped contracts of a provider", false, func(tx manager.Tx) error { _, err := tx.ListStopped(t.Context(), "peer-a", at.Unix()); return err }},
		{"find service", false, func(tx manager.Tx) error {
			if _, err := tx.FindService(t.Context(), "persons"); !errors.Is(err, manager.ErrNotFound) {
				return err
			}
			return nil
		}},
		{"last change of a service", false, func(tx manager.Tx) error { _, err := tx.LastServiceChange(t.Context()); return err }},
		{"changes of services", true, func(tx manager.Tx) error { _, _, err := tx.ListServiceChanges(t.Context(), 7); return err }},
		{"last change", false, func(tx manager.Tx) error { _, err := tx.LastChange(t.Context()); return err }},
		{"signing chains", false, func(tx manager.Tx) error { _, err := tx.ListSigningChains(t.Context(), "peer-a", at); return err }},
		{"next page of contracts", true, list(manager.ContractFilter{After: after, Limit: 10})},
		{"contracts of a party", true, list(manager.ContractFilter{Party: "peer-a", After: after, Ascending: true, Limit: 10})},
		{"contracts of a type", true, list(manager.ContractFilter{GrantType: fsc.GrantTypeServiceConnection, Limit: 10})},
		{"contracts by grants", false, list(manager.ContractFilter{GrantHashes: []fsc.GrantHash{grant, "x"}, Party: "peer-a"})},
		{"connections", true, list(manager.ContractFilter{ConnectionsOf: "peer-a", ValidAt: at, After: after, Limit: 10})},
		{"running connections", true, list(manager.ContractFilter{ConnectionsOf: "peer-a", EndsAfter: at, Party: "peer-b"})},
		{"contracts of a call-off", true, list(manager.ContractFilter{CallOff: "$1$112$x", After: after, Ascending: true, Limit: 10})},
		{"publications", true, list(manager.ContractFilter{PublicationsBy: "peer-a", ValidAt: at})},
		{"stopped contracts", true, list(manager.ContractFilter{ServicesOf: "peer-a", EndsAfter: at, Stopped: true})},
		{"peers by ID", true, func(tx manager.Tx) error {
			_, err := tx.ListPeers(t.Context(), manager.PeerFilter{IDs: []fsc.PeerID{"peer-a", "peer-b"}, Descending: true})
			return err
		}},
		{"lease", true, func(tx manager.Tx) error { _, err := tx.LeaseDeliveries(t.Context(), at, time.Minute, 10); return err }},
		{"deliveries of a contract", true, func(tx manager.Tx) error {
			_, err := tx.ListDeliveries(t.Context(), manager.DeliveryFilter{ContentHash: hash, Target: "peer-a", Undelivered: true})
			return err
		}},
		{"deliveries to a peer", true, func(tx manager.Tx) error {
			_, err := tx.ListDeliveries(t.Context(), manager.DeliveryFilter{Target: "peer-a", Undelivered: true, Limit: 10})
			return err
		}},
	} {
		queries, err := s.Queries(t.Context(), c.run)
		if err != nil || len(queries) == 0 {
			t.Fatalf("%s: %d queries, %v", c.name, len(queries), err)
		}
		for i, q := range queries {
			plan, err := s.Plan(t.Context(), q)
			checkPlan(t, c.name, plan, err, c.paged && i == 0)
		}
	}
}

func TestListingsFindTheirRowsByIndex(t *testing.T) {
	s := openSQLite(t, empty.Dir(t))
	after := &directory.Key{PeerID: "peer-a", Name: "x"}
	for i, f := range []directory.Filter{
		{Directory: "peer-a", Limit: 10},
		{Directory: "peer-a", After: after, Limit: 10},
		{Directory: "peer-a", PeerID: "peer-b"},
		{Directory: "peer-a", NameContains: "x", Descending: true},
		{Directory: "peer-a", PeerID: "peer-b", NameContains: "x", After: after},
	} {
		plan, err := s.Plan(t.Context(), store.ListingQuery(f, time.Unix(1_800_000_000, 0)))
		checkPlan(t, fmt.Sprint("listing ", i), plan, err, false)
	}
}

func TestLogQueriesFindTheirRowsByIndex(t *testing.T) {
	s := openSQLite(t, empty.Dir(t))
	cursor := &txlog.Cursor{CreatedAt: 1, TransactionID: "x", Direction: txlog.DirectionIncoming}
	second := int64(1_800_000_000)
	for _, c := range []struct {
		name  string
		paged bool
		query txlog.Query
	}{
		{"of a reader", true, txlog.Query{Reader: "peer-a", Descending: true, Limit: 10}},
		{"of a reader, next page", true, txlog.Query{Reader: "peer-a", Cursor: cursor, Limit: 10}},
		{"of a reader in a time", true, txlog.Query{Reader: "peer-a", After: &second, Before: &second, Limit: 10}},
		{"of a reader by id", false, txlog.Query{Reader: "peer-a", TransactionIDs: []string{"x", "y"}}},
		{"of a reader by grant", true, txlog.Query{Reader: "peer-a", GrantHashes: []string{"x"}, Limit: 10}},
		{"by id", false, txlog.Query{TransactionIDs: []string{"x", "y"}}},
		{"next page", true, txlog.Query{Cursor: cursor, Descending: true, Limit: 10}},
		{"since", true, txlog.Query{After: &second, Limit: 10}},
		{"by grant", true, txlog.Query{GrantHashes: []string{"x", "y"}, Limit: 10}},
		{"by service, next page", true, txlog.Query{ServiceNames: []string{"x"}, Cursor: cursor, Descending: true, Limit: 10}},
		{"by grant or service", true, txlog.Query{GrantHashes: []string{"x"}, ServiceNames: []string{"y"}, Limit: 10}},
	} {
		for _, query := range store.RecordQueries(c.query) {
			plan, err := s.Log().Plan(t.Context(), query)
			checkPlan(t, c.name, plan, err, c.paged)
		}
	}
}

func TestCallsOfAMonthAreFoundByIndexAlone(t *testing.T) {
	s := openSQLite(t, empty.Dir(t))
	q := usage.Query{GrantHashes: []string{"x", "y"}, Outgoing: true, From: time.Unix(1_800_000_000, 0), Until: time.Unix(1_802_000_000, 0)}
	for i, query := range store.CallQueries(q) {
		plan, err := s.Log().Plan(t.Context(), query)
		checkPlan(t, fmt.Sprint("query ", i), plan, err, true)
		if i == 1 && (len(plan) != 1 || !strings.Contains(plan[0], "COVERING INDEX records_by_kind (kind=? AND ")) {
			t.Errorf("calls are read by %v", plan)
		}
	}
}

// checkPlan refuses reading a table or index from end to end. The result of a
// subquery may be read so.
func checkPlan(t *testing.T, name string, plan []string, err error, ordered bool) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	for _, line := range plan {
		scan := strings.HasPrefix(line, "SCAN") && !strings.HasPrefix(line, "SCAN newest") && !strings.HasPrefix(line, "SCAN (subquery") &&
			!strings.Contains(line, "VALUES CLAUSE")
		if scan || ordered && strings.Contains(line, "TEMP B-TREE") {
			t.Errorf("%s: %s\n\t%s", name, line, strings.Join(plan, "\n\t"))
		}
	}
}

func TestListingTakesTheSameNumberOfQueriesForAnyNumberOfContracts(t *testing.T) {
	t.Parallel()
	s := openSQLite(t, empty.Dir(t))
	count := func(want int) int {
		queries, err := s.Queries(t.Context(), func(tx manager.Tx) error {
			cs, err := tx.ListContracts(t.Context(), manager.ContractFilter{Party: "peer-a"})
			if err == nil && len(cs) != want {
				err = fmt.Errorf("got %d contracts, want %d", len(cs), want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return len(queries)
	}
	put(t, s, newContract(t, 0))
	one := count(1)
	var more []*manager.Contract
	for n := range 100 {
		more = append(more, newContract(t, n+1))
	}
	put(t, s, more...)
	if many := count(101); many != one {
		t.Errorf("one contract takes %d queries, 101 take %d", one, many)
	}
}
