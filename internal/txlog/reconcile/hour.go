// SPDX-License-Identifier: EUPL-1.2

package reconcile

import (
	"cmp"
	"strings"
	"time"

	"github.com/samenspel/samenspel/internal/txlog/idset"
)

// Hour is an hour in UTC, counted from the start of 1970.
type Hour int64

// HourOf gives the hour in which a moment is; moments before 1970 are in the first.
func HourOf(t time.Time) Hour { return Hour(max(t.Unix(), 0) / 3600) }

// Time gives the moment at which the hour begins.
func (h Hour) Time() time.Time { return time.Unix(int64(h)*3600, 0).UTC() }

// Key names a set of calls: those of one grant in one direction, in one hour. To
// which hour a call belongs is told by [idset.ID.When].
type Key struct {
	Hour  Hour
	Grant string
	// Outgoing tells that our Outway made the calls; else they came to our Inway.
	Outgoing bool
}

// Compare orders by hour, grant and direction, incoming first.
func (k Key) Compare(o Key) int {
	return cmp.Or(cmp.Compare(k.Hour, o.Hour), strings.Compare(k.Grant, o.Grant), cmp.Compare(rank(k.Outgoing), rank(o.Outgoing)))
}

func rank(outgoing bool) int {
	if outgoing {
		return 1
	}
	return 0
}

// Told is what one side tells of a set: how many calls, and their root.
type Told struct {
	Key
	idset.Summary
}
