// SPDX-License-Identifier: EUPL-1.2

package outway_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/http1"
	"github.com/samenspel/samenspel/internal/outway"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
	"github.com/samenspel/samenspel/internal/proxy"
	"github.com/samenspel/samenspel/internal/txlog"
)

const (
	consumer  = fsc.PeerID("00000099000000001000")
	provider  = fsc.PeerID("00000099000000002000")
	delegator = fsc.PeerID("00000099000000003000")
	group     = fsc.GroupID("fsc.example")
	service   = "personen"
	named     = service + ".00000099000000002000.fsc.localhost"
	wait      = 5 * time.Second
)

// hash makes a grant hash that ends in the letter.
func hash(letter string) fsc.GrantHash {
	return fsc.GrantHash("$1$3$" + strings.Repeat("a", 85) + letter)
}

// clock is a time that tests move by hand.
type clock struct{ nanos atomic.Int64 }

func (c *clock) Now() time.Time          { return time.Unix(0, c.nanos.Load()) }
func (c *clock) Advance(d time.Duration) { c.nanos.Add(int64(d)) }

// books keeps what was recorded and can refuse to.
type books struct {
	*txlog.Log
	fail atomic.Bool
	gate chan struct{} // when set, a record waits for it

	mu      sync.Mutex
	records []txlog.Record
}

func (b *books) Record(ctx context.Context, r *txlog.Record) error {
	if b.gate != nil {
		<-b.gate
	}
	if b.fail.Load() {
		return errors.New("disk is full")
	}
	if err := b.Log.Record(ctx, r); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.records = append(b.records, *r)
	return nil
}

func (b *books) all() []txlog.Record {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]txlog.Record(nil), b.records...)
}

// issuer is the provider's Manager as far as tokens go.
type issuer struct {
	s       *site
	fetched atomic.Int64
	mu      sync.Mutex
	change  func(*fsc.Claims)
	err     error
	gate    chan struct{} // when set, a fetch waits for it
}

func (i *issuer) set(change func(*fsc.Claims), err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.change, i.err = change, err
}

func (i *issuer) Token(ctx context.Context, g outway.Grant) (outway.Token, error) {
	i.fetched.Add(1)
	if i.gate != nil {
		select {
		case <-i.gate:
		case <-ctx.Done():
			return outway.Token{}, ctx.Err()
		}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.err != nil {
		return outway.Token{}, i.err
	}
	now := i.s.clock.Now()
	c := fsc.Claims{
		GrantHash: g.Hash, GroupID: group, Subject: consumer, Issuer: provider, Service: g.Service, Audience: i.s.audience,
		ExpiresAt: now.Add(5 * time.Minute).Unix(), NotBefore: now.Add(-5 * time.Second).Unix(),
		CertificateThumbprint: i.s.client.Load().CertificateThumbprint(),
		Delegator:             g.Delegator, PublicationDelegator: g.ServiceDelegator,
	}
	if i.change != nil {
		i.change(&c)
	}
	jwt, err := fsc.IssueToken(i.s.signer, c)
	return outway.Token{JWT: jwt, Claims: c}, err
}

type connContext func(context.Context, net.Conn) context.Context

// site is a consumer's Outway and, on a TLS listener, the Inway it calls.
type site struct {
	t        *testing.T
	clock    *clock
	ca       *localca.CA
	pair     *pki.KeyPair // of the provider
	client   atomic.Pointer[pki.KeyPair]
	signer   *fsc.Signer
	books    *books
	tokens   *issuer
	inway    *door
	audience string
	handler  atomic.Pointer[http.Handler] // of the Inway
	accept   atomic.Pointer[connContext]  // of the Inway
	calls    atomic.Int64                 // that reached handler
	outway   *outway.Outway
	front    *door
	http     *http.Client
}

// Current implements [pki.Source] for the consumer.
func (s *site) Current() *pki.KeyPair { return s.client.Load() }

// newSite makes a site whose Inway is serve.
func newSite(t *testing.T, serve http.HandlerFunc, change ...func(*outway.Config)) *site {
	t.Helper()
	s := &site{t: t, clock: &clock{}}
	s.clock.nanos.Store(time.Now().UnixNano())
	var err error
	if s.ca, err = localca.New(s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	s.pair = s.issue(provider)
	s.client.Store(s.issue(consumer))
	if s.signer, err = fsc.NewSigner(s.pair.Key, s.pair.Leaf().Raw); err != nil {
		t.Fatal(err)
	}
	s.books = newBooks(t)
	s.tokens = &issuer{s: s}
	if serve == nil {
		serve = func(http.ResponseWriter, *http.Request) {}
	}
	s.serve(serve)
	s.listen()
	cfg := outway.Config{
		GroupID: group, PeerID: consumer, Certificate: s.certificate, Tokens: s.tokens, TLS: s.clientTLS,
		Recorder: s.books, AllowUpgrade: true, Now: s.clock.Now,
	}
	for _, f := range change {
		f(&cfg)
	}
	s.outway = outway.New(cfg)
	t.Cleanup(s.outway.Close)
	s.outway.Update(outway.SnapshotInput{Grants: []outway.Grant{s.grant(hash("a"))}})
	s.front = open(t, &http.Server{Handler: s.outway}, nil)
	tr := &http.Transport{DisableCompression: true}
	t.Cleanup(tr.CloseIdleConnections)
	s.http = &http.Client{Transport: tr, Timeout: wait}
	return s
}

func newBooks(t *testing.T) *books {
	t.Helper()
	l, err := txlog.Open(txlog.Config{Dir: t.TempDir(), SegmentSize: 128 << 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &books{Log: l}
}

func (s *site) certificate() string { return s.client.Load().CertificateThumbprint() }

func (s *site) clientTLS(p fsc.PeerID) *tls.Config { return s.tls(s).Client(p) }

// serve makes h the Inway.
func (s *site) serve(h http.Handler) { s.handler.Store(&h) }

func (s *site) listen() {
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.calls.Add(1)
		(*s.handler.Load()).ServeHTTP(w, r)
	})}
	server.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		if f := s.accept.Load(); f != nil {
			return (*f)(ctx, conn)
		}
		return ctx
	}
	s.inway = open(s.t, server, s.tls(s.pair).Server("http/1.1"))
	s.audience = "https://" + s.inway.Addr().String()
}

