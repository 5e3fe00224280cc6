// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// Traffic is a number of calls in one hour that have all of this in common.
type Traffic struct {
	Hour          time.Time // start of the hour, UTC
	Direction     Direction
	GrantHash     string
	ServiceName   string
	OutwayPeerID  fsc.PeerID
	ServicePeerID fsc.PeerID
	Calls         int64
}

// TrafficQuery selects and groups counted calls. Zero fields don't filter.
type TrafficQuery struct {
	From, Until time.Time // whole hours; Until is not included
	Direction   Direction // zero: both
	GrantHashes []string
	ServiceName string
	Peer        fsc.PeerID // the other side
	// PerHour keeps the hours apart; otherwise Hour is zero in the answer.
	PerHour bool
	// PerGrant keeps grants apart; otherwise only hour and direction remain.
	PerGrant bool
}
