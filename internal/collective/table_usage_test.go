// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/txlog/idset"
)

// month is a call-off that is live from 2 March 2026, in April.
type month struct {
	*scene
	f, o *deed.Content
	now  int64
}

func newMonth(t *testing.T) *month {
	t.Helper()
	s := newScene(t)
	f := s.framework()
	begin := on(t, 2026, 3, 2, 9)
	in := s.join(f, town, begin-hour, reserve(900, 0))
	o := s.accept(s.callOff(f, in, 700), begin)
	s.allocate(f, begin)
	return &month{s, f, o, on(t, 2026, 4, 2, 9)}
}

func calls(n int) usage.Summary {
	var ids []usage.ID
	for i := range n {
		ids = append(ids, usage.ID{15: byte(i + 1)})
	}
	return idset.NewTree(ids).Summary()
}

func (m *month) statementOf(p fsc.PeerID, role deed.Role, about time.Month, said usage.Summary) *deed.Content {
	m.t.Helper()
	return m.deed(deed.Draft{
		Type: usage.TypeStatement, Parents: []deed.Hash{m.o.Hash()}, Rule: deed.Rule{Kind: deed.RuleOne}, IssuedAt: m.now,
		Parties: []deed.Party{{PeerID: p, Role: role}},
	}, usage.Statement{Month: usage.Month{Year: 2026, Month: about}, Count: said.Count, Root: said.Root})
}

func (m *month) bought(about time.Month, n int) *deed.Content {
	return m.statementOf(town, buyerRole, about, calls(n))
}

func (m *month) sold(about time.Month, n int) *deed.Content {
	return m.statementOf(supplier, supplierRole, about, calls(n))
}

func (m *month) settlement(count int64, statements ...*deed.Content) *deed.Content {
	m.t.Helper()
	d := deed.Draft{
		Type: usage.TypeSettlement, Parents: []deed.Hash{m.o.Hash()}, Rule: deed.Rule{Kind: deed.RuleAll}, IssuedAt: m.now,
		Parties: []deed.Party{{PeerID: town, Role: buyerRole}, {PeerID: supplier, Role: supplierRole}},
	}
	for _, s := range statements {
		d.Parents = append(d.Parents, s.Hash())
	}
	return m.deed(d, usage.Settlement{Month: usage.Month{Year: 2026, Month: 3}, Count: count, Reason: "Een Inway heeft een dag geen record bewaard."})
}

func TestEqualStatementsAgreeInWhateverOrderTheyCome(t *testing.T) {
	for _, first := range []int{0, 1} {
		m := newMonth(t)
		both := []*deed.Content{m.bought(3, 4), m.sold(3, 4)}
		m.accept(both[first], m.now)
		m.want(both[first], m.now, "issued")
		m.want(both[1-first], m.now, rule.Proposed)
		m.accept(both[1-first], m.now+90*24*hour) // late
		for _, s := range both {
			m.want(s, m.now+91*24*hour, "agreed", rule.ReasonMoved)
		}
	}
}

func TestStatementsThatDifferAreDisputedUntilBothSettle(t *testing.T) {
	m := newMonth(t)
	a, b := m.accept(m.bought(3, 4), m.now), m.accept(m.sold(3, 5), m.now)
	m.want(a, m.now, "disputed")
	m.want(b, m.now, "disputed")
	s := m.settlement(5, b, a)
	m.sign(s, town, buyerRole, deed.Accept, m.now+1)
	m.want(a, m.now+1, "disputed")
	again := m.settlement(4, a, b)
	m.accept(again, m.now+2)
	for _, c := range []*deed.Content{a, b, again} {
		m.want(c, m.now+2, "settled")
	}
	m.sign(s, supplier, supplierRole, deed.Accept, m.now+3)
	m.want(s, m.now+3, rule.Refused, rule.ReasonParentState)
}

func TestAMonthThatIsAgreedIsNotSettledOtherwise(t *testing.T) {
	m := newMonth(t)
	a, b := m.accept(m.bought(3, 4), m.now), m.accept(m.sold(3, 4), m.now)
	m.want(m.accept(m.settlement(2, a, b), m.now), m.now, rule.Refused, rule.ReasonParentState)
	m.want(a, m.now, "agreed")
}

func TestASideStatesAMonthOnce(t *testing.T) {
	m := newMonth(t)
	m.accept(m.bought(3, 4), m.now)
	again := m.accept(m.bought(3, 5), m.now+1)
	m.want(again, m.now+1, rule.Refused, collective.CodeStated)
	other := m.accept(m.sold(3, 5), m.now+2)
	m.want(other, m.now+2, "disputed") // with the one that stands
	m.sign(other, supplier, supplierRole, deed.Revoke, m.now+3)
	m.want(other, m.now+3, "disputed", rule.ReasonNotAsked)
}

func TestAStatementIsAboutAMonthOfTheCallOffThatIsOver(t *testing.T) {
	for name, c := range map[string]struct {
		about time.Month
		at    func(m *month) int64
		want  rule.ReasonCode
	}{
		"before the call-off": {2, func(m *month) int64 { return m.now }, rule.ReasonCode(usage.ReasonMonth)},
		"not over":            {4, func(m *month) int64 { return m.now }, rule.ReasonCode(usage.ReasonMonth)},
		"dated ahead":         {3, func(m *month) int64 { return on(m.t, 2026, 3, 31, 23) }, "term"},
	} {
		m := newMonth(t)
		s := m.bought(c.about, 4)
		m.sign(s, town, buyerRole, deed.Accept, c.at(m)) // the secretariat's clock
		t.Run(name, func(t *testing.T) { m.want(s, m.now, rule.Refused, c.want) })
	}
}

