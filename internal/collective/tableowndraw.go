// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"errors"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/ledger"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// ownDraw is the row of own draws: a buyer takes what it reserved before for a
// call-off that both have signed, while the purchasing body doesn't answer. The
// call-off is live at once. The purchasing body settles the draw later under its
// number; the receipts of the keeper give all draws one order meanwhile, so
// nobody can draw the same units twice.
func (k *rules) ownDraw() rule.Spec {
	return rule.Spec{
		Type: dossier.TypeOwnDraw, Name: "own_draw", Mandates: rule.MandateOwn, Irrevocable: true,
		Roles: []rule.RoleCount{once(dossier.RoleBuyer)},
		Rules: one(dossier.RoleBuyer),
		Parents: []rule.Parent{
			{Type: dossier.TypeFramework, Min: 1, Max: 1, States: judged()},
			{Type: dossier.TypeCallOff, Min: 1, Max: 1, States: []rule.State{rule.Pending, stateSigned}, Ties: sameRole(dossier.RoleBuyer)},
		},
		Check: func(c *deed.Content) error {
			_, err := dossier.ReadOwnDraw(c)
			return check(err)
		},
		Admit: k.admitOwnDraw,
		Words: map[rule.State]rule.State{rule.InForce: stateDrawn},
	}
}

func (k *rules) admitOwnDraw(m rule.Moment) *rule.Reason {
	f, a := k.frameworkOf(m)
	o, _ := parent(m, dossier.TypeCallOff)
	said, err := dossier.ReadOwnDraw(m.Deed)
	if err != nil {
		return reasonOf(err)
	}
	want, r := drawCommand(o.Deed)
	if r != nil {
		return r
	}
	want.Local = said.Command.Local
	switch {
	case a.ledger == nil || m.Deed.NotBefore > m.At:
		return because(CodeTerm, "", sourceQuota, "an own draw holds from the moment it is received")
	case !slices.Contains(o.Deed.Parents, f.Deed.Hash()):
		return because(rule.ReasonCode(dossier.ReasonParent), "", sourceQuota, "the call-off stands under another framework")
	case slices.Contains(o.Overlays, OverlayAllocated):
		return because(CodeAllocated, "", sourceQuota, "the call-off has its units already")
	case want != ledgerCommand(said.Command):
		return because(CodeCommand, "", sourceQuota, "the command isn't the one that follows from the call-off it is about")
	}
	if r := firstOf(running(f), shut(f), a.mayDrawAlone(m, o, want.Lot)); r != nil {
		return r
	}
	return a.drawAlone(m, want)
}

// firstOf gives the first reason that there is.
func firstOf(all ...*rule.Reason) *rule.Reason {
	for _, r := range all {
		if r != nil {
			return r
		}
	}
	return nil
}

// mayDrawAlone holds a draw to what a reservation rests on: an open entry window,
// and an accession that was not given up.
func (a *account) mayDrawAlone(m rule.Moment, o rule.Snapshot, lot string) *rule.Reason {
	i := slices.IndexFunc(a.body.Windows, func(w dossier.Window) bool { return w.From <= m.At && m.At < w.Until })
	if i < 0 || int64(i)+1 != lotOf(a.ledger, lot).Window {
		return because(rule.ReasonCode(dossier.ReasonWindowClosed), "", sourceQuota, "reservations return when the entry window closes; the purchasing body has to allocate this call-off")
	}
	for _, h := range o.Deed.Parents {
		if t, err := h.Type(); err == nil && t == dossier.TypeAccession {
			if in, ok := m.Find(h); !ok || in.State != stateEffective {
				return because(rule.ReasonCode(dossier.ReasonNotAcceded), "", sourceQuota, "the buyer has given up its accession, and its reservation with it")
			}
		}
	}
	return nil
}

