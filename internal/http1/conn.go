// SPDX-License-Identifier: EUPL-1.2

package http1

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/samenspel/samenspel/internal/http1/socket"
)

// The phases of a connection, in the low bits of conn.turn.
const (
	phaseFresh     = iota // no byte of a request came yet
	phaseHead             // a head is coming in, or an unread body is read away
	phaseBody             // a handler has the request, and its body isn't read to the end
	phaseServe            // a handler has the request, of which nothing more comes
	phaseIdle             // between two requests
	phaseClosed           // closed by the server
	phaseMask      = 7
	phaseIncrement = phaseMask + 1
)

const (
	// headRoom is the longest head that is read here.
	headRoom = 8 << 10
	// maxDrain is the most of an unread body that is read away to keep a connection.
	maxDrain = 256 << 10
	// The end of a connection that can't be kept waits for a client that goes on
	// sending, so that it reads the response before it sees the connection broken:
	// until it is silent for linger, but no longer than maxLinger.
	linger    = time.Second
	maxLinger = 10 * time.Second
)

// conn is one connection, served by one goroutine.
type conn struct {
	s      *Server
	rwc    net.Conn
	raw    syscall.RawConn // of the socket; nil if it has none
	gather *gatherConn     // under TLS; nil if there is none
	plain  *socket.Conn    // rwc without TLS, if it is one
	tls    *tls.ConnectionState
	since  time.Time

	// turn has a phase, and changes with every change of phase. Only the
	// connection's goroutine sets it, but for phaseClosed.
	turn atomic.Uint32
	seen uint32        // by the watcher
	age  time.Duration // of the turn seen

	// writes is odd while something is written.
	writes     atomic.Uint32
	seenWrites uint32        // by the watcher
	stuck      time.Duration // of the write seen

	ctx    context.Context //nolint:containedctx // those of all requests of the connection come from it
	cancel context.CancelFunc

	leaving sync.Mutex // for the two below
	leave   func()     // called when the client leaves; nil if nobody watches
	gone    bool

	in         []byte
	start, end int // what was read and not used yet stands in in[start:end]

	blank  http.Request // a request with the context and nothing else
	req    http.Request
	url    url.URL
	header http.Header
	values []string
	body   body
	res    response
}

func (s *Server) newConn(rwc net.Conn) *conn {
	c := &conn{s: s, rwc: rwc, since: time.Now()}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	below := rwc
	if t, ok := rwc.(*tls.Conn); ok {
		below = t.NetConn()
		c.gather, _ = below.(*gatherConn)
	} else {
		c.rwc = socket.Quick(rwc)
		c.plain, _ = c.rwc.(*socket.Conn)
	}
	if sc, ok := below.(syscall.Conn); ok {
		c.raw, _ = sc.SyscallConn() // on an error it stays nil
	}
	s.track(c)
	return c
}

// enter begins another phase; false if the server closed the connection.
func (c *conn) enter(phase uint32) bool {
	old := c.turn.Load()
	return old&phaseMask != phaseClosed &&
		c.turn.CompareAndSwap(old, (old+phaseIncrement)&^phaseMask|phase)
}

// look is for the watcher: it enforces the time limits.
func (c *conn) look() {
	if turn := c.turn.Load(); c.stalled() && c.turn.CompareAndSwap(turn, phaseClosed) {
		c.abort()
		return
	}
	if turn := c.turn.Load(); turn != c.seen {
		c.seen, c.age = turn, 0
		return
	}
	c.age += tick
	limit := time.Duration(0)
	switch c.seen & phaseMask {
	case phaseFresh, phaseHead:
		limit = c.s.headTimeout()
	case phaseIdle:
		limit = c.s.idleTimeout()
	case phaseServe:
		if c.raw != nil && left(c.raw, c.tls != nil) {
			c.depart()
		}
	}
	if limit > 0 && c.age >= limit && c.turn.CompareAndSwap(c.seen, phaseClosed) {
		c.abort()
	}
}

// stalled is for the watcher: it tells whether a client has taken nothing for
// too long of what is written to it.
func (c *conn) stalled() bool {
	n := c.writes.Load()
	if c.stuck += tick; n != c.seenWrites || n%2 == 0 {
		c.seenWrites, c.stuck = n, 0
	}
	return c.s.stall > 0 && c.stuck >= c.s.stall
}

