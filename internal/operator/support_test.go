// SPDX-License-Identifier: EUPL-1.2

package operator_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
)

const (
	home   = "192.0.2.10"
	goodPW = "vier paarden bij de molen"
	nextPW = "een trein zonder spoor"
)

// clock is a time that moves when it is told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// people are Operators on SQLite with a first administrator.
type people struct {
	*operator.Operators
	t     testing.TB
	clock *clock
	store operator.Store
	admin operator.Actor
}

func openStore(t testing.TB) operator.Store {
	t.Helper()
	s, err := store.OpenSQLite(t.Context(), empty.Dir(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s.People()
}

// withoutAccounts makes Operators without any account.
func withoutAccounts(t testing.TB, options ...func(*operator.Config)) *people {
	t.Helper()
	p := &people{t: t, clock: &clock{now: time.Date(2026, 11, 20, 9, 0, 0, 123, time.UTC)}, store: openStore(t)}
	cfg := operator.Config{Store: p.store, Now: p.clock.Now, Logger: slog.New(slog.DiscardHandler), HashMemory: 64}
	for _, o := range options {
		o(&cfg)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	p.Operators = operator.New(cfg)
	return p
}

func newPeople(t testing.TB, options ...func(*operator.Config)) *people {
	t.Helper()
	p := withoutAccounts(t, options...)
	token, err := p.NewSetupToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.SetUp(t.Context(), token, operator.NewAccount{Name: "Anna", Email: "anna@example.org", Password: goodPW}, home); err != nil {
		t.Fatal(err)
	}
	if len(options) == 0 || !configOf(options).SingleSignOnOnly {
		p.admin = p.in("anna@example.org", goodPW)
	}
	return p
}

func configOf(options []func(*operator.Config)) (cfg operator.Config) {
	for _, o := range options {
		o(&cfg)
	}
	return cfg
}

// add makes an account and gives its actor, logged in.
func (p *people) add(name string, roles ...operator.Role) operator.Actor {
	p.t.Helper()
	email := name + "@example.org"
	_, err := p.CreateAccount(p.t.Context(), p.admin, operator.NewAccount{Name: name, Email: email, Password: goodPW, Roles: roles})
	if err != nil {
		p.t.Fatal(err)
	}
	return p.in(email, goodPW)
}

// in logs in and gives the actor.
func (p *people) in(email, password string) operator.Actor {
	p.t.Helper()
	a, err := p.Authenticate(p.t.Context(), p.secret(email, password))
	if err != nil {
		p.t.Fatal(err)
	}
	return a
}

func (p *people) secret(email, password string) string {
	p.t.Helper()
	secret, _, err := p.LogIn(p.t.Context(), email, password, home, "browser")
	if err != nil {
		p.t.Fatal(err)
	}
	return secret
}

// events gives the acts of the audit trail with their outcome, oldest first.
func (p *people) events(f operator.EventFilter) []string {
	p.t.Helper()
	var out []string
	for e, err := range p.AllEvents(p.t.Context(), auditor(), f) {
		if err != nil {
			p.t.Fatal(err)
		}
		out = append([]string{e.Act + ": " + e.Outcome}, out...)
	}
	return out
}

// disable disables an account as a restored backup or another node would: at
// once, and without ending anything.
func (p *people) disable(id operator.AccountID) {
	p.t.Helper()
	must(p.t, p.store.Update(p.t.Context(), func(tx operator.Tx) error {
		a, err := tx.FindAccount(p.t.Context(), id)
		if err != nil {
			return err
		}
		a.Disabled = true
		return tx.PutAccount(p.t.Context(), a)
	}))
}

func (p *people) lastEvent() *operator.Event {
	p.t.Helper()
	es, err := p.Events(p.t.Context(), auditor(), operator.EventFilter{Limit: 1})
	if err != nil || len(es) != 1 {
		p.t.Fatalf("last event: %v %v", es, err)
	}
	return es[0]
}

func auditor() operator.Actor {
	return operator.Actor{Name: "auditor", Permissions: []operator.Permission{operator.PermissionReadAudit}}
}

// wantKind fails unless err is a problem of the kind, about the field.
func wantKind(t testing.TB, err error, kind operator.Kind, field string) {
	t.Helper()
	got, ok := errors.AsType[*operator.Error](err)
	if !ok {
		t.Fatalf("error %v, want one of kind %s", err, kind)
	}
	if got.Kind != kind || got.Field != field {
		t.Fatalf("error %q of kind %q about %q, want kind %q about %q", got.Text, got.Kind, got.Field, kind, field)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// altered is a Store that gives other events than were written, fails, or lets
// something happen in between.
type altered struct {
	operator.Store
	events func([]*operator.Event) []*operator.Event
	add    error
	before func() // each Update
}

func (s altered) Update(ctx context.Context, fn func(operator.Tx) error) error {
	if s.before != nil {
		s.before()
	}
	return s.Store.Update(ctx, func(tx operator.Tx) error { return fn(alteredTx{tx, s}) })
}

func (s altered) View(ctx context.Context, fn func(operator.Tx) error) error {
	return s.Store.View(ctx, func(tx operator.Tx) error { return fn(alteredTx{tx, s}) })
}

type alteredTx struct {
	operator.Tx
	s altered
}

func (tx alteredTx) AddEvent(ctx context.Context, e *operator.Event) error {
	if tx.s.add != nil {
		return fmt.Errorf("add event: %w", tx.s.add)
	}
	return tx.Tx.AddEvent(ctx, e)
}

func (tx alteredTx) ListEvents(ctx context.Context, f operator.EventFilter) ([]*operator.Event, error) {
	es, err := tx.Tx.ListEvents(ctx, f)
	if tx.s.events != nil {
		es = tx.s.events(es)
	}
	return es, err
}
