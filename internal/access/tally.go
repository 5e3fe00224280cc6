// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

const (
	// oneByOne is how many refused calls of one Peer have a record each within a
	// window; those that follow are counted.
	oneByOne    = 60
	tallyWindow = time.Minute
	// keptTallies bounds memory; further Peers are counted together.
	keptTallies = 1024
)

// tally counts refusals. A Peer that goes on calling what it may not call costs no
// disk and pushes no records of others out.
type tally struct {
	mu    sync.Mutex
	peers map[fsc.PeerID]*refusals
}

// refusals are those of one Peer in one window.
type refusals struct {
	peer    fsc.PeerID // empty: several
	began   time.Time
	written int
	counted map[Reason]uint64 // without a record of their own
}

// take counts one refusal. It tells whether that has a record of its own, and gives
// the Peer's window before, if that is over and counted any.
func (t *tally) take(peer fsc.PeerID, reason Reason, now time.Time) (own bool, over *refusals) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.peers == nil {
		t.peers = map[fsc.PeerID]*refusals{}
	}
	if t.peers[peer] == nil && len(t.peers) >= keptTallies {
		peer = ""
	}
	r := t.peers[peer]
	if r == nil || r.over(now) {
		if r != nil && len(r.counted) > 0 {
			over = r
		}
		r = &refusals{peer: peer, began: now, counted: map[Reason]uint64{}}
		t.peers[peer] = r
	}
	if r.written < oneByOne {
		r.written++
		return true, over
	}
	r.counted[reason]++
	return false, over
}

// over tells whether the window has ended; a clock that was set back ends it too.
func (r *refusals) over(now time.Time) bool {
	return now.Before(r.began) || now.Sub(r.began) >= tallyWindow
}

// ended gives the windows that are over and counted any, or every one, by Peer, and
// forgets them.
func (t *tally) ended(now time.Time, all bool) (out []*refusals) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, peer := range slices.Sorted(maps.Keys(t.peers)) {
		r := t.peers[peer]
		if !all && !r.over(now) {
			continue
		}
		delete(t.peers, peer)
		if len(r.counted) > 0 {
			out = append(out, r)
		}
	}
	return out
}

// back takes up counts that couldn't be written.
func (t *tally) back(r *refusals) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.peers[r.peer]
	if now == nil {
		t.peers[r.peer] = r
		return
	}
	for reason, n := range r.counted {
		now.counted[reason] += n
	}
	now.began = r.began // which ends the window at once, so that it is tried again
}
