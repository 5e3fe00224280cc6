// SPDX-License-Identifier: EUPL-1.2

package dossier

import (
	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// Binding is the body of a binding: which contract of the layer runs under a
// call-off. Buyer and supplier sign it; its parent is the call-off.
type Binding struct {
	// Contract is the content hash of the FSC contract.
	Contract fsc.ContentHash `json:"contract"`
}

// ReadBinding reads the body of a binding's deed.
func ReadBinding(c *deed.Content) (*Binding, error) {
	var b Binding
	if err := read(c, TypeBinding, &b); err != nil {
		return nil, err
	}
	if c.Rule.Kind != deed.RuleAll || Buyer(c) == "" || Supplier(c) == "" || len(c.Parties) != 2 {
		return nil, refuse(ReasonSignatories, "", "a binding is signed by the buyer and the supplier of the call-off")
	}
	if err := b.Contract.Validate(); err != nil {
		return nil, malformed("contract", "must be the hash of an FSC contract")
	}
	if c.NotAfter == 0 {
		return nil, malformed("not_after", "a binding has an end: that of the contract")
	}
	return &b, nil
}

// Within tells whether a deed's term lies within that of another one.
func Within(inner, outer *deed.Content) bool {
	return inner.NotBefore >= outer.NotBefore && (outer.NotAfter == 0 || inner.NotAfter != 0 && inner.NotAfter <= outer.NotAfter)
}
