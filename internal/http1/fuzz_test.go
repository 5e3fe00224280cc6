// SPDX-License-Identifier: EUPL-1.2

package http1_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/http1"
)

// script is a connection on which the client has sent everything, and that
// keeps what it is told.
type script struct {
	stream *bytes.Reader
	out    bytes.Buffer
	once   sync.Once
	done   chan struct{}
}

func (s *script) Read(p []byte) (int, error)     { return s.stream.Read(p) }
func (s *script) Write(p []byte) (int, error)    { return s.out.Write(p) }
func (s *script) Close() error                   { s.once.Do(func() { close(s.done) }); return nil }
func (*script) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (*script) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (*script) SetDeadline(time.Time) error      { return nil }
func (*script) SetReadDeadline(time.Time) error  { return nil }
func (*script) SetWriteDeadline(time.Time) error { return nil }

// scripts is a listener for them.
type scripts chan net.Conn

func (s scripts) Accept() (net.Conn, error) {
	if c, ok := <-s; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (s scripts) Close() error { close(s); return nil }
func (scripts) Addr() net.Addr { return &net.TCPAddr{} }

// play gives all responses to a stream of requests.
func (s scripts) play(t *testing.T, stream []byte) (answers []string, headers []http.Header) {
	t.Helper()
	c := &script{stream: bytes.NewReader(stream), done: make(chan struct{})}
	s <- c
	within(t, "end of the connection", c.done)
	for in := bufio.NewReader(&c.out); ; {
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return answers, headers
		}
		body, err := io.ReadAll(resp.Body)
		answers = append(answers, fmt.Sprintf("%s %q %v", resp.Status, body, err))
		headers = append(headers, resp.Header)
	}
}

var bareLF = regexp.MustCompile(`(^|[^\r])\n`)

// FuzzSameAnswers plays a stream of requests to a server and to that of net/http. The answers
// are the same up to a refusal, after which nothing more is answered. An LF without CR as the
// first byte of a request is refused without an answer.
func FuzzSameAnswers(f *testing.F) {
	for _, stream := range []string{
		"GET /a?b HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\nPOST /%41 HTTP/1.1\r\nhost: [::1]:5\r\nContent-Length: 3\r\nx-y: z\r\n\r\nabcGET / HTTP/1.0\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nConnection: close\r\n\r\nabc",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\nHost: b c\n\n",
		"PUT //x HTTP/1.1\r\nHost: a/b\r\n\r\nGET / HTTP/1.1\r\n\r\n",
	} {
		f.Add([]byte(stream))
	}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"], w.Header()["Content-Type"] = nil, nil
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
		text(w, fmt.Sprintf("%q %q %+v %q %v %d %v %q %v", r.Method, r.RequestURI, *r.URL, r.Host, r.Header, r.ContentLength, r.Close, body, err))
	})
	ours, theirs := make(scripts), make(scripts)
	own, std := http1.New(&http.Server{Handler: h}), &http.Server{Handler: h}
	go func() { _ = own.Serve(ours) }()
	go func() { _ = std.Serve(theirs) }()
	f.Cleanup(func() { _, _ = own.Close(), std.Close() })
	f.Fuzz(func(t *testing.T, stream []byte) {
		got, gotHeaders := ours.play(t, stream)
		want, wantHeaders := theirs.play(t, stream)
		if n := len(got) - 1; n >= 0 && strings.HasPrefix(got[n], "400") {
			got, gotHeaders = got[:n], gotHeaders[:n]
			want, wantHeaders = want[:min(n, len(want))], wantHeaders[:min(n, len(want))]
		} else if n := len(got); n < len(want) && bareLF.Match(stream) {
			want, wantHeaders = want[:n], wantHeaders[:n]
		}
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(gotHeaders, wantHeaders) {
			t.Fatalf("%q\nwith %v, want\n%q\nwith %v", got, gotHeaders, want, wantHeaders)
		}
	})
}
