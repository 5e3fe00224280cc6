// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"math"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

const (
	// wholeEvery is how often everything is read again, so that nothing that was
	// missed stays that way.
	wholeEvery = time.Hour
	// maxJournal bounds the contracts whose changes are remembered, maxVersions the
	// versions.
	maxJournal  = 20_000
	maxVersions = 512
)

// outwayIndex is what the Manager remembers of the contracts with connections of
// this Peer that have not ended. What a contract says never changes, so that is
// read from the store once; after that only what changed is read.
type outwayIndex struct {
	mu        sync.Mutex // held during a reading, by nobody that handles a call
	self      fsc.PeerID
	contracts map[int64]*indexed // by number; nil before the first reading
	position  int64              // of the last change that is in it
	read      time.Time          // when it was read as a whole
	seen      time.Time          // when changes were read
	turns     int64              // Unix microseconds: when time alone changes something
	sum       [sha256.Size]byte  // of all contracts, in no order
	peers     map[fsc.PeerID]fsc.Peer
	routes    []Route
	version   string
	journal   journal
}

// indexed is a contract in the index.
type indexed struct {
	Standing
	packed  string
	problem string // why it can't be used; empty if it can
}

// turn is when time alone changes what is said of the contract.
func (c *indexed) turn() int64 {
	end := c.NotAfter * 1_000_000
	if c.problem == "" {
		return min(end, c.AcceptedUntil+1)
	}
	return end
}

// count is the number of grants, also those for Outways of others.
func (c *indexed) count() (n int) {
	p := packed{rest: c.packed}
	p.head()
	for ; !p.bad && p.rest != ""; n++ {
		for range packedTexts {
			p.text()
		}
	}
	return n
}

// mix adds a contract to the sum, or takes it away: the sum is the same for indexes
// that say the same, whichever way they came there.
func (x *outwayIndex) mix(c *indexed) {
	h := sha256.New()
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], uint64(c.Number)) //nolint:gosec // the bits are what counts
	_, _ = h.Write(number[:])                               // a hash never fails to write
	hashText(h, c.problem)
	var one [sha256.Size]byte
	for i, b := range h.Sum(one[:0]) {
		x.sum[i] ^= b
	}
}

// take brings the index up to date with a reading.
func (x *outwayIndex) take(r *outwayReading) {
	if x.contracts == nil {
		x.contracts, x.self = make(map[int64]*indexed, len(r.changed)), r.m.cfg.Self.ID
	}
	first := len(x.contracts) == 0
	changed := r.touched // number and what is packed
	for number, c := range r.changed {
		old := x.contracts[number]
		switch {
		case old != nil && c != nil && *old == *c, old == nil && c == nil:
			continue
		case old != nil:
			x.mix(old)
			changed[number] = old.packed
		default:
			changed[number] = c.packed
		}
		if c == nil {
			delete(x.contracts, number)
			continue
		}
		x.mix(c)
		if !first { // a copy: one that changed mustn't keep a whole reading in memory
			c = new(*c)
		}
		x.contracts[number] = c
	}
	x.takeTurns(r)
	if r.whole {
		x.read = r.now
	}
	x.position, x.seen, x.peers, x.routes = r.position, r.now, r.peers, r.routes
	if version := x.versionNow(); version != x.version {
		x.version = version
		x.journal.add(version, changed)
	}
}

func (x *outwayIndex) takeTurns(r *outwayReading) {
	if r.whole || r.timed {
		x.turns = math.MaxInt64
		for _, c := range x.contracts {
			x.turns = min(x.turns, c.turn())
		}
		return
	}
	for _, c := range r.changed {
		if c != nil {
			x.turns = min(x.turns, c.turn())
		}
	}
}

// versionNow is the same for snapshots that say the same, also of other Managers on
// the same store.
func (x *outwayIndex) versionNow() string {
	h := sha256.New()
	_, _ = h.Write(x.sum[:])
	ids := make([]fsc.PeerID, 0, len(x.peers))
	for id := range x.peers {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		p := x.peers[id]
		hashText(h, string(p.ID), p.Name, p.ManagerAddress)
	}
	for i := range x.routes {
		r := &x.routes[i]
		hashText(h, r.Host, r.PathPrefix, strconv.FormatBool(r.StripPrefix), string(r.ServicePeerID), r.Service, string(r.Delegator), string(r.ServiceDelegator))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func hashText(h hash.Hash, texts ...string) {
	for _, t := range texts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(t), t)
	}
}

// journal remembers which contracts the last versions changed.
type journal struct {
	steps []journalStep
	total int
}

// journalStep is what led to a version: the numbers of contracts with their packed
// connections, which those that are gone are known by.
type journalStep struct {
	version string
	changed map[int64]string
}

func (j *journal) add(version string, changed map[int64]string) {
	j.steps = append(j.steps, journalStep{version, changed})
	j.total += len(changed)
	for len(j.steps) > 1 && (j.total > maxJournal || len(j.steps) > maxVersions) {
		j.forget()
		j.steps = slices.Delete(j.steps, 0, 1)
	}
	// What led to the first version is of no use: nobody can ask for what was before.
	j.forget()
}

// forget drops what led to the first version.
func (j *journal) forget() {
	j.total -= len(j.steps[0].changed)
	j.steps[0].changed = nil
}

// since gives what changed after a version; false when that is not remembered.
func (j *journal) since(version string) (map[int64]string, bool) {
	for i, step := range slices.Backward(j.steps) {
		if step.version != version {
			continue
		}
		all := map[int64]string{}
		for _, step := range j.steps[i+1:] {
			maps.Copy(all, step.changed)
		}
		return all, true
	}
	return nil, false
}
