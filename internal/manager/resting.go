// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"sync"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// resting are the Peers whose Manager didn't answer the last time. Until one of
// their deliveries is due again, the others are put off without trying, so that
// a Peer that hangs takes up one attempt and not one per contract.
type resting struct {
	mu    sync.Mutex
	peers map[fsc.PeerID]time.Time
}

// until tells whether the Peer rests at now, and how long.
func (r *resting) until(p fsc.PeerID, now time.Time) (time.Time, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, ok := r.peers[p]
	return t, ok && now.Before(t)
}

// tried takes in what came of a delivery.
func (r *resting) tried(d Delivery, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil || d.Status != DeliveryWaiting {
		delete(r.peers, d.Target)
		return
	}
	r.peers[d.Target] = d.NextAttempt.Truncate(time.Microsecond) // as it is stored
}

// forget lets the Peer be tried at once.
func (r *resting) forget(p fsc.PeerID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.peers, p)
}
