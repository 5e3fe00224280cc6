// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/directory"
)

// SeenService is what this node saw of a service in one Directory. Protocol and
// address are those of the last time.
type SeenService struct {
	directory.Observation
	// Directory and Delegator are the Peers of the observation with their names.
	Directory, Delegator fsc.Peer
}

// seen lists what this node saw of a service, with the names of Peers.
func (c *Controller) seen(ctx context.Context, provider fsc.PeerID, name string) ([]SeenService, error) {
	all, err := c.cfg.History.Observations(ctx, provider, name)
	if err != nil {
		return nil, err
	}
	var ids []fsc.PeerID
	for i := range all {
		ids = append(ids, all[i].Directory, all[i].Delegator)
	}
	known, err := c.lookUp(ctx, ids...)
	if err != nil {
		return nil, err
	}
	out := make([]SeenService, 0, len(all))
	for _, o := range all {
		out = append(out, SeenService{Observation: o, Directory: known.peer(o.Directory), Delegator: known.peer(o.Delegator)})
	}
	return out, nil
}
