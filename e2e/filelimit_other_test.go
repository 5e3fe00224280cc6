// SPDX-License-Identifier: EUPL-1.2

//go:build !unix

package e2e_test

// fileLimit isn't known here.
func fileLimit() (int, bool) { return 0, false }
