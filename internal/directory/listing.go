// SPDX-License-Identifier: EUPL-1.2

package directory

import (
	"context"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// Listing is one published service (Core, schema serviceListing).
type Listing struct {
	Peer     fsc.Peer // who provides it
	Name     string
	Protocol fsc.Protocol
	// Delegator is the Peer the service is published for; ID empty if none.
	Delegator  fsc.Peer
	Properties []byte // of the publication grant, verbatim; nil if none
	// CreatedAt (Unix seconds) and ContentHash are those of the publication contract.
	CreatedAt   int64
	ContentHash fsc.ContentHash
}

// Key is the place of a listing: listings are ordered by Peer and name.
type Key struct {
	PeerID fsc.PeerID
	Name   string
}

// Filter selects listings. PeerID and NameContains together mean either of the
// two (Core, GET /services); zero fields don't filter.
type Filter struct {
	Directory    fsc.PeerID // only contracts published here
	PeerID       fsc.PeerID // exact
	NameContains string     // ignoring case
	After        *Key
	Descending   bool
	Limit        int // 0: no limit
}

// Store finds listings: of the publication contracts that are VALID at a time,
// one per Peer and service name, from the newest contract.
type Store interface {
	ListServices(ctx context.Context, f Filter, validAt time.Time) ([]Listing, error)
}
