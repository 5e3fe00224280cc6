// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// Submission is a contract with one signature, as a Peer sends it.
type Submission struct {
	Content   []byte // exactly as received
	Signature string // JWS compact
}

// Submit takes in a contract that another Peer proposes (Core, POST /contracts).
func (m *Manager) Submit(ctx context.Context, from Caller, s Submission) error {
	return m.receive(ctx, from, fsc.SignatureTypeAccept, "", s)
}

// PutSignature takes in another Peer's accept, reject or revoke (Core, PUT
// /contracts/{hash}/…). A contract that isn't known yet is stored with it, since
// signatures may overtake the proposal.
func (m *Manager) PutSignature(ctx context.Context, from Caller, t fsc.SignatureType, path fsc.ContentHash, s Submission) error {
	if _, err := fsc.ParseHash(string(path)); err != nil {
		return err
	}
	return m.receive(ctx, from, t, path, s)
}

// receive checks in the order of the standard's errors: content, parties,
// rules, path, signature; then it stores the contract in one transaction.
func (m *Manager) receive(ctx context.Context, from Caller, t fsc.SignatureType, path fsc.ContentHash, s Submission) error {
	c, err := fsc.ParseContent(s.Content, m.cfg.Rules)
	if err != nil {
		return err
	}
	if err := m.admit(ctx, c, from.Peer.ID, t); err != nil {
		return err
	}
	if path != "" && path != c.Hash() {
		return fsc.Errorf(fsc.CodeURLPathContentHashMismatch, "the hash in the path is not that of the content; it should be %s", c.Hash())
	}
	sig, err := m.verify(ctx, c, t, fsc.Peer{ID: from.Peer.ID, ManagerAddress: from.ManagerAddress}, s.Signature)
	if err != nil {
		return err
	}
	// The address comes first: whoever sees the contract become valid needs it.
	if err := m.learn(ctx, from); err != nil {
		return err
	}
	return m.store(ctx, c, []Signature{sig})
}

// admit checks the parties and the rules of the Group. A contract that is
// already known has passed the rules before; its dates aren't held against a
// late signature.
func (m *Manager) admit(ctx context.Context, c *fsc.Content, from fsc.PeerID, t fsc.SignatureType) error {
	if c.GroupID != m.cfg.Rules.GroupID {
		return c.Validate(m.cfg.Rules, m.cfg.Now())
	}
	if !c.HasParty(from) {
		return fsc.Errorf(fsc.CodeSubmittingPeerNotPartOfContract, "Peer %s is not a party of this contract", from)
	}
	if !c.HasParty(m.cfg.Self.ID) {
		return fsc.Errorf(fsc.CodeReceivingPeerNotPartOfContract, "Peer %s, to whom this was sent, is not a party of this contract", m.cfg.Self.ID)
	}
	if t != fsc.SignatureTypeAccept {
		known, err := m.known(ctx, c.Hash())
		if err != nil || known {
			return err
		}
	}
	return c.Validate(m.cfg.Rules, m.cfg.Now())
}

