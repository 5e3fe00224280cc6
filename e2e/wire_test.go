// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/pki"
)

// jwk is a key of a key set (RFC 7517, RFC 7518).
type jwk struct {
	Type  string   `json:"kty"`
	Use   string   `json:"use"`
	Chain []string `json:"x5c"`
	N     string   `json:"n,omitempty"`
	E     string   `json:"e,omitempty"`
	Curve string   `json:"crv,omitempty"`
	X     string   `json:"x,omitempty"`
	Y     string   `json:"y,omitempty"`
}

func newJWK(p *pki.KeyPair) jwk {
	k := jwk{Use: "sig"}
	for _, c := range p.Chain {
		k.Chain = append(k.Chain, base64.StdEncoding.EncodeToString(c.Raw))
	}
	b64 := base64.RawURLEncoding.EncodeToString
	switch pub := p.Leaf().PublicKey.(type) {
	case *rsa.PublicKey:
		k.Type, k.N, k.E = "RSA", b64(pub.N.Bytes()), b64(big.NewInt(int64(pub.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := pub.Bytes()
		if err != nil {
			panic(err) // localca makes no such keys
		}
		half := (len(point) - 1) / 2
		k.Type, k.Curve, k.X, k.Y = "EC", pub.Curve.Params().Name, b64(point[1:1+half]), b64(point[1+half:])
	}
	return k
}

// answer is a whole HTTP response.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// problem is the error object of the standard.
type problem struct {
	Message string `json:"message"`
	Domain  string `json:"domain"`
	Code    string `json:"code"`
}

func (a answer) problem() problem {
	var p problem
	_ = json.Unmarshal(a.body, &p) // what isn't one stays empty
	return p
}

func send(client *http.Client, method, target string, header http.Header, body []byte) (answer, error) {
	req, err := http.NewRequest(method, target, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	maps.Copy(req.Header, header)
	if h := header.Get("Host"); h != "" {
		req.Host = h
	}
	res, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, b}, err
}

func mustSend(t *testing.T, client *http.Client, method, target string, header http.Header, body []byte) answer {
	t.Helper()
	a, err := send(client, method, target, header, body)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// refused checks that an answer is an error of the standard, whole and without
// a word about its cause.
func (a answer) refused(t *testing.T, code fsc.ErrorCode, status int, domain fsc.ErrorDomain) {
	t.Helper()
	p := a.problem()
	if a.status != status || p.Code != string(code) || p.Domain != string(domain) || p.Message == "" {
		t.Fatalf("want %d %s %s, got %d %s", status, code, domain, a.status, a.body)
	}
	if got := a.header.Values("Fsc-Error-Code"); len(got) != 1 || got[0] != string(code) {
		t.Errorf("header Fsc-Error-Code is %q, the body says %s", got, code)
	}
	if got := a.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type is %q", got)
	}
	var members map[string]any
	if err := json.Unmarshal(a.body, &members); err != nil || len(members) != 3 {
		t.Errorf("the error object is %s", a.body)
	}
	for _, leak := range []string{"x509", "tls:", "dial tcp", "127.0.0.1", "sqlite", "SQL", ".go:", "/tmp", "errno", "file too large", "invalid character", "jose"} {
		if strings.Contains(p.Message, leak) {
			t.Errorf("the message tells a cause (%q): %s", leak, p.Message)
		}
	}
	if status == http.StatusUnauthorized && a.header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("WWW-Authenticate is %q", a.header.Get("WWW-Authenticate"))
	}
}

func (a answer) refusedByManager(t *testing.T, code fsc.ErrorCode, status int) {
	t.Helper()
	a.refused(t, code, status, fsc.DomainManager)
}

// draft writes content with the grants given; change may spoil it first.
func draft(t *testing.T, change func(*fsc.Draft), grants ...fsc.Grant) *fsc.Content {
	t.Helper()
	iv, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	d := fsc.Draft{
		IV: iv.String(), GroupID: group, CreatedAt: now, NotBefore: now.Add(-time.Minute), NotAfter: now.Add(24 * time.Hour), Grants: grants,
	}
	if change != nil {
		change(&d)
	}
	c, err := d.Content(fsc.Rules{GroupID: d.GroupID})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// grantData gives the data objects of grants, as the command line sends them.
func grantData(t *testing.T, c *fsc.Content) []json.RawMessage {
	t.Helper()
	var v struct {
		Grants []struct {
			Data json.RawMessage `json:"data"`
		} `json:"grants"`
	}
	if err := json.Unmarshal(c.Raw(), &v); err != nil {
		t.Fatal(err)
	}
	var out []json.RawMessage
	for _, g := range v.Grants {
		out = append(out, g.Data)
	}
	return out
}

// connection is a grant for the Outway with this key on a service.
func connection(outway fsc.PeerID, key *pki.KeyPair, provider fsc.PeerID, service string) fsc.Grant {
	return fsc.Grant{
		Type:    fsc.GrantTypeServiceConnection,
		Outway:  fsc.Outway{PeerID: outway, PublicKeyThumbprint: key.PublicKeyThumbprint()},
		Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: provider, Name: service},
	}
}

// behalf makes a connection grant one that is used for a delegator.
func behalf(g fsc.Grant, delegator fsc.PeerID) fsc.Grant {
	g.Type, g.Delegator = fsc.GrantTypeDelegatedServiceConnection, delegator
	return g
}

// offeredFor makes the service of a connection grant one that is offered for a delegator.
func offeredFor(g fsc.Grant, delegator fsc.PeerID) fsc.Grant {
	g.Service.Type, g.Service.Delegator = fsc.ServiceTypeDelegatedService, delegator
	return g
}

func publication(directory, provider fsc.PeerID, service string) fsc.Grant {
	return fsc.Grant{
		Type: fsc.GrantTypeServicePublication, Directory: directory,
		Service: fsc.Service{PeerID: provider, Name: service, Protocol: fsc.ProtocolHTTP11},
	}
}

func publishedFor(g fsc.Grant, delegator fsc.PeerID) fsc.Grant {
	g.Type, g.Delegator = fsc.GrantTypeDelegatedServicePublication, delegator
	return g
}

func withProperties(g fsc.Grant, properties string) fsc.Grant {
	g.Properties = []byte(properties)
	return g
}

// sign makes a genuine signature.
func (f *foreign) sign(t *testing.T, c *fsc.Content, kind fsc.SignatureType) string {
	t.Helper()
	jws, err := fsc.Sign(f.signer, c.Hash(), kind, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return jws
}

func submission(content []byte, jws string) []byte {
	quoted, err := json.Marshal(jws)
	if err != nil {
		panic(err) // a string
	}
	return bytes.Join([][]byte{[]byte(`{"contract_content":`), content, []byte(`,"signature":`), quoted, []byte(`}`)}, nil)
}

// api sends one request to a Manager as this Peer.
func (f *foreign) api(t *testing.T, to fsc.Peer, method, path string, body []byte) answer {
	t.Helper()
	h := http.Header{"Content-Type": {"application/json"}, "Fsc-Manager-Address": {f.peer.ManagerAddress}}
	return mustSend(t, f.client, method, to.ManagerAddress+"/v1"+path, h, body)
}

func (f *foreign) submit(t *testing.T, to fsc.Peer, c *fsc.Content) answer {
	t.Helper()
	return f.api(t, to, http.MethodPost, "/contracts", submission(c.Raw(), f.sign(t, c, fsc.SignatureTypeAccept)))
}

func (f *foreign) put(t *testing.T, to fsc.Peer, kind fsc.SignatureType, c *fsc.Content) answer {
	t.Helper()
	return f.putRaw(t, to, kind, c.Hash(), c, f.sign(t, c, kind))
}

func (f *foreign) putRaw(t *testing.T, to fsc.Peer, kind fsc.SignatureType, path fsc.ContentHash, c *fsc.Content, jws string) answer {
	t.Helper()
	return f.api(t, to, http.MethodPut, "/contracts/"+url.PathEscape(string(path))+"/"+string(kind), submission(c.Raw(), jws))
}

// shown is a contract as a Manager shows it.
type shown struct {
	Content    json.RawMessage              `json:"content"`
	Signatures map[string]map[string]string `json:"signatures"`
}

// find asks a Manager for a contract by its first grant.
func (f *foreign) find(t *testing.T, at fsc.Peer, c *fsc.Content) (shown, bool) {
	t.Helper()
	a := f.api(t, at, http.MethodGet, "/contracts?grant_hash="+url.QueryEscape(string(c.Grants[0].Hash)), nil)
	var v struct {
		Contracts []shown `json:"contracts"`
	}
	if err := json.Unmarshal(a.body, &v); err != nil || a.status != http.StatusOK || len(v.Contracts) > 1 {
		t.Fatalf("GET /contracts: %d %s", a.status, a.body)
	}
	if len(v.Contracts) == 0 {
		return shown{}, false
	}
	return v.Contracts[0], true
}

// token asks for an access token with this Peer's certificate.
func (f *foreign) askToken(t *testing.T, at fsc.Peer, form url.Values) answer {
	t.Helper()
	h := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	return mustSend(t, f.client, http.MethodPost, at.ManagerAddress+"/v1/token", h, []byte(form.Encode()))
}

func tokenForm(scope fsc.GrantHash, client fsc.PeerID) url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "scope": {string(scope)}, "client_id": {string(client)}}
}
