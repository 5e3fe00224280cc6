// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/operator"
)

// noticeMonths are how many months before the end of something there is to
// decide what comes after it (design, sections 1, row 68, and 3.6).
func noticeMonths() []int { return []int{18, 12, 6} }

// Obligation is something that this Peer promised or was promised, with its term.
type Obligation struct {
	TitledDeed
	// Roles are ours in it.
	Roles []deed.Role
	// Others are the parties beside us.
	Others []fsc.Peer
	// Framework is the agreement that it stands under; empty if there is none.
	Framework deed.Hash
	Begins    time.Time
	// Ends is the end of its own term or else of the framework that it stands under;
	// zero: it has none.
	Ends time.Time
	// Notices are the moments to decide what comes after, the first first.
	Notices []Notice
	// Next is the first of them that has not passed; its Months is 0 if there is none.
	Next Notice
	// DaysLeft is how many whole days are left until Ends, and Urgency how urgent
	// that is.
	DaysLeft int
	Urgency  Urgency
}

// Notice is a moment that is so many months before an end.
type Notice struct {
	At     time.Time
	Months int
	Passed bool
}

// ObligationFilter selects obligations; zero fields don't filter.
type ObligationFilter struct {
	Text string // in titles and names of others, ignoring case
	Type deed.Type
	// Over: also those that are over.
	Over bool
	Place
}

// Obligations lists what this Peer has to keep to, whatever its part in it: the
// first to end first, and those without an end last.
func (c *Controller) Obligations(ctx context.Context, a operator.Actor, f ObligationFilter) (Window[Obligation], error) {
	var none Window[Obligation]
	desk, err := c.desk(a, operator.PermissionRead)
	if err != nil {
		return none, err
	}
	filter := collective.StateFilter{Party: desk.Self(), Types: obligationTypes()}
	if f.Type != 0 {
		filter.Types = []deed.Type{f.Type}
	}
	states, err := desk.States(ctx, filter)
	if err != nil {
		return none, err
	}
	var list []Obligation
	for _, s := range states {
		if s.Final && !f.Over {
			continue
		}
		o, err := c.obligation(ctx, s)
		if err != nil {
			return none, err
		}
		if o.matches(f.Text) {
			list = append(list, o)
		}
	}
	slices.SortStableFunc(list, func(x, y Obligation) int {
		switch {
		case x.Ends.IsZero() && y.Ends.IsZero():
			return 0
		case x.Ends.IsZero():
			return 1
		case y.Ends.IsZero():
			return -1
		}
		return x.Ends.Compare(y.Ends)
	})
	return cut(list, func(o Obligation) string { return string(o.Hash) }, f.Place), nil
}

// obligationTypes are the deeds that bind who signed them.
func obligationTypes() []deed.Type {
	return []deed.Type{
		dossier.TypeFramework, dossier.TypeAccession, dossier.TypeCallOff, dossier.TypeBinding,
		dossier.TypeMembership, dossier.TypeDecision, dossier.TypeProcess, rule.TypeMandate,
	}
}

// ObligationTypes lists the types of deeds that obligations come from.
func ObligationTypes() []deed.Type { return obligationTypes() }

func (o *Obligation) matches(text string) bool {
	words := strings.Fields(strings.ToLower(text))
	names := []string{o.Title}
	for _, p := range o.Others {
		names = append(names, p.Name, string(p.ID))
	}
	return contains(words, names...)
}

func (c *Controller) obligation(ctx context.Context, s collective.State) (Obligation, error) {
	v, status, err := c.folded(ctx, s)
	if err != nil {
		return Obligation{}, err
	}
	k, err := c.clerkFor(ctx, nil, status)
	if err != nil {
		return Obligation{}, err
	}
	o := Obligation{TitledDeed: TitledDeed{DeedState: k.state(status), Title: titleOf(v, status)}, Begins: instant(status.Deed.NotBefore)}
	for _, p := range status.Deed.Parties {
		if p.PeerID == c.Self().ID {
			o.Roles = append(o.Roles, p.Role)
		} else if peer := k.peer(p.PeerID); !slices.Contains(o.Others, peer) {
			o.Others = append(o.Others, peer)
		}
	}
	o.Framework = frameworkOf(v, status)
	o.Ends = endOf(v, status, o.Framework)
	if s.Type != dossier.TypeDecision { // nothing comes after its closing
		if o.Notices, o.Next, err = notices(o.Ends, c.cfg.Now()); err != nil {
			return Obligation{}, err
		}
	}
	if !o.Ends.IsZero() {
		o.DaysLeft, o.Urgency = Remaining(c.cfg.Now(), o.Ends)
	}
	return o, nil
}

// frameworkOf finds the framework that a deed stands under; it is its own.
func frameworkOf(v *rule.View, s rule.Status) deed.Hash {
	if s.Deed.Type == dossier.TypeFramework {
		return s.Deed.Hash()
	}
	for _, h := range s.Deed.Parents {
		parent, ok := v.Status(h)
		if !ok {
			continue
		}
		if found := frameworkOf(v, parent); found != "" {
			return found
		}
	}
	return ""
}

// endOf gives the end of a deed's own term, of a decision its closing, or else
// the end of the framework.
func endOf(v *rule.View, s rule.Status, framework deed.Hash) time.Time {
	switch {
	case s.Deed.Type == dossier.TypeDecision:
		if d, err := rule.ParseDecision(s.Deed.Rule.Decision); err == nil {
			return instant(d.ClosesAt)
		}
	case s.Deed.Type == dossier.TypeFramework && slices.Contains(s.Overlays, collective.OverlayExtended):
		return bodyOf(s.Deed).End(s.Deed).UTC()
	case s.Deed.NotAfter != 0:
		return instant(s.Deed.NotAfter)
	}
	if above, ok := v.Status(framework); ok && framework != s.Deed.Hash() {
		return endOf(v, above, framework)
	}
	return time.Time{}
}

// notices gives the moments before an end at which people have to decide, and the
// first that hasn't passed: so many months before the day of the end in the
// Netherlands, or on the last day of a month that has no such day.
func notices(end, now time.Time) (all []Notice, next Notice, err error) {
	if end.IsZero() {
		return nil, next, nil
	}
	calendar, err := rule.NewCalendar()
	if err != nil {
		return nil, next, err
	}
	day := calendar.DateOf(end.Unix())
	for _, months := range noticeMonths() {
		first := time.Date(day.Year, day.Month-time.Month(months), 1, 0, 0, 0, 0, time.UTC)
		last := first.AddDate(0, 1, -1).Day()
		at, err := calendar.Start(rule.Date{Year: first.Year(), Month: first.Month(), Day: min(day.Day, last)})
		if err != nil {
			return nil, next, err
		}
		n := Notice{At: instant(at), Months: months, Passed: at <= now.Unix()}
		if !n.Passed && next.Months == 0 {
			next = n
		}
		all = append(all, n)
	}
	return all, next, nil
}
