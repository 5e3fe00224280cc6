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

	"github.com/samenspel/samenspel/internal/http1"
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
// Counted is Forward alone, to a writer of another package; what is left is the
// response's text, its values and one context hook.
func TestSmallGetStaysWithinItsAllocationBudget(t *testing.T) {
	forward := forwarder(t)
	const budget = 5
	if n := testing.AllocsPerRun(1000, forward); n > budget {
		t.Errorf("%v allocations, the budget is %d", n, budget)
	} else {
		t.Logf("%v allocations", n)
	}
}

// TestHopStaysWithinItsAllocationBudget counts a whole hop: the text of the
// request and that of the response.
func TestHopStaysWithinItsAllocationBudget(t *testing.T) {
	hop := hopper(t)
	const budget = 2
	if n := testing.AllocsPerRun(1000, hop); n > budget {
		t.Errorf("%v allocations, the budget is %d", n, budget)
	}
}

// hopper gives a function that sends one small GET through a front server and
// reads the response. The target needs no network.
func hopper(tb testing.TB) func() {
	tb.Helper()
	response := []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: Mon, 02 Jan 2006 15:04:05 GMT\r\nServer: x\r\n" +
		"Etag: \"1\"\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\nend.")
	up := proxy.NewUpstream(proxy.UpstreamConfig{
		URL: &url.URL{Scheme: "http", Host: "target.example"},
		Dial: func(context.Context, string, string) (net.Conn, error) {
			return &loop{tape{bytes.NewReader(nil)}, response}, nil
		},
	})
	set := []proxy.Field{{Name: proxy.HeaderAuthorization, Value: "Bearer x"}}
	front := http1.New(&http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := up.Forward(w, r, proxy.Headers{Set: set, Response: set}); err != nil {
			tb.Error(err)
		}
	})})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	go func() { _ = front.Serve(l) }() // ends when it is closed
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close(); _ = front.Close(); up.Close() })
	request, in := []byte("GET /path?q=1 HTTP/1.1\r\nHost: a.example\r\nAccept: */*\r\nUser-Agent: x\r\n\r\n"), make([]byte, 4<<10)
	return func() {
		if _, err := conn.Write(request); err != nil {
			tb.Fatal(err)
		}
		for n := 0; n < 4 || string(in[n-4:n]) != "end."; {
			m, err := conn.Read(in[n:])
			if err != nil {
				tb.Fatal(err)
			}
			n += m
		}
	}
}

func BenchmarkHop(b *testing.B) {
	hop := hopper(b)
	b.ReportAllocs()
	for b.Loop() {
		hop()
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
