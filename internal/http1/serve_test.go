// SPDX-License-Identifier: EUPL-1.2

package http1_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// echo tells what a handler saw of a request.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	_, _ = fmt.Fprintf(w, "%s %s %s %v %q %v", r.Method, r.RequestURI, r.Host, r.Header, body, err)
}

func TestRequestsFollowEachOtherOnAConnection(t *testing.T) {
	c := start(t, echo).dial(t)
	for i := range 3 {
		c.send(fmt.Sprintf("POST /%d?x HTTP/1.1\r\nHost: a:1\r\nContent-Length: 2\r\nX-N: %[1]d\r\nx-n: again\r\n\r\nb%[1]d", i))
		resp, body := c.answer(http.MethodPost)
		want := fmt.Sprintf(`POST /%d?x a:1 map[Content-Length:[2] X-N:[%[1]d again]] "b%[1]d" <nil>`, i)
		if body != want || resp.StatusCode != http.StatusOK || resp.Close || resp.Header.Get("Date") == "" {
			t.Fatalf("%v %q, want %q", resp, body, want)
		}
	}
	if got := c.get("/bare"); got != `GET /bare a map[] "" <nil>` {
		t.Fatalf("fields of an earlier request: %s", got)
	}
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	c := start(t, echo).dial(t)
	var stream strings.Builder
	for i := range 500 { // several times the room for heads
		fmt.Fprintf(&stream, "PUT /%d HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n%100d", i, i)
	}
	go func() { _, _ = io.WriteString(c, stream.String()) }()
	for i := range 500 {
		want := fmt.Sprintf(`PUT /%d a map[Content-Length:[100]] "%100[1]d" <nil>`, i)
		if _, body := c.answer(http.MethodPut); body != want {
			t.Fatalf("%q, want %q", body, want)
		}
	}
}

func TestHeadMayComeByteByByte(t *testing.T) {
	c := start(t, echo).dial(t)
	for range 2 {
		for _, b := range []byte("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc") {
			c.send(string(b))
		}
		if _, body := c.answer(http.MethodPost); body != `POST /slow a map[Content-Length:[3]] "abc" <nil>` {
			t.Fatal(body)
		}
	}
}

func TestBodyMayBeLong(t *testing.T) {
	for name, s := range both(t, echo) {
		t.Run(name, func(t *testing.T) {
			c := s.dial(t)
			long := strings.Repeat("0123456789abcdef", 1<<16)
			go func() {
				_, _ = fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", len(long), long)
			}()
			if _, body := c.answer(http.MethodPost); body != fmt.Sprintf(`POST / a map[Content-Length:[%d]] %q <nil>`, len(long), long) {
				t.Fatalf("%d bytes", len(body))
			}
			if got := c.get("/next"); !strings.HasPrefix(got, "GET /next") {
				t.Fatal(got)
			}
		})
	}
}

func TestBodyThatEndsEarlyIsAnError(t *testing.T) {
	failed := make(chan error, 1)
	c := start(t, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		failed <- err
	}).dial(t)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nshort")
	c.halfClose()
	if err := within(t, "error", failed); err != io.ErrUnexpectedEOF { //nolint:errorlint // exactly this one
		t.Fatal(err)
	}
	_ = c.rest()
}

func TestClosedBodyGivesNothing(t *testing.T) {
	c := start(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.Body.Close()
		_, err := r.Body.Read(make([]byte, 1))
		text(w, fmt.Sprint(err))
	}).dial(t)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
	if _, body := c.answer(http.MethodPost); body != http.ErrBodyReadAfterClose.Error() {
		t.Fatal(body)
	}
	_ = c.get("/next") // the body was read away
}

