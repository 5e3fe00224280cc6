// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/event"
	"github.com/samenspel/samenspel/internal/operator"
)

// UpcomingMoment is what the clock alone will bring to a framework that this Peer
// has to do with.
type UpcomingMoment struct {
	At time.Time // UTC
	// Kind is expiring, window_opening or window_closing. Months are those left
	// before the end, with expiring: 18, 12 or 6.
	Kind   string
	Months int
	Deed   deed.Hash // the framework
	Name   string
	// End is the first second after the framework, with the options used so far.
	End time.Time
}

// UpcomingMoments lists the renewal moments of frameworks and the opening and
// closing of their entry windows from now up to and including until, in order.
func (c *Controller) UpcomingMoments(ctx context.Context, a operator.Actor, until time.Time) ([]UpcomingMoment, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	agenda, err := c.agenda(ctx)
	if err != nil {
		return nil, err
	}
	zone, err := amsterdam()
	if err != nil {
		return nil, err
	}
	var out []UpcomingMoment
	for i := range agenda.Frameworks {
		f := &agenda.Frameworks[i]
		for _, m := range event.Due(zone, f, c.cfg.Now().Unix(), until.Unix()) {
			out = append(out, UpcomingMoment{
				At: time.Unix(m.At, 0).UTC(), Kind: string(m.Kind), Months: m.Months, Deed: f.Deed, Name: f.Name, End: time.Unix(f.End, 0).UTC(),
			})
		}
	}
	slices.SortStableFunc(out, func(x, y UpcomingMoment) int { return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.Deed, y.Deed)) })
	return out, nil
}

// Calendar writes what this organisation has to do with as iCalendar (RFC 5545).
// Who may read or has the permission for calendars alone gets it; nothing of a
// person is in it. link gives the page of a deed; nil: none.
func (c *Controller) Calendar(ctx context.Context, a operator.Actor, dutch bool, link func(deed.Hash) string) ([]byte, error) {
	if !c.sees(a, operator.PermissionRead) {
		if err := c.view(a, operator.PermissionCalendar); err != nil {
			return nil, err
		}
	}
	agenda, err := c.agenda(ctx)
	if err != nil {
		return nil, err
	}
	zone, err := amsterdam()
	if err != nil {
		return nil, err
	}
	agenda.Dutch, agenda.Link = dutch, link
	return event.Calendar(zone, agenda), nil
}

// agenda gives what this organisation has to do with.
func (c *Controller) agenda(ctx context.Context) (*event.Agenda, error) {
	if c.cfg.Collective == nil {
		return nil, notFound("this node doesn't act together with others; see collective in its configuration")
	}
	return c.cfg.Collective.Happenings().Agenda(ctx)
}

// amsterdam is the zone in which days of agreements begin and end.
func amsterdam() (*time.Location, error) {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	return zone, nil
}
