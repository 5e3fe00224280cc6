// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"crypto/tls"
	"crypto/x509/pkix"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

func (f *federation) hostileCertificates(t *testing.T) {
	issue := func(l *lab, r localca.Request) *pki.KeyPair {
		r.PeerID = amberID
		_, pair := l.issue(t, r)
		return pair
	}
	now := time.Now()
	for name, pair := range map[string]*pki.KeyPair{
		"expired":              issue(f.lab, localca.Request{NotBefore: now.Add(-48 * time.Hour), NotAfter: now.Add(-time.Minute)}),
		"not yet valid":        issue(f.lab, localca.Request{NotBefore: now.Add(time.Hour)}),
		"of another authority": issue(newLab(t), localca.Request{}),
		"without a PeerID":     f.odd.issue(t, pkix.Name{Organization: []string{"Zonder nummer"}}),
		"without a name":       f.odd.issue(t, pkix.Name{SerialNumber: string(amberID)}),
		"with a PeerID of two": f.odd.issue(t, pkix.Name{SerialNumber: "12", Organization: []string{"Te kort"}}),
		"absent":               nil,
	} {
		t.Run(name, func(t *testing.T) {
			config := &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: f.anchors.Pool(), ServerName: "localhost"}
			if pair != nil {
				config = f.clientTLS(pair)
			}
			tr := &http.Transport{TLSClientConfig: config}
			defer tr.CloseIdleConnections()
			client := &http.Client{Transport: tr, Timeout: patience}
			for _, address := range []string{f.provider.peer.ManagerAddress + "/v1/peer", f.provider.inway + "/"} {
				if a, err := send(client, http.MethodGet, address, nil, nil); err == nil {
					t.Errorf("%s answers %d %s", address, a.status, a.body)
				}
			}
		})
	}
	t.Run("old TLS", func(t *testing.T) {
		config := f.clientTLS(f.amber.pair)
		config.MinVersion, config.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
		for _, address := range []string{f.provider.peer.ManagerAddress, f.provider.inway} {
			if c, err := tls.Dial("tcp", strings.TrimPrefix(address, "https://"), config); err == nil {
				_ = c.Close()
				t.Errorf("%s speaks TLS 1.2", address)
			}
		}
	})
}

func (f *federation) hostileTokens(t *testing.T) {
	good := f.inwayToken(t)
	claims := map[string]any{}
	unmarshalPart(t, good, 1, &claims)
	byBeryl, err := fsc.IssueToken(f.beryl.signer, fsc.Claims{
		GrantHash: fsc.GrantHash(claims["gth"].(string)), GroupID: group, Subject: amberID, Issuer: providerID, Service: service, //nolint:forcetypeassert // just decoded
		Audience: f.provider.inway, ExpiresAt: time.Now().Add(time.Minute).Unix(), CertificateThumbprint: f.amber.pair.CertificateThumbprint(),
	})
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	for name, token := range map[string]string{
		"of alg none":               f.amber.forge(t, "none", claims),
		"of alg none, unsigned":     strings.TrimSuffix(f.amber.forge(t, "none", claims), "eA"),
		"of alg HS256":              f.amber.forge(t, "HS256", claims),
		"signed by another Peer":    byBeryl,
		"with another's signature":  parts[0] + "." + parts[1] + "." + strings.Split(byBeryl, ".")[2],
		"with claims of another":    parts[0] + "." + strings.Split(byBeryl, ".")[1] + "." + parts[2],
		"that is no token":          "abc",
		"of 50 kB":                  strings.Repeat("A", 50_000),
		"with a space":              good + " " + good,
		"with padding":              good + "=",
		"of another issuer":         f.forgeToken(t, func(c *fsc.Claims) { c.Issuer = berylID }),
		"of another Peer":           f.forgeToken(t, func(c *fsc.Claims) { c.Subject = outsiderID }),
		"that can't be used yet":    f.forgeToken(t, func(c *fsc.Claims) { c.NotBefore = time.Now().Add(time.Hour).Unix() }),
		"bound to another's key":    f.forgeToken(t, func(c *fsc.Claims) { c.CertificateThumbprint = f.beryl.pair.CertificateThumbprint() }),
		"bound to nothing, like it": f.forgeToken(t, func(c *fsc.Claims) { c.CertificateThumbprint = strings.ToUpper(c.CertificateThumbprint) }),
	} {
		t.Run(name, func(t *testing.T) {
			f.notCalled(t, func() answer { return f.callInway(t, token, newTransactionID(t)) }, fsc.CodeAccessTokenInvalid, 401)
		})
	}
	t.Run("sent twice", func(t *testing.T) {
		h := callHeader(good, newTransactionID(t))
		h.Add("Fsc-Authorization", "Bearer "+good)
		f.notCalled(t, func() answer { return mustSend(t, f.amber.client, http.MethodGet, f.provider.inway+"/", h, nil) }, fsc.CodeAccessTokenInvalid, 401)
	})
	t.Run("of a revoked contract", func(t *testing.T) {
		c := f.validContract(t, f.amber, nil, connection(amberID, f.amber.pair, providerID, service))
		token, _ := f.amber.obtain(t, f.provider.peer, c.Grants[0].Hash)
		if a := f.callInway(t, token, newTransactionID(t)); a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
		f.created(t, f.amber.put(t, f.provider.peer, fsc.SignatureTypeRevoke, c))
		eventually(t, "the Inway refuses the token", func() bool {
			return f.callInway(t, token, newTransactionID(t)).problem().Code == string(fsc.CodeAccessTokenInvalid)
		})
	})
	t.Run("used with a TransactionID from before", func(t *testing.T) {
		id := newTransactionID(t)
		if a := f.callInway(t, good, id); a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
		for _, again := range []string{id, strings.ToUpper(id)} {
			f.notCalled(t, func() answer { return f.callInway(t, good, again) }, fsc.CodeInvalidLogRecordID, 400)
		}
	})
}

