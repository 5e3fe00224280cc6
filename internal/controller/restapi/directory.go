// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/directory"
)

func (s *server) directoryHandlers() map[string]handler {
	return map[string]handler{
		"listDirectories": s.listDirectories, "listListings": s.listListings, "listOrganisations": s.listOrganisations,
		"getPublishedService": s.getPublishedService, "createOpenApiDocument": s.createOpenAPIDocument,
	}
}

func (c *call) peerID() fsc.PeerID { return fsc.PeerID(c.path["peerId"]) }

func (s *server) listDirectories(c *call) (*reply, error) {
	peers, err := s.act.Directories(c.ctx(), c.actor)
	if err != nil {
		return nil, err
	}
	return whole(c, each(peers, peerOf))
}

func (c *call) directoryFilter() (controller.DirectoryFilter, error) {
	place, err := c.window()
	return controller.DirectoryFilter{
		Text: c.text("text"), Peer: fsc.PeerID(c.text("peerId")), Protocol: fsc.Protocol(c.text("protocol")), Sort: c.text("sort"), Place: place,
	}, err
}

func (s *server) listListings(c *call) (*reply, error) {
	f, err := c.directoryFilter()
	if err != nil {
		return nil, err
	}
	found, err := s.act.Published(c.ctx(), c.actor, f)
	if err != nil {
		return nil, err
	}
	return windowPage(c, found, listingOf)
}

func (s *server) listOrganisations(c *call) (*reply, error) {
	f, err := c.directoryFilter()
	if err != nil {
		return nil, err
	}
	found, err := s.act.PublishedOrganisations(c.ctx(), c.actor, f)
	if err != nil {
		return nil, err
	}
	return windowPage(c, found, func(o controller.PublishedOrganisation) client.Organisation {
		return client.Organisation{Peer: peerOf(o.Peer), Services: o.Services}
	})
}

func grantUseOf(g controller.GrantUse) client.GrantUse {
	return client.GrantUse{
		ContentHash: g.ContentHash, GrantHash: g.GrantHash, State: g.State, Awaiting: each(g.Awaiting, peerOf), Delegator: peerIf(g.Delegator),
		ServiceDelegator: peerIf(g.ServiceDelegator), PublicKeyThumbprint: g.PublicKeyThumbprint, DomainName: g.DomainName, Outway: g.Outway,
		NotBefore: utc(g.NotBefore), NotAfter: utc(g.NotAfter), CreatedAt: utc(g.CreatedAt), Problem: string(g.Problem),
	}
}

func seenOf(o controller.SeenService) client.SeenService {
	return client.SeenService{
		Directory: peerOf(o.Directory), Delegator: peerIf(o.Delegator), FirstSeen: utc(o.FirstSeen), LastSeen: utc(o.LastSeen), GoneSince: utc(o.GoneSince),
		Events: each(o.Events, seenEventOf),
	}
}

func seenEventOf(e directory.Event) client.SeenEvent {
	return client.SeenEvent{At: utc(e.At), Kind: string(e.Kind), From: e.From, To: e.To}
}

func (s *server) getPublishedService(c *call) (*reply, error) {
	p, err := s.act.PublishedService(c.ctx(), c.actor, c.peerID(), c.path["name"])
	if err != nil {
		return nil, err
	}
	return done(client.PublishedService{
		Provider: peerOf(p.Provider), Service: p.Name, Own: p.Own, Callable: p.Callable(), Awaited: p.Awaited(),
		Listings: each(p.Listings, func(l controller.PublishedListing) client.Listing { return listingOf(l.Listing) }),
		Grants:   each(p.Grants, grantUseOf), History: each(p.History, publicationOf), Seen: each(p.Seen, seenOf),
	})
}

func (s *server) createOpenAPIDocument(c *call) (*reply, error) {
	in, err := decode[client.NewOpenAPIDocument](c)
	if err != nil {
		return nil, err
	}
	spec, err := s.act.FetchSpec(c.ctx(), c.actor, controller.SpecRequest{Peer: c.peerID(), Service: c.path["name"], Path: in.Path})
	if err != nil {
		return nil, err
	}
	return done(client.OpenAPIDocument{
		OpenAPI: spec.OpenAPI, Title: spec.Title, Version: spec.Version, Description: spec.About, More: spec.More,
		Operations: each(spec.Operations, func(o controller.SpecOperation) client.OpenAPIOperation {
			return client.OpenAPIOperation{
				Method: o.Method, Path: o.Path, Summary: o.Summary, Answers: o.Answers, Deprecated: o.Deprecated,
				Parameters: each(o.Parameters, func(p controller.SpecParameter) client.OpenAPIParameter { return client.OpenAPIParameter(p) }),
			}
		}),
	})
}
