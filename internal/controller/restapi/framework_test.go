// SPDX-License-Identifier: EUPL-1.2

package restapi_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/controller/restapi"
	"github.com/samenspel/samenspel/internal/operator"
)

func TestWhoDoesNotSayWhoHeIsGetsNothing(t *testing.T) {
	a := newAPI(t)
	for _, op := range a.document.Operations {
		if op.Public {
			continue
		}
		target := "/v1" + placeholder.ReplaceAllString(op.Path, "xxx")
		r := a.ask("", op.Method, target, "")
		r.problem(401, "login")
		if r.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s %s: no WWW-Authenticate", op.Method, target)
		}
		a.ask("snsp_wrong", op.Method, target, "").problem(401, "login")
	}
}

func TestNobodyDoesWhatItsScopesDontAllow(t *testing.T) {
	a := newAPI(t)
	bare := newAPI(t, func(o *options) {
		o.api = func(c *restapi.Config) {
			c.Authenticate = func(*http.Request) (operator.Actor, error) { return operator.Actor{Name: "nobody"}, nil }
		}
	})
	for _, op := range a.document.Operations {
		if op.Scope == "" || op.Body != nil || op.Bytes {
			continue
		}
		target := "/v1" + strings.NewReplacer("{hash}", "$1$1$"+strings.Repeat("A", 86), "{transactionId}", "01900000-0000-7000-8000-000000000001",
			"{peerId}", string(bart), "{name}", "persons", "{id}", "xxx").Replace(op.Path)
		if r := bare.ask("", op.Method, target, ""); r.status != 403 && r.status != 404 {
			t.Errorf("%s %s answers %d: %s", op.Method, target, r.status, r.body)
		}
		if op.Method == get {
			bare.ask("", op.Method, target, "").problem(403, "forbidden")
		}
	}
}

func TestEverythingThatIsWrongIsToldAtOnce(t *testing.T) {
	a := newAPI(t)
	p := a.ask("reader", get, "/v1/contracts?State=VALID&limit=0&awaitingUs=yes&text=a&text=b", "").problem(400, "invalid_input")
	wantErrors(t, p, "query text duplicate", "query awaitingUs type", "query limit minimum", "query State unknown")
	p = a.ask("signer", post, "/v1/contracts",
		`{"notAfter":"tomorrow","notAfter":5,"grants":[{"type":"x","service":"a","servce":1}],"profile":null}`).problem(400, "invalid_input")
	wantErrors(t, p, "body #/notAfter duplicate", "body #/grants/0/servce unknown", "body #/grants/0/service pattern", "body #/grants/0/type enum",
		"body #/notAfter type", "body #/profile type")
	p = a.ask("signer", post, "/v1/contracts", `{"a":`).problem(400, "invalid_input")
	wantErrors(t, p, "body # json")
	p = a.ask("signer", post, "/v1/contracts", `[]`).problem(400, "invalid_input")
	wantErrors(t, p, "body # type")
	p = a.ask("reader", get, "/v1/contracts?%zz", "").problem(400, "invalid_input")
	wantErrors(t, p, "query  query")
}

func TestBodiesAreBoundedAndJSON(t *testing.T) {
	a := newAPI(t)
	a.ask("signer", post, "/v1/contracts", `{"iv":"`+strings.Repeat("x", 1<<20)+`"}`).problem(413, "too_large")
	for _, path := range []string{"/v1/sessions", "/v1/setups"} { // who isn't logged in can't make us read much
		a.ask("", post, path, `{"password":"`+strings.Repeat("x", 16<<10)+`"}`).problem(413, "too_large")
	}
	a.ask("signer", post, "/v1/contracts", `{}`, "Content-Type", "text/plain").problem(415, "unsupported_media_type")
	a.ask("signer", post, "/v1/contracts", strings.Repeat("[", 100)+strings.Repeat("]", 100)).problem(400, "invalid_input")
}

func TestAPathThatIsNotThereIsAProblem(t *testing.T) {
	a := newAPI(t)
	for _, target := range []string{"/", "/v1", "/v1/", "/v1/contracts/", "/v1//contracts", "/v2/contracts", "/v1/../v1/contracts", "/v1/contracts/%zz", "/v1/nothing"} {
		req, err := http.NewRequestWithContext(t.Context(), get, a.url+strings.ReplaceAll(target, "%zz", ""), http.NoBody)
		must(t, err)
		req.URL.Opaque = "" // as it is
		res, err := a.http.Transport.RoundTrip(req)
		must(t, err)
		must(t, res.Body.Close())
		if res.StatusCode != 404 || res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s answers %d %s", target, res.StatusCode, res.Header.Get("Content-Type"))
		}
	}
	r := a.ask("reader", http.MethodPatch, "/v1/contracts", "")
	r.problem(405, "method_not_allowed")
	if got := r.header.Get("Allow"); got != "GET, HEAD, POST" {
		t.Errorf("Allow %q", got)
	}
	if r := a.ask("reader", http.MethodHead, "/v1/contracts", ""); r.status != 200 || len(r.body) != 0 {
		t.Errorf("HEAD answers %d", r.status)
	}
}

func TestAnEscapedSlashInAPathBelongsToTheValue(t *testing.T) {
	a := newAPI(t)
	a.ask("reader", get, "/v1/peers/a%2Fb", "").problem(404, "not_found")
	a.ask("reader", get, "/v1/peers/%00", "").problem(400, "invalid_input")
}

