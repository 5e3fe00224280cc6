// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"unsafe"
)

// Sync is fdatasync: the segment's size does not change after its creation, so
// no journal commit is needed.
//
// It is asked for through the kernel's asynchronous interface where there is
// one, and the caller waits in the runtime's poller. A thread that blocks in the
// kernel for each flush would keep a processor from the other goroutines until
// the runtime takes it back (ADR 0013).
func (f *dataFile) Sync() error {
	if err, ok := f.flush.fdatasync(f.fd); ok {
		return os.NewSyscallError("fdatasync", err)
	}
	for {
		err := syscall.Fdatasync(int(f.fd))
		if !errors.Is(err, syscall.EINTR) {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}

// Close closes the file and what its flushes needed.
func (f *dataFile) Close() error { return errors.Join(f.flush.close(), f.File.Close()) }

// flusher has the kernel flush one file without blocking a thread. The zero
// value is ready.
type flusher struct {
	mu      sync.Mutex
	state   flusherState
	context uintptr  // of io_setup
	event   *os.File // an eventfd, which is readable once a flush is done
	counter [8]byte
	request ioRequest
	result  ioEvent
}

type flusherState int

const (
	flusherNew flusherState = iota
	flusherReady
	flusherUnable // the kernel, its settings or the file system don't allow it
	flusherClosed
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
	opDataSync    = 3 // IOCB_CMD_FDSYNC
	flagEventFD   = 1 // IOCB_FLAG_RESFD
	flushesAtOnce = 1
)

// fdatasync gives the outcome of a flush; not ok when it couldn't be asked for
// and the caller has to flush in another way.
func (f *flusher) fdatasync(fd uintptr) (err error, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state == flusherNew {
		f.state = flusherUnable
		if f.open() == nil {
			f.state = flusherReady
		}
	}
	if f.state != flusherReady {
		return nil, false
	}
	f.request = ioRequest{opcode: opDataSync, file: uint32(fd), flags: flagEventFD, eventFile: f.request.eventFile}                     //nolint:gosec // a descriptor is small
	one := unsafe.Pointer(&f.request)                                                                                                   //nolint:gosec // the kernel reads it during the call
	if n, _, _ := syscall.Syscall(syscall.SYS_IO_SUBMIT, f.context, flushesAtOnce, uintptr(unsafe.Pointer(&one))); n != flushesAtOnce { //nolint:gosec // as above
		f.state = flusherUnable // for good: the file system doesn't know it
		return nil, false
	}
	return f.wait(), true
}

// wait parks until the flush is done and gives its outcome.
func (f *flusher) wait() error {
	if _, err := f.event.Read(f.counter[:]); err != nil {
		return err
	}
	n, _, errno := syscall.Syscall6(syscall.SYS_IO_GETEVENTS, f.context, flushesAtOnce, flushesAtOnce, uintptr(unsafe.Pointer(&f.result)), 0, 0) //nolint:gosec // the kernel writes it during the call
	switch {
	case errno != 0:
		return errno
	case n != flushesAtOnce:
		return errors.New("the kernel told of a flush and gave no outcome")
	case f.result.result < 0:
		return syscall.Errno(-f.result.result)
	}
	return nil
}

func (f *flusher) open() error {
	if _, _, errno := syscall.Syscall(syscall.SYS_IO_SETUP, flushesAtOnce, uintptr(unsafe.Pointer(&f.context)), 0); errno != 0 { //nolint:gosec // the kernel writes it during the call
		return errno
	}
	fd, _, errno := syscall.Syscall(syscall.SYS_EVENTFD2, 0, syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if errno != 0 {
		return errors.Join(errno, f.destroy())
	}
	f.event = os.NewFile(fd, "flush")
	f.request.eventFile = uint32(fd) //nolint:gosec // a descriptor is small
	return nil
}

func (f *flusher) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	was := f.state
	f.state = flusherClosed
	if f.event == nil || was == flusherClosed {
		return nil
	}
	return errors.Join(f.destroy(), f.event.Close())
}

func (f *flusher) destroy() error {
	if _, _, errno := syscall.Syscall(syscall.SYS_IO_DESTROY, f.context, 0, 0); errno != 0 {
		return errno
	}
	return nil
}
