// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// names gives the Peers that go with PeerIDs.
type names map[fsc.PeerID]fsc.Peer

// peer gives the Peer, without a name if that isn't known; the empty Peer for an
// empty ID.
func (n names) peer(id fsc.PeerID) fsc.Peer {
	if p, ok := n[id]; ok {
		return p
	}
	return fsc.Peer{ID: id}
}

// lookUp finds the Peers with these IDs; empty IDs are left out.
func (c *Controller) lookUp(ctx context.Context, ids ...fsc.PeerID) (names, error) {
	self := c.Self()
	found := names{self.ID: self}
	ids = slices.DeleteFunc(slices.Clone(ids), func(id fsc.PeerID) bool { return id == "" || id == self.ID })
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 {
		return found, nil
	}
	peers, err := c.cfg.Manager.ListPeers(ctx, manager.PeerFilter{IDs: ids})
	if err != nil {
		return nil, err
	}
	for _, p := range peers {
		found[p.ID] = p
	}
	return found, nil
}

// Directories lists the Peers that keep the Group's Directories, in the order of
// the configuration.
func (c *Controller) Directories(ctx context.Context, a operator.Actor) ([]fsc.Peer, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	ids := c.directoryIDs()
	known, err := c.lookUp(ctx, ids...)
	if err != nil {
		return nil, err
	}
	peers := make([]fsc.Peer, 0, len(ids))
	for _, id := range ids {
		peers = append(peers, known.peer(id))
	}
	return peers, nil
}

// directoryIDs reads who keeps the Directories from the configuration.
func (c *Controller) directoryIDs() []fsc.PeerID {
	var ids []fsc.PeerID
	for _, s := range c.cfg.Settings {
		if strings.HasPrefix(s.Key, "group.directories[") && strings.HasSuffix(s.Key, ".peer_id") {
			ids = append(ids, fsc.PeerID(s.Value))
		}
	}
	return ids
}

// invalid says that a field of a form is wrong.
func invalid(field, text string) error {
	return &operator.Error{Kind: operator.KindInvalid, Field: field, Text: text}
}

// notFound says that something isn't here.
func notFound(text string) error {
	return &operator.Error{Kind: operator.KindNotFound, Text: text}
}

// ofField makes a Manager's error about a field one that people can be told.
func ofField(err error) error {
	f, ok := errors.AsType[*manager.FieldError](err)
	if !ok {
		return err
	}
	kind := operator.KindInvalid
	if f.Conflict {
		kind = operator.KindConflict
	}
	return &operator.Error{Kind: kind, Field: f.Field, Text: f.Text}
}
