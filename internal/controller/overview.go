// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"cmp"
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

// Overview is what a person should know on coming in.
type Overview struct {
	Now time.Time
	// Contracts counts them by state; AwaitingUs waits for our signature.
	Contracts  map[fsc.ContractState]int
	AwaitingUs int
	// Waiting are the oldest that wait for us, at most overviewList.
	Waiting []ContractLine
	// Requests wait for a second person.
	Requests []*operator.Request
	// Expiring are valid contracts that end within 60 days, the first first.
	Expiring     []ContractLine
	Certificates []CertificateView // that end within 60 days, or have ended
	Traffic      TrafficToday
	Refusals     []Refusal // the most frequent first
	Refused      uint64
	Checks       []Check // only those with a problem
	Healthy      int     // number of checks without
	Undelivered  []UndeliveredTo
	// Events are the newest of the audit trail; nil for who may not read it.
	Events []*operator.Event
	// Resets are accounts that somebody else gave a password, newest first; nil for
	// who doesn't manage people.
	Resets []*operator.Account
	// Services is how many we offer.
	Services int
}

// Problems counts what needs a person soon.
func (o *Overview) Problems() int {
	n := o.AwaitingUs + len(o.Requests) + len(o.Checks) + len(o.Undelivered)
	for _, c := range o.Certificates {
		if c.Urgency != UrgencyNotice {
			n++
		}
	}
	return n
}

// ContractLine is a contract in a short list.
type ContractLine struct {
	ContentHash fsc.ContentHash
	CreatedAt   time.Time
	NotAfter    time.Time
	DaysLeft    int
	Urgency     Urgency
	// Services are the names in its grants, Others the parties beside us.
	Services []string
	Others   []fsc.Peer
	// Publication tells that it lists services in a Directory.
	Publication bool
}

// TrafficToday counts calls since midnight, and until the same time yesterday.
type TrafficToday struct {
	Incoming, Outgoing int64
	Yesterday          int64
	Hours              []HourCount // from midnight up to and including this hour
}

// HourCount counts the calls of one hour.
type HourCount struct {
	Hour               time.Time
	Incoming, Outgoing int64
}

// UndeliveredTo are the messages that haven't reached one Manager.
type UndeliveredTo struct {
	Peer            fsc.Peer
	Waiting, Failed int
	Oldest          time.Time
	LastError       string
}

// overviewList is how long the lists of the overview are.
const overviewList = 6

// Overview gathers what waits, what ends, what goes wrong and how much is
// called. midnight is when today began where the reader is.
func (c *Controller) Overview(ctx context.Context, a operator.Actor, midnight time.Time) (*Overview, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	o := &Overview{Now: c.cfg.Now()}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return c.overviewContracts(gctx, o) })
	g.Go(func() (err error) { o.Traffic, err = c.trafficToday(gctx, midnight, o.Now); return err })
	g.Go(func() (err error) { o.Undelivered, err = c.undelivered(gctx); return err })
	g.Go(func() error { return c.overviewPeople(gctx, a, o) })
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for _, cert := range c.certificates().Own {
		if cert.Urgency != UrgencyNone {
			o.Certificates = append(o.Certificates, cert)
		}
	}
	o.Refusals, o.Refused = c.refusals()
	for _, check := range c.cfg.Health() {
		if check.Problem == "" {
			o.Healthy++
			continue
		}
		o.Checks = append(o.Checks, check)
	}
	return o, nil
}

func (c *Controller) overviewContracts(ctx context.Context, o *Overview) error {
	counts, err := c.cfg.Manager.CountContracts(ctx)
	if err != nil {
		return err
	}
	o.Contracts, o.AwaitingUs = counts.ByState, counts.AwaitingUs
	if o.AwaitingUs > 0 {
		s := manager.ContractSearch{AwaitingUs: true, Ascending: true, Limit: overviewList}
		if o.Waiting, err = c.contractLines(ctx, s); err != nil {
			return err
		}
	}
	s := manager.ContractSearch{
		State: fsc.StateValid, EndsBefore: o.Now.AddDate(0, 0, noticeDays), Sort: manager.SortEnds, Ascending: true, Limit: overviewList,
	}
	if o.Expiring, err = c.contractLines(ctx, s); err != nil {
		return err
	}
	services, err := c.cfg.Manager.ListServices(ctx)
	o.Services = len(services)
	return err
}

func (c *Controller) contractLines(ctx context.Context, s manager.ContractSearch) ([]ContractLine, error) {
	page, err := c.cfg.Manager.SearchContracts(ctx, s)
	if err != nil {
		return nil, err
	}
	var ids []fsc.PeerID
	for _, contract := range page.Contracts {
		ids = append(ids, contract.Content.Parties()...)
	}
	known, err := c.lookUp(ctx, ids...)
	if err != nil {
		return nil, err
	}
	lines := make([]ContractLine, 0, len(page.Contracts))
	for _, contract := range page.Contracts {
		lines = append(lines, c.contractLine(contract.Content, known))
	}
	return lines, nil
}

