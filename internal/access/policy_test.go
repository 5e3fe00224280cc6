// SPDX-License-Identifier: EUPL-1.2

package access_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/access"
	"github.com/samenspel/samenspel/internal/proxy"
)

const readOnly = "services: [{name: persons, rules: [{name: read, effect: allow, methods: [GET], paths: [/v1/**]}]}]"

func TestEverySourceThatIsSetHasToAllow(t *testing.T) {
	p := newPoint(t, says(yes))
	d := newDesk(t, func(c *access.Config, now *clock) {
		c.Rules, c.PDP = rules(t, access.Inway, readOnly), newPDP(t, p.URL, now)
	})
	right := func(text string) func(*access.Call) {
		return func(c *access.Call) {
			c.GrantHash, c.Properties = fsc.GrantHash("$1$3$"+text), []byte(`{"access.connection.operations":`+text+`}`)
		}
	}
	for _, c := range []struct {
		name   string
		change func(*access.Call)
		answer string
		want   fsc.ErrorCode
		reason any
		asked  bool
	}{
		{"all allow", func(*access.Call) {}, yes, "", nil, true},
		{"the point refuses", func(*access.Call) {}, no, fsc.CodeAccessDenied, "decision_point", true},
		{"no rule allows", func(c *access.Call) { c.Method = "POST" }, yes, fsc.CodeAccessDenied, "rule", false},
		{"the path is odd", func(c *access.Call) { c.Path = "/v1/../admin" }, yes, fsc.CodeAccessDenied, "path_ambiguous", false},
		{"the grant allows", right(`[{"paths":["/v2"]},{"methods":["GET"],"paths":["/v1/persons/*"]}]`), yes, "", nil, true},
		{"the grant allows and a rule doesn't", func(c *access.Call) { right(`[{"methods":["POST"]}]`)(c); c.Method = "POST" }, yes, fsc.CodeAccessDenied, "rule", false},
		{"the grant has another path", right(`[{"paths":["/v1/names"]}]`), yes, fsc.CodeAccessDenied, "operation_not_ours", false},
		{"the grant has another method", right(`[{"methods":["HEAD"]}]`), yes, fsc.CodeAccessDenied, "operation_not_ours", false},
		{"the grant has none", right(`[]`), yes, fsc.CodeAccessDenied, "operation_not_ours", false},
		{"the grant can't be read", right(`[{"path":["/v1"]}]`), yes, fsc.CodeAccessDenied, "operation_not_ours", false},
		{"null", right(`null`), yes, fsc.CodeAccessDenied, "operation_not_ours", false},
		{"all of them", right(`[{}]`), yes, fsc.CodeAccessDenied, "operation_not_ours", false},
	} {
		p.answers(says(c.answer))
		before := p.asked.Load()
		asks := call()
		c.change(asks)
		if got := d.decide(asks); got != c.want || (p.asked.Load() > before) != c.asked {
			t.Errorf("%s: %q, asked %v", c.name, got, p.asked.Load() > before)
		}
		file := "decisions.ndjson"
		if c.want != "" {
			file = "refusals.ndjson"
		}
		all := d.lines(file)
		attributes, _ := all[len(all)-1]["attributes"].(map[string]any)
		if attributes["samenspel.reason"] != c.reason {
			t.Errorf("%s: reason %v, want %v", c.name, attributes["samenspel.reason"], c.reason)
		}
	}
	if n := len(d.records()); n != 12 || len(d.told) != 12 {
		t.Errorf("%d records and %d observations of 12 decisions", n, len(d.told))
	}
}

func TestOperationsOfAGrantHoldWithoutAnyConfiguration(t *testing.T) {
	d := newDesk(t, nil)
	c := call()
	if d.decide(c) != "" || d.records() != nil {
		t.Error("a call that nothing is said about is refused or recorded")
	}
	c.Properties = []byte(`{"other":[1]}`)
	if d.decide(c) != "" || d.records() != nil {
		t.Error("other properties are taken for operations")
	}
	c.GrantHash, c.Properties = "$1$3$narrow", []byte(`{"access.connection.operations":[{"methods":["GET"],"paths":["/v1/persons/*"]}]}`)
	if d.decide(c) != "" {
		t.Error("what the grant has is refused")
	}
	c.Method = "DELETE"
	if d.decide(c) != fsc.CodeAccessDenied || len(d.records()) != 2 {
		t.Error("what the grant hasn't is allowed, or not recorded")
	}
}

func TestServicesThatArentNamedNeedOnlyAContract(t *testing.T) {
	d := newDesk(t, func(c *access.Config, _ *clock) {
		c.Services, c.Rules = []string{"persons"}, rules(t, access.Inway, "services: [{name: persons}]")
	})
	other := call()
	other.Service = "others"
	if d.decide(call()) != fsc.CodeAccessDenied || d.decide(other) != "" || len(d.records()) != 1 {
		t.Error("the wrong service is governed")
	}
}

