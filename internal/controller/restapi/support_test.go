// SPDX-License-Identifier: EUPL-1.2

package restapi_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/controller/restapi"
	"github.com/samenspel/samenspel/internal/controller/restapi/oas"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/limit"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/pki/localca"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
	"github.com/samenspel/samenspel/internal/txlog"
)

// The Peers of the tests: anna's API is tested, bart is another, dirk keeps the
// Directory.
const (
	anna fsc.PeerID = "00000099000000001000"
	bart fsc.PeerID = "00000099000000002000"
	dirk fsc.PeerID = "00000099000000004000"
)

const (
	group    = fsc.GroupID("test-group")
	password = "vier paarden bij de molen"
)

// clock is a time that moves when it is told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// api is a running management API on SQLite.
type api struct {
	t        testing.TB
	clock    *clock
	people   *operator.Operators
	manager  *manager.Manager
	store    *store.Store
	document *oas.Document
	url      string
	http     *http.Client
	secrets  map[string]string // of sessions, by who
	ca       *localca.CA       // of the key that signs the log
}

type options struct {
	fourEyes []string
	host     string
	api      func(*restapi.Config)
	log      slog.Handler
	act      func(*controller.Config)
	server   func(*http.Server)
}

func newAPI(t testing.TB, change ...func(*options)) *api {
	t.Helper()
	o := options{log: slog.DiscardHandler}
	for _, c := range change {
		c(&o)
	}
	logger := slog.New(o.log)
	a := &api{t: t, clock: &clock{now: time.Now().Truncate(time.Second)}, secrets: map[string]string{}}
	var err error
	a.store, err = store.OpenSQLite(t.Context(), empty.Dir(t), logger)
	must(t, err)
	t.Cleanup(func() { must(t, a.store.Close()) })
	a.manager, err = manager.New(manager.Config{
		Self:  fsc.Peer{ID: anna, Name: "Gemeente Anna", ManagerAddress: "https://manager.test:8443"},
		Rules: fsc.Rules{GroupID: group}, Store: a.store, Policy: manager.RulePolicy{}, Keys: newKeys(t), Now: a.clock.Now, Logger: logger,
	})
	must(t, err)
	a.people = operator.New(operator.Config{Store: a.store.People(), Now: a.clock.Now, Logger: logger, FourEyes: o.fourEyes, Host: o.host, HashMemory: 64})
	cfg := restapi.Config{Controller: a.controller(logger, o.act), Authenticate: restapi.Tokens(a.people), PerSecond: 1000, Burst: 1000, Now: a.clock.Now, Logger: logger}
	if o.api != nil {
		o.api(&cfg)
	}
	handler, err := restapi.New(cfg)
	must(t, err)
	server := httptest.NewUnstartedServer(handler)
	if o.server != nil {
		o.server(server.Config)
	}
	server.Start()
	t.Cleanup(server.Close)
	a.url, a.http = server.URL, server.Client()
	a.document, err = document()
	must(t, err)
	a.addPeople()
	return a
}

// document is the OpenAPI document of the API, read once.
var document = sync.OnceValues(func() (*oas.Document, error) {
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	return oas.Load(text)
})