func (c *Controller) contractLine(content *fsc.Content, known names) ContractLine {
	l := ContractLine{
		ContentHash: content.Hash(), CreatedAt: time.Unix(content.CreatedAt, 0).UTC(), NotAfter: time.Unix(content.Validity.NotAfter, 0).UTC(),
	}
	l.DaysLeft, l.Urgency = Remaining(c.cfg.Now(), l.NotAfter)
	for i := range content.Grants {
		g := &content.Grants[i]
		if !slices.Contains(l.Services, g.Service.Name) {
			l.Services = append(l.Services, g.Service.Name)
		}
		l.Publication = l.Publication || g.Type.IsPublication()
	}
	for _, p := range content.Parties() {
		if p != c.Self().ID {
			l.Others = append(l.Others, known.peer(p))
		}
	}
	return l
}

// overviewPeople adds what waits for a second person and the newest events, as
// far as the actor may see them.
func (c *Controller) overviewPeople(ctx context.Context, a operator.Actor, o *Overview) (err error) {
	if o.Requests, err = c.cfg.People.Waiting(ctx, a); err != nil {
		return err
	}
	if c.sees(a, operator.PermissionPeople) {
		if o.Resets, err = c.cfg.People.Resets(ctx, a); err != nil {
			return err
		}
	}
	if !c.sees(a, operator.PermissionReadAudit) {
		return nil
	}
	o.Events, err = c.cfg.People.Events(ctx, a, operator.EventFilter{Limit: overviewList})
	return err
}

// trafficToday counts per hour since midnight and in all the day before.
func (c *Controller) trafficToday(ctx context.Context, midnight, now time.Time) (TrafficToday, error) {
	var t TrafficToday
	thisHour := now.UTC().Truncate(time.Hour)
	yesterday := midnight.Add(-24 * time.Hour)
	counted, err := c.cfg.Log.Traffic(ctx, txlog.TrafficQuery{From: yesterday.UTC(), Until: thisHour.Add(time.Hour), PerHour: true})
	if err != nil {
		return t, err
	}
	for h := midnight.UTC(); !h.After(thisHour); h = h.Add(time.Hour) {
		t.Hours = append(t.Hours, HourCount{Hour: h})
	}
	for _, n := range counted {
		if n.Hour.Before(midnight) {
			if n.Hour.Before(thisHour.Add(-24 * time.Hour)) {
				t.Yesterday += n.Calls
			}
			continue
		}
		i := int(n.Hour.Sub(midnight) / time.Hour)
		if i >= len(t.Hours) {
			continue
		}
		if n.Direction == txlog.DirectionIncoming {
			t.Hours[i].Incoming += n.Calls
			t.Incoming += n.Calls
		} else {
			t.Hours[i].Outgoing += n.Calls
			t.Outgoing += n.Calls
		}
	}
	return t, nil
}

// undelivered groups what waits in the outbox by Peer, the oldest first.
func (c *Controller) undelivered(ctx context.Context) ([]UndeliveredTo, error) {
	ds, err := c.cfg.Manager.ListDeliveries(ctx, manager.DeliveryFilter{Undelivered: true, Limit: 1000})
	if err != nil {
		return nil, err
	}
	var out []UndeliveredTo
	var ids []fsc.PeerID
	for _, d := range ds {
		if d.Attempts == 0 && d.Status == manager.DeliveryWaiting {
			continue // on its way for the first time
		}
		i := slices.Index(ids, d.Target)
		if i < 0 {
			i = len(ids)
			ids = append(ids, d.Target)
			out = append(out, UndeliveredTo{Oldest: d.CreatedAt})
		}
		u := &out[i]
		if d.Status == manager.DeliveryFailed {
			u.Failed++
		} else {
			u.Waiting++
		}
		if d.CreatedAt.Before(u.Oldest) {
			u.Oldest = d.CreatedAt
		}
		u.LastError = cmp.Or(d.LastError, u.LastError)
	}
	known, err := c.lookUp(ctx, ids...)
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		out[i].Peer = known.peer(id)
	}
	return out, nil
}

// refusals gives the reasons with calls, the most frequent first, and their sum.
func (c *Controller) refusals() (list []Refusal, sum uint64) {
	for _, r := range c.cfg.Refusals() {
		if r.Calls > 0 {
			list = append(list, r)
			sum += r.Calls
		}
	}
	slices.SortFunc(list, func(x, y Refusal) int {
		return cmp.Or(cmp.Compare(y.Calls, x.Calls), cmp.Compare(x.Code, y.Code), cmp.Compare(x.Component, y.Component))
	})
	return list, sum
}