// write writes to the client, both in one piece if that can be. The watcher sees
// how long it takes, so a handler that streams writes in pieces.
func (c *conn) write(head, body []byte) (err error) {
	c.writes.Add(1)
	defer c.writes.Add(1)
	switch {
	case len(body) == 0:
		_, err = c.rwc.Write(head)
	case c.plain != nil:
		_, err = c.plain.WriteBoth(head, body)
	case c.gather != nil:
		room, _ := c.s.rooms.Get().(*[]byte)
		defer c.s.rooms.Put(room)
		c.gather.hold(room)
		err = errors.Join(c.writeEach(head, body), c.gather.release())
	default:
		err = c.writeEach(head, body)
	}
	return err
}

func (c *conn) writeEach(head, body []byte) error {
	if len(head) > 0 {
		if _, err := c.rwc.Write(head); err != nil {
			return err
		}
	}
	_, err := c.rwc.Write(body)
	return err
}

// abort ends the connection at once, without a TLS goodbye that could block, and
// the context of its requests.
func (c *conn) abort() {
	c.depart()
	breakOff(c.rwc)
}

// breakOff closes a connection at once, without a TLS goodbye that could block.
func breakOff(c net.Conn) {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	_ = c.Close()
}

func (c *conn) serve() {
	handed := false
	defer func() { // also when the handler ended the goroutine
		c.depart()
		if !handed {
			_ = c.rwc.Close()
		}
		c.s.forget(c)
	}()
	if t, ok := c.rwc.(*tls.Conn); ok {
		err := t.HandshakeContext(c.ctx)
		state := t.ConnectionState()
		if c.tls = &state; err != nil || state.NegotiatedProtocol == "h2" {
			handed = true
			c.s.handed.give(c.rwc) // it answers errors, too
			return
		}
	}
	c.prepare()
	for keep := true; keep; {
		switch c.readHead() {
		case headComplete:
			keep = c.exchange()
		case headUnusual:
			handed = true
			c.handOver()
			return
		case headMissing:
			return
		}
	}
}

// prepare makes what all requests of the connection share.
func (c *conn) prepare() {
	ctx := context.WithValue(c.ctx, http.ServerContextKey, c.s.std)
	ctx = context.WithValue(ctx, http.LocalAddrContextKey, c.rwc.LocalAddr())
	if c.s.std.ConnContext != nil {
		ctx = c.s.std.ConnContext(ctx, c.rwc)
	}
	c.blank = *(&http.Request{
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, RemoteAddr: c.rwc.RemoteAddr().String(), TLS: c.tls,
	}).WithContext(ctx)
	room := headRoom
	if most := c.s.std.MaxHeaderBytes; most > 0 {
		room = min(room, most)
	}
	c.in = make([]byte, room)
	c.header = make(http.Header, 16)
	c.body.c = c
	c.res = response{c: c, h: make(http.Header, 16)}
}

func (c *conn) handOver() {
	rest := c.s.newHandedConn(c.rwc, bytes.Clone(c.in[c.start:c.end]))
	if c.tls != nil {
		c.s.handed.give(&handedTLS{rest, c.tls})
		return
	}
	c.s.handed.give(&rest)
}

// exchange lets the handler answer the request and tells whether another can
// follow on the connection.
func (c *conn) exchange() (keep bool) {
	defer func() {
		if v := recover(); v != nil {
			if err, ok := v.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				c.s.logf("panic serving %v: %v\n%s", c.rwc.RemoteAddr(), v, debug.Stack())
			}
			keep = false
		}
	}()
	c.res.begin(c.req.Method == http.MethodHead, c.req.Close)
	c.s.std.Handler.ServeHTTP(&c.res, &c.req)
	if c.res.finish() != nil {
		return false
	}
	if !c.body.drain() || c.res.close {
		c.bid()
		return false
	}
	if c.res.deadlines {
		_ = c.rwc.SetDeadline(time.Time{})
	}
	if c.start < c.end {
		return c.enter(phaseHead)
	}
	return c.enter(phaseIdle)
}

// bid ends a connection in such a way that the client can still read the
// response: bytes nobody reads would make the kernel throw it away.
func (c *conn) bid() {
	if half, ok := c.rwc.(interface{ CloseWrite() error }); !ok || c.body.left == 0 || half.CloseWrite() != nil {
		return
	}
	unread := make([]byte, 16<<10)
	for now := time.Now(); time.Since(now) < maxLinger; {
		_ = c.rwc.SetReadDeadline(time.Now().Add(linger)) // if that fails, reading does too
		if _, err := c.rwc.Read(unread); err != nil {
			return
		}
	}
}
