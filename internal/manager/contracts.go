// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/samenspel/samenspel/fsc"
)

// Proposal is what a person of this Peer wants to agree.
type Proposal struct {
	NotBefore time.Time // zero: now
	NotAfter  time.Time
	Grants    []fsc.Grant
	Profile   fsc.Profile // empty: v2
	// IV makes a repeated call the same contract; empty: a fresh one.
	IV        string
	CreatedAt time.Time // zero: now
}

// Create writes a contract down, signs it and queues it for the other parties.
// A contract that this Peer has accepted before, or that has ended, is given back
// as it is. An *AgreementError tells that no agreement covers what it opens, a
// *PropertyError that a grant's properties can't be acted upon.
func (m *Manager) Create(ctx context.Context, p Proposal) (*Contract, error) {
	if err := m.cfg.Released(ctx); err != nil {
		return nil, err
	}
	c, err := m.draft(p)
	if err != nil {
		return nil, err
	}
	if err := c.Validate(m.cfg.Rules, m.cfg.Now()); err != nil {
		return nil, err
	}
	if !c.HasParty(m.cfg.Self.ID) {
		return nil, fsc.Errorf(fsc.CodeSubmittingPeerNotPartOfContract, "this Peer (%s) has no part in the contract", m.cfg.Self.ID)
	}
	refused, err := m.refused(ctx, c)
	if err != nil {
		return nil, err
	}
	err = m.update(ctx, func(tx Tx) error {
		stored := &Contract{Content: c, StoredAt: m.cfg.Now()}
		err := tx.PutContract(ctx, stored)
		if errors.Is(err, ErrIVInUse) {
			return fsc.Errorf(fsc.CodeContractValidationFailed, "iv %s belongs to another contract; use a fresh one", c.IV)
		}
		if err != nil {
			return err
		}
		if stored, err = tx.FindContract(ctx, c.Hash()); err != nil {
			return err
		}
		_, accepted := stored.Signature(m.cfg.Self.ID, fsc.SignatureTypeAccept)
		if accepted || stored.State(m.cfg.Now()) != fsc.StateProposed {
			return nil
		}
		if r := refused[c.Hash()]; r != nil {
			return r
		}
		if err := m.CheckProperties(c); err != nil {
			return err
		}
		if err := m.place(ctx, tx, c, fsc.SignatureTypeAccept); err != nil {
			return err
		}
		return m.enqueue(ctx, tx, c, DeliverySubmit)
	})
	if err != nil {
		return nil, err
	}
	return m.FindContract(ctx, c.Hash())
}

func (m *Manager) draft(p Proposal) (*fsc.Content, error) {
	now := m.cfg.Now()
	if p.NotBefore.IsZero() {
		p.NotBefore = now
	}
	if p.CreatedAt.IsZero() {
		p.CreatedAt = now
	}
	if p.IV == "" {
		iv, err := uuid.NewV7()
		if err != nil {
			return nil, err
		}
		p.IV = iv.String()
	}
	return fsc.Draft{
		Profile: p.Profile, IV: p.IV, GroupID: m.cfg.Rules.GroupID,
		NotBefore: p.NotBefore, NotAfter: p.NotAfter, CreatedAt: p.CreatedAt, Grants: p.Grants,
	}.Content(m.cfg.Rules)
}

// Sign accepts, rejects or revokes a contract as this Peer. An accept that
// stands already is repeated only when its certificate has been replaced as for
// [Manager.Renew]. An *AgreementError tells that no agreement covers what a first
// accept would open, a *PropertyError that nobody could call what it opens.
func (m *Manager) Sign(ctx context.Context, h fsc.ContentHash, t fsc.SignatureType) (*Contract, error) {
	if err := m.cfg.Released(ctx); err != nil {
		return nil, err
	}
	return m.signNow(ctx, h, t)
}

func (m *Manager) signNow(ctx context.Context, h fsc.ContentHash, t fsc.SignatureType) (*Contract, error) {
	refused, err := m.refusedAccept(ctx, h, t)
	if err == nil {
		err = m.update(ctx, func(tx Tx) error {
			c, err := tx.FindContract(ctx, h)
			if err != nil {
				return err
			}
			if err := m.maySign(ctx, tx, c, t); err != nil {
				return err
			}
			if r := refused[h]; r != nil {
				return r
			}
			return m.sign(ctx, tx, c, t)
		})
	}
	if errors.Is(err, ErrNotFound) {
		return nil, fsc.Errorf(fsc.CodeNotFound, "there is no contract %s here", h)
	}
	if err != nil {
		return nil, err
	}
	return m.FindContract(ctx, h)
}

