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
	// brokenParts is how many parts one sweep passes over; a log with more of them is
	// left as it is.
	brokenParts = 100
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
	// Removable gives the number of some record that a search is for; 0: there is none.
	Removable(ctx context.Context, s Search) (int64, error)
	// SignedBefore gives the last record under the checkpoints of at or before a moment
	// in Unix seconds; 0: none.
	SignedBefore(ctx context.Context, at int64) (int64, error)
	// Covering gives the part that a record is in, also when nothing of it holds. Without
	// a checkpoint it is in none.
	Covering(ctx context.Context, sequence int64) (Part, error)
	// Remove keeps a checkpoint and, in the same transaction, leaves of records what
	// gone says. It is an error when one of them isn't there.
	Remove(ctx context.Context, c *Checkpoint, s Sealed, gone []Gone) error
}

// Search is for an old record of a connection.
type Search struct {
	Connection int64
	Direction  txlog.Direction
	// Before is when the record was made at the latest, not included, and UpTo the highest
	// number that it may have; the lowest is 1.
	Before time.Time
	UpTo   int64
	// Outside are parts that it isn't in.
	Outside []Part
}

// sweep is one search for records that have been kept long enough.
type sweep struct {
	at     time.Time
	after  int64
	open   []Connection
	signs  map[time.Duration]int64 // SignedBefore, by period
	broken []Part                  // passed over
}

// Sweep removes, from one part of the log, the records that the rules of retention let
// go. Each time it goes on where it was; when it finds nothing more it gives false,
// and the next call begins anew. It looks at the whole part first: one that doesn't
// hold is left as it is, and [Keeper.Broken] tells of it. A stop between two
// transactions leaves a log that holds.
func (k *Keeper) Sweep(ctx context.Context) (removed int64, more bool, err error) {
	if k.cfg.Retention == nil || !k.cfg.Retention.Removes() {
		return 0, false, nil
	}
	if k.sweep == nil {
		k.sweep = &sweep{at: k.cfg.Now(), signs: map[time.Duration]int64{}}
	}
	part, err := k.candidate(ctx)
	if err == nil && part.Checkpoint > 0 {
		removed, err = k.removeFrom(ctx, part)
		if errors.Is(err, errPartBroken) {
			err = k.passOver(part)
		}
	}
	if err != nil || part.Checkpoint == 0 {
		if err == nil {
			k.broken.Store(&k.sweep.broken)
		}
		k.sweep = nil
		return removed, false, err
	}
	return removed, true, nil
}

// passOver leaves a part that doesn't hold to whoever finds out why.
func (k *Keeper) passOver(p Part) error {
	s := k.sweep
	s.broken = append(s.broken, p)
	k.cfg.Logger.Error("a part of the transaction log doesn't hold, and nothing is removed from it; run samenspel log verify",
		"checkpoint", p.Checkpoint, "first_record", p.First, "last_record", p.Last)
	if len(s.broken) < brokenParts {
		return nil
	}
	k.broken.Store(&s.broken)
	return fmt.Errorf("%d parts of the log don't hold, and nothing more is removed; run samenspel log verify", brokenParts)
}

// Broken gives the parts of the log from which nothing was removed by the last sweep
// that came to its end, because they don't hold, though there were records in them that
// have been kept long enough.
func (k *Keeper) Broken() []Part {
	if p := k.broken.Load(); p != nil {
		return *p
	}
	return nil
}

// candidate gives the next part in which there is something to remove; that without a
// checkpoint: no more.
func (k *Keeper) candidate(ctx context.Context) (Part, error) {
	s := k.sweep
	for {
		if len(s.open) == 0 {
			var err error
			if s.open, err = k.cfg.Store.Connections(ctx, s.after, connectionsAtOnce); err != nil || len(s.open) == 0 {
				return Part{}, err
			}
		}
		for _, d := range []txlog.Direction{txlog.DirectionIncoming, txlog.DirectionOutgoing} {
			sequence, err := k.removable(ctx, s.open[0], d)
			if err != nil {
				return Part{}, err
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
	return k.cfg.Store.Removable(ctx, Search{Connection: of.ID, Direction: d, Before: before, UpTo: upTo, Outside: k.sweep.broken})
}

// removeFrom removes what may go from a part.
func (k *Keeper) removeFrom(ctx context.Context, p Part) (removed int64, err error) {
	due, err := k.look(ctx, p.Checkpoint)
	if err != nil {
		return 0, fmt.Errorf("records under checkpoint %d: %w", p.Checkpoint, err)
	}
	done := newRemovals()
	defer func() { k.tellRemoval(ctx, removed, done.reasons()) }()
	for len(due) > 0 {
		var r Removal
		var gone []Gone
		r, gone, due = take(p.Checkpoint, due)
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
