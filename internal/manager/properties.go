// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"strconv"

	"github.com/samenspel/samenspel/fsc"
)

// Properties knows the grant properties that the Inway of a provider acts upon at
// each call (docs/extensions/connection-operations.md).
type Properties interface {
	// Misread gives the name of a property that couldn't be acted upon, so that every
	// call would be refused, and what is wrong in words that begin with the name.
	// Both are empty when there is none.
	Misread(g *fsc.Grant) (property, problem string)
}

// propertyMalformed is the code in the text of a [PropertyError].
const propertyMalformed = "property_malformed"

// PropertyError says that a grant has a property that a provider couldn't act
// upon. It unwraps to an [fsc.Error] with [fsc.CodeContractValidationFailed].
type PropertyError struct {
	// Grant is the place of the grant in the contract, from 0.
	Grant int
	// Property is its name, and Problem what is wrong, beginning with the name.
	Property, Problem string
}

// Field is that of the contract: grants[0].properties.
func (e *PropertyError) Field() string { return "grants[" + strconv.Itoa(e.Grant) + "].properties" }

// Text gives the code property_malformed and the problem.
func (e *PropertyError) Text() string { return propertyMalformed + ": " + e.Problem }

// Error gives the field and the text.
func (e *PropertyError) Error() string { return e.Field() + " " + e.Text() }

// Unwrap gives the error as other Peers and programs know it.
func (e *PropertyError) Unwrap() error {
	return fsc.Errorf(fsc.CodeContractValidationFailed, "%s", e.Error())
}

// CheckProperties tells whether the properties in a contract that this Peer is
// about to propose can be acted upon. The error is a *PropertyError.
func (m *Manager) CheckProperties(c *fsc.Content) error {
	if e := m.misread(c, func(fsc.Grant) bool { return true }); e != nil {
		return e
	}
	return nil
}

// misread finds a property that couldn't be acted upon in the grants asked for.
// What others offer each other is theirs to read: they may know newer properties.
func (m *Manager) misread(c *fsc.Content, in func(fsc.Grant) bool) *PropertyError {
	if m.cfg.Properties == nil {
		return nil
	}
	for i := range c.Grants {
		if !in(c.Grants[i]) {
			continue
		}
		if property, problem := m.cfg.Properties.Misread(&c.Grants[i]); problem != "" {
			return &PropertyError{Grant: i, Property: property, Problem: problem}
		}
	}
	return nil
}

// misreadOurs is for a first accept: it looks at what the contract opens of ours.
// An accept that is repeated since its certificate was replaced decides nothing.
func (m *Manager) misreadOurs(c *Contract) error {
	if _, accepted := c.Signature(m.cfg.Self.ID, fsc.SignatureTypeAccept); accepted {
		return nil
	}
	if e := m.misread(c.Content, m.isOurs); e != nil {
		return e
	}
	return nil
}
