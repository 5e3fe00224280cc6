// SPDX-License-Identifier: EUPL-1.2

package dossier

import (
	"math/bits"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

// The bounds of a price sheet.
const (
	// MaxPriceCents is the highest price of a unit, in euro cents: a thousand
	// million euros.
	MaxPriceCents int64 = 100_000_000_000
	// MaxEffortHours is the longest effort of joining.
	MaxEffortHours int64 = 10_000
	// MaxPriceNote is how many characters a note may have.
	MaxPriceNote = 500

	currency = "EUR"
)

// PriceSheet is the body of a price sheet: what a unit of a lot costs at one
// supplier, and what joining takes. Purchasing body and supplier sign it; its only
// parent is the framework. The price holds from the deed's not_before until a later
// sheet of the same supplier for the same lot. It is for buyers of the framework,
// never for other suppliers nor the public (design, rows 54 and 70 and section 3.3).
type PriceSheet struct {
	Lot string
	// Cents is the price of one unit of the lot, in euro cents without VAT; 0 is free.
	Cents int64
	// Hours is the estimate of the working hours that joining takes a municipality.
	Hours int64
	// Note says what the price has in it; may be empty.
	Note string
}

// wirePrice tells a member that is zero from one that isn't there.
type wirePrice struct {
	Lot      string `json:"lot"`
	Cents    *int64 `json:"unit_price_cents"`
	Currency string `json:"currency"`
	Hours    *int64 `json:"effort_hours"`
	Note     string `json:"note,omitzero"`
}

// Body writes the body of the deed.
func (p *PriceSheet) Body() ([]byte, error) {
	return json.Marshal(wirePrice{Lot: p.Lot, Cents: &p.Cents, Currency: currency, Hours: &p.Hours, Note: p.Note})
}

// ReadPriceSheet reads the body of a price sheet's deed.
func ReadPriceSheet(c *deed.Content) (*PriceSheet, error) {
	var w wirePrice
	if err := read(c, TypePriceSheet, &w); err != nil {
		return nil, err
	}
	if c.Rule.Kind != deed.RuleAll || len(c.Parties) != 2 || len(c.PeersInRole(RolePurchasingBody)) != 1 || Supplier(c) == "" ||
		c.HasParty(Supplier(c), RolePurchasingBody) {
		return nil, refuse(ReasonSignatories, "", "a price sheet is signed by the purchasing body and one supplier, and by nobody else")
	}
	switch {
	case !text(w.Lot, 100):
		return nil, malformed("lot", "must have 1 to 100 characters")
	case w.Cents == nil || *w.Cents < 0 || *w.Cents > MaxPriceCents:
		return nil, malformed("unit_price_cents", "must be 0 to %d, in euro cents", MaxPriceCents)
	case w.Currency != currency:
		return nil, malformed("currency", "must be %s", currency)
	case w.Hours == nil || *w.Hours < 0 || *w.Hours > MaxEffortHours:
		return nil, malformed("effort_hours", "must be 0 to %d", MaxEffortHours)
	case !visible(w.Note, MaxPriceNote):
		return nil, malformed("note", "must have at most %d characters, all of which can be seen", MaxPriceNote)
	}
	return &PriceSheet{Lot: w.Lot, Cents: *w.Cents, Hours: *w.Hours, Note: w.Note}, nil
}

// Cost gives what a quantity of the lot costs at this price, in euro cents; false
// when that is more than every JSON reader has exactly, or the quantity is below
// zero.
func (p *PriceSheet) Cost(quantity int64) (cents int64, ok bool) {
	if quantity < 0 || p.Cents < 0 {
		return 0, false
	}
	high, low := bits.Mul64(uint64(p.Cents), uint64(quantity))
	if high != 0 || low >= maxNumber {
		return 0, false
	}
	return int64(low), true
}

// visible takes what people write, which may be nothing: no characters that can't
// be seen but new lines.
func visible(s string, most int) bool {
	hidden := func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most && !slices.ContainsFunc([]rune(s), hidden)
}
