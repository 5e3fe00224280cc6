// SPDX-License-Identifier: EUPL-1.2

package rule_test

import (
	"slices"
	"testing"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

func TestTheLifeOfADeedThatAllSign(t *testing.T) {
	s := newScene(t)
	m := s.mantel()
	s.want(m, opening, rule.Proposed)
	st := s.want(m, opening+1, rule.Proposed)
	if !slices.Equal(st.Awaiting, []deed.Party{{PeerID: supplier, Role: "supplier"}}) {
		t.Errorf("awaiting %v", st.Awaiting)
	}
	st = s.want(m, opening+2, "live")
	if st.CompleteAt != opening+2 || st.Since != opening+2 || len(st.Awaiting) != 0 || st.Final {
		t.Errorf("got %+v", st)
	}
	s.want(m, opening+365*day-1, "live")
	if st := s.want(m, opening+365*day, rule.Expired, rule.ReasonEnded); !st.Final {
		t.Error("expired isn't final")
	}
	if v := rule.Fold(s.table, s.facts, opening+2); v.Until() != opening+365*day || v.Now() != opening+2 {
		t.Errorf("holds until %d", v.Until())
	}
}

func TestADeedThatBeginsLaterIsPendingFirst(t *testing.T) {
	s := newScene(t)
	m := s.deed(deed.Draft{
		Type: mantel, NotBefore: opening + 10*day, NotAfter: opening + 20*day, Rule: deed.Rule{Kind: deed.RuleAll},
		Parties: []deed.Party{{PeerID: body, Role: "body"}, {PeerID: supplier, Role: "supplier"}},
	})
	s.accept(m, body, "body", opening)
	s.accept(m, supplier, "supplier", opening+day)
	s.want(m, opening+day, rule.Pending)
	s.want(m, opening+10*day-1, rule.Pending)
	s.want(m, opening+10*day, "live")
	if v := rule.Fold(s.table, s.facts, opening+day); v.Until() != opening+10*day {
		t.Errorf("holds until %d", v.Until())
	}
}

func TestWhoSignsAndWhen(t *testing.T) {
	for _, c := range []struct {
		name  string
		acts  func(s *scene, m *deed.Content)
		want  rule.State
		codes []rule.ReasonCode
	}{
		{"a reject is final", func(s *scene, m *deed.Content) {
			s.act(m, supplier, "supplier", deed.Reject, opening+1)
			s.accept(m, supplier, "supplier", opening+2)
			s.accept(m, body, "body", opening+3)
		}, rule.Rejected, []rule.ReasonCode{rule.ReasonRejected, rule.ReasonTooLate}},
		{"a revoke before all have signed is a reject", func(s *scene, m *deed.Content) {
			s.accept(m, supplier, "supplier", opening+1)
			s.act(m, supplier, "supplier", deed.Revoke, opening+2)
		}, rule.Rejected, nil},
		{"a reject after all have signed comes too late", func(s *scene, m *deed.Content) {
			s.accept(m, supplier, "supplier", opening+1)
			s.accept(m, body, "body", opening+2)
			s.act(m, supplier, "supplier", deed.Reject, opening+3)
		}, "live", []rule.ReasonCode{rule.ReasonTooLate}},
		{"either party can revoke", func(s *scene, m *deed.Content) {
			s.accept(m, supplier, "supplier", opening+1)
			s.accept(m, body, "body", opening+2)
			s.act(m, supplier, "supplier", deed.Revoke, opening+3)
			s.accept(m, supplier, "supplier", opening+4)
		}, "terminated", []rule.ReasonCode{rule.ReasonRevoked, rule.ReasonTooLate}},
		{"a stranger can't sign", func(s *scene, m *deed.Content) {
			s.accept(m, body, "body", opening+1)
			s.accept(m, stranger, "supplier", opening+2)
		}, rule.Proposed, []rule.ReasonCode{rule.ReasonNotAParty}},
		{"nor can a party in another role", func(s *scene, m *deed.Content) {
			s.accept(m, body, "body", opening+1)
			s.accept(m, body, "supplier", opening+2)
		}, rule.Proposed, []rule.ReasonCode{rule.ReasonNotAParty}},
		{"the secretariat isn't asked", func(s *scene, m *deed.Content) {
			s.act(m, keeper, deed.Secretariat, deed.Reject, opening+1)
			s.accept(m, body, "body", opening+2)
			s.accept(m, supplier, "supplier", opening+3)
		}, "live", []rule.ReasonCode{rule.ReasonNotAsked}},
		{"nor can it revoke", func(s *scene, m *deed.Content) {
			s.accept(m, body, "body", opening+2)
			s.accept(m, supplier, "supplier", opening+3)
			s.act(m, keeper, deed.Secretariat, deed.Revoke, opening+4)
		}, "live", []rule.ReasonCode{rule.ReasonNotAsked}},
		{"an accept without a receipt waits", func(s *scene, m *deed.Content) {
			s.accept(m, body, "body", opening+1)
			s.accept(m, supplier, "supplier", opening+2).Receipt = deed.Receipt{}
		}, rule.Proposed, []rule.ReasonCode{rule.ReasonNoReceipt}},
		{"a receipt of a dossier that the deed isn't in is none", func(s *scene, m *deed.Content) {
			s.accept(m, body, "body", opening+1)
			s.accept(m, supplier, "supplier", opening+2).Receipt.Dossier = s.deed(deed.Draft{
				Type: ruling, Parents: []deed.Hash{m.Hash()}, Rule: deed.Rule{Kind: deed.RuleOne}, Parties: []deed.Party{{PeerID: stranger, Role: "body"}},
			}).Hash()
		}, rule.Proposed, []rule.ReasonCode{rule.ReasonNoReceipt}},
		{"a revoke without a receipt stops a deed at once", func(s *scene, m *deed.Content) {
			s.accept(m, body, "body", opening+1)
			s.accept(m, supplier, "supplier", opening+2)
			s.act(m, body, "body", deed.Revoke, opening+3).Receipt = deed.Receipt{}
		}, "terminated", nil},
		{"a key that was revoked later is told", func(s *scene, m *deed.Content) {
			s.accept(m, body, "body", opening+1).KeyRevoked = true
			s.accept(m, supplier, "supplier", opening+2)
		}, "live", []rule.ReasonCode{rule.ReasonKeyRevoked}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			m := s.mantel()
			s.facts.Signed = nil
			c.acts(s, m)
			s.want(m, opening+10*day, c.want, c.codes...)
		})
	}
}

