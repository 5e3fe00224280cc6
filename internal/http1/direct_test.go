// SPDX-License-Identifier: EUPL-1.2

package http1_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/samenspel/samenspel/internal/http1"
)

// wrapped hides the writer of this package as others do.
type wrapped struct{ http.ResponseWriter }

func (w wrapped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func TestDirectHeadsAreFramedHere(t *testing.T) {
	t.Parallel()
	fields := func(list ...http1.Field) []http1.Field { return list }
	dated := http1.Field{Name: "Date", Value: "Mon, 02 Jan 2006 15:04:05 GMT"}
	for name, c := range map[string]struct {
		method, body string
		status       int
		length       int64
		fields       []http1.Field
		want         string
	}{
		"fields in their order": {
			"GET", "ab", 200, 2, fields(http1.Field{Name: "B", Value: "1"}, http1.Field{Name: "A", Value: "2"}, http1.Field{Name: "B", Value: "3"}, dated),
			"HTTP/1.1 200 OK\r\nB: 1\r\nA: 2\r\nB: 3\r\nDate: Mon, 02 Jan 2006 15:04:05 GMT\r\nContent-Length: 2\r\n\r\nab",
		},
		"framing of another connection": {
			"GET", "ab", 200, 2, fields(http1.Field{Name: "Content-Length", Value: "9"}, http1.Field{Name: "Transfer-Encoding", Value: "chunked"},
				http1.Field{Name: "Connection", Value: "close"}, http1.Field{Name: "Trailer", Value: "X"}, http1.Field{Name: "Trailer:X", Value: "1"}, dated),
			"HTTP/1.1 200 OK\r\nDate: Mon, 02 Jan 2006 15:04:05 GMT\r\nContent-Length: 2\r\n\r\nab",
		},
		"a field that would break the message": {
			"GET", "", 200, 0, fields(http1.Field{Name: "A", Value: "1\r\nB: 2"}, http1.Field{Name: "A B", Value: "1"}, dated),
			"HTTP/1.1 200 OK\r\nDate: Mon, 02 Jan 2006 15:04:05 GMT\r\nContent-Length: 0\r\n\r\n",
		},
		"HEAD with a length": {"HEAD", "", 200, 7, fields(dated), "HTTP/1.1 200 OK\r\nDate: Mon, 02 Jan 2006 15:04:05 GMT\r\nContent-Length: 7\r\n\r\n"},
		"HEAD without one":   {"HEAD", "", 200, -1, fields(dated), "HTTP/1.1 200 OK\r\nDate: Mon, 02 Jan 2006 15:04:05 GMT\r\n\r\n"},
		"no content":         {"GET", "", 204, -1, fields(dated), "HTTP/1.1 204 No Content\r\nDate: Mon, 02 Jan 2006 15:04:05 GMT\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, func(w http.ResponseWriter, _ *http.Request) {
				d, ok := http1.DirectOf(wrapped{w})
				if !ok {
					t.Error("no direct response")
				}
				d.WriteHead(c.status, c.length, c.fields)
				d.WriteHead(500, 0, nil) // comes too late
				_, _ = io.WriteString(w, c.body)
			})
			client := s.dial(t)
			client.send(c.method + " / HTTP/1.1\r\nHost: a\r\n\r\n")
			got := make([]byte, len(c.want))
			if _, err := io.ReadFull(client, got); err != nil || string(got) != c.want {
				t.Errorf("%v\n%q\nwant\n%q", err, got, c.want)
			}
		})
	}
}

func TestDirectIsOnlyForThisPackagesResponses(t *testing.T) {
	t.Parallel()
	if _, ok := http1.DirectOf(wrapped{httptest.NewRecorder()}); ok {
		t.Error("a response of another package is direct")
	}
}

func TestWatchedClientThatLeavesIsTold(t *testing.T) {
	t.Parallel()
	told, begun := make(chan struct{}), make(chan struct{})
	left := make(chan bool, 2)
	s := start(t, func(w http.ResponseWriter, r *http.Request) {
		d, _ := http1.DirectOf(w)
		other, cancel := context.WithCancel(r.Context())
		defer cancel()
		if d.Watch(other, func() {}) {
			t.Error("a context that isn't the request's was watched")
		}
		d.Watch(r.Context(), func() { t.Error("nobody watched any more") })
		left <- d.Unwatch()
		d.Watch(r.Context(), func() { close(told) })
		close(begun)
		<-told
		left <- d.Unwatch()
		again := false
		if d.Watch(r.Context(), func() { again = true }); !again {
			t.Error("who watches too late isn't told")
		}
	}, hurried)
	c := s.dial(t)
	c.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	within(t, "request", begun)
	_ = c.Close()
	within(t, "leaving", told)
	if before, after := <-left, <-left; before || !after {
		t.Errorf("left: %v before and %v after", before, after)
	}
}
