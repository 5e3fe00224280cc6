// SPDX-License-Identifier: EUPL-1.2

package exchange_test

import (
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/txlog/reconcile"
)

// dayOf is the day that tests compare.
func dayOf() (from, until time.Time) { return now.Add(-36 * time.Hour), now.Add(-2 * time.Hour) }

func TestTwoNodesSayWhichCallsOnlyOneOfThemHas(t *testing.T) {
	from, until := dayOf()
	both, ours, theirs := calls(4211, 1, from, until), calls(3, 2, from, until), calls(1, 3, from, until)
	for _, c := range []struct {
		name         string
		ours, theirs []call
	}{{"equal", nil, nil}, {"missing at theirs", ours, nil}, {"missing at ours", nil, theirs}, {"both", ours, theirs}} {
		t.Run(c.name, func(t *testing.T) {
			p := newPair(t)
			p.anna.put(t, slices.Concat(both, c.ours)...)
			p.bart.put(t, slices.Concat(both, c.theirs)...)
			for _, way := range []string{"extension", "standard"} {
				if way == "standard" {
					p.foreign()
				}
				r := p.compare(reconcile.Request{})
				if r.Problem != "" || r.ByRoots != (way == "extension") || r.Equal != 4211 || r.OnlyOurs != int64(len(c.ours)) || r.OnlyTheirs != int64(len(c.theirs)) {
					t.Fatalf("%s: %s, by roots %t", way, tell(r), r.ByRoots)
				}
				if !slices.Equal(names(r.Ours), idsOf(c.ours)) || !slices.Equal(names(r.Theirs), idsOf(c.theirs)) {
					t.Errorf("%s: got %v and %v", way, r.Ours, r.Theirs)
				}
				for _, d := range slices.Concat(r.Ours, r.Theirs) {
					if d.Grant != grant || !d.Outgoing || d.Service != "persons" || d.At.Before(from) || d.OtherGrant != "" {
						t.Errorf("%s: got %+v", way, d)
					}
				}
				if len(r.Grants) != 1 || r.Grants[0].Grant != grant || r.Grants[0].Tally != r.Tally || r.Agrees() != (len(c.ours)+len(c.theirs) == 0) {
					t.Errorf("%s: got %+v", way, r.Grants)
				}
			}
		})
	}
}
