// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// propertyCode begins what a Manager says of a property that couldn't be acted upon.
const propertyCode = "property_malformed: "

// PropertyProblem gives what a Manager says of a grant property that couldn't be
// acted upon, without its code; ok is false for other texts.
func PropertyProblem(text string) (problem string, ok bool) {
	return strings.CutPrefix(text, propertyCode)
}

// ofRefusal makes what a Manager says of a signature one that may be told to who
// acted, with the field of the contract.
func ofRefusal(err error) error {
	if e, ok := errors.AsType[*manager.PropertyError](err); ok {
		return &operator.Error{Kind: operator.KindConflict, Field: e.Field(), Text: e.Text()}
	}
	return ofAgreement(err)
}

// checkProperties tells of a form which of its properties nobody could act upon.
func (c *Controller) checkProperties(f *ProposalForm, content *fsc.Content) error {
	err := c.cfg.Manager.CheckProperties(content)
	e, ok := errors.AsType[*manager.PropertyError](err)
	if !ok {
		return err
	}
	field := e.Field()
	named := func(p PropertyForm) bool { return p.Name == e.Property }
	if i := slices.IndexFunc(f.Grants[e.Grant].Properties, named); i >= 0 {
		field += "[" + strconv.Itoa(i) + "].value"
	}
	return invalid(field, e.Text())
}
