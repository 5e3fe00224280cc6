// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// PublishedService is everything about one service of the Group.
type PublishedService struct {
	Provider fsc.Peer
	Name     string
	// Listings are what the Directories tell of it now; none when it isn't
	// published any more.
	Listings []PublishedListing
	// Own tells that this Peer provides it.
	Own bool
	// Grants are this Peer's own on it, newest first.
	Grants []GrantUse
	// History are the publication contracts that are stored here, newest first:
	// all of them when this Peer keeps the Directory or has a part in them.
	History []Publication
	// Seen is what this node saw of it in the Directories.
	Seen []SeenService
}

// PublishedListing is an entry of a Directory.
type PublishedListing struct {
	directory.Listing
	Properties []Property
}

// Callable tells whether a call is possible now under one of the grants.
func (s *PublishedService) Callable() bool {
	return slices.ContainsFunc(s.Grants, func(g GrantUse) bool { return g.Problem == "" })
}

// Awaited tells whether a contract on it is proposed.
func (s *PublishedService) Awaited() bool {
	return slices.ContainsFunc(s.Grants, func(g GrantUse) bool { return g.State == fsc.StateProposed })
}

// PublishedService tells everything about one service of the Group.
func (c *Controller) PublishedService(ctx context.Context, a operator.Actor, provider fsc.PeerID, name string) (*PublishedService, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	all, err := c.cfg.Directory(ctx)
	if err != nil {
		return nil, err
	}
	s := &PublishedService{Name: name, Own: provider == c.Self().ID}
	for _, l := range all {
		if l.Peer.ID == provider && l.Name == name {
			s.Provider = l.Peer
			s.Listings = append(s.Listings, PublishedListing{Listing: l, Properties: properties(l.Properties)})
		}
	}
	if s.History, err = c.history(ctx, provider, name); err != nil {
		return nil, err
	}
	if s.Grants, err = c.grantsOn(ctx, provider, name); err != nil {
		return nil, err
	}
	if s.Seen, err = c.seen(ctx, provider, name); err != nil {
		return nil, err
	}
	if len(s.Listings) == 0 && len(s.History) == 0 && len(s.Grants) == 0 && len(s.Seen) == 0 {
		return nil, notFound("there is no such service in the Directory")
	}
	if s.Provider.ID == "" {
		known, err := c.lookUp(ctx, provider)
		if err != nil {
			return nil, err
		}
		s.Provider = known.peer(provider)
	}
	return s, nil
}

// history lists the publication contracts of a service that are stored here.
func (c *Controller) history(ctx context.Context, provider fsc.PeerID, name string) ([]Publication, error) {
	var out []Publication
	for _, part := range []manager.Role{manager.RoleDirectory, manager.RolePublisher, manager.RolePublicationDelegator} {
		page, err := c.cfg.Manager.SearchContracts(ctx, manager.ContractSearch{Role: part, Service: name, Peer: provider, Limit: maxChoices})
		if err != nil {
			return nil, ofField(err)
		}
		known, err := c.lookUp(ctx, partiesOf(page.Contracts)...)
		if err != nil {
			return nil, err
		}
		for _, contract := range page.Contracts {
			for i := range contract.Content.Grants {
				g := &contract.Content.Grants[i]
				p := publicationOf(contract, g, known, c.cfg.Now())
				if g.Type.IsPublication() && g.Service.Name == name && g.Service.PeerID == provider && !slices.ContainsFunc(out, p.same) {
					out = append(out, p)
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Publication) int { return b.NotBefore.Compare(a.NotBefore) })
	return out, nil
}

// same tells whether two views are of one publication.
func (p Publication) same(o Publication) bool {
	return p.ContentHash == o.ContentHash && p.Directory.ID == o.Directory.ID
}
