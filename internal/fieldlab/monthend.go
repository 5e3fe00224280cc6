// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"context"
	"fmt"
	"strconv"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/usage"
)

// usageAgreed: the call-off of Duinwijk has ended, so its last month can be stated. Both
// sides count their own log, and neither shows it to the other.
func (f *federation) usageAgreed(ctx context.Context, c *chapter) error {
	callOff, there, err := find(ctx, f.duinwijk, collective.StateFilter{
		Types: []deed.Type{dossier.TypeCallOff}, Party: f.duinwijk.id,
	}, collective.CallOffState, collective.WordTerminated)
	if err != nil {
		return err
	}
	if !there {
		return notNow("there is no call-off that has ended")
	}
	c.add("call_off", string(callOff))
	months, err := f.duinwijk.desk().Usage(ctx, callOff)
	if err != nil {
		return err
	}
	for _, m := range months { // two when the month turned while the tale was played
		agreed, err := f.stateMonth(ctx, callOff, m.Month)
		if err != nil {
			return err
		}
		c.add("month", m.Month.String())
		c.add("count", strconv.FormatInt(agreed.Buyer.Count, 10))
		c.add("root", agreed.Buyer.Root.String())
		f.out.step("%s and %s each stated the usage of %s from their own logs: %d calls, root %s; both sides agree",
			f.duinwijk.name, f.supplier.name, m.Month, agreed.Buyer.Count, shorten(agreed.Buyer.Root.String(), 12))
	}
	return nil
}

// stateMonth has both sides of a call-off state a month, and waits until both see
// that they agree.
func (f *federation) stateMonth(ctx context.Context, callOff deed.Hash, month usage.Month) (*collective.UsageMonth, error) {
	sides := []*member{f.duinwijk, f.supplier}
	for _, m := range sides {
		if err := awaitDeed(ctx, m, callOff, collective.CallOffState, collective.WordTerminated); err != nil {
			return nil, err
		}
		err := poll(ctx, func() (bool, error) { // until the keeper's receipt of the end is here
			stated, err := m.desk().SettleMonth(ctx, callOff, month)
			return err == nil && stated.Word != collective.UsageRunning, err
		})
		if err != nil {
			return nil, fmt.Errorf("%s states %s: %w", m.name, month, err)
		}
	}
	var seen *collective.UsageMonth
	for _, m := range sides {
		err := poll(ctx, func() (bool, error) {
			var err error
			seen, err = m.desk().UsageReport(ctx, callOff, month)
			if err == nil && seen.Word == collective.UsageDisputed {
				err = fmt.Errorf("%d calls at the buyer and %d at the supplier: the sides differ", seen.Buyer.Count, seen.Supplier.Count)
			}
			return err == nil && seen.Word == collective.UsageAgreed, err
		})
		if err != nil {
			return nil, fmt.Errorf("%s doesn't see the usage of %s agreed: %w", m.name, month, err)
		}
	}
	return seen, nil
}
