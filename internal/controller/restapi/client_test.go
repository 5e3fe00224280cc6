// SPDX-License-Identifier: EUPL-1.2

package restapi_test

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
)

// watched notes which operations a client asks for.
type watched struct {
	api  *api
	mu   sync.Mutex
	seen map[string]bool
}

func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if op := w.api.operation(r.Method, r.URL.EscapedPath()); op != nil {
		w.seen[op.ID] = true
	} else {
		w.api.t.Errorf("%s %s is no operation", r.Method, r.URL.EscapedPath())
	}
	return w.api.http.Transport.RoundTrip(r)
}

func (a *api) client(who string) *client.Client {
	a.t.Helper()
	c, err := client.New(client.Config{HTTP: a.http, Address: a.url, Token: a.secrets[who]})
	must(a.t, err)
	return c
}

// told fails when an error is anything but a refusal of the node.
func told(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		return
	}
	_, problem := errors.AsType[*client.Problem](err)
	if _, waiting := errors.AsType[*client.Waiting](err); !problem && !waiting {
		t.Errorf("error %v", err)
	}
}

// ran goes through a list and fails as told does.
func ran[T any](t testing.TB, list iter.Seq2[T, error]) {
	t.Helper()
	for _, err := range list {
		told(t, err)
	}
}

// ask fails as told does and gives what was asked.
func ask[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		told(t, err)
		return v
	}
}

func TestTheClientReachesEveryOperation(t *testing.T) {
	a := newAPI(t, func(o *options) {
		o.act = func(c *controller.Config) { c.Comparison = &found{} }
	})
	id := a.records(1)[0].TransactionID
	w := &watched{api: a, seen: map[string]bool{}}
	hc := &http.Client{Transport: w}
	c, err := client.New(client.Config{HTTP: hc, Address: a.url, Token: a.secrets["admin"]})
	must(t, err)
	ctx := t.Context()
	a.clientContracts(ctx, c.With(a.secrets["signer"]))
	a.clientServices(ctx, c)
	a.clientNode(ctx, c, id)
	a.clientPeople(ctx, c)
	a.clientEvents(ctx, c)
	a.clientCollective(ctx, c.With(a.secrets["signer"]))
	a.clientTogether(ctx, c.With(a.secrets["signer"]))
	for _, op := range a.document.Operations {
		if !w.seen[op.ID] {
			t.Errorf("the client never asks for %s", op.ID)
		}
	}
}

func (a *api) form() client.Proposal {
	return client.Proposal{NotAfter: a.clock.Now().AddDate(0, 1, 0), Grants: []client.ProposedGrant{{
		Type: fsc.GrantTypeServiceConnection, Service: "persons", Provider: bart, OutwayThumbprint: strings.Repeat("ab", 32),
	}}}
}

func (a *api) clientContracts(ctx context.Context, c *client.Client) {
	t := a.t
	_, err := c.Preview(ctx, a.form())
	must(t, err)
	d, err := c.Propose(ctx, a.form())
	must(t, err)
	ran(t, c.Contracts(ctx, client.ContractFilter{Text: "persons", State: "PROPOSED", GrantType: fsc.GrantTypeServiceConnection, EndsBefore: a.clock.Now().AddDate(1, 0, 0), Sort: "notAfter", Limit: 1}))
	_, err = c.ContractPage(ctx, client.ContractFilter{}, "")
	must(t, err)
	read, err := c.Contract(ctx, d.ContentHash)
	must(t, err)
	for _, ask := range []func() error{
		func() error { _, err := c.ContractContent(ctx, d.ContentHash); return err },
		func() error { _, err := c.ContractTimeline(ctx, d.ContentHash); return err },
		func() error { _, err := c.ContractImpact(ctx, d.ContentHash); return err },
		func() error { _, err := c.ContractDeliveries(ctx, d.ContentHash); return err },
		func() error { _, err := c.ProposalOf(ctx, d.ContentHash); return err },
		func() error { _, err := c.RenewalOf(ctx, d.ContentHash); return err },
		func() error { _, err := c.Resend(ctx, d.ContentHash); return err },
		func() error {
			_, err := c.Renew(ctx, d.ContentHash, client.Renewal{NotAfter: a.clock.Now().AddDate(1, 0, 0)})
			return err
		},
		func() error {
			_, err := c.Sign(ctx, d.ContentHash, fsc.SignatureTypeReject, client.If{Match: read.ETag})
			return err
		},
	} {
		must(t, ask())
	}
	ask(c.SignAll(ctx, client.NewSignatures{Type: fsc.SignatureTypeReject, ContentHashes: []fsc.ContentHash{d.ContentHash}}))(t)
}

