// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
)

// event is the nth of a trail in which times don't always go forward.
func event(n int) *operator.Event {
	e := &operator.Event{
		Sequence: int64(n), At: start().Add(time.Duration(n-n%5*2) * time.Minute), Actor: "eva", ActorName: "Éva", From: "192.0.2.1",
		Act: "contract.accept", Object: fmt.Sprintf("object-%d", n%4), Outcome: "ok", Previous: sha256.Sum256(fmt.Append(nil, n-1)), Hash: sha256.Sum256(fmt.Append(nil, n)),
	}
	switch n % 3 {
	case 1:
		e.Act, e.Token = "account.login.failed", "token"
		e.Changes = []operator.Change{{Field: "roles", Before: "lezer <b>", After: "beheerder 50%_" + fmt.Sprint(n)}, {}}
	case 2:
		e.Act, e.Actor, e.ActorName = "setup", "", ""
	}
	return e
}

func addEvents(t *testing.T, s Stores, events ...*operator.Event) {
	t.Helper()
	changePeople(t, s, func(tx operator.Tx) error {
		var all error
		for _, e := range events {
			all = errors.Join(all, tx.AddEvent(t.Context(), e))
		}
		return all
	})
}

func events(k check) {
	t, s := k.t, k.stores
	var all []*operator.Event
	for n := range 40 {
		all = append(all, event(n+1))
	}
	addEvents(t, s, all...)
	viewPeople(t, s, func(tx operator.Tx) error {
		last, err := tx.LastEvent(t.Context())
		equal(t, "last event", last, all[39])
		return err
	})
	slices.Reverse(all)
	for _, f := range []operator.EventFilter{
		{},
		{Limit: 7},
		{Limit: 7, Before: 20},
		{Limit: 7, After: 20},
		{Limit: 7, After: 38},
		{Limit: 3, After: 20, Before: 30, Actor: "eva"},
		{Limit: 1, After: 40},
		{Actor: "eva"},
		{Act: "account"},
		{Act: "account.login.failed"},
		{Act: "account.login"},
		{Act: "setup"},
		{Object: "object-2"},
		{Object: "object-"},
		{Text: "BEHEERDER 50%_1"},
		{Text: "éVA"},
		{Text: "_"},
		{Text: "%"},
		{Text: "field"},
		{Text: "\x00"},
		{From: start().Add(10 * time.Minute)},
		{From: start().Add(10*time.Minute + 1)},
		{Until: start().Add(20 * time.Minute)},
		{Until: start().Add(20*time.Minute + 1)},
		{Actor: "eva", Act: "account", Object: "object-1", Text: "lezer", From: start(), Until: start().Add(time.Hour), Before: 30, Limit: 2},
	} {
		viewPeople(t, s, func(tx operator.Tx) error {
			got, err := tx.ListEvents(t.Context(), f)
			equal(t, fmt.Sprintf("events %+v", f), got, selected(all, f))
			return err
		})
	}
}

// selected is the slow and simple meaning of a filter.
func selected(all []*operator.Event, f operator.EventFilter) (want []*operator.Event) {
	for _, e := range all {
		texts := []string{e.ActorName, e.Act, e.Object}
		for _, c := range e.Changes {
			texts = append(texts, c.Field, c.Before, c.After)
		}
		topic, _, _ := strings.Cut(e.Act, ".")
		switch {
		case f.Actor != "" && f.Actor != e.Actor, f.Act != "" && f.Act != e.Act && f.Act != topic, f.Object != "" && f.Object != e.Object,
			!strings.Contains(strings.ToLower(strings.Join(texts, "\n")), strings.ToLower(f.Text)),
			!f.From.IsZero() && e.At.Before(f.From), !f.Until.IsZero() && !e.At.Before(f.Until),
			f.Before > 0 && e.Sequence >= f.Before, f.After > 0 && e.Sequence <= f.After:
			continue
		}
		want = append(want, e)
	}
	switch {
	case f.Limit == 0:
		return want
	case f.After > 0:
		return want[max(len(want)-f.Limit, 0):]
	}
	return want[:min(len(want), f.Limit)]
}

func eventsAreKept(k check) {
	t, s := k.t, k.stores
	addEvents(t, s, event(1))
	other, invalid, zero := event(1), event(2), event(2)
	other.Outcome = "another"
	invalid.Object, zero.Changes = "\xff", []operator.Change{{After: "a\x00b"}}
	for name, e := range map[string]*operator.Event{"with a number in use": other, "that is no UTF-8": invalid, "with a zero character": zero} {
		if s.People.Update(t.Context(), func(tx operator.Tx) error { return tx.AddEvent(t.Context(), e) }) == nil {
			t.Errorf("an event %s is stored", name)
		}
	}
	addEvents(t, s, event(2))
	s = s.Reopen()
	viewPeople(t, s, func(tx operator.Tx) error {
		got, err := tx.ListEvents(t.Context(), operator.EventFilter{})
		equal(t, "events", got, []*operator.Event{event(2), event(1)})
		return err
	})
}
