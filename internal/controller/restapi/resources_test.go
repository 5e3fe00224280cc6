// SPDX-License-Identifier: EUPL-1.2

package restapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/directory"
)

const (
	get    = http.MethodGet
	post   = http.MethodPost
	put    = http.MethodPut
	remove = http.MethodDelete
)

func TestAContractIsProposedReadAndRejected(t *testing.T) {
	a := newAPI(t)
	made := a.ask("signer", post, "/v1/contracts", a.proposal()).want(201)
	d := into[client.ContractDetail](made)
	at := made.header.Get("Location")
	if at != "/v1/contracts/"+string(d.ContentHash) || d.State != "PROPOSED" || d.Grants[0].Service != "persons" || d.AwaitingUs {
		t.Fatalf("made %s: %+v", at, d)
	}
	if got := a.ask("reader", get, at, "").want(200).header.Get("ETag"); got != made.header.Get("ETag") {
		t.Errorf("ETag %s after %s", got, made.header.Get("ETag"))
	}
	list := into[client.ContractPage](a.ask("reader", get, "/v1/contracts?state=PROPOSED&text=person&sort=-notAfter", "").want(200))
	if len(list.Items) != 1 || list.Items[0].ContentHash != d.ContentHash || list.Counts.ByState["PROPOSED"] != 1 {
		t.Errorf("list %+v", list)
	}
	for query, want := range map[string]int{"GRANT_TYPE_SERVICE_CONNECTION": 1, "GRANT_TYPE_SERVICE_PUBLICATION": 0} {
		if p := into[client.ContractPage](a.ask("reader", get, "/v1/contracts?grantType="+query, "").want(200)); len(p.Items) != want {
			t.Errorf("%d contracts with a grant of type %s, want %d", len(p.Items), query, want)
		}
	}
	a.ask("reader", get, "/v1/contracts?grantType=connection", "").problem(400, "invalid_input")
	for _, sub := range []string{"/timeline", "/impact", "/deliveries", "/proposal", "/proposal?purpose=renewal"} {
		a.ask("reader", get, at+sub, "").want(200)
	}
	if raw := a.ask("reader", get, at+"/content", "").want(200); !strings.Contains(string(raw.body), `"content`) && !strings.Contains(string(raw.body), `"iv"`) {
		t.Errorf("content %s", raw.body)
	}
	a.ask("signer", post, at+"/deliveries", "").want(202)
	a.ask("reader", post, at+"/deliveries", "").problem(403, "forbidden")
	after := a.ask("signer", post, at+"/signatures", `{"type":"reject"}`, "If-Match", made.header.Get("ETag")).want(201)
	if into[client.ContractDetail](after).State != "REJECTED" || after.header.Get("ETag") == made.header.Get("ETag") {
		t.Errorf("after: %s", after.body)
	}
	a.ask("signer", post, at+"/signatures", `{"type":"reject"}`, "If-Match", made.header.Get("ETag")).problem(412, "precondition_failed")
	a.ask("signer", post, at+"/renewals", `{"notAfter":"`+a.clock.Now().AddDate(1, 0, 0).UTC().Format("2006-01-02T15:04:05Z")+`"}`).want(201)
}

func TestAPreviewTellsEverythingThatIsWrong(t *testing.T) {
	a := newAPI(t)
	ok := into[client.Contract](a.ask("signer", post, "/v1/contract-previews", a.proposal()).want(200))
	if len(ok.Parties) != 2 {
		t.Errorf("preview %+v", ok)
	}
	p := a.ask("signer", post, "/v1/contract-previews",
		`{"notAfter":"2001-01-01T00:00:00Z","grants":[{"type":"GRANT_TYPE_SERVICE_CONNECTION","service":"persons"}]}`).problem(400, "invalid_input")
	wantErrors(t, p, "body #/notAfter invalid", "body #/grants/0/provider invalid", "body #/grants/0/outwayThumbprint invalid")
}

