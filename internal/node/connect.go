// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"errors"
	"fmt"
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
	for ctx.Err() == nil {
		deeds, contracts := n.desk.Changed(), n.manager.Changed()
		found, err := n.desk.States(ctx, waiting)
		for _, s := range found {
			err = errors.Join(err, n.confirmBinding(ctx, &s))
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

func (n *Node) confirmBinding(ctx context.Context, s *collective.State) error {
	if !slices.Contains(s.Parties, collective.PartyTurn{Party: deed.Party{PeerID: n.self.ID, Role: dossier.RoleSupplier}, Turn: true}) {
		return nil
	}
	h, err := n.desk.BoundContract(ctx, s.Deed)
	if err != nil {
		return err
	}
	contract, err := n.manager.FindContract(ctx, h)
	if errors.Is(err, manager.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if state := contract.State(n.now()); state != fsc.StateValid && state != fsc.StateNotYetValid {
		return nil // the contract hasn't been accepted
	}
	return n.desk.Sign(ctx, s.Deed, collective.Act{Act: deed.Accept, Role: dossier.RoleSupplier})
}