func TestWhoSignedAndWhenIsTold(t *testing.T) {
	s := newScene(t)
	m := s.mantel()
	s.facts.Signed = nil
	s.accept(m, body, "body", opening+1)
	s.accept(m, body, "body", opening+2) // once more changes nothing
	s.accept(m, stranger, "supplier", opening+3)
	s.accept(m, supplier, "supplier", opening+4)
	s.act(m, supplier, "supplier", deed.Revoke, opening+5)
	body, supplier := deed.Party{PeerID: body, Role: "body"}, deed.Party{PeerID: supplier, Role: "supplier"}
	all := []rule.Signature{{body, deed.Accept, opening + 1}, {supplier, deed.Accept, opening + 4}, {supplier, deed.Revoke, opening + 5}}
	if st := s.want(m, opening+3, rule.Proposed, rule.ReasonNotAParty); !slices.Equal(st.Signatures, all[:1]) {
		t.Errorf("before both signed: %v", st.Signatures)
	}
	if st := s.want(m, opening+5, "terminated", rule.ReasonRevoked, rule.ReasonNotAParty); !slices.Equal(st.Signatures, all) {
		t.Errorf("after the end: %v", st.Signatures)
	}
}

func TestADeedThatIsNotSignedInTimeLapses(t *testing.T) {
	s := newScene(t)
	m := s.mantel()
	s.facts.Signed = s.facts.Signed[:1]
	s.accept(m, supplier, "supplier", opening+365*day) // the second in which it has ended
	s.want(m, opening+365*day-1, rule.Proposed)
	s.want(m, opening+366*day, rule.Lapsed, rule.ReasonNotSigned, rule.ReasonTooLate)
}

func TestAHonouredRevokeIsMarkedUntilItsReceipt(t *testing.T) {
	s := newScene(t)
	m := s.mantel()
	r := s.act(m, body, "body", deed.Revoke, opening+3)
	receipt := r.Receipt
	r.Receipt = deed.Receipt{}
	if st := s.want(m, opening+day, "terminated"); !st.Provisional || st.Since != opening+day {
		t.Errorf("got %+v", st)
	}
	s.want(m, opening-day, rule.Proposed)
	r.Receipt = receipt
	if st := s.want(m, opening+day, "terminated"); st.Provisional || st.Since != opening+3 {
		t.Errorf("got %+v", st)
	}
}

