// SPDX-License-Identifier: EUPL-1.2

package ledger

import "slices"

// lot is the count of one lot. At all times committed + escrowed <= max.
type lot struct {
	max       int64
	serial    int64
	committed int64
	escrowed  int64
	reached   int   // highest threshold told
	window    int64 // number of the entry window that is open
	holdings  map[string]holding
	callOffs  map[string]callOff
}

type holding struct{ escrow, committed, settled int64 }

// callOff is kept when it ended, so that its name isn't used again.
type callOff struct {
	buyer    string
	quantity int64
	ended    bool
}

func newLot(limit int64) *lot {
	return &lot{max: limit, window: 1, holdings: map[string]holding{}, callOffs: map[string]callOff{}}
}

func (l *lot) pool() int64     { return l.max - l.committed - l.escrowed }
func (l *lot) exhausted() bool { return l.reached == 100 }

// taken is what a command moves: out of the reservation, out of the pool, and
// back into the pool.
type taken struct{ escrow, pool, back int64 }

// decide says what a command would move, or why not. It changes nothing.
func (l *lot) decide(c Command) (taken, error) {
	switch c.Kind {
	case Reserve:
		return l.reserve(c)
	case Draw:
		return l.draw(c)
	case Change:
		return l.change(c)
	case Release:
		call, err := l.running(c)
		return taken{back: call.quantity}, err
	case Withdraw:
		escrow := l.holdings[c.Buyer].escrow
		if escrow == 0 {
			return taken{}, refuse(CodeNoChange, "buyer", "has no reservation in this lot; there is nothing to give up")
		}
		return taken{back: escrow}, nil
	default: // Close; the form was checked
		return taken{back: l.escrowed}, l.checkWindow(c)
	}
}

func (l *lot) checkWindow(c Command) error {
	if c.Window != l.window {
		return refuse(CodeWindow, "window", "window %d is not open, window %d is; reserve in that one", c.Window, l.window)
	}
	return nil
}

func (l *lot) reserve(c Command) (taken, error) {
	if err := l.checkWindow(c); err != nil {
		return taken{}, err
	}
	if l.exhausted() {
		return taken{}, l.refuseExhausted()
	}
	h := l.holdings[c.Buyer]
	room := c.Need*reservePart/reserveWhole - h.escrow - h.committed
	if c.Quantity > room {
		left := max(0, min(room, l.pool()))
		return taken{}, refuse(CodeOverReservation, "quantity",
			"with what you have, this is more than six fifths of the need you stated; you can reserve %d more", left).left(left)
	}
	if c.Quantity > l.pool() {
		return taken{}, notEnough(l.pool())
	}
	return taken{pool: c.Quantity}, nil
}

func (l *lot) draw(c Command) (taken, error) {
	if _, known := l.callOffs[c.CallOff]; known {
		return taken{}, refuse(CodeCallOffKnown, "call_off", "has units or had them before; change it, or choose a new call-off")
	}
	if settled := l.holdings[c.Buyer].settled; c.Local != 0 && c.Local <= settled {
		return taken{}, refuse(CodeOutOfOrder, "local", "your draws up to number %d were settled; make this one again with a new number", settled)
	}
	return l.take(c.Buyer, 0, c.Quantity)
}

func (l *lot) change(c Command) (taken, error) {
	call, err := l.running(c)
	switch {
	case err != nil:
		return taken{}, err
	case c.Quantity > call.quantity:
		return l.take(c.Buyer, call.quantity, c.Quantity)
	case c.Quantity < call.quantity:
		return taken{back: call.quantity - c.Quantity}, nil
	default:
		return taken{}, refuse(CodeNoChange, "quantity", "the call-off has this quantity already; there is nothing to change")
	}
}

// take finds units for a call-off that grows from one quantity to another,
// first in the buyer's reservation.
func (l *lot) take(buyer string, from, to int64) (taken, error) {
	if l.exhausted() {
		return taken{}, l.refuseExhausted()
	}
	escrow := l.holdings[buyer].escrow
	if most := from + escrow + l.pool(); to > most {
		return taken{}, notEnough(most)
	}
	own := min(to-from, escrow)
	return taken{escrow: own, pool: to - from - own}, nil
}

// running finds a call-off of this buyer. That of another is unknown to it.
func (l *lot) running(c Command) (callOff, error) {
	call, known := l.callOffs[c.CallOff]
	if !known || call.buyer != c.Buyer {
		return callOff{}, refuse(CodeCallOffUnknown, "call_off", "is not a call-off of yours in this lot; check its name")
	}
	if call.ended {
		return callOff{}, refuse(CodeCallOffEnded, "call_off", "has ended and holds no units; make a new call-off")
	}
	return call, nil
}

// receipt tells what a command does, with the state as it will be after it.
func (l *lot) receipt(c Command, t taken) Receipt {
	h := l.holdings[c.Buyer]
	r := Receipt{
		Request: c.Request, Kind: c.Kind, Lot: c.Lot, Buyer: c.Buyer, Serial: l.serial + 1,
		FromEscrow: t.escrow, FromPool: t.pool, ToPool: t.back,
		Escrow: h.escrow - t.escrow, Pool: l.pool() - t.pool + t.back, Committed: l.committed,
		Settled: max(h.settled, c.Local),
	}
	switch c.Kind {
	case Reserve:
		r.Escrow += t.pool
	case Withdraw:
		r.Escrow = 0
	case Close:
	default:
		r.Committed += t.escrow + t.pool - t.back
	}
	for _, percent := range thresholds() {
		if percent > l.reached && r.Committed*100 >= l.max*int64(percent) {
			r.Reached = append(r.Reached, percent)
		}
	}
	return r
}

// fold counts a receipt that decide and receipt gave for this state.
func (l *lot) fold(c Command, r Receipt) {
	h := l.holdings[c.Buyer]
	l.serial = r.Serial
	l.escrowed += r.Escrow - h.escrow
	h.committed += r.Committed - l.committed
	h.escrow, h.settled, l.committed = r.Escrow, r.Settled, r.Committed
	if len(r.Reached) > 0 {
		l.reached = slices.Max(r.Reached)
	}
	switch c.Kind {
	case Draw, Change:
		l.callOffs[c.CallOff] = callOff{buyer: c.Buyer, quantity: c.Quantity}
	case Release:
		l.callOffs[c.CallOff] = callOff{buyer: c.Buyer, ended: true}
	case Close:
		l.close()
		return
	default:
	}
	l.holdings[c.Buyer] = h
}

func (l *lot) close() {
	for buyer, h := range l.holdings {
		h.escrow = 0
		l.holdings[buyer] = h
	}
	l.escrowed = 0
	l.window++
}

func (l *lot) refuseExhausted() *RefusalError {
	return refuse(CodeExhausted, "lot", "the maximum of %d was reached, so nothing can be added any more; running call-offs stay, a new need takes a new tender", l.max).
		because(maximumSource)
}

func notEnough(most int64) *RefusalError {
	return refuse(CodeNotEnough, "quantity", "is more than you can have, which is %d now; ask for that or less", most).
		left(most).because(maximumSource)
}
