// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime is what this process has had of the processors; other programs don't
// change it much.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
