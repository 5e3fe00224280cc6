// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"sync"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// maxExplained bounds the contracts of which a snapshot says in full why they
// can't be used: each is read as a whole for it.
const maxExplained = 1000

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

// connections are those of the contracts in the newest snapshot, by number. What
// a contract says never changes, so each is read from the store once.
type connections struct {
	mu     sync.Mutex
	packed map[int64]string
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
func (m *Manager) OutwaySnapshotAfter(ctx context.Context, after string) (s *OutwaySnapshot, version string, err error) {
	m.connections.mu.Lock()
	defer m.connections.mu.Unlock()
	b := &outwayBuilder{m: m, now: m.cfg.Now(), problems: map[int64]string{}}
	err = m.cfg.Store.View(ctx, func(tx Tx) error { return b.read(ctx, tx) })
	if err != nil {
		return nil, "", err
	}
	if version = b.version(); version == after {
		return nil, version, nil
	}
	s, err = b.snapshot()
	return s, version, err
}

// outwayBuilder is one snapshot being made.
type outwayBuilder struct {
	m         *Manager
	now       time.Time
	standings []Standing
	problems  map[int64]string // by number
	peers     []fsc.Peer
	routes    []Route
}

func (b *outwayBuilder) read(ctx context.Context, tx Tx) (err error) {
	self, now := b.m.cfg.Self.ID, b.now.Unix()
	if b.standings, err = tx.ListStandings(ctx, self, now); err != nil {
		return err
	}
	if err := b.readConnections(ctx, tx); err != nil {
		return err
	}
	if err := b.explain(ctx, tx); err != nil {
		return err
	}
	if b.routes, err = tx.ListRoutes(ctx); err != nil {
		return err
	}
	b.peers, err = tx.ListPeers(ctx, PeerFilter{})
	return err
}

// readConnections reads those that aren't known yet, and forgets those of
// contracts that have ended.
func (b *outwayBuilder) readConnections(ctx context.Context, tx Tx) error {
	known := b.m.connections.packed
	kept := make(map[int64]string, len(b.standings))
	for i := range b.standings {
		number := b.standings[i].Number
		if p, ok := known[number]; ok {
			kept[number] = p
			continue
		}
		// Numbers ascend, so all that are missing come from here on.
		fresh, err := tx.ListConnections(ctx, b.m.cfg.Self.ID, b.now.Unix(), number-1)
		if err != nil {
			return err
		}
		for _, c := range fresh {
			kept[c.Number] = c.Packed
		}
		break
	}
	for i := range b.standings {
		number := b.standings[i].Number
		if p, ok := known[number]; ok {
			kept[number] = p // one text in memory for each, not two
		}
	}
	b.m.connections.packed = kept
	return nil
}

// explain puts into words why contracts can't be used.
func (b *outwayBuilder) explain(ctx context.Context, tx Tx) error {
	at := b.now.UnixMicro()
	for i := range b.standings {
		s := &b.standings[i]
		if s.usable(at) {
			continue
		}
		if len(b.problems) >= maxExplained {
			b.problems[s.Number] = "its contract was not accepted by all, or was stopped; look at the contract"
			continue
		}
		p := packed{rest: b.m.connections.packed[s.Number]}
		h, _ := p.head()
		c, err := tx.FindContract(ctx, h)
		if err != nil {
			return fmt.Errorf("explain contract %s: %w", h, err)
		}
		b.problems[s.Number] = describe(c, c.State(b.now), b.now)
	}
	return nil
}

// version is the same for snapshots that say the same.
func (b *outwayBuilder) version() string {
	h := sha256.New()
	for i := range b.standings {
		number := b.standings[i].Number
		var n [8]byte
		_, _ = h.Write(binary.BigEndian.AppendUint64(n[:0], uint64(number))) //nolint:gosec // a hash never fails to write; the bits are what counts
		hashText(h, b.problems[number])
	}
	for i := range b.peers {
		p := &b.peers[i]
		hashText(h, string(p.ID), p.Name, p.ManagerAddress)
	}
	for i := range b.routes {
		r := &b.routes[i]
		hashText(h, r.Host, r.PathPrefix, strconv.FormatBool(r.StripPrefix), string(r.ServicePeerID), r.Service, string(r.Delegator), string(r.ServiceDelegator))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func hashText(h hash.Hash, texts ...string) {
	for _, t := range texts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(t), t)
	}
}

func (b *outwayBuilder) snapshot() (*OutwaySnapshot, error) {
	byID := make(map[fsc.PeerID]fsc.Peer, len(b.peers))
	for _, d := range b.m.cfg.Directories {
		byID[d.ID] = d
	}
	for _, p := range b.peers {
		if p.ManagerAddress != "" || byID[p.ID].ManagerAddress == "" {
			byID[p.ID] = p
		}
	}
	s := &OutwaySnapshot{Routes: b.routes}
	for i := range b.standings {
		var err error
		if s.Grants, err = b.appendGrants(s.Grants, &b.standings[i], byID); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (b *outwayBuilder) appendGrants(out []OutwayGrant, s *Standing, peers map[fsc.PeerID]fsc.Peer) ([]OutwayGrant, error) {
	p := packed{rest: b.m.connections.packed[s.Number]}
	h, createdAt := p.head()
	notBefore, notAfter, problem := time.Unix(s.NotBefore, 0), time.Unix(s.NotAfter, 0), b.problems[s.Number]
	for !p.bad && p.rest != "" {
		g, outway := p.grant()
		if outway != b.m.cfg.Self.ID {
			continue
		}
		if known, ok := peers[g.ServicePeer.ID]; ok {
			g.ServicePeer = known
		}
		g.NotBefore, g.NotAfter, g.CreatedAt, g.Problem = notBefore, notAfter, createdAt, problem
		out = append(out, g)
	}
	if p.bad {
		return nil, errors.Join(errPacked, fmt.Errorf("of contract %s", cmp.Or(string(h), "with a damaged hash")))
	}
	return out, nil
}
