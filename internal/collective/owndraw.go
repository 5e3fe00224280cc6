// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"errors"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/ledger"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// errDrawn ends a transaction in which an own draw turns out to be there already.
var errDrawn = errors.New("drawn already")

// DrawAlone takes the units of a call-off of this Peer from its own reservation,
// without the purchasing body, and gives the hash of that deed. One that was made
// already isn't made again, also when several ask at the same moment. The error is
// a [*Refusal] when less is left of the reservation, or nothing may be drawn any more.
func (d *Desk) DrawAlone(ctx context.Context, callOff deed.Hash) (deed.Hash, error) {
	v, o, err := d.callOffAt(ctx, callOff)
	if err != nil {
		return "", err
	}
	draw, r := drawCommand(o.Deed)
	switch {
	case r != nil:
		return "", refusalOf([]rule.Reason{*r})
	case dossier.Buyer(o.Deed) != d.cfg.Self:
		return "", &Refusal{Code: rule.ReasonNotAParty, Detail: "only the buyer of a call-off can draw it from its own reservation"}
	}
	made, err := numberDraw(v, o.Deed, &draw)
	if made != "" || err != nil {
		return made, err
	}
	content, err := d.ownDrawFor(o.Deed, draw)
	if err != nil {
		return "", err
	}
	once := func(ctx context.Context, tx Tx, p proposal, acts []signed) error {
		if made, err = d.drawnSince(ctx, tx, o.Deed, draw); err != nil {
			return err
		}
		return d.allowed(ctx, tx, p, acts)
	}
	// By rule, also when a person asks: the call-off that both signed was released.
	err = d.add(ctx, []proposal{{content: content, acts: []Act{{Act: deed.Accept, Role: dossier.RoleBuyer}}}}, once)
	switch {
	case errors.Is(err, errDrawn):
		return made, nil
	case err != nil:
		return "", err
	}
	return content.Hash(), nil
}

// numberDraw gives a draw the number that is due. Where the call-off was drawn
// already it gives that deed instead.
func numberDraw(v *rule.View, callOff *deed.Content, draw *ledger.Command) (made deed.Hash, err error) {
	if done := OwnDrawOf(v, callOff.Hash()); done.Deed != "" {
		return done.Deed, nil
	}
	own, err := ownReservation(v, frameworkAbove(callOff), place{fsc.PeerID(draw.Buyer), draw.Lot})
	switch {
	case err != nil:
		return "", err
	case own.underWay == callOff.Hash():
		return own.deed, nil
	case own.underWay != "":
		return "", errOtherDraw()
	}
	draw.Local = own.next
	return "", nil
}

func errOtherDraw() error {
	return &Refusal{Code: CodeOwnNumber, Detail: "another own draw of this lot is on its way to the keeper; try again when it was received"}
}

// drawnSince looks, where an own draw is about to be stored, whether another one
// came before it: errDrawn for the same call-off.
func (d *Desk) drawnSince(ctx context.Context, tx Tx, callOff *deed.Content, draw ledger.Command) (made deed.Hash, err error) {
	on, err := tx.FindDeed(ctx, callOff.Hash())
	if err != nil {
		return "", err
	}
	v, err := d.view(ctx, tx, on.Dossier)
	if err != nil {
		return "", err
	}
	due := draw.Local
	switch made, err = numberDraw(v, callOff, &draw); {
	case err != nil:
		return "", err
	case made != "":
		return made, errDrawn
	case draw.Local != due:
		return "", errOtherDraw()
	}
	return "", nil
}

func (d *Desk) ownDrawFor(callOff *deed.Content, draw ledger.Command) (*deed.Content, error) {
	body, err := json.Marshal(dossier.OwnDraw{Command: dossierCommand(draw)})
	if err != nil {
		return nil, err
	}
	return d.Draft(deed.Draft{
		Type: dossier.TypeOwnDraw, Parents: []deed.Hash{frameworkAbove(callOff), callOff.Hash()}, Body: body, Rule: deed.Rule{Kind: deed.RuleOne},
		Parties: []deed.Party{{PeerID: d.cfg.Self, Role: dossier.RoleBuyer}},
	})
}

// callOffAt gives a call-off that is here, with the view of its dossier.
func (d *Desk) callOffAt(ctx context.Context, h deed.Hash) (v *rule.View, s rule.Status, err error) {
	on, content, err := d.find(ctx, h)
	if err != nil {
		return nil, s, err
	}
	if content.Type != dossier.TypeCallOff {
		return nil, s, &Refusal{Code: CodeUnknown, Detail: "this isn't a call-off"}
	}
	if v, err = d.View(ctx, on.Dossier); err != nil {
		return nil, s, err
	}
	s, _ = v.Status(h)
	return v, s, nil
}

