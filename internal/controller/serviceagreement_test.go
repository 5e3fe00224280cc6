// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

// uncovered refuses where an agreement is required, with a code and words.
type uncovered [2]string

func (u uncovered) Accept(_ context.Context, _ *fsc.Grant, _ fsc.Validity, required bool) error {
	if required {
		return u
	}
	return nil
}

func (u uncovered) Token(ctx context.Context, g *fsc.Grant, v fsc.Validity, required bool) error {
	return u.Accept(ctx, g, v, required)
}

func (u uncovered) Error() string             { return u[0] }
func (u uncovered) Refused() (string, string) { return u[0], u[1] }

// bound is a town hall whose service personen requires an agreement.
func bound(t *testing.T, u uncovered) *townHall {
	t.Helper()
	h := newTownHall(t, func(c *manager.Config) { c.Agreements = u })
	h.learn(t)
	h.offers(t, "personen")
	must(t, h.RequireAgreement(t.Context(), h.person(t, operator.RoleAdministrator), "personen", true))
	return h
}

func TestARequiredAgreementStandsInTheAuditTrail(t *testing.T) {
	h := newTownHall(t)
	admin := h.person(t, operator.RoleAdministrator)
	must(t, h.PutService(t.Context(), admin, manager.Service{Name: "wegen", Upstream: "https://bron.test", RequiresAgreement: true}, true))
	must(t, h.RequireAgreement(t.Context(), admin, "wegen", false))
	must(t, h.RequireAgreement(t.Context(), admin, "wegen", true))
	must(t, h.PutService(t.Context(), admin, manager.Service{Name: "wegen", Upstream: "https://andere.test"}, false))
	s, err := h.OfferedService(t.Context(), admin, "wegen")
	must(t, err)
	if !s.RequiresAgreement || s.Upstream != "https://andere.test" {
		t.Errorf("the service is %+v", s)
	}
	for act, want := range map[string]operator.Change{
		"service.put":       {Field: "requires_agreement", After: "true"},
		"service.agreement": {Field: "requires_agreement", Before: "false", After: "true"},
	} {
		events, err := h.People().Events(t.Context(), h.trail, operator.EventFilter{Act: act})
		must(t, err)
		if len(events) != 2 || !slices.ContainsFunc(events, func(e *operator.Event) bool { return slices.Contains(e.Changes, want) }) {
			t.Errorf("%s: %+v", act, events)
		}
	}
	for want, err := range map[string]error{
		"not_found ": h.RequireAgreement(t.Context(), admin, "nergens", true),
		"forbidden ": h.RequireAgreement(t.Context(), h.person(t, operator.RoleReader), "wegen", false),
	} {
		if kindOf(err) != want {
			t.Errorf("%v is %q, want %q", err, kindOf(err), want)
		}
	}
}

func TestAnAcceptWithoutAnAgreementNamesFieldAndReason(t *testing.T) {
	h := bound(t, uncovered{"agreement_missing", "name the call-off"})
	c := h.offer(t, h.called("personen"))
	signer := h.person(t, operator.RoleSigner)
	d, err := h.Contract(t.Context(), signer, c.Hash())
	must(t, err)
	accept := d.Choice("accept")
	if accept.OK || accept.Why != controller.WhyAgreement || accept.Detail != "agreement_missing: name the call-off" {
		t.Errorf("the choice is %+v", accept)
	}
	_, err = h.Sign(t.Context(), signer, c.Hash(), fsc.SignatureTypeAccept)
	if kindOf(err) != "conflict grants[0].properties" || !strings.HasPrefix(err.Error(), "agreement_missing: ") {
		t.Errorf("refused with %q %v", kindOf(err), err)
	}
	if got := h.acts(t); !strings.Contains(got[len(got)-1], "agreement_missing") {
		t.Errorf("audit trail %q", got)
	}
}

func TestAServiceTellsWhatRequiringAnAgreementStops(t *testing.T) {
	h := bound(t, uncovered{"agreement_missing", "name the call-off"})
	admin := h.person(t, operator.RoleAdministrator)
	must(t, h.RequireAgreement(t.Context(), admin, "personen", false))
	h.agree(t, h.called("personen"))
	got, err := h.AgreementCoverage(t.Context(), admin, "personen")
	must(t, err)
	if got != (controller.AgreementCoverage{Contracts: 1, Without: 1}) {
		t.Errorf("coverage %+v", got)
	}
	if _, err := h.AgreementCoverage(t.Context(), admin, "nergens"); kindOf(err) != "not_found " {
		t.Error(err)
	}
}

func TestAContractWithoutAnAgreementIsExplainedToTheProvider(t *testing.T) {
	for reason, turn := range map[controller.Reason]controller.Turn{
		controller.ReasonAgreementMissing: controller.TurnThem, controller.ReasonAgreementEnded: controller.TurnBoth,
		controller.ReasonAgreementAway: controller.TurnUs,
	} {
		h := bound(t, uncovered{string(reason), "words"})
		admin := h.person(t, operator.RoleAdministrator)
		must(t, h.RequireAgreement(t.Context(), admin, "personen", false))
		c := h.agree(t, h.called("personen"))
		q := controller.Question{GrantHash: c.Grants[0].Hash, Direction: txlog.DirectionIncoming}
		e, err := h.Explain(t.Context(), admin, q)
		must(t, err)
		want(t, e, controller.StepAgreement, controller.StepOK, "", "")
		must(t, h.RequireAgreement(t.Context(), admin, "personen", true))
		e, err = h.Explain(t.Context(), admin, q)
		must(t, err)
		want(t, e, controller.StepAgreement, controller.StepNotOK, reason, turn)
		if s := step(t, e, controller.StepAgreement); s.Facts.Detail != string(reason)+": words" || len(s.Peers) == 0 && turn != controller.TurnUs {
			t.Errorf("step %+v", s)
		}
	}
}

func TestATokenRefusedForItsAgreementIsExplainedToTheConsumer(t *testing.T) {
	d := newDesk(t)
	d.contract(t, connects(anna, bart, "persons"), 100)
	refuse := func(text string) controller.Step {
		t.Helper()
		d.now = d.now.Add(time.Minute)
		said := fsc.NewTokenError(fsc.TokenInvalidGrant, text)
		d.noToken = fsc.WrapError(fsc.CodeAccessTokenUnavailable, said, "no access token")
		e, err := d.Look(t.Context(), everything(), controller.Question{Service: "persons"})
		check(t, err)
		i := slices.IndexFunc(e.Look.Steps, func(s controller.Step) bool { return s.Name == controller.StepToken })
		return e.Look.Steps[i]
	}
	s := refuse("agreement_validity: the contract has to lie within the call-off")
	if s.Reason != controller.ReasonAgreementValidity || s.Turn != controller.TurnUs || !strings.Contains(s.Facts.Detail, "has to lie within") {
		t.Errorf("step %+v", s)
	}
	if s := refuse("agreement_away: try again later"); s.Turn != controller.TurnThem || len(s.Peers) != 1 {
		t.Errorf("step %+v", s)
	}
	for _, other := range []string{"the contract is revoked", "agreement_of_another_kind: x", "agreement"} {
		if s := refuse(other); s.Reason != controller.ReasonNoToken {
			t.Errorf("%q: step %+v", other, s)
		}
	}
}