// raw sends bytes over mutual TLS and gives all that comes back until the other
// side closes or stays silent.
func (f *federation) raw(t *testing.T, address, bytes string) string {
	t.Helper()
	config := f.clientTLS(f.amber.pair)
	config.NextProtos = []string{"http/1.1"}
	c, err := tls.Dial("tcp", strings.TrimPrefix(address, "https://"), config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	return exchange(t, c, bytes)
}

func exchange(t *testing.T, c net.Conn, bytes string) string {
	t.Helper()
	if err := c.SetDeadline(time.Now().Add(500 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(c, bytes) // a server that has heard enough closes
	got, _ := io.ReadAll(c)
	return string(got)
}

func (f *federation) hostileBytes(t *testing.T) {
	token := f.inwayToken(t)
	head := func(method, path string) string {
		return method + " " + path + " HTTP/1.1\r\nHost: inway\r\nFsc-Authorization: Bearer " + token + "\r\nFsc-Transaction-Id: " + newTransactionID(t) + "\r\n"
	}
	const inner = "GET /gesmokkeld HTTP/1.1\r\nHost: x\r\n\r\n"
	smuggled := func(t *testing.T) bool {
		t.Helper()
		f.upstream.mu.Lock()
		defer f.upstream.mu.Unlock()
		for _, r := range f.upstream.calls {
			if strings.Contains(r.RequestURI, "gesmokkeld") {
				return true
			}
		}
		return false
	}
	for name, request := range map[string]string{
		"a length and chunks":      head("POST", "/") + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
		"chunks and a length":      head("POST", "/") + "Transfer-Encoding: chunked\r\nContent-Length: 100\r\n\r\n0\r\n\r\n" + inner,
		"two lengths":              head("POST", "/") + "Content-Length: 0\r\nContent-Length: 39\r\n\r\n" + inner,
		"a negative length":        head("POST", "/") + "Content-Length: -1\r\n\r\n" + inner,
		"a length with a sign":     head("POST", "/") + "Content-Length: +0\r\n\r\n" + inner,
		"two encodings":            head("POST", "/") + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + inner,
		"an unknown encoding":      head("POST", "/") + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + inner,
		"a space before the colon": head("POST", "/") + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + inner,
		"a folded header":          head("POST", "/") + "X: a\r\n Transfer-Encoding: chunked\r\n\r\n" + inner,
		"a bare return in a value": head("GET", "/") + "X: a\rGET /gesmokkeld HTTP/1.1\r\n\r\n",
		"a NUL":                    head("GET", "/") + "X: a\x00b\r\n\r\n" + inner,
		"a chunk that is too long": head("POST", "/") + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n" + inner,
		"no host":                  strings.Replace(head("GET", "/"), "Host: inway\r\n", "", 1) + "\r\n" + inner,
		"two hosts":                head("GET", "/") + "Host: elders\r\n\r\n" + inner,
		"a line break in the path": head("GET", "/%0d%0aX:%20y") + "\r\n" + inner,
		"an absolute path":         head("GET", "http://elders/") + "\r\n" + inner,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := f.raw(t, f.provider.inway, request)
			if smuggled(t) {
				t.Error("a request without a token reached the service")
			}
			// What is behind the request may at the most be a request of its own.
			if strings.Count(got, "HTTP/1.1 200") > 1 {
				t.Errorf("answers: %s", got)
			}
		})
	}
	t.Run("our headers named in Connection", func(t *testing.T) {
		id := newTransactionID(t)
		h := callHeader(token, id)
		h.Set("Connection", "Fsc-Authorization, Fsc-Transaction-Id")
		a := mustSend(t, f.http1(t), http.MethodGet, f.provider.inway+"/", h, nil)
		if r := f.upstream.call(id); a.status == http.StatusOK && (r == nil || r.Header.Get("Fsc-Authorization") == "") {
			t.Error("the service got a call without token or TransactionID")
		}
	})
}

// http1 is amber's client without HTTP/2, which has no Connection header.
func (f *federation) http1(t *testing.T) *http.Client {
	t.Helper()
	tr := &http.Transport{TLSClientConfig: f.clientTLS(f.amber.pair)}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: patience}
}

