// SPDX-License-Identifier: EUPL-1.2

package usage

import (
	"context"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/internal/txlog/idset"
)

const (
	// MaxGrants is how many grants can be bound to one call-off.
	MaxGrants = 1000
	// MaxCalls is how many calls fit in the statement of one month: 16 bytes of memory each.
	MaxCalls = 20_000_000
)

// Query asks for the calls of a call-off in a month.
type Query struct {
	// GrantHashes are the grants bound to the call-off, 1 to MaxGrants.
	GrantHashes []string
	// Outgoing asks for the records of the own Outway, as a buyer does; else those
	// of the own Inway, as a supplier does.
	Outgoing bool
	// From and Until bound the month; Until is not included.
	From, Until time.Time
}

// Takes tells whether a call belongs to the month: by [idset.ID.When], so both
// sides count a call around midnight in the same month, and nobody escapes the count
// by making IDs of another year.
func (q *Query) Takes(id ID, recorded time.Time) bool {
	at := id.When(recorded)
	return !at.Before(q.From) && at.Before(q.Until)
}

// Log is the transaction log of the own side.
type Log interface {
	// TransactionIDs gives the IDs of all records of these grants in this
	// direction that [Query.Takes] takes, in order, each once. It is an error of
	// [ReasonTooMany] when they are more than [MaxCalls]. The slice is the caller's.
	TransactionIDs(ctx context.Context, q Query) ([]ID, error)
}

// Count reads the calls of a call-off in a month from the own log. grants are those
// bound to the call-off, on this side; without any there are no calls. The month should be
// over, or a later Count gives another root.
func Count(ctx context.Context, log Log, months Calendar, m Month, q Query) (*Tree, error) {
	from, until, err := months(m.Year, m.Month)
	if err != nil {
		return nil, malformed("month", "%s", err.Error())
	}
	if len(q.GrantHashes) == 0 {
		return idset.NewTree(nil), nil
	}
	if len(q.GrantHashes) > MaxGrants {
		return nil, refuse(ReasonTooMany, "grants", "a call-off has at most %d connections", MaxGrants)
	}
	q.From, q.Until = time.Unix(from, 0), time.Unix(until, 0)
	ids, err := log.TransactionIDs(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("count calls: %w", err)
	}
	return idset.NewTree(ids), nil
}

// TooMany is the error of a [Log] that has more than [MaxCalls].
func TooMany() error {
	return refuse(ReasonTooMany, "", "there are more than %d calls in this month; more fit in no statement", MaxCalls)
}
