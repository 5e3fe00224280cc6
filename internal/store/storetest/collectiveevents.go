// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	deedevent "github.com/samenspel/samenspel/internal/collective/event"
)

// eventTx does something in one transaction.
func eventTx(t *testing.T, s Stores, fn func(deedevent.Tx) error) {
	t.Helper()
	if err := s.Events.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func eventView[T any](t *testing.T, s Stores, fn func(deedevent.Tx) (T, error)) (v T) {
	t.Helper()
	err := s.Events.View(t.Context(), func(tx deedevent.Tx) (err error) {
		v, err = fn(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func deedEvent(n int64) deedevent.Event {
	return deedevent.Event{
		Number: n, ID: fmt.Sprintf("id-%d", n), Type: "nl.collective.calloff.live", Subject: "$1$112$a",
		At: start().Add(time.Duration(n) * time.Hour),
	}
}

func addDeedEvents(t *testing.T, s Stores, numbers ...int64) {
	t.Helper()
	eventTx(t, s, func(tx deedevent.Tx) error {
		for _, n := range numbers {
			e := deedEvent(n)
			if added, err := tx.AddEvent(t.Context(), &e); err != nil || !added {
				return fmt.Errorf("added %d: %v, %w", n, added, err)
			}
		}
		return nil
	})
}

func listDeedEvents(t *testing.T, s Stores, after int64, limit int) []deedevent.Event {
	t.Helper()
	return eventView(t, s, func(tx deedevent.Tx) ([]deedevent.Event, error) { return tx.ListEvents(t.Context(), after, limit) })
}

func deedEvents(k check) {
	t, s := k.t, k.stores
	position := func(tx deedevent.Tx) (deedevent.Position, error) { return tx.Position(t.Context()) }
	equal(t, "position at first", eventView(t, s, position), deedevent.Position{})
	addDeedEvents(t, s, 1, 2, 3)
	eventTx(t, s, func(tx deedevent.Tx) error {
		again := deedEvent(4)
		again.ID = "id-2"
		if added, err := tx.AddEvent(t.Context(), &again); err != nil || added {
			t.Errorf("the same event again: %v, %v", added, err)
		}
		if err := tx.PutPosition(t.Context(), deedevent.Position{Transition: 7, Number: 2}); err != nil {
			return err
		}
		return tx.PutPosition(t.Context(), deedevent.Position{Transition: 9, Number: 3})
	})
	s = s.Reopen()
	equal(t, "position", eventView(t, s, position), deedevent.Position{Transition: 9, Number: 3})
	equal(t, "all", listDeedEvents(t, s, 0, 0), []deedevent.Event{deedEvent(1), deedEvent(2), deedEvent(3)})
	equal(t, "some", listDeedEvents(t, s, 1, 1), []deedevent.Event{deedEvent(2)})
}

func deedWatches(k check) {
	t, s := k.t, k.stores
	find := func(tx deedevent.Tx) (*deedevent.Watch, error) { return tx.FindWatch(t.Context(), "$1$110$a") }
	equal(t, "none", eventView(t, s, find), &deedevent.Watch{Deed: "$1$110$a"})
	for _, w := range []deedevent.Watch{
		{Deed: "$1$110$a", Overlays: []string{"suspended", "threshold_70"}},
		{Deed: "$1$110$a", Clock: start().Unix()},
	} {
		eventTx(t, s, func(tx deedevent.Tx) error { return tx.PutWatch(t.Context(), &w) })
		equal(t, "kept", eventView(t, s, find), &w)
	}
}

func subscription(id string, minute int) deedevent.Subscription {
	return deedevent.Subscription{
		ID: id, URL: "https://example.test/" + id, Types: []string{"nl.collective.calloff", "nl.collective.framework"},
		Secret: deedevent.NewSecret(), CreatedAt: start().Add(time.Duration(minute) * time.Minute),
	}
}

func putSubscriptions(t *testing.T, s Stores, subs ...deedevent.Subscription) {
	t.Helper()
	eventTx(t, s, func(tx deedevent.Tx) error {
		for i := range subs {
			if err := tx.PutSubscription(t.Context(), &subs[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func eventSubscriptions(k check) {
	t, s := k.t, k.stores
	one, two := subscription("b", 0), subscription("a", 1)
	two.Types = nil
	putSubscriptions(t, s, two, one)
	one.EndedAt, one.Ended, one.URL = start(), deedevent.EndedByThem, "https://example.test/"
	putSubscriptions(t, s, one)
	s = s.Reopen()
	all := eventView(t, s, func(tx deedevent.Tx) ([]deedevent.Subscription, error) { return tx.ListSubscriptions(t.Context()) })
	equal(t, "listed", all, []deedevent.Subscription{one, two})
	find := func(tx deedevent.Tx) (*deedevent.Subscription, error) { return tx.FindSubscription(t.Context(), "b") }
	equal(t, "found", eventView(t, s, find), &one)
	err := s.Events.View(t.Context(), func(tx deedevent.Tx) error {
		_, err := tx.FindSubscription(t.Context(), "c")
		return err
	})
	if !errors.Is(err, deedevent.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func waiting(subscription string, n int64, at time.Time) deedevent.Delivery {
	return deedevent.Delivery{Subscription: subscription, Event: deedEvent(n), State: deedevent.Waiting, NextAt: at}
}

func putDeedDeliveries(t *testing.T, s Stores, ds ...deedevent.Delivery) {
	t.Helper()
	eventTx(t, s, func(tx deedevent.Tx) error {
		for i := range ds {
			if err := tx.PutDelivery(t.Context(), &ds[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func eventLeases(k check) {
	t, s := k.t, k.stores
	const count = 20
	putSubscriptions(t, s, subscription("a", 0), subscription("b", 0))
	for n := range int64(count) {
		addDeedEvents(t, s, n+1)
		putDeedDeliveries(t, s, waiting("a", n+1, start()), waiting("b", n+1, start().Add(time.Second)))
	}
	var mu sync.Mutex
	seen := map[int64]int{}
	lease := func() bool {
		var d *deedevent.Delivery
		err := s.Events.Update(t.Context(), func(tx deedevent.Tx) (err error) {
			d, err = tx.LeaseDelivery(t.Context(), "a", start(), time.Minute)
			return err
		})
		if err != nil {
			if !errors.Is(err, deedevent.ErrNotFound) {
				t.Error(err)
			}
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		seen[d.Event.Number]++
		if d.Subscription != "a" || !d.NextAt.Equal(start().Add(time.Minute)) || d.Event != deedEvent(d.Event.Number) {
			t.Errorf("leased %+v", d)
		}
		return true
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for lease() {
				continue
			}
		})
	}
	wg.Wait()
	for n := range int64(count) {
		equal(t, "leases", seen[n+1], 1)
	}
}

func eventDeliveries(k check) {
	t, s := k.t, k.stores
	next := func(tx deedevent.Tx) (time.Time, error) { return tx.NextDelivery(t.Context()) }
	equal(t, "next of none", eventView(t, s, next), time.Time{})
	putSubscriptions(t, s, subscription("a", 0), subscription("b", 0))
	addDeedEvents(t, s, 1, 2, 3)
	at := func(n int) time.Time { return start().Add(time.Duration(n) * time.Minute) }
	a1, a2, a3, b1 := waiting("a", 1, at(1)), waiting("a", 2, at(5)), waiting("a", 3, at(1)), waiting("b", 1, at(2))
	a3.State, a3.Attempts, a3.DoneAt = deedevent.Delivered, 2, at(3)
	putDeedDeliveries(t, s, a1, a2, a3, b1)
	equal(t, "next", eventView(t, s, next), at(1))
	eventTx(t, s, func(tx deedevent.Tx) error { return tx.PostponeDeliveries(t.Context(), "a", at(3)) })
	a1.NextAt = at(3)
	equal(t, "next after a pause", eventView(t, s, next), at(2))
	for _, c := range []struct {
		name   string
		filter deedevent.DeliveryFilter
		want   []deedevent.Delivery
	}{
		{"all", deedevent.DeliveryFilter{}, []deedevent.Delivery{a3, a2, b1, a1}},
		{"of one", deedevent.DeliveryFilter{Subscription: "a"}, []deedevent.Delivery{a3, a2, a1}},
		{"by state", deedevent.DeliveryFilter{State: deedevent.Waiting, Limit: 2}, []deedevent.Delivery{a2, b1}},
		{"a page", deedevent.DeliveryFilter{Subscription: "a", Before: 3, Limit: 1}, []deedevent.Delivery{a2}},
	} {
		got := eventView(t, s, func(tx deedevent.Tx) ([]deedevent.Delivery, error) { return tx.ListDeliveries(t.Context(), c.filter) })
		equal(t, c.name, got, c.want)
	}
	eventTx(t, s, func(tx deedevent.Tx) error {
		return tx.GiveUpDeliveries(t.Context(), "a", deedevent.ProblemEnded, at(9))
	})
	a1.State, a1.DoneAt, a1.Problem = deedevent.GivenUp, at(9), deedevent.ProblemEnded
	find := func(tx deedevent.Tx) (*deedevent.Delivery, error) { return tx.FindDelivery(t.Context(), "a", 1) }
	equal(t, "given up", eventView(t, s, find), &a1)
	find = func(tx deedevent.Tx) (*deedevent.Delivery, error) { return tx.FindDelivery(t.Context(), "a", 3) }
	equal(t, "delivered stays", eventView(t, s, find), &a3)
}

func eventPruning(k check) {
	t, s := k.t, k.stores
	gone, kept := subscription("a", 0), subscription("b", 0)
	gone.EndedAt, gone.Ended = start(), deedevent.EndedByUs
	putSubscriptions(t, s, gone, kept)
	addDeedEvents(t, s, 1, 2, 3, 4)
	done := waiting("a", 1, start())
	done.State, done.DoneAt = deedevent.GivenUp, start()
	putDeedDeliveries(t, s, done, waiting("b", 2, start()))
	eventTx(t, s, func(tx deedevent.Tx) error { return tx.Prune(t.Context(), deedEvent(4).At) })
	equal(t, "events", listDeedEvents(t, s, 0, 0), []deedevent.Event{deedEvent(2), deedEvent(4)})
	all := eventView(t, s, func(tx deedevent.Tx) ([]deedevent.Subscription, error) { return tx.ListSubscriptions(t.Context()) })
	equal(t, "subscriptions", all, []deedevent.Subscription{kept})
}
