// SPDX-License-Identifier: EUPL-1.2

package proxy_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/proxy"
)

// loop is a connection that answers every write with the same response.
type loop struct {
	tape
	response []byte
}

func (c *loop) Write(p []byte) (int, error) {
	c.in.Reset(c.response)
	return len(p), nil
}

// sink is a response writer that keeps nothing.
type sink struct{ h http.Header }

func (s *sink) Header() http.Header             { return s.h }
func (*sink) Write(p []byte) (int, error)       { return len(p), nil }
func (*sink) WriteHeader(int)                   {}
func (*sink) Flush()                            {}
func (s *sink) SetReadDeadline(time.Time) error { return nil }

// forwarder gives a function that forwards one small GET without a network.
func forwarder(tb testing.TB) func() {
	tb.Helper()
	response := []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Mon, 02 Jan 2006 15:04:05 GMT\r\nServer: x\r\n" +
		"Etag: \"1\"\r\nContent-Length: 100\r\n\r\n" + string(bytes.Repeat([]byte("x"), 100)))
	up := proxy.NewUpstream(proxy.UpstreamConfig{
		URL: &url.URL{Scheme: "http", Host: "target.example"},
		Dial: func(context.Context, string, string) (net.Conn, error) {
			return &loop{tape{bytes.NewReader(nil)}, response}, nil
		},
	})
	tb.Cleanup(up.Close)
	ctx, cancel := context.WithCancel(tb.Context())
	tb.Cleanup(cancel)
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/path?q=1", http.NoBody)
	r.Header = http.Header{"Accept": {"*/*"}, "User-Agent": {"test"}, "Fsc-Grant-Hash": {"$1$4$x"}, "Authorization": {"x"}, "Connection": {"keep-alive"}}
	w := &sink{http.Header{}}
	drop := []string{proxy.HeaderGrantHash}
	return func() {
		clear(w.h)
		err := up.Forward(w, r, proxy.Headers{
			Set:  []proxy.Field{{Name: proxy.HeaderAuthorization, Value: "Bearer x"}, {Name: proxy.HeaderTransactionID, Value: "id"}},
			Drop: drop,
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
}

// TestSmallGetStaysWithinItsAllocationBudget keeps the hot path from growing.
// Counted is Forward alone; what is left is the response's text, its values, one
// context hook and the two lists of Headers.
func TestSmallGetStaysWithinItsAllocationBudget(t *testing.T) {
	forward := forwarder(t)
	const budget = 8
	if n := testing.AllocsPerRun(1000, forward); n > budget {
		t.Errorf("%v allocations, the budget is %d", n, budget)
	} else {
		t.Logf("%v allocations", n)
	}
}

func BenchmarkForwardSmallGet(b *testing.B) {
	forward := forwarder(b)
	b.ReportAllocs()
	for b.Loop() {
		forward()
	}
}

// BenchmarkForwardTLS is one GET through a front server and a TLS upstream.
func BenchmarkForwardTLS(b *testing.B) {
	for name, size := range map[string]int{"100B": 100, "100KB": 100_000} {
		b.Run(name, func(b *testing.B) {
			body := bytes.Repeat([]byte("x"), size)
			up := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) }))
			b.Cleanup(up.Close)
			u, _ := url.Parse(up.URL)
			cfg := proxy.UpstreamConfig{URL: u}
			trust(up)(&cfg)
			upstream := proxy.NewUpstream(cfg)
			b.Cleanup(upstream.Close)
			front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_ = upstream.Forward(w, r, proxy.Headers{})
			}))
			b.Cleanup(front.Close)
			for b.Loop() {
				resp, err := front.Client().Get(front.URL)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
		})
	}
}
