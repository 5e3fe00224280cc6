// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/node"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

const inwayRules = `
services:
  - name: %s
    rules:
      - {name: no deletions, effect: deny, methods: [DELETE]}
      - {name: documents, effect: allow, paths: [/stukken/**]}
`

const outwayRules = `
services:
  - name: %s
    provider: "%s"
    rules:
      - {name: not the secret ones, effect: deny, paths: [/stukken/geheim/**]}
      - {name: the rest, effect: allow}
`

// decisionPoint speaks AuthZEN over mutual TLS and wants a token.
func (l *lab) decisionPoint(t *testing.T, permits *atomic.Bool) *httptest.Server {
	t.Helper()
	_, pair := l.issue(t, localca.Request{PeerID: providerID, Name: "Besluiten", Hosts: []string{"127.0.0.1"}})
	anchors := x509.NewCertPool()
	anchors.AppendCertsFromPEM(l.ca.AnchorPEM())
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/access/v1/evaluation" || r.Header.Get("Authorization") != "Bearer besluit" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"decision":%v}`, permits.Load())
	}))
	s.TLS = &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair.TLS()}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: anchors,
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// writePolicy puts the files of a policy beside the configuration of a node.
func (l *lab) writePolicy(t *testing.T, id fsc.PeerID, rules string) {
	t.Helper()
	writeFiles(t, filepath.Join(l.dir, string(id)), map[string][]byte{"rules.yaml": []byte(rules), "pdp-token": []byte("besluit\n")})
}

// decision is what a test reads of a record.
type decision struct {
	Attributes struct {
		TransactionID string `json:"adl.fsc.transaction_id"`
		Reason        string `json:"samenspel.reason"`
		Rule          string `json:"samenspel.rule"`
	} `json:"attributes"`
	Body struct {
		Response struct {
			Decision bool `json:"decision"`
		} `json:"adl.core.response"`
	} `json:"body"`
}

