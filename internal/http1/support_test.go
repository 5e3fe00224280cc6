// SPDX-License-Identifier: EUPL-1.2

package http1_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/http1"
)

// patience is how long a test waits for what must happen.
const patience = 10 * time.Second

// server is a running server with a place for its log.
type server struct {
	*http1.Server
	addr   string
	log    *journal
	secure *tls.Config // nil without TLS
	done   chan error
}

// journal is a log that can be read while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// start runs a server for the time of a test.
func start(t testing.TB, h http.HandlerFunc, change ...func(*http.Server)) *server {
	t.Helper()
	return serve(t, h, nil, change...)
}

// startTLS runs a server that speaks TLS, of the given version.
func startTLS(t testing.TB, version uint16, h http.HandlerFunc, change ...func(*http.Server)) *server {
	t.Helper()
	own := httptest.NewUnstartedServer(nil)
	own.StartTLS() // for its certificate
	config := &tls.Config{Certificates: own.TLS.Certificates, MinVersion: version, MaxVersion: version, NextProtos: []string{"h2", "http/1.1"}}
	own.Close()
	return serve(t, h, config, change...)
}

func serve(t testing.TB, h http.HandlerFunc, config *tls.Config, change ...func(*http.Server)) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{addr: l.Addr().String(), log: &journal{}, done: make(chan error, 1)}
	std := &http.Server{Handler: h, ReadHeaderTimeout: patience, ErrorLog: slog.NewLogLogger(slog.NewTextHandler(s.log, nil), slog.LevelError)}
	if config != nil {
		s.secure = &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}, ServerName: "example.com"}
		l = tls.NewListener(http1.Gather(l), config)
	}
	for _, f := range change {
		f(std)
	}
	s.Server = http1.New(std)
	go func() { s.done <- s.Serve(l) }()
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-s.done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve ended with %v", err)
		}
	})
	return s
}

// client is a raw connection to a server.
type client struct {
	net.Conn
	t  testing.TB
	in *bufio.Reader
}

// dial connects, and breaks the connection at the end of the test.
func (s *server) dial(t testing.TB) *client {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(patience))
	if s.secure != nil {
		secure := tls.Client(conn, s.secure)
		if err := secure.Handshake(); err != nil {
			t.Fatal(err)
		}
		conn = secure
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &client{conn, t, bufio.NewReader(conn)}
}

// send writes text as it stands.
func (c *client) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		c.t.Fatal(err)
	}
}

// answer reads one response to a request of the given method, with its body.
func (c *client) answer(method string) (*http.Response, string) {
	c.t.Helper()
	resp, err := http.ReadResponse(c.in, &http.Request{Method: method})
	if err != nil {
		c.t.Fatalf("response: %v", err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatalf("body after %q: %v", body, err)
	}
	return resp, string(body)
}

// get asks for a path and gives the body.
func (c *client) get(path string) string {
	c.t.Helper()
	c.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n")
	_, body := c.answer(http.MethodGet)
	return body
}

// rest reads to the end; a connection that breaks has an end, too.
func (c *client) rest() string {
	c.t.Helper()
	b, err := io.ReadAll(c.in)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		c.t.Fatalf("still open after %q", b)
	}
	return string(b)
}

// halfClose ends the client's side.
func (c *client) halfClose() {
	c.t.Helper()
	conn := c.Conn
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		c.t.Fatal(err)
	}
}

// within fails when nothing comes from a channel in time.
func within[T any](t testing.TB, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("no %s", what)
		panic("unreachable")
	}
}

// eventually polls until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for end := time.Now().Add(patience); !holds(); <-poll.C {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

// noneLeft checks at the end of a test that it left no goroutine behind.
func noneLeft(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		eventually(t, "goroutines end", func() bool { return runtime.NumGoroutine() <= before })
	})
}

// text writes a body of known length.
func text(w http.ResponseWriter, body string) {
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	_, _ = io.WriteString(w, body)
}

// both runs a handler without and with TLS.
func both(t *testing.T, h http.HandlerFunc) map[string]*server {
	t.Helper()
	return map[string]*server{"plain": start(t, h), "TLS 1.2": startTLS(t, tls.VersionTLS12, h), "TLS 1.3": startTLS(t, tls.VersionTLS13, h)}
}

// exitGoroutine does what a failing test in a handler does.
func exitGoroutine() { runtime.Goexit() }
