// SPDX-License-Identifier: EUPL-1.2

package http1_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// ask sends one request to a handler and gives the response byte for byte,
// without the field Date, and whether the connection stays usable.
func ask(t *testing.T, method string, h http.HandlerFunc) (raw string, kept bool) {
	t.Helper()
	c := start(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		if r.URL.Path == "/end" {
			w.Header().Set("Connection", "close")
			text(w, "end")
			return
		}
		h(w, r)
	}).dial(t)
	c.send(method + " / HTTP/1.1\r\nHost: a\r\n\r\nGET /end HTTP/1.1\r\nHost: a\r\n\r\n")
	return strings.CutSuffix(c.rest(), "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nend")
}

func write(w http.ResponseWriter, parts ...string) {
	for _, p := range parts {
		_, _ = io.WriteString(w, p)
	}
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

func TestResponsesAreFramedByWhatIsKnownOfThem(t *testing.T) {
	block := strings.Repeat("x", 3<<10)
	big := strings.Repeat("y", 40<<10)
	known := func(status int, length string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", length)
			w.WriteHeader(status)
		}
	}
	for name, c := range map[string]struct {
		method string
		h      func(w http.ResponseWriter)
		want   string // behind HTTP/1.1 and a space
	}{
		"nothing":           {"GET", func(http.ResponseWriter) {}, "200 OK\r\nContent-Length: 0\r\n\r\n"},
		"short":             {"GET", func(w http.ResponseWriter) { write(w, "a", "b") }, "200 OK\r\nContent-Length: 2\r\n\r\nab"},
		"long":              {"GET", func(w http.ResponseWriter) { write(w, "a", block) }, "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nc00\r\n" + block + "\r\n0\r\n\r\n"},
		"big":               {"GET", func(w http.ResponseWriter) { write(w, big, "b") }, "200 OK\r\nTransfer-Encoding: chunked\r\n\r\na000\r\n" + big + "\r\n1\r\nb\r\n0\r\n\r\n"},
		"big of known size": {"GET", func(w http.ResponseWriter) { text(w, big) }, "200 OK\r\nContent-Length: 40960\r\n\r\n" + big},
		"flushed":           {"GET", func(w http.ResponseWriter) { write(w, "a"); flush(w); write(w, "b") }, "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n"},
		"flushed at once":   {"GET", func(w http.ResponseWriter) { flush(w) }, "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
		"empty write":       {"GET", func(w http.ResponseWriter) { write(w, ""); flush(w); write(w, "") }, "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
		"odd status":        {"GET", func(w http.ResponseWriter) { w.WriteHeader(799); w.WriteHeader(200) }, "799 status code 799\r\nContent-Length: 0\r\n\r\n"},
		"wrong length":      {"GET", known(200, "+1"), "200 OK\r\nContent-Length: 0\r\n\r\n"},
		"own coding":        {"GET", func(w http.ResponseWriter) { w.Header().Set("Transfer-Encoding", "gzip") }, "200 OK\r\nContent-Length: 0\r\n\r\n"},
		"own connection":    {"GET", func(w http.ResponseWriter) { w.Header().Set("Connection", "clo\u017fe, x") }, "200 OK\r\nContent-Length: 0\r\n\r\n"},
		"HEAD":              {"HEAD", func(w http.ResponseWriter) { write(w, "a", block) }, "200 OK\r\n\r\n"},
		"HEAD with length":  {"HEAD", known(200, "7"), "200 OK\r\nContent-Length: 7\r\n\r\n"},
		"HEAD flushed":      {"HEAD", func(w http.ResponseWriter) { flush(w) }, "200 OK\r\n\r\n"},
		"204":               {"GET", func(w http.ResponseWriter) { w.WriteHeader(204); write(w, "a"); flush(w) }, "204 No Content\r\n\r\n"},
		"204 with length":   {"GET", known(204, "0"), "204 No Content\r\n\r\n"},
		"304":               {"GET", func(w http.ResponseWriter) { w.WriteHeader(304) }, "304 Not Modified\r\n\r\n"},
		"304 with length":   {"GET", known(304, "9"), "304 Not Modified\r\nContent-Length: 9\r\n\r\n"},
		"line break": {"GET", func(w http.ResponseWriter) {
			w.Header()["X"] = []string{"a\r\nEvil: 1"}
			w.Header()["Y: 1\r\nZ"] = []string{"2"}
			w.Header()["Ok"] = []string{"a\tb", "é"}
		}, "200 OK\r\nOk: a\tb\r\nOk: é\r\nContent-Length: 0\r\n\r\n"},
		"informational": {"GET", func(w http.ResponseWriter) {
			w.Header().Set("Link", "</a>")
			w.Header().Set("Content-Length", "99")
			w.WriteHeader(103)
			w.Header().Del("Link")
			w.Header().Del("Content-Length")
			w.WriteHeader(102)
			write(w, "a")
		}, "103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"},
		"trailer": {"GET", func(w http.ResponseWriter) {
			w.Header().Set("Trailer", "X-Sum, content-length")
			write(w, "a")
			w.Header().Set("X-Sum", "1")
			w.Header().Set("Content-Length", "5")
		}, "200 OK\r\nTrailer: X-Sum, content-length\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n"},
		"trailer not announced": {"GET", func(w http.ResponseWriter) {
			write(w, "a")
			w.Header().Set(http.TrailerPrefix+"X-Sum", "1")
			w.Header().Set(http.TrailerPrefix+"Transfer-Encoding", "gzip")
		}, "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got, kept := ask(t, c.method, func(w http.ResponseWriter, _ *http.Request) { c.h(w) })
			if want := "HTTP/1.1 " + c.want; got != want || !kept {
				t.Errorf("%q and %v, want %q", got, kept, want)
			}
		})
	}
}

func TestResponseThatIsNotAsLongAsItSaidBreaksTheConnection(t *testing.T) {
	for name, parts := range map[string][]string{"short": {"12345"}, "long": {"12345", "678901"}, "empty": {}} {
		t.Run(name, func(t *testing.T) {
			got, kept := ask(t, http.MethodGet, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "10")
				write(w, parts...)
				if _, err := io.WriteString(w, "too much by far"); !errors.Is(err, http.ErrContentLength) {
					t.Error(err)
				}
			})
			want := "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + strings.Join(parts[:min(1, len(parts))], "")
			if got != want || kept {
				t.Errorf("%q and %v, want %q", got, kept, want)
			}
		})
	}
}

