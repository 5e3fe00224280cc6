// SPDX-License-Identifier: EUPL-1.2

//go:build !race

package http1_test

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/samenspel/samenspel/internal/http1"
)

const sixFields = "GET /api/people?name=x HTTP/1.1\r\nHost: inway.example:8443\r\nUser-Agent: client/1.0\r\nAccept: application/json\r\n" +
	"Accept-Encoding: gzip\r\nFsc-Transaction-Id: 01890a5d-ac96-774b-bcce-b302099a8057\r\nX-Other: something\r\n\r\n"

// hundred gives a handler that writes 100 bytes and allocates nothing.
func hundred() http.HandlerFunc {
	body, list := bytes.Repeat([]byte("0123456789"), 10), []string{"text/plain"}
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = list
		_, _ = w.Write(body)
	}
}

// exchanger gives a function that sends one request and reads its response, and
// doesn't allocate.
func exchanger(t testing.TB, addr string) func() {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	request, in := []byte(sixFields), make([]byte, 4<<10)
	return func() {
		if _, err := conn.Write(request); err != nil {
			t.Fatal(err)
		}
		for n := 0; n < 4 || string(in[n-4:n]) != "6789"; {
			m, err := conn.Read(in[n:])
			if err != nil {
				t.Fatal(err)
			}
			n += m
		}
	}
}

// The one allocation is the text of the head, which all strings of the request
// are parts of.
func TestRequestStaysWithinItsAllocations(t *testing.T) {
	exchange := exchanger(t, start(t, hundred()).addr)
	exchange()
	const budget = 1
	if n := testing.AllocsPerRun(2000, exchange); n > budget {
		t.Errorf("%v allocations a request, budget %d", n, budget)
	}
}

func BenchmarkGet(b *testing.B) {
	std := httptest.NewServer(hundred())
	b.Cleanup(std.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	own := http1.New(&http.Server{Handler: hundred()})
	go func() { _ = own.Serve(l) }()
	b.Cleanup(func() { _ = own.Close() })
	for _, c := range []struct{ name, addr string }{{"http1", l.Addr().String()}, {"net-http", std.Listener.Addr().String()}} {
		b.Run(c.name, func(b *testing.B) {
			exchange := exchanger(b, c.addr)
			b.ReportAllocs()
			for b.Loop() {
				exchange()
			}
		})
	}
}
