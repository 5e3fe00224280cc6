// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/ledger"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// Owed is a command that the purchasing body of a framework has to answer with
// an allocation.
type Owed struct {
	Command ledger.Command
	// About is the accession, call-off or change it follows from; empty for a close.
	About deed.Hash
	// At is since when it is owed, in Unix seconds, and Number the receipt that
	// made it so: who came first is served first.
	At, Number int64

	order int // at one moment units come back before others are handed out
}

// OwedBy lists what a framework owes in a view, in the order in which it has to
// be answered: first what buyers drew alone, as nobody else can have those units;
// then reservations and draws in the order in which they became complete,
// before those of the same second what returns to the pool, and after them the end
// of a window. A close changes the numbers of windows, so the list has to be made
// again after one.
func OwedBy(v *rule.View, framework deed.Hash) ([]Owed, error) {
	f, err := bodyOf(v, framework)
	if err != nil {
		return nil, fmt.Errorf("list what is owed: %w", err)
	}
	l, err := LedgerOf(v, framework)
	if err != nil {
		return nil, err
	}
	s, _ := v.Status(framework)
	o := owing{
		view: v, framework: s, body: f, ledger: l, reserved: map[place]string{}, done: answered(v, framework),
		alone: ownDraws(v, framework),
	}
	o.close()
	for _, e := range entriesOf(v, framework) {
		if e.Command.Kind == ledger.Reserve {
			o.reserved[place{fsc.PeerID(e.Command.Buyer), e.Command.Lot}] = e.Command.Request
		}
	}
	for _, h := range v.Children(framework) {
		s, ok := v.Status(h)
		switch {
		case !ok || s.CompleteAt == 0 || s.Provisional: // a revoke without receipt may still be dated later
		case s.Deed.Type == dossier.TypeAccession:
			o.accession(s)
		case s.Deed.Type == dossier.TypeCallOff:
			o.callOff(s)
		case s.Deed.Type == dossier.TypeCallOffChange && s.State == stateSigned:
			o.change(s)
		}
	}
	slices.SortFunc(o.out, func(a, b Owed) int {
		return cmp.Or(-cmp.Compare(min(a.Command.Local, 1), min(b.Command.Local, 1)), cmp.Compare(a.At, b.At), cmp.Compare(a.order, b.order), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Command.Request, b.Command.Request))
	})
	return o.out, nil
}

// answered lists the requests that have an allocation, a refusal included.
func answered(v *rule.View, framework deed.Hash) map[string]bool {
	out := map[string]bool{}
	for _, h := range v.Children(framework) {
		if s, ok := v.Status(h); ok && s.State == stateIssued {
			if a, err := dossier.ReadAllocation(s.Deed); err == nil {
				out[a.Command.Request] = true
			}
		}
	}
	return out
}

type owing struct {
	view      *rule.View
	framework rule.Status
	body      *dossier.Framework
	ledger    *ledger.Ledger
	reserved  map[place]string // the request of the last reservation
	done      map[string]bool
	alone     map[deed.Hash]ownDrawn // by call-off
	out       []Owed
}

func (o *owing) add(c ledger.Command, about deed.Hash, at, number int64, order int) {
	if !o.done[c.Request] {
		o.out = append(o.out, Owed{Command: c, About: about, At: at, Number: number, order: order})
	}
}

// The places within one moment.
const (
	returns = iota
	hands
	closes
)

// close owes the end of the entry windows that have passed, one by one.
func (o *owing) close() {
	for _, lot := range o.ledger.Lots() {
		if lot.Window <= int64(len(o.body.Windows)) {
			if until := o.body.Windows[lot.Window-1].Until; until <= o.view.Now() {
				o.add(closeCommand(o.framework.Deed, lot.ID, lot.Window), "", until, 0, closes)
			}
		}
	}
}

func (o *owing) accession(s rule.Status) {
	a, err := dossier.ReadAccession(s.Deed)
	if err != nil {
		return
	}
	for _, r := range a.Lots {
		buyer := dossier.Buyer(s.Deed)
		switch s.State {
		case stateEffective:
			window := windowOf(o.body.Windows, o.ledger, s.CompleteAt, r.Lot)
			if c, ok := reserveCommand(s.Deed, r.Lot, window); ok && o.runs() {
				o.add(c, s.Deed.Hash(), s.CompleteAt, s.Number, hands)
			}
		case stateEnded:
			if held(o.ledger, r.Lot, buyer) > 0 && o.reserved[place{buyer, r.Lot}] == reserveRequest(s.Deed, r.Lot) {
				o.add(withdrawCommand(s.Deed, r.Lot), s.Deed.Hash(), s.Since, 0, returns)
			}
		default:
		}
	}
}

func (o *owing) callOff(s rule.Status) {
	draw, r := drawCommand(s.Deed)
	if r != nil {
		return
	}
	own, alone := o.alone[s.Deed.Hash()]
	allocated := slices.Contains(s.Overlays, OverlayAllocated)
	switch {
	case !s.Final && alone:
		draw.Local = own.local
		o.add(draw, s.Deed.Hash(), own.at, own.number, hands)
	case !s.Final && !allocated && o.runs():
		o.add(draw, s.Deed.Hash(), s.CompleteAt, s.Number, hands)
	case s.Final && allocated && o.done[draw.Request]:
		if c, r := releaseCommand(s.Deed); r == nil {
			o.add(c, s.Deed.Hash(), s.Since, 0, returns)
		}
	}
}

func (o *owing) change(s rule.Status) {
	at, ok := o.view.Status(callOffAbove(s.Deed))
	if !ok || at.Final {
		return
	}
	c, r := changeCommand(s.Deed, at.Deed)
	switch {
	case r != nil:
	case c.Quantity < TermsOf(o.view, at.Deed.Hash()).Quantity:
		o.add(c, s.Deed.Hash(), s.CompleteAt, s.Number, returns)
	case o.runs():
		o.add(c, s.Deed.Hash(), s.CompleteAt, s.Number, hands)
	}
}

func (o *owing) runs() bool {
	return stoppedBy(rule.Snapshot{State: o.framework.State, Overlays: o.framework.Overlays}) == ""
}

// Allocate carries out what is owed in a ledger and gives the allocation that
// tells it: a receipt, or a refusal with its reason. The ledger has to be that of
// [LedgerOf]; it counts on, so the next one can be asked of it.
func Allocate(framework *deed.Content, o Owed, l *ledger.Ledger) (deed.Draft, error) {
	receipt, err := l.Apply(o.Command, func(ledger.Entry) error { return nil })
	refusal, refused := errors.AsType[*ledger.RefusalError](err)
	if err != nil && !refused {
		return deed.Draft{}, fmt.Errorf("allocate: %w", err)
	}
	body, err := allocationBody(o.Command, receipt, refusal, l.Lots())
	if err != nil {
		return deed.Draft{}, err
	}
	d := deed.Draft{
		Type: dossier.TypeAllocation, Parents: []deed.Hash{framework.Hash()}, Body: body,
		Rule: deed.Rule{Kind: deed.RuleOne, Role: dossier.RolePurchasingBody},
	}
	for _, p := range framework.PeersInRole(dossier.RolePurchasingBody) {
		d.Parties = append(d.Parties, deed.Party{PeerID: p, Role: dossier.RolePurchasingBody})
	}
	if o.About != "" {
		d.Parents = append(d.Parents, o.About)
	}
	return d, nil
}