func (a *api) controller(logger *slog.Logger, change func(*controller.Config)) *controller.Controller {
	cfg := controller.Config{
		Manager: a.manager, People: a.people, Log: a.store.Log(), Evidence: a.store.Log(), Verifier: a.verifier(), History: a.store, Remote: away{}, GroupID: group, GroupType: "test",
		Directory: func(context.Context) ([]directory.Listing, error) {
			return []directory.Listing{{
				Peer: fsc.Peer{ID: bart, Name: "Gemeente Bart"}, Name: "persons", Protocol: fsc.ProtocolHTTP11, CreatedAt: 1_700_000_000,
				ContentHash: "$1$1$x", Properties: []byte(`{"contact":"x@example.org"}`),
			}}, nil
		},
		Certificates: func() []controller.Certificate {
			return []controller.Certificate{{Use: "outway", Thumbprint: "ab", NotAfter: a.clock.Now().Add(40 * 24 * time.Hour)}}
		},
		Health: func() []controller.Check {
			return []controller.Check{{Name: "store"}, {Name: "log", Problem: "disk is full"}}
		},
		Refusals: func() []controller.Refusal {
			return []controller.Refusal{{Component: "outway", Code: fsc.CodeServiceNotFound, Calls: 3}}
		},
		Limited: func(string) map[limit.Name]uint64 { return map[limit.Name]uint64{limit.ConcurrentCalls: 4} },
		Outways: func() []controller.Outway {
			return []controller.Outway{{Name: "outway-1", Address: "http://127.0.0.1:1", PublicKeyThumbprint: strings.Repeat("ab", 32)}}
		},
		Settings: []controller.Setting{{Key: "group.id", Value: string(group)}, {Key: "group.directories[0].peer_id", Value: string(dirk)}},
		Now:      a.clock.Now, Logger: logger,
	}
	if change != nil {
		change(&cfg)
	}
	return controller.New(cfg)
}

// away is a Group in which no other Manager answers.
type away struct{}

func (away) Records(context.Context, fsc.PeerID, []string) ([]txlog.Record, error) {
	return nil, errors.New("nobody answers")
}

func (away) Probe(context.Context, fsc.PeerID) (controller.Reached, error) {
	return controller.Reached{}, errors.New("nobody answers")
}

// addPeople makes an administrator, two signers, an auditor and a reader, each
// with a session. They have no password: hashing one takes longer than a test.
func (a *api) addPeople() {
	a.t.Helper()
	for name, role := range map[string]operator.Role{
		"admin": operator.RoleAdministrator, "signer": operator.RoleSigner, "second": operator.RoleSigner, "auditor": operator.RoleAuditor, "reader": operator.RoleReader,
	} {
		now := a.clock.Now()
		account := &operator.Account{ID: operator.AccountID("account-" + name), Name: name, Email: name + "@example.org", Roles: []operator.Role{role}, CreatedAt: now}
		session := &operator.Session{
			ID: operator.SessionID("session-" + name), Account: account.ID, Hash: sha256.Sum256([]byte("secret-" + name)),
			CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(12 * time.Hour),
		}
		a.secrets[name] = "secret-" + name
		must(a.t, a.store.People().Update(a.t.Context(), func(tx operator.Tx) error {
			return errors.Join(tx.PutAccount(a.t.Context(), account), tx.PutSession(a.t.Context(), session))
		}))
	}
}

// token makes a token of somebody.
func (a *api) token(of string, scopes ...operator.Permission) string {
	a.t.Helper()
	actor, err := a.people.Authenticate(a.t.Context(), a.secrets[of])
	must(a.t, err)
	secret, _, err := a.people.CreateToken(a.t.Context(), actor, operator.NewToken{Name: "t", Scopes: scopes, ExpiresAt: a.clock.Now().AddDate(0, 0, 7)})
	must(a.t, err)
	return secret
}

// answer is what came back.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
}

func (r *answer) want(status int) *answer {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("status %d, want %d: %s", r.status, status, r.body)
	}
	return r
}

func into[T any](r *answer) T {
	r.t.Helper()
	var v T
	must(r.t, json.Unmarshal(r.body, &v, json.RejectUnknownMembers(true)))
	return v
}

// problem reads a problem and checks that it is of the status and code.
func (r *answer) problem(status int, code string) client.Problem {
	r.t.Helper()
	p := into[client.Problem](r.want(status))
	if p.Code != code || p.Status != status || p.Title == "" || p.Detail == "" || p.Type == "" {
		r.t.Fatalf("problem %+v, want code %s", p, code)
	}
	return p
}

