// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// pacer waits for its timer and its connections in one place. The timers of Go
// are too coarse for it: an idle program wakes up to a millisecond late.
type pacer struct {
	pacePlan
	address  syscall.SockaddrInet4
	question []byte

	epoll, timer int
	conns        map[int32]*paceConn
	idle         []*paceConn // the one that rested longest first
	waiting      []time.Time // when calls were due that have no connection yet

	start     time.Time
	due, open int // calls that were due, and that are under way
	latency   histogram
	result    paceResult
}

// paceConn is a connection; one call at a time is under way on it.
type paceConn struct {
	fd   int
	due  time.Time // of the call under way; zero when idle
	head []byte    // of the answer, as far as it came
	left int       // bytes of the body that are still to come; -1 while the head isn't whole
}

// pace does what the plan says.
func pace(plan pacePlan) (paceResult, error) {
	address, err := netip.ParseAddrPort(plan.Address)
	if err != nil {
		return paceResult{}, err
	}
	if plan.Rate < 0 || plan.Calls < 1 || plan.Connections < 1 || !address.Addr().Is4() {
		return paceResult{}, fmt.Errorf("can't make %d calls at %d/s over %d connections to %s", plan.Calls, plan.Rate, plan.Connections, plan.Address)
	}
	p := &pacer{
		pacePlan: plan, conns: map[int32]*paceConn{},
		address:  syscall.SockaddrInet4{Port: int(address.Port()), Addr: address.Addr().As4()},
		question: []byte("GET " + plan.Path + " HTTP/1.1\r\nHost: " + plan.Host + "\r\n\r\n"),
	}
	if p.epoll, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC); err != nil {
		return paceResult{}, os.NewSyscallError("epoll_create1", err)
	}
	defer p.close()
	for range plan.Connections {
		if err := p.connect(); err != nil {
			return paceResult{}, err
		}
	}
	if err := p.startTimer(); err != nil {
		return paceResult{}, err
	}
	if err := p.send(); err != nil {
		return paceResult{}, err
	}
	if err := p.run(); err != nil {
		return paceResult{}, err
	}
	r := p.result
	r.Unanswered = int64(p.Calls) - r.Answered - r.Failed
	r.P50, r.P90, r.P99 = p.latency.quantile(0.5), p.latency.quantile(0.9), p.latency.quantile(0.99)
	r.P999, r.Most = p.latency.quantile(0.999), p.latency.most
	return r, nil
}

func (p *pacer) close() {
	for _, c := range p.conns {
		_ = syscall.Close(c.fd)
	}
	if p.timer > 0 {
		_ = syscall.Close(p.timer)
	}
	_ = syscall.Close(p.epoll)
}

// connect opens one more connection, which is idle then.
func (p *pacer) connect() error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	c := &paceConn{fd: fd, head: make([]byte, 0, 4096)}
	p.conns[int32(fd)] = c //nolint:gosec // a file descriptor is small
	if err := syscall.Connect(fd, &p.address); err != nil {
		return os.NewSyscallError("connect", err)
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	if err := syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1); err != nil {
		return os.NewSyscallError("setsockopt", err)
	}
	p.idle = append(p.idle, c)
	return p.watch(fd)
}

func (p *pacer) watch(fd int) error {
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)} //nolint:gosec // a file descriptor is small
	return os.NewSyscallError("epoll_ctl", syscall.EpollCtl(p.epoll, syscall.EPOLL_CTL_ADD, fd, &event))
}

// timerSpec is the kernel's struct itimerspec (timerfd_settime(2)).
type timerSpec struct{ interval, value syscall.Timespec }

