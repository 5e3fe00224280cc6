// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

const (
	// idle is the longest pause between two looks for work; the clock may have
	// brought some.
	idle = time.Second
	// lease is how long a delivery is ours, and maxBackoff the longest pause
	// between two attempts.
	lease      = 30 * time.Second
	maxBackoff = 10 * time.Minute
	atOnce     = 100
)

// Run follows other keepers, folds what comes in, counts for the frameworks of
// this Peer, and sends what is ours on its way, until ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	var g errgroup.Group
	if d.cfg.Remote != nil {
		for _, k := range d.cfg.Follow {
			g.Go(func() error { d.follow(ctx, k); return nil })
		}
		g.Go(func() error { d.every(ctx, "deliver", d.Deliver); return nil })
		g.Go(func() error { d.gossip(ctx); return nil })
	}
	g.Go(func() error { d.every(ctx, "fold", d.Fold); return nil })
	if d.cfg.Calls != nil {
		g.Go(func() error { d.stateUsage(ctx); return nil })
	}
	if d.cfg.DrawAloneAfter > 0 {
		g.Go(func() error { d.drawAlone(ctx); return nil })
	}
	return g.Wait()
}

// every does something at each change, and at least every second.
func (d *Desk) every(ctx context.Context, what string, do func(context.Context) error) {
	tick := time.NewTicker(idle)
	defer tick.Stop()
	for {
		changed := d.Changed()
		if err := do(ctx); err != nil && ctx.Err() == nil {
			d.cfg.Logger.Error("collective work failed; trying again", "work", what, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-tick.C:
		}
	}
}

// Fold brings all projections up to date that are behind, or that the clock has
// overtaken, and hands out what frameworks of this Peer owe.
func (d *Desk) Fold(ctx context.Context) error {
	var due []Dossier
	err := d.cfg.Store.View(ctx, func(tx Tx) (err error) {
		due, err = tx.DueDossiers(ctx, d.now())
		return err
	})
	if err != nil {
		return err
	}
	for _, at := range due {
		if err := d.project(ctx, at.Head.Dossier); err != nil {
			return err
		}
		if err := d.allocate(ctx, at.Head.Dossier); err != nil {
			return err
		}
	}
	return nil
}

// Deliver sends what is ours and due to the keepers.
func (d *Desk) Deliver(ctx context.Context) error {
	var due []Delivery
	err := d.cfg.Store.Update(ctx, func(tx Tx) (err error) {
		due, err = tx.LeaseDeliveries(ctx, d.cfg.Now().UTC(), lease, atOnce)
		return err
	})
	if err != nil {
		return err
	}
	stuck := map[fsc.PeerID]bool{} // what follows waits: it may stand on what didn't arrive
	for _, v := range due {
		if stuck[v.Peer] {
			continue
		}
		sent, err := d.deliver(ctx, v)
		if err != nil {
			return err
		}
		stuck[v.Peer] = !sent
	}
	return nil
}

// deliver makes one attempt and tells whether the next one for this Peer makes
// sense now.
func (d *Desk) deliver(ctx context.Context, v Delivery) (sent bool, err error) {
	it, err := d.item(ctx, v.Subject)
	if err != nil {
		return false, err
	}
	problem := d.cfg.Remote.Put(ctx, v.Peer, it)
	if ctx.Err() != nil {
		return false, nil //nolint:nilerr // stopped; it is sent after the next start
	}
	if problem != nil {
		d.cfg.Logger.Warn("deed can't be delivered", "peer_id", v.Peer, "subject", v.Subject, "attempt", v.Attempts+1, "error", problem)
	}
	_, refused := errors.AsType[*Refused](problem)
	return problem == nil || refused, d.cfg.Store.Update(ctx, func(tx Tx) error {
		if problem == nil {
			return tx.DeleteDelivery(ctx, v.ID)
		}
		v.Attempts++
		v.Problem, v.Refused = problem.Error(), refused
		pause := min(time.Second<<min(v.Attempts, 10), maxBackoff)
		v.NextAt = d.cfg.Now().UTC().Add(pause/2 + rand.N(pause)) //nolint:gosec // jitter
		return tx.PutDelivery(ctx, &v)
	})
}

// item gives a deed or signature as it travels.
func (d *Desk) item(ctx context.Context, h deed.Hash) (it Item, err error) {
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		it, err = itemOf(ctx, tx, h)
		return err
	})
	return it, err
}

func itemOf(ctx context.Context, tx Tx, h deed.Hash) (Item, error) {
	if _, err := h.Type(); err == nil {
		on, err := tx.FindDeed(ctx, h)
		if err != nil {
			return Item{}, err
		}
		return Item{Deed: on.Raw}, nil
	}
	s, err := tx.FindSignature(ctx, h)
	if err != nil {
		return Item{}, err
	}
	chain, err := tx.FindChain(ctx, s.Thumbprint)
	return Item{JWS: s.JWS, Chain: chain}, err
}
