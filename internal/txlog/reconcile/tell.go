// SPDX-License-Identifier: EUPL-1.2

package reconcile

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog/idset"
)

// Limits on one answer of [Comparer.Tell]. An hour is never cut.
const (
	// toldSets is after how many sets an answer ends.
	toldSets = 5000
	// MaxSets is how many sets an hour can have.
	MaxSets = 20_000
	// toldCalls is after how many calls an answer ends: it bounds what asking costs.
	toldCalls = 500_000
)

// Tell gives another Peer number and root of the calls between it and us, set by set
// in order, from an hour on. It ends before next, which is until or where the
// other can go on. Hours outside [Comparer.Whole] are left out.
func (c *Comparer) Tell(ctx context.Context, other fsc.PeerID, grant string, from, until Hour) (told []Told, next Hour, err error) {
	s := c.scope(other, grant)
	first, end := c.Whole()
	from, until = max(from, first), min(until, end)
	if from >= until {
		return nil, until, nil
	}
	until = min(until, from+windowHours)
	counts, err := c.cfg.Log.CountCalls(ctx, s, from-1, until+1)
	if err != nil {
		return nil, from, fmt.Errorf("tell calls: %w", err)
	}
	var calls int64
	for next = from; next < until && len(told) < toldSets && calls < toldCalls; {
		upTo := windowEnd(counts, next, until)
		sets, err := c.sets(ctx, s, next, upTo)
		if err != nil {
			return nil, from, fmt.Errorf("tell calls: %w", err)
		}
		next = upTo
		if len(sets) > toldSets {
			if sets, next, err = cutSets(sets); err != nil {
				return nil, from, fmt.Errorf("tell calls: %w", err)
			}
		}
		for _, set := range sets {
			sum := set.tree.Summary()
			calls += sum.Count
			told = append(told, Told{set.Key, sum})
		}
	}
	return told, next, nil
}

// cutSets leaves off the hours that don't fit, and gives the first of them.
func cutSets(sets []set) ([]set, Hour, error) {
	n := toldSets
	next := sets[n].Hour
	for n > 0 && sets[n-1].Hour == next {
		n--
	}
	if n > 0 {
		return sets[:n], next, nil
	}
	for n < len(sets) && sets[n].Hour == next {
		n++
	}
	if n > MaxSets {
		return nil, 0, ErrTooMany
	}
	return sets[:n], next + 1, nil
}

// Answer answers a question of another Peer about one of the sets it was told of.
func (c *Comparer) Answer(ctx context.Context, other fsc.PeerID, k Key, q *idset.Question) (*idset.Answer, error) {
	if from, until := c.Whole(); k.Hour < from || k.Hour >= until {
		return idset.NewTree(nil).Answer(q), nil
	}
	now := c.cfg.Now()
	if t := c.trees.find(other, k, now); t != nil {
		return t.Answer(q), nil
	}
	sets, err := c.sets(ctx, c.scope(other, k.Grant), k.Hour, k.Hour+1)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	tree := idset.NewTree(nil)
	for _, set := range sets {
		if set.Key == k {
			tree = set.tree
		}
	}
	c.trees.keep(other, k, tree, now)
	return tree.Answer(q), nil
}

// What is kept of sets that were asked about: some questions on the same one come
// within a second.
const (
	keptTrees = 8
	keptFor   = 30 * time.Second
)

// trees remembers the sets that were asked about last.
type trees struct {
	mu   sync.Mutex
	kept []keptTree // the last used at the end
}

type keptTree struct {
	other fsc.PeerID
	Key
	tree *idset.Tree
	at   time.Time
}

func (t *trees) find(other fsc.PeerID, k Key, now time.Time) *idset.Tree {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, kept := range t.kept {
		if kept.other == other && kept.Key == k && now.Sub(kept.at).Abs() < keptFor {
			return kept.tree
		}
	}
	return nil
}

// keep drops what is old, and the oldest while all together are too much.
func (t *trees) keep(other fsc.PeerID, k Key, tree *idset.Tree, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, keptTree{other, k, tree, now})
	calls := 0
	for _, kept := range t.kept {
		calls += len(kept.tree.IDs(""))
	}
	for len(t.kept) > 1 && (len(t.kept) > keptTrees || calls > MaxCalls || now.Sub(t.kept[0].at).Abs() >= keptFor) {
		calls -= len(t.kept[0].tree.IDs(""))
		t.kept[0] = keptTree{} // lets the tree go
		t.kept = t.kept[1:]
	}
}
