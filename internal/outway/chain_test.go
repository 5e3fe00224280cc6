// SPDX-License-Identifier: EUPL-1.2

package outway_test

import (
	"bufio"
	"context"
	"crypto"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/inway"
	"github.com/samenspel/samenspel/internal/proxy"
	"github.com/samenspel/samenspel/internal/txlog"
)

// chain is an Outway, a real Inway and a service.
type chain struct {
	*site
	provider *books
	inway    *inway.Inway
	accepted atomic.Int64 // connections at Inway and service
}

// newChain puts an Inway before the service at address.
func newChain(t *testing.T, address string, recorder txlog.Recorder) *chain {
	t.Helper()
	c := &chain{site: newSite(t, nil), provider: newBooks(t)}
	if recorder == nil {
		recorder = c.provider
	}
	c.inway = inway.New(inway.Config{GroupID: group, PeerID: provider, Recorder: recorder, Now: c.clock.Now})
	t.Cleanup(c.inway.Close)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	c.inway.Update(inway.SnapshotInput{
		Services: []inway.Service{{Name: service, Upstream: u, AllowUpgrade: true}},
		Keys:     map[string]crypto.PublicKey{c.signer.Thumbprint(): c.pair.Leaf().PublicKey},
	})
	c.serve(c.inway)
	accept := connContext(func(ctx context.Context, conn net.Conn) context.Context {
		c.accepted.Add(1)
		return c.inway.ConnContext(ctx, conn)
	})
	c.accept.Store(&accept)
	return c
}

func newService(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func TestACallPassesBothHopsUnaltered(t *testing.T) {
	var got *http.Request
	var body []byte
	svc := newService(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Clone(r.Context())
		body, _ = io.ReadAll(r.Body)
		w.Header().Set("X-Two", "1")
		w.Header().Add("X-Two", "2")
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte("answer"))
	})
	c := newChain(t, svc.URL, nil)
	const path = "/a%2Fb//c/./../d%20e/?q=%2F&&z=a+b"
	r := c.request(head("X-Many", "1", "2"), func(r *http.Request) {
		r.Method = http.MethodPost
		r.URL.Opaque = path
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader("question")), 8
	})
	a := c.do(r)
	if a.status != http.StatusAccepted || a.body != "answer" || len(a.header["X-Two"]) != 2 {
		t.Errorf("answer %+v", a)
	}
	if got.RequestURI != path || got.Method != http.MethodPost || string(body) != "question" || len(got.Header["X-Many"]) != 2 {
		t.Errorf("request %s %s %v %q", got.Method, got.RequestURI, got.Header, body)
	}
	id := got.Header.Get(proxy.HeaderTransactionID)
	out, in := c.books.all()[0], c.provider.records[0]
	if id == "" || a.header.Get(proxy.HeaderTransactionID) != id || out.TransactionID != id || in.TransactionID != id {
		t.Errorf("ids: service %s, client %s, records %s %s", id, a.header.Get(proxy.HeaderTransactionID), out.TransactionID, in.TransactionID)
	}
	if out.Direction != txlog.DirectionOutgoing || in.Direction != txlog.DirectionIncoming || out.GrantHash != in.GrantHash || in.OutwayPeerID != consumer {
		t.Errorf("records %+v %+v", out, in)
	}
}

