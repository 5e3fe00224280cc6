// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"syscall"
	"testing"
	"unsafe"
)

// limitFileSize is RLIMIT_FSIZE, which package syscall doesn't name.
const limitFileSize = 1

// refuseWrites makes every write of the process to a file fail, or lets them
// succeed again. It lowers the process's limit on the size of files from outside,
// which needs no rights beyond owning the process: the kernel then answers writes
// with an error, as it does when a disk is full.
func (p *process) refuseWrites(t *testing.T, refuse bool) {
	t.Helper()
	var limit syscall.Rlimit
	p.prlimit(t, nil, &limit)
	limit.Cur = limit.Max
	if refuse {
		limit.Cur = 0
	}
	p.prlimit(t, &limit, nil)
}

// prlimit sets or reads a limit of the process, see prlimit(2).
func (p *process) prlimit(t *testing.T, set, get *syscall.Rlimit) {
	t.Helper()
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(p.cmd.Process.Pid), limitFileSize,
		uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(get)), 0, 0)
	if errno != 0 {
		t.Fatalf("prlimit: %v", errno)
	}
}
