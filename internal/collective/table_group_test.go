// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// group founds a group at a moment.
func (s *scene) group(kind register.GroupKind, at int64, invited ...fsc.PeerID) *deed.Content {
	return s.accept(s.deed(deed.Draft{
		Type: dossier.TypeGroup, Rule: deed.Rule{Kind: deed.RuleOne, Role: dossier.RoleInitiator},
		Parties: []deed.Party{{PeerID: voorneAanZee, Role: dossier.RoleInitiator}, {PeerID: office, Role: deed.Secretariat}},
	}, dossier.Group{Name: "Groep", Kind: string(kind), Invited: invited}), at)
}

// take makes the statement of a member.
func (s *scene) take(g *deed.Content, member fsc.PeerID, class register.MemberClass, at int64, more ...*deed.Content) *deed.Content {
	d := deed.Draft{
		Type: dossier.TypeMembership, Rule: deed.Rule{Kind: deed.RuleOne}, Parents: []deed.Hash{g.Hash()},
		Parties: []deed.Party{{PeerID: member, Role: dossier.RoleMember}},
	}
	for _, p := range more {
		d.Parents = append(d.Parents, p.Hash())
	}
	return s.accept(s.deed(d, dossier.Membership{Class: string(class)}), at)
}

func TestMembershipIsTheMembersOwnStatementAndCountsOnce(t *testing.T) {
	s := newScene(t)
	now := on(t, 2026, 2, 1, 9)
	g := s.group(register.GroupAssociation, now)
	s.want(g, now, "forming")
	sells, pretends := s.organization(supplier, "supplier", now), s.organization(second, "supplier", now)
	public := s.organization(town, "municipality", now)

	s.want(s.take(g, amsterdam, register.ClassObserver, now+1), now+1, "member")
	s.want(g, now+1, "forming")
	in := s.take(g, voorneAanZee, register.ClassVoting, now+2)
	s.want(in, now+2, "member")
	s.want(g, now+2, "active")
	s.want(s.take(g, voorneAanZee, register.ClassGuest, now+3), now+3, rule.Refused, collective.CodeMember)
	s.want(s.take(g, supplier, register.ClassSupplier, now+4), now+4, "member")
	s.want(s.take(g, second, register.ClassVoting, now+5, pretends), now+5, rule.Refused, collective.CodeClass)
	s.want(s.take(g, second, register.ClassGuest, now+6, pretends), now+6, "member")
	s.want(s.take(g, town, register.ClassVoting, now+7), now+7, rule.Refused, collective.CodeNotABuyer)
	s.want(s.take(g, town, register.ClassVoting, now+8, sells), now+8, rule.Void, rule.ReasonParentParty)
	s.want(s.take(g, town, register.ClassVoting, now+9, public), now+9, "member")
	s.want(s.take(g, village, "koning", now+10), now+10, rule.Refused, collective.CodeClass)

	// Who left may come back, as something else as well.
	s.sign(in, voorneAanZee, dossier.RoleMember, deed.Revoke, now+11)
	s.want(in, now+11, "left")
	again := s.take(g, voorneAanZee, register.ClassGuest, now+12)
	s.want(again, now+12, "member")
	s.sign(g, voorneAanZee, dossier.RoleInitiator, deed.Revoke, now+13)
	s.want(g, now+13, "dissolved")
	s.want(again, now+13, "left", rule.ReasonMoved)

	closed := s.group(register.GroupRegion, now, amsterdam)
	s.want(s.take(closed, voorneAanZee, register.ClassVoting, now+1), now+1, rule.Refused, collective.CodeInvited)
	s.want(s.take(closed, supplier, register.ClassSupplier, now+2), now+2, rule.Refused, collective.CodeClass)
	s.want(s.group("vriendenclub", now), now, rule.Void, rule.ReasonForm)
}

// decide opens a decision in a group.
func (s *scene) decide(g *deed.Content, by fsc.PeerID, at int64, electorate ...fsc.PeerID) *deed.Content {
	s.t.Helper()
	var voters []rule.Voter
	for i, p := range electorate {
		voters = append(voters, rule.Voter{PeerID: p, Inhabitants: int64(1000 * (i + 1))})
	}
	raw, err := rule.NewDecision(voters, at+24*hour).Raw()
	if err != nil {
		s.t.Fatal(err)
	}
	return s.accept(s.deed(deed.Draft{
		Type: dossier.TypeDecision, Rule: deed.Rule{Kind: deed.RuleThreshold, Decision: raw}, Parents: []deed.Hash{g.Hash()},
		Parties: []deed.Party{{PeerID: by, Role: dossier.RoleInitiator}},
	}, dossier.Decision{Title: "Kern van eisen", Text: "Wij nemen de kern over."}), at)
}

func (s *scene) state(d *deed.Content, by fsc.PeerID, body string, at int64) *deed.Content {
	return s.accept(s.deed(deed.Draft{
		Type: rule.TypeStance, Rule: deed.Rule{Kind: deed.RuleOne}, Parents: []deed.Hash{d.Hash()},
		Parties: []deed.Party{{PeerID: by, Role: rule.RoleVoter}}, Body: []byte(body),
	}, nil), at)
}

