// SPDX-License-Identifier: EUPL-1.2

package rule

import (
	"slices"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

// sign plays one signature.
func (f *fold) sign(e *event) {
	n, s := e.node, e.signed
	if n.life == Waiting || n.life == Void {
		return
	}
	party, code := f.party(n, s)
	if code != "" {
		n.note(Reason{Code: code, Deed: s.MandateHash, Peer: s.Signer, Source: sourceRoles})
		return
	}
	if s.KeyRevoked {
		n.note(Reason{Code: ReasonKeyRevoked, Peer: s.Signer, Source: "collective design 5, key compromise"})
	}
	if n.done {
		n.note(Reason{Code: ReasonTooLate, Peer: party.PeerID})
		return
	}
	switch {
	case n.life == Proposed:
		f.decide(e, party)
	case s.Act == deed.Revoke:
		f.revoke(e, party)
	case s.Act == deed.Reject:
		n.note(Reason{Code: ReasonTooLate, Peer: party.PeerID})
	default: // an accept once more changes nothing
	}
}

// party finds for which party a signature counts: the signer's own, or the one
// that gave it a mandate which is in force at this moment. A mandate that is
// revoked later changes nothing.
func (f *fold) party(n *node, s *deed.Signed) (deed.Party, ReasonCode) {
	if s.MandateHash == "" {
		p := deed.Party{PeerID: s.Signer, Role: s.Role}
		if !slices.Contains(n.content.Parties, p) {
			return p, ReasonNotAParty
		}
		return p, ""
	}
	m := f.nodes[s.MandateHash]
	switch {
	case n.spec.Mandates == MandateNever:
		return deed.Party{}, ReasonMandateRefused
	case m == nil:
		return deed.Party{}, ReasonMandateUnknown
	case m.mandate == nil || m.life != InForce || m.done || m.content.GroupID != n.content.GroupID:
		return deed.Party{}, ReasonMandateState
	}
	p := deed.Party{PeerID: m.content.PeersInRole(RoleMandator)[0], Role: s.Role}
	switch code := m.mandate.covers(s, n.content.Type, n.amount); {
	case code != "":
		return p, code
	case n.spec.Mandates == MandateOwn && s.Signer != p.PeerID:
		return p, ReasonMandateRefused
	case !slices.Contains(n.content.Parties, p):
		return p, ReasonMandateParty
	}
	return p, ""
}

// decide takes a signature on a deed that isn't complete yet.
func (f *fold) decide(e *event, party deed.Party) {
	n := e.node
	wanted := n.content.Signatories()
	if !slices.Contains(wanted, party) {
		n.note(Reason{Code: ReasonNotAsked, Peer: party.PeerID})
		return
	}
	if e.signed.Act != deed.Accept { // who revokes before it is complete, rejects
		if !n.rejected[party] {
			n.count(e, party)
		}
		n.rejected[party] = true
		delete(n.accepted, party)
		if n.content.Rule.Kind != deed.RuleOne || len(n.rejected) == len(wanted) {
			n.provisional = e.class == classProvisional
			f.enter(n, Rejected, e.at, []Reason{{Code: ReasonRejected, Peer: party.PeerID}})
		}
		return
	}
	if n.rejected[party] { // a reject can't be taken back
		n.note(Reason{Code: ReasonTooLate, Peer: party.PeerID})
		return
	}
	if !n.accepted[party] {
		n.count(e, party)
	}
	n.accepted[party] = true
	if n.content.Rule.Kind == deed.RuleOne || len(n.accepted) == len(wanted) {
		f.complete(e)
	}
}

// complete is the moment the last signature that was needed has come. What other
// deeds have to be is asked at this moment and never again.
func (f *fold) complete(e *event) {
	n := e.node
	n.completeAt, n.number = e.at, e.signed.Receipt.Number
	if reasons := f.obstacles(n, e.at); len(reasons) > 0 {
		f.enter(n, Refused, e.at, reasons)
		return
	}
	switch {
	case n.decision != nil && e.at >= n.decision.ClosesAt:
		f.enter(n, Lapsed, e.at, []Reason{{Code: ReasonClosed, Detail: "it closed before it was opened"}})
	case n.decision != nil:
		f.enter(n, Open, e.at, nil)
	case e.at < n.content.NotBefore:
		f.enter(n, Pending, e.at, nil)
	default:
		f.enter(n, InForce, e.at, nil)
	}
	if n.stance != nil {
		f.nodes[n.content.Parents[0]].stances[n.content.Parties[0].PeerID] = n
	}
}

// obstacles asks the parents and the type whether the deed may become complete.
func (f *fold) obstacles(n *node, at int64) []Reason {
	var reasons []Reason
	m := Moment{Deed: n.content, At: at, Number: n.number, fold: f}
	for _, h := range n.content.Parents {
		p := f.nodes[h]
		m.Parents = append(m.Parents, p.snapshot())
		row := n.spec.Parents[n.spec.parent(h)]
		if !row.allows(p) {
			reasons = append(reasons, Reason{Code: ReasonParentState, Deed: h, Detail: "is " + string(p.state), Source: sourceTable})
		}
	}
	if len(reasons) == 0 && n.spec.Admit != nil {
		if r := n.spec.Admit(m); r != nil {
			reasons = append(reasons, *r)
		}
	}
	return reasons
}

func (p *Parent) allows(n *node) bool {
	for _, o := range n.overlays {
		if slices.Contains(p.Unless, o) {
			return false
		}
	}
	if len(p.States) == 0 {
		return !n.done && (n.life == InForce || n.life == Adopted)
	}
	return slices.Contains(p.States, n.state) || slices.Contains(p.States, n.life)
}

func (f *fold) revoke(e *event, party deed.Party) {
	n := e.node
	allowed := slices.Contains(n.spec.RevokedBy, party.Role)
	if len(n.spec.RevokedBy) == 0 {
		allowed = slices.Contains(n.content.Signatories(), party)
	}
	if n.spec.Irrevocable || !allowed {
		n.note(Reason{Code: ReasonNotAsked, Peer: party.PeerID, Detail: "can't revoke this", Source: sourceRoles})
		return
	}
	n.provisional = e.class == classProvisional
	n.count(e, party)
	f.enter(n, Revoked, e.at, []Reason{{Code: ReasonRevoked, Peer: party.PeerID}})
}