// drawAlone counts an own draw, or tells why it can't be made.
func (a *account) drawAlone(m rule.Moment, c ledger.Command) *rule.Reason {
	at := place{fsc.PeerID(c.Buyer), c.Lot}
	if _, known := a.alone[at]; !known {
		return because(rule.ReasonCode(dossier.ReasonExhausted), "", sourceMaximum, "the buyer has no reservation of its own in this lot; the purchasing body has to allocate this call-off")
	}
	next, drawn, err := a.pending(m, at).Draw(c.Request, c.CallOff, c.Quantity)
	refusal, refused := errors.AsType[*ledger.RefusalError](err)
	switch {
	case refused && refusal.Code == ledger.CodeNotEnough:
		return because(rule.ReasonCode(dossier.ReasonExhausted), "", sourceMaximum, "%d are left of the buyer's own reservation, and without the purchasing body nothing else can be drawn", refusal.Remaining)
	case err != nil:
		return because(CodeCommand, "", sourceQuota, "the draw can't be made alone: %s", errText(refusal))
	case drawn.Local != c.Local:
		return because(CodeOwnNumber, "", sourceQuota, "the buyer's next own number is %d", drawn.Local)
	}
	a.alone[at] = next
	return nil
}

// errText gives what a refusal tells; the error of anything else isn't for others.
func errText(r *ledger.RefusalError) string {
	if r == nil {
		return "the ledger can't be added up"
	}
	return r.Detail
}

// pending gives a buyer's view of its reservation, without the draws of call-offs
// that came to an end before they were settled: those never will be.
func (a *account) pending(m rule.Moment, at place) ledger.Escrow {
	e := a.alone[at]
	for _, c := range e.Pending() {
		if o, ok := m.Find(deed.Hash(c.CallOff)); ok && o.Final {
			e = e.Drop(c.Request)
		}
	}
	return e
}

// keepsDrawn refuses what would take away units that were drawn alone and aren't
// settled: a purchasing body that was away may not know of them. So what is live
// stays within the maximum, and an own draw that was received can be settled.
func (a *account) keepsDrawn(m rule.Moment, r ledger.Receipt) *rule.Reason {
	for at := range a.alone {
		if at.lot != r.Lot || r.Kind != ledger.Close && at.buyer != fsc.PeerID(r.Buyer) {
			continue
		}
		if e, err := a.pending(m, at).Learn(r); err == nil && e.Short() > 0 {
			return because(CodeOwnNumber, "", sourceQuota, "buyers drew alone from the reservations this takes units of; that is settled first")
		}
	}
	return nil
}

// learn takes a receipt of the purchasing body into what buyers know of their
// reservations.
func (a *account) learn(r ledger.Receipt) {
	for at, e := range a.alone {
		if at.lot == r.Lot && (r.Kind == ledger.Close || at.buyer == fsc.PeerID(r.Buyer)) {
			a.alone[at], _ = e.Learn(r) // it is of this lot and buyer
		}
	}
	at := place{fsc.PeerID(r.Buyer), r.Lot}
	if _, known := a.alone[at]; !known && r.Buyer != "" {
		a.alone[at], _ = ledger.OpenEscrow(r)
	}
}

// ownDrawn is an own draw as the ledger has to get it.
type ownDrawn struct {
	local      int64
	at, number int64 // since when it counts
}

// ownDraws lists the own draws that count under a framework, by call-off.
func ownDraws(v *rule.View, framework deed.Hash) map[deed.Hash]ownDrawn {
	out := map[deed.Hash]ownDrawn{}
	for _, h := range v.Children(framework) {
		s, ok := v.Status(h)
		if !ok || s.Deed.Type != dossier.TypeOwnDraw || s.State != stateDrawn {
			continue
		}
		if d, err := dossier.ReadOwnDraw(s.Deed); err == nil {
			out[deed.Hash(d.Command.CallOff)] = ownDrawn{local: d.Command.Local, at: s.CompleteAt, number: s.Number}
		}
	}
	return out
}
