// SPDX-License-Identifier: EUPL-1.2

package http1

import (
	"net"
	"sync"

	"github.com/samenspel/samenspel/internal/http1/socket"
)

// Gather gives a listener to put under TLS. What is written to one of its
// connections at once leaves in one piece, and not in as many as TLS makes
// records of it: each piece costs a system call here and wakes the other side.
func Gather(l net.Listener) net.Listener { return gatherListener{l} }

type gatherListener struct{ net.Listener }

// Accept implements net.Listener.
func (l gatherListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if quick, ok := socket.Quick(c).(*socket.Conn); ok && err == nil {
		return &gatherConn{Conn: quick}, nil
	}
	return c, err
}

// gatherConn holds back what is written between hold and release.
type gatherConn struct {
	*socket.Conn

	mu   sync.Mutex
	held *[]byte // nil: nothing is held back
}

// Write implements net.Conn.
func (c *gatherConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		return c.Conn.Write(p)
	}
	*c.held = append(*c.held, p...)
	return len(p), nil
}

func (c *gatherConn) hold(room *[]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*room = (*room)[:0]
	c.held = room
}

func (c *gatherConn) release() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.Conn.Write(*c.held)
	c.held = nil
	return err
}
