// SPDX-License-Identifier: EUPL-1.2

package event_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective/event"
)

func TestAHubThatRunsTellsAtOnceAndStops(t *testing.T) {
	d, r := newDesk(t, func(c *event.Config) { c.Now = time.Now }), newReceiver(t)
	got := make(chan struct{}, 10)
	r.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		got <- struct{}{}
	}
	d.subscribe(t, r.URL)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	for range 3 {
		d.feed.add(went(112, "in_force", "live"))
		d.Notify()
		<-got
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestWhatWasLeftInTheOutboxGoesOutAfterAStart(t *testing.T) {
	d, r := newDesk(t, nil), newReceiver(t)
	d.subscribe(t, r.URL)
	d.feed.add(went(112, "in_force", "live"))
	if err := d.Record(t.Context()); err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	r.answer = func(http.ResponseWriter, *http.Request) { stop() }
	_ = d.Deliver(stopped) // ends in the middle of an attempt
	r.answers(http.StatusNoContent)
	d.pass(time.Minute)
	d.work(t)
	ds := d.sent(t, event.DeliveryFilter{})
	if len(ds) != 1 || ds[0].State != event.Delivered || r.got[0].ID != r.got[len(r.got)-1].ID {
		t.Errorf("kept as %+v, got %+v", ds, r.got)
	}
}

func TestAHubNeedsItsParts(t *testing.T) {
	if _, err := event.New(event.Config{Self: self}); err == nil {
		t.Error("a hub without a store was made")
	}
}
