// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"errors"
	"strconv"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/operator"
)

const (
	actStateUsage = "usage.state"
	actAgreeUsage = "usage.agree"
)

// Usage lists the months of a call-off with what both sides state of them, the
// newest first.
func (c *Controller) Usage(ctx context.Context, a operator.Actor, callOff deed.Hash, p Place) (Window[collective.UsageMonth], error) {
	none := Window[collective.UsageMonth]{}
	if _, _, err := c.oneCallOff(ctx, a, callOff); err != nil {
		return none, err
	}
	all, err := c.cfg.Collective.Usage(ctx, callOff)
	if err != nil {
		return none, told(err)
	}
	return cut(all, func(m collective.UsageMonth) string { return m.Month.String() }, p), nil
}

// UsageMonth gives one month, written like 2026-11, with what came of the
// comparison with the other side.
func (c *Controller) UsageMonth(ctx context.Context, a operator.Actor, callOff deed.Hash, month string) (*collective.UsageMonth, error) {
	if _, _, err := c.oneCallOff(ctx, a, callOff); err != nil {
		return nil, err
	}
	m, err := usage.ParseMonth(month)
	if err != nil {
		return nil, toldUsage(err)
	}
	got, err := c.cfg.Collective.UsageReport(ctx, callOff, m)
	return got, toldUsage(err)
}

// StateUsage states the calls of a month that is over, or in which the call-off has
// ended, and compares them with the
// other side when both have stated the month and differ. Of a month that runs it
// only counts, which leaves no trace.
func (c *Controller) StateUsage(ctx context.Context, a operator.Actor, callOff deed.Hash, month string) (got *collective.UsageMonth, err error) {
	before, err := c.UsageMonth(ctx, a, callOff, month)
	if err != nil {
		return nil, err
	}
	e := operator.Event{Act: actStateUsage, Object: string(callOff), Changes: []operator.Change{{Field: "month", After: month}}}
	err = c.actWith(ctx, a, operator.PermissionSign, e, func(ctx context.Context, e *operator.Event) error {
		if got, err = c.cfg.Collective.SettleMonth(ctx, callOff, before.Month); err != nil {
			return toldUsage(err)
		}
		if got.Word != before.Word {
			e.Changes = append(e.Changes, operator.Change{Field: "state", Before: string(before.Word), After: string(got.Word)})
		}
		return nil
	})
	return got, err
}

// UsageAgreement is the number of calls by which somebody wants to settle a month,
// and why.
type UsageAgreement struct {
	Month  string // as 2006-01
	Count  int64
	Reason string
}

// AgreeUsage settles a month in which both sides differ by a number of calls. It
// signs the settlement that the other side proposed with this number, or proposes
// one.
func (c *Controller) AgreeUsage(ctx context.Context, a operator.Actor, callOff deed.Hash, by UsageAgreement) (*collective.UsageMonth, error) {
	before, err := c.UsageMonth(ctx, a, callOff, by.Month)
	if err != nil {
		return nil, err
	}
	e := operator.Event{Act: actAgreeUsage, Object: string(callOff), Changes: []operator.Change{
		{Field: "month", After: by.Month}, {Field: "count", After: strconv.FormatInt(by.Count, 10)},
	}}
	err = c.actWith(ctx, a, operator.PermissionSign, e, func(ctx context.Context, _ *operator.Event) error {
		_, err := c.cfg.Collective.AgreeMonth(ctx, callOff, before.Month, by.Count, by.Reason)
		return toldUsage(err)
	})
	if err != nil {
		return nil, err
	}
	return c.UsageMonth(ctx, a, callOff, by.Month)
}

// Savings gives what the group under a framework saved and needs together. Who keeps
// the framework is asked; a supplier isn't told.
func (c *Controller) Savings(ctx context.Context, a operator.Actor, framework deed.Hash) (*collective.Savings, error) {
	desk, err := c.desk(a, operator.PermissionRead)
	if err != nil {
		return nil, err
	}
	got, err := desk.Savings(ctx, framework)
	return got, told(err)
}

// toldUsage is told, and knows what package usage refuses.
func toldUsage(err error) error {
	if r, ok := errors.AsType[*usage.Refusal](err); ok {
		return invalid(r.Field, r.Detail)
	}
	return told(err)
}