func TestTheSameKeyGivesTheSameAnswerAndDoesItOnce(t *testing.T) {
	a := newAPI(t)
	body := a.proposal()
	first := a.ask("signer", post, "/v1/contracts", body, "Idempotency-Key", "k1").want(201)
	again := a.ask("signer", post, "/v1/contracts", body, "Idempotency-Key", "k1").want(201)
	if !bytes.Equal(first.body, again.body) || first.header.Get("Location") != again.header.Get("Location") || first.header.Get("ETag") != again.header.Get("ETag") {
		t.Errorf("first\n%s\nagain\n%s", first.body, again.body)
	}
	a.ask("signer", post, "/v1/contracts", strings.Replace(body, "test", "rest", 1), "Idempotency-Key", "k1").problem(409, "idempotency_key_reused")
	a.ask("second", post, "/v1/contracts", body, "Idempotency-Key", "k1").want(201)
	wrong := strings.Replace(body, "persons", "x", 1)
	a.ask("signer", post, "/v1/contracts", wrong, "Idempotency-Key", "k2").problem(400, "invalid_input")
	a.ask("signer", post, "/v1/contracts", body, "Idempotency-Key", "k2").want(201)
	if l := into[client.ContractPage](a.ask("reader", get, "/v1/contracts", "").want(200)); len(l.Items) != 3 {
		t.Errorf("%d contracts, want 3", len(l.Items))
	}
}

func TestAKeyIsKeptForADay(t *testing.T) {
	a := newAPI(t)
	token, body := a.token("signer", "sign", "read"), a.proposal()
	first := into[client.ContractDetail](a.ask(token, post, "/v1/contracts", body, "Idempotency-Key", "k").want(201))
	a.clock.forward(23 * time.Hour)
	if again := into[client.ContractDetail](a.ask(token, post, "/v1/contracts", body, "Idempotency-Key", "k").want(201)); again.ContentHash != first.ContentHash {
		t.Error("the key was forgotten within a day")
	}
	a.clock.forward(2 * time.Hour)
	if other := into[client.ContractDetail](a.ask(token, post, "/v1/contracts", body, "Idempotency-Key", "k").want(201)); other.ContentHash == first.ContentHash {
		t.Error("the key was kept for more than a day")
	}
}

func TestOneKeyAtTheSameTimeDoesItOnce(t *testing.T) {
	a := newAPI(t)
	body := a.proposal()
	var wg sync.WaitGroup
	statuses := make([]int, 8)
	for i := range statuses {
		wg.Go(func() { statuses[i] = a.ask("signer", post, "/v1/contracts", body, "Idempotency-Key", "k").status })
	}
	wg.Wait()
	for _, s := range statuses {
		if s != 201 && s != 409 {
			t.Errorf("statuses %v", statuses)
		}
	}
	if l := into[client.ContractPage](a.ask("reader", get, "/v1/contracts", "").want(200)); len(l.Items) != 1 {
		t.Errorf("%d contracts, want 1", len(l.Items))
	}
}

func TestOneConditionLetsOneChangeThrough(t *testing.T) {
	a := newAPI(t)
	at := "/v1/services/persons"
	tag := a.ask("admin", put, at, `{"upstream":"http://127.0.0.1:1/x"}`).want(201).header.Get("ETag")
	var wg sync.WaitGroup
	statuses := make([]int, 8)
	for i := range statuses {
		wg.Go(func() {
			statuses[i] = a.ask("admin", put, at, `{"upstream":"http://127.0.0.1:1/`+string(rune('a'+i))+`"}`, "If-Match", tag).status
		})
	}
	wg.Wait()
	through := 0
	for _, s := range statuses {
		if s == 200 {
			through++
		} else if s != 409 && s != 412 {
			t.Errorf("statuses %v", statuses)
		}
	}
	if through != 1 {
		t.Errorf("%d changes went through: %v", through, statuses)
	}
}

func TestWhoAsksTooOftenWaits(t *testing.T) {
	a := newAPI(t, func(o *options) { o.api = func(c *restapi.Config) { c.PerSecond, c.Burst = 1, 3 } })
	for range 3 {
		a.ask("reader", get, "/v1/caller", "").want(200)
	}
	r := a.ask("reader", get, "/v1/caller", "")
	r.problem(429, "too_many")
	if r.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", r.header.Get("Retry-After"))
	}
	a.ask("signer", get, "/v1/caller", "").want(200)
	a.clock.forward(time.Second)
	a.ask("reader", get, "/v1/caller", "").want(200)
	for range 3 {
		a.ask("", get, "/v1/caller", "").problem(401, "login")
	}
	a.ask("", get, "/v1/caller", "").problem(429, "too_many")
}

func TestWhatGoesWrongInsideIsLoggedAndNotTold(t *testing.T) {
	var log bytes.Buffer
	var mu sync.Mutex
	a := newAPI(t, func(o *options) { o.log = slog.NewTextHandler(locked{&mu, &log}, nil) })
	must(t, a.store.Close())
	p := a.ask("reader", get, "/v1/contracts?text=geheim", "").problem(500, "internal_error")
	if strings.Contains(p.Detail, "sql") || strings.Contains(p.Detail, "database") {
		t.Errorf("told: %s", p.Detail)
	}
	mu.Lock()
	defer mu.Unlock()
	if s := log.String(); !strings.Contains(s, "api request failed") || strings.Contains(s, "geheim") || strings.Contains(s, "secret-reader") {
		t.Errorf("logged: %s", s)
	}
}

type locked struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (l locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}
