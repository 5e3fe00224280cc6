// SPDX-License-Identifier: EUPL-1.2

package rule_test

import (
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

func TestATypeKeepsAccountsThroughOneFoldAndNotLonger(t *testing.T) {
	s := with(t, func(j *rule.Spec) {
		j.Admit = func(m rule.Moment) *rule.Reason {
			root := m.Parents[0].Deed.Hash()
			joined, _ := m.Account(root, func() any { return new(int) }).(*int)
			if found, ok := m.Find(root); !ok || found.State != "live" {
				t.Errorf("found %v, %t", found.State, ok)
			}
			if _, ok := m.Find("$1$110$none"); ok {
				t.Error("found what isn't there")
			}
			if *joined == 2 {
				return &rule.Reason{Code: "full"}
			}
			*joined++
			return nil
		}
	})
	m := s.mantel()
	a, b, c := s.joining(m, town), s.joining(m, village), s.joining(m, stranger)
	s.accept(c, stranger, "buyer", opening+day)
	s.accept(b, village, "buyer", opening+day)
	s.accept(a, town, "buyer", opening+day)
	for range 3 {
		s.want(c, opening+2*day, "effective")
		s.want(b, opening+2*day, "effective")
		s.want(a, opening+2*day, rule.Refused, "full")
	}
}

// extendable gives a scene in which a ruling that says extend uses an option of
// a hundred days, and one that says claimed begins in a word of its own.
func extendable(t *testing.T) *scene {
	t.Helper()
	all := specs()
	all[0].Extended = "extended"
	all[0].ExtendedEnd = func(c *deed.Content) int64 { return c.NotAfter + 100*day }
	all[0].Begins = func(c *deed.Content) rule.State {
		if strings.Contains(string(c.Body), "claimed") {
			return "claimed"
		}
		return ""
	}
	all[0].Moves = append(all[0].Moves, rule.Move{Of: rule.OfChild, Type: ruling, On: rule.InForce, Set: "extended", When: says("extend")})
	table, err := rule.NewTable(all...)
	if err != nil {
		t.Fatal(err)
	}
	s := newScene(t)
	s.table = table
	return s
}

func TestADeedGoesOnUnderItsExtension(t *testing.T) {
	s := extendable(t)
	m := s.mantel()
	end := opening + 365*day
	s.want(m, end, rule.Expired)
	s.ruling(m, "extend", end-day)
	s.want(m, end, "live")
	s.want(m, end+100*day-1, "live")
	s.want(m, end+100*day, rule.Expired, rule.ReasonEnded)
	if v := rule.Fold(s.table, s.facts, end); v.Until() != end+100*day {
		t.Errorf("holds until %d", v.Until())
	}
	s = extendable(t)
	m = s.mantel()
	s.ruling(m, "extend", end) // too late
	s.want(m, end+1, rule.Expired)
}

func TestADeedBeginsInTheWordOfItsContent(t *testing.T) {
	s := extendable(t)
	m := s.deed(deed.Draft{
		Type: mantel, NotBefore: opening + day, NotAfter: opening + 365*day, Rule: deed.Rule{Kind: deed.RuleAll}, Body: []byte(`{"is":"claimed"}`),
		Parties: []deed.Party{{PeerID: body, Role: "body"}, {PeerID: supplier, Role: "supplier"}, {PeerID: keeper, Role: deed.Secretariat}},
	})
	s.accept(m, body, "body", opening)
	s.accept(m, supplier, "supplier", opening)
	s.want(m, opening, rule.Pending)
	s.want(m, opening+day, "claimed")
	s.want(m, opening+365*day, rule.Expired)
}

func TestACheckGivesAReasonOfItsOwn(t *testing.T) {
	s := with(t, func(j *rule.Spec) {
		j.Check = func(*deed.Content) error {
			return &rule.Fault{Reason: rule.Reason{Code: "too_long", Detail: "is too long", Source: "art. 33"}}
		}
	})
	st := s.want(s.joining(s.mantel(), town), opening, rule.Void, "too_long")
	if st.Reasons[0].Source != "art. 33" || (&rule.Fault{Reason: st.Reasons[0]}).Error() != "is too long" {
		t.Errorf("got %+v", st.Reasons[0])
	}
}

func TestAnExtensionNeedsAnOverlayAndAnEnd(t *testing.T) {
	all := specs()
	all[0].Extended = "extended"
	if _, err := rule.NewTable(all...); err == nil {
		t.Error("a table with half an extension is taken")
	}
}
