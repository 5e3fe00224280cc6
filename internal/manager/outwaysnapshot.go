// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// OutwaySnapshot is what an Outway has to know.
type OutwaySnapshot struct {
	// After is the version to which this is what changed: Grants has all grants of the
	// contracts that changed, and those not in Grants or Gone stay as they are. Empty
	// when this is the whole.
	After  string `json:",omitzero"`
	Grants []OutwayGrant
	// Gone are grants of contracts that have ended; only with After. They come before
	// Grants.
	Gone []fsc.GrantHash `json:",omitzero"`
	// Routes are those that people stored, always all; each Outway puts those of its
	// own configuration in front of them.
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

// OutwaySnapshot gives what the Outways of this Peer work with now. Grants that
// can't be used yet or any more are in it with the reason, so that a refused
// call can be explained.
func (m *Manager) OutwaySnapshot(ctx context.Context) (*OutwaySnapshot, error) {
	s, _, err := m.OutwaySnapshotAfter(ctx, "")
	return s, err
}

// OutwaySnapshotAfter is OutwaySnapshot with its version; the snapshot is nil when
// that is after. What it costs then doesn't depend on the number of grants.
func (m *Manager) OutwaySnapshotAfter(ctx context.Context, after string) (*OutwaySnapshot, string, error) {
	return m.outwayAfter(ctx, after, (*outwayIndex).all)
}

// OutwayChanges is OutwaySnapshotAfter, but gives only what changed after that
// version when it still knows.
func (m *Manager) OutwayChanges(ctx context.Context, after string) (*OutwaySnapshot, string, error) {
	return m.outwayAfter(ctx, after, (*outwayIndex).changes)
}

func (m *Manager) outwayAfter(ctx context.Context, after string, give func(*outwayIndex, string) (*OutwaySnapshot, error)) (*OutwaySnapshot, string, error) {
	x := &m.outways
	x.mu.Lock()
	defer x.mu.Unlock()
	r := &outwayReading{index: x, m: m, now: m.cfg.Now()}
	if err := m.cfg.Store.View(ctx, func(tx Tx) error { return r.read(ctx, tx) }); err != nil {
		return nil, "", err
	}
	x.take(r)
	if x.version == after {
		return nil, after, nil
	}
	s, err := give(x, after)
	return s, x.version, err
}

// FindOutwayGrant gives a single grant as a snapshot has it; ErrNotFound when it is
// none of this Peer's connections.
func (m *Manager) FindOutwayGrant(ctx context.Context, h fsc.GrantHash) (*OutwayGrant, error) {
	var c *Contract
	var peers []fsc.Peer
	err := m.cfg.Store.View(ctx, func(tx Tx) (err error) {
		if c, err = tx.FindContractByGrant(ctx, h); err == nil {
			peers, err = tx.ListPeers(ctx, PeerFilter{IDs: c.Content.Parties()})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	now := m.cfg.Now()
	one := indexed{packed: string(PackConnections(c.Content))}
	one.NotBefore, one.NotAfter = c.Content.Validity.NotBefore, c.Content.Validity.NotAfter
	if state := c.State(now); state != fsc.StateValid && state != fsc.StateNotYetValid {
		one.problem = describe(c, state, now)
	}
	x := &outwayIndex{self: m.cfg.Self.ID, peers: m.addresses(peers)}
	grants, err := x.appendGrants(nil, &one)
	i := slices.IndexFunc(grants, func(g OutwayGrant) bool { return g.Hash == h })
	if err != nil || i < 0 {
		return nil, cmp.Or(err, ErrNotFound)
	}
	return &grants[i], nil
}

// addresses tells where Managers are. The Directories' addresses come from the
// configuration as long as nobody else told them.
func (m *Manager) addresses(peers []fsc.Peer) map[fsc.PeerID]fsc.Peer {
	byID := make(map[fsc.PeerID]fsc.Peer, len(peers))
	for _, d := range m.cfg.Directories {
		byID[d.ID] = d
	}
	for _, p := range peers {
		if p.ManagerAddress != "" || byID[p.ID].ManagerAddress == "" {
			byID[p.ID] = p
		}
	}
	return byID
}

// all gives everything.
func (x *outwayIndex) all(string) (*OutwaySnapshot, error) {
	n := 0
	for _, c := range x.contracts {
		n += c.count()
	}
	s := &OutwaySnapshot{Routes: x.routes, Grants: make([]OutwayGrant, 0, n)}
	for _, number := range slices.Sorted(maps.Keys(x.contracts)) {
		var err error
		if s.Grants, err = x.appendGrants(s.Grants, x.contracts[number]); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// changes gives what came after a version, or everything when that is too long ago.
func (x *outwayIndex) changes(after string) (*OutwaySnapshot, error) {
	numbers, known := x.journal.since(after)
	if !known {
		return x.all(after)
	}
	s := &OutwaySnapshot{After: after, Routes: x.routes}
	for _, number := range slices.Sorted(maps.Keys(numbers)) {
		var err error
		if c := x.contracts[number]; c != nil {
			s.Grants, err = x.appendGrants(s.Grants, c)
		} else {
			s.Gone, err = x.appendHashes(s.Gone, numbers[number])
		}
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (x *outwayIndex) appendGrants(out []OutwayGrant, c *indexed) ([]OutwayGrant, error) {
	p := packed{rest: c.packed}
	h, createdAt := p.head()
	notBefore, notAfter := time.Unix(c.NotBefore, 0), time.Unix(c.NotAfter, 0)
	for !p.bad && p.rest != "" {
		g, outway := p.grant()
		if outway != x.self {
			continue
		}
		if known, ok := x.peers[g.ServicePeer.ID]; ok {
			g.ServicePeer = known
		}
		g.NotBefore, g.NotAfter, g.CreatedAt, g.Problem = notBefore, notAfter, createdAt, c.problem
		out = append(out, g)
	}
	if p.bad {
		return nil, errors.Join(errPacked, fmt.Errorf("of contract %s", cmp.Or(string(h), "with a damaged hash")))
	}
	return out, nil
}

func (x *outwayIndex) appendHashes(out []fsc.GrantHash, text string) ([]fsc.GrantHash, error) {
	grants, err := x.appendGrants(nil, &indexed{packed: text})
	for i := range grants {
		out = append(out, grants[i].Hash)
	}
	return out, err
}
