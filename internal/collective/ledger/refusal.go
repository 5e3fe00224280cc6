// SPDX-License-Identifier: EUPL-1.2

package ledger

import (
	"errors"
	"fmt"
)

// Code says why a command was refused; programs choose texts by it.
type Code string

// The codes of refusals.
const (
	CodeMalformed       Code = "malformed"        // not the form of its kind, or a number out of bounds
	CodeUnknownLot      Code = "unknown_lot"      // the framework has no such lot
	CodeRequestReused   Code = "request_reused"   // the request's name was used for another command
	CodeExhausted       Code = "exhausted"        // the maximum was reached before; nothing new, for good
	CodeNotEnough       Code = "not_enough"       // more than what is left for this buyer now
	CodeOverReservation Code = "over_reservation" // more than six fifths of the stated need
	CodeWindow          Code = "window"           // not the entry window that is open
	CodeCallOffKnown    Code = "call_off_known"   // the name of the call-off was used before
	CodeCallOffUnknown  Code = "call_off_unknown" // this buyer has no such call-off
	CodeCallOffEnded    Code = "call_off_ended"   // the call-off was released before
	CodeNoChange        Code = "no_change"        // the call-off has this quantity, or nothing is reserved
	CodeOutOfOrder      Code = "out_of_order"     // a later draw of the buyer was settled before this one
	CodeFull            Code = "full"             // a limit of this package is reached
)

// maximumSource is why a maximum binds: a framework that reached it has no
// more effect.
const maximumSource = "Directive 2014/24/EU, art. 33; Court of Justice C-23/20"

// RefusalError is why a command wasn't done. Nothing changed because of it, and the
// request's name stays free. All members may be told to the buyer.
type RefusalError struct {
	Code Code
	// Field is the member of the command in question; empty when the whole is.
	Field  string
	Detail string
	// Remaining is the highest quantity that the same command could ask for at
	// this moment, in units; zero where that question doesn't arise.
	Remaining int64
	// Source is the rule or article, if there is one besides this format.
	Source string
}

// Error gives field and detail.
func (r *RefusalError) Error() string {
	if r.Field == "" {
		return r.Detail
	}
	return r.Field + ": " + r.Detail
}

// Errors that are no answer to a buyer but to the one who runs the sequencer.
var (
	// ErrLog is wrapped when a log or snapshot isn't one that this package
	// could have made from these lots.
	ErrLog = errors.New("ledger: the log doesn't add up")
	// ErrStale is given after an append that failed: the entry may or may not
	// stand in the log, so the state has to be restored from it first.
	ErrStale = errors.New("ledger: restore from the log first, an append failed")
	// ErrLots is wrapped when lots can't be counted: none, too many, twice the
	// same, or a maximum out of bounds.
	ErrLots = errors.New("ledger: the lots can't be counted")
	// ErrReceipt is wrapped when a receipt isn't about this reservation.
	ErrReceipt = errors.New("ledger: the receipt is of another reservation")
)

func refuse(code Code, field, format string, args ...any) *RefusalError {
	return &RefusalError{Code: code, Field: field, Detail: fmt.Sprintf(format, args...)}
}

func malformed(field string) *RefusalError {
	return refuse(CodeMalformed, field, "is missing, doesn't belong here, or is out of bounds (units go from 1 to %d); correct it and send it again", int64(MaxQuantity))
}

func (r *RefusalError) left(units int64) *RefusalError {
	r.Remaining = units
	return r
}

func (r *RefusalError) because(source string) *RefusalError {
	r.Source = source
	return r
}
