// SPDX-License-Identifier: EUPL-1.2

package retention_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/retention"
)

const (
	in  = txlog.DirectionIncoming
	out = txlog.DirectionOutgoing
)

func TestTheFirstRuleThatCoversACallCounts(t *testing.T) {
	p, err := retention.New(90, []retention.Rule{
		{Direction: in, Service: "persons", Days: 1825},
		{Direction: in, Service: "map*", Days: 30},
		{Direction: out, Peer: "00000099000000002000", Service: "persons", Days: 365},
		{Direction: out, Peer: "00000099000000002000", Service: "*", Days: 7},
		{Direction: out, Peer: "*", Service: "weather", Days: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		call retention.Call
		days int
	}{
		{retention.Call{Direction: in, Provider: "00000099000000001000", Service: "persons"}, 1825},
		{retention.Call{Direction: in, Service: "maps-2"}, 30},
		{retention.Call{Direction: in, Service: "persons-2"}, 90},
		{retention.Call{Direction: out, Provider: "00000099000000002000", Service: "persons"}, 365},
		{retention.Call{Direction: out, Provider: "00000099000000002000", Service: "maps"}, 7},
		{retention.Call{Direction: out, Provider: "00000099000000003000", Service: "weather"}, 1},
		{retention.Call{Direction: out, Provider: "00000099000000003000", Service: "persons"}, 90},
	} {
		if got := p.For(c.call).Days; got != c.days {
			t.Errorf("%+v: %d days, want %d", c.call, got, c.days)
		}
	}
	if p.Longest() != 1825*24*time.Hour || !p.Removes() || len(p.Rules()) != 6 {
		t.Errorf("longest %s, %t, %v", p.Longest(), p.Removes(), p.Rules())
	}
	made := time.Unix(1000, 0)
	if got := p.Until(retention.Call{Direction: in, Service: "maps"}, made); !got.Equal(made.AddDate(0, 0, 30)) {
		t.Errorf("kept until %s", got)
	}
}

func TestWithoutRulesNothingIsRemovedBeforeTheRest(t *testing.T) {
	for _, days := range []int{0, 90} {
		p, err := retention.New(days, nil)
		if err != nil || p.Removes() || p.Longest() != time.Duration(days)*24*time.Hour {
			t.Errorf("%d days: %v, %v", days, p, err)
		}
	}
	p, err := retention.New(0, []retention.Rule{{Direction: in, Service: "persons", Days: 5}})
	if err != nil || p.Longest() != 0 || !p.Removes() || !p.Until(retention.Call{Direction: in, Service: "maps"}, time.Unix(1, 0)).IsZero() {
		t.Errorf("what is kept for ever isn't: %v", err)
	}
}

func TestEachWrongRuleIsNamed(t *testing.T) {
	_, err := retention.New(-1, []retention.Rule{
		{Direction: in, Service: "", Days: 1},
		{Direction: in, Service: "a*b*", Days: 1},
		{Direction: out, Peer: "", Service: "*", Days: 1},
		{Direction: in, Service: "persons", Days: 0},
		{Direction: in, Service: "persons", Days: 36_501},
		{Direction: in, Service: "maps ", Days: 1},
		{Direction: in, Service: "maps/*", Days: 1},
	})
	var got []string
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("got %v", err)
	}
	for _, e := range joined.Unwrap() {
		p, ok := errors.AsType[*retention.RuleError](e)
		if !ok {
			t.Fatalf("got %v", e)
		}
		got = append(got, string(rune('0'+p.Index))+" "+p.Field)
	}
	want := []string{"/ keep_days", "0 service", "1 service", "2 peer", "3 keep_days", "4 keep_days", "4 ", "5 service", "6 service"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q in %s", got, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
}
