// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// maxExplained bounds the contracts of which one reading says in full why they
// can't be used: each is read as a whole for it.
const maxExplained = 1000

// outwayReading is what one look at the store finds. It leaves the index as it is,
// so that one that fails halfway changes nothing.
type outwayReading struct {
	m     *Manager
	index *outwayIndex
	now   time.Time

	whole, timed bool
	position     int64
	changed      map[int64]*indexed // by number; nil for one that is gone
	touched      map[int64]string   // packed: those that stay as they are, but a Peer in them doesn't
	peers        map[fsc.PeerID]fsc.Peer
	routes       []Route
}

func (r *outwayReading) read(ctx context.Context, tx Tx) (err error) {
	x := r.index
	r.position, r.timed = x.position, false
	r.changed, r.touched = map[int64]*indexed{}, map[int64]string{}
	// A clock that was set back makes valid again what had ended.
	r.whole = x.contracts == nil || r.now.Before(x.seen) || r.now.Sub(x.read) >= wholeEvery
	if !r.whole {
		if r.whole, err = r.readChanges(ctx, tx); err != nil {
			return err
		}
	}
	if r.whole {
		err = r.readWhole(ctx, tx)
	} else if r.now.UnixMicro() >= x.turns {
		r.turn()
	}
	if err != nil {
		return err
	}
	if err := r.explain(ctx, tx); err != nil {
		return err
	}
	if r.routes, err = tx.ListRoutes(ctx); err != nil {
		return err
	}
	peers, err := tx.ListPeers(ctx, PeerFilter{})
	r.peers = r.m.addresses(peers)
	r.touch()
	return err
}

// readChanges reads the contracts that changed. It tells whether everything has to
// be read: a contract of an older version of this program isn't packed.
func (r *outwayReading) readChanges(ctx context.Context, tx Tx) (whole bool, err error) {
	found, err := tx.ListChanges(ctx, r.m.cfg.Self.ID, r.index.position)
	for i := range found {
		c := &found[i]
		r.position = c.Sequence
		if !c.Ours || c.NotAfter <= r.now.Unix() {
			r.changed[c.Number] = nil
			continue
		}
		packed := c.Packed
		if have := r.index.contracts[c.Number]; have != nil {
			packed = have.packed // one text in memory, not two
		}
		if packed == "" {
			return true, nil
		}
		r.changed[c.Number] = &indexed{Standing: c.Standing, packed: packed}
	}
	return false, err
}

// readWhole reads all contracts that haven't ended, but the connections only of those
// that aren't known yet.
func (r *outwayReading) readWhole(ctx context.Context, tx Tx) (err error) {
	self, now, known := r.m.cfg.Self.ID, r.now.Unix(), r.index.contracts
	if r.position, err = tx.LastChange(ctx); err != nil {
		return err
	}
	standings, err := tx.ListStandings(ctx, self, now)
	if err != nil {
		return err
	}
	r.changed = make(map[int64]*indexed, len(standings))
	for number := range known {
		r.changed[number] = nil
	}
	// One piece of memory for all at the first reading; later ones find few.
	all := make([]indexed, len(standings))
	first := int64(-1)
	for i := range standings {
		c := &all[i]
		c.Standing = standings[i]
		if have := known[c.Number]; have != nil {
			c.packed = have.packed
		} else if first < 0 {
			first = c.Number // numbers ascend, so all that are missing come from here on
		}
		r.changed[c.Number] = c
	}
	if first < 0 {
		return nil
	}
	fresh, err := tx.ListConnections(ctx, self, now, first-1)
	for _, f := range fresh {
		if c := r.changed[f.Number]; c != nil && c.packed == "" {
			c.packed = f.Packed
		}
	}
	return err
}

// turn finds the contracts that time alone has changed.
func (r *outwayReading) turn() {
	r.timed = true
	at := r.now.UnixMicro()
	for number, c := range r.index.contracts {
		if _, ok := r.changed[number]; ok {
			continue
		}
		switch {
		case c.NotAfter <= r.now.Unix():
			r.changed[number] = nil
		case c.usable(at) != (c.problem == ""):
			r.changed[number] = &indexed{Standing: c.Standing, packed: c.packed}
		}
	}
}

// explain puts into words why contracts can't be used.
func (r *outwayReading) explain(ctx context.Context, tx Tx) error {
	at, explained := r.now.UnixMicro(), 0
	for _, number := range slices.Sorted(maps.Keys(r.changed)) {
		s := r.changed[number]
		if s == nil || s.usable(at) {
			continue
		}
		if explained++; explained > maxExplained {
			s.problem = "its contract was not accepted by all, or was stopped; look at the contract"
			continue
		}
		p := packed{rest: s.packed}
		h, _ := p.head()
		c, err := tx.FindContract(ctx, h)
		if err != nil {
			return fmt.Errorf("explain contract %s: %w", h, err)
		}
		s.problem = describe(c, c.State(r.now), r.now)
	}
	return nil
}

// touch finds the contracts with a Peer of which name or address changed. An ID that
// stands elsewhere in a contract finds one too many, which does no harm.
func (r *outwayReading) touch() {
	var moved []string
	for id, p := range r.peers {
		if r.index.peers[id] != p {
			moved = append(moved, string(id))
		}
	}
	for id := range r.index.peers {
		if _, ok := r.peers[id]; !ok {
			moved = append(moved, string(id))
		}
	}
	if len(moved) == 0 {
		return
	}
	for number, c := range r.index.contracts {
		if slices.ContainsFunc(moved, func(id string) bool { return strings.Contains(c.packed, id) }) {
			r.touched[number] = c.packed
		}
	}
}
