// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"errors"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

const (
	// MaxSearchLimit is the most records one [Search] gives.
	MaxSearchLimit = 1000
	// MinTransactionIDDigits is how many digits of a transaction id must be
	// known to look for it; it is the first group of a UUID.
	MinTransactionIDDigits = 8
	// transactionIDDigits is how many there are.
	transactionIDDigits = 32
)

// ErrTransactionIDPart refuses a part of a transaction id that is too short,
// too long, or no hexadecimal number.
var ErrTransactionIDPart = errors.New("a transaction id starts with 8 to 32 hexadecimal digits")

// Search is what people look for in the log of their own node: everything that
// is set has to hold. Newest come first, in the order of [Cursor.Compare].
type Search struct {
	// Peer took part in the call, as in [Record.VisibleTo].
	Peer        fsc.PeerID
	ServiceName string
	GrantHash   string
	// Direction is empty for both.
	Direction Direction
	// From and Until are bounds on the time of creation, to the microsecond;
	// Until is not included. Zero is no bound.
	From, Until time.Time
	// TransactionID is a whole id or how it begins, in upper or lower case, with
	// or without hyphens; see [MinTransactionIDDigits].
	TransactionID string
	// Before continues a listing: only what comes after that record in it.
	Before *Cursor
	// After goes back in a listing: only what comes in front of that record in
	// it, and of that what is nearest to it. The order stays the same.
	After *Cursor
	// Limit is the largest number of records; 0 or more than [MaxSearchLimit]
	// is MaxSearchLimit.
	Limit int
}

// Validate refuses a search for something that can't be an id; its error is
// [ErrTransactionIDPart].
func (s Search) Validate() error {
	if s.TransactionID == "" {
		return nil
	}
	digits := s.TransactionIDDigits()
	if len(digits) < MinTransactionIDDigits || len(digits) > transactionIDDigits || !isLowerHex(digits, len(digits)) {
		return ErrTransactionIDPart
	}
	return nil
}

// TransactionIDDigits gives the digits of TransactionID in lower case.
func (s Search) TransactionIDDigits() string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimSpace(s.TransactionID), "-", ""))
}

// Matches is the meaning of a valid search, Limit left out.
func (s Search) Matches(r Record) bool {
	switch {
	case s.Peer != "" && !r.VisibleTo(s.Peer),
		s.ServiceName != "" && s.ServiceName != r.ServiceName,
		s.GrantHash != "" && s.GrantHash != r.GrantHash,
		s.Direction != "" && s.Direction != r.Direction,
		!s.From.IsZero() && r.CreatedAt.Before(s.From),
		!s.Until.IsZero() && !r.CreatedAt.Before(s.Until),
		s.Before != nil && CursorOf(r).Compare(*s.Before) >= 0,
		s.After != nil && CursorOf(r).Compare(*s.After) <= 0:
		return false
	}
	return strings.HasPrefix(strings.ReplaceAll(r.TransactionID, "-", ""), s.TransactionIDDigits())
}
