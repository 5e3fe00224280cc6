// SPDX-License-Identifier: EUPL-1.2

package operator_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
)

func TestRecordGivesBackTheOutcome(t *testing.T) {
	p := withoutAccounts(t)
	a := operator.Actor{Name: "Anna", From: home}
	must(t, p.Record(t.Context(), a, operator.Event{Act: "service.put", Object: "persons"}, nil))
	reason := errors.New("the upstream is away")
	if err := p.Record(t.Context(), a, operator.Event{Act: "service.put", Object: "persons"}, reason); !errors.Is(err, reason) {
		t.Errorf("outcome %v", err)
	}
	want := []string{"service.put: ok", "service.put: the upstream is away"}
	if got := p.events(operator.EventFilter{}); !slices.Equal(got, want) {
		t.Errorf("events %q", got)
	}
	e := p.lastEvent()
	if e.Sequence != 2 || e.ActorName != "Anna" || e.From != home || e.At.Nanosecond()%1000 != 0 || e.Hash != e.Sum() {
		t.Errorf("event %+v", e)
	}
}

func TestRecordGoesOnWhenSomebodyHangsUp(t *testing.T) {
	p := withoutAccounts(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	must(t, p.Record(ctx, operator.Actor{Name: "Anna"}, operator.Event{Act: "contract.accept"}, nil))
	if e := p.lastEvent(); e.Act != "contract.accept" {
		t.Errorf("event %+v", e)
	}
}

func TestActWithoutAnEventIsNotDone(t *testing.T) {
	p := newPeople(t)
	full := errors.New("disk is full")
	o := operator.New(operator.Config{Store: altered{Store: p.store, add: full}, Now: p.clock.Now, Logger: slog.New(slog.DiscardHandler), HashMemory: 64})
	outcome := errors.New("refused")
	if err := o.Record(t.Context(), p.admin, operator.Event{Act: "x.y"}, outcome); !errors.Is(err, full) || !errors.Is(err, outcome) {
		t.Errorf("error %v", err)
	}
	_, err := o.CreateAccount(t.Context(), p.admin, operator.NewAccount{Name: "Bob", Email: "bob@example.org", Password: goodPW, Roles: operator.Roles()})
	if !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
	if _, _, err := o.LogIn(t.Context(), "anna@example.org", goodPW, home, ""); !errors.Is(err, full) {
		t.Errorf("a login without an event: %v", err)
	}
	if all, err := p.Accounts(t.Context(), p.admin); err != nil || len(all) != 1 {
		t.Errorf("accounts %v %v", all, err)
	}
}

func TestHostileTextIsStoredHarmlessly(t *testing.T) {
	p := withoutAccounts(t)
	reason := errors.New("bad \xfe text")
	err := p.Record(t.Context(), operator.Actor{Name: "A\x00\xff"}, operator.Event{
		Act: "service.put", Object: strings.Repeat("é", 5000), Changes: make([]operator.Change, 500),
	}, reason)
	if err != reason { //nolint:errorlint // it must be this one, with nothing joined
		t.Fatal(err)
	}
	e := p.lastEvent()
	if e.ActorName != "A\uFFFD\uFFFD" || len(e.Object) != 2000 || len(e.Changes) != 100 || e.Outcome != "bad \uFFFD text" {
		t.Errorf("event %+v", e)
	}
	trail, err := p.VerifyTrail(t.Context(), auditor())
	if err != nil || trail.Bad != 0 {
		t.Errorf("trail %+v %v", trail, err)
	}
}

func TestTrailIsForAuditors(t *testing.T) {
	p := newPeople(t)
	signer := p.add("signer", operator.RoleSigner)
	_, err := p.Events(t.Context(), signer, operator.EventFilter{})
	wantKind(t, err, operator.KindForbidden, "")
	_, err = p.VerifyTrail(t.Context(), signer)
	wantKind(t, err, operator.KindForbidden, "")
	for e, err := range p.AllEvents(t.Context(), signer, operator.EventFilter{}) {
		if e != nil {
			t.Error("an event was given")
		}
		wantKind(t, err, operator.KindForbidden, "")
	}
	if trail, err := p.VerifyTrail(t.Context(), p.add("auditor", operator.RoleAuditor)); err != nil || trail.Bad != 0 || trail.Events == 0 {
		t.Errorf("trail %+v %v", trail, err)
	}
}

func TestEventsComeInPages(t *testing.T) {
	p := withoutAccounts(t)
	for n := range 60 {
		must(t, p.Record(t.Context(), operator.Actor{Name: "Anna"}, operator.Event{Act: "service.put", Object: fmt.Sprint(n)}, nil))
	}
	page, err := p.Events(t.Context(), auditor(), operator.EventFilter{})
	must(t, err)
	if len(page) != 50 || page[0].Sequence != 60 {
		t.Fatalf("page of %d from %d", len(page), page[0].Sequence)
	}
	page, err = p.Events(t.Context(), auditor(), operator.EventFilter{Before: page[49].Sequence, Limit: 1 << 30})
	if err != nil || len(page) != 10 || page[0].Sequence != 10 {
		t.Errorf("page %v %v", page, err)
	}
}

func TestWritersAtOnceMakeOneChain(t *testing.T) {
	p := withoutAccounts(t)
	results := make(chan error, 16)
	for range cap(results) {
		go func() {
			results <- p.Record(t.Context(), operator.Actor{Name: "Anna"}, operator.Event{Act: "service.put"}, nil)
		}()
	}
	for range cap(results) {
		must(t, <-results)
	}
	trail, err := p.VerifyTrail(t.Context(), auditor())
	if err != nil || trail.Bad != 0 || trail.Events != 16 {
		t.Errorf("trail %+v %v", trail, err)
	}
}

func TestTamperingShows(t *testing.T) {
	const n = 700 // more than a page
	p := withoutAccounts(t)
	must(t, p.store.Update(t.Context(), func(tx operator.Tx) error {
		var last operator.Event
		for i := range n {
			e := operator.Event{
				Sequence: last.Sequence + 1, At: p.clock.Now().UTC().Add(time.Duration(i) * time.Second).Truncate(time.Microsecond), Act: "service.put", Object: fmt.Sprint(i),
				Outcome: "ok", Previous: last.Hash, Changes: []operator.Change{{Field: "url", Before: "a", After: "b"}},
			}
			e.Hash = e.Sum()
			if err := tx.AddEvent(t.Context(), &e); err != nil {
				return err
			}
			last = e
		}
		return nil
	}))
	each := func(fn func(*operator.Event)) func([]*operator.Event) []*operator.Event {
		return func(es []*operator.Event) []*operator.Event {
			for _, e := range es {
				fn(e)
			}
			return es
		}
	}
	at := func(seq int64, fn func(*operator.Event)) func([]*operator.Event) []*operator.Event {
		return each(func(e *operator.Event) {
			if e.Sequence == seq {
				fn(e)
			}
		})
	}
	for name, c := range map[string]struct {
		alter func([]*operator.Event) []*operator.Event
		bad   int64
	}{
		"nothing":    {each(func(*operator.Event) {}), 0},
		"an outcome": {at(300, func(e *operator.Event) { e.Outcome = "refused" }), 300},
		"an actor":   {at(1, func(e *operator.Event) { e.Actor = "somebody" }), 1},
		"a time":     {at(n, func(e *operator.Event) { e.At = e.At.Add(time.Microsecond) }), n},
		"a change":   {at(201, func(e *operator.Event) { e.Changes[0] = operator.Change{Field: "ur", Before: "la", After: "b"} }), 201},
		"a new hash": {at(200, func(e *operator.Event) { e.Object, e.Hash = "x", (&operator.Event{}).Sum() }), 200},
		"two of them": {each(func(e *operator.Event) {
			e.Act = map[bool]string{true: "x", false: e.Act}[e.Sequence == 5 || e.Sequence == 690]
		}), 5},
		"an event written anew": {at(200, func(e *operator.Event) {
			e.Object = "x"
			e.Hash = e.Sum()
		}), 201},
		"an event that is gone": {func(es []*operator.Event) []*operator.Event {
			return slices.DeleteFunc(es, func(e *operator.Event) bool { return e.Sequence == 650 })
		}, 650},
	} {
		t.Run(name, func(t *testing.T) {
			o := operator.New(operator.Config{Store: altered{Store: p.store, events: c.alter}, Now: p.clock.Now})
			trail, err := o.VerifyTrail(t.Context(), auditor())
			if err != nil || trail.Bad != c.bad || trail.Events != n {
				t.Errorf("trail %+v %v, want bad at %d", trail, err, c.bad)
			}
		})
	}
}
