// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// decision is the row of decisions. One in a group is taken by all its voting
// members, as they are when it opens; one outside a group by whom it names.
// Nothing follows from a decision for who didn't sign something itself.
func (k *rules) decision() rule.Spec {
	return rule.Spec{
		Type: dossier.TypeDecision, Name: "decision", Mandates: rule.MandateOwn,
		Roles: []rule.RoleCount{once(dossier.RoleInitiator), {Role: deed.Secretariat, Max: 1}},
		Rules: []rule.Shape{{Kind: deed.RuleThreshold}},
		Parents: []rule.Parent{
			{Type: dossier.TypeGroup, Max: 1, States: []rule.State{stateForming, stateActive}},
			{Type: rule.AnyType},
		},
		Check: func(c *deed.Content) error {
			_, err := dossier.ReadDecision(c)
			return check(err)
		},
		Admit: k.admitDecision,
	}
}

func (k *rules) admitDecision(m rule.Moment) *rule.Reason {
	g, ok := parent(m, dossier.TypeGroup)
	if !ok {
		return nil
	}
	d, err := rule.ParseDecision(m.Deed.Rule.Decision)
	if err != nil {
		return reasonOf(err)
	}
	voters := k.voters(m, g.Deed.Hash())
	if p := m.Deed.PeersInRole(dossier.RoleInitiator)[0]; !slices.Contains(voters, p) {
		return because(CodeInitiator, p, sourceTypes, "isn't a voting member of the group, so another has to propose this")
	}
	for _, p := range voters {
		if !d.Votes(p) {
			return because(CodeElectorate, p, sourceTypes, "is a voting member and stands not in the electorate")
		}
	}
	if i := slices.IndexFunc(d.Electorate, func(v rule.Voter) bool { return !slices.Contains(voters, v.PeerID) }); i >= 0 {
		return because(CodeElectorate, d.Electorate[i].PeerID, sourceTypes, "stands in the electorate and is no voting member of the group, or votes through its participants")
	}
	return nil
}

// process is the row of processes of the board that somebody takes up.
func (k *rules) process() rule.Spec {
	return rule.Spec{
		Type: dossier.TypeProcess, Name: "process", Mandates: rule.MandateOwn,
		Roles: []rule.RoleCount{once(dossier.RoleSteward), {Role: deed.Secretariat, Max: 1}},
		Rules: one(dossier.RoleSteward),
		Parents: []rule.Parent{
			{Type: dossier.TypeFramework, States: []rule.State{rule.Pending, stateLive, stateAsserted, stateExhausted}},
			{Type: dossier.TypeGroup, Max: 1, States: []rule.State{stateForming, stateActive}},
			{Type: dossier.TypeProcess, Max: 1, Ties: []rule.Tie{{Child: dossier.RoleSteward, Parent: dossier.RoleSteward}}},
		},
		Check: func(c *deed.Content) error {
			p, err := dossier.ReadProcess(c)
			if err == nil {
				if _, ok := k.register.Process(p.Code); !ok {
					err = &dossier.Refusal{Reason: dossier.ReasonMalformed, Field: "code", Detail: "isn't that of a process on the board"}
				}
			}
			return check(err)
		},
		Words: map[rule.State]rule.State{rule.InForce: stateActive, rule.Revoked: stateWithdrawn},
		Final: []rule.State{stateSuperseded},
		Moves: []rule.Move{{
			Of: rule.OfChild, Type: dossier.TypeProcess, On: stateActive, From: []rule.State{stateActive}, To: stateSuperseded,
		}},
	}
}

// organization is the row of organisations: what each says of itself, and who
// took over from it.
func (k *rules) organization() rule.Spec {
	from := func(same bool, to rule.State) rule.Move {
		return rule.Move{
			Of: rule.OfChild, Type: dossier.TypeOrganization, On: stateActive, From: []rule.State{stateActive}, To: to,
			When: func(self, other rule.Snapshot) bool {
				return (dossier.Self(self.Deed) == dossier.Self(other.Deed)) == same
			},
		}
	}
	return rule.Spec{
		Type: dossier.TypeOrganization, Name: "organization",
		Roles: []rule.RoleCount{once(dossier.RoleOrganization), {Role: dossier.RoleRegistrar, Max: 1}, {Role: deed.Secretariat, Max: 1}},
		Rules: []rule.Shape{{Kind: deed.RuleOne}, {Kind: deed.RuleOne, Role: dossier.RoleOrganization}, {Kind: deed.RuleAll}},
		Parents: []rule.Parent{{
			Type: dossier.TypeOrganization, States: []rule.State{stateActive},
		}},
		Check: func(c *deed.Content) error {
			o, err := dossier.ReadOrganization(c)
			if err == nil && !knownKind(o.Kind) {
				err = &dossier.Refusal{Reason: dossier.ReasonMalformed, Field: "kind", Detail: "isn't a kind of organisation"}
			}
			return check(err)
		},
		Admit: admitOrganization,
		Words: map[rule.State]rule.State{rule.InForce: stateActive, rule.Revoked: stateEnded, rule.Expired: stateEnded},
		Final: []rule.State{stateReplaced},
		Moves: []rule.Move{from(true, stateReplaced), from(false, stateEnded)},
	}
}

// admitOrganization asks for the statement of each predecessor, and that the
// registrar is who keeps it: nobody else can declare an organisation ended.
func admitOrganization(m rule.Moment) *rule.Reason {
	o, err := dossier.ReadOrganization(m.Deed)
	if err != nil {
		return reasonOf(err)
	}
	self, wanted := dossier.Self(m.Deed), slices.Clone(o.Predecessors)
	for _, p := range m.Parents {
		of := dossier.Self(p.Deed)
		if of == self {
			continue
		}
		at := slices.Index(wanted, of)
		if at < 0 {
			return because(CodePredecessor, of, sourceMerger, "isn't named as a predecessor, or twice has a statement here")
		}
		wanted = slices.Delete(wanted, at, at+1)
		if keeper := keeperOf(m, p); keeper == "" || !m.Deed.HasParty(keeper, dossier.RoleRegistrar) {
			return because(CodeRegistrar, keeper, sourceMerger, "keeps the statement of the predecessor, and has to sign as the registrar")
		}
	}
	if len(wanted) > 0 {
		return because(CodePredecessor, wanted[0], sourceMerger, "is named as a predecessor, and its statement isn't a parent of the deed")
	}
	return nil
}

// keeperOf finds who keeps the dossier that an organisation's statement stands in.
func keeperOf(m rule.Moment, s rule.Snapshot) fsc.PeerID {
	for {
		if p, ok := s.Deed.Keeper(); ok {
			return p
		}
		if len(s.Deed.Parents) == 0 {
			return ""
		}
		var ok bool
		if s, ok = m.Find(s.Deed.Parents[0]); !ok {
			return ""
		}
	}
}
