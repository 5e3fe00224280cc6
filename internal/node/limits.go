// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/samenspel/samenspel/fsc"
)

const (
	// managerRate and managerBurst bound what one Peer may ask of the Manager a
	// second. Tokens are the bulk of it, and they are cached by Outways.
	managerRate  = 200
	managerBurst = 1000
)

// peerLimits bounds each Peer by itself, so that one can't take the Manager
// away from the others. It keeps an entry per Peer of the Group.
type peerLimits struct {
	now func() time.Time

	mu    sync.Mutex
	peers map[fsc.PeerID]*rate.Limiter
}

func newPeerLimits(now func() time.Time) *peerLimits {
	return &peerLimits{now: now, peers: map[fsc.PeerID]*rate.Limiter{}}
}

// wait tells how long the Peer has to wait; 0 lets the request through.
func (p *peerLimits) wait(id fsc.PeerID) time.Duration {
	p.mu.Lock()
	l, ok := p.peers[id]
	if !ok {
		l = rate.NewLimiter(managerRate, managerBurst)
		p.peers[id] = l
	}
	p.mu.Unlock()
	now := p.now()
	r := l.ReserveN(now, 1)
	d := r.DelayFrom(now)
	if d > 0 {
		r.CancelAt(now)
	}
	return d
}
