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
	context uintptr  // of io_setup
	event   *os.File // an eventfd, which is readable once a request is done
	counter [8]byte
	request ioRequest
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
	data                   uint64
	key, rwFlags           uint32
	opcode                 uint16
	priority               int16
	file                   uint32
	buffer, length, offset uint64
	reserved               uint64
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
	requestAtOnce = 1
)

// do gives the outcome of a request, of a write the number of bytes; not ok when
// it couldn't be asked for, nothing was done, and the caller needs another way.
func (a *async) do(r ioRequest) (n int64, err error, ok bool) { //nolint:revive // ok says whether the other two mean anything
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
	one := unsafe.Pointer(&a.request)                                                                                                   //nolint:gosec // the kernel reads it during the call
	if n, _, _ := syscall.Syscall(syscall.SYS_IO_SUBMIT, a.context, requestAtOnce, uintptr(unsafe.Pointer(&one))); n != requestAtOnce { //nolint:gosec // as above
		a.state = asyncUnable // for good: the file system doesn't know it
		return 0, nil, false
	}
	n, err = a.wait()
	return n, err, true
}

// wait parks until the request is done and gives its outcome.
func (a *async) wait() (int64, error) {
	if _, err := a.event.Read(a.counter[:]); err != nil {
		return 0, err
	}
	n, _, errno := syscall.Syscall6(syscall.SYS_IO_GETEVENTS, a.context, requestAtOnce, requestAtOnce, uintptr(unsafe.Pointer(&a.result)), 0, 0) //nolint:gosec // the kernel writes it during the call
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

func (a *async) open() error {
	if _, _, errno := syscall.Syscall(syscall.SYS_IO_SETUP, requestAtOnce, uintptr(unsafe.Pointer(&a.context)), 0); errno != 0 { //nolint:gosec // the kernel writes it during the call
		return errno
	}
	fd, _, errno := syscall.Syscall(syscall.SYS_EVENTFD2, 0, syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if errno != 0 {
		return errors.Join(errno, a.destroy())
	}
	a.event = os.NewFile(fd, "flush")
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
