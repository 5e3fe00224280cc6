// SPDX-License-Identifier: EUPL-1.2

//go:build unix && !linux

package socket

import "syscall"

// Peek looks whether something waits on a socket, and leaves it there: n is 1 if
// bytes do and 0 at the end of the stream; the error is EAGAIN if neither does.
func Peek(fd uintptr) (n int, err error) {
	var b [1]byte
	n, _, err = syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	return n, err
}
