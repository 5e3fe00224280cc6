// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// upstream is the service behind an Inway. It notes every call.
type upstream struct {
	url    string
	timing string // Server-Timing of each answer, unless empty

	mu    sync.Mutex
	calls map[string]*http.Request // by Fsc-Transaction-Id
	total int
	// during, if set, runs while a call is being answered.
	during func(id string)
}

func newUpstream(t *testing.T) *upstream {
	t.Helper()
	u := &upstream{calls: map[string]*http.Request{}}
	s := httptest.NewServer(u)
	t.Cleanup(s.Close)
	u.url = s.URL
	return u
}

func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get("Fsc-Transaction-Id")
	u.mu.Lock()
	u.calls[id] = r
	u.total++
	during := u.during
	u.mu.Unlock()
	if during != nil {
		during(id)
	}
	w.Header().Set("X-Service", "yes")
	if u.timing != "" {
		w.Header().Set("Server-Timing", u.timing)
	}
	_, _ = fmt.Fprintf(w, "%s %s", r.Method, r.RequestURI)
}

func (u *upstream) call(id string) *http.Request {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.calls[id]
}

func (u *upstream) count() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.total
}

func (u *upstream) ids() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	var ids []string
	for id := range u.calls {
		ids = append(ids, id)
	}
	return ids
}

// meanwhile sets what happens during calls until the test ends.
func (u *upstream) meanwhile(t *testing.T, during func(id string)) {
	t.Helper()
	set := func(f func(string)) {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.during = f
	}
	set(during)
	t.Cleanup(func() { set(nil) })
}
