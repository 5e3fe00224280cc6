// SPDX-License-Identifier: EUPL-1.2

package event

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	attemptTime = 10 * time.Second
	// leaseTime is how long a delivery belongs to who tries it.
	leaseTime = 3 * attemptTime
	// passTime is how long one endpoint can keep the others waiting that got
	// something new, apart from one attempt.
	passTime = 10 * time.Second
	// firstPause doubles with each attempt up to maxPause, until retryTime has passed.
	firstPause = 5 * time.Second
	maxPause   = time.Hour
	retryTime  = 72 * time.Hour
)

// DeliveryState is how far a delivery is.
type DeliveryState string

// The states of a delivery.
const (
	Waiting   DeliveryState = "waiting"
	Delivered DeliveryState = "delivered"
	GivenUp   DeliveryState = "given_up"
)

// Problem says what the last attempt came to.
type Problem string

// The problems.
const (
	ProblemConnection Problem = "connection" // no connection, or it broke
	ProblemTimeout    Problem = "timeout"    // no answer in time
	ProblemTLS        Problem = "tls"        // the endpoint's certificate isn't trusted
	ProblemPrivate    Problem = "private"    // the name leads inside a network
	ProblemRedirect   Problem = "redirect"   // the endpoint is elsewhere; subscribe that address
	ProblemStatus     Problem = "status"     // another answer than success
	ProblemEnded      Problem = "ended"      // the subscription ended
)

// Delivery is an event on its way to an endpoint.
type Delivery struct {
	Subscription string
	Event        Event
	State        DeliveryState
	Attempts     int
	NextAt       time.Time // UTC; while it waits
	DoneAt       time.Time // UTC; when it was delivered or given up
	Problem      Problem   // of the last attempt; empty when it went well
	Status       int       // of the last answer; 0: there was none
}

// Deliver tries all deliveries that are due once, endpoints side by side and the
// events of one in their order. [Hub.Run] does so by itself.
func (h *Hub) Deliver(ctx context.Context) error {
	all, err := h.List(ctx)
	if err != nil {
		return fmt.Errorf("list subscriptions: %w", err)
	}
	until := h.cfg.Now().Add(passTime)
	var g errgroup.Group
	for i := range all {
		if all[i].EndedAt.IsZero() {
			g.Go(func() error { return h.deliverTo(ctx, &all[i], until) })
		}
	}
	return g.Wait()
}

// deliverTo stops at the first sign that the endpoint can't take anything now,
// and gives way after a while, for others may have got something to send.
func (h *Hub) deliverTo(ctx context.Context, s *Subscription, until time.Time) error {
	for ctx.Err() == nil && !h.cfg.Now().After(until) {
		d, err := h.lease(ctx, s)
		if err != nil || d == nil {
			return err
		}
		// When ctx ends meanwhile nothing of it is kept: the lease ends, and the next
		// start goes on.
		result := h.attempt(ctx, s, &d.Event)
		stop := false
		err = h.cfg.Store.Update(ctx, func(tx Tx) (err error) {
			stop, err = h.settle(ctx, tx, d, result)
			return err
		})
		if err != nil {
			return fmt.Errorf("keep delivery: %w", err)
		}
		if d.State != Waiting {
			h.cfg.Settled(*d)
		}
		if stop {
			return nil
		}
	}
	return nil
}

// lease takes the next delivery that is due; nil when there is none.
func (h *Hub) lease(ctx context.Context, s *Subscription) (d *Delivery, err error) {
	err = h.cfg.Store.Update(ctx, func(tx Tx) error {
		d, err = tx.LeaseDelivery(ctx, s.ID, h.now(), leaseTime)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("lease delivery: %w", err)
	}
	return d, nil
}

// settle keeps what came of an attempt, and tells whether to leave the endpoint
// alone for now.
func (h *Hub) settle(ctx context.Context, tx Tx, tried *Delivery, o outcome) (stop bool, err error) {
	now, s := h.now(), tried.Subscription
	d, err := tx.FindDelivery(ctx, s, tried.Event.Number)
	if err != nil || d.State != Waiting {
		return true, err // it ended meanwhile
	}
	defer func() { *tried = *d }() // who tried it is told what came of it
	d.Attempts, d.Problem, d.Status = d.Attempts+1, o.problem, o.status
	switch {
	case o.problem == "":
		d.State, d.DoneAt = Delivered, now
		return false, tx.PutDelivery(ctx, d)
	case o.status == http.StatusGone:
		d.State, d.DoneAt = GivenUp, now
		if err := tx.PutDelivery(ctx, d); err != nil {
			return true, err
		}
		return true, end(ctx, tx, s, EndedByThem, now)
	}
	until := d.retry(now, o.after)
	if o.single() {
		return false, tx.PutDelivery(ctx, d)
	}
	if err := tx.PostponeDeliveries(ctx, s, until); err != nil {
		return true, err
	}
	return true, tx.PutDelivery(ctx, d) // after it: the last attempt may come earlier
}

// retry plans the next attempt, or gives up, and gives the earliest time at which
// the endpoint is asked again. The last attempt is made when retryTime has passed.
func (d *Delivery) retry(now time.Time, after time.Duration) time.Time {
	pause := min(firstPause<<min(d.Attempts-1, 20), maxPause)
	pause = max(pause/2+rand.N(pause), min(after, maxPause)) //nolint:gosec // spreads load, protects nothing
	until, last := now.Add(pause).Truncate(time.Second), d.Event.At.Add(retryTime)
	if !now.Before(last) {
		d.State, d.DoneAt = GivenUp, now
		return until
	}
	d.NextAt = until
	if until.After(last) {
		d.NextAt = last
	}
	return until
}

// Sent lists deliveries, newest event first, for people who wonder what became
// of them.
func (h *Hub) Sent(ctx context.Context, f DeliveryFilter) (ds []Delivery, err error) {
	err = h.cfg.Store.View(ctx, func(tx Tx) error {
		ds, err = tx.ListDeliveries(ctx, f)
		return err
	})
	return ds, err
}

// SendAgain puts a delivery that was given up, or that waits, in the outbox for
// one attempt now; it gives [ErrNotFound] when there is none, or when its
// subscription ended.
func (h *Hub) SendAgain(ctx context.Context, subscription string, number int64) error {
	err := h.cfg.Store.Update(ctx, func(tx Tx) error {
		s, err := tx.FindSubscription(ctx, subscription)
		if err != nil {
			return err
		}
		d, err := tx.FindDelivery(ctx, subscription, number)
		if err != nil {
			return err
		}
		if !s.EndedAt.IsZero() {
			return ErrNotFound
		}
		if d.State == Delivered {
			return nil
		}
		d.State, d.NextAt, d.DoneAt = Waiting, h.now(), time.Time{}
		return tx.PutDelivery(ctx, d)
	})
	if err == nil {
		poke(h.mail)
	}
	return err
}
