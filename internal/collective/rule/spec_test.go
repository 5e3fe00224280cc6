// SPDX-License-Identifier: EUPL-1.2

package rule_test

import (
	"errors"
	"testing"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// with gives a scene in which the type of a joining is changed.
func with(t *testing.T, change func(*rule.Spec)) *scene {
	t.Helper()
	all := specs()
	change(&all[1])
	table, err := rule.NewTable(all...)
	if err != nil {
		t.Fatal(err)
	}
	s := newScene(t)
	s.table = table
	return s
}

func TestATypeCanAskMoreAtTheMomentItIsComplete(t *testing.T) {
	// At most two may join: who comes third is told why.
	s := with(t, func(j *rule.Spec) {
		j.Admit = func(m rule.Moment) *rule.Reason {
			joined := 0
			for _, c := range m.Children(m.Parents[0].Deed.Hash(), joining) {
				if c.Life == rule.InForce {
					joined++
				}
			}
			if joined < 2 {
				return nil
			}
			return &rule.Reason{Code: "full", Detail: "two have joined", Source: "C-23/20"}
		}
	})
	m := s.mantel()
	a, b, c := s.joining(m, town), s.joining(m, village), s.joining(m, stranger)
	s.accept(c, stranger, "buyer", opening+day)
	s.accept(b, village, "buyer", opening+day)
	s.accept(a, town, "buyer", opening+day)
	s.want(c, opening+2*day, "effective")
	s.want(b, opening+2*day, "effective")
	if st := s.want(a, opening+2*day, rule.Refused, "full"); st.Reasons[0].Source != "C-23/20" || !st.Final {
		t.Errorf("got %+v", st.Reasons)
	}
}

func TestATypeCanTrustTheClockOfTheSigner(t *testing.T) {
	s := with(t, func(j *rule.Spec) { j.Clock = rule.SignerClock })
	j := s.joining(s.mantel(), town)
	s.accept(j, town, "buyer", opening+day).Receipt = deed.Receipt{}
	s.want(j, opening+day-6, rule.Proposed)
	s.want(j, opening+day-5, "effective") // signed five seconds before
}

func TestATypeSaysWhoRevokes(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*rule.Spec)
		role   deed.Role
		want   rule.State
	}{
		{"the signatory, if nothing is said", func(*rule.Spec) {}, "buyer", rule.Revoked},
		{"and nobody else", func(*rule.Spec) {}, "body", "effective"},
		{"a role that is named", func(j *rule.Spec) { j.RevokedBy = []deed.Role{"body"} }, "body", rule.Revoked},
		{"and no other role", func(j *rule.Spec) { j.RevokedBy = []deed.Role{"body"} }, "buyer", "effective"},
		{"nobody", func(j *rule.Spec) { j.Irrevocable = true }, "buyer", "effective"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := with(t, c.change)
			j := s.joining(s.mantel(), town)
			s.accept(j, town, "buyer", opening+day)
			who := town
			if c.role == "body" {
				who = body
			}
			s.act(j, who, c.role, deed.Revoke, opening+2*day)
			s.want(j, opening+3*day, c.want)
		})
	}
}

func TestOneOfSeveralIsEnough(t *testing.T) {
	s := with(t, func(j *rule.Spec) { j.Roles[0].Max = 3 })
	m := s.mantel()
	several := func() *deed.Content {
		return s.deed(deed.Draft{
			Type: joining, Parents: []deed.Hash{m.Hash()}, Rule: deed.Rule{Kind: deed.RuleOne, Role: "buyer"},
			Parties: []deed.Party{{PeerID: town, Role: "buyer"}, {PeerID: village, Role: "buyer"}, {PeerID: body, Role: "body"}},
		})
	}
	accepted, undecided, rejected := several(), several(), several()
	s.act(accepted, town, "buyer", deed.Reject, opening+day)
	s.accept(accepted, village, "buyer", opening+2*day)
	s.want(accepted, opening+3*day, "effective")

	s.act(undecided, town, "buyer", deed.Reject, opening+day)
	s.accept(undecided, town, "buyer", opening+2*day) // a reject can't be taken back
	st := s.want(undecided, opening+3*day, rule.Proposed, rule.ReasonTooLate)
	if len(st.Awaiting) != 1 || st.Awaiting[0].PeerID != village {
		t.Errorf("awaiting %v", st.Awaiting)
	}

	s.act(rejected, town, "buyer", deed.Reject, opening+day)
	s.act(rejected, village, "buyer", deed.Revoke, opening+2*day)
	s.want(rejected, opening+3*day, rule.Rejected)
}

func TestADeedThatHasMovedKeepsItsStateWhenItBegins(t *testing.T) {
	s := with(t, func(j *rule.Spec) {
		j.Moves = []rule.Move{{Of: rule.OfParent, Type: mantel, On: "exhausted", From: []rule.State{rule.Pending}, To: "late"}}
	})
	m := s.mantel()
	j := s.deed(deed.Draft{
		Type: joining, NotBefore: opening + 10*day, NotAfter: opening + 20*day, Parents: []deed.Hash{m.Hash()},
		Rule: deed.Rule{Kind: deed.RuleOne, Role: "buyer"}, Parties: []deed.Party{{PeerID: town, Role: "buyer"}, {PeerID: body, Role: "body"}},
	})
	s.accept(j, town, "buyer", opening+day)
	s.ruling(m, "exhaust", opening+2*day)
	s.want(j, opening+day, rule.Pending)
	s.want(j, opening+10*day, "late")
	s.want(j, opening+20*day, rule.Expired)
}

func TestWhatATypeCannotReadIsVoid(t *testing.T) {
	for name, change := range map[string]func(*rule.Spec){
		"its check": func(j *rule.Spec) { j.Check = func(*deed.Content) error { return errors.New("names no lot") } },
		"its end":   func(j *rule.Spec) { j.MustEnd = true },
		"its sum":   func(j *rule.Spec) { j.Amount = func(*deed.Content) (int64, error) { return 0, errors.New("no sum") } },
	} {
		t.Run(name, func(t *testing.T) {
			s := with(t, change)
			j := s.joining(s.mantel(), town)
			s.accept(j, town, "buyer", opening+day)
			s.want(j, opening+2*day, rule.Void, rule.ReasonForm)
		})
	}
	s := newScene(t)
	raw := decisionRule(t)
	late := s.deed(deed.Draft{
		Type: proposal, NotAfter: closing, Rule: deed.Rule{Kind: deed.RuleThreshold, Decision: raw}, Parties: []deed.Party{{PeerID: body, Role: "initiator"}},
	})
	s.want(late, opening, rule.Void, rule.ReasonForm) // would end as it closes
}
