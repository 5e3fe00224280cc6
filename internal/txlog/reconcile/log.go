// SPDX-License-Identifier: EUPL-1.2

package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/idset"
)

// Scope is the calls between two Peers, seen from the one that has the log. A call
// belongs to it when one of them is the Peer of the Outway and the other that of
// the service: they have a record each, and a delegator has none.
type Scope struct {
	Self, Other fsc.PeerID
	// Grant, when not empty, is the hash of the only grant that counts.
	Grant string
}

// Call is one record of a [Scope].
type Call struct {
	Grant      string
	Outgoing   bool
	ID         idset.ID
	RecordedAt time.Time
}

// Log is the index of our own transaction log.
type Log interface {
	// SharedCalls gives what the calls of a scope have in common, whether or not their
	// records are still there.
	SharedCalls(ctx context.Context, s Scope) ([]Shared, error)
	// CountCalls gives how many calls of a scope were recorded in each hour from one
	// up to another that isn't included; hours without are left out. It is an estimate:
	// records may have been removed since.
	CountCalls(ctx context.Context, s Scope, from, until Hour) (map[Hour]int64, error)
	// EachCall gives all calls of a scope that were recorded in those hours, in no
	// particular order. An error of take ends it and is returned.
	EachCall(ctx context.Context, s Scope, from, until Hour, take func(*Call) error) error
	// Records is [txlog.Reader].
	Records(ctx context.Context, q txlog.Query) ([]txlog.Record, error)
}

const (
	// MaxCalls is how many calls are looked at together: 16 bytes of memory each. An hour
	// with more can't be compared.
	MaxCalls = 10_000_000
	// windowCalls is how many are looked at together where one hour doesn't have more.
	windowCalls = 50_000
	// windowHours is how many hours are looked at together.
	windowHours = 24 * 31
)

// ErrTooMany tells that there are more than [MaxCalls] in an hour.
var ErrTooMany = errors.New("more calls in one hour than can be compared")

// set is the calls of a key on our side.
type set struct {
	Key
	tree *idset.Tree
}

// sets reads the calls that belong to some hours, in order of their keys. A call
// is recorded at most [idset.Slack] from its hour, which is one hour on both sides.
func (c *Comparer) sets(ctx context.Context, s Scope, from, until Hour) ([]set, error) {
	found, count := map[Key][]idset.ID{}, 0
	err := c.cfg.Log.EachCall(ctx, s, from-1, until+1, func(call *Call) error {
		k := Key{HourOf(call.ID.When(call.RecordedAt)), call.Grant, call.Outgoing}
		if k.Hour < from || k.Hour >= until {
			return nil
		}
		if count++; count > MaxCalls {
			return ErrTooMany
		}
		found[k] = append(found[k], call.ID)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read calls: %w", err)
	}
	out := make([]set, 0, len(found))
	for _, k := range slices.SortedFunc(maps.Keys(found), Key.Compare) {
		out = append(out, set{k, idset.NewTree(found[k])})
	}
	return out, nil
}

// windowEnd tells up to which hour calls are looked at together from an hour on.
func windowEnd(counts map[Hour]int64, from, until Hour) Hour {
	end := from + 1
	sum := counts[from-1] + counts[from] + counts[from+1]
	for end < until && end-from < windowHours && sum+counts[end+1] <= windowCalls {
		sum += counts[end+1]
		end++
	}
	return end
}