func TestUnreadSmallBodyIsReadAway(t *testing.T) {
	c := start(t, func(w http.ResponseWriter, r *http.Request) { text(w, r.URL.Path) }).dial(t)
	body := strings.Repeat("x", 100<<10)
	go func() {
		_, _ = fmt.Fprintf(c, "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}()
	if _, got := c.answer(http.MethodPost); got != "/1" {
		t.Fatal(got)
	}
	if got := c.get("/2"); got != "/2" {
		t.Fatal(got)
	}
}

func TestUnreadBigBodyEndsTheConnectionAfterTheResponse(t *testing.T) {
	for name, s := range both(t, func(w http.ResponseWriter, _ *http.Request) { text(w, "enough") }) {
		t.Run(name, func(t *testing.T) {
			c := s.dial(t)
			c.send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n")
			block := bytes.Repeat([]byte("x"), 64<<10)
			for range 512 { // far more than is read away
				if _, err := c.Write(block); err != nil {
					break // it may be closed by now; the response is to be read all the same
				}
			}
			if _, got := c.answer(http.MethodPost); got != "enough" {
				t.Fatal(got)
			}
			if got := c.rest(); got != "" {
				t.Fatalf("more: %q", got)
			}
		})
	}
}

func TestClientThatIsSlowToSendStillGetsAnEarlyResponse(t *testing.T) {
	t.Parallel()
	c := start(t, func(w http.ResponseWriter, _ *http.Request) { text(w, "enough") }).dial(t)
	c.send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n")
	block, pause := bytes.Repeat([]byte("x"), 64<<10), time.NewTicker(250*time.Millisecond)
	defer pause.Stop()
	for range 5 {
		<-pause.C
		if _, err := c.Write(block); err != nil {
			t.Fatalf("the connection broke while the client was sending: %v", err)
		}
	}
	if _, got := c.answer(http.MethodPost); got != "enough" {
		t.Fatal(got)
	}
}

func TestBodyThatDoesNotComeIsNotWaitedForBeyondTheHandlersDeadline(t *testing.T) {
	c := start(t, func(w http.ResponseWriter, _ *http.Request) {
		if err := http.NewResponseController(w).SetReadDeadline(time.Now()); err != nil {
			t.Error(err)
		}
		text(w, "no")
	}).dial(t)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n")
	if _, got := c.answer(http.MethodPost); got != "no" {
		t.Fatal(got)
	}
	if got := c.rest(); got != "" {
		t.Fatal(got)
	}
}

func TestDeadlinesOfARequestDoNotHoldForTheNext(t *testing.T) {
	c := start(t, func(w http.ResponseWriter, _ *http.Request) {
		rc := http.NewResponseController(w)
		if err := rc.SetReadDeadline(time.Now().Add(-time.Hour)); err != nil {
			t.Error(err)
		}
		if err := rc.EnableFullDuplex(); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, "a")
		if err := rc.Flush(); err != nil {
			t.Error(err)
		}
		if err := rc.SetWriteDeadline(time.Now().Add(time.Hour)); err != nil {
			t.Error(err)
		}
	}).dial(t)
	for range 3 {
		if got := c.get("/"); got != "a" {
			t.Fatal(got)
		}
	}
}

func TestClientAsksToClose(t *testing.T) {
	s := start(t, func(w http.ResponseWriter, r *http.Request) { text(w, fmt.Sprint(r.Close)) })
	for value, closes := range map[string]bool{
		"close": true, "keep-alive": false, "clo\u017fe": false,
		"x, CLOSE ": true, //nolint:gocritic // the space is what is tested
	} {
		c := s.dial(t)
		c.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: " + value + "\r\n\r\n")
		resp, body := c.answer(http.MethodGet)
		if body != fmt.Sprint(closes) || resp.Close != closes {
			t.Errorf("%s: %s and %v", value, body, resp.Close)
		}
		if closes {
			if got := c.rest(); got != "" {
				t.Errorf("%s: more: %q", value, got)
			}
		} else {
			_ = c.get("/")
		}
	}
}

func TestHandlerThatPanicsBreaksTheConnection(t *testing.T) {
	s := start(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "begun")
		_ = http.NewResponseController(w).Flush()
		if r.URL.Path == "/abort" {
			panic(http.ErrAbortHandler)
		}
		panic("some bug")
	})
	for _, path := range []string{"/abort", "/bug"} {
		c := s.dial(t)
		c.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n")
		if got := c.rest(); !strings.HasSuffix(got, "begun\r\n") {
			t.Errorf("%s: not cut off: %q", path, got)
		}
		if logged := strings.Contains(s.log.String(), "panic serving 127.0.0.1"); logged != (path == "/bug") {
			t.Errorf("%s: log %q", path, s.log)
		}
	}
	if !strings.Contains(s.log.String(), "some bug") {
		t.Errorf("log %q", s.log)
	}
}

func TestHandlerThatEndsItsGoroutineBreaksTheConnection(t *testing.T) {
	noneLeft(t)
	c := start(t, func(http.ResponseWriter, *http.Request) { exitGoroutine() }).dial(t)
	c.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	if got := c.rest(); got != "" {
		t.Fatal(got)
	}
}
