// SPDX-License-Identifier: EUPL-1.2

package proxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/samenspel/samenspel/internal/proxy"
)

func TestPathAndQueryPassVerbatim(t *testing.T) {
	t.Parallel()
	seen := make(chan string, 1)
	target := newRaw(t, func(c net.Conn, br *bufio.Reader) {
		for head := readHead(br); head != ""; head = readHead(br) {
			line, _, _ := strings.Cut(head, "\r\n")
			seen <- line
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	})
	for _, tc := range []struct{ base, method, in, out string }{
		{"", "GET", "/", "/"},
		{"", "GET", "/a%2Fb/%2e%2E/c", "/a%2Fb/%2e%2E/c"},
		{"", "GET", "//x//y/", "//x//y/"},
		{"", "GET", "/a/../b/./c/", "/a/../b/./c/"},
		{"", "GET", "/p?a=1&a=2&b=%zz;c=+%20", "/p?a=1&a=2&b=%zz;c=+%20"},
		{"", "GET", "/p?", "/p?"},
		{"", "GET", "/é?ü", "/é?ü"},
		{"", "GET", "http://other.example/x%2Fy?q", "/x%2Fy?q"},
		{"", "GET", "http://other.example?q", "/?q"},
		{"", "GET", "http://other.example", "/"},
		{"", "OPTIONS", "http://other.example", "*"},
		{"", "OPTIONS", "*", "*"},
		{"", "PURGE", "/any-method", "/any-method"},
		{"/base", "GET", "/a//b?x", "/base/a//b?x"},
		{"/ba%2Fse/", "GET", "/", "/ba%2Fse/"},
		{"/base", "GET", "http://other.example?q", "/base/?q"},
	} {
		t.Run(tc.base+" "+tc.method+" "+tc.in, func(t *testing.T) {
			c := newChain(t, target+tc.base, proxy.Headers{})
			conn, br := dialRaw(t, c)
			_, _ = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: front\r\nConnection: close\r\n\r\n", tc.method, tc.in)
			if _, err := http.ReadResponse(br, nil); err != nil {
				t.Fatal(err)
			}
			if err := c.outcome(t); err != nil {
				t.Fatal(err)
			}
			if got, want := <-seen, tc.method+" "+tc.out+" HTTP/1.1"; got != want {
				t.Errorf("target saw %q, want %q", got, want)
			}
		})
	}
}

func TestRequestFieldsPassExceptHopByHop(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got *http.Request
	up := newTLSServer(t, func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = r.Clone(r.Context())
	})
	c := newChain(t, up.URL, proxy.Headers{
		Set:  []proxy.Field{{Name: proxy.HeaderAuthorization, Value: "Bearer new"}},
		Drop: []string{proxy.HeaderGrantHash},
	}, trust(up))
	conn, br := dialRaw(t, c)
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: app.example\r\nAuthorization: Basic x\r\nX-Multi: b\r\nX-Multi: a, c\r\n"+
		"Fsc-Authorization: Bearer old\r\nFsc-Grant-Hash: $1$4$x\r\nFsc-Transaction-Id: id\r\nConnection: X-Gone, fsc-transaction-id\r\nX-Gone: 1\r\n"+
		"Keep-Alive: 5\r\nProxy-Authorization: p\r\nProxy-Connection: p\r\nTe: gzip, trailers\r\nTrailer: X-T\r\nUpgrade: h2c\r\n"+
		"User-Agent: \r\nX-Empty:\r\n\r\n")
	if _, err := http.ReadResponse(br, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.outcome(t); err != nil {
		t.Fatal(err)
	}
	want := http.Header{
		"Authorization": {"Basic x"}, "X-Multi": {"b", "a, c"}, "Fsc-Authorization": {"Bearer new"}, "Fsc-Transaction-Id": {"id"},
		"Te": {"trailers"}, "Connection": {"Te"}, "User-Agent": {""}, "X-Empty": {""},
	}
	if !reflect.DeepEqual(got.Header, want) {
		t.Errorf("target saw %v\nwant %v", got.Header, want)
	}
	if got.Host != strings.TrimPrefix(up.URL, "https://") {
		t.Errorf("Host is %q", got.Host)
	}
}