// TestATraceIsInBothRecordsAndPassesUnaltered sends a traceparent, which is neither
// made nor changed on the way.
func TestATraceIsInBothRecordsAndPassesUnaltered(t *testing.T) {
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	for name, c := range map[string]struct {
		fields      []func(*http.Request)
		trace, span string
	}{
		"with a trace":    {[]func(*http.Request){head("Traceparent", parent), head("Tracestate", "a=1,b=2", "c=3")}, "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"},
		"malformed":       {[]func(*http.Request){head("Traceparent", "00-4BF9-1-01")}, "", ""},
		"without a trace": {nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got http.Header
			svc := newService(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Clone() })
			ch := newChain(t, svc.URL, nil)
			r := ch.request(c.fields...)
			ch.do(r).want(t, 200, "")
			for _, field := range []string{"Traceparent", "Tracestate"} {
				if !slices.Equal(got[field], r.Header[field]) {
					t.Errorf("%s %q, sent %q", field, got[field], r.Header[field])
				}
			}
			for side, rec := range map[string]txlog.Record{"Outway": ch.books.all()[0], "Inway": ch.provider.all()[0]} {
				if rec.TraceID != c.trace || rec.SpanID != c.span {
					t.Errorf("%s recorded %q %q", side, rec.TraceID, rec.SpanID)
				}
			}
		})
	}
}

func TestTheSecondCallOpensNoConnection(t *testing.T) {
	var conns atomic.Int64
	svc := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	svc.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	svc.Start()
	t.Cleanup(svc.Close)
	c := newChain(t, svc.URL, nil)
	for range 10 {
		c.do(c.request()).want(t, 200, "")
	}
	if conns.Load() != 1 || c.accepted.Load() != 1 || c.inway.TokenChecks() != 1 || c.tokens.fetched.Load() != 1 {
		t.Errorf("connections: service %d, Inway %d; token checked %d times, fetched %d times",
			conns.Load(), c.accepted.Load(), c.inway.TokenChecks(), c.tokens.fetched.Load())
	}
}

func TestEventsPassBothHopsAsTheyCome(t *testing.T) {
	next := make(chan string)
	svc := newService(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for event := range next {
			_, _ = fmt.Fprintf(w, "data: %s\n\n", event)
			_ = http.NewResponseController(w).Flush()
		}
	})
	c := newChain(t, svc.URL, nil)
	go func() { next <- "1" }()
	res, err := c.http.Do(c.request())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewScanner(res.Body)
	for _, event := range []string{"1", "2", "3"} {
		if event != "1" {
			next <- event
		}
		if !lines.Scan() || lines.Text() != "data: "+event || !lines.Scan() {
			t.Fatalf("got %q, want event %s: %v", lines.Text(), event, lines.Err())
		}
	}
	close(next)
	if lines.Scan() {
		t.Errorf("more came: %q", lines.Text())
	}
}

func TestAnUpgradePassesBothHops(t *testing.T) {
	svc := newService(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		_, _ = io.Copy(conn, rw)
	})
	c := newChain(t, svc.URL, nil)
	conn := c.dial()
	_, _ = fmt.Fprintf(conn, "GET /ws HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n", named)
	br := bufio.NewReader(conn)
	res, err := http.ReadResponse(br, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols || res.Header.Get(proxy.HeaderTransactionID) == "" {
		t.Fatalf("%+v %v", res, err)
	}
	for _, word := range []string{"ping\n", "pong\n"} {
		_, _ = io.WriteString(conn, word)
		if line, err := br.ReadString('\n'); err != nil || line != word {
			t.Fatalf("%q %v", line, err)
		}
	}
	if len(c.books.all()) != 1 || len(c.provider.records) != 1 {
		t.Error("a tunnel has one record on each side")
	}
}

func (s *site) dial() net.Conn {
	s.t.Helper()
	conn, err := new(net.Dialer).DialContext(s.t.Context(), "tcp", s.front.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestAGrantTheProviderEndedStopsAtTheInwayAtOnce(t *testing.T) {
	svc := newService(t, func(http.ResponseWriter, *http.Request) {})
	c := newChain(t, svc.URL, nil)
	c.do(c.request()).want(t, 200, "")
	c.inway.Update(inway.SnapshotInput{
		Keys:  map[string]crypto.PublicKey{c.signer.Thumbprint(): c.pair.Leaf().PublicKey},
		Ended: []fsc.GrantHash{hash("a")},
	})
	if a := c.do(c.request()); a.status != 401 || a.err.Domain != string(fsc.DomainInway) {
		t.Errorf("%+v", a)
	}
}
