// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

// offer makes source propose a contract to the town.
func (h *townHall) offer(t testing.TB, grants ...fsc.Grant) *fsc.Content {
	t.Helper()
	iv, err := uuid.NewV7()
	must(t, err)
	c, err := fsc.Draft{
		IV: iv.String(), GroupID: "test-group", NotBefore: noon, NotAfter: noon.AddDate(0, 3, 0), CreatedAt: noon, Grants: grants,
	}.Content(fsc.Rules{GroupID: "test-group"})
	must(t, err)
	jws, err := fsc.Sign(h.seats[source].signer, c.Hash(), fsc.SignatureTypeAccept, noon)
	must(t, err)
	must(t, h.manager.Submit(t.Context(), h.caller(source), manager.Submission{Content: c.Raw(), Signature: jws}))
	return c
}

// offers makes the town offer a service.
func (h *townHall) offers(t testing.TB, service string) {
	t.Helper()
	must(t, h.manager.PutService(t.Context(), manager.Service{Name: service, Upstream: "http://upstream.test"}))
}

func TestAContractTellsWhoseTurnItIsAndWhatCanBeDone(t *testing.T) {
	h := newTownHall(t)
	h.learn(t)
	signer := h.person(t, operator.RoleSigner)
	c := h.offer(t, h.called("personen"))
	d, err := h.Contract(t.Context(), signer, c.Hash())
	must(t, err)
	if !d.AwaitingUs || d.State != fsc.StateProposed || d.ProposedBy.Name != "Dienst Bron" || !slices.Equal(d.Parts, []manager.Role{manager.RoleProvider}) {
		t.Errorf("%+v", d.Contract)
	}
	if ch := d.Choice("accept"); ch.OK || ch.Why != controller.WhyServiceMissing || ch.Detail != "personen" {
		t.Errorf("accept without the service: %+v", ch)
	}
	h.offers(t, "personen")
	d, err = h.Contract(t.Context(), signer, c.Hash())
	must(t, err)
	if d.Decision == nil || d.Decision.Reason != manager.ReasonNoRules {
		t.Errorf("decision %+v", d.Decision)
	}
	if got := choices(d); got != "accept reject -revoke:proposed -renew:not_valid copy -retry:delivered" {
		t.Errorf("choices %q", got)
	}
	reader, err := h.Contract(t.Context(), h.person(t, operator.RoleReader), c.Hash())
	must(t, err)
	if got := choices(reader); got != "-accept:permission -reject:permission -revoke:permission -renew:permission -copy:permission -retry:permission" {
		t.Errorf("choices of a reader %q", got)
	}
	d, err = h.Sign(t.Context(), signer, c.Hash(), fsc.SignatureTypeAccept)
	must(t, err)
	if got := choices(d); d.State != fsc.StateValid || got != "-accept:accepted -reject:all_accepted revoke renew copy retry" {
		t.Errorf("after signing %s %q", d.State, got)
	}
	if len(d.Deliveries) != 1 || d.Grants[0].Consumer.Name != "Dienst Bron" {
		t.Errorf("deliveries %+v", d.Deliveries)
	}
	if _, err := h.Sign(t.Context(), signer, c.Hash(), fsc.SignatureTypeRevoke); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"contract.accept " + string(c.Hash()) + " ok", "contract.revoke " + string(c.Hash()) + " ok",
	}
	if got := h.acts(t); !slices.Equal(got, want) {
		t.Errorf("audit trail %q", got)
	}
}

func choices(d *controller.ContractDetail) string {
	var out []string
	for _, ch := range d.Choices {
		if ch.OK {
			out = append(out, ch.Act)
			continue
		}
		out = append(out, "-"+ch.Act+":"+ch.Why)
	}
	return strings.Join(out, " ")
}

func TestWhoMayNotSignIsRefusedAndThatIsRecorded(t *testing.T) {
	h := newTownHall(t)
	h.learn(t)
	h.offers(t, "personen")
	c := h.offer(t, h.called("personen"))
	for _, r := range []operator.Role{operator.RoleAdministrator, operator.RoleReader, operator.RoleAuditor} {
		if _, err := h.Sign(t.Context(), h.person(t, r), c.Hash(), fsc.SignatureTypeAccept); kindOf(err) != "forbidden " {
			t.Errorf("%s: %v", r, err)
		}
	}
	if got := h.acts(t); len(got) != 3 || !strings.Contains(got[0], "may not do this") {
		t.Errorf("audit trail %q", got)
	}
	if _, err := h.Contract(t.Context(), operator.Actor{Name: "niemand"}, c.Hash()); kindOf(err) != "forbidden " {
		t.Errorf("reading without a permission: %v", err)
	}
	if _, err := h.Contract(t.Context(), h.person(t, operator.RoleReader), "$1$1$nothing"); kindOf(err) != "not_found " {
		t.Errorf("an unknown contract: %v", err)
	}
}