func TestAChildNeedsItsParentAtTheMomentItIsSigned(t *testing.T) {
	for _, c := range []struct {
		name  string
		at    int64
		later func(s *scene, m *deed.Content)
		want  rule.State
		codes []rule.ReasonCode
	}{
		{"before the parent was in force", opening + 1, nil, rule.Refused, []rule.ReasonCode{rule.ReasonParentState}},
		{"while it is", opening + day, nil, "effective", nil},
		{"after it ended", opening + 365*day, nil, rule.Refused, []rule.ReasonCode{rule.ReasonParentState}},
		{"the parent ends later", opening + day, func(s *scene, m *deed.Content) {
			s.ruling(m, "exhaust", opening+2*day)
		}, "effective", nil},
		{"the parent was exhausted before", opening + day, func(s *scene, m *deed.Content) {
			s.ruling(m, "exhaust", opening+3)
		}, rule.Refused, []rule.ReasonCode{rule.ReasonParentState}},
		{"the parent was suspended", opening + day, func(s *scene, m *deed.Content) {
			s.ruling(m, "suspend", opening+3)
		}, rule.Refused, []rule.ReasonCode{rule.ReasonParentState}},
		{"the suspension was lifted", opening + day, func(s *scene, m *deed.Content) {
			s.ruling(m, "suspend", opening+3)
			s.ruling(m, "resume", opening+4)
		}, "effective", nil},
		{"the parent is revoked later, and ends the child", opening + day, func(s *scene, m *deed.Content) {
			s.act(m, body, "body", deed.Revoke, opening+2*day)
		}, "ended", []rule.ReasonCode{rule.ReasonMoved}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			m := s.mantel()
			j := s.joining(m, town)
			s.accept(j, town, "buyer", c.at)
			if c.later != nil {
				c.later(s, m)
			}
			s.want(j, opening+366*day, c.want, c.codes...)
		})
	}
}

func TestNobodyElseCanJoinForATown(t *testing.T) {
	s := newScene(t)
	m := s.mantel()
	j := s.joining(m, town)
	s.accept(j, body, "body", opening+day)
	s.want(j, opening+2*day, rule.Proposed, rule.ReasonNotAsked)
}

func TestADeedThatBreaksItsTypeIsVoid(t *testing.T) {
	s := newScene(t)
	m := s.mantel()
	elsewhere := newScene(t)
	buyer, owner := deed.Party{PeerID: town, Role: "buyer"}, deed.Party{PeerID: body, Role: "body"}
	one := deed.Rule{Kind: deed.RuleOne, Role: "buyer"}
	for _, c := range []struct {
		name  string
		draft deed.Draft
		code  rule.ReasonCode
	}{
		{"a type nobody knows", deed.Draft{Type: 899, Rule: deed.Rule{Kind: deed.RuleAll}, Parties: []deed.Party{buyer}}, rule.ReasonUnknownType},
		{"a rule of the writer's choice", deed.Draft{Type: joining, Parents: []deed.Hash{m.Hash()}, Rule: deed.Rule{Kind: deed.RuleOne, Role: "body"}, Parties: []deed.Party{buyer, owner}}, rule.ReasonForm},
		{"a role nobody knows", deed.Draft{Type: joining, Parents: []deed.Hash{m.Hash()}, Rule: one, Parties: []deed.Party{buyer, owner, {PeerID: village, Role: "friend"}}}, rule.ReasonForm},
		{"too many in a role", deed.Draft{Type: joining, Parents: []deed.Hash{m.Hash()}, Rule: one, Parties: []deed.Party{buyer, owner, {PeerID: village, Role: "buyer"}}}, rule.ReasonForm},
		{"no end", deed.Draft{Type: mantel, Rule: deed.Rule{Kind: deed.RuleAll}, Parties: []deed.Party{owner, {PeerID: supplier, Role: "supplier"}}}, rule.ReasonForm},
		{"no parent", deed.Draft{Type: joining, Rule: one, Parties: []deed.Party{buyer, owner}}, rule.ReasonParentType},
		{"a parent of another type", deed.Draft{Type: joining, Parents: []deed.Hash{s.joining(m, village).Hash()}, Rule: one, Parties: []deed.Party{buyer, owner}}, rule.ReasonParentType},
		{"a party the parent doesn't have", deed.Draft{Type: joining, Parents: []deed.Hash{m.Hash()}, Rule: one, Parties: []deed.Party{buyer, {PeerID: stranger, Role: "body"}}}, rule.ReasonParentParty},
		{"another Group", deed.Draft{Type: joining, GroupID: "another-group", Parents: []deed.Hash{m.Hash()}, Rule: one, Parties: []deed.Party{buyer, owner}}, rule.ReasonParentGroup},
		{"a body of the wrong form", deed.Draft{Type: joining, Parents: []deed.Hash{m.Hash()}, Rule: one, Parties: []deed.Party{buyer, owner}, Body: []byte(`{"price":1}`)}, rule.ReasonForm},
		{"a decision rule of the wrong form", deed.Draft{Type: proposal, Rule: deed.Rule{Kind: deed.RuleThreshold, Decision: []byte(`{}`)}, Parties: []deed.Party{{PeerID: body, Role: "initiator"}}}, rule.ReasonForm},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := s.deed(c.draft)
			for _, p := range d.Parties {
				s.accept(d, p.PeerID, p.Role, opening+day)
			}
			s.t = t
			if st := s.want(d, opening+2*day, rule.Void, c.code); !st.Final {
				t.Error("void isn't final")
			}
		})
	}
	// A parent that isn't at hand may still come.
	orphan := s.joining(elsewhere.mantel(), town)
	s.accept(orphan, town, "buyer", opening+day)
	if orphan.Parents[0] != m.Hash() {
		t.Fatal("the two scenes differ")
	}
	s.facts.Deeds = slices.DeleteFunc(s.facts.Deeds, func(c *deed.Content) bool { return c.Hash() == m.Hash() })
	if st := s.want(orphan, opening+2*day, rule.Waiting, rule.ReasonParentUnknown); st.Final {
		t.Error("waiting is final")
	}
	// So may what stands above its parent.
	grandchild := s.deed(deed.Draft{
		Type: proposal, Parents: []deed.Hash{orphan.Hash()}, Parties: []deed.Party{{PeerID: body, Role: "initiator"}},
		Rule: deed.Rule{Kind: deed.RuleThreshold, Decision: decisionRule(t)},
	})
	s.accept(grandchild, body, "initiator", opening+2*day)
	s.want(grandchild, opening+2*day, rule.Waiting, rule.ReasonParentUnknown)
	s.facts.Deeds = append(s.facts.Deeds, m)
	s.want(orphan, opening+2*day, "effective")
	s.want(grandchild, opening+2*day, rule.Open)
}