func (m *Manager) known(ctx context.Context, h fsc.ContentHash) (bool, error) {
	_, err := m.FindContract(ctx, h)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// verify checks one signature of Peer p on c and gives it in the form to keep.
func (m *Manager) verify(ctx context.Context, c *fsc.Content, t fsc.SignatureType, p fsc.Peer, jws string) (Signature, error) {
	sig, err := fsc.ParseSignature(jws)
	if err != nil {
		return Signature{}, err
	}
	if err := sig.Check(c.Hash(), t, m.cfg.Now()); err != nil {
		return Signature{}, err
	}
	cert, err := m.cfg.Certificates.SigningCertificate(ctx, p.ID, p.ManagerAddress, sig.CertificateThumbprint)
	if err != nil {
		return Signature{}, err
	}
	if err := sig.Verify(cert.PublicKey); err != nil {
		return Signature{}, err
	}
	return Signature{
		PeerID: p.ID, Type: t, JWS: jws, SignedAt: sig.SignedAt,
		Chain: cert.Chain, CertificateNotAfter: cert.NotAfter,
	}, nil
}

// store keeps content and verified signatures of others, and our own answer if
// the policy has one, in one transaction.
func (m *Manager) store(ctx context.Context, c *fsc.Content, sigs []Signature) error {
	refused, err := m.refused(ctx, c)
	if err != nil {
		return err
	}
	return m.update(ctx, func(tx Tx) error {
		err := tx.PutContract(ctx, &Contract{Content: c, StoredAt: m.cfg.Now()})
		if errors.Is(err, ErrIVInUse) {
			return fsc.Errorf(fsc.CodeContractValidationFailed, "iv %s belongs to another contract; use a fresh one", c.IV)
		}
		if err != nil {
			return err
		}
		stored, err := tx.FindContract(ctx, c.Hash())
		if err != nil {
			return err
		}
		if !stored.Content.SameTerms(c) {
			return fsc.Errorf(fsc.CodeContractValidationFailed, "another contract with this hash is known here; use a fresh iv")
		}
		for _, s := range sigs {
			if _, err := tx.PutSignature(ctx, c.Hash(), s); err != nil {
				return err
			}
		}
		return m.answer(ctx, tx, c.Hash(), refused)
	})
}

// answer signs the contract if it waits for us and the policy says so.
func (m *Manager) answer(ctx context.Context, tx Tx, h fsc.ContentHash, refused refusals) error {
	c, err := tx.FindContract(ctx, h)
	if err != nil {
		return err
	}
	now := m.cfg.Now()
	if c.State(now) != fsc.StateProposed || !slices.Contains(c.Awaiting(now), m.cfg.Self.ID) {
		return nil
	}
	on, err := m.groundsNow(ctx, tx, refused, c.Content)
	if err != nil {
		return err
	}
	d := m.decideOn(ctx, c.Content, on)
	if !d.Accepts {
		m.cfg.Logger.Info("contract waits for a person", "content_hash", h, "reason", d.String())
		return nil
	}
	err = m.sign(ctx, tx, c, fsc.SignatureTypeAccept)
	if fsc.CodeOf(err) == fsc.CodeContractValidationFailed {
		m.cfg.Logger.Error("contract waits for a person", "content_hash", h, "reason", err)
		return nil
	}
	return err
}

// sign places our own signature and queues it for every other party.
func (m *Manager) sign(ctx context.Context, tx Tx, c *Contract, t fsc.SignatureType) error {
	if err := m.place(ctx, tx, c.Content, t); err != nil {
		return err
	}
	return m.enqueue(ctx, tx, c.Content, deliveryOf(t))
}

// place signs and stores our own signature.
func (m *Manager) place(ctx context.Context, tx Tx, c *fsc.Content, t fsc.SignatureType) error {
	signer, cert, err := m.cfg.Keys.ContractSigner()
	if err != nil {
		return err
	}
	now := m.cfg.Now()
	if now.After(cert.NotAfter) {
		return fsc.Errorf(fsc.CodeContractValidationFailed, "this Peer's certificate for signing contracts expired at %s; put a new one in its place first", cert.NotAfter.UTC().Format(time.RFC3339))
	}
	jws, err := fsc.Sign(signer, c.Hash(), t, now)
	if err != nil {
		return err
	}
	own := Signature{
		PeerID: m.cfg.Self.ID, Type: t, JWS: jws, SignedAt: now.Truncate(time.Second).UTC(),
		Chain: cert.Chain, CertificateNotAfter: cert.NotAfter,
	}
	_, err = tx.PutSignature(ctx, c.Hash(), own)
	return err
}

func deliveryOf(t fsc.SignatureType) DeliveryKind {
	switch t {
	case fsc.SignatureTypeReject:
		return DeliveryReject
	case fsc.SignatureTypeRevoke:
		return DeliveryRevoke
	case fsc.SignatureTypeAccept:
	}
	return DeliveryAccept
}

func (m *Manager) enqueue(ctx context.Context, tx Tx, c *fsc.Content, k DeliveryKind) error {
	for _, p := range c.Parties() {
		if p == m.cfg.Self.ID {
			continue
		}
		if err := tx.PutDelivery(ctx, m.delivery(k, c.Hash(), p)); err != nil {
			return err
		}
	}
	return nil
}

func (m *Manager) delivery(k DeliveryKind, h fsc.ContentHash, to fsc.PeerID) Delivery {
	now := m.cfg.Now()
	return Delivery{
		ID: DeliveryID(k, h, to), Kind: k, ContentHash: h, Target: to,
		Status: DeliveryWaiting, NextAttempt: now, CreatedAt: now,
	}
}
