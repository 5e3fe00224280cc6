// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// InwaySnapshot is what an Inway has to know: everything at once, so that it
// can be replaced as a whole.
type InwaySnapshot struct {
	Services []Service
	// TokenKeys are the chains (DER, leaf first) of the keys that sign tokens.
	TokenKeys [][][]byte
	// Ended are grants under which no call may pass any more, although a token
	// for them may still be alive.
	Ended []fsc.GrantHash
}

// OutwaySnapshot is what an Outway has to know.
type OutwaySnapshot struct {
	Grants []OutwayGrant
	// Routes are those that people stored; each Outway puts those of its own
	// configuration in front of them.
	Routes []Route
}

// OutwayGrant is a connection grant of this Peer.
type OutwayGrant struct {
	Hash             fsc.GrantHash
	ServicePeer      fsc.Peer
	Service          string
	Delegator        fsc.PeerID
	ServiceDelegator fsc.PeerID
	// PublicKeyThumbprint or DomainName names the Outway that may use it.
	PublicKeyThumbprint string
	DomainName          string
	NotBefore, NotAfter time.Time
	CreatedAt           int64
	// Problem says in words why the grant can't be used; empty if it can between
	// NotBefore and NotAfter.
	Problem string
}

// InwaySnapshot gives what the Inways of this Peer work with now.
func (m *Manager) InwaySnapshot(ctx context.Context) (*InwaySnapshot, error) {
	s := &InwaySnapshot{TokenKeys: m.cfg.Keys.Published()}
	err := m.cfg.Store.View(ctx, func(tx Tx) (err error) {
		if s.Services, err = tx.ListServices(ctx); err != nil {
			return err
		}
		stopped, err := tx.ListContracts(ctx, ContractFilter{ServicesOf: m.cfg.Self.ID, EndsAfter: m.cfg.Now(), Stopped: true})
		if err != nil {
			return err
		}
		s.Ended = nil
		for _, c := range stopped {
			for i := range c.Content.Grants {
				s.Ended = append(s.Ended, c.Content.Grants[i].Hash)
			}
		}
		return nil
	})
	return s, err
}

// OutwaySnapshot gives what the Outways of this Peer work with now. Grants that
// can't be used yet or any more are in it with the reason, so that a refused
// call can be explained.
func (m *Manager) OutwaySnapshot(ctx context.Context) (*OutwaySnapshot, error) {
	s := &OutwaySnapshot{}
	now := m.cfg.Now()
	err := m.cfg.Store.View(ctx, func(tx Tx) error {
		contracts, err := tx.ListContracts(ctx, ContractFilter{ConnectionsOf: m.cfg.Self.ID, EndsAfter: now})
		if err != nil {
			return err
		}
		if s.Routes, err = tx.ListRoutes(ctx); err != nil {
			return err
		}
		peers, err := tx.ListPeers(ctx, PeerFilter{})
		if err != nil {
			return err
		}
		byID := make(map[fsc.PeerID]fsc.Peer, len(peers))
		for _, d := range m.cfg.Directories {
			byID[d.ID] = d
		}
		for _, p := range peers {
			if p.ManagerAddress != "" || byID[p.ID].ManagerAddress == "" {
				byID[p.ID] = p
			}
		}
		s.Grants = nil
		for _, c := range contracts {
			s.Grants = append(s.Grants, m.outwayGrants(c, byID, now)...)
		}
		return nil
	})
	return s, err
}

func (m *Manager) outwayGrants(c *Contract, peers map[fsc.PeerID]fsc.Peer, now time.Time) []OutwayGrant {
	problem := ""
	if state := c.State(now); state != fsc.StateValid && state != fsc.StateNotYetValid {
		problem = describe(c, state, now)
	}
	var out []OutwayGrant
	for i := range c.Content.Grants {
		g := &c.Content.Grants[i]
		if !g.Type.IsConnection() || g.Outway.PeerID != m.cfg.Self.ID {
			continue
		}
		provider, ok := peers[g.Service.PeerID]
		if !ok {
			provider = fsc.Peer{ID: g.Service.PeerID}
		}
		out = append(out, OutwayGrant{
			Hash: g.Hash, ServicePeer: provider, Service: g.Service.Name,
			Delegator: g.Delegator, ServiceDelegator: g.Service.Delegator,
			PublicKeyThumbprint: g.Outway.PublicKeyThumbprint, DomainName: g.Outway.DomainName,
			NotBefore: time.Unix(c.Content.Validity.NotBefore, 0), NotAfter: time.Unix(c.Content.Validity.NotAfter, 0),
			CreatedAt: c.Content.CreatedAt, Problem: problem,
		})
	}
	return out
}
