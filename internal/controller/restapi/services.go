// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/txlog"
)

func (s *server) serviceHandlers() map[string]handler {
	return map[string]handler{
		"listServices": s.listServices, "getService": s.getService, "putService": s.putService, "deleteService": s.deleteService,
		"getServiceUsage": s.getServiceUsage, "listPublications": s.listPublications, "createPublication": s.createPublication,
		"createUpstreamCheck": s.createUpstreamCheck, "getServiceLimits": s.getServiceLimits, "putServiceLimits": s.putServiceLimits,
	}
}

func serviceOf(v manager.Service) client.Service {
	return client.Service{Name: v.Name, Upstream: v.Upstream, MoreUpstreams: v.Upstreams()[1:], InwayAddress: v.InwayAddress, RequiresAgreement: v.RequiresAgreement}
}

func publicationOf(p controller.Publication) client.Publication {
	return client.Publication{
		ContentHash: p.ContentHash, State: p.State, Service: p.Service, Provider: peerOf(p.Provider), Directory: peerOf(p.Directory),
		Delegator: peerIf(p.Delegator), Protocol: p.Protocol, NotBefore: utc(p.NotBefore), NotAfter: utc(p.NotAfter), Awaiting: each(p.Awaiting, peerOf),
	}
}

// window asks for a part of a list that the Controller keeps whole.
func (c *call) window() (controller.Place, error) {
	after, before, err := c.cursor()
	return controller.Place{After: after, Before: before, Limit: c.limit()}, err
}

// windowPage answers with a part of such a list.
func windowPage[A, B any](c *call, w controller.Window[A], wire func(A) B) (*reply, error) {
	return page(c, each(w.Items, wire), w.Total, next(w.Next), previous(w.Previous))
}

func (s *server) listServices(c *call) (*reply, error) {
	place, err := c.window()
	if err != nil {
		return nil, err
	}
	published := map[string]string{"true": "yes", "false": "no"}[c.text("published")]
	found, err := s.act.Services(c.ctx(), c.actor, controller.ServiceFilter{Text: c.text("text"), Published: published, Sort: c.text("sort"), Place: place})
	if err != nil {
		return nil, err
	}
	return windowPage(c, found, func(v controller.OwnService) client.OwnService {
		return client.OwnService{
			Service: serviceOf(v.Service), Publications: each(v.Publications, publicationOf), Users: v.Users, CallsPerDay: v.CallsPerDay,
		}
	})
}

// service finds the service of the path, as it can be changed.
func (s *server) service(c *call) (*controller.ServiceDetail, error) {
	return s.act.Service(c.ctx(), c.actor, c.path["name"])
}

func (s *server) serviceVersion(c *call) func() (any, error) {
	return func() (any, error) {
		d, err := s.service(c)
		if err != nil {
			return nil, err
		}
		return serviceOf(d.Service), nil
	}
}

func (s *server) getService(c *call) (*reply, error) {
	d, err := s.service(c)
	if err != nil {
		return nil, err
	}
	v := serviceOf(d.Service)
	return tagged(http.StatusOK, v, "", v)
}

func (s *server) putService(c *call) (*reply, error) {
	in, err := decode[client.ServiceForm](c)
	if err != nil {
		return nil, err
	}
	v := manager.Service{Name: c.path["name"], Upstream: in.Upstream, MoreUpstreams: strings.Join(in.MoreUpstreams, " "), InwayAddress: in.InwayAddress}
	return s.change(c, s.serviceVersion(c), func() (*reply, error) {
		before, err := s.act.OfferedService(c.ctx(), c.actor, v.Name)
		create := isNotFound(err)
		if err != nil && !create {
			return nil, err
		}
		v.RequiresAgreement = before.RequiresAgreement
		if in.RequiresAgreement != nil {
			v.RequiresAgreement = *in.RequiresAgreement
		}
		if !create && v.RequiresAgreement != before.RequiresAgreement {
			if err := s.act.RequireAgreement(c.ctx(), c.actor, v.Name, v.RequiresAgreement); err != nil {
				return nil, err
			}
		}
		if err := s.act.PutService(c.ctx(), c.actor, v, create); err != nil {
			return nil, err
		}
		if create {
			return tagged(http.StatusCreated, serviceOf(v), "/services/"+v.Name, serviceOf(v))
		}
		return tagged(http.StatusOK, serviceOf(v), "", serviceOf(v))
	})
}

