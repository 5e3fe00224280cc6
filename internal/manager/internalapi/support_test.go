// SPDX-License-Identifier: EUPL-1.2

package internalapi_test

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
	"github.com/samenspel/samenspel/internal/txlog"
)

// The Peers of the tests: anna's door is tested, bart is another.
const (
	anna fsc.PeerID = "00000099000000001000"
	bart fsc.PeerID = "00000099000000002000"
)

const group fsc.GroupID = "test-group"

// door is a running internal door with the store behind it.
type door struct {
	manager *manager.Manager
	store   *store.Store
	address string
	roles   map[string]*http.Client // by the role in their certificate
}

func (d *door) client(role internalapi.Role) *internalapi.Client {
	return internalapi.NewClient(d.roles[string(role)], d.address)
}

func newDoor(t *testing.T, options ...func(*internalapi.Config)) *door {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	s, err := store.OpenSQLite(t.Context(), empty.Dir(t), logger)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	m, err := manager.New(manager.Config{
		Self:  fsc.Peer{ID: anna, Name: "Gemeente Anna", ManagerAddress: "https://manager.test:8443"},
		Rules: fsc.Rules{GroupID: group}, Store: s, Policy: manager.RulePolicy{}, Keys: newKeys(t), Now: time.Now, Logger: logger,
	})
	must(t, err)
	cfg := internalapi.Config{
		Manager: m, GroupID: group, Log: s.Log(), Index: func(source string) txlog.Index { return s.Log().Source(source) },
		Directory: func(context.Context) ([]internalapi.Listing, error) {
			return []internalapi.Listing{{PeerID: bart, Name: "persons", Protocol: fsc.ProtocolHTTP11}}, nil
		},
		RoleOf: func(r *http.Request) (internalapi.Role, error) {
			role, err := pki.RoleOf(*r.TLS)
			return internalapi.Role(role), err
		},
		Now: time.Now, Logger: logger,
	}
	for _, o := range options {
		o(&cfg)
	}
	d := &door{manager: m, store: s, roles: map[string]*http.Client{}}
	d.serve(t, internalapi.NewServer(cfg))
	return d
}

// serve runs the handler behind the TLS of the internal CA.
func (d *door) serve(t *testing.T, h http.Handler) {
	t.Helper()
	ca, err := pki.LoadOrCreateInternalCA(t.TempDir(), time.Now())
	must(t, err)
	settings := func(role string) pki.InternalTLS {
		certPEM, keyPEM, err := ca.Issue(role, nil, time.Now())
		must(t, err)
		pair, err := pki.ParseKeyPair(certPEM, keyPEM)
		must(t, err)
		return pki.InternalTLS{Anchors: ca.Anchors(), Component: pair, Now: time.Now}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(tls.NewListener(listener, settings("manager").Server("http/1.1"))) // ends with Close
	}()
	t.Cleanup(func() {
		must(t, server.Close())
		<-served
	})
	d.address = "https://" + listener.Addr().String()
	for _, role := range []string{"cli", "inway", "outway", "guest"} {
		transport := &http.Transport{TLSClientConfig: settings(role).Client()}
		t.Cleanup(transport.CloseIdleConnections)
		d.roles[role] = &http.Client{Transport: transport}
	}
}

// keys are those of anna.
type keys struct {
	signer *fsc.Signer
	cert   manager.SigningCertificate
}

func newKeys(t *testing.T) keys {
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

// ContractSigner implements manager.Keys.
func (k keys) ContractSigner() (*fsc.Signer, manager.SigningCertificate, error) {
	return k.signer, k.cert, nil
}

// TokenSigner implements manager.Keys.
func (k keys) TokenSigner() (*fsc.Signer, error) { return k.signer, nil }

// Published implements manager.Keys.
func (k keys) Published() [][][]byte { return [][][]byte{k.cert.Chain} }

// ask sends a request as a role and gives status and body.
func (d *door) ask(t *testing.T, role, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, d.address+path, strings.NewReader(body))
	must(t, err)
	req.Header.Set("Content-Type", "application/json")
	res, err := d.roles[role].Do(req)
	must(t, err)
	defer func() { must(t, res.Body.Close()) }()
	text, err := io.ReadAll(res.Body)
	must(t, err)
	if res.StatusCode != http.StatusNotFound && res.StatusCode != http.StatusMethodNotAllowed && len(text) > 0 {
		if got := res.Header.Get("Content-Type"); got != "application/json" {
			t.Errorf("%s %s: Content-Type %q", method, path, got)
		}
	}
	return res.StatusCode, string(text)
}

// grant lets anna's Outway call a service of bart.
func grant() fsc.Grant {
	return fsc.Grant{
		Type:    fsc.GrantTypeServiceConnection,
		Outway:  fsc.Outway{PeerID: anna, PublicKeyThumbprint: strings.Repeat("ab", 32)},
		Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: bart, Name: "persons"},
	}
}

func proposal(t *testing.T) internalapi.Proposal {
	t.Helper()
	g := grant()
	data, err := g.Data(fsc.ProfileV2)
	must(t, err)
	p := internalapi.Proposal{NotAfter: time.Now().Add(time.Hour)}
	p.Grants = append(p.Grants, data)
	return p
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