// door is a listener as nodes have them.
type door struct {
	net.Listener
	URL  string
	stop func() // at once; also at the end of the test
}

// open serves for the time of a test, with TLS if there is a configuration.
func open(t *testing.T, server *http.Server, secure *tls.Config) *door {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &door{Listener: l, URL: "http://" + l.Addr().String()}
	if secure != nil {
		l = tls.NewListener(http1.Gather(l), secure)
	}
	server.DisableGeneralOptionsHandler = true
	server.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	served := http1.New(server)
	go func() { _ = served.Serve(l) }() // ends when it is closed
	d.stop = func() { _ = served.Close() }
	t.Cleanup(d.stop)
	return d
}

func (s *site) grant(h fsc.GrantHash) outway.Grant {
	now := s.clock.Now()
	return outway.Grant{
		Hash: h, ServicePeer: fsc.Peer{ID: provider, Name: "Provincie Voorbeeld", ManagerAddress: "https://manager.example:8443"},
		Service: service, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour), CreatedAt: now.Unix(),
	}
}

func (s *site) issue(p fsc.PeerID) *pki.KeyPair {
	s.t.Helper()
	issued, err := s.ca.Issue(localca.Request{PeerID: p, Name: "Gemeente Voorbeeld", Hosts: []string{"127.0.0.1"}})
	if err != nil {
		s.t.Fatal(err)
	}
	pair, err := issued.KeyPair()
	if err != nil {
		s.t.Fatal(err)
	}
	return pair
}

func (s *site) tls(transport pki.Source) *pki.TLS {
	anchors, err := pki.LoadAnchors(s.ca.AnchorPEM())
	if err != nil {
		s.t.Fatal(err)
	}
	return &pki.TLS{Anchors: func() *pki.Anchors { return anchors }, Transport: transport, Now: s.clock.Now}
}

// request goes to the Outway under the service's own name.
func (s *site) request(change ...func(*http.Request)) *http.Request {
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.front.URL+"/a", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Host = named
	for _, f := range change {
		f(r)
	}
	return r
}

// answer is what came back, and the error object if it is one.
type answer struct {
	status int
	header http.Header
	body   string
	err    struct{ Message, Domain, Code string }
}

func (s *site) do(r *http.Request) answer {
	s.t.Helper()
	res, err := s.http.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, body: string(body)}
	if res.Header.Get(proxy.HeaderErrorCode) != "" {
		if err := json.Unmarshal(body, &a.err); err != nil {
			s.t.Fatal(err)
		}
	}
	return a
}

func (a answer) want(t *testing.T, status int, code fsc.ErrorCode) answer {
	t.Helper()
	if a.status != status || a.header.Get(proxy.HeaderErrorCode) != string(code) || a.err.Code != string(code) {
		t.Fatalf("got %d %q, want %d %q: %s", a.status, a.header.Get(proxy.HeaderErrorCode), status, code, a.body)
	}
	if code != "" && a.err.Domain != string(fsc.DomainOutway) {
		t.Fatalf("domain %q", a.err.Domain)
	}
	return a
}

func (a answer) says(t *testing.T, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(a.err.Message, part) {
			t.Errorf("message %q doesn't say %q", a.err.Message, part)
		}
	}
}

func head(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[name] = values }
}

// eventually polls until ok or the deadline.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("never happened: %s", what)
		}
	}
}
