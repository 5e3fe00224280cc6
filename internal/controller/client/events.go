// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"iter"
	"net/url"
	"time"
)

// EventSubscriptions lists the endpoints that are told what happens to deeds,
// those that ended too.
func (c *Client) EventSubscriptions(ctx context.Context) ([]EventSubscription, error) {
	p, err := read[Page[EventSubscription]](ctx, c, "/event-subscriptions", nil)
	return p.Items, err
}

// CreateEventSubscription adds an endpoint. Its secret is given this once, so the
// request isn't sent twice.
func (c *Client) CreateEventSubscription(ctx context.Context, n NewEventSubscription) (MadeEventSubscription, error) {
	return perform[MadeEventSubscription](ctx, c, "/event-subscriptions", n)
}

// DeleteEventSubscription ends a subscription.
func (c *Client) DeleteEventSubscription(ctx context.Context, id string) error {
	return c.remove(ctx, at("event-subscriptions", id), If{})
}

// EventDeliveryFilter selects deliveries of events; zero fields don't filter.
type EventDeliveryFilter struct {
	SubscriptionID string
	State          string // waiting, delivered or given_up
	Limit          int    // of one page
}

// EventDeliveries lists what was sent, waits or was given up, newest event first.
func (c *Client) EventDeliveries(ctx context.Context, f EventDeliveryFilter) iter.Seq2[EventDelivery, error] {
	q := query{}.text("subscriptionId", f.SubscriptionID).text("state", f.State).limit(f.Limit)
	return all[EventDelivery](ctx, c, "/event-deliveries", url.Values(q))
}

// SendEventAgain makes one attempt now to deliver an event.
func (c *Client) SendEventAgain(ctx context.Context, d NewEventDelivery) error {
	_, err := perform[NewEventDelivery](ctx, c, "/event-deliveries", d)
	return err
}

// Calendar gives what the organisation has to do with as iCalendar; language is
// nl or en.
func (c *Client) Calendar(ctx context.Context, language string) (Calendar, error) {
	return read[Calendar](ctx, c, "/calendar", url.Values(query{}.text("language", language)))
}

// UpcomingMoments lists what the clock alone will bring to frameworks; zero: for
// two years.
func (c *Client) UpcomingMoments(ctx context.Context, until time.Time) ([]UpcomingMoment, error) {
	p, err := read[Page[UpcomingMoment]](ctx, c, "/upcoming-moments", url.Values(query{}.moment("until", until)))
	return p.Items, err
}
