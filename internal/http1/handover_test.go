// SPDX-License-Identifier: EUPL-1.2

package http1_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// witness tells who served a request: only net/http can give the connection away.
func witness(w http.ResponseWriter, r *http.Request) {
	_, std := w.(http.Hijacker)
	body, _ := io.ReadAll(r.Body)
	text(w, fmt.Sprintf("%v %s %s %q %v", std, r.Proto, r.URL.Path, body, r.TLS != nil))
}

func TestUnusualRequestsAreServedByTheStandardLibrary(t *testing.T) {
	for name, s := range both(t, witness) {
		for request, want := range map[string]string{
			"GET /p HTTP/1.1\r\nHost: a\r\n\r\n":                                                                         `false HTTP/1.1 /p ""`,
			"GET /p HTTP/1.0\r\nConnection: keep-alive\r\n\r\n":                                                          `true HTTP/1.0 /p ""`,
			"POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n":                      `true HTTP/1.1 /p "ab"`,
			"GET /p HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 9000) + "\r\n\r\n":                                 `true HTTP/1.1 /p ""`,
			"GET http://b/p HTTP/1.1\r\nHost: a\r\n\r\n":                                                                 `true HTTP/1.1 /p ""`,
			"GET /p HTTP/1.1\r\nHost: a\r\nPragma: no-cache\r\n\r\n":                                                     `true HTTP/1.1 /p ""`,
			"GET /p HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n":                                    `true HTTP/1.1 /p ""`,
			"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n":                                                                  `true HTTP/1.1  ""`,
			"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /p HTTP/1.1\r\nHost: a\r\nTrailer: X\r\n\r\n":                         `true HTTP/1.1 /p ""`,
			"POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nxGET /p HTTP/1.0\r\nConnection: keep-alive\r\n\r\n": `true HTTP/1.0 /p ""`,
		} {
			c := s.dial(t)
			c.send(request)
			if strings.Contains(request, " /1 ") {
				_, _ = c.answer(http.MethodGet)
			}
			if _, body := c.answer(http.MethodGet); body != fmt.Sprintf("%s %v", want, name != "plain") {
				t.Errorf("%s: %.80q: %s", name, request, body)
			}
			if again := c.get("/p"); strings.HasPrefix(want, "true") != strings.HasPrefix(again, "true") {
				t.Errorf("%s: %.80q: next request: %s", name, request, again)
			}
		}
	}
}

func TestBadRequestsAreAnsweredAtOnce(t *testing.T) {
	s := start(t, witness)
	for request, want := range map[string]string{
		"hello\r\n":                           "400",
		"hello\n":                             "400",
		"GET / HTTP/1.1 \r\n":                 "400",
		"\r\n":                                "400",
		"GET / HTTP/1.1\r\n\r\n":              "400",
		"GET / HTTP/1.1\r\nHost: a b\r\n\r\n": "400",
		"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n":                                "400",
		"GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n":                                  "400",
		"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n":                                "400",
		"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n":                     "400",
		"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n": "400",
		"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n":                   "501",
		"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 2<<20):               "431",
		"POST / HTTP/1.1\r\nHost: a\r\nExpect: x\r\nContent-Length: 1\r\n\r\n":        "417",
		"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n":                                       "400",
	} {
		c := s.dial(t)
		began := time.Now()
		go func() { _, _ = io.WriteString(c, request) }()
		if resp, _ := c.answer(http.MethodPost); fmt.Sprint(resp.StatusCode) != want {
			t.Errorf("%.60q: %s", request, resp.Status)
		}
		if took := time.Since(began); took > patience/2 {
			t.Errorf("%.60q took %v", request, took)
		}
	}
}

