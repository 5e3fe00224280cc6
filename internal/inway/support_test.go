// SPDX-License-Identifier: EUPL-1.2

package inway_test

import (
	"context"
	"crypto"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/inway"
	"github.com/samenspel/samenspel/internal/limit"
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
	wait      = 5 * time.Second
)

var grantHash = fsc.GrantHash("$1$3$" + strings.Repeat("a", 86))

// clock is a time that tests move by hand.
type clock struct{ nanos atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.nanos.Store(time.Now().UnixNano())
	return c
}

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

func (b *books) last(t *testing.T) txlog.Record {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.records) == 0 {
		t.Fatal("nothing was recorded")
	}
	return b.records[len(b.records)-1]
}

func (b *books) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.records)
}

// tally is an Observer.
type tally struct {
	mu       sync.Mutex
	began    int
	outcomes []string
	limited  []string // service and limit
}

func (o *tally) CallBegan() { o.mu.Lock(); defer o.mu.Unlock(); o.began++ }

func (o *tally) CallEnded(outcome string, _ time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.outcomes = append(o.outcomes, outcome)
}

func (o *tally) CallLimited(service string, by limit.Name) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.limited = append(o.limited, service+" "+string(by))
}

// site is a provider: a service behind an Inway on a TLS listener.
type site struct {
	t       *testing.T
	clock   *clock
	ca      *localca.CA
	pair    *pki.KeyPair
	signer  *fsc.Signer
	books   *books
	service *httptest.Server
	calls   atomic.Int64 // that reached the service
	inway   *inway.Inway
	url     string
	client  *pki.KeyPair
	http    *http.Client
	tally   *tally
}

func newSite(t *testing.T, serve http.HandlerFunc, change ...func(*inway.Config)) *site {
	t.Helper()
	s := &site{t: t, clock: newClock(), tally: &tally{}}
	var err error
	if s.ca, err = localca.New(s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	s.pair, s.client = s.issue(provider), s.issue(consumer)
	s.signer = signerOf(t, s.pair)
	txl, err := txlog.Open(txlog.Config{Dir: t.TempDir(), SegmentSize: 128 << 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = txl.Close() })
	s.books = &books{Log: txl}
	s.service = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.calls.Add(1)
		if serve != nil {
			serve(w, r)
		}
	}))
	t.Cleanup(s.service.Close)

	cfg := inway.Config{GroupID: group, PeerID: provider, Recorder: s.books, Now: s.clock.Now, Observer: s.tally}
	for _, f := range change {
		f(&cfg)
	}
	s.inway = inway.New(cfg)
	t.Cleanup(s.inway.Close)
	s.inway.Update(s.input())
	s.listen()
	s.http = s.newClient(s.client)
	return s
}

func (s *site) input() inway.SnapshotInput {
	u, _ := url.Parse(s.service.URL)
	return inway.SnapshotInput{
		Services: []inway.Service{{Name: service, Upstream: u, AllowUpgrade: true}},
		Keys:     map[string]crypto.PublicKey{s.signer.Thumbprint(): s.pair.Leaf().PublicKey},
	}
}

func (s *site) listen() {
	srv := httptest.NewUnstartedServer(s.inway)
	srv.Config.ConnContext = s.inway.ConnContext
	srv.Config.DisableGeneralOptionsHandler = true
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	l := tls.NewListener(srv.Listener, s.tls(s.pair).Server("http/1.1"))
	srv.Listener = l
	srv.Start()
	s.t.Cleanup(srv.Close)
	s.url = "https://" + l.Addr().String()
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

func (s *site) tls(pair *pki.KeyPair) *pki.TLS {
	anchors, err := pki.LoadAnchors(s.ca.AnchorPEM())
	if err != nil {
		s.t.Fatal(err)
	}
	return &pki.TLS{Anchors: func() *pki.Anchors { return anchors }, Transport: pair, Now: s.clock.Now}
}

func (s *site) newClient(pair *pki.KeyPair) *http.Client {
	tr := &http.Transport{TLSClientConfig: s.tls(pair).Client(provider), DisableCompression: true}
	s.t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: wait}
}

func signerOf(t *testing.T, pair *pki.KeyPair) *fsc.Signer {
	t.Helper()
	signer, err := fsc.NewSigner(pair.Key, pair.Leaf().Raw)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func (s *site) claims() fsc.Claims {
	now := s.clock.Now()
	return fsc.Claims{
		GrantHash: grantHash, GroupID: group, Subject: consumer, Issuer: provider, Service: service, Audience: s.url,
		ExpiresAt: now.Add(5 * time.Minute).Unix(), NotBefore: now.Add(-5 * time.Second).Unix(),
		CertificateThumbprint: s.client.CertificateThumbprint(),
	}
}

// token signs the usual claims as changed.
func (s *site) token(change ...func(*fsc.Claims)) string {
	s.t.Helper()
	c := s.claims()
	for _, f := range change {
		f(&c)
	}
	jwt, err := fsc.IssueToken(s.signer, c)
	if err != nil {
		s.t.Fatal(err)
	}
	return jwt
}

// request has a good transaction id and, unless empty, the token.
func (s *site) request(token string) *http.Request {
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+"/a", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set(proxy.HeaderAuthorization, "Bearer "+token)
	}
	r.Header.Set(proxy.HeaderTransactionID, proxy.NewTransactionID())
	return r
}

// answer is what came back, and the error object if it is one.
type answer struct {
	status int
	header http.Header
	body   string
	err    struct{ Message, Domain, Code string }
}

func (s *site) do(r *http.Request) answer { s.t.Helper(); return do(s.t, s.http, r) }

func do(t *testing.T, client *http.Client, r *http.Request) answer {
	t.Helper()
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, body: string(body)}
	if res.Header.Get(proxy.HeaderErrorCode) != "" {
		if err := json.Unmarshal(body, &a.err); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func (a answer) want(t *testing.T, status int, code fsc.ErrorCode) {
	t.Helper()
	if a.status != status || a.header.Get(proxy.HeaderErrorCode) != string(code) || a.err.Code != string(code) {
		t.Fatalf("got %d %q, want %d %q: %s", a.status, a.header.Get(proxy.HeaderErrorCode), status, code, a.body)
	}
	if code != "" && a.err.Domain != string(fsc.DomainInway) {
		t.Fatalf("domain %q", a.err.Domain)
	}
}

func deadAddress(t *testing.T) *url.URL {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	return &url.URL{Scheme: "http", Host: l.Addr().String()}
}
