// SPDX-License-Identifier: EUPL-1.2

package rule_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// all is a mantel that all municipalities have joined, and a decision on which
// all have stated a stance.
func all(t testing.TB) (s *scene, p *deed.Content) {
	t.Helper()
	s = newScene(t)
	m := s.mantel()
	root := s.root
	s.root = ""
	raw, err := rule.NewDecision(municipalities(), closing).Raw()
	if err != nil {
		t.Fatal(err)
	}
	p = s.deed(deed.Draft{
		Type: proposal, Rule: deed.Rule{Kind: deed.RuleThreshold, Decision: raw}, Parties: []deed.Party{{PeerID: body, Role: "initiator"}},
	})
	s.accept(p, body, "initiator", opening)
	for i := range 342 {
		s.stance(p, voter(i), agrees, opening+day+int64(i))
	}
	s.root = root
	for i := range 342 {
		buyer := fsc.PeerID(fmt.Sprintf("buyer-%03d", i))
		s.accept(s.joining(m, buyer), buyer, "buyer", opening+day+int64(i))
	}
	return s, p
}

// The design asks that one framework with 342 accessions folds within a second.
// A tenth of that for a decision as well leaves room for a busy machine.
func TestAllMunicipalitiesFoldWithinASecond(t *testing.T) {
	s, p := all(t)
	start := time.Now()
	v := rule.Fold(s.table, s.facts, closing)
	if took := time.Since(start); took > time.Second {
		t.Errorf("took %s", took)
	}
	effective := 0
	for _, st := range v.All() {
		if st.State == "effective" {
			effective++
		}
	}
	st, _ := v.Status(p.Hash())
	if effective != 342 || st.State != rule.Adopted || st.Outcome.Agree.Organisations != 342 {
		t.Errorf("%d joined, decision %s", effective, st.State)
	}
}

func BenchmarkFoldOfAllMunicipalities(b *testing.B) {
	s, _ := all(b)
	for b.Loop() {
		rule.Fold(s.table, s.facts, closing)
	}
}