func TestClientThatExpectsToContinueIsToldSo(t *testing.T) {
	c := start(t, witness).dial(t)
	c.send("POST /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
	if resp, _ := c.answer(http.MethodPost); resp.StatusCode != http.StatusContinue {
		t.Fatal(resp.Status)
	}
	c.send("ab")
	if _, body := c.answer(http.MethodPost); body != `true HTTP/1.1 /p "ab" false` {
		t.Fatal(body)
	}
}

func TestUpgradedConnectionsCanBeHalfClosed(t *testing.T) {
	s := start(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\n\r\n")
		_ = rw.Flush()
		half, ok := conn.(interface{ CloseWrite() error })
		if !ok {
			t.Errorf("%T can't be half-closed", conn)
			return
		}
		got, err := io.ReadAll(rw) // ends when the client half-closes
		_, _ = fmt.Fprintf(conn, "%s %v", got, err)
		_ = half.CloseWrite()
		_, _ = io.Copy(io.Discard, conn)
	})
	c := s.dial(t)
	c.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nfirst ")
	if resp, err := http.ReadResponse(c.in, nil); err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(resp, err)
	}
	c.send("last")
	c.halfClose()
	if got := c.rest(); got != "first last <nil>" {
		t.Fatal(got)
	}
}

func TestHTTP2IsServedByTheStandardLibrary(t *testing.T) {
	s := startTLS(t, tls.VersionTLS13, func(w http.ResponseWriter, r *http.Request) {
		text(w, fmt.Sprintf("%s %v", r.Proto, r.TLS != nil))
	})
	transport := &http.Transport{TLSClientConfig: s.secure.Clone(), ForceAttemptHTTP2: true}
	transport.TLSClientConfig.NextProtos = nil
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport, Timeout: patience}).Get("https://" + s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if body, err := io.ReadAll(resp.Body); string(body) != "HTTP/2.0 true" || err != nil {
		t.Fatalf("%s %v", body, err)
	}
}

func TestClientWithoutTLSIsToldSo(t *testing.T) {
	s := startTLS(t, tls.VersionTLS13, witness)
	s.secure = nil
	c := s.dial(t)
	c.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	if got := c.rest(); !strings.Contains(got, "400") || !strings.Contains(got, "HTTPS") {
		t.Fatalf("%q", got)
	}
	eventually(t, "a line in the log", func() bool { return strings.Contains(s.log.String(), "TLS handshake error") })
}

func TestRequestsKnowTheirConnection(t *testing.T) {
	type key struct{}
	for name, s := range map[string]*server{
		"plain": start(t, about(key{}), withConn(key{})), "TLS": startTLS(t, tls.VersionTLS13, about(key{}), withConn(key{})),
	} {
		t.Run(name, func(t *testing.T) {
			c := s.dial(t)
			want := fmt.Sprintf("%s %s %s true true %v", c.LocalAddr(), s.addr, s.addr, name == "TLS")
			if got := c.get("/"); got != want {
				t.Errorf("%q, want %q", got, want)
			}
			c.send("GET / HTTP/1.1\r\nHost: a\r\nPragma: x\r\n\r\n") // handed over
			if _, got := c.answer(http.MethodGet); got != want {
				t.Errorf("handed over: %q, want %q", got, want)
			}
		})
	}
}

func withConn(key any) func(*http.Server) {
	return func(s *http.Server) {
		s.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, key, c.LocalAddr().String())
		}
	}
}

func about(key any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		local, _ := ctx.Value(http.LocalAddrContextKey).(net.Addr)
		std, ok := ctx.Value(http.ServerContextKey).(*http.Server)
		text(w, fmt.Sprintf("%s %v %s %v %v %v", r.RemoteAddr, ctx.Value(key), local, ok && std != nil, ctx.Err() == nil, r.TLS != nil && r.TLS.HandshakeComplete))
	}
}

func TestHeadsOverTheConfiguredSizeAreLeftToTheStandardLibrary(t *testing.T) {
	s := start(t, witness, func(s *http.Server) { s.MaxHeaderBytes = 1 })
	c := s.dial(t)
	c.send("GET /p HTTP/1.1\r\nHost: a\r\n\r\n")
	if _, body := c.answer(http.MethodGet); !strings.HasPrefix(body, "true ") {
		t.Fatal(body)
	}
}
