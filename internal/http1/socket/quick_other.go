// SPDX-License-Identifier: EUPL-1.2

//go:build !linux

package socket

import "net"

// Conn is a TCP connection.
type Conn struct{ *net.TCPConn }

// Quick gives c itself when it isn't a [net.TCPConn].
func Quick(c net.Conn) net.Conn {
	if tcp, ok := c.(*net.TCPConn); ok {
		return &Conn{tcp}
	}
	return c
}

// WriteBoth writes p and then q, and gives the number of bytes of both that were
// written.
func (c *Conn) WriteBoth(p, q []byte) (int, error) {
	n, err := (&net.Buffers{p, q}).WriteTo(c.TCPConn)
	return int(n), err
}
