// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
)

// patience is how long a step may take before the fieldlab gives up on it.
const patience = 15 * time.Second

// propose makes a contract with one grant through the door of a member.
func propose(ctx context.Context, by *member, g fsc.Grant) (internalapi.Contract, error) {
	data, err := g.Data(fsc.ProfileV2)
	if err != nil {
		return internalapi.Contract{}, err
	}
	c, err := by.client.CreateContract(ctx, internalapi.Proposal{
		NotAfter: time.Now().Add(year - time.Hour), Grants: []jsontext.Value{data},
	})
	if err != nil {
		return c, fmt.Errorf("%s proposes: %w", by.name, err)
	}
	return c, nil
}

// propose makes a contract with one grant as a member. The door of a node that is
// hosted proposes nothing: there a person does, who releases it.
func (f *federation) propose(ctx context.Context, by *member, g fsc.Grant) (fsc.ContentHash, error) {
	if by.phone == nil {
		c, err := propose(ctx, by, g)
		return c.ContentHash, err
	}
	var h fsc.ContentHash
	err := f.releasing(ctx, by, "contract.propose", func(ctx context.Context) (string, error) {
		c, err := by.node.Load().Manager().Create(ctx, manager.Proposal{NotAfter: f.now().Add(year - time.Hour), Grants: []fsc.Grant{g}})
		if err != nil {
			return "", err
		}
		h = c.Content.Hash()
		return string(h), nil
	})
	if err != nil {
		return "", fmt.Errorf("%s proposes: %w", by.name, err)
	}
	return h, nil
}

// accept waits until the contract has reached a member, and accepts it there.
func accept(ctx context.Context, by *member, h fsc.ContentHash) error {
	if _, err := await(ctx, by, h, func(internalapi.Contract) bool { return true }); err != nil {
		return err
	}
	if _, err := by.client.SignContract(ctx, h, fsc.SignatureTypeAccept); err != nil {
		return fmt.Errorf("%s accepts: %w", by.name, err)
	}
	return nil
}

// awaitState waits until all members see the contract in a state.
func awaitState(ctx context.Context, h fsc.ContentHash, s fsc.ContractState, at ...*member) error {
	for _, m := range at {
		c, err := await(ctx, m, h, func(c internalapi.Contract) bool { return c.State == s })
		if err != nil {
			return fmt.Errorf("contract is %s, not %s; waiting for %v: %w", c.State, s, c.Awaiting, err)
		}
	}
	return nil
}

// await asks a member's node for a contract until it is as wished.
func await(ctx context.Context, m *member, h fsc.ContentHash, as func(internalapi.Contract) bool) (internalapi.Contract, error) {
	var last internalapi.Contract
	err := poll(ctx, func() (bool, error) {
		c, err := m.client.ShowContract(ctx, h)
		if fsc.CodeOf(err) == fsc.CodeNotFound {
			return false, nil
		}
		last = c
		return err == nil && as(c), err
	})
	if err != nil {
		err = fmt.Errorf("%s: contract %s: %w", m.name, h, err)
	}
	return last, err
}

// poll asks until the answer is yes, an error, or patience has run out.
func poll(ctx context.Context, ask func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := ask()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not within %s: %w", patience, ctx.Err())
		case <-tick.C:
		}
	}
}

// publish offers the source's service and lists it in the Directory.
func (f *federation) publish(ctx context.Context) error {
	return f.offer(ctx, f.source, internalapi.Service{Name: serviceName, Upstream: f.register.url()})
}

// offer offers a service of a member and lists it in the Directory.
func (f *federation) offer(ctx context.Context, by *member, s internalapi.Service) error {
	if err := by.client.PutService(ctx, s); err != nil {
		return err
	}
	if published, err := f.isPublished(ctx, by, s.Name); published || err != nil {
		return err
	}
	h, err := f.propose(ctx, by, fsc.Grant{
		Type: fsc.GrantTypeServicePublication, Directory: f.directory.id,
		Service: fsc.Service{PeerID: by.id, Name: s.Name, Protocol: fsc.ProtocolHTTP11},
	})
	if err != nil {
		return err
	}
	if err := awaitState(ctx, h, fsc.StateValid, by, f.directory); err != nil {
		return err
	}
	return poll(ctx, func() (bool, error) { return f.isPublished(ctx, by, s.Name) })
}

// isPublished asks as a municipality would.
func (f *federation) isPublished(ctx context.Context, by *member, name string) (bool, error) {
	listings, err := f.duinwijk.client.ListListings(ctx)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(listings, func(l internalapi.Listing) bool {
		return l.PeerID == by.id && l.Name == name
	}), nil
}

// connectDirect: Duinwijk asks, a person at the source accepts. A kept folder
// may have the contract already.
func (f *federation) connectDirect(ctx context.Context) error {
	if _, there, err := f.agreed(ctx, sceneDirect); there || err != nil {
		return err
	}
	c, err := propose(ctx, f.duinwijk, fsc.Grant{
		Type:    fsc.GrantTypeServiceConnection,
		Outway:  fsc.Outway{PeerID: f.duinwijk.id, PublicKeyThumbprint: f.duinwijk.outwayKey},
		Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: f.source.id, Name: serviceName},
	})
	if err != nil {
		return err
	}
	if err := accept(ctx, f.source, c.ContentHash); err != nil {
		return err
	}
	return awaitState(ctx, c.ContentHash, fsc.StateValid, f.duinwijk, f.source)
}

// connectDelegated: Veenhoven lets Formulierenhuis call the source on its
// behalf; the source accepts by a rule that looks at all of it.
func (f *federation) connectDelegated(ctx context.Context) (fsc.ContentHash, error) {
	c, err := propose(ctx, f.veenhoven, fsc.Grant{
		Type:       fsc.GrantTypeDelegatedServiceConnection,
		Outway:     fsc.Outway{PeerID: f.supplier.id, PublicKeyThumbprint: f.supplier.outwayKey},
		Service:    fsc.Service{Type: fsc.ServiceTypeService, PeerID: f.source.id, Name: serviceName},
		Delegator:  f.veenhoven.id,
		Properties: []byte(`{"doelbinding":"verhuizing-doorgeven"}`),
	})
	if err != nil {
		return "", err
	}
	if err := accept(ctx, f.supplier, c.ContentHash); err != nil {
		return "", err
	}
	return c.ContentHash, awaitState(ctx, c.ContentHash, fsc.StateValid, f.veenhoven, f.supplier, f.source)
}
