// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

const (
	// listedUsers is how many users of a service are listed, and maxUsers how many
	// are looked at to tell what stops without it.
	listedUsers, maxUsers = 50, 200
	// listedTimeout is how long a page waits for the Directories.
	listedTimeout = 2 * time.Second
)

// ServiceDetail is everything about one own service.
type ServiceDetail struct {
	manager.Service
	Publications []Publication // newest first, also those that ended
	// Listed are the Directories' entries for it now; ListedError tells that
	// they couldn't be asked.
	Listed      []directory.Listing
	ListedError error
	Users       []ServiceUser // newest first, at most 50
	// UserCount is how many valid grants there are on it.
	UserCount int
	// Waiting are proposals about it that wait for this Peer's decision.
	Waiting []fsc.ContentHash
	// Rules are the enabled acceptance rules that can sign contracts about it.
	Rules []manager.StoredRule
	// Hours are the calls of the last seven days; CallsPerDay their average.
	Hours       []txlog.Traffic
	CallsPerDay int64
	// Limited are the limits that stopped calls since the node started.
	Limited []LimitedCalls
}

// Published tells whether one of the publications is valid.
func (s *ServiceDetail) Published() bool {
	return slices.ContainsFunc(s.Publications, func(p Publication) bool { return p.State == fsc.StateValid })
}

// ServiceUser is a valid grant on an own service.
type ServiceUser struct {
	ContentHash fsc.ContentHash
	GrantHash   fsc.GrantHash
	Consumer    fsc.Peer
	Delegator   fsc.Peer // for whom it calls; ID empty if for itself
	// PublicKeyThumbprint or DomainName names its Outway.
	PublicKeyThumbprint, DomainName string
	NotAfter                        time.Time
	CallsPerDay                     int64
}

// ServiceImpact is what stops when a service is deleted.
type ServiceImpact struct {
	Users     []ServiceUser // the busiest first, at most 200
	UserCount int           // valid grants
	// Consumers are the organisations among Users.
	Consumers   int
	CallsPerDay int64
	// Publications that are valid and will promise what isn't there.
	Publications []Publication
}

// Service tells everything about an own service.
func (c *Controller) Service(ctx context.Context, a operator.Actor, name string) (*ServiceDetail, error) {
	return c.serviceDetail(ctx, a, name, listedUsers)
}

// OfferedService finds an own service by its name, with nothing around it.
func (c *Controller) OfferedService(ctx context.Context, a operator.Actor, name string) (manager.Service, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return manager.Service{}, err
	}
	s, err := c.ownService(ctx, name)
	if err == nil && s.Name == "" {
		err = notFound("there is no service of that name")
	}
	return s, err
}

func (c *Controller) serviceDetail(ctx context.Context, a operator.Actor, name string, users int) (*ServiceDetail, error) {
	s, err := c.OfferedService(ctx, a, name)
	if err != nil {
		return nil, err
	}
	d := &ServiceDetail{Service: s, Limited: c.limited(s.Name)}
	fillUsers := func(ctx context.Context, d *ServiceDetail) error { return c.fillUsers(ctx, d, users) }
	for _, fill := range []func(context.Context, *ServiceDetail) error{c.fillPublications, fillUsers, c.fillRules, c.fillHours} {
		if err := fill(ctx, d); err != nil {
			return nil, err
		}
	}
	c.fillListed(ctx, d)
	return d, nil
}

func (c *Controller) fillPublications(ctx context.Context, d *ServiceDetail) error {
	all, err := c.publications(ctx, manager.ContractFilter{PublicationsBy: c.Self().ID})
	for _, p := range all {
		if p.Service == d.Name && p.Provider.ID == c.Self().ID {
			d.Publications = append(d.Publications, p)
		}
	}
	return err
}

// fillListed asks the Directories. They may be away, which is told and no more.
func (c *Controller) fillListed(ctx context.Context, d *ServiceDetail) {
	ctx, cancel := context.WithTimeout(ctx, listedTimeout)
	defer cancel()
	all, err := c.cfg.Directory(ctx)
	d.ListedError = err
	for _, l := range all {
		if l.Peer.ID == c.Self().ID && l.Name == d.Name {
			d.Listed = append(d.Listed, l)
		}
	}
}

func (c *Controller) fillUsers(ctx context.Context, d *ServiceDetail, most int) error {
	users, err := c.cfg.Manager.UsersOf(ctx, d.Name, most)
	if err != nil {
		return err
	}
	calls, err := c.callsByGrant(ctx, txlog.TrafficQuery{Direction: txlog.DirectionIncoming, ServiceName: d.Name})
	if err != nil {
		return err
	}
	if d.Users, err = c.namedUsers(ctx, users, calls); err != nil {
		return err
	}
	counts, err := c.cfg.Manager.CountUsers(ctx, d.Name)
	if err != nil {
		return err
	}
	d.UserCount = counts[d.Name]
	return c.fillWaiting(ctx, d)
}

