// SPDX-License-Identifier: EUPL-1.2

package http1

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/samenspel/samenspel/internal/http1/strict"
)

const (
	// tick is how often the watcher looks, and how exact time limits are.
	tick = 250 * time.Millisecond
	// freshGrace is how long a connection without a request is left alone while
	// the server shuts down: its first request may be on the way.
	freshGrace = time.Second
	drainPoll  = 5 * time.Millisecond
)

// Server serves one listener. Make one with [New].
type Server struct {
	std    *http.Server // for whatever is unusual
	handed *handover
	stall  time.Duration // 0: none

	closing atomic.Bool
	leaving atomic.Bool
	date    atomic.Pointer[date]
	rooms   sync.Pool // *[]byte, for what is gathered

	mu       sync.Mutex
	listener net.Listener
	conns    map[*conn]struct{}
	watching bool
}

// New makes a Server out of std, which must not be used for anything else
// afterwards. Its Handler, ConnContext, ReadHeaderTimeout, IdleTimeout,
// MaxHeaderBytes and ErrorLog count here as well. Its WriteTimeout means something
// else, so that a response can be streamed for as long as it takes: how long a
// client may leave untaken what is written to it at once. There is no limit on the time
// a body or a whole response takes; for that a handler sets deadlines through
// http.ResponseController.
//
// A handler must be done with a request and its body when it returns, together
// with all that it started: both are used again for the next request. Contexts
// end with the connection and not with the request. The type of a response's
// content isn't guessed.
func New(std *http.Server) *Server {
	s := &Server{std: std, handed: newHandover(), stall: std.WriteTimeout, conns: map[*conn]struct{}{}}
	s.rooms.New = func() any { return new([]byte) }
	std.WriteTimeout, std.ConnState = 0, strict.Opening(std.ConnState)
	return s
}

// Serve takes connections from l, which may speak TLS, until [Server.Shutdown]
// or [Server.Close]; then it returns http.ErrServerClosed. It may be called once.
func (s *Server) Serve(l net.Listener) error {
	s.mu.Lock()
	s.listener = l
	s.mu.Unlock()
	if s.closing.Load() {
		_ = l.Close() // Shutdown may have done it
		return http.ErrServerClosed
	}
	s.handed.address = l.Addr()
	go func() { _ = s.std.Serve(s.handed) }() // ends when the server is closed
	for pause := time.Duration(0); ; {
		rwc, err := l.Accept()
		switch {
		case err == nil:
			pause = 0
			go s.newConn(rwc).serve()
		case s.closing.Load():
			return http.ErrServerClosed
		case temporary(err):
			pause = min(max(2*pause, drainPoll), time.Second)
			s.logf("accept: %v; again in %v", err, pause)
			select {
			case <-time.After(pause):
			case <-s.handed.done:
			}
		default:
			return err
		}
	}
}

// temporary tells of errors such as too many open files.
func temporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}

// Leave makes each further response the last of its connection, and does nothing else:
// clients go on to another server without ever having a request on a connection that
// ends. [Server.Shutdown] follows after a while.
func (s *Server) Leave() { s.leaving.Store(true) }

// Shutdown takes no more connections, closes those that are idle and waits
// until the others have had their answer, at most until ctx ends.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.stop()
	wait := time.NewTicker(drainPoll)
	defer wait.Stop()
	for s.closeQuiet() > 0 {
		select {
		case <-wait.C:
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
	return errors.Join(s.std.Shutdown(ctx), s.handed.Close(), err)
}

// Close closes all connections at once.
func (s *Server) Close() error {
	err := s.stop()
	s.mu.Lock()
	for c := range s.conns {
		c.abort()
	}
	s.mu.Unlock()
	return errors.Join(s.std.Close(), s.handed.Close(), err)
}

func (s *Server) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Swap(true) || s.listener == nil {
		return nil
	}
	return s.listener.Close()
}

// closeQuiet closes connections on which nothing is under way, and gives the
// number of the others.
func (s *Server) closeQuiet() (busy int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		turn := c.turn.Load()
		switch phase := turn & phaseMask; {
		case phase == phaseClosed:
		case phase == phaseIdle, phase == phaseFresh && time.Since(c.since) > freshGrace:
			if c.turn.CompareAndSwap(turn, phaseClosed) {
				c.abort()
				continue
			}
		}
		busy++
	}
	return busy
}

func (s *Server) track(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Load() { // nobody looks at new connections anymore
		c.turn.Store(phaseClosed)
		c.abort()
	}
	s.conns[c] = struct{}{}
	if !s.watching {
		s.watching = true
		time.AfterFunc(tick, s.watch)
	}
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// watch looks at every connection, as long as there are any.
func (s *Server) watch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.look()
	}
	if s.watching = len(s.conns) > 0; s.watching {
		time.AfterFunc(tick, s.watch)
	}
}

func (s *Server) headTimeout() time.Duration {
	if d := s.std.ReadHeaderTimeout; d > 0 {
		return d
	}
	return s.std.ReadTimeout
}

func (s *Server) idleTimeout() time.Duration {
	if d := s.std.IdleTimeout; d > 0 {
		return d
	}
	return s.headTimeout()
}

func (s *Server) logf(format string, args ...any) {
	if s.std.ErrorLog != nil {
		s.std.ErrorLog.Printf(format, args...) //nolint:forbidigo // the logger that net/http's Server was given
	}
}

// date is the value of the field Date for one second.
type date struct {
	second int64
	text   string
}

func (s *Server) now() string {
	now := time.Now()
	if d := s.date.Load(); d != nil && d.second == now.Unix() {
		return d.text
	}
	d := &date{now.Unix(), now.UTC().Format(http.TimeFormat)}
	s.date.Store(d)
	return d.text
}
