// SPDX-License-Identifier: EUPL-1.2

package limit

import (
	"fmt"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

const (
	shardCount = 16
	// peersPerShard bounds what a Gate remembers: 8192 Peers that are calling or
	// called within the last second. Any more share the allowance of one.
	peersPerShard = 512
	lookAgain     = 100 * time.Millisecond
)

// RefusedError says which limit a call would go beyond, and where that stands.
type RefusedError struct {
	Limit Name
	Most  int64
}

// Error gives the limit; for logs.
func (r *RefusedError) Error() string {
	return fmt.Sprintf("above the limit %s of %d", r.Limit, r.Most)
}

// Gate counts the calls of one service. The limits may differ from call to call,
// so that they can change while calls are under way. It is safe for concurrent
// use.
type Gate struct {
	running atomic.Int64 // calls that were let in under ConcurrentCalls
	seed    maphash.Seed
	shards  [shardCount]shard
}

type shard struct {
	sync.Mutex
	peers map[string]*peer
	rest  peer // of those there was no room for
	// crowded is when there were too many Peers that don't rest.
	crowded time.Time
}

// peer is what is known of one Peer.
type peer struct {
	running int64 // calls that were let in under ConcurrentCallsPerPeer
	// full is when as many calls as the rate may begin at once again: each call
	// puts it off by its part of a second, up to a second from now.
	full time.Time
}

// NewGate makes a Gate without calls.
func NewGate() *Gate { return &Gate{seed: maphash.MakeSeed()} }

// Pass is a call that was let in. The zero Pass is a call that isn't counted.
type Pass struct {
	gate  *Gate
	shard *shard
	peer  *peer
}

// Enter lets in a call of a Peer at a time or refuses it, which counts for
// nothing. Whoever was let in calls [Pass.Leave] at the end of the call.
func (g *Gate) Enter(l *Limits, name string, now time.Time) (p Pass, refused *RefusedError) {
	if l.ConcurrentCallsPerPeer <= 0 && l.CallsPerSecondPerPeer <= 0 {
		refused = g.enterAll(l, &p)
		return p, refused
	}
	s := &g.shards[maphash.String(g.seed, name)%shardCount]
	s.Lock()
	defer s.Unlock()
	who := s.find(name, now)
	full, ok := who.begin(l.CallsPerSecondPerPeer, now)
	switch {
	case !ok:
		return p, &RefusedError{CallsPerSecondPerPeer, l.CallsPerSecondPerPeer}
	case l.ConcurrentCallsPerPeer > 0 && who.running >= l.ConcurrentCallsPerPeer:
		return p, &RefusedError{ConcurrentCallsPerPeer, l.ConcurrentCallsPerPeer}
	}
	if refused = g.enterAll(l, &p); refused != nil {
		return p, refused
	}
	who.full = full
	if l.ConcurrentCallsPerPeer > 0 {
		who.running++
		p.shard, p.peer = s, who
	}
	return p, nil
}

// enterAll counts a call among those of all Peers.
func (g *Gate) enterAll(l *Limits, p *Pass) *RefusedError {
	if l.ConcurrentCalls <= 0 {
		return nil
	}
	for {
		n := g.running.Load()
		if n >= l.ConcurrentCalls {
			return &RefusedError{ConcurrentCalls, l.ConcurrentCalls}
		}
		if g.running.CompareAndSwap(n, n+1) {
			p.gate = g
			return nil
		}
	}
}

// Leave ends the call.
func (p *Pass) Leave() {
	if p.gate != nil {
		p.gate.running.Add(-1)
	}
	if p.peer != nil {
		p.shard.Lock()
		p.peer.running--
		p.shard.Unlock()
	}
	*p = Pass{}
}

// find gives what is known of a Peer. It needs the lock of the shard.
func (s *shard) find(name string, now time.Time) *peer {
	if p := s.peers[name]; p != nil {
		return p
	}
	if len(s.peers) >= peersPerShard && !s.forget(now) {
		return &s.rest
	}
	if s.peers == nil {
		s.peers = map[string]*peer{}
	}
	p := new(peer)
	s.peers[name] = p
	return p
}

// forget makes room by dropping the Peers that rest and tells whether there is
// any. When there was none, it doesn't look again for a while.
func (s *shard) forget(now time.Time) bool {
	if now.Sub(s.crowded).Abs() < lookAgain {
		return false
	}
	for name, p := range s.peers {
		if p.running == 0 && !p.full.After(now) {
			delete(s.peers, name)
		}
	}
	if len(s.peers) < peersPerShard {
		return true
	}
	s.crowded = now
	return false
}

// begin tells whether another call may begin, and when the allowance would be
// full again after it.
func (p *peer) begin(rate int64, now time.Time) (full time.Time, ok bool) {
	if rate <= 0 {
		return p.full, true
	}
	full = p.full
	if ahead := full.Sub(now); ahead < 0 || ahead > time.Second { // it rested, or the clock was put back
		full = now
	}
	full = full.Add(time.Second / time.Duration(rate))
	return full, full.Sub(now) <= time.Second
}