func (a *api) clientServices(ctx context.Context, c *client.Client) {
	t := a.t
	s, err := c.PutService(ctx, "persons", client.ServiceForm{Upstream: "http://127.0.0.1:1"}, client.If{New: true})
	must(t, err)
	ran(t, c.Services(ctx, client.ServiceFilter{Sort: "-users"}))
	ask(c.Service(ctx, "persons"))(t)
	limits := ask(c.ServiceLimits(ctx, "persons"))(t)
	ask(c.PutServiceLimits(ctx, "persons", client.ServiceLimits{RequestBytes: 1}, client.If{Match: limits.ETag}))(t)
	ask(c.ServiceUsage(ctx, "persons"))(t)
	ask(c.Publications(ctx, "persons"))(t)
	ask(c.Publish(ctx, "persons", client.NewPublication{NotAfter: a.clock.Now().AddDate(1, 0, 0)}))(t)
	ask(c.CheckUpstream(ctx, "persons"))(t)
	must(t, c.DeleteService(ctx, "persons", client.If{Match: s.ETag}))
	ran(t, c.Listings(ctx, client.DirectoryFilter{Protocol: fsc.ProtocolHTTP11, Sort: "-service"}))
	ran(t, c.Organisations(ctx, "bart"))
	ask(c.PublishedService(ctx, bart, "persons"))(t)
	ask(c.FetchOpenAPI(ctx, bart, "persons", "/openapi.json"))(t)
	ask(c.Directories(ctx))(t)
	ran(t, c.Peers(ctx, ""))
	ask(c.Peer(ctx, dirk))(t)
	ask(c.Probe(ctx, dirk))(t)
	ask(c.Reconcile(ctx, "00000099000000009999"))(t)
	ask(c.Retry(ctx, dirk))(t)
	ask(c.Outways(ctx))(t)
	ran(t, c.Connections(ctx, ""))
	r, err := c.CreateRoute(ctx, client.RouteForm{PathPrefix: "/p", ServicePeerID: bart, Service: "persons"})
	must(t, err)
	ran(t, c.Routes(ctx, ""))
	tagged, err := c.Route(ctx, r.ID)
	must(t, err)
	_, err = c.PutRoute(ctx, r.ID, client.RouteForm{PathPrefix: "/q", ServicePeerID: bart, Service: "persons"}, client.If{Match: tagged.ETag})
	must(t, err)
	ask(c.Examples(ctx, client.ExampleQuery{RouteID: r.ID, Path: "/x"}))(t)
	must(t, c.DeleteRoute(ctx, r.ID, client.If{}))
	form := client.AcceptanceRuleForm{Name: "n", Role: "provider", Services: []string{"persons"}}
	rule, err := c.CreateAcceptanceRule(ctx, form)
	must(t, err)
	ask(c.AcceptanceRules(ctx))(t)
	found, err := c.AcceptanceRule(ctx, rule.ID)
	must(t, err)
	form.Enabled = true
	ask(c.PutAcceptanceRule(ctx, rule.ID, form, client.If{Match: found.ETag}))(t)
	since := a.clock.Now().AddDate(0, 0, -1)
	ask(c.DryRun(ctx, rule.ID, client.NewDryRun{Since: since}))(t)
	ask(c.DryRunRule(ctx, client.NewRuleDryRun{Since: since, Rule: form}))(t)
	must(t, c.DeleteAcceptanceRule(ctx, rule.ID, client.If{}))
}

func (a *api) clientNode(ctx context.Context, c *client.Client, id string) {
	t := a.t
	ran(t, c.Transactions(ctx, client.TransactionFilter{Direction: "outgoing", From: a.clock.Now().AddDate(0, 0, -1)}))
	ask(c.Transaction(ctx, id))(t)
	ask(c.Counterparts(ctx, id))(t)
	ask(c.VerifyTransactions(ctx, client.NewVerification{PeerID: bart}))(t)
	ask(c.CompareLogs(ctx, client.NewLogComparison{PeerID: bart}))(t)
	ran(t, c.ExportTransactions(ctx, client.NewTransactionExport{}))
	a.seal() //nolint:contextcheck // that of the test
	ran(t, c.LogCheckpoints(ctx))
	ask(c.LogRetention(ctx))(t)
	ask(c.CheckLog(ctx, client.NewLogCheck{}))(t)
	ask(c.FollowLogCheck(ctx, client.NewLogCheck{}, func(int64, int64) {}))(t)
	ran(t, c.ExportEvidence(ctx))
	ask(c.Traffic(ctx, client.TrafficQuery{PerHour: true, PerGrant: true, PeerID: bart}))(t)
	ran(t, c.AuditEvents(ctx, client.EventFilter{Act: "service", Limit: 1}))
	ask(c.VerifyAudit(ctx))(t)
	ran(t, c.ExportAudit(ctx, client.NewAuditExport{Act: "route"}))
	ask(c.Caller(ctx))(t)
	ask(c.Overview(ctx, a.clock.Now()))(t)
	ask(c.Health(ctx))(t)
	ask(c.Settings(ctx))(t)
	ask(c.Certificates(ctx))(t)
	ask(c.Suggestions(ctx))(t)
	ask(c.Explain(ctx, client.Question{Service: "persons"}))(t)
	ask(c.ErrorCodes(ctx))(t)
}

