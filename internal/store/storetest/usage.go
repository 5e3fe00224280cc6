// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/idset"
)

func transactionIDs(t *testing.T, s Stores, q usage.Query) []string {
	t.Helper()
	found, err := s.Log.TransactionIDs(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, id := range found {
		out = append(out, id.String())
	}
	return out
}

// callsOfGrants compares the store with going through all records.
func callsOfGrants(k check) {
	t, s := k.t, k.stores
	month := usage.Query{From: start().Truncate(time.Hour), Until: start().Truncate(time.Hour).Add(100 * time.Hour)}
	all := randomRecords(400, func(r *rapid.T) time.Time {
		return month.From.Add(time.Duration(rapid.IntRange(-20, 420).Draw(r, "quarters")) * 15 * time.Minute)
	})
	for i := range all { // the IDs of half of them tell a time around the record's
		if i%2 == 0 {
			made := all[i].CreatedAt.Add(time.Duration(i%13-6) * 15 * time.Minute).UnixMilli()
			all[i].TransactionID = fmt.Sprintf("%08x-%04x-7000-8000-%012x", made>>16, made&0xffff, i)
		}
	}
	index(t, s, 10, all...)
	for _, grants := range [][]string{nil, {"g1"}, {"g1", "g3"}, {"none"}, {"g1", "g1", "g2", "g3"}} {
		for _, outgoing := range []bool{false, true} {
			q := month
			q.GrantHashes, q.Outgoing = grants, outgoing
			want := callsOf(t, all, q)
			equal(t, fmt.Sprintf("calls of %v, outgoing %v", grants, outgoing), transactionIDs(t, s, q), want)
			if len(grants) > 1 && len(want) < 20 {
				t.Errorf("only %d calls of %v tell little", len(want), grants)
			}
		}
	}
}

func callsOf(t *testing.T, all []txlog.Record, q usage.Query) []string {
	t.Helper()
	out := []string{}
	for _, r := range all {
		id, err := idset.ParseID(r.TransactionID)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(q.GrantHashes, r.GrantHash) && (r.Direction == txlog.DirectionOutgoing) == q.Outgoing && q.Takes(id, r.CreatedAt) {
			out = append(out, r.TransactionID)
		}
	}
	slices.Sort(out)
	return out
}

// manyCalls is about the seams between pages, also where many calls have one time.
func manyCalls(k check) {
	t, s := k.t, k.stores
	var batch []txlog.Record
	for n := range 25_000 {
		r := record(n)
		r.CreatedAt = start().Add(time.Duration(n/3000) * time.Second)
		batch = append(batch, r)
	}
	for i, part := range slices.Collect(slices.Chunk(batch, 5000)) {
		index(t, s, int64(10+i), part...)
	}
	q := usage.Query{GrantHashes: []string{"$1$3$grant"}, From: start().Add(-time.Hour), Until: start().Add(time.Hour)}
	got := transactionIDs(t, s, q)
	if want := callsOf(t, batch, q); !slices.Equal(got, want) || len(want) != 25_000 {
		t.Errorf("got %d calls, want %d", len(got), len(want))
	}
}

// usageReports is about what comparisons came to.
func usageReports(k check) {
	t, s := k.t, k.stores
	callOff := someDeed(t, 1).Hash
	november, december := usage.Month{Year: 2026, Month: time.November}, usage.Month{Year: 2026, Month: time.December}
	first := collective.UsageReport{CallOff: callOff, Month: november, At: 5, Problem: "there is no contract"}
	second := collective.UsageReport{CallOff: callOff, Month: november, At: 9, Difference: &usage.Report{
		Equal: 3, OnlyOwn: 1, Own: []string{"00000000-0000-7000-8000-000000000001"}, Other: []string{},
	}}
	for _, r := range []collective.UsageReport{first, second} {
		act(t, s, func(tx collective.Tx) error { return tx.PutUsageReport(t.Context(), &r) })
		look(t, s, func(tx collective.Tx) error {
			got, err := tx.FindUsageReport(t.Context(), callOff, november)
			if err == nil {
				equal(t, "report", *got, r)
			}
			return err
		})
	}
	look(t, s, func(tx collective.Tx) error {
		if _, err := tx.FindUsageReport(t.Context(), callOff, december); !errors.Is(err, collective.ErrNotFound) {
			t.Errorf("another month: %v", err)
		}
		return nil
	})
}
