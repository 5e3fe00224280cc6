// SPDX-License-Identifier: EUPL-1.2

package proxy_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/http1"
	"github.com/samenspel/samenspel/internal/proxy"
)

const wait = 5 * time.Second

// chain is a front server, as nodes have it, that forwards everything to one
// upstream.
type chain struct {
	net.Listener
	URL    string
	client http.Client
	up     *proxy.Upstream
	dials  atomic.Int64
	errs   chan error // what Forward returned, nil too
}

// newChain forwards to target; change may alter the configuration.
func newChain(t *testing.T, target string, h proxy.Headers, change ...func(*proxy.UpstreamConfig)) *chain {
	t.Helper()
	c := &chain{errs: make(chan error, 10_000)}
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	cfg := proxy.UpstreamConfig{URL: u}
	for _, f := range change {
		f(&cfg)
	}
	dial := cfg.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		c.dials.Add(1)
		return dial(ctx, network, address)
	}
	c.up = proxy.NewUpstream(cfg)
	front := http1.New(&http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := c.up.Forward(w, r, h)
		c.errs <- err
		switch {
		case errors.Is(err, proxy.ErrAfterResponse), errors.Is(err, proxy.ErrClient):
			panic(http.ErrAbortHandler)
		case err != nil:
			if _, ok := errors.AsType[*fsc.Error](err); !ok {
				err = fsc.WrapError(fsc.CodeServiceUnreachable, err, "")
			}
			proxy.WriteError(w, fsc.DomainInway, err)
		}
	}), DisableGeneralOptionsHandler: true, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)})
	if c.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	c.URL = "http://" + c.Listener.Addr().String()
	pool := new(http.Transport)
	c.client.Transport = pool
	go func() { _ = front.Serve(c.Listener) }() // ends when it is closed
	t.Cleanup(func() { _ = front.Close(); pool.CloseIdleConnections(); c.up.Close() })
	return c
}

func (c *chain) Client() *http.Client { return &c.client }

// outcome gives the next result of Forward.
func (c *chain) outcome(t *testing.T) error {
	t.Helper()
	select {
	case err := <-c.errs:
		return err
	case <-time.After(wait):
		t.Fatal("Forward didn't return")
		return nil
	}
}

// trust makes the upstream trust the certificate of s.
func trust(s *httptest.Server) func(*proxy.UpstreamConfig) {
	return func(cfg *proxy.UpstreamConfig) {
		pool := x509.NewCertPool()
		pool.AddCert(s.Certificate())
		cfg.TLS = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13}
	}
}

// newServer starts an upstream of net/http.
func newServer(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// newTLSServer is newServer with TLS.
func newTLSServer(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// newRaw starts an upstream that speaks whatever serve does, on each connection.
func newRaw(t *testing.T, serve func(c net.Conn, br *bufio.Reader)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				_ = c.SetDeadline(time.Now().Add(2 * wait))
				serve(c, bufio.NewReader(c))
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// answer is a raw upstream that reads one head a time and answers it with text.
func answer(text string) func(net.Conn, *bufio.Reader) {
	return func(c net.Conn, br *bufio.Reader) {
		if readHead(br) != "" {
			_, _ = io.WriteString(c, text)
		}
	}
}

// readHead reads up to the empty line; empty at the end of the connection.
func readHead(br *bufio.Reader) string {
	var b strings.Builder
	for {
		line, err := br.ReadString('\n')
		if err != nil {
			return ""
		}
		b.WriteString(line)
		if line == "\r\n" {
			return b.String()
		}
	}
}

// dialRaw connects to the front of the chain.
func dialRaw(t *testing.T, c *chain) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", c.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(wait))
	t.Cleanup(func() { _ = conn.Close() })
	return conn, bufio.NewReader(conn)
}

// get does a GET and reads the whole response.
func get(t *testing.T, c *chain, path string) (*http.Response, string) {
	t.Helper()
	resp, err := c.Client().Get(c.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// eventually polls until ok or the time is up.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(wait)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatal("never: " + what)
		}
		<-tick.C
	}
}

// noLeak checks at the end of the test that no goroutine of this package is left.
func noLeak(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		eventually(t, "all goroutines of the proxy ended", func() bool {
			buf := make([]byte, 1<<20)
			stacks := string(buf[:runtime.Stack(buf, true)])
			return !strings.Contains(stacks, "internal/proxy.(*")
		})
	})
}

func wantIs(t *testing.T, err error, targets ...error) {
	t.Helper()
	for _, target := range targets {
		if !errors.Is(err, target) {
			t.Errorf("error is %v, want %v", err, target)
		}
	}
}
