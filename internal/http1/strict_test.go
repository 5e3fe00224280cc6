// SPDX-License-Identifier: EUPL-1.2

package http1_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

const chunked = "POST /first HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"

// What two programs may read in two ways, by name, as the head of a request of /bad.
var twoWays = map[string]string{
	"a length and chunks":          "POST /bad HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"chunks and a length":          "POST /bad HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
	"the same length twice":        "POST /bad HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab",
	"two lengths":                  "POST /bad HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 1\r\n\r\nab",
	"a list of lengths":            "POST /bad HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 2\r\n\r\nab",
	"a length with a sign":         "POST /bad HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\nab",
	"chunks in HTTP/1.0":           "POST /bad HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"chunks twice":                 "POST /bad HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"a field on two lines":         "GET /bad HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
	"a field on two lines, by tab": "GET /bad HTTP/1.1\r\nHost: a\r\nX: a\r\n\tTransfer-Encoding: chunked\r\n\r\n",
	"a line without CR":            "GET /bad HTTP/1.1\r\nHost: a\r\nX: a\nY: b\r\n\r\n",
	"a request without CR":         "GET /bad HTTP/1.1\nHost: a\n\n",
	"an end without CR":            "GET /bad HTTP/1.1\r\nHost: a\r\n\n",
	"a space before the colon":     "POST /bad HTTP/1.1\r\nHost: a\r\nContent-Length : 2\r\n\r\nab",
	"a CR in a value":              "GET /bad HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
	"a NUL in a value":             "GET /bad HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
}

func TestWhatCanBeReadInTwoWaysIsRefused(t *testing.T) {
	for kind, s := range both(t, witness) {
		for name, bad := range twoWays {
			for where, before := range map[string]string{"first": "", "after a plain request": "GET /first HTTP/1.1\r\nHost: a\r\n\r\n", "after chunks": chunked} {
				c := s.dial(t)
				c.send(before)
				if before != "" {
					c.answer(http.MethodGet)
				}
				c.send(bad + "GET /behind HTTP/1.1\r\nHost: a\r\n\r\n")
				if rest := c.rest(); !strings.HasPrefix(rest, "HTTP/1.1 400 ") || strings.Count(rest, "HTTP/1.1 ") != 1 {
					t.Errorf("%s: %s, %s: %q", kind, name, where, rest)
				}
			}
		}
	}
}

func TestChunksThatCanBeReadInTwoWaysEndTheBody(t *testing.T) {
	s := start(t, func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		text(w, fmt.Sprint(r.URL.Path, " ", err == nil))
	})
	for name, body := range map[string]string{
		"a size without CR":          "2\nab\r\n0\r\n\r\n",
		"a size with a space":        "2 \r\nab\r\n0\r\n\r\n",
		"a space before the size":    " 2\r\nab\r\n0\r\n\r\n",
		"a size with a sign":         "+2\r\nab\r\n0\r\n\r\n",
		"a size with a prefix":       "0x2\r\nab\r\n0\r\n\r\n",
		"no size":                    "\r\nab\r\n0\r\n\r\n",
		"a size that is none":        "\x12\r\nab\r\n0\r\n\r\n",
		"a size beyond all":          "fffffffffffffffff\r\nab\r\n0\r\n\r\n",
		"an extension without CR":    "2;a=b\nab\r\n0\r\n\r\n",
		"a NUL in an extension":      "2;a=\x00\r\nab\r\n0\r\n\r\n",
		"more data than the size":    "2\r\nabc\r\n0\r\n\r\n",
		"data that ends without CR":  "2\r\nab\n0\r\n\r\n",
		"a trailer without CR":       "0\r\nX: a\n\r\n",
		"a trailer on two lines":     "0\r\nX: a\r\n b\r\n\r\n",
		"an end without CR":          "0\r\n\n",
		"a trailer with a CR inside": "0\r\nX: a\rb\r\n\r\n",
	} {
		c := s.dial(t)
		c.send("POST /bad HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body + "GET /behind HTTP/1.1\r\nHost: a\r\n\r\n")
		if rest := c.rest(); strings.Contains(rest, "/bad true") || strings.Contains(rest, "/behind") {
			t.Errorf("%s: %q", name, rest)
		}
	}
}

func TestPlainChunksGoOnAndOn(t *testing.T) {
	for kind, s := range both(t, witness) {
		c := s.dial(t)
		for range 3 {
			// All at once, so that bytes of one request are read with those of the one before.
			c.send(chunked +
				"POST /second HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\nTrailer: X\r\n\r\n3;a=\"b;c\"\r\nabc\r\n00A\r\n0123456789\r\n0\r\nX: y\r\n\r\n" +
				"POST /third HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyzGET /fourth HTTP/1.1\r\nHost: a\r\n\r\n")
			for _, want := range []string{`/first "ab"`, `/second "abc0123456789"`, `/third "xyz"`, `/fourth ""`} {
				if _, got := c.answer(http.MethodGet); !strings.Contains(got, want) {
					t.Errorf("%s: got %s, want %s", kind, got, want)
				}
			}
		}
	}
}

func TestWhatFollowsAnUpgradeIsNotLookedAt(t *testing.T) {
	for kind, s := range both(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, in, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		ahead := make([]byte, in.Reader.Buffered())
		_, _ = io.ReadFull(in, ahead)
		_, _ = conn.Write(ahead)
		_, _ = io.Copy(conn, io.LimitReader(conn, 12-int64(len(ahead))))
	}) {
		for _, early := range []string{"", "\nb\n", "a\nb", "a\r\n\r\n"} {
			c := s.dial(t)
			c.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n" + early)
			c.answer(http.MethodGet)
			late := "a\n b\r\n\r\n\x00\xff\n\n"[len(early):]
			c.send(late)
			if got := c.rest(); got != early+late {
				t.Errorf("%s: got %q, want %q", kind, got, early+late)
			}
		}
	}
}

func TestAHeadThatIsTooLongIsAnswered(t *testing.T) {
	const most = 4 << 10
	s := start(t, witness, func(std *http.Server) { std.MaxHeaderBytes = most })
	for size := most; size <= 6*most; size += most / 4 {
		c := s.dial(t)
		c.send(chunked)
		c.answer(http.MethodPost)
		c.send("POST /bad HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", size) +
			"\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
		want := "HTTP/1.1 400 "
		if size >= 3*most { // more than net/http takes, its buffer included
			want = "HTTP/1.1 431 "
		}
		if rest := c.rest(); !strings.HasPrefix(rest, want) {
			t.Errorf("%d bytes: %.100q, want %s", size, rest, want)
		}
	}
}
