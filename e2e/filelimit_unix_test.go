// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package e2e_test

import "syscall"

// fileLimit gives how many files a process may have open.
func fileLimit() (int, bool) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0, false
	}
	return int(min(uint64(l.Cur), 1<<20)), true //nolint:unconvert // some systems have it signed
}
