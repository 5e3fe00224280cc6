// SPDX-License-Identifier: EUPL-1.2

package dossier

import (
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// Allocation is the body of an allocation: one command to the ledger of a
// framework, as the purchasing body has carried it out or refused it. The members
// are those of package ledger, which says what they mean; whether they are right
// is found by adding the ledger up again.
type Allocation struct {
	Command Command         `json:"command"`
	Receipt *Receipt        `json:"receipt,omitzero"`
	Refusal *CommandRefusal `json:"refusal,omitzero"`
	// Exhausted tells that with this receipt every lot of the framework has
	// reached its maximum.
	Exhausted bool `json:"exhausted,omitzero"`
}

// Command is a command to the ledger. Quantities are in the unit of the lot.
type Command struct {
	Request  string `json:"request"`
	Kind     string `json:"kind"`
	Lot      string `json:"lot"`
	Buyer    string `json:"buyer,omitzero"`
	CallOff  string `json:"call_off,omitzero"`
	Quantity int64  `json:"quantity,omitzero"`
	Need     int64  `json:"need,omitzero"`
	Window   int64  `json:"window,omitzero"`
	Local    int64  `json:"local,omitzero"`
}

// Receipt is the ledger's word that a command was carried out.
type Receipt struct {
	Request    string `json:"request"`
	Kind       string `json:"kind"`
	Lot        string `json:"lot"`
	Buyer      string `json:"buyer,omitzero"`
	Serial     int64  `json:"serial"`
	FromEscrow int64  `json:"from_escrow,omitzero"`
	FromPool   int64  `json:"from_pool,omitzero"`
	ToPool     int64  `json:"to_pool,omitzero"`
	Escrow     int64  `json:"escrow"`
	Pool       int64  `json:"pool"`
	Committed  int64  `json:"committed"`
	Settled    int64  `json:"settled,omitzero"`
	Reached    []int  `json:"reached,omitzero"` // percent
}

// CommandRefusal is why the ledger didn't carry a command out. Remaining is the
// highest quantity that could be asked for then.
type CommandRefusal struct {
	Code      string `json:"code"`
	Field     string `json:"field,omitzero"`
	Detail    string `json:"detail"`
	Remaining int64  `json:"remaining,omitzero"`
	Source    string `json:"source,omitzero"`
}

// ReadAllocation reads the body of an allocation's deed.
func ReadAllocation(c *deed.Content) (*Allocation, error) {
	var a Allocation
	if err := read(c, TypeAllocation, &a); err != nil {
		return nil, err
	}
	if len(c.PeersInRole(RolePurchasingBody)) != 1 || c.Rule.Role != RolePurchasingBody {
		return nil, refuse(ReasonSignatories, "", "only the purchasing body allocates, by its own signature")
	}
	switch {
	case (a.Receipt == nil) == (a.Refusal == nil):
		return nil, malformed("receipt", "an allocation has either a receipt or a refusal")
	case a.Exhausted && a.Receipt == nil:
		return nil, malformed("exhausted", "goes with a receipt")
	case a.Refusal != nil && (!text(a.Refusal.Code, 50) || !text(a.Refusal.Detail, maxText) || len(a.Refusal.Source) > maxText):
		return nil, malformed("refusal", "needs a code and a detail of at most %d characters", maxText)
	case a.Refusal != nil && len(a.Refusal.Field) > 50:
		return nil, malformed("refusal.field", "must have at most 50 characters")
	}
	return &a, nil
}
