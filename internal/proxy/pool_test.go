// SPDX-License-Identifier: EUPL-1.2

package proxy_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/proxy"
)

func TestSecondRequestMakesNoConnection(t *testing.T) {
	t.Parallel()
	up := newTLSServer(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	c := newChain(t, up.URL, proxy.Headers{}, trust(up))
	for range 2 {
		get(t, c, "/")
		if err := c.outcome(t); err != nil {
			t.Error(err)
		}
	}
	if n := c.dials.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestSixteenThenSixteenMoreMakeNoConnection(t *testing.T) {
	t.Parallel()
	var gate atomic.Pointer[sync.WaitGroup]
	up := newTLSServer(t, func(http.ResponseWriter, *http.Request) {
		g := gate.Load()
		g.Done()
		g.Wait() // all sixteen at the same time
	})
	c := newChain(t, up.URL, proxy.Headers{}, trust(up))
	for range 2 {
		var all, clients sync.WaitGroup
		all.Add(16)
		gate.Store(&all)
		for range 16 {
			clients.Go(func() {
				resp, err := c.Client().Get(c.URL)
				if err != nil {
					t.Error(err)
					return
				}
				_ = resp.Body.Close()
			})
		}
		clients.Wait()
		for range 16 {
			if err := c.outcome(t); err != nil {
				t.Error(err)
			}
		}
	}
	if n := c.dials.Load(); n != 16 {
		t.Errorf("%d connections", n)
	}
}

// fickle is a target that closes the connection after each answered request,
// without having said so. With greedy it takes the second request of a
// connection before it closes.
func fickle(t *testing.T, greedy bool) (target string, closed chan struct{}) {
	t.Helper()
	closed = make(chan struct{}, 100)
	return newRaw(t, func(c net.Conn, br *bufio.Reader) {
		answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")(c, br)
		if greedy {
			readHead(br)
		}
		_ = c.Close()
		closed <- struct{}{}
	}), closed
}

func post(t *testing.T, c *chain, body string) int {
	t.Helper()
	resp, err := c.Client().Post(c.URL, "text/plain", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func TestClosedPooledConnectionIsNoticed(t *testing.T) {
	t.Parallel()
	target, closed := fickle(t, false)
	c := newChain(t, target, proxy.Headers{})
	for i := range 5 {
		if status := post(t, c, "text"); status != 200 {
			t.Errorf("POST %d: %d", i, status)
		}
		<-closed
		if resp, _ := get(t, c, "/"); resp.StatusCode != 200 {
			t.Errorf("GET %d: %d", i, resp.StatusCode)
		}
		<-closed
	}
}

func TestOnlyWhatIsSafeIsSentTwice(t *testing.T) {
	t.Parallel()
	target, _ := fickle(t, true)
	c := newChain(t, target, proxy.Headers{})
	get(t, c, "/")
	first := c.outcome(t)
	if resp, _ := get(t, c, "/"); resp.StatusCode != 200 || c.dials.Load() != 2 {
		t.Errorf("GET on a stale connection: %d, %d connections", resp.StatusCode, c.dials.Load())
	}
	second := c.outcome(t)
	if status := post(t, c, "text"); status != http.StatusBadGateway || c.dials.Load() != 2 {
		t.Errorf("POST on a stale connection: %d, %d connections", status, c.dials.Load())
	}
	wantIs(t, errors.Join(first, second, c.outcome(t)), proxy.ErrBeforeResponse)
}

func TestSecondAttemptThatCantConnectIsNoDialError(t *testing.T) {
	t.Parallel()
	target, _ := fickle(t, true)
	var calls atomic.Int64
	c := newChain(t, target, proxy.Headers{}, func(cfg *proxy.UpstreamConfig) {
		cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if calls.Add(1) > 1 {
				return nil, errors.New("refused")
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		}
	})
	get(t, c, "/")
	_ = c.outcome(t)
	get(t, c, "/")
	err := c.outcome(t)
	var dial *proxy.DialError
	if wantIs(t, err, proxy.ErrBeforeResponse); errors.As(err, &dial) {
		t.Errorf("%v says that nothing was sent", err)
	}
}

func TestBytesNobodyAskedForEndTheConnection(t *testing.T) {
	t.Parallel()
	target := newRaw(t, func(c net.Conn, br *bufio.Reader) {
		for readHead(br) != "" {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
		}
	})
	c := newChain(t, target, proxy.Headers{})
	for range 3 {
		if _, body := get(t, c, "/"); body != "ok" {
			t.Errorf("got %q", body)
		}
	}
}

func TestIdleConnectionsAreClosed(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{}, 1)
	target := newRaw(t, func(c net.Conn, br *bufio.Reader) {
		answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")(c, br)
		_, _ = br.ReadByte()
		gone <- struct{}{}
	})
	expect := func(t *testing.T, c *chain, act func()) {
		t.Helper()
		get(t, c, "/")
		if err := c.outcome(t); err != nil {
			t.Fatal(err)
		}
		act()
		select {
		case <-gone:
		case <-time.After(wait):
			t.Error("the connection stayed open")
		}
	}
	t.Run("after the idle time", func(t *testing.T) {
		c := newChain(t, target, proxy.Headers{}, func(cfg *proxy.UpstreamConfig) { cfg.IdleTimeout = 5 * time.Millisecond })
		expect(t, c, func() {})
	})
	t.Run("by Close", func(t *testing.T) {
		c := newChain(t, target, proxy.Headers{})
		expect(t, c, c.up.Close)
		expect(t, c, func() {}) // still forwards, keeps nothing
	})
	t.Run("when too old to be used", func(t *testing.T) {
		var hours atomic.Int64
		c := newChain(t, target, proxy.Headers{}, func(cfg *proxy.UpstreamConfig) {
			cfg.Now = func() time.Time { return time.Unix(hours.Load()*3600, 0) }
		})
		expect(t, c, func() { hours.Add(1); get(t, c, "/") })
		if n := c.dials.Load(); n != 2 {
			t.Errorf("%d connections", n)
		}
	})
	t.Run("above the most to keep", func(t *testing.T) {
		up := newServer(t, func(http.ResponseWriter, *http.Request) {})
		c := newChain(t, up.URL, proxy.Headers{}, func(cfg *proxy.UpstreamConfig) { cfg.MaxIdle = 1 })
		for range 2 {
			get(t, c, "/")
			_ = c.outcome(t)
		}
		if n := c.dials.Load(); n != 1 {
			t.Errorf("%d connections", n)
		}
	})
}

func TestDialErrorsSayThatNothingWasSent(t *testing.T) {
	t.Parallel()
	secure := newTLSServer(t, func(http.ResponseWriter, *http.Request) { t.Error("a request got through") })
	silent := newRaw(t, func(_ net.Conn, br *bufio.Reader) { _, _ = io.Copy(io.Discard, br) })
	for name, c := range map[string]*chain{
		"refused":         newChain(t, "http://127.0.0.1:1", proxy.Headers{}), // a port nobody is given
		"unknown issuer":  newChain(t, secure.URL, proxy.Headers{}),
		"identity":        newChain(t, secure.URL, proxy.Headers{}, trust(secure), refuseIdentity),
		"handshake stuck": newChain(t, strings.Replace(silent, "http", "https", 1), proxy.Headers{}, func(cfg *proxy.UpstreamConfig) { cfg.DialTimeout = 10 * time.Millisecond }),
	} {
		resp, _ := get(t, c, "/")
		var dial *proxy.DialError
		if err := c.outcome(t); !errors.As(err, &dial) || resp.StatusCode != http.StatusBadGateway {
			t.Errorf("%s: %d %v", name, resp.StatusCode, err)
		}
	}
}

func refuseIdentity(cfg *proxy.UpstreamConfig) {
	cfg.TLS.VerifyConnection = func(tls.ConnectionState) error { return errors.New("another peer") }
}

func TestTLSSessionsAreResumed(t *testing.T) {
	t.Parallel()
	up := newTLSServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.TLS.DidResume {
			w.Header().Set("X-Resumed", "yes")
		}
		w.Header().Set("Connection", "close")
	})
	c := newChain(t, up.URL, proxy.Headers{}, trust(up))
	get(t, c, "/")
	if resp, _ := get(t, c, "/"); resp.Header.Get("X-Resumed") == "" {
		t.Error("the second connection was a full handshake")
	}
}
