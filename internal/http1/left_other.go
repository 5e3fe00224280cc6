// SPDX-License-Identifier: EUPL-1.2

//go:build !unix

package http1

import "syscall"

// left can't look at a connection without reading from it here, so that a
// client that left shows only when it is written to.
func left(syscall.RawConn, bool) bool { return false }