func TestMonthsDontMeetEachOther(t *testing.T) {
	m := newMonth(t)
	a := m.accept(m.bought(3, 4), m.now)
	m.now = on(t, 2026, 5, 2, 9)
	m.want(m.accept(m.sold(4, 9), m.now), m.now, "issued")
	m.want(a, m.now, "issued")
}

func TestACallOffThatEndedIsStatedForTheMonthsItLived(t *testing.T) {
	m := newMonth(t)
	m.sign(m.o, town, buyerRole, deed.Revoke, on(t, 2026, 4, 1, 0))
	m.want(m.accept(m.bought(3, 4), m.now), m.now, "issued")
	m.now = on(t, 2026, 5, 2, 9)
	m.want(m.accept(m.bought(4, 4), m.now), m.now, rule.Refused, "term")
}

func TestTheLastMonthIsStatedOnceTheCallOffHasEnded(t *testing.T) {
	m := newMonth(t)
	end := on(t, 2026, 3, 20, 9)
	m.now = end - 1
	early := m.accept(m.bought(3, 4), m.now)
	m.want(early, m.now, rule.Refused, rule.ReasonCode(usage.ReasonMonth))
	m.sign(m.o, town, buyerRole, deed.Revoke, end)
	m.want(early, end+hour, rule.Refused, rule.ReasonCode(usage.ReasonMonth)) // the end doesn't make it true
	m.now = end
	a, b := m.accept(m.bought(3, 4), end), m.accept(m.sold(3, 4), end+1)
	m.want(a, end+1, "agreed", rule.ReasonMoved)
	m.want(b, end+1, "agreed", rule.ReasonMoved)
	m.now = on(t, 2026, 4, 2, 9) // nor can the month be stated anew when it is over
	m.want(m.accept(m.bought(3, 5), m.now), m.now, rule.Refused, collective.CodeStated)
}

func TestOnlyThePartiesOfTheCallOffState(t *testing.T) {
	m := newMonth(t)
	m.want(m.statementOf(village, buyerRole, 3, calls(4)), m.now, rule.Void, rule.ReasonParentParty)
	m.want(m.statementOf(second, supplierRole, 3, calls(4)), m.now, rule.Void, rule.ReasonParentParty)
	m.want(m.statementOf(town, supplierRole, 3, calls(4)), m.now, rule.Void, rule.ReasonParentParty)
	s := m.bought(3, 4)
	m.sign(s, supplier, buyerRole, deed.Accept, m.now)
	m.want(s, m.now, rule.Proposed, rule.ReasonNotAParty)
}

func TestACallOffWithoutUnitsHasNoUsage(t *testing.T) {
	s := newScene(t)
	f := s.framework()
	begin := on(t, 2026, 3, 2, 9)
	o := s.accept(s.callOff(f, s.join(f, town, begin-hour, reserve(900, 0)), 700), begin)
	m := &month{s, f, o, on(t, 2026, 4, 2, 9)}
	m.want(m.accept(m.bought(3, 4), m.now), m.now, rule.Refused, "no_allocation")
}

func TestUsageDoesntDependOnTheOrderOfWhatIsAtHand(t *testing.T) {
	m := newMonth(t)
	a, b := m.accept(m.bought(3, 4), m.now), m.accept(m.sold(3, 5), m.now)
	s := m.accept(m.settlement(4, a, b), m.now+1)
	slices.Reverse(m.facts.Deeds)
	slices.Reverse(m.facts.Signed)
	for _, c := range []*deed.Content{a, b, s} {
		m.want(c, m.now+1, "settled")
	}
}

func (m *month) saved(quantity int64) *deed.Content {
	m.t.Helper()
	source := deed.Annex{Hash: deed.AnnexHash([]byte("contract 2025")), Name: "contract-2025.pdf", MediaType: "application/pdf", Size: 13, Owner: town}
	return m.accept(m.deed(deed.Draft{
		Type: usage.TypeSaving, Parents: []deed.Hash{m.o.Hash()}, Rule: deed.Rule{Kind: deed.RuleOne},
		Parties: []deed.Party{{PeerID: town, Role: buyerRole}}, Annexes: []deed.Annex{source},
	}, usage.SavingStatement{Quantity: quantity, Price: 100, Baseline: usage.Baseline{Price: 150, Source: source.Hash, Note: "Contract 2025"}}), m.now)
}

func TestABuyerStatesTheSavingOfACallOffOnceAtATime(t *testing.T) {
	m := newMonth(t)
	m.want(m.saved(701), m.now, rule.Refused, "amount")
	s := m.saved(700)
	m.want(s, m.now, "issued")
	m.now++
	m.want(m.saved(600), m.now, rule.Refused, collective.CodeStated)
	m.sign(s, town, buyerRole, deed.Revoke, m.now)
	m.want(s, m.now, "withdrawn")
	m.want(m.saved(600), m.now, "issued")
}
