// SPDX-License-Identifier: EUPL-1.2

package http1_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/http1"
)

func TestShutdownWaitsForRequestsAndClosesIdleConnections(t *testing.T) {
	noneLeft(t)
	begun, proceed := make(chan struct{}, 9), make(chan struct{})
	s := start(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/idle" {
			begun <- struct{}{}
			<-proceed
		}
		text(w, fmt.Sprintf("%s %v", r.URL.Path, r.Context().Err()))
	})
	idle, running, handed, late, fresh := s.dial(t), s.dial(t), s.dial(t), s.dial(t), s.dial(t)
	_ = idle.get("/idle")
	late.send("GET /idle HTTP/1.1\r\nHost: a\r\n\r\nGET /late HTTP/1.1\r\n") // read at once, up to here
	_, _ = late.answer(http.MethodGet)
	running.send("GET /run HTTP/1.1\r\nHost: a\r\n\r\n")
	handed.send("GET /run HTTP/1.1\r\nHost: a\r\nPragma: x\r\n\r\n")
	within(t, "request", begun)
	within(t, "request", begun)

	ended := make(chan error)
	go func() { ended <- s.Shutdown(t.Context()) }()
	if got := idle.rest(); got != "" {
		t.Errorf("idle: %q", got)
	}
	if got := fresh.rest(); got != "" {
		t.Errorf("fresh: %q", got)
	}
	if conn, err := net.Dial("tcp", s.addr); err == nil {
		t.Error("a new connection was taken")
		_ = conn.Close()
	}
	select {
	case err := <-ended:
		t.Fatalf("ended with %v before the requests", err)
	default:
	}
	late.send("Host: a\r\n\r\n")
	close(proceed)
	for _, c := range []*client{running, late} {
		resp, body := c.answer(http.MethodGet)
		if !strings.HasSuffix(body, " <nil>") || !resp.Close {
			t.Errorf("%s, %v", body, resp.Close)
		}
		if got := c.rest(); got != "" {
			t.Errorf("more: %q", got)
		}
	}
	if _, body := handed.answer(http.MethodGet); body != "/run <nil>" {
		t.Error(body)
	}
	if err := within(t, "end", ended); err != nil {
		t.Error(err)
	}
}

func TestAServerThatLeavesAnswersEachConnectionOnceMore(t *testing.T) {
	noneLeft(t)
	s := start(t, func(w http.ResponseWriter, r *http.Request) { text(w, r.URL.Path) })
	before := s.dial(t)
	_ = before.get("/1")
	s.Leave()
	for _, c := range []*client{before, s.dial(t)} {
		c.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
		if resp, body := c.answer(http.MethodGet); body != "/2" || !resp.Close {
			t.Errorf("%s, %v", body, resp.Close)
		}
		if got := c.rest(); got != "" {
			t.Errorf("more: %q", got)
		}
	}
}

func TestShutdownEndsWithItsContextAndCloseBreaksTheRest(t *testing.T) {
	noneLeft(t)
	begun, gone := make(chan struct{}, 9), make(chan struct{}, 9)
	s := start(t, func(_ http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		<-r.Context().Done()
		gone <- struct{}{}
	})
	var clients []*client
	for _, request := range []string{
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nPragma: x\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n",
	} {
		c := s.dial(t)
		c.send(request)
		within(t, "request", begun)
		clients = append(clients, c)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("shutdown: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	for _, c := range clients {
		within(t, "end of a context", gone)
		if got := c.rest(); got != "" && !strings.Contains(got, "Content-Length: 0") {
			t.Errorf("%q", got)
		}
	}
}

func TestServerThatWasShutDownServesNothing(t *testing.T) {
	for name, end := range map[string]func(*http1.Server) error{
		"Shutdown": func(s *http1.Server) error { return s.Shutdown(t.Context()) },
		"Close":    (*http1.Server).Close,
	} {
		s := http1.New(&http.Server{})
		if err := end(s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
			t.Errorf("%s: still listening", name)
		}
	}
}

// troubled is a listener that fails before each connection.
type troubled struct {
	net.Listener
	err  error
	next bool
}

func (l *troubled) Accept() (net.Conn, error) {
	if l.next = !l.next; l.next {
		return nil, l.err
	}
	return l.Listener.Accept()
}

func TestServerGoesOnAfterTemporaryTroubleOnly(t *testing.T) {
	own, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := http1.New(&http.Server{Handler: http.HandlerFunc(echo)})
	done := make(chan error)
	go func() { done <- s.Serve(&troubled{Listener: own, err: syscall.EMFILE}) }()
	for range 2 {
		c := (&server{addr: own.Addr().String()}).dial(t)
		_ = c.get("/")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := within(t, "end", done); !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
	broken := errors.New("broken")
	s = http1.New(&http.Server{})
	if err := s.Serve(&troubled{Listener: own, err: broken}); !errors.Is(err, broken) {
		t.Error(err)
	}
	_ = s.Close()
}
