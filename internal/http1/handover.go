// SPDX-License-Identifier: EUPL-1.2

package http1

import (
	"crypto/tls"
	"net"
	"sync"
	"time"
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

// handedConn is a connection of which some bytes were read already.
type handedConn struct {
	net.Conn
	ahead []byte
	stall time.Duration
}

// Read gives the bytes that were read already first.
func (c *handedConn) Read(p []byte) (int, error) {
	if len(c.ahead) > 0 {
		n := copy(p, c.ahead)
		c.ahead = c.ahead[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}

// Write holds the client of net/http to the same limit.
func (c *handedConn) Write(p []byte) (int, error) {
	if c.stall > 0 {
		defer time.AfterFunc(c.stall, func() { breakOff(c.Conn) }).Stop()
	}
	return c.Conn.Write(p)
}

// CloseWrite lets net/http and tunnels close one direction.
func (c *handedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
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