func (s *server) deleteService(c *call) (*reply, error) {
	return s.change(c, s.serviceVersion(c), func() (*reply, error) {
		if err := s.act.DeleteService(c.ctx(), c.actor, c.path["name"]); err != nil {
			return nil, err
		}
		return gone()
	})
}

func (s *server) getServiceUsage(c *call) (*reply, error) {
	d, err := s.service(c)
	if err != nil {
		return nil, err
	}
	coverage, err := s.act.AgreementCoverage(c.ctx(), c.actor, d.Name)
	if err != nil {
		return nil, err
	}
	out := client.ServiceUsage{
		Contracts: coverage.Contracts, WithoutAgreement: coverage.Without,
		CallsPerDay: d.CallsPerDay, Waiting: d.Waiting, DirectoryAnswered: d.ListedError == nil, Listed: each(d.Listed, listingOf),
		Rules:   each(d.Rules, func(r manager.StoredRule) client.RuleReference { return client.RuleReference{ID: r.ID, Name: r.Name} }),
		Hours:   each(d.Hours, func(t txlog.Traffic) client.HourCount { return client.HourCount{Hour: utc(t.Hour), Calls: t.Calls} }),
		Limited: each(d.Limited, limitedOf),
	}
	var consumers []fsc.PeerID
	for _, u := range d.Users {
		out.Users = append(out.Users, client.ServiceUser{
			ContentHash: u.ContentHash, GrantHash: u.GrantHash, Consumer: peerOf(u.Consumer), Delegator: peerIf(u.Delegator),
			PublicKeyThumbprint: u.PublicKeyThumbprint, DomainName: u.DomainName, NotAfter: utc(u.NotAfter), CallsPerDay: u.CallsPerDay,
		})
		if !slices.Contains(consumers, u.Consumer.ID) {
			consumers = append(consumers, u.Consumer.ID)
		}
	}
	out.Consumers = len(consumers)
	return done(out)
}

func listingOf(l directory.Listing) client.Listing {
	out := client.Listing{
		Provider: peerOf(l.Peer), Service: l.Name, Protocol: l.Protocol, Delegator: peerIf(l.Delegator), CreatedAt: unix(l.CreatedAt), ContentHash: l.ContentHash,
	}
	names, err := fsc.PropertyNames(l.Properties)
	if err != nil {
		return out // what a Directory sends is checked when it is read
	}
	for _, name := range names {
		value, _ := fsc.Property(l.Properties, name)
		out.Properties = append(out.Properties, client.Property{Name: name, Value: string(value)})
	}
	return out
}

func (s *server) listPublications(c *call) (*reply, error) {
	d, err := s.service(c)
	if err != nil {
		return nil, err
	}
	return whole(c, each(d.Publications, publicationOf))
}

func (s *server) createPublication(c *call) (*reply, error) {
	in, err := decode[client.NewPublication](c)
	if err != nil {
		return nil, err
	}
	return madeContract(s.act.PublishService(c.ctx(), c.actor, controller.PublishForm{
		Service: c.path["name"], Directory: in.Directory, Protocol: in.Protocol, Delegator: in.Delegator,
		NotBefore: in.NotBefore, NotAfter: in.NotAfter, Properties: propertyForms(in.Properties),
	}))
}

func (s *server) createUpstreamCheck(c *call) (*reply, error) {
	u, err := s.act.CheckUpstream(c.ctx(), c.actor, c.path["name"])
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusOK, body: client.UpstreamCheck{
		URL: u.URL, Status: u.Status, TookMilliseconds: u.Took.Milliseconds(), Problem: string(u.Problem),
		ContentType: u.ContentType, Text: u.Text, Location: u.Location,
	}}, nil
}
