// SPDX-License-Identifier: EUPL-1.2

package socket

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"unsafe"
)

// Conn is a TCP connection. Deadlines, closing and what two goroutines may do at
// the same time are those of [net.TCPConn].
type Conn struct {
	*net.TCPConn

	raw     syscall.RawConn
	in, out transfer
}

// Quick gives c itself when it isn't a [net.TCPConn] as it came from the system.
func Quick(c net.Conn) net.Conn {
	tcp, ok := c.(*net.TCPConn)
	if !ok || watched {
		return c
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return c
	}
	q := &Conn{TCPConn: tcp, raw: raw}
	q.in.try, q.out.try = q.in.read, q.out.write
	return q
}

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	t := &c.in
	t.mu.Lock()
	defer t.mu.Unlock()
	t.parts[0], t.done, t.errno = p, 0, 0
	err := c.raw.Read(t.try)
	t.parts[0] = nil
	switch {
	case err != nil:
		return 0, err
	case t.errno != 0:
		return 0, c.failed("read", t.errno)
	case t.done == 0:
		return 0, io.EOF
	}
	return t.done, nil
}

// Write implements net.Conn.
func (c *Conn) Write(p []byte) (int, error) { return c.WriteBoth(p, nil) }

// WriteBoth writes p and then q, in one piece if the socket has the room. It
// gives the number of bytes of both that were written.
func (c *Conn) WriteBoth(p, q []byte) (int, error) {
	t := &c.out
	t.mu.Lock()
	defer t.mu.Unlock()
	t.parts, t.done, t.errno = [2][]byte{p, q}, 0, 0
	err := c.raw.Write(t.try)
	t.parts, t.iov = [2][]byte{}, [2]syscall.Iovec{}
	if err == nil && t.errno != 0 {
		err = c.failed("write", t.errno)
	}
	return t.done, err
}

func (c *Conn) failed(op string, errno syscall.Errno) error {
	return &net.OpError{Op: op, Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: os.NewSyscallError(op, errno)}
}

// transfer is what one direction is doing.
type transfer struct {
	mu    sync.Mutex
	try   func(fd uintptr) (done bool) // made once: it would be an allocation each time
	parts [2][]byte
	iov   [2]syscall.Iovec
	done  int
	errno syscall.Errno
}

// read is false when there is nothing to read yet.
func (t *transfer) read(fd uintptr) bool {
	p := t.parts[0]
	for {
		n, _, errno := syscall.RawSyscall(syscall.SYS_READ, fd, uintptr(unsafe.Pointer(&p[0])), uintptr(len(p))) //nolint:gosec // the kernel writes there during the call
		switch {
		case errno == 0:
			t.done = int(n)
			return true
		case errors.Is(errno, syscall.EAGAIN):
			return false
		case !errors.Is(errno, syscall.EINTR):
			t.errno = errno
			return true
		}
	}
}

// write is false while the socket has no room for what is left.
func (t *transfer) write(fd uintptr) bool {
	for {
		parts := t.left()
		if parts == 0 {
			return true
		}
		n, _, errno := syscall.RawSyscall(syscall.SYS_WRITEV, fd, uintptr(unsafe.Pointer(&t.iov)), uintptr(parts)) //nolint:gosec // the kernel reads there during the call
		switch {
		case errno == 0:
			t.took(int(n))
		case errors.Is(errno, syscall.EAGAIN):
			return false
		case !errors.Is(errno, syscall.EINTR):
			t.errno = errno
			return true
		}
	}
}

// left tells the kernel where the parts are that have bytes left, and how many
// there are.
func (t *transfer) left() (parts int) {
	for _, p := range t.parts {
		if len(p) > 0 {
			t.iov[parts].Base = &p[0]
			t.iov[parts].SetLen(len(p))
			parts++
		}
	}
	return parts
}

func (t *transfer) took(n int) {
	t.done += n
	for i, p := range t.parts {
		of := min(n, len(p))
		t.parts[i], n = p[of:], n-of
	}
}
