// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// DrawAloneAfter is how long a call-off that both have signed waits for the
// purchasing body before its buyer draws it alone: much longer than a purchasing
// body that is there takes to answer.
const DrawAloneAfter = time.Minute

// DrawOverdue draws alone for those call-offs of this Peer that have waited for
// the purchasing body for [Config.DrawAloneAfter], as far as its own reservation
// goes.
func (d *Desk) DrawOverdue(ctx context.Context) error {
	states, err := d.States(ctx, StateFilter{
		Types: []deed.Type{dossier.TypeCallOff}, States: []rule.State{rule.Pending, stateSigned}, Party: d.cfg.Self,
	})
	if err != nil {
		return err
	}
	for _, s := range states {
		if slices.Contains(s.Overlays, OverlayAllocated) || s.Since > d.now()-int64(d.cfg.DrawAloneAfter/time.Second) {
			continue
		}
		if err := d.drawOverdue(ctx, s.Deed); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) drawOverdue(ctx context.Context, callOff deed.Hash) error {
	v, o, err := d.callOffAt(ctx, callOff)
	if err != nil || dossier.Buyer(o.Deed) != d.cfg.Self {
		return err
	}
	draw, r := drawCommand(o.Deed)
	if r != nil {
		return nil
	}
	own, err := ownReservation(v, frameworkAbove(o.Deed), place{d.cfg.Self, draw.Lot})
	if err != nil || own.underWay != "" || own.left < draw.Quantity {
		return err
	}
	h, err := d.DrawAlone(ctx, callOff)
	if _, refused := errors.AsType[*Refusal](err); refused {
		return nil // it waits for the purchasing body
	}
	if err == nil {
		d.cfg.Logger.Info("the purchasing body doesn't answer; drawn from the own reservation", "call_off", callOff, "deed", h)
	}
	return err
}

// drawAlone looks now and then whether a purchasing body lets us wait.
func (d *Desk) drawAlone(ctx context.Context) {
	tick := time.NewTicker(min(d.cfg.DrawAloneAfter, 10*time.Second))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := d.DrawOverdue(ctx); err != nil && ctx.Err() == nil {
			d.cfg.Logger.Error("collective work failed; trying again", "work", "draw alone", "error", err)
		}
	}
}
