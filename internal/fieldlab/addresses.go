// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

const (
	addressesFile = "addresses.json"
	anyPort       = "127.0.0.1:0"
)

// taken tells whether an address couldn't be listened on.
func taken(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "listen"
}

// untilFree calls open until no other program holds an address it wants. Each next
// time it goes elsewhere; if elsewhere is nil it must have these addresses, and
// waits for them.
func untilFree(ctx context.Context, open func() error, elsewhere func()) error {
	const tries, wait = 20, 100 * time.Millisecond
	for n := 1; ; n++ {
		err := open()
		if err == nil || !taken(err) || n == tries {
			return err
		}
		if elsewhere != nil {
			elsewhere()
			continue
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

// prefer gives the address if it is free, so that examples stay the same from
// one start to the next, and else any free port.
func prefer(ctx context.Context, address string) string {
	if free(ctx, address) {
		return address
	}
	return freePort(ctx)
}

// freePort gives a port below the range from which systems take those of
// outgoing connections: a door that was closed for a while finds it free again.
func freePort(ctx context.Context) string {
	const first, count, tries = 20_000, 10_000, 100
	for range tries {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(first+rand.IntN(count))) //nolint:gosec // no secret
		if free(ctx, address) {
			return address
		}
	}
	return anyPort
}

func free(ctx context.Context, address string) bool {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err == nil {
		_ = l.Close() // only tried out
	}
	return err == nil
}

// saveAddresses keeps where a member's doors are for the next run in the same
// folder: the others remember it too.
func saveAddresses(dir string, addresses map[string]string) error {
	b, err := json.Marshal(addresses)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, addressesFile), b, 0o600); err != nil {
		return fmt.Errorf("keep addresses: %w", err)
	}
	return nil
}

// keptAddresses are those of the run before; nothing without one.
func keptAddresses(dir string) map[string]string {
	var addresses map[string]string
	b, err := os.ReadFile(filepath.Join(dir, addressesFile)) //nolint:gosec // our own folder
	if err != nil || json.Unmarshal(b, &addresses) != nil {
		return nil
	}
	return addresses
}
