// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"testing"
)

// nextPort counts the ports handed out by freePorts.
var nextPort atomic.Int64

// freePorts gives addresses for processes that have to come back on the same
// port. They lie below the range from which systems take the ports of outgoing
// connections, so nobody gets them by chance.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	const first, count = 20_000, 12_000
	var out []string
	for len(out) < n {
		port := first + (int64(os.Getpid())*101+nextPort.Add(1))%count
		address := fmt.Sprintf("127.0.0.1:%d", port)
		l, err := net.Listen("tcp", address)
		if err != nil {
			continue // somebody else's
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		out = append(out, address)
	}
	return out
}

// listenAgain takes a port back that was closed a moment ago.
func listenAgain(t *testing.T, address string) (l net.Listener) {
	t.Helper()
	eventually(t, "port of "+address, func() (ok bool) {
		var err error
		l, err = net.Listen("tcp", address)
		return err == nil
	})
	return l
}
