// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"encoding/json"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/samenspel/samenspel/internal/controller"
)

// health answers /livez and /readyz from the checks of the parts.
type health struct {
	draining atomic.Bool

	mu     sync.Mutex
	names  []string
	checks map[string]func() error
	notes  map[string]bool // checks with which the node is ready all the same
}

func newHealth() *health { return &health{checks: map[string]func() error{}, notes: map[string]bool{}} }

func (h *health) add(name string, check func() error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.names = append(h.names, name)
	h.checks[name] = check
}

// addNote adds a check that people have to hear of while the node stays ready.
func (h *health) addNote(name string, check func() error) {
	h.add(name, check)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.notes[name] = true
}

// drain makes the node not ready, so that nobody new is sent here.
func (h *health) drain() { h.draining.Store(true) }

func (h *health) live(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

// list gives the checks to people.
func (h *health) list() []controller.Check {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]controller.Check, 0, len(h.names))
	for _, name := range h.names {
		c := controller.Check{Name: name}
		if err := h.checks[name](); err != nil {
			c.Problem = err.Error()
		}
		out = append(out, c)
	}
	return out
}

// ready lists every check with "ok" or what is wrong.
func (h *health) ready(w http.ResponseWriter, _ *http.Request) {
	status, checks := http.StatusOK, map[string]string{}
	h.mu.Lock()
	for _, name := range h.names {
		checks[name] = "ok"
		if err := h.checks[name](); err != nil {
			checks[name] = err.Error()
			if !h.notes[name] {
				status = http.StatusServiceUnavailable
			}
		}
	}
	h.mu.Unlock()
	if h.draining.Load() {
		status, checks["node"] = http.StatusServiceUnavailable, "draining"
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(checks) // the monitor has gone away if this fails
}
