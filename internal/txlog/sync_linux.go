// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"errors"
	"os"
	"syscall"
)

// platform is what a data file has on Linux beside its descriptor.
type platform struct {
	async  async
	direct directFile
}

func (p *platform) open(name string) { p.direct.open(name) }

// Sync is fdatasync: the segment's size does not change after its creation, so
// no journal commit is needed.
//
// It is asked for through the kernel's asynchronous interface where there is
// one, and the caller waits in the runtime's poller. A thread that blocks in the
// kernel for each flush would keep a processor from the other goroutines until
// the runtime takes it back (ADR 0013).
func (f *dataFile) Sync() error {
	if _, err, ok := f.async.do(ioRequest{opcode: opDataSync, file: uint32(f.fd)}); ok { //nolint:gosec // a descriptor is small
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
func (f *dataFile) Close() error {
	return errors.Join(f.async.close(), f.direct.close(), f.File.Close())
}
