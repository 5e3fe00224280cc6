// SPDX-License-Identifier: EUPL-1.2

package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/idset"
)

// confirmAtOnce is how many calls are asked for together: their IDs stand in the
// query of a URL.
const confirmAtOnce = 100

// confirm looks on both sides, by ID, for the calls that seemed to be on one side
// only. One that the other side has after all, under the same grant, is equal: it
// was recorded late, or falls in another hour there.
func (w *work) confirm(ctx context.Context) error {
	ids := slices.SortedFunc(maps.Keys(w.ours), idset.ID.Compare)
	for id := range w.theirs {
		if _, both := w.ours[id]; !both {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, idset.ID.Compare)
	for part := range slices.Chunk(ids, confirmAtOnce) {
		texts := make([]string, 0, len(part))
		for _, id := range part {
			texts = append(texts, id.String())
		}
		own, err := w.c.cfg.Log.Records(ctx, txlog.Query{TransactionIDs: texts})
		if err != nil {
			return fmt.Errorf("look for calls: %w", err)
		}
		their, err := w.with.Records(ctx, texts)
		if err != nil {
			return theirs(err)
		}
		for _, id := range part {
			w.settle(id, w.find(own, id, false), w.find(their, id, true))
		}
	}
	return nil
}

// find gives the record of a call between the two Peers, as the side has it;
// nil: it has none. The other side's directions are the opposite of ours.
func (w *work) find(records []txlog.Record, id idset.ID, theirs bool) *txlog.Record {
	text := id.String()
	for i := range records {
		r := &records[i]
		outgoing := (r.Direction == txlog.DirectionOutgoing) != theirs
		from, to := w.scope.Other, w.scope.Self
		if outgoing {
			from, to = to, from
		}
		if r.TransactionID == text && r.OutwayPeerID == from && r.ServicePeerID == to {
			return r
		}
	}
	return nil
}

// settle decides about one call.
func (w *work) settle(id idset.ID, own, their *txlog.Record) {
	ourKey, seemsOurs := w.ours[id]
	theirKey, seemsTheirs := w.theirs[id]
	equal := own != nil && their != nil && own.GrantHash == their.GrantHash
	if seemsOurs && equal {
		w.counts.of(ourKey).OnlyOurs--
		w.counts.of(ourKey).Equal++
	}
	if seemsTheirs && equal {
		w.counts.of(theirKey).OnlyTheirs--
		if !seemsOurs {
			w.counts.of(theirKey).Equal++
		}
	}
	if equal {
		return
	}
	if seemsOurs {
		w.report.Ours = append(w.report.Ours, difference(id, ourKey, own, their))
	}
	if seemsTheirs {
		w.report.Theirs = append(w.report.Theirs, difference(id, theirKey, their, own))
	}
}

// difference describes a call from the record of who has it, if it shows one, and
// that of the other.
func difference(id idset.ID, k Key, has, other *txlog.Record) Difference {
	d := Difference{TransactionID: id.String(), Grant: k.Grant, Outgoing: k.Outgoing, At: id.When(k.Hour.Time())}
	if has != nil {
		d.Service, d.At = has.ServiceName, has.CreatedAt
	}
	if other != nil {
		d.OtherGrant = other.GrantHash
	}
	return d
}
