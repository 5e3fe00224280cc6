// SPDX-License-Identifier: EUPL-1.2

package http1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// replay is a connection on which the client has sent everything, and of which
// a read gives at most step bytes.
type replay struct {
	net.Conn
	stream *bytes.Reader
	step   int
}

func (r *replay) Read(p []byte) (int, error) { return r.stream.Read(p[:min(len(p), r.step)]) }
func (*replay) Close() error                 { return nil }
func (*replay) LocalAddr() net.Addr          { return &net.TCPAddr{} }
func (*replay) RemoteAddr() net.Addr         { return &net.TCPAddr{} }

// FuzzSameAsStandardLibrary reads a stream of requests here and with net/http:
// what is accepted here must be the same request there, and what is handed over
// must be all that is left.
func FuzzSameAsStandardLibrary(f *testing.F) {
	for _, stream := range []string{
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /a/b?c=d&e HTTP/1.1\r\nHost: a.example:8443\r\nAccept: */*\r\nX-Y: 1\r\nx-y: 2\r\n\r\nGET /? HTTP/1.1\r\nhost: b\r\n\r\n",
		"POST /%2f%41b HTTP/1.1\r\nHost: [::1]:1\r\nContent-Length: 5\r\n\r\nhelloPUT /x HTTP/1.1\r\nHost: b\r\nConnection: Close, x\r\ncontent-length: 000\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
		"POST / HTTP/1.1\r\nHost: b\r\nContent-Length: +3\r\n\r\nabc",
		"POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 9\r\n\r\nshort",
		"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n",
		"GET / HTTP/1.1\nHost: a\n\n",
		"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\nY:\t\xffz \t\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nConnection: clo\u017fe\r\nPragma: no-cache\r\n\r\n",
		"GET http://a/b HTTP/1.1\r\nHost: c\r\n\r\n",
		"GET //a/b;c,d:e@f$&+=~?\x7f HTTP/1.1\r\nHost: c\r\n\r\n",
		"GET /??#f HTTP/1.1\r\nHost: c\r\nExpect: 100-continue\r\n\r\n",
		"GET /[a]^{}|\\\" HTTP/1.0\r\nHost: c\r\n\r\n",
		"GET /%zz HTTP/1.1\r\nHost: c\r\n\r\nCONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
		"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"GET /" + strings.Repeat("a", 8<<10) + " HTTP/1.1\r\nHost: a\r\n\r\n",
	} {
		f.Add([]byte(stream), uint8(1))
		f.Add([]byte(stream), uint8(0))
	}
	f.Fuzz(func(t *testing.T, stream []byte, step uint8) {
		size := int(step)
		if size == 0 {
			size = headRoom
		}
		s := New(&http.Server{})
		c := s.newConn(&replay{stream: bytes.NewReader(stream), step: size})
		defer s.forget(c)
		c.prepare()
		compare(t, c, bufio.NewReader(bytes.NewReader(stream)))
	})
}

func compare(t *testing.T, c *conn, std *bufio.Reader) {
	t.Helper()
	for {
		before := c.start
		switch c.readHead() {
		case headUnusual:
			rest := append(bytes.Clone(c.in[c.start:c.end]), mustReadAll(t, c.rwc)...)
			if want := mustReadAll(t, std); !bytes.Equal(rest, want) {
				t.Fatalf("handed over %q, want %q", rest, want)
			}
			return
		case headMissing:
			if r, err := http.ReadRequest(std); err == nil {
				t.Fatalf("no request, net/http has %+v", r)
			}
			return
		case headComplete:
		}
		want, err := http.ReadRequest(std)
		if err != nil {
			t.Fatalf("request %+v at %d, net/http has %v", c.req, before, err)
		}
		compareRequest(t, &c.req, want)
		compareBody(t, c.req.Body, want.Body)
		if c.body.left > 0 {
			return
		}
	}
}

func mustReadAll(t *testing.T, r io.Reader) []byte {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func compareRequest(t *testing.T, got, want *http.Request) {
	t.Helper()
	if got.Method != want.Method || got.RequestURI != want.RequestURI || got.Host != want.Host || *got.URL != *want.URL ||
		got.Proto != want.Proto || got.ProtoMajor != want.ProtoMajor || got.ProtoMinor != want.ProtoMinor ||
		got.ContentLength != want.ContentLength || got.Close != want.Close || got.TransferEncoding != nil || got.Trailer != nil ||
		(got.Body == http.NoBody) != (want.Body == http.NoBody) || !reflect.DeepEqual(got.Header, want.Header) {
		t.Fatalf("request\n%+v of %+v, want\n%+v of %+v", got, got.URL, want, want.URL)
	}
}

func compareBody(t *testing.T, got, want io.Reader) {
	t.Helper()
	g, gotErr := io.ReadAll(got)
	w, wantErr := io.ReadAll(want)
	if !bytes.Equal(g, w) || !errors.Is(gotErr, wantErr) {
		t.Fatalf("body %q and %v, want %q and %v", g, gotErr, w, wantErr)
	}
}
