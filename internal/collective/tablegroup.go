// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// group is the row of groups of organisations.
func (k *rules) group() rule.Spec {
	kinds := []register.GroupKind{
		register.GroupArrangement, register.GroupAssociation, register.GroupRegion, register.GroupSizeClass, register.GroupProgramme,
	}
	return rule.Spec{
		Type: dossier.TypeGroup, Name: "group",
		Roles: []rule.RoleCount{once(dossier.RoleInitiator), once(deed.Secretariat)},
		Rules: one(dossier.RoleInitiator),
		Check: func(c *deed.Content) error {
			g, err := dossier.ReadGroup(c)
			if err == nil && !slices.Contains(kinds, register.GroupKind(g.Kind)) {
				err = &dossier.Refusal{Reason: dossier.ReasonMalformed, Field: "kind", Detail: "isn't a kind of group"}
			}
			return check(err)
		},
		Words: map[rule.State]rule.State{rule.InForce: stateForming, rule.Revoked: stateDissolved, rule.Expired: stateDissolved},
		Moves: []rule.Move{{
			Of: rule.OfChild, Type: dossier.TypeMembership, On: stateMember, From: []rule.State{stateForming}, To: stateActive,
			When: func(_, other rule.Snapshot) bool { return classOf(other.Deed) == register.ClassVoting },
		}},
	}
}

// membership is the row of memberships: each is the member's own deed.
func (k *rules) membership() rule.Spec {
	return rule.Spec{
		Type: dossier.TypeMembership, Name: "membership", Mandates: rule.MandateOwn,
		Roles: []rule.RoleCount{once(dossier.RoleMember)},
		Rules: one(dossier.RoleMember),
		Parents: []rule.Parent{
			{Type: dossier.TypeGroup, Min: 1, Max: 1, States: []rule.State{stateForming, stateActive}},
			{Type: dossier.TypeOrganization, Max: 1, Ties: []rule.Tie{{Child: dossier.RoleMember, Parent: dossier.RoleOrganization}}},
		},
		Check: func(c *deed.Content) error {
			_, err := dossier.ReadMembership(c)
			return check(err)
		},
		Admit: k.admitMembership,
		Words: map[rule.State]rule.State{rule.InForce: stateMember, rule.Revoked: stateLeft, rule.Expired: stateLeft},
		Moves: []rule.Move{{
			Of: rule.OfParent, Type: dossier.TypeGroup, On: stateDissolved, From: []rule.State{rule.Pending, stateMember}, To: stateLeft,
		}},
	}
}

func classOf(c *deed.Content) register.MemberClass {
	m, err := dossier.ReadMembership(c)
	if err != nil {
		return ""
	}
	return register.MemberClass(m.Class)
}

// roll is what one fold writes down of a group: the last membership of each.
type roll struct{ last map[fsc.PeerID]deed.Hash }

func rollOf(m rule.Moment, group deed.Hash) *roll {
	r, _ := m.Account(group, func() any { return &roll{last: map[fsc.PeerID]deed.Hash{}} }).(*roll)
	return r
}

func (k *rules) admitMembership(m rule.Moment) *rule.Reason {
	g, _ := parent(m, dossier.TypeGroup)
	body, err := dossier.ReadGroup(g.Deed)
	if err != nil {
		return reasonOf(err)
	}
	member, class := dossier.Member(m.Deed), classOf(m.Deed)
	kind := k.kindOf(m, member)
	if kind == "" && class == register.ClassSupplier {
		kind = register.KindSupplier
	}
	said := register.Statement{Member: string(member), Kind: kind, Class: class, On: k.day(m.At)}
	switch {
	case class == "" || said.Check(register.GroupKind(body.Kind)) != nil:
		return because(CodeClass, member, sourceTypes, "a member of this kind can't have this class here; a supplier never votes on matters of buyers")
	case class == register.ClassVoting && kind == "":
		return because(CodeNotABuyer, member, sourceTypes, "the register doesn't know this organisation; it names its own statement as a parent to vote")
	case class == register.ClassVoting && len(body.Invited) > 0 && !slices.Contains(body.Invited, member):
		return because(CodeInvited, member, sourceTypes, "isn't among those the group invited to vote; it can be a guest or observer")
	}
	r := rollOf(m, g.Deed.Hash())
	if s, ok := m.Find(r.last[member]); ok && !s.Final {
		out := because(CodeMember, member, sourceTypes, "is a member already; revoke that membership first")
		out.Deed = s.Deed.Hash()
		return out
	}
	r.last[member] = m.Deed.Hash()
	return nil
}

// kindOf gives the kind of a member by the register or else by its own statement;
// empty when neither tells.
func (k *rules) kindOf(m rule.Moment, member fsc.PeerID) register.Kind {
	if _, err := k.register.Identify(string(member)); err == nil {
		return register.KindMunicipality
	}
	if s, ok := parent(m, dossier.TypeOrganization); ok {
		if o, err := dossier.ReadOrganization(s.Deed); err == nil {
			return register.Kind(o.Kind)
		}
	}
	return ""
}

// voters lists the voting members of a group at this moment. A body has no vote
// beside those who take part in it.
func (k *rules) voters(m rule.Moment, group deed.Hash) []fsc.PeerID {
	var seats []register.Seat
	for p, h := range rollOf(m, group).last {
		if s, ok := m.Find(h); ok && s.State == stateMember {
			seats = append(seats, register.Seat{Member: string(p), Class: classOf(s.Deed)})
		}
	}
	var out []fsc.PeerID
	for _, p := range register.Electorate(seats, func(member string) []string { return k.participants[member] }) {
		out = append(out, fsc.PeerID(p))
	}
	return out
}

// participantsOf gives the identities of the municipalities that take part in each
// body that has an identity.
func participantsOf(reg *register.Register) map[string][]string {
	out := map[string][]string{}
	for _, a := range reg.Arrangements() {
		if a.BodyOIN == "" {
			continue
		}
		for _, p := range a.Members {
			if m, ok := reg.Municipality(p.Code); ok {
				out[a.BodyOIN] = append(out[a.BodyOIN], m.OIN)
			}
		}
	}
	return out
}
