// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"time"
)

// consumeRetry is the pause after a transition that couldn't be dealt with.
const consumeRetry = 2 * time.Second

// Consume hands each transition to do, in order and at least once, until ctx
// ends. How far it has come is kept under the name. What fails is tried again,
// and those behind it wait.
func (d *Desk) Consume(ctx context.Context, name string, do func(context.Context, Transition) error) {
	for ctx.Err() == nil {
		changed := d.Changed()
		done, err := d.consumeSome(ctx, name, do)
		pause := idle
		switch {
		case err != nil && ctx.Err() == nil:
			d.cfg.Logger.Error("transition can't be dealt with; trying again", "reader", name, "error", err)
			changed, pause = nil, consumeRetry
		case done:
			continue
		}
		select {
		case <-ctx.Done():
		case <-changed:
		case <-time.After(pause):
		}
	}
}

// consumeSome deals with what there is, and tells whether there was any.
func (d *Desk) consumeSome(ctx context.Context, name string, do func(context.Context, Transition) error) (bool, error) {
	var some []Transition
	err := d.cfg.Store.View(ctx, func(tx Tx) error {
		at, err := tx.Cursor(ctx, name)
		if err != nil {
			return err
		}
		some, err = tx.ListTransitions(ctx, at, atOnce)
		return err
	})
	if err != nil {
		return false, err
	}
	for _, t := range some {
		if err := do(ctx, t); err != nil {
			return true, err
		}
		err := d.cfg.Store.Update(ctx, func(tx Tx) error { return tx.PutCursor(ctx, name, t.Number) })
		if err != nil {
			return true, err
		}
	}
	return len(some) > 0, nil
}
