// SPDX-License-Identifier: EUPL-1.2

package dossier

import (
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// OwnDraw is the body of an own draw: a buyer takes the units of a call-off from
// its own reservation, without the purchasing body, which settles it later. Its
// parents are the framework and the call-off (design, section 3.4).
type OwnDraw struct {
	// Command is what the ledger gets later: a draw with the buyer's own number.
	Command Command `json:"command"`
}

// ReadOwnDraw reads the body of an own draw's deed. Whether there is enough left
// is found by adding the ledger up.
func ReadOwnDraw(c *deed.Content) (*OwnDraw, error) {
	var o OwnDraw
	if err := read(c, TypeOwnDraw, &o); err != nil {
		return nil, err
	}
	if c.Rule.Kind != deed.RuleOne || len(c.Parties) != 1 || Buyer(c) == "" {
		return nil, refuse(ReasonSignatories, "", "a buyer draws alone by its own signature, and with nobody else")
	}
	k := o.Command
	switch {
	case c.NotAfter != 0:
		return nil, malformed("not_after", "an own draw has no end")
	case k.Kind != "draw" || k.Need != 0 || k.Window != 0:
		return nil, malformed("command.kind", "must be a draw, with nothing of other commands")
	case k.Buyer != string(Buyer(c)):
		return nil, malformed("command.buyer", "must be the party of the deed")
	case !text(k.Lot, 100) || !text(k.Request, maxText) || !text(k.CallOff, maxText):
		return nil, malformed("command", "needs a request, a lot and a call-off")
	case k.Quantity <= 0 || k.Quantity > maxNumber:
		return nil, malformed("command.quantity", "must be more than zero")
	case k.Local <= 0 || k.Local > maxNumber:
		return nil, malformed("command.local", "must be the buyer's own number, from 1")
	}
	return &o, nil
}
