// SPDX-License-Identifier: EUPL-1.2

package restapi_test

import (
	"context"
	"time"

	"github.com/samenspel/samenspel/internal/controller/client"
)

// clientEvents asks for each operation of events and the calendar, of a node that
// doesn't act with others.
func (a *api) clientEvents(ctx context.Context, c *client.Client) {
	t := a.t
	ask(c.EventSubscriptions(ctx))(t)
	ask(c.CreateEventSubscription(ctx, client.NewEventSubscription{URL: "https://receiver.example/"}))(t)
	told(t, c.DeleteEventSubscription(ctx, "x"))
	ran(t, c.EventDeliveries(ctx, client.EventDeliveryFilter{SubscriptionID: "x", State: "given_up", Limit: 1}))
	told(t, c.SendEventAgain(ctx, client.NewEventDelivery{SubscriptionID: "x", Number: 1}))
	ask(c.Calendar(ctx, "nl"))(t)
	ask(c.UpcomingMoments(ctx, time.Time{}))(t)
}
