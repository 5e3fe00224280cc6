// SPDX-License-Identifier: EUPL-1.2

package exchange_test

import (
	"testing"

	"github.com/samenspel/samenspel/internal/txlog/idset"
	"github.com/samenspel/samenspel/internal/txlog/reconcile"
	"github.com/samenspel/samenspel/internal/txlog/reconcile/exchange"
)

func FuzzSets(f *testing.F) {
	f.Add([]byte(`{"sets":[` + setOf(nil) + `],"next":360000}`))
	f.Add([]byte(`{"sets":[],"next":3600}`))
	const until = 1 << 20
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, grant := range []string{"", "g"} {
			told, next, err := exchange.ReadSets(raw, 0, until, grant)
			if err != nil {
				continue
			}
			if next <= 0 || next > until {
				t.Fatalf("next is %d", next)
			}
			for i, s := range told {
				if s.Hour >= next || s.Grant == "" || grant != "" && s.Grant != grant || s.Count < 1 || s.Count > reconcile.MaxCalls {
					t.Fatalf("set %d is %+v", i, s)
				}
				if last := told[max(i-1, 0)].Key; i > 0 && (last.Hour > s.Hour || last == s.Key || last.Hour == s.Hour && last.Grant > s.Grant) {
					t.Fatalf("set %d is not in order", i)
				}
			}
		}
	})
}

func FuzzQuestion(f *testing.F) {
	f.Add([]byte(`{"hour":3600,"grant_hash":"g","direction":"DIRECTION_INCOMING","prefixes":["0","1f"]}`))
	tree := idset.NewTree([]idset.ID{{1}, {2}})
	f.Fuzz(func(t *testing.T, raw []byte) {
		k, q, err := exchange.ReadQuestion(raw)
		if err != nil {
			return
		}
		if k.Hour < 0 || k.Grant == "" {
			t.Fatalf("got %+v", k)
		}
		if a := tree.Answer(q); len(a.Parts) != len(q.Prefixes) {
			t.Fatalf("%d parts for %d prefixes", len(a.Parts), len(q.Prefixes))
		}
	})
}

// FuzzAnswers has a hostile node answer all three questions.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`{"from":0,"until":3600,"grants":[{"grant_hash":"g","direction":"DIRECTION_INCOMING","from":3600}]}`), []byte(`{}`), []byte(`{}`))
	f.Add([]byte(`{"from":0,"until":1764000000}`), []byte(`{"sets":[`+setOf(nil)+`],"next":1764000000}`), []byte(`{"parts":[{"prefix":""}]}`))
	f.Fuzz(func(t *testing.T, period, sets, parts []byte) {
		from, until, _, err := exchange.ReadPeriod(period)
		if err == nil && (from < 0 || until < 0) {
			t.Fatalf("from %d until %d", from, until)
		}
		told, _, err := exchange.ReadSets(sets, 0, 1<<20, "")
		if err != nil {
			return
		}
		for _, s := range told {
			_, _ = idset.Diff(idset.NewTree(nil), s.Summary, func(*idset.Question) (*idset.Answer, error) { return idset.ReadAnswer(parts) })
		}
	})
}
