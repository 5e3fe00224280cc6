// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/event"
	"github.com/samenspel/samenspel/internal/operator"
)

// The acts on endpoints of events in the audit trail.
const (
	actSubscribe   = "event.subscribe"
	actUnsubscribe = "event.unsubscribe"
	actSendAgain   = "event.send_again"
)

const (
	// maxEventPage is how many deliveries a page has at most.
	maxEventPage = 200
	// maxSubscribers is how many deliveries of one event can stand beside each other
	// at the end of a page.
	maxSubscribers = 100
)

// EventSubscription is an endpoint of this organisation that is told what
// happens to deeds.
type EventSubscription struct {
	ID  string
	URL string // may hold a secret of the receiver
	// Types are the types of events, or their beginnings; empty: all.
	Types     []string
	CreatedAt time.Time
	// EndedAt is zero while it runs; Ended is then removed (by us) or gone (the
	// endpoint said so).
	EndedAt time.Time
	Ended   string
}

// EventDelivery is an event on its way to an endpoint.
type EventDelivery struct {
	SubscriptionID string
	Host           string // of the endpoint; empty for one that isn't known any more
	// Number is the place of the event among all events of this node, and EventID
	// what the receiver knows it by.
	Number  int64
	EventID string
	Type    string
	Deed    deed.Hash
	At      time.Time // when the event was recorded
	// State is waiting, delivered or given_up.
	State    string
	Attempts int
	NextAt   time.Time // while it waits
	DoneAt   time.Time
	// Problem is what the last attempt came to: connection, timeout, tls, private,
	// redirect, status or ended; empty when it went well. Status is that of the last
	// answer; 0: there was none.
	Problem string
	Status  int
}

// EventFilter selects deliveries; zero fields don't filter.
type EventFilter struct {
	SubscriptionID string
	State          string
	Before         int64 // number of the event
	Limit          int   // default and at most 200
}

// EventPage is a part of the deliveries, newest event first.
type EventPage struct {
	Deliveries []EventDelivery
	Next       int64 // for EventFilter.Before; 0: there are no more
}

// TellsEvents tells whether this node tells endpoints what happens to deeds.
func (c *Controller) TellsEvents() bool { return c.cfg.Events != nil }

// hub gives what sends events, to who has the permission.
func (c *Controller) hub(a operator.Actor) (*event.Hub, error) {
	if err := c.view(a, operator.PermissionEvents); err != nil {
		return nil, err
	}
	if c.cfg.Events == nil {
		return nil, notFound("this node doesn't act together with others; see collective in its configuration")
	}
	return c.cfg.Events, nil
}

// EventSubscriptions lists the endpoints, those that ended too, oldest first.
func (c *Controller) EventSubscriptions(ctx context.Context, a operator.Actor) ([]EventSubscription, error) {
	hub, err := c.hub(a)
	if err != nil {
		return nil, err
	}
	all, err := hub.List(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]EventSubscription, 0, len(all))
	for i := range all {
		out = append(out, subscriptionOf(&all[i]))
	}
	return out, nil
}

func subscriptionOf(s *event.Subscription) EventSubscription {
	return EventSubscription{ID: s.ID, URL: s.URL, Types: s.Types, CreatedAt: s.CreatedAt, EndedAt: s.EndedAt, Ended: string(s.Ended)}
}

// SubscribeEvents adds an endpoint and gives the secret by which it knows what
// comes from us. The secret is shown this once. Types are those it wants, or their
// beginnings; none: all.
func (c *Controller) SubscribeEvents(ctx context.Context, a operator.Actor, address string, types []string) (*EventSubscription, string, error) {
	// The trail is read by more people than may see an address with a secret in it.
	e := operator.Event{Act: actSubscribe, Object: hostOf(address), Changes: []operator.Change{{Field: "types", After: strings.Join(types, ", ")}}}
	var made *event.Subscription
	err := c.act(ctx, a, operator.PermissionEvents, e, func() error {
		hub, err := c.hub(a)
		if err != nil {
			return err
		}
		made, err = hub.Subscribe(ctx, strings.TrimSpace(address), types)
		return toldEvent(err)
	})
	if err != nil {
		return nil, "", err
	}
	s := subscriptionOf(made)
	return &s, made.Secret.Reveal(), nil
}

