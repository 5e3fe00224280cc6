// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/samenspel/samenspel/fsc"
)

// load is applications that call all the time.
type load struct {
	calls, failed atomic.Int64
	over          atomic.Bool
	wg            sync.WaitGroup

	mu    sync.Mutex
	first string // of the failures
}

// newLoad has so many applications call an Outway. A failed call is one that was
// answered with something else than 200, or not at all, and that the test doesn't
// expect.
func newLoad(t *testing.T, applications int, outway string, grant fsc.GrantHash, expected func(answer, error) bool) *load {
	t.Helper()
	l, client := &load{}, plain(t)
	for range applications {
		l.wg.Go(func() {
			for !l.over.Load() {
				a, err := send(client, http.MethodGet, outway+"/", http.Header{"Fsc-Grant-Hash": {string(grant)}}, nil)
				l.calls.Add(1)
				if err == nil && a.status == http.StatusOK || expected != nil && expected(a, err) {
					continue
				}
				l.fail(fmt.Sprintf("%d %s %v", a.status, a.body, err))
			}
		})
	}
	t.Cleanup(l.stop)
	return l
}

func (l *load) fail(what string) {
	l.failed.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first == "" {
		l.first = what
	}
}

func (l *load) stop() {
	l.over.Store(true)
	l.wg.Wait()
}

// passes waits until n more calls are done.
func (l *load) passes(t *testing.T, n int64) {
	t.Helper()
	from := l.calls.Load()
	eventually(t, fmt.Sprintf("%d more calls", n), func() bool { return l.calls.Load() >= from+n })
}

// unharmed ends the load and checks that no call failed.
func (l *load) unharmed(t *testing.T) {
	t.Helper()
	l.stop()
	if n := l.failed.Load(); n > 0 {
		t.Errorf("%d of %d calls failed, the first: %s", n, l.calls.Load(), l.first)
	}
	t.Logf("%d calls", l.calls.Load())
}