// ServiceUsers goes through all who may call an own service now, newest first, for
// a file. It stops at an error.
func (c *Controller) ServiceUsers(ctx context.Context, a operator.Actor, name string) (iter.Seq2[ServiceUser, error], error) {
	if _, err := c.OfferedService(ctx, a, name); err != nil {
		return nil, err
	}
	calls, err := c.callsByGrant(ctx, txlog.TrafficQuery{Direction: txlog.DirectionIncoming, ServiceName: name})
	if err != nil {
		return nil, err
	}
	return func(yield func(ServiceUser, error) bool) {
		for page, err := range c.cfg.Manager.UserPages(ctx, name) {
			var users []ServiceUser
			if err == nil {
				users, err = c.namedUsers(ctx, page, calls)
			}
			if err != nil {
				yield(ServiceUser{}, err)
				return
			}
			for _, u := range users {
				if !yield(u, nil) {
					return
				}
			}
		}
	}, nil
}

// namedUsers tells of users what people want to know.
func (c *Controller) namedUsers(ctx context.Context, users []manager.ServiceUser, calls map[fsc.GrantHash]int64) ([]ServiceUser, error) {
	var ids []fsc.PeerID
	for _, u := range users {
		ids = append(ids, u.Grant.Outway.PeerID, u.Grant.Delegator)
	}
	known, err := c.lookUp(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var out []ServiceUser
	for _, u := range users {
		out = append(out, ServiceUser{
			ContentHash: u.Contract.Content.Hash(), GrantHash: u.Grant.Hash,
			Consumer: known.peer(u.Grant.Outway.PeerID), Delegator: known.peer(u.Grant.Delegator),
			PublicKeyThumbprint: u.Grant.Outway.PublicKeyThumbprint, DomainName: u.Grant.Outway.DomainName,
			NotAfter: time.Unix(u.Contract.Content.Validity.NotAfter, 0).UTC(), CallsPerDay: perDay(calls[u.Grant.Hash]),
		})
	}
	return out, nil
}

func (c *Controller) fillWaiting(ctx context.Context, d *ServiceDetail) error {
	page, err := c.cfg.Manager.SearchContracts(ctx, manager.ContractSearch{Service: d.Name, Role: manager.RoleProvider, AwaitingUs: true, Limit: maxChoices})
	if err != nil {
		return err
	}
	for _, contract := range page.Contracts {
		d.Waiting = append(d.Waiting, contract.Content.Hash())
	}
	return nil
}

// callsByGrant counts the calls of the last days of each grant.
func (c *Controller) callsByGrant(ctx context.Context, q txlog.TrafficQuery) (map[fsc.GrantHash]int64, error) {
	q.Until = c.cfg.Now().UTC().Truncate(time.Hour).Add(time.Hour)
	q.From, q.PerGrant = q.Until.AddDate(0, 0, -callDays), true
	counts, err := c.cfg.Log.Traffic(ctx, q)
	if err != nil {
		return nil, err
	}
	calls := map[fsc.GrantHash]int64{}
	for _, t := range counts {
		calls[fsc.GrantHash(t.GrantHash)] += t.Calls
	}
	return calls, nil
}

func (c *Controller) fillRules(ctx context.Context, d *ServiceDetail) error {
	rules, err := c.cfg.Manager.ListRules(ctx)
	for _, r := range rules {
		if r.Enabled && r.Rule.Role == manager.RoleProvider && (len(r.Rule.Services) == 0 || slices.Contains(r.Rule.Services, d.Name)) {
			d.Rules = append(d.Rules, r)
		}
	}
	return err
}

func (c *Controller) fillHours(ctx context.Context, d *ServiceDetail) error {
	until := c.cfg.Now().UTC().Truncate(time.Hour).Add(time.Hour)
	hours, err := c.cfg.Log.Traffic(ctx, txlog.TrafficQuery{
		From: until.AddDate(0, 0, -callDays), Until: until, Direction: txlog.DirectionIncoming, ServiceName: d.Name, PerHour: true,
	})
	var sum int64
	for _, h := range hours {
		sum += h.Calls
	}
	slices.SortFunc(hours, func(a, b txlog.Traffic) int { return a.Hour.Compare(b.Hour) })
	d.Hours, d.CallsPerDay = hours, perDay(sum)
	return err
}

// ServiceImpact tells what would stop if a service were deleted now.
func (c *Controller) ServiceImpact(ctx context.Context, a operator.Actor, name string) (*ServiceImpact, error) {
	d, err := c.serviceDetail(ctx, a, name, maxUsers)
	if err != nil {
		return nil, err
	}
	out := &ServiceImpact{Users: d.Users, UserCount: d.UserCount, CallsPerDay: d.CallsPerDay}
	consumers := map[fsc.PeerID]bool{}
	for _, u := range d.Users {
		consumers[u.Consumer.ID] = true
	}
	out.Consumers = len(consumers)
	for _, p := range d.Publications {
		if p.State == fsc.StateValid {
			out.Publications = append(out.Publications, p)
		}
	}
	slices.SortStableFunc(out.Users, func(a, b ServiceUser) int { return cmp.Compare(b.CallsPerDay, a.CallsPerDay) })
	return out, nil
}
