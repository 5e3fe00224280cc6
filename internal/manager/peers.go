// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"net/url"
	"slices"

	"github.com/samenspel/samenspel/fsc"
)

// Announce takes in the address of another Manager (Core, PUT /announce). It is
// believed only after the server behind it has shown a certificate of the same
// Peer, since the address decides where contracts are sent.
func (m *Manager) Announce(ctx context.Context, from Caller) error {
	if from.ManagerAddress == "" {
		return fsc.Errorf(fsc.CodeInvalidRequest, "header Fsc-Manager-Address is required")
	}
	p := from.Peer
	p.ManagerAddress = from.ManagerAddress
	known, err := m.knownAt(ctx, p)
	if err != nil {
		return err
	}
	if known {
		return nil
	}
	if err := m.cfg.Peers.Confirm(ctx, p); err != nil {
		return fsc.WrapError(fsc.CodeInvalidRequest, err, "no Manager of Peer "+string(p.ID)+" answers at the Fsc-Manager-Address; check the address and that its certificate is of the same Peer")
	}
	return m.update(ctx, func(tx Tx) error { return tx.PutPeer(ctx, p) })
}

// learn keeps name and confirmed address of a caller.
func (m *Manager) learn(ctx context.Context, from Caller) error {
	p := from.Peer
	p.ManagerAddress = from.ManagerAddress
	known, err := m.knownAt(ctx, p)
	if err != nil || known {
		return err
	}
	if p.ManagerAddress != "" {
		if err := m.cfg.Peers.Confirm(ctx, p); err != nil {
			m.cfg.Logger.Warn("address of a peer is not confirmed; the old one is kept", "peer_id", p.ID, "error", err)
			p.ManagerAddress = ""
		}
	}
	return m.update(ctx, func(tx Tx) error { return tx.PutPeer(ctx, p) })
}

func (m *Manager) knownAt(ctx context.Context, p fsc.Peer) (bool, error) {
	ps, err := m.ListPeers(ctx, PeerFilter{IDs: []fsc.PeerID{p.ID}})
	return slices.Contains(ps, p), err
}

// Locate gives a Peer with its Manager's address, from what is known here or
// else from a Directory. The address is empty if nobody knows it.
func (m *Manager) Locate(ctx context.Context, id fsc.PeerID) (fsc.Peer, error) {
	ps, err := m.ListPeers(ctx, PeerFilter{IDs: []fsc.PeerID{id}})
	if err != nil {
		return fsc.Peer{}, err
	}
	known := fsc.Peer{ID: id}
	if len(ps) == 1 {
		known = ps[0]
	}
	if known.ManagerAddress != "" {
		return known, nil
	}
	for _, d := range m.cfg.Directories {
		if d.ID == id {
			return d, nil
		}
	}
	return m.askDirectories(ctx, known)
}

// askDirectories looks for a Peer in the Directories and gives known if none of
// them has a confirmed address. A name that is known from the Peer's own
// certificate isn't replaced by a Directory's.
func (m *Manager) askDirectories(ctx context.Context, known fsc.Peer) (fsc.Peer, error) {
	for _, d := range m.cfg.Directories {
		if d.ID == m.cfg.Self.ID || d.ID == known.ID {
			continue
		}
		p, err := m.cfg.Peers.Locate(ctx, d, known.ID)
		if err != nil || p.ID != known.ID || p.ManagerAddress == "" {
			continue
		}
		if known.Name != "" {
			p.Name = known.Name
		}
		if p == known {
			return known, nil
		}
		if err := m.cfg.Peers.Confirm(ctx, p); err != nil {
			m.cfg.Logger.Warn("directory gives an address that is not of the peer", "peer_id", p.ID, "error", err)
			continue
		}
		return p, m.update(ctx, func(tx Tx) error { return tx.PutPeer(ctx, p) })
	}
	return known, nil
}

func checkURL(field, raw string, schemes ...string) error {
	u, err := url.Parse(raw)
	if err != nil || !slices.Contains(schemes, u.Scheme) || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fsc.Errorf(fsc.CodeInvalidRequest, "%s must be a URL like %s://host:port without user, query or fragment", field, schemes[len(schemes)-1])
	}
	return nil
}
