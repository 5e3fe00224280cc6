// SPDX-License-Identifier: EUPL-1.2

package reconcile

import (
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// settle is how long after its end an hour is left alone: the last calls get their
// records, and logs of Inways and Outways elsewhere come in.
const settle = 10 * time.Minute

// Config is what a Comparer needs. Self, Log and Now are required.
type Config struct {
	Self fsc.PeerID
	Log  Log
	// Keep is how long records are kept; 0 is forever.
	Keep time.Duration
	Now  func() time.Time
}

// Comparer compares our log with those of others, and answers them. It is safe
// for concurrent use.
type Comparer struct {
	cfg   Config
	trees trees
}

// New makes a Comparer.
func New(cfg Config) *Comparer { return &Comparer{cfg: cfg} }

// Whole tells from which hour up to which our log is whole: kept, over, and
// settled. The second isn't included.
func (c *Comparer) Whole() (from, until Hour) {
	now := c.cfg.Now()
	if c.cfg.Keep > 0 {
		from = HourOf(now.Add(-c.cfg.Keep)) + 2 // an hour that began in time, and the one in which its calls may be recorded
	}
	return from, max(from, HourOf(now.Add(-settle)))
}

// scope is the calls between us and another Peer.
func (c *Comparer) scope(other fsc.PeerID, grant string) Scope {
	return Scope{Self: c.cfg.Self, Other: other, Grant: grant}
}
