// SPDX-License-Identifier: EUPL-1.2

package http1_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
)

const short = 300 * time.Millisecond

func hurried(s *http.Server) { s.ReadHeaderTimeout, s.IdleTimeout = short, short }

// cutOff waits until the server has closed the connection, which has been open
// without a sign for the short time, and gives what came before.
func (c *client) cutOff() string {
	c.t.Helper()
	began := time.Now()
	got := c.rest()
	if took := time.Since(began); took < short-50*time.Millisecond || took > patience/2 {
		c.t.Errorf("cut off after %v", took)
	}
	return got
}

// watched returns when the server has looked at all its connections some times.
func (s *server) watched(t testing.TB) {
	t.Helper()
	c := *s
	c.secure = nil // a handshake that doesn't begin is limited, too
	_ = c.dial(t).cutOff()
}

func TestConnectionsThatAreTooSlowAreCutOff(t *testing.T) {
	t.Parallel()
	var cuts []func()
	for name, stream := range map[string]string{
		"nothing":       "",
		"half a line":   "GET / HT",
		"half a head":   "GET / HTTP/1.1\r\nHost: a\r\n",
		"idle":          "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"second head":   "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n",
		"unread body":   "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcd",
		"handed, slow":  "GET / HTTP/1.0\r\nHost: a\r\n",
		"handed, idle":  "GET / HTTP/1.1\r\nHost: a\r\nPragma: x\r\n\r\n",
		"after handing": "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.0\r\nHost: a\r\n",
	} {
		c := start(t, func(http.ResponseWriter, *http.Request) {}, hurried).dial(t)
		c.send(stream)
		began := time.Now()
		cuts = append(cuts, func() {
			_ = c.rest()
			if took := time.Since(began); took > patience/2 {
				t.Errorf("%s: cut off after %v", name, took)
			}
		})
	}
	for _, cut := range cuts {
		cut()
	}
}

func TestHeadIsLimitedAsAWhole(t *testing.T) {
	t.Parallel()
	c := start(t, echo, hurried).dial(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		each := time.NewTicker(10 * time.Millisecond)
		defer each.Stop()
		_, err := io.WriteString(c, "GET / HTTP/1.1\r\nX: ")
		for ; err == nil; <-each.C {
			_, err = io.WriteString(c, "x")
		}
	}()
	_ = c.cutOff()
	_ = c.Close()
	<-ended
}

func TestTimeLimitsDoNotHoldForHandlersAndBodies(t *testing.T) {
	t.Parallel()
	var s *server
	s = start(t, func(w http.ResponseWriter, r *http.Request) {
		s.watched(t)
		body, err := io.ReadAll(r.Body)
		text(w, fmt.Sprintf("%s %v %v", body, err, r.Context().Err()))
	}, hurried)
	for _, late := range []string{"", "cd"} {
		c := s.dial(t)
		c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab" + "cd"[len(late):])
		s.watched(t)
		c.send(late)
		if _, body := c.answer(http.MethodPost); body != "abcd <nil> <nil>" {
			t.Error(body)
		}
	}
}

// waiting runs a server whose handler tells that it has a request, and waits for
// the end of the request's context or for the word to go on.
func waiting(t *testing.T, version uint16) (s *server, begun, ended, proceed chan struct{}) {
	t.Helper()
	begun, ended, proceed = make(chan struct{}, 9), make(chan struct{}, 9), make(chan struct{}, 9)
	h := func(w http.ResponseWriter, r *http.Request) {
		_, _ = r.Body.Read(make([]byte, 1))
		begun <- struct{}{}
		select {
		case <-r.Context().Done():
			ended <- struct{}{}
		case <-proceed:
		}
		text(w, fmt.Sprint(r.Context().Err()))
	}
	if version == 0 {
		return start(t, h, hurried), begun, ended, proceed
	}
	return startTLS(t, version, h, hurried), begun, ended, proceed
}

func TestContextEndsWhenTheClientLeaves(t *testing.T) {
	t.Parallel()
	leaves := map[string]func(c *client){
		"closes":      func(c *client) { _ = c.Close() },
		"half-closes": func(c *client) { c.halfClose() },
		"says goodbye": func(c *client) {
			if secure, ok := c.Conn.(*tls.Conn); ok {
				_ = secure.CloseWrite()
				return
			}
			_ = c.Close()
		},
	}
	left := map[string]chan struct{}{}
	for _, version := range []uint16{0, tls.VersionTLS12, tls.VersionTLS13} {
		for name, leave := range leaves {
			for _, request := range []string{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"} {
				s, begun, ended, _ := waiting(t, version)
				c := s.dial(t)
				c.send(request)
				within(t, "request", begun)
				leave(c)
				left[fmt.Sprintf("TLS %x, %s, %.4s", version, name, request)] = ended
			}
		}
	}
	for name, ended := range left {
		within(t, "end of the context: "+name, ended)
	}
}

func TestClientThatHalfClosesStillGetsItsResponse(t *testing.T) {
	t.Parallel()
	s, begun, ended, _ := waiting(t, 0)
	c := s.dial(t)
	c.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	within(t, "request", begun)
	c.halfClose()
	within(t, "end of the context", ended)
	if _, body := c.answer(http.MethodGet); body != "context canceled" {
		t.Error(body)
	}
	if got := c.rest(); got != "" {
		t.Errorf("more: %q", got)
	}
}

func TestClientThatGoesOnSendingIsNotTakenForGone(t *testing.T) {
	t.Parallel()
	clock := start(t, echo, hurried)
	steps := make([][]func(), 3) // each of all clients
	for _, version := range []uint16{0, tls.VersionTLS12, tls.VersionTLS13} {
		for name, stream := range map[string][2]string{
			"body":         {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcd", "e"},
			"next request": {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
			"part of it":   {"GET / HTTP/1.1\r\nHost: a\r\n\r\nGE", "T / HTTP/1.1\r\nHost: a\r\n\r\n"},
		} {
			s, begun, _, proceed := waiting(t, version)
			c := s.dial(t)
			steps[0] = append(steps[0], func() { c.send(stream[0]); within(t, "request", begun) })
			steps[1] = append(steps[1], func() { c.send(stream[1]) })
			steps[2] = append(steps[2], func() {
				close(proceed)
				if _, body := c.answer(http.MethodGet); body != "<nil>" {
					t.Errorf("TLS %x, %s: %s", version, name, body)
				}
			})
		}
	}
	for _, step := range steps {
		for _, do := range step {
			do()
		}
		clock.watched(t) // servers that began before have looked as often
	}
}
