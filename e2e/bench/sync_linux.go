// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"os"
	"syscall"
)

func syncData(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }
