// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

// callDays is over how many days calls a day are reckoned.
const callDays = 7

// ServiceFilter selects and sorts own services; zero fields don't filter.
type ServiceFilter struct {
	Text string // in the name, ignoring case
	// Published is yes for services with a valid publication, no for the others.
	Published string
	// Sort is name, users or calls; with a minus sign in front descending.
	// Default: name.
	Sort string
	Place
}

// OwnService is a service of this Peer with what there is to know in one line.
type OwnService struct {
	manager.Service
	// Publications are its contracts with Directories that haven't ended.
	Publications []Publication
	// Users counts the valid grants on it.
	Users int
	// CallsPerDay is the average of the last seven days, rounded up.
	CallsPerDay int64
}

// Published tells whether one of the publications is valid.
func (s OwnService) Published() bool {
	return slices.ContainsFunc(s.Publications, func(p Publication) bool { return p.State == fsc.StateValid })
}

// Publication is a contract that lists a service in a Directory.
type Publication struct {
	ContentHash         fsc.ContentHash
	State               fsc.ContractState
	Service             string
	Provider            fsc.Peer
	Directory           fsc.Peer
	Delegator           fsc.Peer // ID empty if none
	Protocol            fsc.Protocol
	NotBefore, NotAfter time.Time
	Awaiting            []fsc.Peer // whose turn it is to accept
}

// Services lists the services this Peer offers.
func (c *Controller) Services(ctx context.Context, a operator.Actor, f ServiceFilter) (Window[OwnService], error) {
	var none Window[OwnService]
	if err := c.view(a, operator.PermissionRead); err != nil {
		return none, err
	}
	services, err := c.cfg.Manager.ListServices(ctx)
	if err != nil {
		return none, err
	}
	var publications []Publication
	var users map[string]int
	var calls map[string]int64
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		publications, err = c.publications(gctx, manager.ContractFilter{PublicationsBy: c.Self().ID, EndsAfter: c.cfg.Now()})
		return err
	})
	g.Go(func() (err error) { users, err = c.countUsers(gctx, services); return err })
	g.Go(func() (err error) {
		calls, err = c.callsPerDay(gctx, txlog.TrafficQuery{Direction: txlog.DirectionIncoming})
		return err
	})
	if err := g.Wait(); err != nil {
		return none, err
	}
	var list []OwnService
	for _, s := range services {
		own := OwnService{Service: s, Users: users[s.Name], CallsPerDay: calls[s.Name]}
		for _, p := range publications {
			if p.Service == s.Name && p.Provider.ID == c.Self().ID {
				own.Publications = append(own.Publications, p)
			}
		}
		if f.fits(own) {
			list = append(list, own)
		}
	}
	slices.SortStableFunc(list, f.order())
	return cut(list, func(s OwnService) string { return s.Name }, f.Place), nil
}

func (c *Controller) countUsers(ctx context.Context, services []manager.Service) (map[string]int, error) {
	names := make([]string, len(services))
	for i, s := range services {
		names[i] = s.Name
	}
	return c.cfg.Manager.CountUsers(ctx, names...)
}

func (f ServiceFilter) fits(s OwnService) bool {
	return contains(strings.Fields(strings.ToLower(f.Text)), s.Name) &&
		(f.Published != "yes" || s.Published()) && (f.Published != "no" || !s.Published())
}

func (f ServiceFilter) order() func(a, b OwnService) int {
	name, descending := strings.CutPrefix(f.Sort, "-")
	return func(a, b OwnService) int {
		n := 0
		switch name {
		case "users":
			n = cmp.Compare(a.Users, b.Users)
		case "calls":
			n = cmp.Compare(a.CallsPerDay, b.CallsPerDay)
		}
		n = cmp.Or(n, cmp.Compare(a.Name, b.Name))
		if descending {
			return -n
		}
		return n
	}
}

// publications makes views of the publication grants in contracts.
func (c *Controller) publications(ctx context.Context, f manager.ContractFilter) ([]Publication, error) {
	contracts, err := c.cfg.Manager.ListContracts(ctx, f)
	if err != nil {
		return nil, err
	}
	var ids []fsc.PeerID
	for _, contract := range contracts {
		ids = append(ids, contract.Content.Parties()...)
	}
	known, err := c.lookUp(ctx, ids...)
	if err != nil {
		return nil, err
	}
	now := c.cfg.Now()
	var out []Publication
	for _, contract := range contracts {
		for i := range contract.Content.Grants {
			if g := &contract.Content.Grants[i]; g.Type.IsPublication() {
				out = append(out, publicationOf(contract, g, known, now))
			}
		}
	}
	return out, nil
}

func publicationOf(contract *manager.Contract, g *fsc.Grant, known names, now time.Time) Publication {
	p := Publication{
		ContentHash: contract.Content.Hash(), State: contract.State(now), Service: g.Service.Name,
		Provider: known.peer(g.Service.PeerID), Directory: known.peer(g.Directory), Delegator: known.peer(g.Delegator), Protocol: g.Service.Protocol,
		NotBefore: time.Unix(contract.Content.Validity.NotBefore, 0).UTC(), NotAfter: time.Unix(contract.Content.Validity.NotAfter, 0).UTC(),
	}
	if p.State == fsc.StateProposed {
		for _, id := range contract.Awaiting(now) {
			p.Awaiting = append(p.Awaiting, known.peer(id))
		}
	}
	return p
}

// callsPerDay gives the average of the last days by service name.
func (c *Controller) callsPerDay(ctx context.Context, q txlog.TrafficQuery) (map[string]int64, error) {
	q.Until = c.cfg.Now().UTC().Truncate(time.Hour).Add(time.Hour)
	q.From, q.PerGrant = q.Until.AddDate(0, 0, -callDays), true
	counts, err := c.cfg.Log.Traffic(ctx, q)
	if err != nil {
		return nil, err
	}
	calls := map[string]int64{}
	for _, t := range counts {
		calls[t.ServiceName] += t.Calls
	}
	for name, n := range calls {
		calls[name] = perDay(n)
	}
	return calls, nil
}

// perDay rounds up, so that few calls aren't none.
func perDay(calls int64) int64 { return int64(math.Ceil(float64(calls) / callDays)) }

// PutService offers a service, or changes the one of that name, whose limits and
// whose need of an agreement stay as they are; see [Controller.RequireAgreement].
// create tells that there must be none of that name yet.
func (c *Controller) PutService(ctx context.Context, a operator.Actor, s manager.Service, create bool) error {
	e := operator.Event{Act: "service.put", Object: s.Name}
	before, err := c.ownService(ctx, s.Name)
	if err != nil {
		return err
	}
	had := before != (manager.Service{})
	e.Changes = differences("upstream", before.Upstream, s.Upstream, "more_upstreams", before.MoreUpstreams, s.MoreUpstreams,
		"inway_address", before.InwayAddress, s.InwayAddress)
	if !had && s.RequiresAgreement {
		e.Changes = append(e.Changes, operator.Change{Field: "requires_agreement", After: "true"})
	}
	return c.act(ctx, a, operator.PermissionManage, e, func() error {
		if create && had {
			return &operator.Error{Kind: operator.KindConflict, Field: "name", Text: "there is a service of that name already"}
		}
		if err := checkService(s); err != nil {
			return err
		}
		return c.cfg.Manager.PutService(ctx, s)
	})
}

// ownService finds a service of this Peer; the empty one if there is none.
func (c *Controller) ownService(ctx context.Context, name string) (manager.Service, error) {
	s, err := c.cfg.Manager.FindService(ctx, name)
	if errors.Is(err, manager.ErrNotFound) {
		return manager.Service{}, nil
	}
	return s, err
}

// checkService tells which field is wrong, where the Manager would only refuse.
func checkService(s manager.Service) error {
	if fsc.ValidateServiceName(s.Name) != nil {
		return invalid("name", "a name has 3 to 100 letters, digits, dots, hyphens or underscores")
	}
	if !plainURL(s.Upstream, "http", "https") {
		return invalid("upstream", "must be a URL like https://source.internal/path, without user, query or fragment")
	}
	all := s.Upstreams()
	for i, u := range all[1:] {
		if !plainURL(u, "http", "https") || slices.Contains(all[:i+1], u) || len(all) > manager.MaxUpstreams {
			return invalid("more_upstreams", "must be at most 15 different URLs like https://source.internal/path, without user, query or fragment")
		}
	}
	if s.InwayAddress != "" && !plainURL(s.InwayAddress, "https") {
		return invalid("inway_address", "must be a URL like https://inway.example.nl:443")
	}
	return nil
}

func plainURL(raw string, schemes ...string) bool {
	u, err := url.Parse(raw)
	return err == nil && slices.Contains(schemes, u.Scheme) && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

// differences lists the fields that differ: name, before, after, name, …
func differences(fields ...string) []operator.Change {
	var out []operator.Change
	for i := 0; i+2 < len(fields); i += 3 {
		if fields[i+1] != fields[i+2] {
			out = append(out, operator.Change{Field: fields[i], Before: fields[i+1], After: fields[i+2]})
		}
	}
	return out
}

// DeleteService stops offering a service: calls to it are refused from then on.
func (c *Controller) DeleteService(ctx context.Context, a operator.Actor, name string) error {
	before, err := c.ownService(ctx, name)
	if err != nil {
		return err
	}
	e := operator.Event{Act: "service.delete", Object: name, Changes: differences("upstream", before.Upstream, "", "more_upstreams", before.MoreUpstreams, "", "inway_address", before.InwayAddress, "")}
	return c.act(ctx, a, operator.PermissionManage, e, func() error {
		if before == (manager.Service{}) {
			return notFound("there is no service of that name")
		}
		return c.cfg.Manager.DeleteService(ctx, name)
	})
}
