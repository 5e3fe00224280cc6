// SPDX-License-Identifier: EUPL-1.2

package access_test

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/access"
)

const (
	consumer = fsc.PeerID("00000099000000001000")
	provider = fsc.PeerID("00000099000000002000")
	group    = fsc.GroupID("fsc.example")
	service  = "persons"
)

// clock is a time that tests move by hand.
type clock struct{ nanos atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.nanos.Store(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) Now() time.Time          { return time.Unix(0, c.nanos.Load()).UTC() }
func (c *clock) Advance(d time.Duration) { c.nanos.Add(int64(d)) }

// point is a decision point on a real port. What it answers can be changed.
type point struct {
	*httptest.Server
	asked  atomic.Int64
	mu     sync.Mutex
	answer http.HandlerFunc
	last   []byte
	header http.Header
}

func newPoint(t *testing.T, answer http.HandlerFunc) *point {
	t.Helper()
	p := &point{answer: answer}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		body, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		p.last, p.header = body, r.Header.Clone()
		answer := p.answer
		p.mu.Unlock()
		if r.Method != http.MethodPost || r.URL.Path != access.EvaluationPath {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		answer(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *point) answers(h http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = h
}

func (p *point) question(t *testing.T) map[string]map[string]any {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	var q map[string]map[string]any
	if err := json.Unmarshal(p.last, &q); err != nil {
		t.Fatal(err)
	}
	return q
}

// says answers with a body, and with header fields given in pairs.
func says(body string, fields ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(fields); i += 2 {
			w.Header().Set(fields[i], fields[i+1])
		}
		_, _ = io.WriteString(w, body)
	}
}

const (
	yes = `{"decision":true}`
	no  = `{"decision":false,"context":{"reason_admin":{"403":"because"}}}`
)

// desk is a policy with all it needs, and the log it keeps.
type desk struct {
	t      *testing.T
	clock  *clock
	dir    string
	log    *access.Log
	policy *access.Policy
	mu     sync.Mutex
	told   []string
}

func (d *desk) Decided(outcome string, _ time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.told = append(d.told, outcome)
}

func newDesk(t *testing.T, change func(*access.Config, *clock)) *desk {
	t.Helper()
	d := &desk{t: t, clock: newClock(), dir: filepath.Join(t.TempDir(), "decisions")}
	d.log = access.NewLog(access.LogConfig{Dir: d.dir, FileSize: 1 << 20, Files: 3, Now: d.clock.Now, Logger: discard()})
	t.Cleanup(func() { _ = d.log.Close() })
	cfg := access.Config{Component: access.Inway, Self: provider, GroupID: group, Log: d.log, Observer: d, Now: d.clock.Now}
	if change != nil {
		change(&cfg, d.clock)
	}
	d.policy = access.New(cfg)
	return d
}

func newPDP(t *testing.T, endpoint string, c *clock, change ...func(*access.PDPConfig)) *access.PDP {
	t.Helper()
	cfg := access.PDPConfig{
		Endpoint: endpoint + access.EvaluationPath, Timeout: 5 * time.Second, CacheAtMost: time.Minute, BreakerAfter: 3, BreakerPause: 5 * time.Second, Now: c.Now,
	}
	for _, f := range change {
		f(&cfg)
	}
	p, err := access.NewPDP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func rules(t *testing.T, of access.Component, text string) *access.Rules {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := access.NewRules(file, of, discard())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const transaction = "01930000-0000-7000-8000-000000000001"

func call() *access.Call {
	return &access.Call{
		TransactionID: transaction, GrantHash: "$1$3$abc", Consumer: consumer, Provider: provider, Service: service,
		Method: "GET", Path: "/v1/persons/1",
	}
}

// records reads the log, permits first; the lines are whole, whatever happens.
func (d *desk) records() []map[string]any {
	d.t.Helper()
	return append(d.lines("decisions.ndjson"), d.lines("refusals.ndjson")...)
}

func (d *desk) lines(file string) []map[string]any {
	d.t.Helper()
	b, err := os.ReadFile(filepath.Join(d.dir, file))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		d.t.Fatal(err)
	}
	var out []map[string]any
	for line := range strings.Lines(string(b)) {
		var r map[string]any
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			d.t.Fatalf("%q: %v", line, err)
		}
		out = append(out, r)
	}
	return out
}

func (d *desk) decide(c *access.Call) fsc.ErrorCode {
	d.t.Helper()
	if err := d.policy.Decide(d.t.Context(), c); err != nil {
		return fsc.CodeOf(err)
	}
	return ""
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
