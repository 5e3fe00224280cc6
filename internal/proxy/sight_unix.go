// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package proxy

import (
	"errors"
	"net"
	"syscall"

	"github.com/samenspel/samenspel/internal/http1/socket"
)

// sight looks at what waits on a socket without reading it away.
type sight struct {
	raw   syscall.RawConn // nil: it can't be looked at
	look  func(fd uintptr)
	bytes bool // some wait
	quiet bool // neither bytes nor the end of the stream wait
}

func newSight(c net.Conn) *sight {
	s := &sight{}
	if sc, ok := c.(syscall.Conn); ok {
		s.raw, _ = sc.SyscallConn() // on an error it stays nil
	}
	s.look = func(fd uintptr) {
		n, err := socket.Peek(fd)
		s.bytes, s.quiet = n > 0 && err == nil, errors.Is(err, syscall.EAGAIN)
	}
	return s
}

// alive tells whether an idle connection can be used. Nothing may be waiting on
// it: neither an end of stream nor bytes nobody asked for.
func (s *sight) alive() bool {
	return s.raw == nil || s.raw.Control(s.look) == nil && s.quiet
}

// more tells whether bytes are there to be read at once.
func (s *sight) more() bool {
	return s.raw != nil && s.raw.Control(s.look) == nil && s.bytes
}
