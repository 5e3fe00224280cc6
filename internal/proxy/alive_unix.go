// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package proxy

import (
	"errors"
	"net"
	"syscall"
)

// alive tells whether an idle connection can be used. Nothing may be waiting on
// it: neither an end of stream nor bytes nobody asked for.
func alive(raw net.Conn) bool {
	sc, ok := raw.(syscall.Conn)
	if !ok {
		return true
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return false
	}
	quiet := false
	err = rc.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK)
		quiet = errors.Is(err, syscall.EAGAIN)
		return true
	})
	return err == nil && quiet
}
