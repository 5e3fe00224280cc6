// SPDX-License-Identifier: EUPL-1.2

package http1

import (
	"crypto/tls"
	"net"
	"slices"
	"time"
)

// pieceRoom is the most that is written at once, so that a client that reads
// slowly is seen to read.
const pieceRoom = 64 << 10

// write writes to the client. The watcher sees how long a piece takes.
func (c *conn) write(p []byte) error {
	for piece := range slices.Chunk(p, pieceRoom) {
		c.writes.Add(1)
		_, err := c.rwc.Write(piece)
		c.writes.Add(1)
		if err != nil {
			return err
		}
	}
	return nil
}

// stalled is for the watcher: it tells whether a client has taken nothing for
// too long of what is written to it.
func (c *conn) stalled() bool {
	n := c.writes.Load()
	if n != c.seenWrites || n%2 == 0 {
		c.seenWrites, c.stuck = n, 0
		return false
	}
	c.stuck += tick
	return c.s.stall > 0 && c.stuck >= c.s.stall
}

// breakOff closes a connection at once, without a TLS goodbye that could block.
func breakOff(c net.Conn) {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	_ = c.Close()
}

// Write holds the client of net/http to the same limit.
func (c *handedConn) Write(p []byte) (n int, err error) {
	if c.stall <= 0 {
		return c.Conn.Write(p)
	}
	for piece := range slices.Chunk(p, pieceRoom) {
		late := time.AfterFunc(c.stall, func() { breakOff(c.Conn) })
		m, err := c.Conn.Write(piece)
		late.Stop()
		if n += m; err != nil {
			return n, err
		}
	}
	return n, nil
}
