// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"errors"
	"os"
	"syscall"
)

// Sync is fdatasync: the segment's size does not change after its creation, so
// no journal commit is needed.
func (f *dataFile) Sync() error {
	for {
		err := syscall.Fdatasync(int(f.fd))
		if !errors.Is(err, syscall.EINTR) {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