func TestARecordTellsTheDecisionAndNothingOfPersons(t *testing.T) {
	p := newPoint(t, says(no))
	d := newDesk(t, func(c *access.Config, now *clock) {
		c.Rules, c.PDP = rules(t, access.Inway, readOnly), newPDP(t, p.URL, now)
	})
	c := call()
	c.Properties, c.Additional = []byte(`{"secret":"geheim"}`), []byte(`{"who":"geheim"}`)
	c.Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	d.decide(c)
	r := d.records()[0]
	attributes, _ := r["attributes"].(map[string]any)
	policies, _ := attributes["adl.core.policies"].(map[string]any)
	body, _ := r["body"].(map[string]any)
	response, _ := body["adl.core.response"].(map[string]any)
	for what, pair := range map[string][2]any{
		"trace":       {r["trace_id"], "0af7651916cd43dd8448eb211c80319c"},
		"parent":      {r["parent_span_id"], "b7ad6b7169203331"},
		"event":       {r["event_name"], "adl.access_evaluation"},
		"time":        {r["timestamp"], 1795348800000.0},
		"status":      {r["status"], "Unset"},
		"transaction": {attributes["adl.fsc.transaction_id"], transaction},
		"rule":        {attributes["samenspel.rule"], "read"},
		"reason":      {attributes["samenspel.reason"], "decision_point"},
		"point":       {policies["decision_point"], p.URL + access.EvaluationPath},
		"decision":    {response["decision"], false},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %v, want %v", what, pair[0], pair[1])
		}
	}
	if v, _ := policies["rules"].(string); !strings.HasPrefix(v, "sha256:") {
		t.Errorf("rules %q", v)
	}
	text, err := os.ReadFile(filepath.Join(d.dir, "refusals.ndjson"))
	if err != nil || strings.Contains(string(text), "geheim") || !strings.Contains(string(text), `"path":"/v1/persons/1"`) {
		t.Errorf("%v: %s", err, text)
	}
}

func TestPathsStayOutOfTheRecordWhereThatIsWanted(t *testing.T) {
	d := newDesk(t, func(c *access.Config, _ *clock) { c.LeaveOutPaths, c.Rules = true, rules(t, access.Inway, readOnly) })
	d.decide(call())
	text, err := os.ReadFile(filepath.Join(d.dir, "decisions.ndjson"))
	if err != nil || strings.Contains(string(text), "persons/1") {
		t.Errorf("%v: %s", err, text)
	}
}

func TestACallWhoseDecisionCantBeRecordedIsRefused(t *testing.T) {
	d := newDesk(t, func(c *access.Config, _ *clock) { c.Rules = rules(t, access.Inway, readOnly) })
	if err := os.WriteFile(d.dir, nil, 0o600); err != nil { // a file where the folder belongs
		t.Fatal(err)
	}
	if got := d.decide(call()); got != fsc.CodePolicyUnavailable || !slices.Equal(d.told, []string{"unavailable"}) {
		t.Errorf("%q, observed %q", got, d.told)
	}
}

func TestTheCallerHearsWhoRefusedAndNotWhy(t *testing.T) {
	for component, want := range map[access.Component]string{
		access.Inway:  "the Peer that offers the service doesn't allow this call",
		access.Outway: "the organisation of this Outway doesn't allow this call",
	} {
		p := newPoint(t, says(no))
		d := newDesk(t, func(c *access.Config, now *clock) { c.Component, c.PDP = component, newPDP(t, p.URL, now) })
		err := d.policy.Decide(t.Context(), call())
		var e *fsc.Error
		if !errors.As(err, &e) || !strings.HasPrefix(e.Detail, want) || strings.Contains(e.Detail, "because") {
			t.Errorf("%s: %v", component, err)
		}
	}
}

func request(change ...func(*http.Request)) *http.Request {
	r := httptest.NewRequest("GET", "/v1/persons/1?bsn=999", nil)
	r.Header.Set(proxy.HeaderTransactionID, transaction)
	for _, f := range change {
		f(r)
	}
	return r
}

func TestAnInwayAsksWithClaimsAndRequest(t *testing.T) {
	p := newPoint(t, says(yes))
	d := deskWithPoint(t, p)
	claims := &fsc.Claims{GrantHash: "$1$3$abc", Subject: consumer, Issuer: provider, Service: service}
	if err := d.policy.Inway().Authorize(t.Context(), request(), claims); err != nil {
		t.Fatal(err)
	}
	q := p.question(t)
	resource, _ := q["resource"]["properties"].(map[string]any)
	if q["subject"]["id"] != string(consumer) || resource["path"] != "/v1/persons/1" || q["context"]["fsc_transaction_id"] != transaction {
		t.Errorf("asked %v", q)
	}
	bare := request(func(r *http.Request) { r.Header.Del(proxy.HeaderTransactionID) })
	if err := d.policy.Inway().Authorize(t.Context(), bare, claims); fsc.CodeOf(err) != fsc.CodeMissingLogRecordID {
		t.Errorf("without a TransactionID: %v", err)
	}
}

func TestAHeaderThatAsksForAnotherCallIsRefused(t *testing.T) {
	p := newPoint(t, says(yes))
	d := deskWithPoint(t, p)
	claims := &fsc.Claims{Subject: consumer, Issuer: provider, Service: service}
	for _, name := range []string{"X-HTTP-Method-Override", "x-http-method", "X-Method-Override", "X-Original-URL", "X-Rewrite-Url", "X-Override-URL", "X-HTTP-Path-Override", "X_HTTP_METHOD_OVERRIDE"} {
		err := d.policy.Inway().Authorize(t.Context(), request(func(r *http.Request) { r.Header.Set(name, "DELETE") }), claims)
		if fsc.CodeOf(err) != fsc.CodeAccessDenied {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p.asked.Load() != 0 {
		t.Error("the decision point was asked")
	}
}

func TestACallThatNothingIsSaidAboutCostsNothing(t *testing.T) {
	d := newDesk(t, nil)
	some := newDesk(t, func(c *access.Config, _ *clock) {
		c.Services, c.Rules = []string{"others"}, rules(t, access.Inway, readOnly)
	})
	ctx, r := t.Context(), request()
	claims := &fsc.Claims{GrantHash: "$1$3$abc", Subject: consumer, Issuer: provider, Service: service}
	for name, policy := range map[string]access.InwayPolicy{"none": d.policy.Inway(), "for others": some.policy.Inway()} {
		if n := testing.AllocsPerRun(1000, func() {
			if policy.Authorize(ctx, r, claims) != nil {
				t.Fatal("refused")
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
