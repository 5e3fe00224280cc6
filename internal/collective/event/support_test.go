// SPDX-License-Identifier: EUPL-1.2

package event_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/event"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
)

const self = "00000099000000001000"

func amsterdam(tb testing.TB) *time.Location {
	tb.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		tb.Fatal(err)
	}
	return zone
}

// local gives an instant by the Dutch clock.
func local(tb testing.TB, text string) int64 {
	tb.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", text, amsterdam(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return at.Unix()
}

func hash(number, name string) deed.Hash {
	return deed.Hash("$1$" + number + "$" + name + strings.Repeat("A", 86-len(name)))
}

// feed is a source that tests fill.
type feed struct {
	mu         sync.Mutex
	all        []event.Transition
	frameworks []event.Framework
}

func (f *feed) add(ts ...event.Transition) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range ts {
		t.Number = int64(len(f.all) + 1)
		f.all = append(f.all, t)
	}
}

func (f *feed) Transitions(_ context.Context, after int64, limit int) ([]event.Transition, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	rest := f.all[after:]
	return slices.Clone(rest[:min(limit, len(rest))]), nil
}

func (f *feed) Frameworks(context.Context) ([]event.Framework, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.frameworks), nil
}

// desk is a hub with all it needs, and a clock that stands still.
type desk struct {
	*event.Hub
	feed  *feed
	store event.Store
	logs  *bytes.Buffer
	mu    sync.Mutex
	now   time.Time
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

// newDesk makes a hub; with change the configuration can be other than usual.
func newDesk(tb testing.TB, change func(*event.Config)) *desk {
	tb.Helper()
	s, err := store.OpenSQLite(tb.Context(), empty.Dir(tb), slog.New(slog.DiscardHandler))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	d := &desk{feed: &feed{}, store: s.Events(), logs: &bytes.Buffer{}, now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	home := event.Reach{Private: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	cfg := event.Config{
		Self: self, Store: d.store, Source: d.feed, Client: event.NewClient(home, nil), Zone: amsterdam(tb), Reach: home,
		DataRef: func(h deed.Hash) string { return "/collective-v1/deeds/" + string(h) },
		Plain:   true, Now: d.clock, Logger: slog.New(slog.NewTextHandler(d.logs, nil)),
	}
	if change != nil {
		change(&cfg)
	}
	if d.Hub, err = event.New(cfg); err != nil {
		tb.Fatal(err)
	}
	return d
}

func (d *desk) subscribe(tb testing.TB, address string, types ...string) *event.Subscription {
	tb.Helper()
	s, err := d.Subscribe(tb.Context(), address, types)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// work records and delivers once.
func (d *desk) work(tb testing.TB) {
	tb.Helper()
	if err := d.Record(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	if err := d.Deliver(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

func (d *desk) events(tb testing.TB) (all []event.Event) {
	tb.Helper()
	err := d.store.View(tb.Context(), func(tx event.Tx) (err error) {
		all, err = tx.ListEvents(tb.Context(), 0, 0)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

func (d *desk) types(tb testing.TB) (types []string) {
	tb.Helper()
	for _, e := range d.events(tb) {
		types = append(types, e.Type)
	}
	return types
}

func (d *desk) sent(tb testing.TB, f event.DeliveryFilter) []event.Delivery {
	tb.Helper()
	ds, err := d.Sent(tb.Context(), f)
	if err != nil {
		tb.Fatal(err)
	}
	return ds
}

// notification has the members that may be there and no others.
type notification struct {
	SpecVersion  string `json:"specversion"`
	ID           string `json:"id"`
	Source       string `json:"source"`
	Type         string `json:"type"`
	Subject      string `json:"subject"`
	Time         string `json:"time"`
	DataRef      string `json:"dataref"`
	Sequence     string `json:"sequence"`
	SequenceType string `json:"sequencetype"`
}

// receiver is an endpoint that keeps what it got and answers as it is told.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	answer http.HandlerFunc
	got    []notification
	header []http.Header
	body   [][]byte
}

func newReceiver(tb testing.TB) *receiver {
	tb.Helper()
	r := &receiver{answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }}
	r.Server = httptest.NewServer(r)
	tb.Cleanup(r.Close)
	return r
}

func (r *receiver) answers(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, err := io.ReadAll(req.Body)
	var n notification
	if err == nil {
		err = json.Unmarshal(body, &n, json.RejectUnknownMembers(true))
	}
	if err != nil || req.Method != http.MethodPost {
		http.Error(w, "not a notification", http.StatusBadRequest)
		return
	}
	r.got, r.header, r.body = append(r.got, n), append(r.header, req.Header.Clone()), append(r.body, body)
	r.answer(w, req)
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.got)
}
