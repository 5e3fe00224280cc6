// SPDX-License-Identifier: EUPL-1.2

package fscapi_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
)

const (
	alice     = fsc.PeerID("00000099000000001000")
	bob       = fsc.PeerID("00000099000000002000")
	ownAddr   = "https://manager.alice.example:8443"
	grantHash = "$1$3$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	hash      = "$1$1$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)

// desk is a Handler of which each test fills in what it needs.
type desk struct {
	announce  func(fscapi.Caller) error
	submit    func(fscapi.Caller, fscapi.Submission) error
	sign      func(fscapi.Caller, fsc.SignatureType, fsc.ContentHash, fscapi.Submission) error
	contracts func(fscapi.Caller, fscapi.ContractsRequest) (fscapi.Results[fscapi.Contract], error)
	token     func(fscapi.Caller, fscapi.TokenRequest) (fscapi.TokenResponse, error)
	peer      func() (fscapi.PeerInfo, error)
	peers     func(fscapi.Caller, fscapi.PeersRequest) (fscapi.Results[fsc.Peer], error)
	services  func(fscapi.Caller, fscapi.ServicesRequest) (fscapi.Results[fscapi.ServiceListing], error)
	keys      func() (fscapi.KeySet, error)
	logs      func(fscapi.Caller, fscapi.LogsRequest) (fscapi.Results[fscapi.LogRecord], error)
}

func (d *desk) Announce(_ context.Context, c fscapi.Caller) error { return d.announce(c) }

func (d *desk) SubmitContract(_ context.Context, c fscapi.Caller, s fscapi.Submission) error {
	return d.submit(c, s)
}

func (d *desk) PutSignature(_ context.Context, c fscapi.Caller, t fsc.SignatureType, h fsc.ContentHash, s fscapi.Submission) error {
	return d.sign(c, t, h, s)
}

func (d *desk) ListContracts(_ context.Context, c fscapi.Caller, r fscapi.ContractsRequest) (fscapi.Results[fscapi.Contract], error) {
	return d.contracts(c, r)
}

func (d *desk) Token(_ context.Context, c fscapi.Caller, r fscapi.TokenRequest) (fscapi.TokenResponse, error) {
	return d.token(c, r)
}

func (d *desk) PeerInfo(context.Context) (fscapi.PeerInfo, error) { return d.peer() }

func (d *desk) ListPeers(_ context.Context, c fscapi.Caller, r fscapi.PeersRequest) (fscapi.Results[fsc.Peer], error) {
	return d.peers(c, r)
}

func (d *desk) ListServices(_ context.Context, c fscapi.Caller, r fscapi.ServicesRequest) (fscapi.Results[fscapi.ServiceListing], error) {
	return d.services(c, r)
}

func (d *desk) KeySet(context.Context) (fscapi.KeySet, error) { return d.keys() }

func (d *desk) ListLogRecords(_ context.Context, c fscapi.Caller, r fscapi.LogsRequest) (fscapi.Results[fscapi.LogRecord], error) {
	return d.logs(c, r)
}

// identify reads the Peer from the certificate as many Groups do.
func identify(r *http.Request) (fsc.Peer, *x509.Certificate, error) {
	cert := r.TLS.PeerCertificates[0]
	return fsc.Peer{ID: fsc.PeerID(cert.Subject.SerialNumber), Name: cert.Subject.Organization[0]}, cert, nil
}

// identified is for tests without TLS: the caller is always alice.
func identified(*http.Request) (fsc.Peer, *x509.Certificate, error) {
	return fsc.Peer{ID: alice, Name: "Gemeente Alice"}, nil, nil
}

// lines collects the log.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newServer makes a server whose callers are alice, with its log.
func newServer(d *desk, change ...func(*fscapi.ServerConfig)) (http.Handler, *lines) {
	log := &lines{}
	cfg := fscapi.ServerConfig{
		Handler: d, Identify: identified, CursorKey: []byte("0123456789abcdef"),
		Logger: slog.New(slog.NewTextHandler(log, nil)),
	}
	for _, c := range change {
		c(&cfg)
	}
	return fscapi.NewServer(cfg), log
}

