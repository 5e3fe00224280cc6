// SPDX-License-Identifier: EUPL-1.2

package usage

import (
	"math/bits"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// Floors under sums of several organisations: below them a sum would tell what
// one of them pays or needs (design, section 5).
const (
	MinSavings = 2 // buyers in a total of savings
	MinDemand  = 5 // buyers in a total of demand
)

// SavingStatement is the body of a saving statement: what a unit costs under the call-off
// and what it cost before. The buyer issues it alone; its only parent is the call-off.
// It is for buyers, never for suppliers, and the group sees totals only.
type SavingStatement struct {
	Quantity int64    `json:"quantity"`    // units, of the lot
	Price    int64    `json:"price_cents"` // euro cents per unit
	Baseline Baseline `json:"baseline"`
}

// Baseline is what a saving is measured against.
type Baseline struct {
	Price int64 `json:"price_cents"` // euro cents per unit
	// Source is the annex that shows it: the old contract, an offer, an invoice.
	Source deed.Hash `json:"source"`
	// Note says in 1 to 2000 characters what it is the price of, and when.
	Note string `json:"note"`
}

// ReadSaving reads the body of a saving statement's deed.
func ReadSaving(c *deed.Content) (*SavingStatement, error) {
	var s SavingStatement
	if err := body(c, TypeSaving, &s, "quantity", "price_cents", "baseline"); err != nil {
		return nil, err
	}
	if _, role := issuer(c); role != RoleBuyer {
		return nil, refuse(ReasonSignatories, "parties", "a saving is stated by the buyer alone")
	}
	if len(c.Parents) != 1 || !isType(c.Parents[0], typeCallOff) {
		return nil, refuse(ReasonParent, "parents", "a saving statement follows one call-off")
	}
	switch {
	case s.Quantity <= 0 || s.Quantity > maxNumber:
		return nil, malformed("quantity", "must be more than zero")
	case s.Price < 0 || s.Price > maxNumber:
		return nil, malformed("price_cents", "must be 0 or more")
	case s.Baseline.Price <= 0 || s.Baseline.Price > maxNumber:
		return nil, malformed("baseline.price_cents", "must be more than zero")
	case !slices.ContainsFunc(c.Annexes, func(a deed.Annex) bool { return a.Hash == s.Baseline.Source }):
		return nil, malformed("baseline.source", "isn't an annex of the deed; a baseline has a source")
	case !text(s.Baseline.Note):
		return nil, malformed("baseline.note", "must have 1 to %d characters", maxReason)
	}
	if _, err := s.Cents(); err != nil {
		return nil, err
	}
	return &s, nil
}

// Cents gives what the statement saves, see [Saving].
func (s *SavingStatement) Cents() (int64, error) {
	return Saving(s.Baseline.Price, s.Price, s.Quantity)
}

// Saving gives (baseline - price) × quantity, exactly, in euro cents; below zero
// when the new price is higher. baseline and price are euro cents per unit. An
// amount below zero, or an outcome that JSON can't hold exactly, is an error of [ReasonAmount].
func Saving(baseline, price, quantity int64) (int64, error) {
	if baseline < 0 || price < 0 || quantity < 0 {
		return 0, refuse(ReasonAmount, "", "prices and quantities are not below zero")
	}
	per, sign := baseline-price, int64(1)
	if per < 0 {
		per, sign = -per, -1
	}
	high, low := bits.Mul64(uint64(per), uint64(quantity)) //nolint:gosec // neither is below zero
	if high != 0 || low > maxNumber {
		return 0, refuse(ReasonAmount, "", "the amount is too large to be counted exactly")
	}
	return sign * int64(low), nil
}

// Saved is a saving statement, with whose and of which call-off it is.
type Saved struct {
	Buyer     fsc.PeerID
	CallOff   deed.Hash
	Statement *SavingStatement
}

// Total is a sum over several buyers.
type Total struct {
	// Enough is false when too few buyers are in the sum to show it; Buyers and
	// Sum are zero then.
	Enough bool
	Buyers int
	Sum    int64 // euro cents, or units
}

// TotalSaving adds up savings in euro cents, for a group to see when they are of
// [MinSavings] buyers or more. A call-off that stands there twice is an error of
// [ReasonDouble], an amount that can't be counted exactly one of [ReasonAmount].
func TotalSaving(all []Saved) (Total, error) {
	seen := map[deed.Hash]bool{}
	s := sum{buyers: map[fsc.PeerID]bool{}}
	for _, one := range all {
		if seen[one.CallOff] {
			return Total{}, refuse(ReasonDouble, "call_off", "%s stands in the total twice", one.CallOff)
		}
		seen[one.CallOff] = true
		cents, err := one.Statement.Cents()
		if err != nil {
			return Total{}, err
		}
		if err := s.add(one.Buyer, cents); err != nil {
			return Total{}, err
		}
	}
	return s.total(MinSavings), nil
}

// Need is a quantity that a buyer says to need, in the unit of all in one total.
type Need struct {
	Buyer    fsc.PeerID
	Quantity int64
}

// TotalDemand adds up needs in units, to be shown when they are of [MinDemand]
// buyers or more; a buyer with several needs is one buyer. A quantity below zero, or
// a sum that can't be counted exactly, is an error of [ReasonAmount].
func TotalDemand(all []Need) (Total, error) {
	s := sum{buyers: map[fsc.PeerID]bool{}}
	for _, n := range all {
		if n.Quantity < 0 {
			return Total{}, refuse(ReasonAmount, "quantity", "must not be below zero")
		}
		if err := s.add(n.Buyer, n.Quantity); err != nil {
			return Total{}, err
		}
	}
	return s.total(MinDemand), nil
}

type sum struct {
	buyers map[fsc.PeerID]bool
	n      int64
}

// add keeps the sum within what JSON holds, so no addition can overflow.
func (s *sum) add(buyer fsc.PeerID, n int64) error {
	if n > maxNumber || n < -maxNumber || s.n+n > maxNumber || s.n+n < -maxNumber {
		return refuse(ReasonAmount, "", "the total is too large to be counted exactly")
	}
	s.buyers[buyer] = true
	s.n += n
	return nil
}

func (s *sum) total(least int) Total {
	if len(s.buyers) < least {
		return Total{}
	}
	return Total{Enough: true, Buyers: len(s.buyers), Sum: s.n}
}
