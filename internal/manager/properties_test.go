// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/access"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

const (
	narrowed  = `{"access.connection.operations":[{"methods":["GET"]}]}`
	malformed = `{"access.connection.operations":[{"method":"GET"}]}`
)

// reading has a node read the properties that its Inway acts upon.
func reading(c *manager.Config) { c.Properties = access.Properties{} }

func with(g fsc.Grant, properties string) fsc.Grant {
	g.Properties = []byte(properties)
	return g
}

func misread(t *testing.T, err error, field string) {
	t.Helper()
	refused(t, err, fsc.CodeContractValidationFailed)
	e, ok := errors.AsType[*manager.PropertyError](err)
	if !ok || e.Field() != field || e.Property != access.Property || !strings.HasPrefix(e.Text(), "property_malformed: "+access.Property) {
		t.Fatalf("got %v", err)
	}
}

func TestAPropertyThatNobodyCouldActUponIsNotProposed(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, bart, reading)
	_, err := n.Create(t.Context(), manager.Proposal{
		NotAfter: start.Add(time.Hour), Grants: []fsc.Grant{with(w.connection(), narrowed), with(w.connection(), malformed)},
	})
	misread(t, err, "grants[1].properties")
	equalAll(t, "outbox", n.waiting(t), []string{})
	_, err = n.Create(t.Context(), manager.Proposal{NotAfter: start.Add(time.Hour), Grants: []fsc.Grant{with(w.connection(), narrowed)}})
	must(t, err)
}

func TestAProviderDoesntAcceptAPropertyThatItCantActUpon(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna, automaticUnder, reading).offers(t)
	c := content(t, draft(1, with(w.connection(), malformed)))
	equal(t, "signed by a rule", n.proposes(t, c), false)
	says, err := n.Decide(t.Context(), c.Hash())
	must(t, err)
	if says.Accepts || says.Reason != manager.ReasonProperty || !strings.HasPrefix(says.Detail, "property_malformed: ") {
		t.Errorf("decision %+v", says)
	}
	_, err = n.Sign(t.Context(), c.Hash(), fsc.SignatureTypeAccept)
	misread(t, err, "grants[0].properties")
	equal(t, "marks", n.marks(t, c.Hash()), "2000 accept")
	_, err = n.Sign(t.Context(), c.Hash(), fsc.SignatureTypeReject)
	must(t, err)
	equal(t, "signed by a rule", n.proposes(t, content(t, draft(2, with(w.connection(), narrowed)))), true)
}

func TestWhatAnotherProviderMeansByAPropertyIsItsOwnBusiness(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, bart, reading)
	c := content(t, draft(1, with(w.connection(), malformed)))
	must(t, n.Submit(t.Context(), w.orgs[anna].caller(), w.orgs[anna].message(t, c, fsc.SignatureTypeAccept)))
	_, err := n.Sign(t.Context(), c.Hash(), fsc.SignatureTypeAccept)
	must(t, err)
}

func TestAnAcceptOfBeforeIsStillRenewedWithItsCertificate(t *testing.T) {
	w := newWorld(t)
	now := manager.Properties(nil)
	n := w.node(t, anna, automaticUnder, func(c *manager.Config) { c.Properties = later{&now} }).offers(t)
	c := content(t, draft(1, with(w.connection(), malformed)))
	equal(t, "signed by a rule", n.proposes(t, c), true)
	now = access.Properties{}
	w.orgs[anna].renew(t, localca.Request{NotAfter: start.AddDate(3, 0, 0)})
	renewed, err := n.Renew(t.Context())
	must(t, err)
	equal(t, "renewed", renewed, 1)
}

// later reads no properties until it is told how.
type later struct{ now *manager.Properties }

// Misread implements manager.Properties.
func (l later) Misread(g *fsc.Grant) (property, problem string) {
	if *l.now == nil {
		return "", ""
	}
	return (*l.now).Misread(g)
}
