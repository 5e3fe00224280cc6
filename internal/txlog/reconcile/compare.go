// SPDX-License-Identifier: EUPL-1.2

package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog/idset"
)

const (
	// maxQuestions is how many questions one comparison asks: logs that have little in
	// common are for people to look at.
	maxQuestions = 2000
	// maxTime is how long one comparison takes, beside its last part.
	maxTime = 20 * time.Second
	// usualTime is how far a comparison goes back when nobody says.
	usualTime = 7 * 24 * time.Hour
)

// Request says what to compare.
type Request struct {
	Peer fsc.PeerID
	// Grant, when not empty, is the hash of the only grant to compare.
	Grant string
	// From and Until bound the time of the calls; hours that they are in are
	// compared whole. Zero is seven days ago, and now.
	From, Until time.Time
}

// Compare compares our log with that of another Peer. An error is a fault of this
// node; what stands in the way on the other side is the Problem of the report.
func (c *Comparer) Compare(ctx context.Context, with Session, r Request) (*Report, error) {
	w := &work{
		c: c, with: with, scope: c.scope(r.Peer, r.Grant), findings: newFindings(),
		report: &Report{Peer: r.Peer, At: c.cfg.Now()},
	}
	err := w.run(ctx, r)
	if fault, ok := errors.AsType[*sideError](err); ok && ctx.Err() == nil {
		w.report.Problem, err = fault.Error(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("compare logs: %w", err)
	}
	w.report.fill(w.counts)
	w.report.ByRoots, w.report.Requests = with.ByRoots(), with.Requests()
	return w.report, nil
}

// sideError is what goes wrong on the other side.
type sideError struct{ cause error }

func (e *sideError) Error() string { return e.cause.Error() }
func (e *sideError) Unwrap() error { return e.cause }

// theirs marks an error as one of the other side.
func theirs(err error) error {
	if err == nil {
		return nil
	}
	return &sideError{err}
}

// work is one comparison.
type work struct {
	c      *Comparer
	with   Session
	scope  Scope
	asked  int
	report *Report
	findings

	ourKept, theirKept Kept
}

func (w *work) run(ctx context.Context, r Request) error {
	from, until, err := w.bounds(ctx, r)
	w.report.From, w.report.Until = from.Time(), from.Time()
	if err != nil || from >= until {
		return err
	}
	if w.ourKept, err = w.c.Kept(ctx, w.scope.Other); err != nil {
		return err
	}
	w.theirKept = w.with.Kept()
	counts, err := w.c.cfg.Log.CountCalls(ctx, w.scope, from-1, until+1)
	if err != nil {
		return fmt.Errorf("count calls: %w", err)
	}
	began := w.c.cfg.Now()
	for at := from; at < until; {
		end := windowEnd(counts, at, until)
		found, err := w.window(ctx, at, end)
		if fault, ok := errors.AsType[*sideError](err); ok {
			w.report.Problem = fault.Error() // what was found before stands
			break
		}
		if err != nil {
			return err
		}
		w.merge(found)
		at = end
		w.report.Until = at.Time()
		if at < until && w.c.cfg.Now().Sub(began) > maxTime {
			w.report.Next = at.Time()
			break
		}
	}
	return w.confirm(ctx)
}

// bounds gives the hours that were asked for and that both sides have whole.
func (w *work) bounds(ctx context.Context, r Request) (from, until Hour, err error) {
	now := w.c.cfg.Now()
	if r.From.IsZero() {
		r.From = now.Add(-usualTime)
	}
	if r.Until.IsZero() {
		r.Until = now
	}
	from, until = HourOf(r.From), HourOf(r.Until.Add(time.Hour-time.Nanosecond))
	first, end := w.c.Whole()
	theirFirst, theirEnd, err := w.with.Whole(ctx)
	from, until = max(from, first), min(until, end)
	if err != nil {
		return from, from, theirs(err)
	}
	return max(from, theirFirst), min(until, theirEnd), nil
}

// window compares some hours.
func (w *work) window(ctx context.Context, from, until Hour) (findings, error) {
	found := newFindings()
	own, err := w.c.sets(ctx, w.scope, from, until)
	if err != nil {
		return found, err
	}
	parts, err := w.with.Parts(ctx, from, until)
	if err != nil {
		return found, theirs(err)
	}
	for len(own) > 0 || len(parts) > 0 {
		s, p := set{tree: idset.NewTree(nil)}, Part{Told: Told{Summary: idset.Summary{Root: idset.EmptyRoot()}}}
		var order int
		switch {
		case len(own) == 0:
			order = 1
		case len(parts) == 0:
			order = -1
		default:
			order = own[0].Key.Compare(parts[0].Key)
		}
		if order <= 0 {
			s, own = own[0], own[1:]
		}
		if order >= 0 {
			p, parts = parts[0], parts[1:]
			s.Key = p.Key
		}
		if err := w.part(ctx, found, s, &p); err != nil {
			return found, err
		}
	}
	return found, nil
}

// errEnough ends the questions.
var errEnough = errors.New("enough was asked")

// part compares a set on both sides.
func (w *work) part(ctx context.Context, found findings, s set, p *Part) error {
	count := found.counts.of(s.Key)
	if w.expired(count, s, p) {
		return nil
	}
	d, err := idset.Diff(s.tree, p.Summary, func(q *idset.Question) (*idset.Answer, error) {
		if w.asked++; w.asked > maxQuestions {
			return nil, errEnough
		}
		return p.Ask(ctx, q)
	})
	if errors.Is(err, errEnough) {
		count.OpenOurs += int64(len(s.tree.IDs("")))
		count.OpenTheirs += p.Count
		return nil
	}
	if err != nil {
		return theirs(fmt.Errorf("hour from %s: %w", s.Hour.Time().Format(time.RFC3339), err))
	}
	addTally(count, Tally{Equal: d.Equal, OnlyOurs: d.OnlyOwn, OnlyTheirs: d.OnlyOther, OpenOurs: d.Open.Own, OpenTheirs: d.Open.Other})
	return errors.Join(note(found.ours, d.Own, s.Key), note(found.theirs, d.Other, s.Key))
}
