// SPDX-License-Identifier: EUPL-1.2

package event

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// Source is where events come from.
type Source interface {
	// Transitions lists transitions after a number, in order.
	Transitions(ctx context.Context, after int64, limit int) ([]Transition, error)
	// Frameworks lists those that run or are to begin.
	Frameworks(ctx context.Context) ([]Framework, error)
}

// Client sends notifications; [NewClient] gives one that is safe to use.
type Client interface {
	Do(r *http.Request) (*http.Response, error)
}

// Config is what a Hub is made of. All fields are required unless noted.
type Config struct {
	Self   fsc.PeerID // its OIN is in the source of every event
	Store  Store
	Source Source
	Client Client
	Zone   *time.Location // Europe/Amsterdam
	// DataRef gives where a deed can be fetched over the layer, a URI reference;
	// empty, or nil: not said.
	DataRef func(deed.Hash) string
	// Reach is that of the client, for addresses that are written in figures.
	Reach Reach
	// Plain allows http beside https; for the fieldlab only.
	Plain bool
	// Settled is told of each delivery that was delivered or given up, after it was
	// kept; nil: nobody.
	Settled func(Delivery)
	Now     func() time.Time
	Logger  *slog.Logger
}

// Hub records events and tells the subscribed endpoints. It is safe for
// concurrent use. Make one with [New].
type Hub struct {
	cfg    Config
	source string
	news   chan struct{} // there are transitions
	mail   chan struct{} // there are deliveries

	mu     sync.Mutex
	looked time.Time // when the clocks were looked at
}

const (
	// clockTime is the pause between two looks at the clocks.
	clockTime = time.Minute
	// keepTime is how long events and their deliveries can be looked up, and
	// pruneTime how often they are looked through.
	keepTime  = 90 * 24 * time.Hour
	pruneTime = time.Hour
)

// New makes a Hub. It starts nothing; see [Hub.Run].
func New(cfg Config) (*Hub, error) {
	switch {
	case cfg.Self == "" || cfg.Store == nil || cfg.Source == nil || cfg.Client == nil:
		return nil, errors.New("events: Self, Store, Source and Client are required")
	case cfg.Now == nil || cfg.Logger == nil || cfg.Zone == nil:
		return nil, errors.New("events: Now, Logger and Zone are required")
	}
	if cfg.DataRef == nil {
		cfg.DataRef = func(deed.Hash) string { return "" }
	}
	if cfg.Settled == nil {
		cfg.Settled = func(Delivery) {}
	}
	return &Hub{cfg: cfg, source: SourceOf(cfg.Self), news: make(chan struct{}, 1), mail: make(chan struct{}, 1)}, nil
}

// Notify tells that there may be transitions to read; it never waits.
func (h *Hub) Notify() { poke(h.news) }

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// now is what is stored: whole seconds, so that what is read back is equal.
func (h *Hub) now() time.Time { return h.cfg.Now().UTC().Truncate(time.Second) }

// Run records and delivers until ctx ends. What goes wrong is logged and tried
// again; it returns nil.
func (h *Hub) Run(ctx context.Context) error {
	var g errgroup.Group
	g.Go(func() error { h.keepRecording(ctx); return nil })
	g.Go(func() error { h.keepDelivering(ctx); return nil })
	g.Go(func() error { h.keepPruning(ctx); return nil })
	return g.Wait()
}

func (h *Hub) keepRecording(ctx context.Context) {
	for ctx.Err() == nil {
		if err := h.Record(ctx); err != nil && ctx.Err() == nil {
			h.cfg.Logger.ErrorContext(ctx, "events can't be recorded; trying again", "error", err)
		}
		wait(ctx, h.news, clockTime)
	}
}

func (h *Hub) keepDelivering(ctx context.Context) {
	for ctx.Err() == nil {
		pause, err := h.deliverAll(ctx)
		if err != nil && ctx.Err() == nil {
			h.cfg.Logger.ErrorContext(ctx, "events can't be delivered; trying again", "error", err)
			pause = firstPause
		}
		wait(ctx, h.mail, pause)
	}
}

// deliverAll delivers what is due and tells how long nothing will be.
func (h *Hub) deliverAll(ctx context.Context) (time.Duration, error) {
	if err := h.Deliver(ctx); err != nil {
		return 0, err
	}
	var next time.Time
	err := h.cfg.Store.View(ctx, func(tx Tx) (err error) {
		next, err = tx.NextDelivery(ctx)
		return err
	})
	if err != nil || next.IsZero() {
		return clockTime, err
	}
	return min(max(next.Sub(h.cfg.Now()), 100*time.Millisecond), clockTime), nil
}

func (h *Hub) keepPruning(ctx context.Context) {
	never := make(chan struct{})
	for ctx.Err() == nil {
		before := h.now().Add(-keepTime)
		err := h.cfg.Store.Update(ctx, func(tx Tx) error { return tx.Prune(ctx, before) })
		if err != nil && ctx.Err() == nil {
			h.cfg.Logger.ErrorContext(ctx, "old events can't be pruned; trying again", "error", err)
		}
		wait(ctx, never, pruneTime)
	}
}

// wait returns when there is something to do, and at the latest after pause.
func wait(ctx context.Context, wake <-chan struct{}, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-wake:
	case <-timer.C:
	}
}
