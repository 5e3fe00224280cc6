// SPDX-License-Identifier: EUPL-1.2

package operator

import "time"

// Request is an act that waits for a second person, where that is configured.
type Request struct {
	ID        string // UUID of version 7
	Act       string // as in Event
	Object    string
	Payload   []byte // what the act needs, for who carries it out
	Requester AccountID
	Name      string // of the requester
	CreatedAt time.Time
	ExpiresAt time.Time
	// Decided is empty while it waits, else approved, refused or withdrawn.
	Decided   string
	DecidedBy AccountID
	DecidedAt time.Time
}
