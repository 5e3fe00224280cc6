// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"cmp"
	"context"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// maxSuggestions bounds each list of [Suggestions].
const maxSuggestions = 1000

// Suggestions are what somebody who describes a contract can choose from.
// Other values are right too: nobody knows all organisations.
type Suggestions struct {
	Peers       []fsc.Peer // by name; this Peer is among them
	Directories []fsc.Peer
	// Services are those that others published, by name.
	Services    []SuggestedService
	OwnServices []string
	Outways     []Outway
}

// SuggestedService is a service in a Directory.
type SuggestedService struct {
	Name      string
	Provider  fsc.Peer
	Delegator fsc.PeerID // for which the provider offers it; empty if none
}

// Suggestions lists what a form for a contract can suggest. A Directory that
// can't be reached leaves its services out.
func (c *Controller) Suggestions(ctx context.Context, a operator.Actor) (*Suggestions, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	out := &Suggestions{Outways: c.cfg.Outways()}
	var err error
	if out.Directories, err = c.Directories(ctx, a); err != nil {
		return nil, err
	}
	if out.Peers, err = c.cfg.Manager.ListPeers(ctx, manager.PeerFilter{Limit: maxSuggestions}); err != nil {
		return nil, err
	}
	own, err := c.cfg.Manager.ListServices(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range own {
		out.OwnServices = append(out.OwnServices, s.Name)
	}
	listings, err := c.cfg.Directory(ctx)
	if err != nil {
		c.cfg.Logger.WarnContext(ctx, "no suggestions from the directories", "error", err)
	}
	known := map[fsc.PeerID]bool{}
	for _, p := range out.Peers {
		known[p.ID] = true
	}
	for _, l := range listings {
		if len(out.Services) == maxSuggestions {
			break
		}
		out.Services = append(out.Services, SuggestedService{Name: l.Name, Provider: l.Peer, Delegator: l.Delegator.ID})
		for _, p := range []fsc.Peer{l.Peer, l.Delegator} {
			if p.ID != "" && !known[p.ID] {
				known[p.ID] = true
				out.Peers = append(out.Peers, p)
			}
		}
	}
	slices.SortFunc(out.Peers, func(x, y fsc.Peer) int { return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.ID, y.ID)) })
	slices.SortStableFunc(out.Services, func(x, y SuggestedService) int { return cmp.Compare(x.Name, y.Name) })
	return out, nil
}