// startTimer has the kernel count the calls that are due. Without a rate there is
// no timer.
func (p *pacer) startTimer() error {
	const monotonic = 1
	if p.start = time.Now(); p.Rate == 0 {
		return nil
	}
	fd, _, errno := syscall.Syscall(syscall.SYS_TIMERFD_CREATE, monotonic, syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if errno != 0 {
		return os.NewSyscallError("timerfd_create", errno)
	}
	p.timer = int(fd)
	each := syscall.NsecToTimespec(p.interval().Nanoseconds())
	spec := timerSpec{interval: each, value: each}
	p.start = time.Now()
	//nolint:gosec // the pointer is for the duration of the call
	if _, _, errno := syscall.Syscall6(syscall.SYS_TIMERFD_SETTIME, fd, 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0); errno != 0 {
		return os.NewSyscallError("timerfd_settime", errno)
	}
	return p.watch(p.timer)
}

// interval is the time between two calls; 0 without a rate.
func (p *pacer) interval() time.Duration {
	if p.Rate == 0 {
		return 0
	}
	return time.Second / time.Duration(p.Rate)
}

// run goes on until all calls are answered or patience ends.
func (p *pacer) run() error {
	last := p.start.Add(time.Duration(p.Calls)*p.interval() + p.Patience)
	events := make([]syscall.EpollEvent, p.Connections+1)
	buf := make([]byte, 256<<10)
	for p.due < p.Calls || p.open > 0 || len(p.waiting) > 0 {
		left := time.Until(last)
		if left <= 0 {
			return nil
		}
		n, err := p.wait(events, left)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return os.NewSyscallError("epoll_pwait", err)
		}
		for _, e := range events[:max(n, 0)] {
			if int(e.Fd) == p.timer {
				err = p.tick()
			} else if c := p.conns[e.Fd]; c != nil {
				err = p.read(c, buf)
			}
			if err != nil && !errors.Is(err, syscall.EINTR) {
				return err
			}
		}
	}
	return nil
}

// wait is epoll_wait without telling the scheduler of Go, which would give our
// processor away and let us wait to get it back. A signal of the runtime ends it.
func (p *pacer) wait(events []syscall.EpollEvent, left time.Duration) (int, error) {
	//nolint:gosec // the pointer is for the duration of the call
	n, _, errno := syscall.RawSyscall6(syscall.SYS_EPOLL_PWAIT, uintptr(p.epoll), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)),
		uintptr(left/time.Millisecond)+1, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// tick starts the calls that have become due. The timer goes on behind the last
// one of the plan.
func (p *pacer) tick() error {
	var count [8]byte
	if _, err := syscall.Read(p.timer, count[:]); err != nil {
		if errors.Is(err, syscall.EAGAIN) {
			return nil
		}
		return os.NewSyscallError("read timer", err)
	}
	for range min(binary.NativeEndian.Uint64(count[:]), uint64(p.Calls-p.due)) { //nolint:gosec // never more due than planned
		p.due++
		p.waiting = append(p.waiting, p.start.Add(time.Duration(p.due)*p.interval()))
	}
	return p.send()
}

// send gives calls that wait to connections that rest.
func (p *pacer) send() error {
	for len(p.idle) > 0 {
		due, ok := p.next()
		if !ok {
			return nil
		}
		c := p.idle[0]
		p.idle = append(p.idle[:0], p.idle[1:]...)
		c.due, c.head, c.left = due, c.head[:0], -1
		p.open++
		if n, err := syscall.Write(c.fd, p.question); err != nil || n != len(p.question) {
			if err := p.again(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// next takes the call that waits longest. Without a rate there is always one that
// is due now, until all were made.
func (p *pacer) next() (due time.Time, ok bool) {
	if p.Rate == 0 && p.due < p.Calls {
		p.due++
		return time.Now(), true
	}
	if len(p.waiting) == 0 {
		return time.Time{}, false
	}
	due, p.waiting = p.waiting[0], p.waiting[1:]
	return due, true
}

// again replaces a connection that broke; the call on it has failed.
func (p *pacer) again(c *paceConn) error {
	if c.due.IsZero() {
		p.idle = removeConn(p.idle, c)
	} else {
		p.result.Failed++
		p.open--
	}
	delete(p.conns, int32(c.fd)) //nolint:gosec // a file descriptor is small
	_ = syscall.Close(c.fd)
	return p.connect()
}

func removeConn(list []*paceConn, c *paceConn) []*paceConn {
	for i, x := range list {
		if x == c {
			return append(list[:i], list[i+1:]...)
		}
	}
	return list
}

// read takes what came on a connection.
func (p *pacer) read(c *paceConn, buf []byte) error {
	n, err := syscall.Read(c.fd, buf)
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
		return nil
	case err != nil, n == 0, c.due.IsZero(), c.take(buf[:max(n, 0)]) != nil:
		if err := p.again(c); err != nil {
			return err
		}
		return p.send()
	}
	if c.left != 0 {
		return nil
	}
	now := time.Now()
	p.latency.add(now.Sub(c.due))
	p.result.Answered++
	p.result.Took = now.Sub(p.start)
	p.open--
	c.due = time.Time{}
	p.idle = append(p.idle, c)
	return p.send()
}
