// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"unsafe"
)

// async has the kernel write or flush without blocking a thread, one request at
// a time. The zero value is ready.
type async struct {
	mu      sync.Mutex
	state   asyncState
	context uintptr         // of io_setup
	event   *os.File        // an eventfd, which is readable once a request is done
	raw     syscall.RawConn // of event
	read    func(fd uintptr) bool
	errno   syscall.Errno // of the last read
	slow    bool          // the kernel can't be asked for what doesn't wait
	counter [8]byte
	request ioRequest
	one     *ioRequest // the list of one request
	result  ioEvent
}

type asyncState int

const (
	asyncNew asyncState = iota
	asyncReady
	asyncUnable // the kernel, its settings or the file system don't allow it
	asyncClosed
)

// ioRequest is the kernel's struct iocb, ioEvent its struct io_event (io_submit(2)).
type ioRequest struct {
	_                      uint64
	_, rwFlags             uint32
	opcode                 uint16
	_                      int16
	file                   uint32
	buffer, length, offset uint64
	_                      uint64
	flags, eventFile       uint32
}

type ioEvent struct {
	data, request    uint64
	result, moreInfo int64
}

const (
	opWrite       = 1 // IOCB_CMD_PWRITE
	opDataSync    = 3 // IOCB_CMD_FDSYNC
	flagEventFD   = 1 // IOCB_FLAG_RESFD
	flagNoWait    = 8 // RWF_NOWAIT
	requestAtOnce = 1
)

// do gives the outcome of a request, of a write the number of bytes; not ok when
// it couldn't be asked for, nothing was done, and the caller needs another way.
func (a *async) do(r ioRequest) (n int64, err error, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.state == asyncNew {
		a.state = asyncUnable
		if a.open() == nil {
			a.state = asyncReady
		}
	}
	if a.state != asyncReady {
		return 0, nil, false
	}
	r.flags, r.eventFile = flagEventFD, a.request.eventFile
	a.request = r
	if n, err, ok = a.atOnce(); ok {
		return n, err, true
	}
	if errno := a.submit(syscall.Syscall); errno != 0 {
		a.state = asyncUnable // for good: the file system doesn't know it
		return 0, nil, false
	}
	n, err = a.wait()
	return n, err, true
}

// atOnce has the kernel take a write only if it needn't wait for anything before
// it can work on it by itself. So Go's scheduler needn't hear of the call, which
// would cost far more (package socket). Not ok when the kernel would have to wait,
// as it does for a disk in trouble and now and then for the time in the inode.
func (a *async) atOnce() (n int64, err error, ok bool) {
	if a.slow || a.request.opcode != opWrite {
		return 0, nil, false
	}
	a.request.rwFlags = flagNoWait
	errno := a.submit(syscall.RawSyscall)
	if errno == 0 {
		n, err = a.wait()
	}
	a.request.rwFlags = 0
	a.slow = errno != 0 && errno != syscall.EAGAIN // the kernel or the file system can't tell
	whole := n == int64(a.request.length)          //nolint:gosec // a batch is small
	return n, err, errno == 0 && !errors.Is(err, syscall.EAGAIN) && (err != nil || whole)
}

func (a *async) submit(call func(trap, a1, a2, a3 uintptr) (r1, r2 uintptr, err syscall.Errno)) syscall.Errno {
	a.one = &a.request
	_, _, errno := call(syscall.SYS_IO_SUBMIT, a.context, requestAtOnce, uintptr(unsafe.Pointer(&a.one))) //nolint:gosec // the kernel reads it during the call, and a holds it
	return errno
}

// wait parks until the request is done and gives its outcome.
func (a *async) wait() (int64, error) {
	if err := a.raw.Read(a.read); err != nil {
		return 0, err
	}
	if a.errno != 0 {
		return 0, a.errno
	}
	n, _, errno := syscall.RawSyscall6(syscall.SYS_IO_GETEVENTS, a.context, requestAtOnce, requestAtOnce, uintptr(unsafe.Pointer(&a.result)), 0, 0) //nolint:gosec // the kernel writes it during the call
	switch {
	case errno != 0:
		return 0, errno
	case n != requestAtOnce:
		return 0, errors.New("the kernel told of a request and gave no outcome")
	case a.result.result < 0:
		return 0, syscall.Errno(-a.result.result)
	}
	return a.result.result, nil
}

// readEvent is false while the request isn't done.
func (a *async) readEvent(fd uintptr) bool {
	for {
		_, _, a.errno = syscall.RawSyscall(syscall.SYS_READ, fd, uintptr(unsafe.Pointer(&a.counter)), uintptr(len(a.counter))) //nolint:gosec // the kernel writes there during the call
		if !errors.Is(a.errno, syscall.EINTR) {
			return !errors.Is(a.errno, syscall.EAGAIN)
		}
	}
}

func (a *async) open() error {
	if _, _, errno := syscall.Syscall(syscall.SYS_IO_SETUP, requestAtOnce, uintptr(unsafe.Pointer(&a.context)), 0); errno != 0 { //nolint:gosec // the kernel writes it during the call
		return errno
	}
	fd, _, errno := syscall.Syscall(syscall.SYS_EVENTFD2, 0, syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if errno != 0 {
		return errors.Join(errno, a.destroy())
	}
	a.event, a.read = os.NewFile(fd, "flush"), a.readEvent
	var err error
	if a.raw, err = a.event.SyscallConn(); err != nil {
		return errors.Join(err, a.destroy(), a.event.Close())
	}
	a.request.eventFile = uint32(fd) //nolint:gosec // a descriptor is small
	return nil
}

func (a *async) close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	was := a.state
	a.state = asyncClosed
	if a.event == nil || was == asyncClosed {
		return nil
	}
	return errors.Join(a.destroy(), a.event.Close())
}

func (a *async) destroy() error {
	if _, _, errno := syscall.Syscall(syscall.SYS_IO_DESTROY, a.context, 0, 0); errno != 0 {
		return errno
	}
	return nil
}
