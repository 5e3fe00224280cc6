// SPDX-License-Identifier: EUPL-1.2

package directory

import (
	"context"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// What is remembered of one Directory: enough for a large Group, and no more than
// that however much a hostile Directory lists.
const (
	// MaxObservations is of how many services at most.
	MaxObservations = 10_000
	// MaxEvents is how many events at most per service; the oldest go first.
	MaxEvents = 50
	// maxObservedBytes is the length at which a text of a Directory is cut. A service
	// with longer names isn't remembered.
	maxObservedBytes = 1000
)

// Subject is what an observation is about: a service that one Peer provides, in
// the list of one Directory.
type Subject struct {
	Directory fsc.PeerID
	Provider  fsc.PeerID
	Delegator fsc.PeerID // for whom it is published; empty if for nobody
	Name      string
}

// Observation is what this node saw of a service in a Directory.
type Observation struct {
	Subject
	// Protocol and ManagerAddress, of the provider, as they were listed last.
	Protocol       fsc.Protocol
	ManagerAddress string
	// FirstSeen and LastSeen are times of reading. Reads that bring no news may be
	// left out, so the service may have been seen some minutes after LastSeen.
	FirstSeen, LastSeen time.Time
	// GoneSince is when it was found missing; zero while it is listed.
	GoneSince time.Time
	// Events are what changed since FirstSeen, oldest first, at most [MaxEvents].
	Events []Event
}

// EventKind tells what changed.
type EventKind string

// The kinds of events.
const (
	EventGone     EventKind = "gone"     // not listed any more
	EventBack     EventKind = "back"     // listed again
	EventProtocol EventKind = "protocol" // offered over another protocol
	EventAddress  EventKind = "address"  // the provider's Manager has another address
)

// Event is a change that this node saw. It happened between At and the read before.
type Event struct {
	At   time.Time
	Kind EventKind
	// From and To are the values before and after; empty for gone and back.
	From, To string
}

// News is what a read of a Directory changes in what is known of it.
type News struct {
	// Changed are new, or have more than another LastSeen.
	Changed []Observation
	// Forgotten have to make place.
	Forgotten []Subject
	// Seen is the LastSeen of everything that isn't gone; zero when the read was
	// too late to count.
	Seen time.Time
}

// History keeps observations. Implementations are safe for concurrent use.
type History interface {
	// Observe hands compare what is known of a Directory and keeps what it gives,
	// in one transaction. compare may run more than once.
	Observe(ctx context.Context, directory fsc.PeerID, compare func(known []Observation) News) error
	// Observations lists those of a service in all Directories, in order of Directory
	// and delegator.
	Observations(ctx context.Context, provider fsc.PeerID, name string) ([]Observation, error)
}
