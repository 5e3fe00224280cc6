// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// ServiceUser is somebody who may call one of our services now.
type ServiceUser struct {
	Contract *Contract
	Grant    *fsc.Grant // of a connection; in the contract
}

// UsersOf lists the connection grants on a service of this Peer in contracts
// that are valid now, newest contract first, of at most limit contracts (1 to
// 200).
func (m *Manager) UsersOf(ctx context.Context, service string, limit int) ([]ServiceUser, error) {
	page, err := m.SearchContracts(ctx, usersSearch(service, limit))
	if err != nil {
		return nil, err
	}
	return m.usersIn(page.Contracts, service), nil
}

// UserPages goes through all that [Manager.UsersOf] would list without a limit,
// some at a time. It stops at an error.
func (m *Manager) UserPages(ctx context.Context, service string) iter.Seq2[[]ServiceUser, error] {
	return func(yield func([]ServiceUser, error) bool) {
		for search := usersSearch(service, maxSearchLimit); ; {
			page, err := m.SearchContracts(ctx, search)
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(m.usersIn(page.Contracts, service), nil) || page.Next == nil {
				return
			}
			search.After = page.Next
		}
	}
}

func usersSearch(service string, limit int) ContractSearch {
	return ContractSearch{Role: RoleProvider, Service: service, State: fsc.StateValid, Limit: limit}
}

func (m *Manager) usersIn(contracts []*Contract, service string) (users []ServiceUser) {
	for _, c := range contracts {
		for i := range c.Content.Grants {
			g := &c.Content.Grants[i]
			if g.Type.IsConnection() && g.Service.PeerID == m.cfg.Self.ID && g.Service.Name == service {
				users = append(users, ServiceUser{Contract: c, Grant: g})
			}
		}
	}
	return users
}

// CountUsers counts, for each of these services of this Peer, the contracts that
// let somebody call it now.
func (m *Manager) CountUsers(ctx context.Context, services ...string) (map[string]int, error) {
	counts := map[string]int{}
	err := m.cfg.Store.View(ctx, func(tx Tx) (err error) {
		for _, name := range services {
			if counts[name], err = tx.CountConnections(ctx, m.cfg.Self.ID, name, m.cfg.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	return counts, err
}

// CopyOf gives a proposal with the grants of a known contract and another
// validity; a zero notBefore means now. [Manager.Create] makes it a new contract
// with an iv of its own. The grants are those of the old contract to the letter:
// an Outway whose key was replaced since has to be put in first.
func (m *Manager) CopyOf(ctx context.Context, h fsc.ContentHash, notBefore, notAfter time.Time) (Proposal, error) {
	c, err := m.FindContract(ctx, h)
	if errors.Is(err, ErrNotFound) {
		return Proposal{}, fsc.Errorf(fsc.CodeNotFound, "there is no contract %s here", h)
	}
	if err != nil {
		return Proposal{}, err
	}
	p := Proposal{NotBefore: notBefore, NotAfter: notAfter, Profile: c.Content.Profile()}
	for _, g := range c.Content.Grants {
		g.Hash = ""
		p.Grants = append(p.Grants, g)
	}
	return p, nil
}

// ProposerOf gives the Peer whose proposal a contract was. Of our own it is
// certain; of those of others it is the one whose accept is the oldest. It is
// empty when nobody else accepted it.
func (m *Manager) ProposerOf(ctx context.Context, c *Contract) (p fsc.PeerID, err error) {
	err = m.cfg.Store.View(ctx, func(tx Tx) error {
		p, err = m.proposerOf(ctx, tx, c)
		return err
	})
	return p, err
}

// proposerOf looks in the outbox, as only a contract of our own was submitted by
// us. Times of signatures are whole seconds, within which others may answer.
func (m *Manager) proposerOf(ctx context.Context, tx Tx, c *Contract) (fsc.PeerID, error) {
	ds, err := tx.ListDeliveries(ctx, DeliveryFilter{ContentHash: c.Content.Hash()})
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(ds, func(d Delivery) bool { return d.Kind == DeliverySubmit }) {
		return m.cfg.Self.ID, nil
	}
	others := Contract{Signatures: slices.DeleteFunc(slices.Clone(c.Signatures), func(s Signature) bool { return s.PeerID == m.cfg.Self.ID })}
	return others.ProposedBy(), nil
}

// ProposedBy gives the Peer whose accept is the oldest, or empty when nobody
// accepted. Where it matters who proposed, see [Manager.ProposerOf]: accepts of
// one second, and those that were renewed, can't be told apart here.
func (c *Contract) ProposedBy() fsc.PeerID {
	var first Signature
	for _, s := range c.Signatures {
		if s.Type == fsc.SignatureTypeAccept && (first.PeerID == "" || s.SignedAt.Before(first.SignedAt)) {
			first = s
		}
	}
	return first.PeerID
}
