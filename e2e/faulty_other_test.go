// SPDX-License-Identifier: EUPL-1.2

//go:build !linux

package e2e_test

import "testing"

// refuseWrites needs prlimit(2), which only Linux has.
func (p *process) refuseWrites(t *testing.T, _ bool) {
	t.Helper()
	t.Skip("making writes of another process fail needs Linux")
}
