// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

const (
	// maxRemoteContracts and reconcileTimeout bound what one reconciliation takes
	// from one Peer, so that a slow one doesn't keep us from the others.
	maxRemoteContracts = 10_000
	reconcileTimeout   = 2 * time.Minute
)

func (m *Manager) runReconcile(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		peers, err := m.ListPeers(ctx, PeerFilter{})
		if err != nil && ctx.Err() == nil {
			m.cfg.Logger.Error("reconcile", "error", err)
		}
		for _, p := range peers {
			if p.ID == m.cfg.Self.ID || p.ManagerAddress == "" || ctx.Err() != nil {
				continue
			}
			if _, err := m.Reconcile(ctx, p.ID); err != nil && ctx.Err() == nil {
				m.cfg.Logger.Info("reconcile", "peer_id", p.ID, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Reconciled tells what a reconciliation changed.
type Reconciled struct {
	Compared   int // contracts the other Manager has with us
	Imported   int // contracts we didn't know
	Signatures int // signatures we lacked
	Resent     int // signatures of ours that the other lacked
}

// Reconcile asks another Manager what it has of our common contracts, takes in
// what is missing here after verifying it, and queues what is missing there. So
// no contract stays half-signed after lost messages.
func (m *Manager) Reconcile(ctx context.Context, with fsc.PeerID) (Reconciled, error) {
	var r Reconciled
	ctx, cancel := context.WithTimeout(ctx, reconcileTimeout)
	defer cancel()
	peer, err := m.Locate(ctx, with)
	if err != nil {
		return r, err
	}
	if peer.ManagerAddress == "" {
		return r, errNoAddress
	}
	for rc, err := range m.cfg.Peers.Contracts(ctx, peer) {
		if err != nil {
			return r, err
		}
		if r.Compared++; r.Compared > maxRemoteContracts {
			break
		}
		if err := m.reconcileOne(ctx, peer, rc, &r); err != nil {
			m.cfg.Logger.Warn("contract of a peer's list is left out", "peer_id", with, "error", err)
		}
	}
	return r, nil
}

func (m *Manager) reconcileOne(ctx context.Context, peer fsc.Peer, rc RemoteContract, r *Reconciled) error {
	c, err := fsc.ParseContent(rc.Content, m.cfg.Rules)
	if err != nil {
		return err
	}
	if !c.HasParty(m.cfg.Self.ID) || !c.HasParty(peer.ID) {
		return fsc.Errorf(fsc.CodeReceivingPeerNotPartOfContract, "not a contract between us")
	}
	known, err := m.known(ctx, c.Hash())
	if err != nil {
		return err
	}
	ours := &Contract{Content: c}
	if known {
		if ours, err = m.FindContract(ctx, c.Hash()); err != nil {
			return err
		}
	} else if err := c.Validate(m.cfg.Rules, m.cfg.Now()); err != nil {
		return err
	}
	missing := m.missingHere(ctx, peer, ours, rc)
	if !known && len(missing) == 0 {
		return fsc.Errorf(fsc.CodeSignatureVerificationFailed, "the contract has no signature that can be verified")
	}
	if len(missing) > 0 {
		if err := m.store(ctx, c, missing); err != nil {
			return err
		}
		r.Signatures += len(missing)
		if !known {
			r.Imported++
		}
	}
	return m.resendMissing(ctx, peer, ours, rc, r)
}

// missingHere verifies the signatures we lack; each key comes from its own
// signer's Manager, not from the Peer that served the list.
func (m *Manager) missingHere(ctx context.Context, peer fsc.Peer, ours *Contract, rc RemoteContract) []Signature {
	var missing []Signature
	for t, byPeer := range rc.Signatures {
		for signer, jws := range byPeer {
			have, ok := ours.Signature(signer, t)
			if ok && have.JWS == jws {
				continue
			}
			if !t.Valid() || signer == m.cfg.Self.ID || !ours.Content.HasParty(signer) {
				continue
			}
			address := ""
			if signer == peer.ID {
				address = peer.ManagerAddress
			}
			s, err := m.verify(ctx, ours.Content, t, fsc.Peer{ID: signer, ManagerAddress: address}, jws)
			if err != nil {
				m.cfg.Logger.Info("signature of a peer's list is left out", "signer", signer, "error", err)
				continue
			}
			if !ok || s.SignedAt.After(have.SignedAt) {
				missing = append(missing, s)
			}
		}
	}
	slices.SortFunc(missing, func(a, b Signature) int { return a.SignedAt.Compare(b.SignedAt) })
	return missing
}

// resendMissing queues our signatures that the other Manager doesn't show, or
// shows in an older form. After the contract's end they mean nothing any more.
func (m *Manager) resendMissing(ctx context.Context, peer fsc.Peer, ours *Contract, rc RemoteContract, r *Reconciled) error {
	if ours.StoredAt.IsZero() {
		return nil // just imported: our answer, if any, is queued already
	}
	if m.cfg.Now().Unix() >= ours.Content.Validity.NotAfter {
		return nil
	}
	for _, s := range ours.Signatures {
		if s.PeerID != m.cfg.Self.ID {
			continue
		}
		if there, ok := rc.Signatures[s.Type][m.cfg.Self.ID]; ok && !replaces(s, there) {
			continue
		}
		d := m.delivery(deliveryOf(s.Type), ours.Content.Hash(), peer.ID)
		if err := m.update(ctx, func(tx Tx) error { return m.queueIfIdle(ctx, tx, d) }); err != nil {
			return err
		}
		r.Resent++
	}
	return nil
}

// replaces tells whether our signature is newer than the one the other shows.
func replaces(ours Signature, theirs string) bool {
	shown, err := fsc.ParseSignature(theirs)
	return err == nil && ours.SignedAt.After(shown.SignedAt)
}

// queueIfIdle queues d unless the same delivery is waiting already.
func (m *Manager) queueIfIdle(ctx context.Context, tx Tx, d Delivery) error {
	ds, err := tx.ListDeliveries(ctx, DeliveryFilter{ContentHash: d.ContentHash, Target: d.Target, Undelivered: true})
	if err != nil {
		return err
	}
	for _, waiting := range ds {
		if waiting.Status == DeliveryWaiting && (waiting.ID == d.ID || waiting.Kind == DeliverySubmit) {
			return nil
		}
	}
	return tx.PutDelivery(ctx, d)
}

// ReconcileInterval is how often Managers compare their contracts by default.
const ReconcileInterval = 5 * time.Minute
