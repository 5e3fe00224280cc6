// SPDX-License-Identifier: EUPL-1.2

package socket

import (
	"syscall"
	"unsafe"
)

// Peek looks whether something waits on a socket, and leaves it there: n is 1 if
// bytes do and 0 at the end of the stream; the error is EAGAIN if neither does.
func Peek(fd uintptr) (n int, err error) {
	var b [1]byte
	got, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(&b)), uintptr(len(b)), syscall.MSG_PEEK|syscall.MSG_DONTWAIT, 0, 0) //nolint:gosec // the kernel writes there during the call
	if errno != 0 {
		return 0, errno
	}
	return int(got), nil
}
