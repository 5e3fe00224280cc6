// SPDX-License-Identifier: EUPL-1.2

package ledger

import (
	"fmt"
	"slices"
)

// Escrow is a buyer's own view of its reservation in one lot. From it the buyer
// draws alone while the sequencer can't be reached, and never more than the
// sequencer said is left; the pool waits. Later it sends what is pending, in
// order, and learns the receipts.
//
// An Escrow is a value: every act gives the next one. The buyer stores what it
// did and does the same again after a crash, from the same first receipt.
//
// A draw made alone holds as long as the entry window is open. One that is
// settled after the window was closed is a draw like any other, from the pool,
// and can be refused. So a buyer settles before it draws from the pool, withdraws
// or lets the window close; the one who closes waits for those who are away.
type Escrow struct {
	lot, buyer string
	serial     int64 // of the newest receipt learned
	backing    int64 // what that receipt said is left
	settled    int64 // highest number that the sequencer counted
	local      int64 // highest number given out
	pending    []Command
}

// OpenEscrow begins with a receipt for something this buyer did itself, such as
// that of its Reserve. The error wraps [ErrReceipt].
func OpenEscrow(r Receipt) (Escrow, error) {
	if !validID(r.Lot) || !validID(r.Buyer) || r.Serial < 1 || r.Escrow < 0 || r.Escrow > MaxQuantity {
		return Escrow{}, fmt.Errorf("%w: it names no lot and buyer, or its numbers are out of bounds", ErrReceipt)
	}
	return Escrow{lot: r.Lot, buyer: r.Buyer, serial: r.Serial, backing: r.Escrow, settled: r.Settled, local: r.Settled}, nil
}

// Left is what the buyer can draw alone, in units.
func (e Escrow) Left() int64 { return max(0, e.backing-e.drawn()) }

// Short is what was drawn alone and isn't backed any more, because the window
// was closed or the reservation given up before it was settled.
func (e Escrow) Short() int64 { return max(0, e.drawn()-e.backing) }

// Pending are the draws that the sequencer hasn't confirmed, in the order in
// which it has to get them.
func (e Escrow) Pending() []Command { return slices.Clone(e.pending) }

// drawn is what the sequencer doesn't know of yet. A draw whose number it has
// passed is in its count, or never will be.
func (e Escrow) drawn() int64 {
	var sum int64
	for _, c := range e.pending {
		if c.Local > e.settled {
			sum += c.Quantity
		}
	}
	return sum
}

// Draw takes units for a call-off without the sequencer. The command is what
// the sequencer gets later. The error is a *[RefusalError] with what is left.
func (e Escrow) Draw(request, callOff string, units int64) (Escrow, Command, error) {
	c := Command{
		Request: request, Kind: Draw, Lot: e.lot, Buyer: e.buyer,
		CallOff: callOff, Quantity: units, Local: e.local + 1,
	}
	if err := c.check(); err != nil {
		return e, Command{}, err
	}
	if slices.ContainsFunc(e.pending, func(p Command) bool { return p.Request == request || p.CallOff == callOff }) {
		return e, Command{}, refuse(CodeCallOffKnown, "call_off", "was drawn before and waits for the sequencer; choose a new call-off").left(e.Left())
	}
	if len(e.pending) >= MaxPending {
		return e, Command{}, refuse(CodeFull, "", "%d draws wait for the sequencer; settle them first", MaxPending)
	}
	if left := e.Left(); units > left {
		return e, Command{}, refuse(CodeNotEnough, "quantity",
			"the sequencer can't be reached and your own reservation has %d left; ask for that or less, or wait", left).left(left)
	}
	e.local++
	e.pending = append(slices.Clone(e.pending), c)
	return e, c, nil
}

// Learn takes in a receipt of this buyer, or one for closing the window. What
// it confirms is no longer pending. Receipts may come late, twice or in another
// order: what is left is told by the one with the highest serial number. The
// error wraps [ErrReceipt].
func (e Escrow) Learn(r Receipt) (Escrow, error) {
	own := r.Buyer == e.buyer || (r.Kind == Close && r.Buyer == "")
	if r.Lot != e.lot || !own || r.Serial < 1 || r.Escrow < 0 || r.Escrow > MaxQuantity {
		return e, fmt.Errorf("%w: it is not of lot %s and buyer %s", ErrReceipt, e.lot, e.buyer)
	}
	if r.Serial > e.serial {
		e.serial, e.backing = r.Serial, r.Escrow
	}
	e.settled = max(e.settled, r.Settled)
	e.local = max(e.local, r.Settled)
	return e.Drop(r.Request), nil
}

// Drop takes out a pending draw that the sequencer refused for good, such as
// after the window was closed: its call-off has no units. An unknown request
// changes nothing.
func (e Escrow) Drop(request string) Escrow {
	e.pending = slices.DeleteFunc(slices.Clone(e.pending), func(c Command) bool { return c.Request == request })
	return e
}
