// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package http1

import (
	"errors"
	"syscall"
)

// Of a TLS client that leaves comes first a record with an alert: of type 21,
// or in TLS 1.3 encrypted, and known by its length.
const (
	recordHeader    = 5
	recordAlert     = 21
	recordData      = 23
	encryptedAlert  = 2 + 1 + 16
	peekedOfARecord = recordHeader
)

// left tells whether the client has closed its side of a connection on which
// it has nothing more to say. It reads nothing away, and doesn't wait for the
// goroutine that may be reading.
func left(raw syscall.RawConn, secure bool) bool {
	gone := false
	err := raw.Control(func(fd uintptr) {
		var b [peekedOfARecord]byte
		n, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		switch {
		case err != nil:
			gone = !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EINTR)
		case n == 0:
			gone = true
		case secure && n == recordHeader:
			gone = b[0] == recordAlert || b[0] == recordData && int(b[3])<<8|int(b[4]) == encryptedAlert
		}
	})
	return err == nil && gone
}
