// SPDX-License-Identifier: EUPL-1.2

package strict_test

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

	"github.com/samenspel/samenspel/internal/http1/strict"
)

// replay is a connection of which a read gives at most step bytes.
type replay struct {
	net.Conn
	stream io.Reader
	step   int
}

func (r *replay) Read(p []byte) (int, error) { return r.stream.Read(p[:min(len(p), r.step)]) }

// request is what net/http made of one, with its body.
type request struct {
	method, target, host string
	header, trailer      http.Header
	length               int64
	encoding             []string
	body                 string
	whole                bool
}

// requests reads a stream as the server of net/http does.
func requests(r io.Reader) (all []request) {
	for in := bufio.NewReader(r); ; {
		req, err := http.ReadRequest(in)
		if err != nil {
			return all
		}
		body, err := io.ReadAll(req.Body)
		all = append(all, request{
			req.Method, req.RequestURI, req.Host, req.Header, req.Trailer, req.ContentLength, req.TransferEncoding, string(body), err == nil,
		})
		if err != nil {
			return all
		}
	}
}

func TestNothingPassesBecauseItIsLong(t *testing.T) {
	const most = 100
	long := "GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 2*most)
	for step := 1; step <= most; step++ {
		c := strict.New(&replay{stream: strings.NewReader(long + "\r\n\r\n"), step: step}, nil, most)
		passed, err := io.ReadAll(c)
		if !errors.Is(err, strict.ErrMalformed) || len(passed) <= most || !strings.HasPrefix(long, string(passed)) {
			t.Errorf("%d bytes at once: %d passed, %v", step, len(passed), err)
		}
	}
}

// FuzzRequests reads a stream with and without looking: what passes are the same bytes from
// the start on, so the same requests up to a refusal, however the bytes come.
func FuzzRequests(f *testing.F) {
	for _, stream := range []string{
		"GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n3;a=\"b\"\r\nabc\r\n0\r\nX: y\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
		"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n", "\r\nGET / HTTP/1.0\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1 \r\na\n0\r\n\r\n",
	} {
		f.Add([]byte(stream), uint8(0), uint16(400))
		f.Add([]byte(stream), uint8(1), uint16(20))
	}
	f.Fuzz(func(t *testing.T, stream []byte, step uint8, ahead uint16) {
		before := min(int(ahead), len(stream))
		size := int(step)
		if size == 0 {
			size = 4 << 10
		}
		c := strict.New(&replay{stream: bytes.NewReader(stream[before:]), step: size}, bytes.Clone(stream[:before]), 100)
		passed, err := io.ReadAll(c)
		if err != nil && !errors.Is(err, strict.ErrMalformed) {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(stream, passed) {
			t.Fatalf("passed %q", passed)
		}
		if err == nil && len(passed) != len(stream) {
			t.Fatalf("passed %d bytes of %d without an error", len(passed), len(stream))
		}
		got, want := requests(io.MultiReader(bytes.NewReader(passed), &failing{err})), requests(bytes.NewReader(stream))
		if n := len(got); n > len(want) {
			t.Fatalf("got %d requests, want %d", n, len(want))
		}
		for i, r := range got {
			if !r.whole {
				break
			}
			if !reflect.DeepEqual(r, want[i]) {
				t.Fatalf("request %d:\n%+v, want\n%+v", i, r, want[i])
			}
		}
	})
}

// failing ends with an error, as the connection does.
type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}