// send sends a request to a server in memory. The headers are name, value, ….
func send(h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// sendJSON sends a body as one Manager does to another.
func sendJSON(h http.Handler, method, target, body string) *httptest.ResponseRecorder {
	return send(h, method, target, body, "Content-Type", "application/json", "Fsc-Manager-Address", ownAddr)
}

func wantBody(t *testing.T, w *httptest.ResponseRecorder, status int, body string) {
	t.Helper()
	if w.Code != status || w.Body.String() != body {
		t.Errorf("got %d %s\nwant %d %s", w.Code, w.Body, status, body)
	}
}

// wantRefusal checks all that the standard says of an error.
func wantRefusal(t *testing.T, w *httptest.ResponseRecorder, status int, code fsc.ErrorCode, text string) {
	t.Helper()
	body := w.Body.String()
	switch {
	case w.Code != status:
		t.Errorf("status %d, want %d: %s", w.Code, status, body)
	case w.Header().Get("Fsc-Error-Code") != string(code):
		t.Errorf("Fsc-Error-Code %q, want %s", w.Header().Get("Fsc-Error-Code"), code)
	case !strings.HasSuffix(body, `,"domain":"ERROR_DOMAIN_MANAGER","code":"`+string(code)+`"}`):
		t.Errorf("body isn't the standard's error: %s", body)
	case !strings.Contains(body, text):
		t.Errorf("the message doesn't speak of %s: %s", text, body)
	case w.Header().Get("Content-Type") != "application/json" || w.Header().Get("X-Content-Type-Options") != "nosniff":
		t.Errorf("headers %v", w.Header())
	}
}

// authority is a trust anchor for one test.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
	next int64
}

func newKey(tb testing.TB) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func newAuthority(tb testing.TB) *authority {
	tb.Helper()
	a := &authority{key: newKey(tb), next: 1}
	a.cert = a.issue(tb, &x509.Certificate{
		Subject: pkix.Name{CommonName: "test anchor"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, a.key.Public())
	return a
}

func (a *authority) issue(tb testing.TB, template *x509.Certificate, pub crypto.PublicKey) *x509.Certificate {
	tb.Helper()
	template.SerialNumber = big.NewInt(a.next)
	a.next++
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent := a.cert
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, a.key)
	if err != nil {
		tb.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	return cert
}

// peer issues a certificate for both sides of a connection.
func (a *authority) peer(tb testing.TB, id fsc.PeerID, name string) tls.Certificate {
	tb.Helper()
	key := newKey(tb)
	cert := a.issue(tb, &x509.Certificate{
		Subject:  pkix.Name{SerialNumber: string(id), Organization: []string{name}},
		DNSNames: []string{"localhost"}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}, key.Public())
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// start runs a handler behind TLS with client certificates and gives the Peer
// to talk to.
func (a *authority) start(tb testing.TB, h http.Handler) fsc.Peer {
	tb.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	srv.TLS = &tls.Config{
		MinVersion: tls.VersionTLS13, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: a.pool(),
		Certificates: []tls.Certificate{a.peer(tb, bob, "Gemeente Bob")},
	}
	srv.StartTLS()
	tb.Cleanup(srv.Close)
	_, port, _ := strings.Cut(strings.TrimPrefix(srv.URL, "https://"), ":")
	return fsc.Peer{ID: bob, Name: "Gemeente Bob", ManagerAddress: "https://localhost:" + port}
}

// client makes alice's client.
func (a *authority) client(tb testing.TB, change ...func(*fscapi.ClientConfig)) *fscapi.Client {
	tb.Helper()
	tr := &http.Transport{TLSClientConfig: &tls.Config{
		MinVersion: tls.VersionTLS13, RootCAs: a.pool(), Certificates: []tls.Certificate{a.peer(tb, alice, "Gemeente Alice")},
	}}
	tb.Cleanup(tr.CloseIdleConnections)
	cfg := fscapi.ClientConfig{HTTP: func(fsc.PeerID) *http.Client { return &http.Client{Transport: tr} }, Address: ownAddr}
	for _, c := range change {
		c(&cfg)
	}
	return fscapi.NewClient(cfg)
}

// answer is a server that gives one fixed answer.
func answer(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}