func (r *running) decisions(t *testing.T) map[string]decision {
	t.Helper()
	out := map[string]decision{}
	for _, name := range []string{"decisions.ndjson", "refusals.ndjson"} {
		b, err := os.ReadFile(filepath.Join(r.dir, r.data, "decisions", name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			var d decision
			if err := json.Unmarshal([]byte(line), &d); err != nil {
				t.Fatal(err)
			}
			out[d.Attributes.TransactionID] = d
		}
	}
	return out
}

// newGoverned is a provider and a consumer with a policy each.
func newGoverned(t *testing.T, permits *atomic.Bool) (*federation, *httptest.Server) {
	t.Helper()
	f := &federation{lab: newLab(t), upstream: newUpstream(t), application: plain(t)}
	point := f.decisionPoint(t, permits)
	f.writePolicy(t, providerID, fmt.Sprintf(inwayRules, service))
	f.writePolicy(t, consumerID, fmt.Sprintf(outwayRules, service, providerID))
	f.provider = f.node(t, providerID, func(c *node.Config) {
		providing(c)
		c.Policy.Inway = node.CallPolicyConfig{Rules: "rules.yaml", PDP: node.DecisionPointConfig{
			URL: point.URL, TrustAnchors: []string{"anchors.pem"}, TokenFile: "pdp-token", Timeout: 5 * time.Second,
			Client: node.FilesConfig{Certificate: "cert.pem", Key: "key.pem"},
		}}
	})
	f.consumer = f.node(t, consumerID, func(c *node.Config) {
		providing(c)
		c.Group.Directories = []node.PeerConfig{{PeerID: providerID, ManagerAddress: f.provider.peer.ManagerAddress}}
		c.Policy.Outway.Rules = "rules.yaml"
	})
	if err := f.provider.door.PutService(t.Context(), internalapi.Service{Name: service, Upstream: f.upstream.url}); err != nil {
		t.Fatal(err)
	}
	return f, point
}

func TestASingleCallIsDecidedAboutOnBothSides(t *testing.T) {
	t.Parallel()
	var permits atomic.Bool
	permits.Store(true)
	f, point := newGoverned(t, &permits)
	h := f.agree(t, nil, connection(consumerID, f.consumer.pair, providerID, service))
	call := func(method, path string, h fsc.GrantHash) answer {
		return mustSend(t, f.application, method, f.consumer.outway+path, http.Header{"Fsc-Grant-Hash": {string(h)}}, nil)
	}
	permit := f.callOutway(t, h)
	if permit.status != http.StatusOK {
		t.Fatalf("%d %s", permit.status, permit.body)
	}
	id := permit.header.Get("Fsc-Transaction-Id")
	for _, n := range []*running{f.provider, f.consumer} {
		record(t, n.door, id)
		if d := n.decisions(t)[id]; !d.Body.Response.Decision {
			t.Errorf("%s: transaction %s has the decision %+v", n.peer.ID, id, d)
		}
	}
	const denied, inway, outway = fsc.CodeAccessDenied, fsc.DomainInway, fsc.DomainOutway
	calls := f.upstream.count()
	call(http.MethodDelete, "/stukken/1", h).refused(t, denied, 403, inway)
	call(http.MethodGet, "/personen", h).refused(t, denied, 403, inway)
	call(http.MethodGet, "/stukken/%2e%2e/personen", h).refused(t, denied, 403, outway)
	secret := call(http.MethodGet, "/stukken/Geheim/1?bsn=1", h)
	secret.refused(t, denied, 403, outway)
	if d := f.consumer.decisions(t)[secret.header.Get("Fsc-Transaction-Id")]; d.Attributes.Rule != "not the secret ones" || d.Attributes.Reason != "rule" {
		t.Errorf("the record of the Outway's refusal is %+v", d)
	}
	permits.Store(false)
	call(http.MethodGet, "/stukken/1", h).refused(t, denied, 403, inway)
	permits.Store(true)

	narrow := connection(consumerID, f.consumer.pair, providerID, service)
	narrow.Properties = []byte(`{"access.connection.operations":[{"methods":["GET"],"paths":["/stukken"]}]}`)
	hn := f.agree(t, nil, narrow)
	if a := f.callOutway(t, hn); a.status != http.StatusOK {
		t.Errorf("within the operations of the grant: %d %s", a.status, a.body)
	}
	call(http.MethodGet, "/stukken/1", hn).refused(t, denied, 403, inway)

	point.Close()
	call(http.MethodGet, "/stukken/1", h).refused(t, fsc.CodePolicyUnavailable, 503, inway)
	if n := f.upstream.count(); n != calls+1 {
		t.Errorf("%d calls reached the service, want 1", n-calls)
	}
	metrics := string(mustSend(t, f.application, http.MethodGet, f.provider.monitoring+"/metrics", nil, nil).body)
	for _, want := range []string{
		`samenspel_decision_duration_seconds_count{component="inway",outcome="allowed"} 2`,
		`samenspel_decision_duration_seconds_count{component="inway",outcome="denied"} 4`,
		`samenspel_decision_duration_seconds_count{component="inway",outcome="unavailable"} 1`,
		`samenspel_decision_point_breaker_open{component="inway"} 0`, `samenspel_policy_rules_failing{component="inway"} 0`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics haven't %s", want)
		}
	}
}