func TestADecisionInAGroupIsOfAllItsVotingMembersAndNobodyElse(t *testing.T) {
	s := newScene(t)
	now := on(t, 2026, 2, 1, 9)
	g := s.group(register.GroupProgramme, now)
	s.take(g, voorneAanZee, register.ClassVoting, now)
	s.take(g, amsterdam, register.ClassVoting, now)
	s.take(g, supplier, register.ClassSupplier, now)
	s.want(s.decide(g, voorneAanZee, now+1, voorneAanZee), now+1, rule.Refused, collective.CodeElectorate)
	s.want(s.decide(g, voorneAanZee, now+2, voorneAanZee, amsterdam, supplier), now+2, rule.Refused, collective.CodeElectorate)
	s.want(s.decide(g, supplier, now+3, voorneAanZee, amsterdam), now+3, rule.Refused, collective.CodeInitiator)
	d := s.decide(g, voorneAanZee, now+4, voorneAanZee, amsterdam)
	s.want(d, now+4, rule.Open)
	s.state(d, voorneAanZee, `{"stance":"agree"}`, now+5)
	s.state(d, amsterdam, `{"stance":"not_now","code":"running_contract"}`, now+6)
	s.want(s.state(d, supplier, `{"stance":"object","reason":"Nee.","proposal":"Ja."}`, now+7), now+7, rule.Refused, rule.ReasonNotAVoter)
	// One of two agrees, with a third of the inhabitants: neither bar is reached.
	s.want(d, now+4+24*hour, rule.Rejected, rule.ReasonThresholdOrganisations, rule.ReasonThresholdInhabitants)

	d = s.decide(g, amsterdam, now+20, voorneAanZee, amsterdam)
	s.state(d, voorneAanZee, `{"stance":"agree"}`, now+21)
	s.state(d, amsterdam, `{"stance":"agree"}`, now+22)
	s.want(d, now+20+24*hour, rule.Adopted)
}

// A body of several municipalities has no vote beside them.
func TestABodyDoesNotVoteBesideItsParticipants(t *testing.T) {
	s := newScene(t)
	now := on(t, 2026, 2, 1, 9)
	var body, participant fsc.PeerID
	for _, a := range s.reg.Arrangements() {
		for _, p := range a.Members {
			if m, ok := s.reg.Municipality(p.Code); ok && a.BodyOIN != "" && body == "" {
				body, participant = fsc.PeerID(a.BodyOIN), fsc.PeerID(m.OIN)
			}
		}
	}
	g := s.group(register.GroupProgramme, now)
	s.take(g, body, register.ClassVoting, now, s.organization(body, "body", now))
	s.want(s.decide(g, body, now+1, body), now+1, rule.Open)
	s.take(g, participant, register.ClassVoting, now+2)
	s.want(s.decide(g, participant, now+3, body, participant), now+3, rule.Refused, collective.CodeElectorate)
	s.want(s.decide(g, participant, now+4, participant), now+4, rule.Open)
}

func TestAProcessOfTheBoardIsTakenUpByItsSteward(t *testing.T) {
	s := newScene(t)
	now := on(t, 2026, 2, 1, 9)
	f := s.framework()
	code := s.reg.Processes()[0].Code
	take := func(code string, by fsc.PeerID, at int64, parents ...deed.Hash) *deed.Content {
		return s.accept(s.deed(deed.Draft{
			Type: dossier.TypeProcess, Rule: deed.Rule{Kind: deed.RuleOne, Role: dossier.RoleSteward}, Parents: parents,
			Parties: []deed.Party{{PeerID: by, Role: dossier.RoleSteward}, {PeerID: office, Role: deed.Secretariat}},
		}, dossier.Process{Code: code, Name: "Verhuizing doorgeven"}), at)
	}
	first := take(code, amsterdam, now, f.Hash())
	s.want(first, now, "active")
	s.want(take("P99", amsterdam, now), now, rule.Void, rule.ReasonForm)
	s.want(take(code, town, now+1, first.Hash()), now+1, rule.Void, rule.ReasonParentParty)
	newer := take(code, amsterdam, now+2, first.Hash())
	s.want(newer, now+2, "active")
	s.want(first, now+2, "superseded")
	s.sign(newer, amsterdam, dossier.RoleSteward, deed.Revoke, now+3)
	s.want(newer, now+3, "withdrawn")
}

// The association of large municipalities follows from a rule over the register;
// who is in it follows from the members themselves (design, rows 11 and 29).
func TestThirtyTwoMunicipalitiesAreProposedAndEachConfirmsItself(t *testing.T) {
	s := newScene(t)
	now := on(t, 2026, 2, 1, 9)
	proposed, err := s.reg.ProposeSize(100_000)
	if err != nil || len(proposed.Candidates) != 32 {
		t.Fatalf("%d candidates, %v", len(proposed.Candidates), err)
	}
	var invited []fsc.PeerID
	for _, code := range proposed.Candidates {
		m, _ := s.reg.Municipality(code)
		invited = append(invited, fsc.PeerID(m.OIN))
	}
	g := s.group(proposed.Kind, now, invited...)
	s.want(g, now, "forming") // nobody is a member by the proposal
	s.want(s.decide(g, invited[0], now, invited[0]), now, rule.Refused, collective.CodeInitiator)
	for _, p := range invited {
		s.want(s.take(g, p, register.ClassVoting, now+1), now+1, "member")
	}
	s.want(s.take(g, voorneAanZee, register.ClassVoting, now+2), now+2, rule.Refused, collective.CodeInvited)
	s.want(s.take(g, voorneAanZee, register.ClassObserver, now+3), now+3, "member")
	s.want(s.decide(g, invited[0], now+4, invited...), now+4, rule.Open)
}
