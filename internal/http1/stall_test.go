// SPDX-License-Identifier: EUPL-1.2

package http1_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// flood is a handler that writes until it can't, and then tells how it went. The
// system keeps little for the client, so that it shows soon who doesn't read.
func flood() (h http.HandlerFunc, ended chan error, change func(*http.Server)) {
	ended = make(chan error, 9)
	h = func(w http.ResponseWriter, _ *http.Request) {
		piece := make([]byte, 64<<10)
		for range 64 << 10 {
			if _, err := w.Write(piece); err != nil {
				ended <- err
				return
			}
		}
		ended <- nil
	}
	return h, ended, func(s *http.Server) {
		s.WriteTimeout = short
		s.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
			if secure, ok := c.(interface{ NetConn() net.Conn }); ok {
				c = secure.NetConn()
			}
			if socket, ok := c.(interface{ SetWriteBuffer(bytes int) error }); ok {
				_ = socket.SetWriteBuffer(16 << 10)
			}
			return ctx
		}
	}
}

// small makes the system take little for the client.
func (c *client) small() {
	conn := c.Conn
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	_ = conn.(*net.TCPConn).SetReadBuffer(16 << 10)
}

func TestClientThatDoesNotReadItsResponseIsCutOff(t *testing.T) {
	t.Parallel()
	h, ended, change := flood()
	servers := map[string]*server{"plain": start(t, h, change), "TLS 1.2": startTLS(t, tls.VersionTLS12, h, change), "TLS 1.3": startTLS(t, tls.VersionTLS13, h, change)}
	for name, s := range servers {
		for kind, request := range map[string]string{
			"here":   "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
			"handed": "GET / HTTP/1.1\r\nHost: a\r\nPragma: no-cache\r\n\r\n",
		} {
			c := s.dial(t)
			c.small()
			began := time.Now()
			c.send(request)
			if err := within(t, "end of "+name+", "+kind, ended); err == nil {
				t.Errorf("%s, %s: all was written", name, kind)
			}
			if took := time.Since(began); took < short-50*time.Millisecond || took > patience/2 {
				t.Errorf("%s, %s: cut off after %v", name, kind, took)
			}
		}
	}
}

func TestResponseMayTakeLongWhenTheClientReadsOn(t *testing.T) {
	t.Parallel()
	for kind, request := range map[string]string{
		"here":   "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"handed": "GET / HTTP/1.1\r\nHost: a\r\nPragma: no-cache\r\n\r\n",
	} {
		h, ended, change := flood()
		c := start(t, h, change).dial(t)
		c.small()
		c.send(request)
		each := time.NewTicker(5 * time.Millisecond)
		defer each.Stop()
		part := make([]byte, 64<<10)
		for began := time.Now(); time.Since(began) < 4*short; <-each.C {
			if _, err := io.ReadAtLeast(c, part, 1); err != nil {
				t.Fatalf("%s: after %v: %v", kind, time.Since(began), err)
			}
		}
		select {
		case err := <-ended:
			t.Errorf("%s: ended with %v", kind, err)
		default:
		}
		_ = c.Close()
		_ = within(t, "end", ended)
	}
}

func TestResponseThatWaitsForItsHandlerIsNotCutOff(t *testing.T) {
	t.Parallel()
	for kind, request := range map[string]string{
		"here":   "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"handed": "GET / HTTP/1.1\r\nHost: a\r\nPragma: no-cache\r\n\r\n",
	} {
		proceed := make(chan struct{})
		s := start(t, func(w http.ResponseWriter, _ *http.Request) {
			_ = http.NewResponseController(w).Flush()
			<-proceed
			_, _ = io.WriteString(w, "late")
		}, hurried, func(s *http.Server) { s.WriteTimeout = short })
		c := s.dial(t)
		c.send(request)
		s.watched(t)
		s.watched(t)
		close(proceed)
		if _, body := c.answer(http.MethodGet); body != "late" {
			t.Errorf("%s: %q", kind, body)
		}
	}
}
