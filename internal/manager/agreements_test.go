// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/binding"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

const theCallOff = "$1$112$calloff"

func theReference() binding.Reference {
	return binding.Reference{Framework: "$1$110$framework", Accession: "$1$111$accession", CallOff: theCallOff, Lot: "1"}
}

// deeds are call-offs as anna knows them, behind a real gate.
type deeds struct {
	mu    sync.Mutex
	found *binding.CallOff // nil: unknown
	away  error
	asked int
}

// CallOff implements binding.CallOffs.
func (d *deeds) CallOff(_ context.Context, hash string) (*binding.CallOff, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	switch {
	case d.away != nil:
		return nil, d.away
	case d.found == nil || hash != theCallOff:
		return nil, binding.ErrUnknown
	}
	c := *d.found
	return &c, nil
}

func (d *deeds) set(change func(*deeds)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
}

// callOff is live and opens anna's service for bart.
func callOff() *binding.CallOff {
	return &binding.CallOff{
		Reference: theReference(), Buyer: bart, Supplier: anna, Services: []string{"persons"},
		NotBefore: start.Add(-24 * time.Hour), NotAfter: start.AddDate(1, 0, 0),
	}
}

// gated is anna's node with a gate; its service requires an agreement.
func (w *world) gated(t testing.TB, d *deeds, options ...func(*manager.Config)) *node {
	t.Helper()
	gate := func(c *manager.Config) { c.Agreements = binding.NewGate(d, w.clock.Now) }
	n := w.node(t, anna, append([]func(*manager.Config){automaticUnder, gate}, options...)...).offers(t)
	must(t, n.RequireAgreement(t.Context(), "persons", true))
	return n
}

// automaticUnder accepts all that anna provides, also for others and with properties.
func automaticUnder(c *manager.Config) {
	c.Policy = manager.RulePolicy{Rules: []manager.Rule{{
		Role: manager.RoleProvider, Delegators: []fsc.PeerID{bart, carla}, AllowOtherProperties: true,
	}}}
}

// under gives a grant that names the call-off.
func under(t testing.TB, g fsc.Grant) fsc.Grant {
	t.Helper()
	properties, err := theReference().Properties(nil)
	must(t, err)
	g.Properties = properties
	return g
}

func refusedBy(t *testing.T, err error, reason string) *manager.AgreementError {
	t.Helper()
	refused(t, err, fsc.CodeContractValidationFailed)
	e, ok := errors.AsType[*manager.AgreementError](err)
	if !ok || e.Reason != reason {
		t.Fatalf("got %v, want %s", err, reason)
	}
	return e
}

func TestThePropertyIsThatOfTheExtension(t *testing.T) {
	equal(t, "property", manager.AgreementProperty, binding.Property)
	var _ manager.Agreements = (*binding.Gate)(nil)
	g := under(t, newWorld(t).connection())
	equal(t, "call-off", manager.CallOffOf(&g), theCallOff)
}

func TestNothingIsSignedWithoutAnAgreement(t *testing.T) {
	w := newWorld(t)
	d := &deeds{found: callOff()}
	n := w.gated(t, d)
	c := content(t, draft(1, under(t, w.connection()), w.delegated()))
	equal(t, "signed by a rule", n.proposes(t, c), false)
	says, err := n.Decide(t.Context(), c.Hash())
	must(t, err)
	if says.Accepts || says.Reason != manager.ReasonAgreement || says.Agreement != "agreement_missing" || !strings.Contains(says.Detail, "persons") {
		t.Errorf("decision %+v", says)
	}
	_, err = n.Sign(t.Context(), c.Hash(), fsc.SignatureTypeAccept)
	equal(t, "field", refusedBy(t, err, "agreement_missing").Field, "grants[1].properties")
	equal(t, "marks", n.marks(t, c.Hash()), "2000 accept")

	d.set(func(d *deeds) { d.found = nil })
	other := content(t, draft(2, under(t, w.connection())))
	equal(t, "signed by a rule", n.proposes(t, other), false)
	_, err = n.Sign(t.Context(), other.Hash(), fsc.SignatureTypeAccept)
	if e := refusedBy(t, err, "agreement_unknown"); e.CallOff != theCallOff || !strings.Contains(err.Error(), theCallOff) {
		t.Errorf("refusal %+v", e)
	}
	_, err = n.Create(t.Context(), manager.Proposal{NotAfter: start.Add(time.Hour), Grants: []fsc.Grant{w.connection()}})
	_ = refusedBy(t, err, "agreement_missing")
	equalAll(t, "outbox", n.waiting(t), []string{})
	_, err = n.Sign(t.Context(), c.Hash(), fsc.SignatureTypeReject)
	must(t, err)
}

