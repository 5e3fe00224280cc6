// SPDX-License-Identifier: EUPL-1.2

package dossier

import (
	"slices"
	"strconv"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// CallOff is the body of a call-off. It is signed by the buyer itself and the
// supplier; its parents are the framework and the buyer's accession.
type CallOff struct {
	Lot      string `json:"lot"`
	Quantity int64  `json:"quantity"`    // in the unit of the lot
	Value    int64  `json:"value_cents"` // euro cents, over its whole term
	// Services are those of the lot that this call-off opens, by their names in
	// the layer.
	Services []string `json:"services"`
	// Variation is the annex with what this buyer has of its own: texts, logo,
	// opening hours. Never interface or security.
	Variation deed.Hash `json:"variation,omitzero"`
}

// ReadCallOff reads the body of a call-off's deed.
func ReadCallOff(c *deed.Content) (*CallOff, error) {
	var o CallOff
	if err := read(c, TypeCallOff, &o); err != nil {
		return nil, err
	}
	if c.Rule.Kind != deed.RuleAll || len(c.Parties) != 2 || Buyer(c) == "" || Supplier(c) == "" || Buyer(c) == Supplier(c) {
		return nil, refuse(ReasonSignatories, "", "a call-off is signed by one buyer itself and one supplier, and by nobody else")
	}
	switch {
	case c.NotAfter == 0:
		return nil, malformed("not_after", "a call-off has an end")
	case !text(o.Lot, 100):
		return nil, malformed("lot", "must have 1 to 100 characters")
	case o.Quantity <= 0 || o.Quantity > maxNumber:
		return nil, malformed("quantity", "must be more than zero")
	case o.Value <= 0 || o.Value > maxNumber:
		return nil, malformed("value_cents", "must be more than zero")
	case len(o.Services) > maxServices || !subset(o.Services, o.Services):
		return nil, malformed("services", "must be at most %d names, each once", maxServices)
	case o.Variation != "" && !slices.ContainsFunc(c.Annexes, func(a deed.Annex) bool { return a.Hash == o.Variation }):
		return nil, malformed("variation", "isn't an annex of the deed")
	}
	return &o, nil
}

// Supplier gives the supplier of a call-off.
func Supplier(c *deed.Content) fsc.PeerID {
	if peers := c.PeersInRole(RoleSupplier); len(peers) == 1 {
		return peers[0]
	}
	return ""
}

// Entry is a buyer's accession as it was when the call-off was signed.
type Entry struct {
	Deed      *deed.Content
	Accession *Accession
	Effective bool
}

// JudgeCallOff tells whether the call-off is live once both have signed, and the
// ledger has given its receipt.
func JudgeCallOff(s *Standing, e *Entry, c *deed.Content, o *CallOff, at Signing) error {
	if !slices.Contains(c.Parents, s.Deed.Hash()) || !slices.Contains(c.Parents, e.Deed.Hash()) {
		return refuse(ReasonParent, "", "the call-off doesn't name this framework and this accession as its parents")
	}
	if err := s.open(at.Signed); err != nil {
		return err // before the accession, which ends with the framework
	}
	if !e.Effective || Buyer(e.Deed) != Buyer(c) {
		return refuse(ReasonNotAcceded, lawBuyers, "Peer %s had not joined the framework when the call-off was signed", Buyer(c))
	}
	if err := s.fits(e, c, o); err != nil {
		return err
	}
	if at.Allocated < o.Quantity {
		return refuse(ReasonNoReceipt, caseMaximum, "the ledger of the framework has not allocated %d %s; a call-off lives only by its receipt",
			o.Quantity, o.Lot)
	}
	return nil
}

// Signing is when the last of both signed a call-off, and the quantity on the
// ledger's receipt for it, zero without one.
type Signing struct {
	Signed    time.Time
	Allocated int64
}

// fits checks lot, supplier, services and term.
func (s *Standing) fits(e *Entry, c *deed.Content, o *CallOff) error {
	lot, ok := s.Framework.Lot(o.Lot)
	if !ok || !e.Accession.Has(o.Lot) {
		return refuse(ReasonLot, "", "the buyer has not joined lot %q of this framework", o.Lot)
	}
	if !slices.Contains(lot.Suppliers, Supplier(c)) {
		return refuse(ReasonSupplier, "", "Peer %s is not a supplier of lot %q", Supplier(c), o.Lot)
	}
	if !subset(o.Services, lot.Services) {
		return refuse(ReasonService, "", "the call-off opens a service that isn't in lot %q", o.Lot)
	}
	last := s.Until.Add(time.Duration(s.Framework.TailDays) * 24 * time.Hour)
	if time.Unix(c.NotAfter, 0).After(last) {
		return refuse(ReasonTail, lawTail, "the call-off may run on for %d days after the framework, to %s at the latest",
			s.Framework.TailDays, last.UTC().Format(time.RFC3339))
	}
	return nil
}

func exhausted(left int64) string {
	if left <= 0 {
		return "the maximum of this lot has been reached; it has no further effect"
	}
	return "only " + strconv.FormatInt(left, 10) + " are left of this lot"
}
