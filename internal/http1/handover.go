// SPDX-License-Identifier: EUPL-1.2

package http1

import (
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/samenspel/samenspel/internal/http1/strict"
)

// handover is the listener of the http.Server: what it accepts are connections
// that were begun here.
type handover struct {
	address net.Addr
	conns   chan net.Conn
	done    chan struct{}
	once    sync.Once
}

func newHandover() *handover {
	return &handover{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (h *handover) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.done:
		return nil, net.ErrClosed
	}
}

func (h *handover) Close() error {
	h.once.Do(func() { close(h.done) })
	return nil
}

func (h *handover) Addr() net.Addr { return h.address }

// give passes c on, or closes it when the http.Server has ended.
func (h *handover) give(c net.Conn) {
	select {
	case h.conns <- c:
	case <-h.done:
		_ = c.Close()
	}
}

// handedConn is a connection of which some bytes were read already. net/http accepts
// more than we do, so it gets only what is strict.
type handedConn struct {
	*strict.Conn
	stall time.Duration
}

func (s *Server) newHandedConn(c net.Conn, ahead []byte) handedConn {
	most := s.std.MaxHeaderBytes
	if most <= 0 {
		most = http.DefaultMaxHeaderBytes
	}
	return handedConn{strict.New(c, ahead, most+headSlack), s.stall}
}

// headSlack is what net/http reads of a head beyond the limit before it refuses it: as much
// as its buffer holds when the head begins, and as much again as it lets a head be longer.
const headSlack = 8 << 10

// below is the connection itself.
func (c *handedConn) below() net.Conn { return c.Conn.Conn }

// Write holds the client of net/http to the same limit.
func (c *handedConn) Write(p []byte) (int, error) {
	if c.stall > 0 {
		defer time.AfterFunc(c.stall, func() { breakOff(c.below()) }).Stop()
	}
	return c.Conn.Write(p)
}

// CloseWrite lets net/http and tunnels close one direction.
func (c *handedConn) CloseWrite() error {
	if half, ok := c.below().(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.Close()
}

// handedTLS tells net/http of the TLS below.
type handedTLS struct {
	handedConn
	state *tls.ConnectionState
}

// ConnectionState is what net/http puts into Request.TLS.
func (c *handedTLS) ConnectionState() tls.ConnectionState { return *c.state }
