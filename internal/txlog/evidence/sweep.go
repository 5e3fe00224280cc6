// SPDX-License-Identifier: EUPL-1.2

package evidence

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/retention"
)

const (
	// removalSlack is how much later than its period a record is removed, at the
	// earliest: neither a clock that was an hour slow when it was made nor one that is an
	// hour fast now costs it a minute.
	removalSlack = 2 * time.Hour
	// sweepRecords bounds the memory of a sweep.
	sweepRecords = 50_000
	// connectionsAtOnce is how many are read at once.
	connectionsAtOnce = 1000
	// betweenRemovals leaves the database to the index and to readers.
	betweenRemovals = 50 * time.Millisecond
)

// Connection is what records have in common, as far as it decides how long they are
// kept. There is one for each grant and more.
type Connection struct {
	ID       int64
	Provider fsc.PeerID
	Service  string
}

// Gone is what there is to find and to keep of a record that is removed.
type Gone struct {
	Sequence int64
	Link     txlog.Link
	txlog.Removed
}

// RemovalStore is how records are removed from the middle of the chain.
type RemovalStore interface {
	// Connections lists them in the order of their ids, from behind one.
	Connections(ctx context.Context, after int64, limit int) ([]Connection, error)
	// Removable gives the number of some record of a connection that was made before a moment
	// and has a number up to upTo; 0: there is none.
	Removable(ctx context.Context, connection int64, d txlog.Direction, before time.Time, upTo int64) (int64, error)
	// SignedBefore gives the last record under the checkpoints of at or before a moment
	// in Unix seconds; 0: none.
	SignedBefore(ctx context.Context, at int64) (int64, error)
	// Covering gives the number of the checkpoint under which a record is; 0: none.
	Covering(ctx context.Context, sequence int64) (int64, error)
	// Remove keeps a checkpoint and, in the same transaction, leaves of records what
	// gone says. It is an error when one of them isn't there.
	Remove(ctx context.Context, c *Checkpoint, s Sealed, gone []Gone) error
}

// ErrPartBroken tells that a part of the log doesn't hold, so that nothing may be
// removed from it.
var ErrPartBroken = errors.New("that part of the log doesn't hold, and nothing is removed from it; run samenspel log verify")

// sweep is one search for records that have been kept long enough.
type sweep struct {
	at    time.Time
	after int64
	open  []Connection
	signs map[time.Duration]int64 // SignedBefore, by period
}

// Sweep removes, from the part of one checkpoint, the records that the rules of
// retention let go. Each time it goes on where it was; when it finds nothing more it
// gives false, and the next call begins anew. It looks at the whole part first: what
// doesn't hold is left as it is ([ErrPartBroken]). A stop between two transactions
// leaves a log that holds.
func (k *Keeper) Sweep(ctx context.Context) (removed int64, more bool, err error) {
	if k.cfg.Retention == nil || !k.cfg.Retention.Removes() {
		return 0, false, nil
	}
	if k.sweep == nil {
		k.sweep = &sweep{at: k.cfg.Now(), signs: map[time.Duration]int64{}}
	}
	part, err := k.candidate(ctx)
	if err == nil && part > 0 {
		removed, err = k.removeFrom(ctx, part)
	}
	if err != nil || part == 0 {
		k.sweep = nil
		return removed, false, err
	}
	return removed, true, nil
}

// candidate gives the number of the next checkpoint under which there is something to
// remove; 0: no more.
func (k *Keeper) candidate(ctx context.Context) (int64, error) {
	s := k.sweep
	for {
		if len(s.open) == 0 {
			var err error
			if s.open, err = k.cfg.Store.Connections(ctx, s.after, connectionsAtOnce); err != nil || len(s.open) == 0 {
				return 0, err
			}
		}
		for _, d := range []txlog.Direction{txlog.DirectionIncoming, txlog.DirectionOutgoing} {
			sequence, err := k.removable(ctx, s.open[0], d)
			if err != nil {
				return 0, err
			}
			if sequence > 0 {
				return k.cfg.Store.Covering(ctx, sequence)
			}
		}
		s.after, s.open = s.open[0].ID, s.open[1:]
	}
}

func (k *Keeper) removable(ctx context.Context, of Connection, d txlog.Direction) (int64, error) {
	rule := k.cfg.Retention.For(retention.Call{Direction: d, Provider: of.Provider, Service: of.Service})
	if rule.Days == 0 || rule.Period() == k.cfg.Retention.Longest() {
		return 0, nil // whole parts of the log are removed then
	}
	before := k.sweep.at.Add(-rule.Period() - removalSlack)
	upTo, known := k.sweep.signs[rule.Period()]
	if !known {
		var err error
		if upTo, err = k.cfg.Store.SignedBefore(ctx, before.Unix()); err != nil {
			return 0, err
		}
		k.sweep.signs[rule.Period()] = upTo
	}
	if upTo == 0 {
		return 0, nil
	}
	return k.cfg.Store.Removable(ctx, of.ID, d, before, upTo)
}