// frameworkAbove gives the framework of a deed; empty when it names none.
func frameworkAbove(c *deed.Content) deed.Hash {
	for _, h := range c.Parents {
		if t, err := h.Type(); err == nil && t == dossier.TypeFramework {
			return h
		}
	}
	return ""
}

// reservation is what a buyer knows of its reservation in one lot.
type reservation struct {
	left int64 // that can be drawn alone
	next int64 // the number that is due
	// deed is an own draw that the keeper hasn't received, and underWay its call-off.
	deed, underWay deed.Hash
}

// ownReservation works out what can be drawn alone. It is meant for what a buyer
// is about to do; what counts is what the fold says.
func ownReservation(v *rule.View, framework deed.Hash, at place) (reservation, error) {
	l, err := LedgerOf(v, framework)
	if err != nil {
		return reservation{}, err
	}
	out := reservation{left: held(l, at.lot, at.buyer), next: 1}
	for _, e := range entriesOf(v, framework) {
		if e.Receipt.Lot == at.lot && e.Receipt.Buyer == string(at.buyer) {
			out.next = max(out.next, e.Receipt.Settled+1)
		}
	}
	done := answered(v, framework)
	for _, h := range v.Children(framework) {
		s, ok := v.Status(h)
		if !ok || s.Deed.Type != dossier.TypeOwnDraw {
			continue
		}
		own, err := dossier.ReadOwnDraw(s.Deed)
		if err != nil || own.Command.Lot != at.lot || own.Command.Buyer != string(at.buyer) {
			continue
		}
		out.add(v, h, s, own.Command, done)
	}
	return out, nil
}

// add takes one own draw into account.
func (r *reservation) add(v *rule.View, h deed.Hash, s rule.Status, c dossier.Command, done map[string]bool) {
	switch o, ok := v.Status(deed.Hash(c.CallOff)); {
	case s.State == stateDrawn:
		r.next = max(r.next, c.Local+1)
		if ok && !o.Final && !done[c.Request] {
			r.left -= c.Quantity
		}
	case s.State == rule.Proposed && slices.ContainsFunc(s.Notes, func(n rule.Reason) bool { return n.Code == rule.ReasonNoReceipt }):
		r.deed, r.underWay = h, deed.Hash(c.CallOff)
	default:
	}
}

// OwnDraw is what a buyer drew alone for a call-off.
type OwnDraw struct {
	// Deed is the own draw; empty without one.
	Deed deed.Hash
	// Settled: the purchasing body has answered it.
	Settled bool
}

// OwnDrawOf tells what the buyer drew alone for a call-off of a view.
func OwnDrawOf(v *rule.View, callOff deed.Hash) (out OwnDraw) {
	for _, h := range v.Children(callOff) {
		s, ok := v.Status(h)
		switch {
		case !ok:
		case s.Deed.Type == dossier.TypeOwnDraw && s.State == stateDrawn:
			out.Deed = h
		case s.Deed.Type == dossier.TypeAllocation && s.State == stateIssued:
			out.Settled = true
		}
	}
	out.Settled = out.Settled && out.Deed != ""
	return out
}

// OwnLeft tells what is left of the buyer's own reservation for a call-off that
// waits for the purchasing body, in the unit of the lot, and whether that is
// enough to draw it alone. It adds up the whole ledger.
func OwnLeft(v *rule.View, callOff deed.Hash) (left int64, enough bool, err error) {
	o, ok := v.Status(callOff)
	if !ok || o.Deed.Type != dossier.TypeCallOff || o.CompleteAt == 0 || CallOffState(o) != WordWaits {
		return 0, false, nil
	}
	draw, r := drawCommand(o.Deed)
	if r != nil {
		return 0, false, nil
	}
	own, err := ownReservation(v, frameworkAbove(o.Deed), place{fsc.PeerID(draw.Buyer), draw.Lot})
	return max(0, own.left), own.left >= draw.Quantity && own.underWay == "", err
}

func dossierCommand(c ledger.Command) dossier.Command {
	return dossier.Command{
		Request: c.Request, Kind: string(c.Kind), Lot: c.Lot, Buyer: c.Buyer, CallOff: c.CallOff,
		Quantity: c.Quantity, Need: c.Need, Window: c.Window, Local: c.Local,
	}
}
