// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/operator"
)

// DirectoryFilter selects and sorts what is published; zero fields don't filter.
type DirectoryFilter struct {
	// Text is in the name of the service or of an organisation, or in an OIN;
	// ignoring case. Each of its words has to be found.
	Text     string
	Peer     fsc.PeerID // who provides it, or whom it is offered for
	Protocol fsc.Protocol
	// Sort is service or peer; with a minus sign in front descending. Default:
	// service.
	Sort string
	Place
}

// PublishedOrganisation is a Peer that offers services in the Group.
type PublishedOrganisation struct {
	Peer     fsc.Peer
	Services int
}

// Published lists the services in the Group's Directories.
func (c *Controller) Published(ctx context.Context, a operator.Actor, f DirectoryFilter) (Window[directory.Listing], error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return Window[directory.Listing]{}, err
	}
	all, err := c.cfg.Directory(ctx)
	if err != nil {
		return Window[directory.Listing]{}, err
	}
	found := f.of(all)
	slices.SortStableFunc(found, f.order())
	return cut(found, listingKey, f.Place), nil
}

// PublishedOrganisations lists who offers services in the Group, by the same
// filter as [Controller.Published]. Sort is peer or services.
func (c *Controller) PublishedOrganisations(ctx context.Context, a operator.Actor, f DirectoryFilter) (Window[PublishedOrganisation], error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return Window[PublishedOrganisation]{}, err
	}
	all, err := c.cfg.Directory(ctx)
	if err != nil {
		return Window[PublishedOrganisation]{}, err
	}
	byID := map[fsc.PeerID]*PublishedOrganisation{}
	for _, l := range f.of(all) {
		o := byID[l.Peer.ID]
		if o == nil {
			o = &PublishedOrganisation{Peer: l.Peer}
			byID[l.Peer.ID] = o
		}
		o.Services++
	}
	list := make([]PublishedOrganisation, 0, len(byID))
	for _, o := range byID {
		list = append(list, *o)
	}
	slices.SortFunc(list, organisationOrder(f.Sort))
	return cut(list, func(o PublishedOrganisation) string { return string(o.Peer.ID) }, f.Place), nil
}

func organisationOrder(sort string) func(a, b PublishedOrganisation) int {
	name, descending := strings.CutPrefix(sort, "-")
	return func(a, b PublishedOrganisation) int {
		n := 0
		if name == "services" {
			n = cmp.Compare(a.Services, b.Services)
		}
		n = cmp.Or(n, comparePeers(a.Peer, b.Peer))
		if descending {
			return -n
		}
		return n
	}
}

// of gives the listings that fit; the list itself stays as it is.
func (f DirectoryFilter) of(all []directory.Listing) []directory.Listing {
	words := strings.Fields(strings.ToLower(f.Text))
	var found []directory.Listing
	for _, l := range all {
		if (f.Peer == "" || l.Peer.ID == f.Peer || l.Delegator.ID == f.Peer) &&
			(f.Protocol == "" || l.Protocol == f.Protocol) &&
			contains(words, l.Name, l.Peer.Name, string(l.Peer.ID), l.Delegator.Name, string(l.Delegator.ID)) {
			found = append(found, l)
		}
	}
	return found
}

// contains tells whether each of the words, in lower case, is in one of the texts.
func contains(words []string, texts ...string) bool {
	for _, w := range words {
		if !slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(strings.ToLower(t), w) }) {
			return false
		}
	}
	return true
}

func (f DirectoryFilter) order() func(a, b directory.Listing) int {
	name, descending := strings.CutPrefix(f.Sort, "-")
	return func(a, b directory.Listing) int {
		n := 0
		if name == "peer" {
			n = comparePeers(a.Peer, b.Peer)
		}
		n = cmp.Or(n, strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), comparePeers(a.Peer, b.Peer), strings.Compare(a.Name, b.Name))
		if descending {
			return -n
		}
		return n
	}
}

// comparePeers orders by name as people read it, then by ID.
func comparePeers(a, b fsc.Peer) int {
	return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
}

func listingKey(l directory.Listing) string { return string(l.Peer.ID) + "/" + l.Name }
