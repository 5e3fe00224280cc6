// SPDX-License-Identifier: EUPL-1.2

package exchange_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/txlog/reconcile"
	"github.com/samenspel/samenspel/internal/txlog/reconcile/exchange"
)

func TestAHundredThousandEqualCallsCostAFewRequestsAndOneDifferenceAFewMore(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	from, until := dayOf()
	both := calls(100_000, 1, from, until)
	p := newPair(t)
	p.anna.put(t, both...)
	p.bart.put(t, both[1:]...)
	differs := p.compare(reconcile.Request{})
	asked := p.bart.requests()
	if differs.Equal != 99_999 || !slices.Equal(names(differs.Ours), []string{both[0].id.String()}) || differs.OnlyTheirs != 0 {
		t.Fatalf("got %s", tell(differs))
	}
	p.bart.put(t, both[0])
	equal := p.compare(reconcile.Request{})
	calm := p.bart.requests()
	if equal.Equal != 100_000 || !equal.Agrees() || equal.Requests != len(calm) || differs.Requests != len(asked) {
		t.Fatalf("got %s in %d requests", tell(equal), len(calm))
	}
	t.Logf("%d requests when equal, %d with one difference", len(calm), len(asked))
	// The period, and the sets of at most 50,000 calls each.
	if len(calm) > 4 {
		t.Errorf("equal logs cost %v", calm)
	}
	// One question a digit of the ID in which neighbours differ, and the record itself.
	if len(asked) > len(calm)+6 {
		t.Errorf("one difference costs %v", asked)
	}
	p.foreign()
	listed := p.compare(reconcile.Request{})
	pages := p.bart.requests()
	t.Logf("%d requests by GET /logs", len(pages))
	if listed.Equal != 100_000 || len(pages) > 115 {
		t.Errorf("got %s in %d requests", tell(listed), len(pages))
	}
}

func TestOnlyHoursWithDifferencesAreGoneInto(t *testing.T) {
	p := newPair(t)
	var both []call
	day := now.Add(-30 * time.Hour).Truncate(time.Hour)
	for h := range 24 {
		for g := range 5 {
			at := day.Add(time.Duration(h) * time.Hour)
			for _, c := range calls(20, uint64(h*5+g), at, at.Add(time.Hour)) {
				c.grant = fmt.Sprintf("$1$3$grant%d", g)
				both = append(both, c)
			}
		}
	}
	p.anna.put(t, both...)
	p.bart.put(t, slices.Delete(slices.Clone(both), 150, 151)...)
	r := p.compare(reconcile.Request{})
	asked := p.bart.requests()
	questions := slices.DeleteFunc(slices.Clone(asked), func(s string) bool { return !strings.HasPrefix(s, "POST "+exchange.Path) })
	if r.Equal != 2399 || len(r.Ours) != 1 || len(r.Grants) != 5 || len(questions) > 2 || len(asked) > 6 {
		t.Errorf("%s, with %v", tell(r), asked)
	}
	one := p.compare(reconcile.Request{Grant: "$1$3$grant0"})
	if one.Equal != 480 || !one.Agrees() || len(one.Grants) != 1 {
		t.Errorf("one grant: %s", tell(one))
	}
}