// wantErrors fails unless the problem tells exactly these: in, pointer and code.
func wantErrors(t testing.TB, p client.Problem, want ...string) {
	t.Helper()
	var got []string
	for _, e := range p.Errors {
		got = append(got, e.In+" "+e.Pointer+" "+e.Code)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("errors\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestSeveralContractsAreSignedAtOnce(t *testing.T) {
	a := newAPI(t)
	d := into[client.ContractDetail](a.ask("signer", post, "/v1/contracts", a.proposal()).want(201))
	other := "$1$1$" + strings.Repeat("A", 86)
	out := into[client.Page[client.Outcome]](a.ask("signer", post, "/v1/contract-signatures",
		`{"type":"reject","contentHashes":["`+string(d.ContentHash)+`","`+other+`"]}`).want(200))
	if out.Items[0].State != "REJECTED" || out.Items[1].Problem == nil || out.Items[1].Problem.Code != "not_found" {
		t.Errorf("outcomes %+v", out)
	}
}

func TestAServiceIsPutChangedAndDeletedUnderItsETag(t *testing.T) {
	a := newAPI(t)
	at := "/v1/services/persons"
	made := a.ask("admin", put, at, `{"upstream":"http://127.0.0.1:1/x"}`, "If-None-Match", "*").want(201)
	a.ask("admin", put, at, `{"upstream":"http://127.0.0.1:1/x"}`, "If-None-Match", "*").problem(412, "precondition_failed")
	changed := a.ask("admin", put, at, `{"upstream":"http://127.0.0.1:1/y"}`, "If-Match", made.header.Get("ETag")).want(200)
	a.ask("admin", put, at, `{"upstream":"http://127.0.0.1:1/z"}`, "If-Match", made.header.Get("ETag")).problem(412, "precondition_failed")
	if got := into[client.Service](a.ask("reader", get, at, "").want(200)); got.Upstream != "http://127.0.0.1:1/y" {
		t.Errorf("service %+v", got)
	}
	wantErrors(t, a.ask("admin", put, at, `{"upstream":"ftp://x"}`).problem(400, "invalid_input"), "body #/upstream invalid")
	a.ask("reader", put, at, `{"upstream":"http://127.0.0.1:1/y"}`).problem(403, "forbidden")
	a.ask("reader", get, at+"/usage", "").want(200)
	a.ask("reader", get, at+"/publications", "").want(200)
	check := into[client.UpstreamCheck](a.ask("admin", post, at+"/upstream-checks", "").want(200))
	if check.Problem != "refused" {
		t.Errorf("check %+v", check)
	}
	publication := `{"notAfter":"` + a.clock.Now().AddDate(1, 0, 0).UTC().Format("2006-01-02T15:04:05Z") + `"}`
	a.ask("signer", post, at+"/publications", publication).want(201)
	if list := into[client.Page[client.OwnService]](a.ask("reader", get, "/v1/services?published=false&sort=-calls", "").want(200)); len(list.Items) != 1 || list.Total != 1 {
		t.Errorf("services %+v", list)
	}
	a.ask("admin", remove, at, "", "If-Match", changed.header.Get("ETag")).want(204)
	a.ask("admin", remove, at, "").problem(404, "not_found")
}

func TestAServiceHasFurtherUpstreams(t *testing.T) {
	a := newAPI(t)
	at := "/v1/services/persons"
	a.ask("admin", put, at, `{"upstream":"http://127.0.0.1:1/x","moreUpstreams":["http://127.0.0.1:2/x","http://127.0.0.1:3/x"]}`).want(201)
	got := into[client.Service](a.ask("reader", get, at, "").want(200))
	if !slices.Equal(got.MoreUpstreams, []string{"http://127.0.0.1:2/x", "http://127.0.0.1:3/x"}) {
		t.Errorf("service %+v", got)
	}
	wantErrors(t, a.ask("admin", put, at, `{"upstream":"http://x.test","moreUpstreams":["http://x.test"]}`).problem(400, "invalid_input"), "body #/moreUpstreams invalid")
	a.ask("admin", put, at, `{"upstream":"http://127.0.0.1:1/x"}`).want(200)
	if got := into[client.Service](a.ask("reader", get, at, "").want(200)); got.MoreUpstreams != nil {
		t.Errorf("service %+v", got)
	}
}

func TestAServiceThatRequiresAnAgreementStaysSoUntilThatIsTakenBack(t *testing.T) {
	a := newAPI(t)
	at := "/v1/services/persons"
	required := func(want bool) *answer {
		t.Helper()
		got := a.ask("reader", get, at, "").want(200)
		if into[client.Service](got).RequiresAgreement != want {
			t.Errorf("it is %s", got.body)
		}
		return got
	}
	a.ask("admin", put, at, `{"upstream":"http://127.0.0.1:1/x","requiresAgreement":true}`).want(201)
	old := required(true).header.Get("ETag")
	a.ask("admin", put, at, `{"upstream":"http://127.0.0.1:1/y"}`).want(200)
	required(true)
	a.ask("admin", put, at, `{"upstream":"http://127.0.0.1:1/y","requiresAgreement":false}`, "If-Match", old).problem(412, "precondition_failed")
	a.ask("reader", put, at, `{"upstream":"http://127.0.0.1:1/y","requiresAgreement":false}`).problem(403, "forbidden")
	required(true)
	a.ask("admin", put, at, `{"upstream":"http://127.0.0.1:1/y","requiresAgreement":false}`).want(200)
	required(false)
	wantErrors(t, a.ask("admin", put, at, `{"upstream":"http://127.0.0.1:1/y","requiresAgreement":"no"}`).problem(400, "invalid_input"),
		"body #/requiresAgreement type")
	u := into[client.ServiceUsage](a.ask("reader", get, at+"/usage", "").want(200))
	if u.Contracts != 0 || u.WithoutAgreement != 0 {
		t.Errorf("usage %+v", u)
	}
}

func TestLimitsOfAServiceAreReadAndReplacedUnderTheirETag(t *testing.T) {
	a := newAPI(t)
	a.ask("admin", put, "/v1/services/persons", `{"upstream":"http://127.0.0.1:1/x"}`).want(201)
	at := "/v1/services/persons/limits"
	none := a.ask("reader", get, at, "").want(200)
	if string(none.body) != "{}" {
		t.Errorf("without limits: %s", none.body)
	}
	all := `{"concurrentCalls":20,"concurrentCallsPerPeer":5,"callsPerSecondPerPeer":50,"requestBytes":1000000,"responseMilliseconds":30000}`
	set := a.ask("admin", put, at, all, "If-Match", none.header.Get("ETag")).want(200)
	if got := a.ask("reader", get, at, "").want(200); string(got.body) != all || got.header.Get("ETag") != set.header.Get("ETag") {
		t.Errorf("limits %s", got.body)
	}
	a.ask("admin", put, at, `{}`, "If-Match", none.header.Get("ETag")).problem(412, "precondition_failed")
	a.ask("admin", put, "/v1/services/persons", `{"upstream":"http://127.0.0.1:1/y"}`).want(200)
	if got := a.ask("reader", get, at, "").want(200); string(got.body) != all {
		t.Errorf("limits after another change %s", got.body)
	}
	for body, problem := range map[string]string{
		`{"requestBytes":-1}`:                              "body #/requestBytes minimum",
		`{"responseMilliseconds":3600001}`:                 "body #/responseMilliseconds maximum",
		`{"callsPerSecondPerPeer":0.5}`:                    "body #/callsPerSecondPerPeer type",
		`{"concurrentCalls":4,"concurrentCallsPerPeer":5}`: "body #/concurrentCallsPerPeer invalid",
		`{"burst":5}`:                                      "body #/burst unknown",
		`{"concurrentCalls":9223372036854775808}`:          "body #/concurrentCalls type",
	} {
		wantErrors(t, a.ask("admin", put, at, body).problem(400, "invalid_input"), problem)
	}
	a.ask("reader", put, at, `{}`).problem(403, "forbidden")
	a.ask("admin", put, "/v1/services/nothing/limits", `{}`).problem(404, "not_found")
	a.ask("admin", get, "/v1/services/nothing/limits", "").problem(404, "not_found")
	u := into[client.ServiceUsage](a.ask("reader", get, "/v1/services/persons/usage", "").want(200))
	if len(u.Limited) != 1 || u.Limited[0] != (client.LimitedCalls{Limit: "concurrentCalls", Calls: 4}) {
		t.Errorf("stopped by limits: %+v", u.Limited)
	}
}

func TestTheDirectoryIsRead(t *testing.T) {
	a := newAPI(t)
	a.ask("reader", get, "/v1/directories", "").want(200)
	l := into[client.Page[client.Listing]](a.ask("reader", get, "/v1/directory/services?text=bart&protocol=PROTOCOL_TCP_HTTP_1.1&sort=peer", "").want(200))
	if len(l.Items) != 1 || len(l.Items[0].Properties) != 1 || l.Items[0].Provider.Name != "Gemeente Bart" {
		t.Errorf("listings %+v", l)
	}
	a.ask("reader", get, "/v1/directory/organisations", "").want(200)
	if p := into[client.PublishedService](a.ask("reader", get, "/v1/directory/services/"+string(bart)+"/persons", "").want(200)); p.Own || p.Callable {
		t.Errorf("published %+v", p)
	}
	err := a.store.Observe(t.Context(), dirk, func([]directory.Observation) directory.News {
		at := a.clock.Now()
		return directory.News{Changed: []directory.Observation{{
			Subject:   directory.Subject{Directory: dirk, Provider: bart, Name: "persons"},
			FirstSeen: at.Add(-time.Hour), LastSeen: at.Add(-time.Minute), GoneSince: at, Events: []directory.Event{{At: at, Kind: directory.EventGone}},
		}}}
	})
	if err != nil {
		t.Fatal(err)
	}
	p := into[client.PublishedService](a.ask("reader", get, "/v1/directory/services/"+string(bart)+"/persons", "").want(200))
	if len(p.Seen) != 1 || p.Seen[0].Directory.PeerID != dirk || !p.Seen[0].GoneSince.Equal(p.Seen[0].Events[0].At) || p.Seen[0].Events[0].Kind != "gone" {
		t.Errorf("seen %+v", p.Seen)
	}
	a.ask("reader", get, "/v1/directory/services/"+string(bart)+"/nothing", "").problem(404, "not_found")
	refused := a.ask("admin", post, "/v1/directory/services/"+string(bart)+"/persons/openapi-documents", `{"path":"openapi.json"}`).problem(400, "invalid_input")
	wantErrors(t, refused, "body #/path invalid")
}

func TestPeersAreListedProbedAndReconciled(t *testing.T) {
	a := newAPI(t)
	a.ask("signer", post, "/v1/contracts", a.proposal()).want(201)
	a.ask("reader", get, "/v1/peers?text=a", "").want(200)
	a.ask("reader", get, "/v1/peers/"+string(anna), "").want(200)
	if p := into[client.Probe](a.ask("reader", post, "/v1/peers/"+string(dirk)+"/probes", "").want(200)); p.Problem == "" {
		t.Errorf("probe %+v", p)
	}
	a.ask("reader", get, "/v1/peers/00000099000000009999", "").problem(404, "not_found")
	a.ask("admin", post, "/v1/peers/"+string(dirk)+"/deliveries", "").want(202)
	a.ask("reader", post, "/v1/peers/"+string(dirk)+"/reconciliations", "").problem(403, "forbidden")
}

func TestARouteIsMadeChangedAndRemoved(t *testing.T) {
	a := newAPI(t)
	body := `{"pathPrefix":"/persons","stripPrefix":true,"servicePeerId":"` + string(bart) + `","service":"persons"}`
	made := a.ask("admin", post, "/v1/routes", body).want(201)
	at := made.header.Get("Location")
	r := into[client.Route](made)
	if r.Choice.Reason != "none" || r.Origin != "stored" || at != "/v1/routes/"+r.ID {
		t.Errorf("route %+v at %s", r, at)
	}
	a.ask("admin", post, "/v1/routes", body).problem(409, "conflict")
	a.ask("admin", put, at, strings.Replace(body, "/persons", "/people", 1), "If-Match", `"stale"`).problem(412, "precondition_failed")
	a.ask("admin", put, at, strings.Replace(body, "/persons", "/people", 1), "If-Match", made.header.Get("ETag")).want(200)
	if l := into[client.Page[client.Route]](a.ask("reader", get, "/v1/routes?text=people", "").want(200)); len(l.Items) != 1 {
		t.Errorf("routes %+v", l)
	}
	if e := into[client.Examples](a.ask("reader", get, "/v1/examples?routeId="+r.ID, "").want(200)); len(e.Programs) != 5 {
		t.Errorf("examples %+v", e)
	}
	wantErrors(t, a.ask("reader", get, "/v1/examples?grantHash=x", "").problem(400, "invalid_input"), "query grantHash invalid")
	a.ask("reader", get, "/v1/outways", "").want(200)
	a.ask("reader", get, "/v1/connections", "").want(200)
	a.ask("admin", remove, at, "").want(204)
	a.ask("admin", get, at, "").problem(404, "not_found")
}

func TestAnAcceptanceRuleIsMadeTriedAndRemoved(t *testing.T) {
	a := newAPI(t)
	rule := `{"name":"open","enabled":false,"role":"provider","services":["persons"],"maxValidityDays":30}`
	made := a.ask("admin", post, "/v1/acceptance-rules", rule).want(201)
	at := made.header.Get("Location")
	since := a.clock.Now().AddDate(0, -1, 0).UTC().Format("2006-01-02T15:04:05Z")
	a.ask("reader", post, at+"/dry-runs", `{"since":"`+since+`"}`).want(200)
	a.ask("reader", post, "/v1/acceptance-rule-dry-runs", `{"since":"`+since+`","rule":`+rule+`}`).want(200)
	p := a.ask("reader", post, "/v1/acceptance-rule-dry-runs",
		`{"since":"`+since+`","rule":{"name":"x","enabled":true,"role":"provider","properties":[{"name":"a","value":"not json"}]}}`).problem(400, "invalid_input")
	wantErrors(t, p, "body #/rule/properties/0/value invalid")
	on := strings.Replace(rule, "false", "true", 1)
	if r := into[client.AcceptanceRule](a.ask("admin", put, at, on, "If-Match", made.header.Get("ETag")).want(200)); !r.Enabled {
		t.Errorf("rule %+v", r)
	}
	if l := into[client.Page[client.AcceptanceRule]](a.ask("reader", get, "/v1/acceptance-rules", "").want(200)); len(l.Items) != 1 {
		t.Errorf("rules %+v", l)
	}
	a.ask("admin", remove, at, "").want(204)
	a.ask("reader", get, at, "").problem(404, "not_found")
}

func TestTheNodeTellsAboutItself(t *testing.T) {
	a := newAPI(t)
	for _, path := range []string{"/overview", "/settings", "/certificates", "/suggestions", "/error-codes", "/roles"} {
		a.ask("reader", get, "/v1"+path, "").want(200)
	}
	if h := into[client.Health](a.ask("reader", get, "/v1/health", "").want(200)); h.Status != "problem" || h.Healthy != 1 || h.Problems[0].Name != "log" {
		t.Errorf("health %+v", h)
	}
	if c := into[client.Caller](a.ask(a.token("admin", "read"), get, "/v1/caller", "").want(200)); len(c.Permissions) != 1 || c.TokenID == "" || c.GroupID != group {
		t.Errorf("caller %+v", c)
	}
	e := into[client.Explanation](a.ask("reader", post, "/v1/explanations", `{"service":"persons","code":"ERROR_CODE_SERVICE_NOT_FOUND"}`).want(200))
	if e.Other.PeerID != bart || e.Code == nil || len(e.Steps) < 5 {
		t.Errorf("explanation %+v", e)
	}
	wantErrors(t, a.ask("reader", post, "/v1/explanations", `{}`).problem(400, "invalid_input"), "body #/service invalid")
}
