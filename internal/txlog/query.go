// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/fsc"
)

// MaxTransactionIDs is how many transaction ids one [Query] may name.
const MaxTransactionIDs = 1000

// ErrTooManyTransactionIDs refuses a query with more than [MaxTransactionIDs].
var ErrTooManyTransactionIDs = errors.New("too many transaction ids")

// Query is the filter of GET /logs (FSC Logging). The zero value asks for
// everything, oldest first.
type Query struct {
	// Reader is the Peer that asks; only records visible to it are given, before
	// any other filter. Empty is the own node's administrator, who sees all:
	// the door for other Peers must always fill it.
	Reader fsc.PeerID
	// After and Before are exclusive bounds in Unix seconds, compared with the
	// creation time in whole seconds, as the wire shows it.
	After, Before *int64
	// GrantHashes and ServiceNames: a record passes when it is in either list.
	// Two empty lists let everything pass.
	GrantHashes  []string
	ServiceNames []string
	// TransactionIDs, when not empty, overrides cursor, limit and all filters
	// except Reader. Unknown ids are left out silently. At most 1000.
	TransactionIDs []string
	// Cursor, when set, gives only what comes after it in the chosen order.
	Cursor *Cursor
	// Descending gives the newest first.
	Descending bool
	// Limit is the largest number of records; 0 is no limit.
	Limit int
}

// Cursor is the place of a record in the order of a [Query].
type Cursor struct {
	// CreatedAt is in Unix microseconds.
	CreatedAt     int64
	TransactionID string
	Direction     Direction
}

// Reader answers queries from an index.
type Reader interface {
	// Records gives the records that q matches, sorted by [Cursor.Compare].
	Records(ctx context.Context, q Query) ([]Record, error)
}

// CursorOf gives the place of r.
func CursorOf(r Record) Cursor {
	return Cursor{CreatedAt: r.CreatedAt.UnixMicro(), TransactionID: r.TransactionID, Direction: r.Direction}
}

// Compare orders by creation time, then transaction id, then direction, byte
// by byte; negative when c comes before o in ascending order.
func (c Cursor) Compare(o Cursor) int {
	return cmp.Or(
		cmp.Compare(c.CreatedAt, o.CreatedAt),
		strings.Compare(c.TransactionID, o.TransactionID),
		strings.Compare(string(c.Direction), string(o.Direction)),
	)
}

// Validate refuses a query with too many transaction ids.
func (q Query) Validate() error {
	if len(q.TransactionIDs) > MaxTransactionIDs {
		return ErrTooManyTransactionIDs
	}
	return nil
}

// Matches is the meaning of a query, Limit left out. A [Reader] does the same
// in its own terms.
func (q Query) Matches(r Record) bool {
	if q.Reader != "" && !r.VisibleTo(q.Reader) {
		return false
	}
	if len(q.TransactionIDs) > 0 {
		return slices.Contains(q.TransactionIDs, r.TransactionID)
	}
	seconds := r.CreatedAt.Unix()
	if q.After != nil && seconds <= *q.After || q.Before != nil && seconds >= *q.Before {
		return false
	}
	return q.matchesLists(r) && q.isPast(r)
}

func (q Query) matchesLists(r Record) bool {
	if len(q.GrantHashes) == 0 && len(q.ServiceNames) == 0 {
		return true
	}
	return slices.Contains(q.GrantHashes, r.GrantHash) || slices.Contains(q.ServiceNames, r.ServiceName)
}

func (q Query) isPast(r Record) bool {
	if q.Cursor == nil {
		return true
	}
	order := CursorOf(r).Compare(*q.Cursor)
	if q.Descending {
		return order < 0
	}
	return order > 0
}