// removeFrom removes what may go from the part of a checkpoint.
func (k *Keeper) removeFrom(ctx context.Context, number int64) (removed int64, err error) {
	due, err := k.look(ctx, number)
	if err != nil {
		return 0, fmt.Errorf("records under checkpoint %d: %w", number, err)
	}
	done := newRemovals()
	defer func() { k.tellRemoval(ctx, removed, done.reasons()) }()
	for len(due) > 0 {
		var r Removal
		var gone []Gone
		r, gone, due = take(number, due)
		if err := k.remove(ctx, &r, gone); err != nil {
			return removed, err
		}
		removed += r.Count
		done.add(&r)
		if err := rest(ctx, betweenRemovals); err != nil {
			return removed, err
		}
	}
	return removed, nil
}

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
	signed := time.Unix(c.At, 0)
	for chain.Last < c.Last {
		page, err := k.cfg.Store.Linked(ctx, chain.Last, pageSize)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			return nil, ErrPartBroken
		}
		for i := range page[:min(int64(len(page)), c.Last-chain.Last)] {
			x := &page[i]
			if x.Sequence != chain.Last+1 {
				return nil, ErrPartBroken
			}
			gone, err := next(&chain, x)
			if err != nil {
				return nil, err
			}
			if x.Removed == nil && len(due) < sweepRecords {
				if rule, ok := k.over(x, signed); ok {
					due = append(due, expired{*gone, rule})
				}
			}
		}
	}
	if chain.Head != c.Head || len(due) == 0 {
		return nil, ErrPartBroken
	}
	return due, nil
}

// next follows the chain by one record and gives what would be left of it.
func next(chain *txlog.Chain, x *txlog.Linked) (*Gone, error) {
	g := &Gone{Sequence: x.Sequence, Link: x.Link}
	if x.Removed != nil {
		g.Removed = *x.Removed
	} else {
		var err error
		if g.Content, err = x.Content(); err != nil {
			return nil, ErrPartBroken // it is no record of a call any more
		}
	}
	chain.AppendContent(g.Content)
	if chain.Head != x.Link {
		return nil, ErrPartBroken
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
	var chain txlog.Chain
	found, err := k.cfg.Store.Checkpoints(ctx, max(number-2, 0), 2)
	if err != nil {
		return nil, chain, err
	}
	i := slices.IndexFunc(found, func(s Sealed) bool { return s.Number == number })
	if number < 1 || i < 0 || i == 0 && number > 1 {
		return nil, chain, ErrPartBroken
	}
	c, err := found[i].Read()
	if err != nil {
		return nil, chain, err
	}
	chain = txlog.Chain{Last: c.First - 1, Head: c.Start.Link()}
	if number > 1 {
		before, err := found[0].Read()
		if err != nil {
			return nil, chain, err
		}
		chain.Last, chain.Head = before.Last, before.Head
	}
	return c, chain, nil
}

// take makes one removal of the first that are due.
func take(of int64, due []expired) (r Removal, gone []Gone, later []expired) {
	r.Of = of
	sum := newTally()
	for len(due) > 0 && len(gone) < removalRecords {
		x := due[0]
		i := slices.IndexFunc(r.Reasons, func(y Reason) bool { return y.Rule == x.Rule })
		if i < 0 {
			if i = len(r.Reasons); i == removalRules {
				break
			}
			r.Reasons = append(r.Reasons, Reason{Rule: x.Rule})
		}
		r.Reasons[i].Count++
		x.Removed.Rule = i
		sum.add(x.Sequence, &x.Removed)
		gone, due = append(gone, x.Gone), due[1:]
	}
	r.Count, r.Digest = sum.count, sum.digest()
	return r, gone, due
}

// remove signs that records go, and lets them go.
func (k *Keeper) remove(ctx context.Context, r *Removal, gone []Gone) error {
	d, err := k.next(ctx)
	if err != nil {
		return err
	}
	d.Removal = r
	for i := range gone {
		gone[i].Checkpoint = d.Number
	}
	sealed, err := k.sign(&d.Checkpoint)
	if err != nil {
		return err
	}
	if err := k.cfg.Store.Remove(ctx, &d.Checkpoint, sealed, gone); err != nil {
		return err
	}
	k.removed.Add(r.Count)
	k.told(&d.Checkpoint)
	return nil
}

func rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