func TestHostOfTheRequestIsKeptIfConfigured(t *testing.T) {
	t.Parallel()
	up := newServer(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Host) })
	c := newChain(t, up.URL, proxy.Headers{}, func(cfg *proxy.UpstreamConfig) { cfg.KeepHost = true })
	conn, br := dialRaw(t, c)
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: app.example:81\r\n\r\n")
	resp, err := http.ReadResponse(br, nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(resp.Body); string(b) != "app.example:81" {
		t.Errorf("Host is %q", b)
	}
}

func TestResponsePassesVerbatim(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		method, raw, body string
		status            int
		header            http.Header
	}{
		"values in their order, nothing guessed": {
			"GET", "HTTP/1.1 299 Odd\r\nx-m: 2\r\nX-M: 1\r\nDate: D\r\nContent-Length: 6\r\nKeep-Alive: 1\r\nConnection: x-hop\r\nX-Hop: 1\r\n\r\n<html>",
			"<html>", 299,
			http.Header{"X-M": {"2", "1"}, "Date": {"D"}, "Content-Length": {"6"}},
		},
		"an error of the service with its own FSC-like body": {
			"GET", "HTTP/1.1 502 Bad\r\nFsc-Error-Code: X\r\nContent-Type: a/b\r\nDate: D\r\nContent-Length: 2\r\n\r\n{}", "{}", 502,
			http.Header{"Fsc-Error-Code": {"X"}, "Content-Type": {"a/b"}, "Date": {"D"}, "Content-Length": {"2"}},
		},
		"HEAD keeps the length": {
			"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nDate: D\r\n\r\n", "", 200,
			http.Header{"Content-Length": {"12345"}, "Date": {"D"}},
		},
		"no content": {
			"GET", "HTTP/1.1 204 No Content\r\nX: y\r\nDate: D\r\n\r\n", "", 204, http.Header{"X": {"y"}, "Date": {"D"}},
		},
		"not modified": {
			"GET", "HTTP/1.1 304 Not Modified\r\nEtag: \"e\"\r\nDate: D\r\n\r\n", "", 304, http.Header{"Etag": {`"e"`}, "Date": {"D"}},
		},
		"HTTP/1.0, ended by the connection": {
			"GET", "HTTP/1.0 200 OK\r\nDate: D\r\n\r\nuntil the end", "until the end", 200, http.Header{"Date": {"D"}},
		},
		"HTTP/1.1, ended by the connection": {
			"GET", "HTTP/1.1 200\r\nDate: D\r\nConnection: close\r\n\r\nuntil the end", "until the end", 200, http.Header{"Date": {"D"}},
		},
		"a head larger than any buffer": {
			"GET", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 100_000) + "\r\nDate: D\r\nContent-Length: 0\r\n\r\n", "", 200,
			http.Header{"X": {strings.Repeat("x", 100_000)}, "Date": {"D"}, "Content-Length": {"0"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newChain(t, newRaw(t, answer(tc.raw)), proxy.Headers{})
			req, _ := http.NewRequestWithContext(t.Context(), tc.method, c.URL, http.NoBody)
			resp, err := c.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			body, err := io.ReadAll(resp.Body)
			if err != nil || string(body) != tc.body || resp.StatusCode != tc.status || !reflect.DeepEqual(resp.Header, tc.header) {
				t.Errorf("got %d %.200v %.100q %v", resp.StatusCode, resp.Header, body, err)
			}
			if err := c.outcome(t); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAmbiguousResponseIsRefused(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"length and chunked":  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"two lengths":         "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
		"same length twice":   "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
		"signed length":       "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
		"huge length":         "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\nx",
		"gzip, chunked":       "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"chunked twice":       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"chunked in 1.0":      "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"bare LF":             "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
		"bare CR":             "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n",
		"folded line":         "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
		"space before colon":  "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
		"no colon":            "HTTP/1.1 200 OK\r\nrubbish\r\n\r\n",
		"NUL in value":        "HTTP/1.1 200 OK\r\nX: \x00\r\n\r\n",
		"HTTP/2":              "HTTP/2 200 OK\r\n\r\n",
		"status of 4 digits":  "HTTP/1.1 2000 OK\r\n\r\n",
		"status below 100":    "HTTP/1.1 099 OK\r\n\r\n",
		"unasked switch":      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
		"endless head":        "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 300<<10) + "\r\n\r\n",
		"too many fields":     "HTTP/1.1 200 OK\r\n" + strings.Repeat("a:b\r\n", 2000) + "\r\n",
		"endless information": strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 100),
		"cut off":             "HTTP/1.1 200 OK\r\nX: y\r\n",
		"nothing":             "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newChain(t, newRaw(t, answer(raw)), proxy.Headers{})
			resp, body := get(t, c, "/")
			if resp.StatusCode != http.StatusBadGateway || resp.Header.Get(proxy.HeaderErrorCode) == "" {
				t.Errorf("got %d %v %q", resp.StatusCode, resp.Header, body)
			}
			wantIs(t, c.outcome(t), proxy.ErrBeforeResponse)
		})
	}
}

