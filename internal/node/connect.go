// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/binding"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// bindingRetry is how long a binding that waits isn't looked at when nothing changes.
const bindingRetry = 10 * time.Second

// Connect proposes the contract of the layer that a call-off of this Peer gives a
// right to, for the whole term that is left of it, and binds the two. For what is
// connected already it gives the contract there is.
func (n *Node) Connect(ctx context.Context, callOff deed.Hash, service string) (fsc.ContentHash, error) {
	c, err := n.desk.CallOff(ctx, string(callOff))
	if errors.Is(err, binding.ErrUnknown) {
		return "", connectError("call_off", "the call-off is not known here")
	}
	if err != nil {
		return "", err
	}
	switch {
	case c.Buyer != n.self.ID:
		return "", connectError("call_off", "only the buyer connects under its call-off")
	case c.Ended != "":
		return "", connectError("call_off", "no data flows under the call-off: "+c.Ended)
	case !slices.Contains(c.Services, service):
		return "", connectError("service", fmt.Sprintf("the call-off is not for service %q", service))
	}
	contract, err := n.contractUnder(ctx, c, service)
	if err != nil {
		return "", err
	}
	v := contract.Content.Validity
	if _, err := n.desk.Bind(ctx, callOff, contract.Content.Hash(), v.NotBefore, v.NotAfter); err != nil {
		return "", fmt.Errorf("bind: %w", err)
	}
	return contract.Content.Hash(), nil
}

func connectError(field, text string) error {
	return &operator.Error{Kind: operator.KindInvalid, Field: field, Text: text}
}

// contractUnder finds the contract for a service under a call-off, or proposes it.
func (n *Node) contractUnder(ctx context.Context, c *binding.CallOff, service string) (*manager.Contract, error) {
	have, err := n.manager.ContractsOfAgreement(ctx, c.Reference.CallOff)
	if err != nil {
		return nil, err
	}
	now := n.now()
	for _, old := range have {
		state := old.State(now)
		if state != fsc.StateProposed && state != fsc.StateValid && state != fsc.StateNotYetValid {
			continue
		}
		for i := range old.Content.Grants {
			if g := &old.Content.Grants[i]; g.Outway.PeerID == n.self.ID && g.Service.Name == service && g.Service.PeerID == c.Supplier {
				return old, nil
			}
		}
	}
	properties, err := c.Reference.Properties(nil)
	if err != nil {
		return nil, err
	}
	thumbprint, err := fsc.PublicKeyThumbprint(n.keys.outway.Current().Leaf().PublicKey)
	if err != nil {
		return nil, err
	}
	begin := time.Unix(max(now.Unix(), c.NotBefore.Unix()), 0)
	return n.manager.Create(ctx, manager.Proposal{
		NotBefore: begin, NotAfter: c.NotAfter,
		Grants: []fsc.Grant{{
			Type:       fsc.GrantTypeServiceConnection,
			Outway:     fsc.Outway{PeerID: n.self.ID, PublicKeyThumbprint: thumbprint},
			Service:    fsc.Service{Type: fsc.ServiceTypeService, PeerID: c.Supplier, Name: service},
			Properties: properties,
		}},
	})
}

// confirmBindings signs, as supplier, what buyers wrote down of contracts that
// this Peer has accepted. It looks again when a contract or a deed changes.
func (n *Node) confirmBindings(ctx context.Context) {
	waiting := collective.StateFilter{Types: []deed.Type{dossier.TypeBinding}, States: []rule.State{rule.Proposed}, Party: n.self.ID, Turn: true}
	signed := map[deed.Hash]bool{} // what was signed waits for its receipt, or is for a person
	for ctx.Err() == nil {
		deeds, contracts := n.desk.Changed(), n.manager.Changed()
		found, err := n.desk.States(ctx, waiting)
		maps.DeleteFunc(signed, func(h deed.Hash, _ bool) bool {
			return err == nil && !slices.ContainsFunc(found, func(s collective.State) bool { return s.Deed == h })
		})
		for _, s := range found {
			if signed[s.Deed] {
				continue
			}
			did, failed := n.confirmBinding(ctx, &s)
			signed[s.Deed] = did
			err = errors.Join(err, failed)
		}
		if err != nil && ctx.Err() == nil {
			n.logger.Error("binding can't be confirmed; trying again", "error", err)
			deeds, contracts = nil, nil
		}
		select {
		case <-ctx.Done():
		case <-deeds:
		case <-contracts:
		case <-time.After(bindingRetry):
		}
	}
}

// confirmBinding tells whether it signed.
func (n *Node) confirmBinding(ctx context.Context, s *collective.State) (bool, error) {
	if !slices.Contains(s.Parties, collective.PartyTurn{Party: deed.Party{PeerID: n.self.ID, Role: dossier.RoleSupplier}, Turn: true}) {
		return false, nil
	}
	h, err := n.desk.BoundContract(ctx, s.Deed)
	if err != nil {
		return false, err
	}
	contract, err := n.manager.FindContract(ctx, h)
	if errors.Is(err, manager.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if state := contract.State(n.now()); state != fsc.StateValid && state != fsc.StateNotYetValid {
		return false, nil // the contract hasn't been accepted
	}
	err = n.desk.SignByRule(ctx, s.Deed, collective.Act{Act: deed.Accept, Role: dossier.RoleSupplier})
	return err == nil, err
}
