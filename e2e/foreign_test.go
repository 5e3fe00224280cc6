// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// foreign is a Peer whose Manager and Inway are of another maker: a server that
// notes what arrives and a client that sends any bytes.
type foreign struct {
	lab    *lab
	peer   fsc.Peer
	pair   *pki.KeyPair
	signer *fsc.Signer
	client *http.Client
	server *httptest.Server

	// deliveries get what other Managers send about contracts.
	deliveries chan delivery
	// calls get what arrives at its Inway.
	calls chan *http.Request

	mu    sync.Mutex
	keys  []jwk      // what its key set serves
	id    fsc.PeerID // who /peer says it is
	token func(scope fsc.GrantHash) (int, string)
	inway http.HandlerFunc
}

// delivery is one message about a contract.
type delivery struct {
	kind    string // submit, accept, reject, revoke or announce
	content []byte
	jws     string
}

func (l *lab) foreign(t *testing.T, id fsc.PeerID, keyType string) *foreign {
	t.Helper()
	_, pair := l.issue(t, localca.Request{PeerID: id, KeyType: keyType})
	return l.foreignWith(t, id, pair)
}

func (l *lab) foreignWith(t *testing.T, id fsc.PeerID, pair *pki.KeyPair) *foreign {
	t.Helper()
	signer, err := fsc.NewSigner(pair.Key, pair.Leaf().Raw)
	if err != nil {
		t.Fatal(err)
	}
	f := &foreign{
		lab: l, pair: pair, signer: signer, id: id,
		deliveries: make(chan delivery, 1000), calls: make(chan *http.Request, 1000),
	}
	f.serveKeys(pair)
	f.client = f.clientWith(t, pair)
	f.server = httptest.NewUnstartedServer(http.HandlerFunc(f.serve))
	f.server.TLS = &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair.TLS()},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: l.anchors.Pool(),
	}
	f.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo) // refused handshakes are wanted here
	f.server.StartTLS()
	t.Cleanup(f.server.Close)
	f.peer = fsc.Peer{ID: id, Name: "Organisatie " + string(id), ManagerAddress: localhost(f.server.Listener.Addr().String())}
	return f
}

func (f *foreign) clientWith(t *testing.T, pair *pki.KeyPair) *http.Client {
	t.Helper()
	tr := &http.Transport{TLSClientConfig: f.lab.clientTLS(pair), ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 16}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: patience}
}

// serveKeys sets what the key set has.
func (f *foreign) serveKeys(pairs ...*pki.KeyPair) {
	var keys []jwk
	for _, p := range pairs {
		keys = append(keys, newJWK(p))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keys = keys
}

// behave sets what the token endpoint and the Inway answer.
func (f *foreign) behave(token func(fsc.GrantHash) (int, string), inway http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.token, f.inway = token, inway
}

func (f *foreign) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	path, ok := strings.CutPrefix(r.URL.Path, "/v1/")
	f.mu.Lock()
	token, inway, keys, id := f.token, f.inway, f.keys, f.id
	f.mu.Unlock()
	switch {
	case !ok:
		f.calls <- r
		if inway != nil {
			inway(w, r)
		}
	case path == "peer":
		reply(w, http.StatusOK, map[string]any{"peer_id": id, "peer_name": f.peer.Name, "fsc_version": "1.0.0", "enabled_extensions": map[string]string{}})
	case path == ".well-known/jwks.json":
		reply(w, http.StatusOK, map[string]any{"keys": keys})
	case path == "contracts" && r.Method == http.MethodGet:
		reply(w, http.StatusOK, map[string]any{"contracts": []any{}, "pagination": map[string]string{"next_cursor": ""}})
	case path == "token" && token != nil:
		status, answer := token(fsc.GrantHash(formValue(body, "scope")))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	case path == "announce", strings.HasPrefix(path, "contracts"):
		f.note(path, body)
		w.WriteHeader(http.StatusCreated)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func formValue(body []byte, name string) string {
	v, err := url.ParseQuery(string(body))
	if err != nil {
		return ""
	}
	return v.Get(name)
}

func (f *foreign) note(path string, body []byte) {
	d := delivery{kind: path[strings.LastIndex(path, "/")+1:]}
	if path == "contracts" {
		d.kind = "submit"
	}
	var in struct {
		Content   json.RawMessage `json:"contract_content"`
		Signature string          `json:"signature"`
	}
	if err := json.Unmarshal(body, &in); err == nil {
		d.content, d.jws = in.Content, in.Signature
	}
	f.deliveries <- d
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the caller has gone if this fails
}

// awaitContract waits until the contract arrives and gives its content.
func (f *foreign) awaitContract(t *testing.T, h fsc.ContentHash) *fsc.Content {
	t.Helper()
	for {
		d := receive(t, "contract at "+string(f.peer.ID), f.deliveries)
		if d.kind != "submit" && d.kind != "accept" {
			continue
		}
		c, err := fsc.ParseContent(d.content, fsc.Rules{GroupID: group})
		if err != nil {
			t.Fatal(err)
		}
		if c.Hash() == h {
			return c
		}
	}
}