func TestALiveAgreementOpensTheService(t *testing.T) {
	w := newWorld(t)
	d := &deeds{found: callOff()}
	n := w.gated(t, d)
	c := content(t, draft(1, under(t, w.connection())))
	equal(t, "signed by a rule", n.proposes(t, c), true)
	n.token(t, w.orgs[bart].request(c))

	d.set(func(d *deeds) { d.found.Buyer = carla })
	delegated := content(t, draft(2, under(t, w.delegated())))
	must(t, n.Submit(t.Context(), w.orgs[carla].caller(), w.orgs[carla].message(t, delegated, fsc.SignatureTypeAccept)))
	equal(t, "signed for the buyer", n.proposes(t, delegated), true)
	n.token(t, w.orgs[bart].request(delegated))
	_, _, err := n.IssueToken(t.Context(), w.orgs[bart].request(c))
	if e := refusedToken(t, err, fsc.TokenInvalidGrant); !strings.Contains(e.Description, "agreement_party: ") {
		t.Error(e.Description)
	}
}

func TestATokenTellsWhichCallOffEndedAndWhy(t *testing.T) {
	w := newWorld(t)
	d := &deeds{found: callOff()}
	n := w.gated(t, d)
	c := content(t, draft(1, under(t, w.connection())))
	equal(t, "signed", n.proposes(t, c), true)
	d.set(func(d *deeds) { d.found.Ended = "terminated by Peer " + string(bart) })
	_, _, err := n.IssueToken(t.Context(), w.orgs[bart].request(c))
	want := "agreement_ended: the call-off is not live: terminated by Peer " + string(bart) + " (call-off " + theCallOff + ")"
	equal(t, "description", refusedToken(t, err, fsc.TokenInvalidGrant).Description, want)
}

func TestARequirementHoldsAtOnceAndStopsOldContracts(t *testing.T) {
	w := newWorld(t)
	d := &deeds{found: callOff()}
	n := w.gated(t, d)
	must(t, n.RequireAgreement(t.Context(), "persons", false))
	free, bound := content(t, draft(1, w.connection())), content(t, draft(2, under(t, w.connection())))
	equal(t, "signed", n.proposes(t, free), true)
	equal(t, "signed", n.proposes(t, bound), true)
	contracts, without, err := n.AgreementCoverage(t.Context(), "persons")
	must(t, err)
	equal(t, "coverage", [2]int{contracts, without}, [2]int{2, 1})
	n.token(t, w.orgs[bart].request(free))

	changed := n.Changed()
	must(t, n.RequireAgreement(t.Context(), "persons", true))
	<-changed
	_, _, err = n.IssueToken(t.Context(), w.orgs[bart].request(free))
	_ = refusedToken(t, err, fsc.TokenInvalidGrant)
	n.token(t, w.orgs[bart].request(bound))
	must(t, n.PutService(t.Context(), manager.Service{Name: "persons", Upstream: "http://other.test"}))
	_, _, err = n.IssueToken(t.Context(), w.orgs[bart].request(free))
	_ = refusedToken(t, err, fsc.TokenInvalidGrant)
	refused(t, n.RequireAgreement(t.Context(), "letters", true), fsc.CodeNotFound)
}

func TestAnAgreementThatIsNamedHasToHoldEvenWhereNoneIsRequired(t *testing.T) {
	w := newWorld(t)
	n := w.gated(t, &deeds{})
	must(t, n.RequireAgreement(t.Context(), "persons", false))
	equal(t, "signed", n.proposes(t, content(t, draft(1, under(t, w.connection())))), false)
	equal(t, "signed", n.proposes(t, content(t, draft(2, w.connection()))), true)
}

