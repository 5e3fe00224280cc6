// SPDX-License-Identifier: EUPL-1.2

package event

import (
	"context"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

// transitionsAtOnce bounds one transaction.
const transitionsAtOnce = 500

// Record makes events of the transitions that came since, and of what clocks of
// frameworks brought, with a delivery to each endpoint that wants them. [Hub.Run]
// does so by itself.
func (h *Hub) Record(ctx context.Context) error {
	for {
		more, err := h.recordTransitions(ctx)
		if err != nil {
			return fmt.Errorf("record transitions: %w", err)
		}
		if !more {
			break
		}
	}
	if !h.timeToLook() {
		return nil
	}
	if err := h.recordClocks(ctx); err != nil {
		return fmt.Errorf("record clocks: %w", err)
	}
	return nil
}

// timeToLook tells whether the clocks weren't looked at for a while: there may be
// many frameworks, and many transitions in a minute.
func (h *Hub) timeToLook() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	if passed := now.Sub(h.looked); passed >= 0 && passed < clockTime {
		return false
	}
	h.looked = now
	return true
}

// recordTransitions records some, and tells whether there may be more.
func (h *Hub) recordTransitions(ctx context.Context) (bool, error) {
	var from Position
	err := h.cfg.Store.View(ctx, func(tx Tx) (err error) {
		from, err = tx.Position(ctx)
		return err
	})
	if err != nil {
		return false, err
	}
	ts, err := h.cfg.Source.Transitions(ctx, from.Transition, transitionsAtOnce)
	if err != nil || len(ts) == 0 {
		return false, err
	}
	err = h.record(ctx, func(r *recording) error {
		for i := range ts {
			// Somebody else may have recorded it in the meantime.
			if ts[i].Number <= r.at.Transition {
				continue
			}
			if err := r.transition(ctx, &ts[i]); err != nil {
				return err
			}
			r.at.Transition = ts[i].Number
		}
		return nil
	})
	return len(ts) == transitionsAtOnce, err
}

// recordClocks looks at all clocks, and writes only when one has struck.
func (h *Hub) recordClocks(ctx context.Context) error {
	all, err := h.cfg.Source.Frameworks(ctx)
	if err != nil {
		return err
	}
	var struck []*Framework
	err = h.cfg.Store.View(ctx, func(tx Tx) error {
		struck = nil
		for i := range all {
			w, err := tx.FindWatch(ctx, all[i].Deed)
			if err != nil {
				return err
			}
			if w.Clock == 0 || len(Due(h.cfg.Zone, &all[i], w.Clock, h.now().Unix())) > 0 {
				struck = append(struck, &all[i])
			}
		}
		return nil
	})
	if err != nil || len(struck) == 0 {
		return err
	}
	return h.record(ctx, func(r *recording) error {
		for _, f := range struck {
			if err := r.clock(ctx, f); err != nil {
				return err
			}
		}
		return nil
	})
}

// record runs one transaction that adds events.
func (h *Hub) record(ctx context.Context, fn func(*recording) error) error {
	err := h.cfg.Store.Update(ctx, func(tx Tx) error {
		at, err := tx.Position(ctx)
		if err != nil {
			return err
		}
		subscribed, err := tx.ListSubscriptions(ctx)
		if err != nil {
			return err
		}
		r := &recording{Tx: tx, hub: h, at: at, now: h.now(), subscribed: subscribed}
		if err := fn(r); err != nil {
			return err
		}
		return tx.PutPosition(ctx, r.at)
	})
	if err == nil {
		poke(h.mail)
	}
	return err
}

// recording is one transaction that adds events.
type recording struct {
	Tx
	hub        *Hub
	at         Position
	now        time.Time
	subscribed []Subscription
}

func (r *recording) transition(ctx context.Context, t *Transition) error {
	w, err := r.FindWatch(ctx, t.Deed)
	if err != nil {
		return err
	}
	for _, what := range eventsOf(t, w.Overlays) {
		if err := r.add(ctx, t.Deed, what); err != nil {
			return err
		}
	}
	if len(w.Overlays) == 0 && len(t.Overlays) == 0 {
		return nil
	}
	w.Overlays = t.Overlays
	return r.PutWatch(ctx, w)
}

func (r *recording) clock(ctx context.Context, f *Framework) error {
	w, err := r.FindWatch(ctx, f.Deed)
	if err != nil {
		return err
	}
	zone, now := r.hub.cfg.Zone, r.now.Unix()
	due := firstSight(zone, f, now)
	if w.Clock != 0 {
		due = Due(zone, f, w.Clock, now)
	}
	for _, m := range due {
		if err := r.add(ctx, f.Deed, m.happened()); err != nil {
			return err
		}
	}
	w.Clock = max(w.Clock, now)
	return r.PutWatch(ctx, w)
}

// add records an event and puts it in the outbox of who wants it.
func (r *recording) add(ctx context.Context, subject deed.Hash, what happened) error {
	e := Event{
		Number: r.at.Number + 1, ID: idOf(r.hub.source, what.typ, subject, what.key), Type: what.typ, Subject: subject, At: r.now,
	}
	added, err := r.AddEvent(ctx, &e)
	if err != nil || !added {
		return err
	}
	r.at.Number = e.Number
	for i := range r.subscribed {
		if !r.subscribed[i].Wants(e.Type) {
			continue
		}
		d := Delivery{Subscription: r.subscribed[i].ID, Event: e, State: Waiting, NextAt: r.now}
		if err := r.PutDelivery(ctx, &d); err != nil {
			return err
		}
	}
	return nil
}