func TestTheListOfContractsIsFilteredAndPaged(t *testing.T) {
	h := newTownHall(t)
	h.learn(t)
	h.offers(t, "personen")
	for _, name := range []string{"alfa", "beta", "gamma"} {
		h.agree(t, h.calling(name))
	}
	waiting := h.offer(t, h.called("personen"))
	reader := h.person(t, operator.RoleReader)
	list := func(q controller.ContractQuery) *controller.ContractPage {
		t.Helper()
		page, err := h.Controller.Contracts(t.Context(), reader, q)
		must(t, err)
		return page
	}
	page := list(controller.ContractQuery{AwaitingUs: true})
	if len(page.Contracts) != 1 || page.Contracts[0].Hash != waiting.Hash() || page.Counts.AwaitingUs != 1 || page.Counts.ByState[fsc.StateValid] != 3 {
		t.Errorf("what waits: %+v", page)
	}
	if page := list(controller.ContractQuery{Text: "BET"}); len(page.Contracts) != 1 || page.Contracts[0].Grants[0].Service != "beta" {
		t.Errorf("by text: %+v", page.Contracts)
	}
	first := list(controller.ContractQuery{State: fsc.StateValid, Limit: 2})
	second := list(controller.ContractQuery{State: fsc.StateValid, Limit: 2, After: first.Next})
	back := list(controller.ContractQuery{State: fsc.StateValid, Limit: 2, Before: second.Previous})
	if len(first.Contracts) != 2 || len(second.Contracts) != 1 || second.Next != "" || back.Contracts[0].Hash != first.Contracts[0].Hash {
		t.Errorf("pages %d %d", len(first.Contracts), len(second.Contracts))
	}
	_, err := h.Controller.Contracts(t.Context(), reader, controller.ContractQuery{State: "BROKEN", Part: "king", Sort: "colour", Limit: 1000, After: "x", Before: "y", Text: strings.Repeat("a", 201)})
	var fields []string
	for _, e := range controller.FieldErrors(err) {
		fields = append(fields, e.Field)
	}
	if got := strings.Join(fields, " "); got != "state part sort text limit after after before" {
		t.Errorf("wrong fields %q", got)
	}
}

func TestAListOfContractsIsSignedOneByOneAndEachOutcomeIsTold(t *testing.T) {
	h := newTownHall(t)
	h.learn(t)
	h.offers(t, "personen")
	good, bad := h.offer(t, h.called("personen")), h.offer(t, h.called("onbekend"))
	signer := h.person(t, operator.RoleSigner)
	out, err := h.SignAll(t.Context(), signer, []fsc.ContentHash{good.Hash(), bad.Hash(), good.Hash()}, fsc.SignatureTypeAccept)
	must(t, err)
	if len(out) != 2 || out[0].State != fsc.StateValid || out[0].Err != nil || fsc.CodeOf(out[1].Err) != fsc.CodeContractValidationFailed {
		t.Errorf("%+v", out)
	}
	if _, err := h.SignAll(t.Context(), signer, []fsc.ContentHash{good.Hash()}, fsc.SignatureTypeRevoke); kindOf(err) != "invalid type" {
		t.Errorf("revoking a list: %v", err)
	}
	if _, err := h.SignAll(t.Context(), signer, nil, fsc.SignatureTypeAccept); kindOf(err) != "invalid hashes" {
		t.Errorf("an empty list: %v", err)
	}
}

func TestAnImpactCountsCallsAndFindsWhatElseGivesTheRight(t *testing.T) {
	h := newTownHall(t)
	h.learn(t)
	c := h.agree(t, h.calling("personen"))
	reader := h.person(t, operator.RoleReader)
	impact, err := h.Impact(t.Context(), reader, c.Hash())
	must(t, err)
	if impact.CallsPerDay != 0 || impact.Applications != 0 || impact.Grants[0].Alternative != "" || impact.Unseen {
		t.Errorf("without calls: %+v", impact)
	}
	h.count(t, 15, txlog.DirectionOutgoing, &c.Grants[0])
	other := h.agree(t, h.calling("personen"))
	impact, err = h.Impact(t.Context(), reader, c.Hash())
	must(t, err)
	if impact.CallsPerDay != 3 || impact.Applications != 1 || impact.Days[6] != 15 || impact.Grants[0].Alternative != other.Hash() {
		t.Errorf("with calls: %+v", impact)
	}
	if _, err := h.Impact(t.Context(), operator.Actor{}, c.Hash()); kindOf(err) != "forbidden " {
		t.Errorf("without a permission: %v", err)
	}
}

func TestWhatDidNotArriveIsSentAgain(t *testing.T) {
	h := newTownHall(t)
	h.learn(t)
	c := h.propose(t, h.calling("personen"))
	admin := h.person(t, operator.RoleAdministrator)
	n, err := h.ResendContract(t.Context(), admin, c.Hash())
	if err != nil || n == 0 {
		t.Errorf("%d %v", n, err)
	}
	if _, err := h.ResendContract(t.Context(), h.person(t, operator.RoleReader), c.Hash()); kindOf(err) != "forbidden " {
		t.Errorf("by a reader: %v", err)
	}
	if _, err := h.ResendContract(t.Context(), admin, "$1$1$nothing"); kindOf(err) != "not_found " {
		t.Errorf("of an unknown contract: %v", err)
	}
}

func TestProblemsInATreeOfErrorsAreAllFound(t *testing.T) {
	a, b := &operator.Error{Field: "a"}, &operator.Error{Field: "b"}
	got := controller.FieldErrors(errors.Join(a, errors.New("other"), errors.Join(b)))
	if len(got) != 2 || got[0] != a || got[1] != b || controller.FieldErrors(nil) != nil {
		t.Errorf("%v", got)
	}
}