// ask sends a request as somebody (empty: nobody) and holds the answer against
// the OpenAPI document. headers are name, value, …
func (a *api) ask(who, method, target, body string, headers ...string) *answer {
	a.t.Helper()
	req, err := http.NewRequestWithContext(a.t.Context(), method, a.url+target, strings.NewReader(body))
	must(a.t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if who != "" {
		secret := a.secrets[who]
		if strings.HasPrefix(who, operator.TokenPrefix) {
			secret = who
		}
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := a.http.Do(req)
	must(a.t, err)
	text, err := io.ReadAll(res.Body)
	must(a.t, err)
	must(a.t, res.Body.Close())
	r := &answer{t: a.t, status: res.StatusCode, header: res.Header, body: text}
	a.hold(r, method, target)
	return r
}

// hold checks an answer against the document: its status, headers and body.
func (a *api) hold(r *answer, method, target string) {
	a.t.Helper()
	if got := r.header.Get("API-Version"); got != a.document.Version {
		a.t.Errorf("%s %s: API-Version %q", method, target, got)
	}
	op := a.operation(method, target)
	if r.status >= 400 {
		if got := r.header.Get("Content-Type"); got != "application/problem+json" && method != http.MethodHead {
			a.t.Errorf("%s %s: %d is %q and no problem", method, target, r.status, got)
		}
		if op != nil && method != http.MethodHead {
			a.check(r, op.Responses["default"].Schema(), method+" "+target)
		}
		return
	}
	if op == nil || method == http.MethodHead {
		return
	}
	declared := op.Responses[strconv.Itoa(r.status)]
	if declared == nil {
		a.t.Errorf("%s %s: status %d isn't in the document", method, target, r.status)
		return
	}
	for name := range declared.Headers {
		if r.header.Get(name) == "" && name != "Link" {
			a.t.Errorf("%s %s: header %s is missing", method, target, name)
		}
	}
	if s := declared.Schema(); s != nil && s.Type != "string" {
		a.check(r, s, method+" "+target)
	}
}

func (a *api) check(r *answer, s *oas.Schema, what string) {
	a.t.Helper()
	v, wrong := oas.ReadJSON(r.body)
	for _, p := range append(wrong, s.Check(v)...) {
		a.t.Errorf("%s answers what the document doesn't say: %s %s (%s)\n%s", what, p.Pointer, p.Detail, p.Code, r.body)
	}
}

// operation finds the operation of a request.
func (a *api) operation(method, target string) *oas.Operation {
	target, _, _ = strings.Cut(target, "?")
	for _, op := range a.document.Operations {
		pattern := "^" + placeholder.ReplaceAllString(path.Join(a.document.Base, op.Path), "[^/]+") + "$"
		if ok, err := regexp.MatchString(pattern, target); err == nil && ok && op.Method == method {
			return op
		}
	}
	return nil
}

var placeholder = regexp.MustCompile(`\{\w+\}`)

func newKeys(t testing.TB) keys {
	t.Helper()
	ca, err := localca.New(time.Now())
	must(t, err)
	issued, err := ca.Issue(localca.Request{PeerID: anna, Name: "Gemeente Anna"})
	must(t, err)
	pair, err := issued.KeyPair()
	must(t, err)
	signer, err := fsc.NewSigner(pair.Key, pair.Leaf().Raw)
	must(t, err)
	return keys{signer, manager.SigningCertificate{PublicKey: pair.Key.Public(), Chain: [][]byte{pair.Leaf().Raw}, NotAfter: pair.Leaf().NotAfter}}
}

// keys are those of anna.
type keys struct {
	signer *fsc.Signer
	cert   manager.SigningCertificate
}

func (k keys) ContractSigner() (*fsc.Signer, manager.SigningCertificate, error) {
	return k.signer, k.cert, nil
}
func (k keys) TokenSigner() (*fsc.Signer, error) { return k.signer, nil }
func (k keys) Published() [][][]byte             { return [][][]byte{k.cert.Chain} }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// proposal is a body that proposes to call a service of bart.
func (a *api) proposal() string {
	b, err := json.Marshal(client.Proposal{
		NotAfter: a.clock.Now().Add(30 * 24 * time.Hour).UTC(),
		Grants: []client.ProposedGrant{{
			Type: fsc.GrantTypeServiceConnection, Service: "persons", Provider: bart, OutwayThumbprint: strings.Repeat("ab", 32),
			Properties: []client.Property{{Name: "purpose", Value: `"test"`}},
		}},
	})
	must(a.t, err)
	return string(b)
}