func TestAManagerThatChecksNoAgreementsKeepsSuchServicesClosed(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna, automaticUnder).offers(t)
	free := content(t, draft(1, under(t, w.connection())))
	equal(t, "signed, unchecked", n.proposes(t, free), true)
	n.token(t, w.orgs[bart].request(free))
	must(t, n.RequireAgreement(t.Context(), "persons", true))
	closed := content(t, draft(2, under(t, w.connection())))
	equal(t, "signed", n.proposes(t, closed), false)
	_, err := n.Sign(t.Context(), closed.Hash(), fsc.SignatureTypeAccept)
	_ = refusedBy(t, err, "agreement_away")
	_, _, err = n.IssueToken(t.Context(), w.orgs[bart].request(free))
	_ = refusedToken(t, err, fsc.TokenInvalidGrant)
}

// broken are agreements that fail in a way nobody knows.
type broken struct{}

var errBroken = errors.New("secret cause")

func (broken) Accept(context.Context, *fsc.Grant, fsc.Validity, bool) error { return errBroken }
func (broken) Token(context.Context, *fsc.Grant, fsc.Validity, bool) error  { return errBroken }

func TestAnUnknownErrorCountsAsARefusalAndStaysHere(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna, automatic, func(c *manager.Config) { c.Agreements = broken{} }).offers(t)
	c := content(t, draft(1, w.connection()))
	equal(t, "signed", n.proposes(t, c), false)
	_, err := n.Sign(t.Context(), c.Hash(), fsc.SignatureTypeAccept)
	_ = refusedBy(t, err, "agreement_away")
	if strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

func TestProposalsAreReconsideredWhenTheirDeedsComeIn(t *testing.T) {
	w := newWorld(t)
	d := &deeds{away: errors.New("disk")}
	n := w.gated(t, d)
	c := content(t, draft(1, under(t, w.connection())))
	equal(t, "signed while away", n.proposes(t, c), false)
	for _, want := range []int{0, 1, 0} {
		signed, err := n.ReconsiderAgreement(t.Context(), theCallOff)
		must(t, err)
		equal(t, "signed", signed, want)
		d.set(func(d *deeds) { d.away, d.found = nil, callOff() })
	}
	equal(t, "state", n.state(t, c.Hash()), fsc.StateValid)
	equalAll(t, "outbox", n.waiting(t), []string{"accept " + string(bart) + " waiting"})
}

func TestADryRunShowsWhatHasNoAgreement(t *testing.T) {
	w := newWorld(t)
	d := &deeds{found: callOff()}
	n := w.gated(t, d, func(c *manager.Config) { c.Policy = manager.RulePolicy{} })
	equal(t, "signed", n.proposes(t, content(t, draft(1, w.connection()))), false)
	equal(t, "signed", n.proposes(t, content(t, draft(2, under(t, w.connection())))), false)
	run, err := n.DryRun(t.Context(), manager.Rule{Role: manager.RoleProvider, AllowOtherProperties: true}, start.Add(-time.Hour))
	must(t, err)
	var got []string
	for _, p := range run.Proposals {
		got = append(got, string(p.Decision.Reason)+p.Decision.Agreement)
	}
	equal(t, "signs", run.Signs, 1)
	equalAll(t, "reasons", got, []string{"", "agreementagreement_missing"})
}

func TestARenewedCertificateDoesNotAskForAnAgreementAgain(t *testing.T) {
	w := newWorld(t)
	d := &deeds{found: callOff()}
	n := w.gated(t, d)
	c := content(t, draft(1, under(t, w.connection())))
	equal(t, "signed", n.proposes(t, c), true)
	d.set(func(d *deeds) { d.found = nil })
	w.orgs[anna].renew(t, localca.Request{NotAfter: start.AddDate(2, 0, 0)})
	renewed, err := n.Renew(t.Context())
	must(t, err)
	equal(t, "renewed", renewed, 1)
}