// maySign refuses signatures that would mean nothing.
func (m *Manager) maySign(ctx context.Context, tx Tx, c *Contract, t fsc.SignatureType) error {
	state := c.State(m.cfg.Now())
	stands := t == fsc.SignatureTypeAccept && !slices.Contains(c.Awaiting(m.cfg.Now()), m.cfg.Self.ID)
	switch {
	case !c.Content.HasParty(m.cfg.Self.ID):
		return fsc.Errorf(fsc.CodeContractValidationFailed, "this Peer is not a party of the contract")
	case ended(state):
		return fsc.Errorf(fsc.CodeContractValidationFailed, "the contract has ended (%s) and can't be signed any more", state)
	case stands && !m.renewed(c):
		return fsc.Errorf(fsc.CodeContractValidationFailed, "this Peer has accepted the contract already")
	case t == fsc.SignatureTypeReject && state != fsc.StateProposed:
		return fsc.Errorf(fsc.CodeContractValidationFailed, "all parties have accepted; revoke the contract instead")
	case t == fsc.SignatureTypeAccept:
		if err := m.offersAll(ctx, tx, c.Content); err != nil {
			return err
		}
		return m.misreadOurs(c)
	}
	return nil
}

func ended(s fsc.ContractState) bool {
	return s == fsc.StateRejected || s == fsc.StateRevoked || s == fsc.StateExpired
}

// FindContract gives a contract, or ErrNotFound.
func (m *Manager) FindContract(ctx context.Context, h fsc.ContentHash) (c *Contract, err error) {
	err = m.cfg.Store.View(ctx, func(tx Tx) error {
		c, err = tx.FindContract(ctx, h)
		return err
	})
	return c, err
}

// ListContracts lists contracts of this Peer.
func (m *Manager) ListContracts(ctx context.Context, f ContractFilter) (cs []*Contract, err error) {
	err = m.cfg.Store.View(ctx, func(tx Tx) error {
		cs, err = tx.ListContracts(ctx, f)
		return err
	})
	return cs, err
}

// ListPeers lists the Peers this Manager knows: those that announced
// themselves, those it has contracts with, and itself.
func (m *Manager) ListPeers(ctx context.Context, f PeerFilter) (ps []fsc.Peer, err error) {
	err = m.cfg.Store.View(ctx, func(tx Tx) error {
		ps, err = tx.ListPeers(ctx, f)
		return err
	})
	return ps, err
}

// ListDeliveries lists what has been or still has to be sent to others.
func (m *Manager) ListDeliveries(ctx context.Context, f DeliveryFilter) (ds []Delivery, err error) {
	err = m.cfg.Store.View(ctx, func(tx Tx) error {
		ds, err = tx.ListDeliveries(ctx, f)
		return err
	})
	return ds, err
}

// PutService offers a service, or changes the one of that name; its limits, and
// whether it requires an agreement, stay as they are then.
func (m *Manager) PutService(ctx context.Context, s Service) error {
	if err := fsc.ValidateServiceName(s.Name); err != nil {
		return err
	}
	if err := checkUpstreams(&s); err != nil {
		return err
	}
	if s.InwayAddress != "" {
		if err := checkURL("inway_address", s.InwayAddress, "https"); err != nil {
			return err
		}
	}
	if err := checkLimits(s.Limits); err != nil {
		return err
	}
	return m.update(ctx, func(tx Tx) error { return tx.PutService(ctx, s) })
}

// DeleteService stops offering a service; calls to it are refused from then on.
func (m *Manager) DeleteService(ctx context.Context, name string) error {
	err := m.update(ctx, func(tx Tx) error { return tx.DeleteService(ctx, name) })
	if errors.Is(err, ErrNotFound) {
		return fsc.Errorf(fsc.CodeNotFound, "service %q is not offered here", name)
	}
	return err
}

// ListServices lists the services this Peer offers, by name.
func (m *Manager) ListServices(ctx context.Context) (ss []Service, err error) {
	err = m.cfg.Store.View(ctx, func(tx Tx) error {
		ss, err = tx.ListServices(ctx)
		return err
	})
	return ss, err
}