func (a *api) clientPeople(ctx context.Context, c *client.Client) {
	t := a.t
	ask(c.SetUp(ctx, client.Setup{Token: "x", Name: "x", Email: "x@example.org", Password: password}))(t)
	ask(c.LogIn(ctx, client.NewSession{Email: "x@example.org", Password: password}))(t)
	ask(c.Roles(ctx))(t)
	ask(c.Accounts(ctx))(t)
	n, err := c.CreateAccount(ctx, client.NewAccount{Name: "Nel", Email: "nel@example.org", Password: password, Roles: []string{"reader"}})
	must(t, err)
	tagged, err := c.Account(ctx, n.ID)
	must(t, err)
	_, err = c.PutAccount(ctx, n.ID, client.AccountForm{Name: "Nel", Email: n.Email, Roles: []string{"auditor"}}, client.If{Match: tagged.ETag})
	must(t, err)
	told(t, c.PutPassword(ctx, n.ID, client.NewPassword{Password: "short"}))
	ask(c.NewPasswordLink(ctx, n.ID))(t)
	ask(c.SecondFactor(ctx, n.ID))(t)
	ask(c.EnrolSecondFactor(ctx))(t)
	ask(c.ConfirmSecondFactor(ctx, "no code"))(t)
	told(t, c.Releasing("no code").RemoveSecondFactor(ctx, n.ID))
	must(t, c.EndSessions(ctx, n.ID))
	ask(c.Sessions(ctx, true))(t)
	made, err := c.CreateAPIToken(ctx, client.NewAPIToken{Name: "t", Scopes: []string{"read"}, ExpiresAt: a.clock.Now().Add(time.Hour)})
	must(t, err)
	ask(c.APITokens(ctx, false))(t)
	must(t, c.RevokeAPIToken(ctx, made.ID))
	ask(c.DecisionRequests(ctx, true))(t)
	ask(c.DecisionRequest(ctx, "x"))(t)
	ask(c.Decide(ctx, "x", client.NewDecision{Decision: "approve"}))(t)
	must(t, c.EndSession(ctx, "session-admin"))
}

func TestTheClientReadsListsPageByPage(t *testing.T) {
	a := newAPI(t)
	a.records(7)
	n := 0
	for r, err := range a.client("auditor").Transactions(t.Context(), client.TransactionFilter{Limit: 3}) {
		must(t, err)
		if n++; r.Service != "persons" {
			t.Errorf("record %+v", r)
		}
	}
	if n != 7 {
		t.Errorf("%d records, want 7", n)
	}
	n = 0
	for _, err := range a.client("auditor").ExportTransactions(t.Context(), client.NewTransactionExport{}) {
		must(t, err)
		n++
	}
	if n != 7 {
		t.Errorf("%d records exported, want 7", n)
	}
}

func TestTheClientTellsRefusalsAndWaiting(t *testing.T) {
	a := newAPI(t, func(o *options) { o.fourEyes = []string{"contract.propose"} })
	_, err := a.client("signer").Propose(t.Context(), a.form())
	if w, ok := errors.AsType[*client.Waiting](err); !ok || w.DecisionRequestID == "" {
		t.Errorf("error %v, want waiting", err)
	}
	_, err = a.client("reader").Propose(t.Context(), a.form())
	if p, ok := errors.AsType[*client.Problem](err); !ok || p.Code != "forbidden" {
		t.Errorf("error %v, want forbidden", err)
	}
	for _, err := range a.client("reader").Transactions(t.Context(), client.TransactionFilter{}) {
		if p, ok := errors.AsType[*client.Problem](err); !ok || p.Status != 403 {
			t.Errorf("error %v, want 403", err)
		}
	}
}
