// SPDX-License-Identifier: EUPL-1.2

package ledger

// Kind says what a command asks.
type Kind string

// The kinds of commands.
const (
	// Reserve puts units of the pool aside for one buyer, at its accession.
	// What a buyer calls its indicative need is no reservation.
	Reserve Kind = "reserve"
	// Draw commits units to a new call-off: first the buyer's reservation, then
	// the pool.
	Draw Kind = "draw"
	// Change gives a running call-off another quantity. What it grows by is
	// taken as in a draw, what it shrinks by goes to the pool.
	Change Kind = "change"
	// Release ends a call-off; its units go to the pool.
	Release Kind = "release"
	// Withdraw gives up the buyer's reservation; its call-offs stay.
	Withdraw Kind = "withdraw"
	// Close ends the entry window: all that is still reserved goes to the pool.
	Close Kind = "close"
)

// Lot is one lot of a framework as it was published: its name, and the number
// of units that may be called off in all, from 1 to [MaxQuantity].
type Lot struct {
	ID  string `json:"id"`
	Max int64  `json:"max"`
}

// Command asks one thing of one lot. A member that doesn't belong to its kind
// stays zero; a command that has it anyway is refused.
type Command struct {
	// Request names the command. The same name with the same command is a
	// repetition; with another command it is refused.
	Request string `json:"request"`
	Kind    Kind   `json:"kind"`
	Lot     string `json:"lot"`
	// Buyer is who asks; in every kind but Close.
	Buyer string `json:"buyer,omitzero"`
	// CallOff names the call-off in Draw, Change and Release. A name is used
	// once in a lot, also after the call-off ended.
	CallOff string `json:"call_off,omitzero"`
	// Quantity is in units: to reserve, to draw, or the whole quantity that the
	// call-off gets with Change.
	Quantity int64 `json:"quantity,omitzero"`
	// Need is what the buyer says it needs of the lot in all, in Reserve. What
	// it has reserved and called off stays within six fifths of it.
	Need int64 `json:"need,omitzero"`
	// Window is the number of the entry window, from 1, in Reserve and Close.
	Window int64 `json:"window,omitzero"`
	// Local is the buyer's own number, from 1 and rising per lot, of a Draw
	// that it made alone; see [Escrow]. Zero for all others.
	Local int64 `json:"local,omitzero"`
}

// Receipt is the sequencer's word that a command was done. What is left is
// told as it was right after it.
type Receipt struct {
	Request string `json:"request"`
	Kind    Kind   `json:"kind"`
	Lot     string `json:"lot"`
	Buyer   string `json:"buyer,omitzero"`
	// Serial numbers the receipts of a lot: 1, 2, 3, and so on.
	Serial int64 `json:"serial"`
	// FromEscrow and FromPool are the units taken from the buyer's reservation
	// and from the pool. With Reserve, FromPool went to the reservation.
	FromEscrow int64 `json:"from_escrow,omitzero"`
	FromPool   int64 `json:"from_pool,omitzero"`
	// ToPool are the units that returned to the pool.
	ToPool int64 `json:"to_pool,omitzero"`
	// Escrow is what the buyer has left of its reservation; zero with Close,
	// for it is then nothing for everybody.
	Escrow int64 `json:"escrow"`
	// Pool is what is left for everybody, Committed what all running call-offs
	// of the lot have together.
	Pool      int64 `json:"pool"`
	Committed int64 `json:"committed"`
	// Settled is the highest Local number of the buyer that was counted.
	Settled int64 `json:"settled,omitzero"`
	// Reached are the percentages of the maximum, of 70, 90 and 100, that were
	// committed for the first time with this receipt. Each is told once in the
	// life of a lot. At 100 the lot is exhausted for good.
	Reached []int `json:"reached,omitzero"`
}

// Entry is one line of the log: what was asked and what it gave.
type Entry struct {
	Command Command `json:"command"`
	Receipt Receipt `json:"receipt"`
}

// check holds a command to the form of its kind.
func (c Command) check() error {
	if !validID(c.Request) {
		return malformed("request")
	}
	if !validID(c.Lot) {
		return malformed("lot")
	}
	shape, known := shapeOf(c.Kind)
	if !known {
		return malformed("kind")
	}
	if !fits(shape.buyer, c.Buyer) {
		return malformed("buyer")
	}
	if !fits(shape.callOff, c.CallOff) {
		return malformed("call_off")
	}
	if !within(shape.quantity, c.Quantity) {
		return malformed("quantity")
	}
	if !within(shape.need, c.Need) {
		return malformed("need")
	}
	if !within(shape.window, c.Window) {
		return malformed("window")
	}
	if c.Local != 0 && (c.Kind != Draw || !within(true, c.Local)) {
		return malformed("local")
	}
	return nil
}

// shape says which members a kind has.
type shape struct{ buyer, callOff, quantity, need, window bool }

func shapeOf(k Kind) (shape, bool) {
	switch k {
	case Reserve:
		return shape{buyer: true, quantity: true, need: true, window: true}, true
	case Draw, Change:
		return shape{buyer: true, callOff: true, quantity: true}, true
	case Release:
		return shape{buyer: true, callOff: true}, true
	case Withdraw:
		return shape{buyer: true}, true
	case Close:
		return shape{window: true}, true
	default:
		return shape{}, false
	}
}

func fits(asked bool, id string) bool {
	if !asked {
		return id == ""
	}
	return validID(id)
}

func within(asked bool, n int64) bool {
	if !asked {
		return n == 0
	}
	return n >= 1 && n <= MaxQuantity
}
