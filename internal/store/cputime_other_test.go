// SPDX-License-Identifier: EUPL-1.2

//go:build !linux

package store_test

import (
	"testing"
	"time"
)

// cpuTime isn't known here.
func cpuTime(*testing.B) time.Duration { return 0 }