func TestChildrenAndHistoryCanBeAsked(t *testing.T) {
	s := newScene(t)
	m := s.mantel()
	j := s.joining(m, town)
	s.accept(j, town, "buyer", opening+day)
	s.ruling(m, "suspend", opening+2*day)
	v := rule.Fold(s.table, s.facts, opening+3*day)
	if len(v.Children(m.Hash())) != 2 || len(v.All()) != 3 {
		t.Errorf("children %v", v.Children(m.Hash()))
	}
	st, _ := v.Status(m.Hash())
	if len(st.History) != 2 || st.History[0].State != "live" || len(st.History[0].Overlays) != 0 || !slices.Equal(st.History[1].Overlays, []string{"suspended"}) {
		t.Errorf("history %+v", st.History)
	}
	if _, ok := v.Status(""); ok {
		t.Error("a deed that doesn't exist has a state")
	}
	if s.table.Name(mantel) != "mantel" || s.table.Name(899) != "" {
		t.Error("names of types")
	}
}

func TestMistakesInATableAreFoundAtOnce(t *testing.T) {
	for name, change := range map[string]func(*rule.Spec){
		"no name":                  func(s *rule.Spec) { s.Name = "" },
		"no type":                  func(s *rule.Spec) { s.Type = 1 },
		"the type of a stance":     func(s *rule.Spec) { s.Type = rule.TypeStance },
		"no rules":                 func(s *rule.Spec) { s.Rules = nil },
		"no roles":                 func(s *rule.Spec) { s.Roles = nil },
		"a rule for no role":       func(s *rule.Spec) { s.Rules = []rule.Shape{{Kind: deed.RuleOne, Role: "friend"}} },
		"revoked by no role":       func(s *rule.Spec) { s.RevokedBy = []deed.Role{"friend"} },
		"a parent that isn't here": func(s *rule.Spec) { s.Parents = []rule.Parent{{Type: 899}} },
		"a word for no state":      func(s *rule.Spec) { s.Words = map[rule.State]rule.State{"live": "alive"} },
		"a move on no type":        func(s *rule.Spec) { s.Moves = []rule.Move{{Type: 899, On: "x", To: "y"}} },
		"a move to nowhere":        func(s *rule.Spec) { s.Moves = []rule.Move{{Type: joining, On: "x"}} },
	} {
		all := specs()
		change(&all[0])
		if _, err := rule.NewTable(all...); err == nil {
			t.Errorf("%s: was accepted", name)
		}
	}
}
