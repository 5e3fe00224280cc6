// SPDX-License-Identifier: EUPL-1.2

package evidence

import (
	"context"
	"errors"
	"time"

	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/retention"
)

// Part is the records under one checkpoint.
type Part struct {
	// Checkpoint is its number; 0: there is none.
	Checkpoint int64
	// First and Last are the numbers of its records.
	First, Last int64
}

var errPartBroken = errors.New("that part of the log doesn't hold")

// expired is a record that may go.
type expired struct {
	Gone
	retention.Rule
}

// look verifies the part of a checkpoint and gives what may go, at least one.
func (k *Keeper) look(ctx context.Context, number int64) (due []expired, err error) {
	c, chain, err := k.partOf(ctx, number)
	if err != nil {
		return nil, err
	}
	signed, gone := time.Unix(c.At, 0), map[int64]*tally{}
	for chain.Last < c.Last {
		page, err := k.cfg.Store.Linked(ctx, chain.Last, pageSize)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			return nil, errPartBroken
		}
		for i := range page[:min(int64(len(page)), c.Last-chain.Last)] {
			x := &page[i]
			if x.Sequence != chain.Last+1 {
				return nil, errPartBroken
			}
			left, err := next(&chain, x)
			if err != nil {
				return nil, err
			}
			if x.Removed != nil {
				count(gone, left)
			} else if rule, ok := k.over(x, signed); ok && len(due) < sweepRecords {
				due = append(due, expired{*left, rule})
			}
		}
	}
	if chain.Head != c.Head || len(due) == 0 {
		return nil, errPartBroken
	}
	return due, k.lawful(ctx, number, gone)
}

// count takes what is left of a record that is gone, by the checkpoint that it names.
func count(gone map[int64]*tally, left *Gone) {
	t := gone[left.Checkpoint]
	if t == nil {
		t = newTally()
		gone[left.Checkpoint] = t
	}
	t.add(left.Sequence, &left.Removed)
}

// lawful tells whether the records of a part that are gone are those that checkpoints
// tell of.
func (k *Keeper) lawful(ctx context.Context, part int64, gone map[int64]*tally) error {
	for number, t := range gone {
		c, err := k.checkpoint(ctx, number)
		if err != nil {
			return err
		}
		if c.Removal == nil || c.Removal.Of != part || c.Removal.Count != t.count || c.Removal.Digest != t.digest() {
			return errPartBroken
		}
	}
	return nil
}

// next follows the chain by one record and gives what would be left of it.
func next(chain *txlog.Chain, x *txlog.Linked) (*Gone, error) {
	g := &Gone{Sequence: x.Sequence, Link: x.Link}
	if x.Removed != nil {
		g.Removed = *x.Removed
	} else {
		var err error
		if g.Content, err = x.Content(); err != nil {
			return nil, errPartBroken // it is no record of a call any more
		}
	}
	chain.AppendContent(g.Content)
	if chain.Head != x.Link {
		return nil, errPartBroken
	}
	return g, nil
}

// over tells by which rule a record may go, if it may. Both the time of the call and
// that of the signature count: an Inway that was cut off hands in old records late.
func (k *Keeper) over(x *txlog.Linked, signed time.Time) (retention.Rule, bool) {
	rule := k.cfg.Retention.For(retention.CallOf(&x.Record))
	if rule.Days == 0 || rule.Period() == k.cfg.Retention.Longest() {
		return rule, false
	}
	before := k.sweep.at.Add(-rule.Period() - removalSlack)
	return rule, x.CreatedAt.Before(before) && !signed.After(before)
}

// partOf reads a checkpoint, and gives the chain as it was before its first record.
func (k *Keeper) partOf(ctx context.Context, number int64) (*Checkpoint, txlog.Chain, error) {
	c, err := k.checkpoint(ctx, number)
	if err != nil {
		return nil, txlog.Chain{}, err
	}
	if number == 1 {
		return c, txlog.Chain{Last: c.First - 1, Head: c.Start.Link()}, nil
	}
	before, err := k.checkpoint(ctx, number-1)
	if err != nil {
		return nil, txlog.Chain{}, err
	}
	return c, txlog.Chain{Last: before.Last, Head: before.Head}, nil
}

// checkpoint reads one; without it the part that it is about doesn't hold.
func (k *Keeper) checkpoint(ctx context.Context, number int64) (*Checkpoint, error) {
	found, err := k.cfg.Store.Checkpoints(ctx, number-1, 1)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 || found[0].Number != number {
		return nil, errPartBroken
	}
	c, err := found[0].Read()
	if err != nil {
		return nil, errPartBroken
	}
	return c, nil
}
