// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/reconcile"
)

// callsWithAPeer compares the store with going through all records.
func callsWithAPeer(k check) {
	t, s := k.t, k.stores
	from := reconcile.HourOf(start())
	until := from + 20
	all := randomRecords(500, func(r *rapid.T) time.Time {
		return from.Time().Add(time.Duration(rapid.IntRange(-8, 88).Draw(r, "quarters")) * 15 * time.Minute)
	})
	index(t, s, 10, all...)
	for _, scope := range []reconcile.Scope{{Self: anna, Other: bart}, {Self: bart, Other: anna}, {Self: anna, Other: carla, Grant: "g2"}, {Self: anna, Other: "nobody"}} {
		want := sharedCalls(all, scope, from, until)
		var got []string
		counted := map[reconcile.Hour]int64{}
		err := s.Log.EachCall(t.Context(), scope, from, until, func(c *reconcile.Call) error {
			counted[reconcile.HourOf(c.RecordedAt)]++
			got = append(got, callText(c.ID.String(), c.Grant, c.Outgoing, c.RecordedAt))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		equal(t, fmt.Sprintf("calls of %v", scope), got, want)
		if scope.Other == bart && len(want) < 10 {
			t.Errorf("only %d calls tell little", len(want))
		}
		counts, err := s.Log.CountCalls(t.Context(), scope, from, until)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, fmt.Sprintf("counts of %v", scope), counts, counted)
	}
	enough := errors.New("enough")
	if err := s.Log.EachCall(t.Context(), reconcile.Scope{Self: anna, Other: bart}, from, until, func(*reconcile.Call) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("an error doesn't end it: %v", err)
	}
}

func callText(id, grant string, outgoing bool, at time.Time) string {
	return fmt.Sprintf("%s %s %t %s", id, grant, outgoing, at.UTC())
}

func sharedCalls(all []txlog.Record, s reconcile.Scope, from, until reconcile.Hour) []string {
	var out []string
	for _, r := range all {
		caller, provider := s.Other, s.Self
		outgoing := r.Direction == txlog.DirectionOutgoing
		if outgoing {
			caller, provider = provider, caller
		}
		h := reconcile.HourOf(r.CreatedAt)
		if r.OutwayPeerID == caller && r.ServicePeerID == provider && (s.Grant == "" || r.GrantHash == s.Grant) && h >= from && h < until {
			out = append(out, callText(r.TransactionID, r.GrantHash, outgoing, r.CreatedAt))
		}
	}
	slices.Sort(out)
	return out
}