func TestFieldsOfTheCallerReplaceThoseOfTheResponse(t *testing.T) {
	t.Parallel()
	up := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set(proxy.HeaderTransactionID, "theirs") })
	c := newChain(t, up.URL, proxy.Headers{Response: []proxy.Field{{Name: proxy.HeaderTransactionID, Value: "ours"}}})
	resp, _ := get(t, c, "/")
	if got := resp.Header.Values(proxy.HeaderTransactionID); !reflect.DeepEqual(got, []string{"ours"}) {
		t.Errorf("got %q", got)
	}
}

func TestTrailersPassBothWays(t *testing.T) {
	t.Parallel()
	up := newTLSServer(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Trailer", "X-Announced, X-Absent")
		w.Header().Set("X-Absent", "head")
		_, _ = io.WriteString(w, "body")
		w.Header().Set("X-Announced", r.Trailer.Get("X-Sum"))
		w.Header().Del("X-Absent")
		w.Header().Set(http.TrailerPrefix+"X-Late", "2")
		w.Header().Set(http.TrailerPrefix+"Fsc-Error-Code", "forged")
	})
	c := newChain(t, up.URL, proxy.Headers{}, trust(up))
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL, struct{ io.Reader }{strings.NewReader("some body")})
	req.Trailer = http.Header{"X-Sum": {"1"}}
	resp, err := c.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "body" {
		t.Fatalf("%q %v", body, err)
	}
	want := http.Header{"X-Announced": {"1"}, "X-Late": {"2"}, "X-Absent": nil}
	if !reflect.DeepEqual(resp.Trailer, want) || resp.Header.Get("X-Absent") != "head" {
		t.Errorf("trailer %v, header %v", resp.Trailer, resp.Header)
	}
}

func TestUnannouncedTrailerOfASmallResponsePasses(t *testing.T) {
	t.Parallel()
	c := newChain(t, newRaw(t, answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;ext=1\r\nhi\r\n0\r\nX-T: v\r\n\r\n")), proxy.Headers{})
	resp, body := get(t, c, "/")
	if body != "hi" || resp.Trailer.Get("X-T") != "v" {
		t.Errorf("%q %v", body, resp.Trailer)
	}
}

func TestInformationalResponsesPass(t *testing.T) {
	t.Parallel()
	c := newChain(t, newRaw(t, answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\n"+
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")), proxy.Headers{})
	conn, br := dialRaw(t, c)
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	hints, err := http.ReadResponse(br, nil)
	if err != nil || hints.StatusCode != 103 || len(hints.Header["Link"]) != 2 {
		t.Fatalf("%v %v", hints, err)
	}
	final, err := http.ReadResponse(br, nil)
	if err != nil || final.StatusCode != 200 || final.Header.Get("Link") != "" {
		t.Fatalf("%v %v", final, err)
	}
}

func TestRequestsThatCantBeForwardedAreRefused(t *testing.T) {
	t.Parallel()
	up := newServer(t, func(http.ResponseWriter, *http.Request) { t.Error("it was forwarded") })
	c := newChain(t, up.URL, proxy.Headers{})
	conn, br := dialRaw(t, c)
	_, _ = io.WriteString(conn, "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n")
	resp, err := http.ReadResponse(br, nil)
	if err != nil || resp.StatusCode != http.StatusBadRequest {
		t.Fatalf("%v %v", resp, err)
	}
	for name, h := range map[string]proxy.Headers{
		"value": {Set: []proxy.Field{{Name: "X", Value: "a\r\nY: b"}}},
		"name":  {Set: []proxy.Field{{Name: "X: y", Value: "a"}}},
	} {
		c := newChain(t, up.URL, h)
		get(t, c, "/")
		if c.outcome(t) == nil {
			t.Errorf("line break in the %s of a field was sent", name)
		}
	}
}
