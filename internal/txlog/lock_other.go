// SPDX-License-Identifier: EUPL-1.2

//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package txlog

import (
	"errors"
	"fmt"
	"io"
)

// lockFile refuses: without a lock two processes could overwrite each other's
// records.
func lockFile(string) (io.Closer, error) {
	return nil, fmt.Errorf("lock: %w", errors.ErrUnsupported)
}
