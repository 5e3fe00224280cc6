// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"errors"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/txlog/idset"
)

// Partner asks others about usage, over the layer.
type Partner interface {
	// AskUsage puts a question to the other side. Errors that won't go away by
	// trying again are or wrap [*Refused].
	AskUsage(ctx context.Context, to fsc.PeerID, callOff deed.Hash, m usage.Month, q *usage.Question) (*usage.Answer, error)
	// AskSavings asks who keeps a framework what its buyers saved and need together.
	// Errors are as of AskUsage.
	AskSavings(ctx context.Context, keeper fsc.PeerID, framework deed.Hash) (*Savings, error)
}

// askPause is the least time between two questions of one comparison: the other
// side takes so many a second and no more.
const askPause = 50 * time.Millisecond

// compareMonth looks which calls only one side has, and keeps what came of it. What
// stands in the way is part of the report; an error is a fault of this node.
func (d *Desk) compareMonth(ctx context.Context, f *usageFile, m *UsageMonth) error {
	r := &UsageReport{CallOff: m.CallOff, Month: m.Month, At: d.now()}
	difference, err := d.difference(ctx, f, m)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		r.Problem = err.Error()
		d.cfg.Logger.Warn("usage can't be compared", "peer_id", f.other, "call_off", m.CallOff, "month", m.Month.String(), "error", err)
	default:
		r.Difference = difference
	}
	m.Report = r
	return d.keep(ctx, r)
}

func (d *Desk) keep(ctx context.Context, r *UsageReport) error {
	return d.cfg.Store.Update(ctx, func(tx Tx) error { return tx.PutUsageReport(ctx, r) })
}

func (d *Desk) difference(ctx context.Context, f *usageFile, m *UsageMonth) (*usage.Report, error) {
	if d.cfg.Partner == nil {
		return nil, errors.New("this node can't ask other Peers")
	}
	own, err := d.counted(ctx, f, m)
	if err != nil {
		return nil, err
	}
	their := f.their(m)
	pause := time.NewTicker(askPause)
	defer pause.Stop()
	return idset.Diff(own, usage.Summary{Count: their.Count, Root: their.Root}, func(q *usage.Question) (*usage.Answer, error) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-pause.C:
		}
		return d.cfg.Partner.AskUsage(ctx, f.other, m.CallOff, m.Month, q)
	})
}

// asked finds the month that another Peer asks about, for which it has to be the
// other side of the call-off.
func (d *Desk) asked(ctx context.Context, from fsc.PeerID, callOff deed.Hash, m usage.Month) (*usageFile, *UsageMonth, error) {
	f, err := d.usageOf(ctx, callOff)
	if err != nil {
		return nil, nil, ErrNotFound
	}
	if f.role == "" || f.other != from {
		return nil, nil, &Refusal{Code: CodeSide, Detail: "usage is between the buyer and the supplier of a call-off; it isn't told to others"}
	}
	from0, until, err := d.months(m.Year, m.Month)
	if err != nil || !f.inForce(from0, until) {
		return nil, nil, ErrNotFound
	}
	month := f.month(m)
	month.Word = f.word(month, until)
	return f, month, nil
}

// StatedUsage gives the other side of a call-off the hash of our statement about a
// month, which it can look for at the keeper. It is [ErrNotFound] when there is
// none yet, and a [*Refusal] for anybody else.
func (d *Desk) StatedUsage(ctx context.Context, from fsc.PeerID, callOff deed.Hash, m usage.Month) (*UsageSide, error) {
	f, month, err := d.asked(ctx, from, callOff, m)
	if err != nil {
		return nil, err
	}
	if own := f.own(month); own != nil {
		return own, nil
	}
	return nil, ErrNotFound
}

// AnswerUsage answers a question of the other side of a call-off about a month,
// in which both have stated their calls and differ: nothing is told of a month
// that is agreed, or to who hasn't signed for its own calls.
func (d *Desk) AnswerUsage(ctx context.Context, from fsc.PeerID, callOff deed.Hash, m usage.Month, q *usage.Question) (*usage.Answer, error) {
	f, month, err := d.asked(ctx, from, callOff, m)
	if err != nil {
		return nil, err
	}
	switch month.Word {
	case UsageDisputed, UsageSettling:
	case UsageOpen, UsageStated, UsageRunning:
		// The other statement may be on its way here.
		return nil, &Refusal{Code: CodeUnknown, Detail: "not both statements of " + m.String() + " are known here yet"}
	default:
		return nil, &Refusal{Code: CodeOutdated, Detail: m.String() + " is " + string(month.Word) + ", so there is nothing to compare"}
	}
	t, err := d.counted(ctx, f, month)
	if err != nil {
		return nil, err
	}
	return t.Answer(q), nil
}

const (
	// usageMargin is how long after a month, or the end of the call-off in it, the job
	// waits before it states it: the last calls get their records, and logs come in.
	usageMargin = 48 * time.Hour
	// usageBack is how many months the job goes back. Of older ones the log may
	// have been tidied; people state them if they know it is whole.
	usageBack = 3
	// usageEvery is the pause between two rounds of the job.
	usageEvery = 15 * time.Minute
)

// stateUsage does [Desk.SettleMonths] again and again, until ctx ends.
func (d *Desk) stateUsage(ctx context.Context) {
	tick := time.NewTicker(usageEvery)
	defer tick.Stop()
	for {
		if err := d.SettleMonths(ctx); err != nil && ctx.Err() == nil {
			d.cfg.Logger.Error("usage can't be stated; trying again", "error", err)
		}
		d.trees.clear()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// SettleMonths states the months that ended at least two days ago, by their own end
// or that of the call-off, of the last three, for all call-offs with connections of which this Peer is buyer or
// supplier, and compares those in which both sides differ.
func (d *Desk) SettleMonths(ctx context.Context) error {
	mine, err := d.States(ctx, StateFilter{
		Types: []deed.Type{dossier.TypeCallOff}, States: []rule.State{stateSigned, stateTerminated, stateCompleted}, Party: d.cfg.Self,
	})
	if err != nil {
		return err
	}
	var problems []error
	for i := range mine {
		if err := d.settleCallOff(ctx, mine[i].Deed); err != nil {
			problems = append(problems, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return errors.Join(problems...)
}

func (d *Desk) settleCallOff(ctx context.Context, callOff deed.Hash) error {
	f, err := d.usageOf(ctx, callOff)
	if err != nil || f.role == "" || len(f.bindings) == 0 {
		return err
	}
	all, err := d.monthsOf(f)
	if err != nil {
		return err
	}
	for _, m := range all[max(0, len(all)-usageBack-1):] {
		_, until, err := d.months(m.Month.Year, m.Month.Month)
		if err != nil {
			return err
		}
		open := f.own(m) == nil || m.Word == UsageDisputed || m.Word == UsageSettling
		if !open || f.now < usage.Over(until, f.end)+int64(usageMargin/time.Second) {
			continue
		}
		_, err = d.SettleMonth(ctx, callOff, m.Month)
		if r, ok := errors.AsType[*Refusal](err); ok {
			// People have to do something first; the other call-offs go on.
			d.cfg.Logger.Warn("usage can't be stated", "call_off", callOff, "month", m.Month.String(), "error", r)
			err = d.keep(ctx, &UsageReport{CallOff: callOff, Month: m.Month, At: d.now(), Problem: r.Error()})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