// UnsubscribeEvents ends a subscription; what waits for it isn't sent any more.
func (c *Controller) UnsubscribeEvents(ctx context.Context, a operator.Actor, id string) error {
	return c.act(ctx, a, operator.PermissionEvents, operator.Event{Act: actUnsubscribe, Object: id}, func() error {
		hub, err := c.hub(a)
		if err != nil {
			return err
		}
		return toldEvent(hub.Unsubscribe(ctx, id))
	})
}

// SendEventAgain makes one attempt now to deliver an event that was given up, or
// that waits.
func (c *Controller) SendEventAgain(ctx context.Context, a operator.Actor, subscription string, number int64) error {
	e := operator.Event{Act: actSendAgain, Object: subscription, Changes: []operator.Change{{Field: "number", After: strconv.FormatInt(number, 10)}}}
	return c.act(ctx, a, operator.PermissionEvents, e, func() error {
		hub, err := c.hub(a)
		if err != nil {
			return err
		}
		return toldEvent(hub.SendAgain(ctx, subscription, number))
	})
}

// EventDeliveries lists what was sent, waits or was given up.
func (c *Controller) EventDeliveries(ctx context.Context, a operator.Actor, f EventFilter) (*EventPage, error) {
	hub, err := c.hub(a)
	if err != nil {
		return nil, err
	}
	if f.Limit <= 0 || f.Limit > maxEventPage {
		f.Limit = maxEventPage
	}
	all, err := hub.Sent(ctx, event.DeliveryFilter{
		Subscription: f.SubscriptionID, State: event.DeliveryState(f.State), Before: f.Before, Limit: f.Limit + maxSubscribers,
	})
	if err != nil {
		return nil, err
	}
	known, err := hub.List(ctx)
	if err != nil {
		return nil, err
	}
	hosts := map[string]string{}
	for i := range known {
		hosts[known[i].ID] = hostOf(known[i].URL)
	}
	p := &EventPage{}
	for i := range all {
		// The next page begins with another event, so this one has all of its deliveries.
		if i >= f.Limit && all[i].Event.Number != all[i-1].Event.Number {
			p.Next = all[i-1].Event.Number
			break
		}
		p.Deliveries = append(p.Deliveries, deliveryOf(&all[i], hosts))
	}
	return p, nil
}

func deliveryOf(d *event.Delivery, hosts map[string]string) EventDelivery {
	out := EventDelivery{
		SubscriptionID: d.Subscription, Host: hosts[d.Subscription], Number: d.Event.Number, EventID: d.Event.ID, Type: d.Event.Type,
		Deed: d.Event.Subject, At: d.Event.At, State: string(d.State), Attempts: d.Attempts, DoneAt: d.DoneAt,
		Problem: string(d.Problem), Status: d.Status,
	}
	if d.State == event.Waiting {
		out.NextAt = d.NextAt
	}
	return out
}

// hostOf gives the part of an address that holds no secret.
func hostOf(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return ""
	}
	return u.Host
}

// toldEvent turns refusals into errors that people can be told.
func toldEvent(err error) error {
	if errors.Is(err, event.ErrNotFound) {
		return notFound("there is no such endpoint or delivery, or the endpoint was removed")
	}
	r, ok := errors.AsType[*event.Refusal](err)
	switch {
	case !ok:
		return err
	case r.Field == "":
		return &operator.Error{Kind: operator.KindConflict, Field: "url", Text: r.Detail}
	}
	return invalid(r.Field, r.Detail)
}
