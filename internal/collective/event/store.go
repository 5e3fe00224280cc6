// SPDX-License-Identifier: EUPL-1.2

package event

import (
	"context"
	"errors"
	"time"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

// ErrNotFound is returned when what was asked for isn't stored here.
var ErrNotFound = errors.New("not found")

// Store keeps events, subscriptions and the outbox. A function given to Update
// may run more than once; its effects become visible all together or not at all.
type Store interface {
	Update(ctx context.Context, fn func(Tx) error) error
	View(ctx context.Context, fn func(Tx) error) error
}

// Tx is one transaction on a Store.
type Tx interface {
	Log
	Subscriptions
	Deliveries
}

// Position is how far events were recorded.
type Position struct {
	Transition int64 // the last one that was read
	Number     int64 // of the last event
}

// Watch is what was told of a deed so far.
type Watch struct {
	Deed     deed.Hash
	Overlays []string // after the last transition
	Clock    int64    // up to when its clock was told, Unix seconds; 0: not at all
}

// Log reads and adds events.
type Log interface {
	Position(ctx context.Context) (Position, error) // zero at first
	PutPosition(ctx context.Context, p Position) error
	// AddEvent adds an event, unless one with its ID is there.
	AddEvent(ctx context.Context, e *Event) (added bool, err error)
	// ListEvents lists events after a number, in order.
	ListEvents(ctx context.Context, after int64, limit int) ([]Event, error)
	// FindWatch gives a zero Watch of the deed when there is none.
	FindWatch(ctx context.Context, d deed.Hash) (*Watch, error)
	PutWatch(ctx context.Context, w *Watch) error
	// Prune forgets events recorded before that time with their deliveries, except
	// those that still wait.
	Prune(ctx context.Context, before time.Time) error
}

// Subscriptions reads and writes who is told.
type Subscriptions interface {
	// PutSubscription stores a subscription in place of the one before.
	PutSubscription(ctx context.Context, s *Subscription) error
	FindSubscription(ctx context.Context, id string) (*Subscription, error) // ErrNotFound
	// ListSubscriptions lists them by creation, then by ID.
	ListSubscriptions(ctx context.Context) ([]Subscription, error)
}

// DeliveryFilter selects deliveries; zero fields don't filter.
type DeliveryFilter struct {
	Subscription string
	State        DeliveryState
	Before       int64 // number of the event
	Limit        int
}

// Deliveries reads and writes the outbox. A delivery is known by subscription
// and number of the event.
type Deliveries interface {
	// PutDelivery stores a delivery in place of the one before; the event itself
	// has to be there.
	PutDelivery(ctx context.Context, d *Delivery) error
	FindDelivery(ctx context.Context, subscription string, number int64) (*Delivery, error) // ErrNotFound
	// LeaseDelivery takes the first event that waits for a subscription and is due
	// at now, and puts its next attempt off until the end of the lease; ErrNotFound
	// when there is none.
	LeaseDelivery(ctx context.Context, subscription string, now time.Time, lease time.Duration) (*Delivery, error)
	// PostponeDeliveries puts off all that wait for a subscription, as far as they
	// were due earlier.
	PostponeDeliveries(ctx context.Context, subscription string, until time.Time) error
	// GiveUpDeliveries gives up all that wait for a subscription.
	GiveUpDeliveries(ctx context.Context, subscription string, problem Problem, at time.Time) error
	// NextDelivery gives the earliest time at which a delivery is due; the zero time
	// when none waits.
	NextDelivery(ctx context.Context) (time.Time, error)
	ListDeliveries(ctx context.Context, f DeliveryFilter) ([]Delivery, error) // newest event first
}
