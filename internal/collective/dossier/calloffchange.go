// SPDX-License-Identifier: EUPL-1.2

package dossier

import (
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// CallOffChange is the body of a change of a call-off: another quantity, at
// another value. Buyer and supplier sign it; its parents are the framework and the
// call-off. It takes effect when the purchasing body has allocated it; until then
// the quantity of before counts (design, section 3.4).
type CallOffChange struct {
	Quantity int64 `json:"quantity"`    // the whole new quantity, in the unit of the lot
	Value    int64 `json:"value_cents"` // euro cents, over the whole term, with what went before
	// Reason says why, for whoever reads the dossier later.
	Reason string `json:"reason"`
}

// ReadCallOffChange reads the body of the deed of a call-off's change.
func ReadCallOffChange(c *deed.Content) (*CallOffChange, error) {
	var g CallOffChange
	if err := read(c, TypeCallOffChange, &g); err != nil {
		return nil, err
	}
	if c.Rule.Kind != deed.RuleAll || len(c.Parties) != 2 || Buyer(c) == "" || Supplier(c) == "" || Buyer(c) == Supplier(c) {
		return nil, refuse(ReasonSignatories, "", "a change of a call-off is signed by its buyer and its supplier, and by nobody else")
	}
	switch {
	case c.NotAfter != 0:
		return nil, malformed("not_after", "a change has no end; the call-off keeps its term")
	case g.Quantity <= 0 || g.Quantity > maxNumber:
		return nil, malformed("quantity", "must be more than zero; end the call-off to give up all of it")
	case g.Value <= 0 || g.Value > maxNumber:
		return nil, malformed("value_cents", "must be more than zero")
	case !text(g.Reason, maxText):
		return nil, malformed("reason", "must have 1 to %d characters", maxText)
	}
	return &g, nil
}
