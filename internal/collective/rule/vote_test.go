// SPDX-License-Identifier: EUPL-1.2

package rule_test

import (
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

const closing = opening + 10*day

// decisionRule has four voters of equal weight.
func decisionRule(t testing.TB) []byte {
	t.Helper()
	raw, err := rule.NewDecision(electorate(10, 10, 10, 10), closing).Raw()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// proposal is opened on the first day.
func (s *scene) proposal() *deed.Content {
	s.t.Helper()
	c := s.deed(deed.Draft{
		Type: proposal, Rule: deed.Rule{Kind: deed.RuleThreshold, Decision: decisionRule(s.t)},
		Parties: []deed.Party{{PeerID: body, Role: "initiator"}, {PeerID: keeper, Role: deed.Secretariat}},
	})
	s.accept(c, body, "initiator", opening+1)
	return c
}

func (s *scene) stance(p *deed.Content, who fsc.PeerID, text string, at int64) *deed.Content {
	s.t.Helper()
	c := s.deed(deed.Draft{
		Type: rule.TypeStance, Parents: []deed.Hash{p.Hash()}, Rule: deed.Rule{Kind: deed.RuleOne},
		Parties: []deed.Party{{PeerID: who, Role: rule.RoleVoter}}, Body: []byte(text),
	})
	s.accept(c, who, rule.RoleVoter, at)
	return c
}

const (
	agrees  = `{"stance":"agree"}`
	objects = `{"stance":"object","reason":"too dear","proposal":"lots"}`
)

func TestADecisionIsTakenWhenItCloses(t *testing.T) {
	s := newScene(t)
	p := s.proposal()
	s.want(p, opening, rule.Proposed)
	s.want(p, opening+1, rule.Open)
	s.stance(p, voter(0), agrees, opening+day)
	s.stance(p, voter(1), agrees, opening+day)
	s.stance(p, voter(2), objects, opening+day)
	s.want(p, closing-1, rule.Open)
	st := s.want(p, closing, rule.Adopted)
	if st.Outcome == nil || st.Outcome.Agree.Organisations != 2 || st.Outcome.Stated.Inhabitants != 30 || st.Since != closing || st.Final {
		t.Errorf("got %+v", st.Outcome)
	}
	if v := rule.Fold(s.table, s.facts, opening+day); v.Until() != closing {
		t.Errorf("holds until %d", v.Until())
	}
}

func TestTheLastStanceBeforeClosingCounts(t *testing.T) {
	for _, c := range []struct {
		name string
		acts func(s *scene, p *deed.Content)
		want rule.State
	}{
		{"changed to agree", func(s *scene, p *deed.Content) {
			s.stance(p, voter(0), objects, opening+day)
			s.stance(p, voter(0), agrees, opening+2*day)
		}, rule.Adopted},
		{"changed to object", func(s *scene, p *deed.Content) {
			s.stance(p, voter(0), agrees, opening+day)
			s.stance(p, voter(0), objects, opening+2*day)
		}, rule.Rejected},
		{"changed in the same second: the feed decides", func(s *scene, p *deed.Content) {
			s.stance(p, voter(0), objects, opening+day)
			s.stance(p, voter(0), agrees, opening+day)
		}, rule.Adopted},
		{"changed in the last second", func(s *scene, p *deed.Content) {
			s.stance(p, voter(0), objects, opening+day)
			s.stance(p, voter(0), agrees, closing-1)
		}, rule.Adopted},
		{"changed in the second of closing, too late", func(s *scene, p *deed.Content) {
			s.stance(p, voter(0), agrees, opening+day)
			s.stance(p, voter(0), objects, closing)
		}, rule.Adopted},
		{"signed before and received after, too late", func(s *scene, p *deed.Content) {
			s.stance(p, voter(0), agrees, opening+day)
			s.stance(p, voter(0), objects, closing+3)
		}, rule.Adopted},
		{"not received at all", func(s *scene, p *deed.Content) {
			s.stance(p, voter(0), agrees, opening+day)
			s.facts.Signed[len(s.facts.Signed)-1].Receipt = deed.Receipt{}
		}, rule.Lapsed},
		{"taken back", func(s *scene, p *deed.Content) {
			c := s.stance(p, voter(0), agrees, opening+day)
			s.act(c, voter(0), rule.RoleVoter, deed.Revoke, opening+2*day)
		}, rule.Lapsed},
		{"taken back after closing, too late", func(s *scene, p *deed.Content) {
			c := s.stance(p, voter(0), agrees, opening+day)
			s.act(c, voter(0), rule.RoleVoter, deed.Revoke, closing)
		}, rule.Adopted},
		{"of somebody outside the electorate", func(s *scene, p *deed.Content) {
			s.stance(p, stranger, agrees, opening+day)
		}, rule.Lapsed},
		{"before the decision was opened", func(s *scene, p *deed.Content) {
			s.stance(p, voter(0), agrees, opening)
		}, rule.Lapsed},
		{"signed by another", func(s *scene, p *deed.Content) {
			s.stance(p, voter(0), agrees, opening+day)
			s.facts.Signed[len(s.facts.Signed)-1].Signer = voter(1)
		}, rule.Lapsed},
		{"of a form nobody knows", func(s *scene, p *deed.Content) {
			s.stance(p, voter(0), `{"stance":"maybe"}`, opening+day)
		}, rule.Lapsed},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			p := s.proposal()
			c.acts(s, p)
			s.want(p, closing+day, c.want)
		})
	}
}

func TestAStanceTellsWhyItDidNotCount(t *testing.T) {
	s := newScene(t)
	p := s.proposal()
	s.want(s.stance(p, stranger, agrees, opening+day), closing, rule.Refused, rule.ReasonNotAVoter)
	s.want(s.stance(p, voter(0), agrees, closing), closing, rule.Refused, rule.ReasonParentState)
	s = newScene(t)
	m := s.mantel() // no decision
	s.want(s.stance(m, voter(0), agrees, closing), closing, rule.Refused, rule.ReasonParentState)
}

func TestADecisionThatIsOpenedTooLateLapses(t *testing.T) {
	s := newScene(t)
	p := s.proposal()
	s.facts.Signed[0].Receipt.At = closing
	s.want(p, closing, rule.Lapsed, rule.ReasonClosed)
}

func TestADecisionThatWasTakenCanBeRevoked(t *testing.T) {
	s := newScene(t)
	p := s.proposal()
	s.stance(p, voter(0), agrees, opening+day)
	s.act(p, body, "initiator", deed.Revoke, closing+day)
	s.want(p, closing, rule.Adopted)
	s.want(p, closing+day, rule.Revoked)
}