func (f *federation) hostileApplications(t *testing.T) {
	f.beryl.behave(f.issuing(t, nil), nil)
	h := f.agree(t, []*foreign{f.beryl}, f.ownGrant())
	if a := f.callOutway(t, h); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	receive(t, "call at the Inway", f.beryl.calls)
	t.Run("that bring our headers themselves", func(t *testing.T) {
		forged := newTransactionID(t)
		header := http.Header{
			"Fsc-Grant-Hash": {string(h)}, "Fsc-Authorization": {"Bearer gestolen"}, "Fsc-Transaction-Id": {forged},
			"Fsc-Error-Code": {"VERZONNEN"}, "Authorization": {"Basic YTpi"}, "Connection": {"Fsc-Authorization, Fsc-Transaction-Id"},
		}
		a := mustSend(t, f.application, http.MethodGet, f.consumer.outway+"/a%2Fb//c/../d?q=%20", header, nil)
		r := receive(t, "call at the Inway", f.beryl.calls)
		if got := r.Header.Values("Fsc-Authorization"); len(got) != 1 || strings.Contains(got[0], "gestolen") {
			t.Errorf("Fsc-Authorization %q", got)
		}
		if got := r.Header.Values("Fsc-Transaction-Id"); len(got) != 1 || got[0] == forged || got[0] != a.header.Get("Fsc-Transaction-Id") {
			t.Errorf("Fsc-Transaction-Id %q", got)
		}
		if r.Header.Get("Authorization") != "Basic YTpi" || r.RequestURI != "/a%2Fb//c/../d?q=%20" {
			t.Errorf("%s %v", r.RequestURI, r.Header)
		}
	})
	t.Run("that smuggle", func(t *testing.T) {
		c, err := net.Dial("tcp", strings.TrimPrefix(f.consumer.outway, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		got := exchange(t, c, "POST / HTTP/1.1\r\nHost: x\r\nFsc-Grant-Hash: "+string(h)+
			"\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /gesmokkeld HTTP/1.1\r\nHost: x\r\n\r\n")
		for len(f.beryl.calls) > 0 {
			if r := <-f.beryl.calls; strings.Contains(r.RequestURI, "gesmokkeld") {
				t.Errorf("%s was sent; the application got %s", r.RequestURI, got)
			}
		}
	})
}
