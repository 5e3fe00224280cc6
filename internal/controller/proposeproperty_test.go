// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/access"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// reading is a town hall that reads the properties its Inway acts upon.
func reading(t *testing.T) *townHall {
	t.Helper()
	h := newTownHall(t, func(c *manager.Config) { c.Properties = access.Properties{} })
	h.learn(t)
	h.offers(t, "personen")
	return h
}

func TestAPropertyThatNobodyCouldActUponIsRefusedBeforeAnybodySigns(t *testing.T) {
	h := reading(t)
	signer := h.person(t, operator.RoleSigner)
	f := form(h, "personen")
	f.Grants[0].Properties = []controller.PropertyForm{{Name: "doel", Value: `"zorg"`}, {Name: access.Property, Value: `[{"methods":"GET"}]`}}
	_, err := h.Preview(t.Context(), signer, f)
	if kindOf(err) != "invalid grants[0].properties[1].value" {
		t.Errorf("preview: %q %v", kindOf(err), err)
	}
	_, err = h.Propose(t.Context(), signer, f)
	if kindOf(err) != "invalid grants[0].properties[1].value" || !strings.Contains(err.Error(), "must be an array") {
		t.Errorf("proposal: %q %v", kindOf(err), err)
	}
	f.Grants[0].Properties[1].Value = `[{"methods":["GET"]}]`
	if _, err = h.Propose(t.Context(), signer, f); err != nil {
		t.Error(err)
	}
}

func TestAnAcceptOfAPropertyThatWeCantActUponNamesFieldAndReason(t *testing.T) {
	h := reading(t)
	g := h.called("personen")
	g.Properties = []byte(`{"access.connection.operations":[]}`)
	c := h.offer(t, g)
	signer := h.person(t, operator.RoleSigner)
	d, err := h.Contract(t.Context(), signer, c.Hash())
	must(t, err)
	accept := d.Choice("accept")
	if accept.OK || accept.Why != controller.WhyProperty || !strings.HasPrefix(accept.Detail, "property_malformed: "+access.Property) {
		t.Errorf("the choice is %+v", accept)
	}
	_, err = h.Sign(t.Context(), signer, c.Hash(), fsc.SignatureTypeAccept)
	if kindOf(err) != "conflict grants[0].properties" {
		t.Errorf("refused with %q %v", kindOf(err), err)
	}
}
