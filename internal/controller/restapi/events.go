// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"net/http"
	"time"

	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (s *server) eventHandlers() map[string]handler {
	return map[string]handler{
		"listEventSubscriptions": s.listEventSubscriptions, "createEventSubscription": s.createEventSubscription,
		"deleteEventSubscription": s.deleteEventSubscription, "listEventDeliveries": s.listEventDeliveries,
		"createEventDelivery": s.createEventDelivery, "getCalendar": s.getCalendar, "listUpcomingMoments": s.listUpcomingMoments,
	}
}

func eventSubscriptionOf(v controller.EventSubscription) client.EventSubscription {
	return client.EventSubscription{ID: v.ID, URL: v.URL, Types: v.Types, CreatedAt: utc(v.CreatedAt), EndedAt: utc(v.EndedAt), Ended: v.Ended}
}

func eventDeliveryOf(d controller.EventDelivery) client.EventDelivery {
	return client.EventDelivery{
		SubscriptionID: d.SubscriptionID, Host: d.Host, Number: d.Number, EventID: d.EventID, Type: d.Type, Deed: string(d.Deed), At: utc(d.At),
		State: d.State, Attempts: d.Attempts, NextAt: utc(d.NextAt), DoneAt: utc(d.DoneAt), Problem: d.Problem, Status: d.Status,
	}
}

func (s *server) listEventSubscriptions(c *call) (*reply, error) {
	all, err := s.act.EventSubscriptions(c.ctx(), c.actor)
	if err != nil {
		return nil, err
	}
	return whole(c, each(all, eventSubscriptionOf))
}

func (s *server) createEventSubscription(c *call) (*reply, error) {
	in, err := decode[client.NewEventSubscription](c)
	if err != nil {
		return nil, err
	}
	v, secret, err := s.act.SubscribeEvents(c.ctx(), c.actor, in.URL, in.Types)
	if err != nil {
		return nil, err
	}
	return made(client.MadeEventSubscription{EventSubscription: eventSubscriptionOf(*v), Secret: secret}, "/event-subscriptions/"+v.ID)
}

func (s *server) deleteEventSubscription(c *call) (*reply, error) {
	if err := s.act.UnsubscribeEvents(c.ctx(), c.actor, c.path["id"]); err != nil {
		return nil, err
	}
	return gone()
}

func (s *server) listEventDeliveries(c *call) (*reply, error) {
	after, before, err := c.cursor()
	if err != nil {
		return nil, err
	}
	if before != "" {
		return nil, wrongCursor()
	}
	f := controller.EventFilter{SubscriptionID: c.text("subscriptionId"), State: c.text("state"), Limit: c.limit()}
	if f.Before, err = sequenceOf(after); err != nil {
		return nil, err
	}
	found, err := s.act.EventDeliveries(c.ctx(), c.actor, f)
	if err != nil {
		return nil, err
	}
	return page(c, each(found.Deliveries, eventDeliveryOf), 0, next(sequenceKey(found.Next)), "")
}

func (s *server) createEventDelivery(c *call) (*reply, error) {
	in, err := decode[client.NewEventDelivery](c)
	if err != nil {
		return nil, err
	}
	if err := s.act.SendEventAgain(c.ctx(), c.actor, in.SubscriptionID, in.Number); err != nil {
		return nil, err
	}
	return &reply{status: http.StatusAccepted, body: in}, nil
}

func (s *server) getCalendar(c *call) (*reply, error) {
	text, err := s.act.Calendar(c.ctx(), c.actor, c.text("language") == "nl", nil)
	if err != nil {
		return nil, err
	}
	return done(client.Calendar{MediaType: "text/calendar", Text: string(text)})
}

// upcomingMonths is how far ahead moments are listed by default: past the first
// warning of what ends.
const upcomingMonths = 24

func (s *server) listUpcomingMoments(c *call) (*reply, error) {
	until := c.moment("until")
	if until.IsZero() {
		until = s.cfg.Now().AddDate(0, upcomingMonths, 0)
	}
	all, err := s.act.UpcomingMoments(c.ctx(), c.actor, until)
	if err != nil {
		return nil, err
	}
	return whole(c, each(all, func(m controller.UpcomingMoment) client.UpcomingMoment {
		return client.UpcomingMoment{At: utc(m.At), Kind: m.Kind, Months: m.Months, Deed: string(m.Deed), Name: m.Name, End: m.End.UTC().Truncate(time.Second)}
	}))
}