func TestChangedRulesHoldWithoutARestart(t *testing.T) {
	t.Parallel()
	var permits atomic.Bool
	permits.Store(true)
	f, _ := newGoverned(t, &permits)
	h := f.agree(t, nil, connection(consumerID, f.consumer.pair, providerID, service))
	if a := f.callOutway(t, h); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	f.writePolicy(t, providerID, "services: [{name: "+service+", rules: []}]")
	eventually(t, "the new rules", func() bool { return f.callOutway(t, h).status == http.StatusForbidden })
	f.writePolicy(t, providerID, "services: nonsense")
	eventually(t, "the metric of bad rules", func() bool {
		metrics := mustSend(t, f.application, http.MethodGet, f.provider.monitoring+"/metrics", nil, nil)
		return strings.Contains(string(metrics.body), `samenspel_policy_rules_failing{component="inway"} 1`)
	})
	f.callOutway(t, h).refused(t, fsc.CodeAccessDenied, 403, fsc.DomainInway)
	if a := mustSend(t, f.application, http.MethodGet, f.provider.monitoring+"/readyz", nil, nil); a.status != http.StatusOK {
		t.Errorf("not ready: %s", a.body)
	}
}

// TestAnInwayDecidesAboutThePathThatTheServiceGets sends paths past an Outway that
// decides nothing.
func TestAnInwayDecidesAboutThePathThatTheServiceGets(t *testing.T) {
	t.Parallel()
	f := newFederation(t)
	narrow := connection(consumerID, f.consumer.pair, providerID, service)
	narrow.Properties = []byte(`{"access.connection.operations":[{"paths":["/stukken/**"]}]}`)
	h := http.Header{"Fsc-Grant-Hash": {string(f.agree(t, nil, narrow))}}
	callThrough(t, f.application, f.consumer.outway, fsc.GrantHash(h.Get("Fsc-Grant-Hash")))
	for _, path := range []string{"/stukken/%61?x=/../%2F;y", "/st%75kken/a%20b", "/stukken/", "/stukken"} {
		a := mustSend(t, f.application, http.MethodGet, f.consumer.outway+path, h, nil)
		if a.status != http.StatusOK || string(a.body) != "GET "+path {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	calls := f.upstream.count()
	for _, path := range []string{
		"/stukken/../personen", "/stukken/%2e%2e/personen", "/stukken/..%2fpersonen", "/stukken/%252e%252e/personen", "/stukken//personen", "//stukken",
		"/stukken/..;/personen", "/stukken/%5c..%5cpersonen", "/stukken/%00", "/Stukken/1", "/stukken%2f1", "/personen", "/",
	} {
		mustSend(t, f.application, http.MethodGet, f.consumer.outway+path, h, nil).refused(t, fsc.CodeAccessDenied, 403, fsc.DomainInway)
	}
	override := h.Clone()
	override.Set("X-HTTP-Method-Override", "DELETE")
	mustSend(t, f.application, http.MethodPost, f.consumer.outway+"/stukken/1", override, nil).refused(t, fsc.CodeAccessDenied, 403, fsc.DomainInway)
	if n := f.upstream.count(); n != calls {
		t.Errorf("%d refused calls reached the service", n-calls)
	}
}

// policyErrors are refusals of a single call under a good contract.
func (f *federation) policyErrors() []provocation {
	return []provocation{
		{fsc.CodeAccessDenied, fsc.DomainInway, 403, func(t *testing.T) answer {
			token := f.forgeToken(t, func(c *fsc.Claims) { c.Properties = []byte(`{"access.connection.operations":[{"methods":["POST"]}]}`) })
			return f.callInway(t, token, newTransactionID(t))
		}},
		{fsc.CodePolicyUnavailable, fsc.DomainOutway, 503, func(t *testing.T) answer {
			alone := f.node(t, "00000099000000007100", func(c *node.Config) {
				providing(c)
				c.Policy.Outway.PDP.URL = "http://127.0.0.1:1"
				c.Group.Directories = []node.PeerConfig{{PeerID: providerID, ManagerAddress: f.provider.peer.ManagerAddress}}
			})
			c := propose(t, alone, connection(alone.peer.ID, alone.pair, providerID, service))
			f.inState(t, alone, c.ContentHash, fsc.StateValid)
			return callThrough(t, f.application, alone.outway, c.GrantHashes[0])
		}},
	}
}