func TestBodyOfAStatusWithoutOneIsRefused(t *testing.T) {
	_, kept := ask(t, http.MethodGet, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		if _, err := io.WriteString(w, "a"); !errors.Is(err, http.ErrBodyNotAllowed) {
			t.Error(err)
		}
	})
	if !kept {
		t.Error("the connection ended")
	}
}

func TestStatusThatSwitchesProtocolsEndsTheConnection(t *testing.T) {
	got, kept := ask(t, http.MethodGet, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1")
		w.WriteHeader(http.StatusSwitchingProtocols)
		write(w, "a")
	})
	if got != "HTTP/1.1 101 Switching Protocols\r\nConnection: close\r\n\r\n" || kept {
		t.Errorf("%q and %v", got, kept)
	}
}

func TestStatusOutOfRangePanics(t *testing.T) {
	for _, status := range []int{-1, 0, 99, 1000} {
		got, kept := ask(t, http.MethodGet, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		if got != "" || kept {
			t.Errorf("%d: %q", status, got)
		}
	}
}

func TestServerAsksToClose(t *testing.T) {
	got, kept := ask(t, http.MethodGet, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "x, Close")
		write(w, "a")
	})
	if got != "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\na" || kept {
		t.Errorf("%q and %v", got, kept)
	}
}

func TestFlushedPartsArriveBeforeTheHandlerEnds(t *testing.T) {
	seen := make(chan struct{})
	c := start(t, func(w http.ResponseWriter, r *http.Request) {
		for i := range 3 {
			_, _ = fmt.Fprint(w, i)
			flush(w)
			within(t, "reader", seen)
		}
	}).dial(t)
	c.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		b := make([]byte, 1)
		if _, err := io.ReadFull(resp.Body, b); err != nil || string(b) != fmt.Sprint(i) {
			t.Fatalf("%q %v", b, err)
		}
		seen <- struct{}{}
	}
	if b, err := io.ReadAll(resp.Body); len(b) != 0 || err != nil {
		t.Fatalf("%q %v", b, err)
	}
}

func TestWritingToAClientThatLeftFails(t *testing.T) {
	failed := make(chan error, 1)
	c := start(t, func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				failed <- err
				return
			}
		}
	}).dial(t)
	c.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	_ = c.Close()
	_ = within(t, "error", failed)
}
