// SPDX-License-Identifier: EUPL-1.2

package exchange_test

import (
	"context"
	"crypto"
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/exchange"
	"github.com/samenspel/samenspel/internal/inway"
	"github.com/samenspel/samenspel/internal/outway"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/txlog"
)

// layer is what lies between two Peers: the Outway of the one, the Inway of the
// other, and mutual TLS.
type layer struct {
	t          *testing.T
	from, to   *member
	trusted    *pki.Anchors
	connection fsc.GrantHash
	inway      *httptest.Server
	outway     *httptest.Server
}

// Token implements [outway.Tokens] as the Manager of the service's Peer.
func (l *layer) Token(_ context.Context, g outway.Grant) (outway.Token, error) {
	signer, err := fsc.NewSigner(l.to.pair.Key, l.to.chain[0])
	if err != nil {
		return outway.Token{}, err
	}
	c := fsc.Claims{
		GrantHash: g.Hash, GroupID: group, Subject: l.from.id, Issuer: l.to.id, Service: g.Service, Audience: l.inway.URL,
		ExpiresAt: time.Now().Add(time.Hour).Unix(), NotBefore: time.Now().Unix(), CertificateThumbprint: l.from.pair.CertificateThumbprint(),
	}
	jwt, err := fsc.IssueToken(signer, c)
	return outway.Token{JWT: jwt, Claims: c}, err
}

func (l *layer) keys() map[string]crypto.PublicKey {
	return map[string]crypto.PublicKey{l.to.pair.CertificateThumbprint(): l.to.leaf().PublicKey}
}

func (l *layer) tls(own *member) *pki.TLS {
	return &pki.TLS{Anchors: func() *pki.Anchors { return l.trusted }, Transport: own.pair, Now: time.Now}
}

func (l *layer) log() *txlog.Log {
	l.t.Helper()
	records, err := txlog.Open(txlog.Config{Dir: l.t.TempDir(), SegmentSize: 128 << 10})
	must(l.t, err)
	l.t.Cleanup(func() { _ = records.Close() })
	return records
}

// newLayer puts Outway and Inway before a desk.
func newLayer(t *testing.T, from, to *member, trusted *pki.Anchors, desk exchange.Desk) *layer {
	t.Helper()
	l := &layer{t: t, from: from, to: to, trusted: trusted, connection: fsc.GrantHash("$1$4$" + strings.Repeat("a", 86))}
	service := httptest.NewServer(exchange.NewServer(exchange.ServerConfig{
		Desk: desk, Now: time.Now, Logger: quiet(),
		Authenticate: exchange.TokenAuth(exchange.TokenConfig{Self: to.id, Group: group, Now: time.Now, Keys: l.keys}),
	}))
	t.Cleanup(service.Close)
	upstream, err := url.Parse(service.URL)
	must(t, err)
	in := inway.New(inway.Config{GroupID: group, PeerID: to.id, Recorder: l.log()})
	t.Cleanup(in.Close)
	in.Update(inway.SnapshotInput{Services: []inway.Service{{Name: collective.ServiceName, Upstream: upstream}}, Keys: l.keys()})
	l.inway = httptest.NewUnstartedServer(in)
	l.inway.Config.ConnContext = in.ConnContext
	l.inway.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	l.inway.Listener = tls.NewListener(l.inway.Listener, l.tls(to).Server("http/1.1"))
	l.inway.Start()
	t.Cleanup(l.inway.Close)
	l.inway.URL = "https://" + l.inway.Listener.Addr().String()
	out := outway.New(outway.Config{
		GroupID: group, PeerID: from.id, Tokens: l, Recorder: l.log(),
		Certificate: from.pair.CertificateThumbprint, TLS: func(p fsc.PeerID) *tls.Config { return l.tls(from).Client(p) },
	})
	t.Cleanup(out.Close)
	out.Update(outway.SnapshotInput{Grants: []outway.Grant{{
		Hash: l.connection, ServicePeer: fsc.Peer{ID: to.id, Name: "Provincie Voorbeeld", ManagerAddress: "https://manager.example:8443"},
		Service: collective.ServiceName, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), CreatedAt: time.Now().Unix(),
	}}})
	l.outway = httptest.NewServer(out)
	t.Cleanup(l.outway.Close)
	return l
}

// client calls through the Outway with a grant.
func (l *layer) client(g fsc.GrantHash) *exchange.Client {
	transport := &http.Transport{}
	l.t.Cleanup(transport.CloseIdleConnections)
	return exchange.NewClient(exchange.ClientConfig{
		HTTP: &http.Client{Transport: transport}, Now: time.Now,
		Outway: func(context.Context, fsc.PeerID) (string, fsc.GrantHash, error) { return l.outway.URL, g, nil },
	})
}
