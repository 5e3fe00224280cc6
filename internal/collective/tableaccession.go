// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// judged are the states of a framework in which the row lets a deed through to
// its Admit, which says why not in words of its own.
func judged() []rule.State {
	return []rule.State{rule.Pending, stateLive, stateAsserted, stateExhausted, rule.Expired, stateTerminated, stateAnnulled}
}

// accession is the row of accessions. Parents beside the framework are the
// accessions of predecessors whose place the buyer takes, and the buyer's own
// statement that it is their legal successor.
func (k *rules) accession() rule.Spec {
	ended := func(on rule.State) rule.Move {
		return rule.Move{
			Of: rule.OfParent, Type: dossier.TypeFramework, On: on,
			From: []rule.State{rule.Pending, stateEffective}, To: stateEnded,
		}
	}
	return rule.Spec{
		Type: dossier.TypeAccession, Name: "accession", Mandates: rule.MandateOwn,
		Roles: []rule.RoleCount{once(dossier.RoleBuyer)},
		Rules: one(dossier.RoleBuyer),
		Parents: []rule.Parent{
			{Type: dossier.TypeFramework, Min: 1, Max: 1, States: judged()},
			{Type: dossier.TypeAccession, States: []rule.State{stateEffective}},
			{Type: dossier.TypeOrganization, Max: 1, Ties: []rule.Tie{{Child: dossier.RoleBuyer, Parent: dossier.RoleOrganization}}},
		},
		Check: func(c *deed.Content) error {
			_, err := dossier.ReadAccession(c)
			return check(err)
		},
		Admit: k.admitAccession,
		Words: map[rule.State]rule.State{
			rule.Proposed: stateRequested, rule.InForce: stateEffective, rule.Revoked: stateEnded, rule.Expired: stateEnded,
		},
		Moves: []rule.Move{
			ended(rule.Expired), ended(stateTerminated), ended(stateAnnulled),
			{Of: rule.OfChild, Type: dossier.TypeAccession, On: stateEffective, From: []rule.State{stateEffective}, To: stateEnded},
		},
	}
}

func (k *rules) admitAccession(m rule.Moment) *rule.Reason {
	f, a := k.frameworkOf(m)
	in, err := dossier.ReadAccession(m.Deed)
	if err != nil {
		return reasonOf(err)
	}
	if r := shut(f); r != nil {
		return r
	}
	buyer := dossier.Buyer(m.Deed)
	s := k.standing(m, f, a)
	before := parents(m, dossier.TypeAccession)
	if r := k.inherits(m, s, a, buyer, before); r != nil {
		return r
	}
	if err := dossier.JudgeAccession(s, m.Deed, in, time.Unix(m.At, 0)); err != nil {
		return reasonOf(err)
	}
	for i := range a.body.Lots {
		if slices.Contains(a.body.Lots[i].Suppliers, buyer) {
			return because(rule.ReasonCode(dossier.ReasonRoles), buyer, sourceTypes, "a supplier of the framework can't buy under it")
		}
	}
	for _, lot := range in.Lots {
		if r := a.twice(m, place{buyer, lot.Lot}); r != nil {
			return r
		}
	}
	for _, lot := range in.Lots {
		a.acceded[place{buyer, lot.Lot}] = m.Deed.Hash()
	}
	return nil
}

// twice refuses a second accession to a lot while the first one stands.
func (a *account) twice(m rule.Moment, p place) *rule.Reason {
	first, ok := a.acceded[p]
	if !ok {
		return nil
	}
	if s, ok := m.Find(first); ok && !s.Final {
		r := because(CodeAcceded, p.buyer, sourceTypes, "has joined this lot before; revoke that accession first, or call off under it")
		r.Deed = first
		return r
	}
	return nil
}

// inherits holds a buyer to be the legal successor of those whose accessions it
// names, and lets it have their place: without an entry window, and with what
// they had reserved. The quota moves; it never doubles, for their accessions end.
func (k *rules) inherits(m rule.Moment, s *dossier.Standing, a *account, buyer fsc.PeerID, before []rule.Snapshot) *rule.Reason {
	for _, p := range before {
		of := dossier.Buyer(p.Deed)
		if !slices.Contains(p.Deed.Parents, s.Deed.Hash()) {
			return because(rule.ReasonCode(dossier.ReasonParent), of, sourceMerger, "joined another framework")
		}
		if of == buyer || !k.succeeds(buyer, of, m.At, parents(m, dossier.TypeOrganization)) {
			r := because(CodeSuccessor, of, sourceMerger, "isn't a predecessor of the buyer by the register, nor by a statement of the buyer that the registrar signed")
			r.Deed = p.Deed.Hash()
			return r
		}
	}
	if len(before) == 0 {
		return nil
	}
	s.Inherits = true
	s.Eligible = func(fsc.PeerID) (bool, string) { return true, "" }
	s.Left = func(lot string) int64 {
		left := lotOf(a.ledger, lot).Pool
		for _, p := range before {
			left += held(a.ledger, lot, dossier.Buyer(p.Deed))
		}
		return left
	}
	return nil
}
