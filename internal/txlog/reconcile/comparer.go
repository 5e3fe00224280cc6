// SPDX-License-Identifier: EUPL-1.2

package reconcile

import (
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog/retention"
)

// settle is how long after its end an hour is left alone: the last calls get their
// records, and logs of Inways and Outways elsewhere come in.
const settle = 10 * time.Minute

// Config is what a Comparer needs. Self, Log and Now are required.
type Config struct {
	Self fsc.PeerID
	Log  Log
	// Keep is how long any record is kept; 0 is forever.
	Keep time.Duration
	// Retention says which are removed before that; nil: none.
	Retention *retention.Policy
	Now       func() time.Time
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
		from = wholeSince(now.Add(-c.cfg.Keep))
	}
	return from, max(from, HourOf(now.Add(-settle)))
}

// wholeSince gives the first hour that is whole when all is kept since a moment: it
// began in time, and so did the one before, in which its calls may be recorded.
func wholeSince(t time.Time) Hour { return HourOf(t) + 2 }

// scope is the calls between us and another Peer.
func (c *Comparer) scope(other fsc.PeerID, grant string) Scope {
	return Scope{Self: c.cfg.Self, Other: other, Grant: grant}
}
