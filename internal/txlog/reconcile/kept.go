// SPDX-License-Identifier: EUPL-1.2

package reconcile

import (
	"context"
	"fmt"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/retention"
)

// Shared is what the calls of a [Scope] under one grant have in common.
type Shared struct {
	Grant    string
	Outgoing bool
	Provider fsc.PeerID
	Service  string
}

// Kept tells, for calls that one side removes before others, from which hour on it
// has them whole. The Hour of the keys is 0.
type Kept map[Key]Hour

// from is the first whole hour of the calls of a key, when it is told.
func (k Kept) from(of Key) Hour {
	of.Hour = 0
	return k[of]
}

// Kept tells from which hour on our log has the calls with another Peer whole, as far
// as that is later than [Comparer.Whole] says: a rule of retention removes them before
// others.
func (c *Comparer) Kept(ctx context.Context, other fsc.PeerID) (Kept, error) {
	if c.cfg.Retention == nil || !c.cfg.Retention.Removes() {
		return nil, nil
	}
	all, err := c.cfg.Log.SharedCalls(ctx, c.scope(other, ""))
	if err != nil {
		return nil, fmt.Errorf("read what is kept: %w", err)
	}
	first, _ := c.Whole()
	kept, now := Kept{}, c.cfg.Now()
	for _, s := range all {
		direction := txlog.DirectionIncoming
		if s.Outgoing {
			direction = txlog.DirectionOutgoing
		}
		rule := c.cfg.Retention.For(retention.Call{Direction: direction, Provider: s.Provider, Service: s.Service})
		if rule.Days == 0 {
			continue
		}
		k := Key{Grant: s.Grant, Outgoing: s.Outgoing}
		if from := wholeSince(now.Add(-rule.Period())); from > first {
			kept[k] = max(kept[k], from)
		}
	}
	return kept, nil
}

// expired counts a set that one side no longer has whole, instead of comparing it. What
// the other side still has of it isn't missing here.
func (w *work) expired(count *Tally, s set, p *Part) bool {
	switch {
	case s.Hour < w.ourKept.from(s.Key):
		count.ExpiredHere += p.Count
	case s.Hour < w.theirKept.from(s.Key):
		count.ExpiredThere += int64(len(s.tree.IDs("")))
	default:
		return false
	}
	return true
}
