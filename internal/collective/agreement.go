// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/binding"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// CallOff tells what a call-off says by its deeds now, for those who let data
// flow under it. It implements [binding.CallOffs].
func (d *Desk) CallOff(ctx context.Context, hash string) (*binding.CallOff, error) {
	s, err := d.Status(ctx, deed.Hash(hash))
	if errors.Is(err, ErrNotFound) || err == nil && s.Deed.Type != dossier.TypeCallOff {
		return nil, binding.ErrUnknown
	}
	if err != nil {
		return nil, err
	}
	body, err := dossier.ReadCallOff(s.Deed)
	if err != nil {
		return nil, binding.ErrUnknown // void: nobody's call-off
	}
	c := &binding.CallOff{
		Reference: binding.Reference{CallOff: hash, Lot: body.Lot},
		Buyer:     dossier.Buyer(s.Deed), Supplier: dossier.Supplier(s.Deed), Services: body.Services,
		NotBefore: time.Unix(s.Deed.NotBefore, 0), NotAfter: time.Unix(s.Deed.NotAfter, 0), Ended: notLive(&s),
	}
	for _, p := range s.Deed.Parents {
		switch t, _ := p.Type(); t {
		case dossier.TypeFramework:
			c.Reference.Framework = string(p)
		case dossier.TypeAccession:
			c.Reference.Accession = string(p)
		default:
		}
	}
	return c, nil
}

// notLive tells why no data flows under a call-off, and whose turn it is; empty
// when it does, or will from its beginning.
func notLive(s *rule.Status) string {
	switch w := CallOffState(*s); w {
	case WordLive, WordPlanned:
		return ""
	case WordOffered:
		return "offered; waiting for " + peersOf(s.Awaiting) + " to sign it"
	case WordWaits:
		return "signed; waiting for the purchasing body to allocate its quantity"
	case WordTerminated:
		for _, r := range s.Reasons {
			if r.Peer != "" {
				return fmt.Sprintf("terminated by Peer %s", r.Peer)
			}
		}
		return string(w)
	default:
		return string(w)
	}
}

func peersOf(parties []deed.Party) string {
	var names []string
	for _, p := range parties {
		names = append(names, "Peer "+string(p.PeerID))
	}
	return strings.Join(names, " and ")
}

// Ended are the states of a call-off under which no data may flow any more.
func Ended(t Transition) bool {
	if t.Type != dossier.TypeCallOff {
		return false
	}
	switch t.To {
	case stateTerminated, stateCompleted, rule.Refused, rule.Rejected, rule.Lapsed, rule.Void:
		return true
	default:
		return false
	}
}

// Live tells that data may flow under a call-off from now on.
func Live(t Transition) bool {
	return t.Type == dossier.TypeCallOff && t.To == stateSigned && slices.Contains(t.Overlays, OverlayAllocated)
}

// Bind writes down which contract of the layer runs under a call-off, as its
// buyer; the supplier confirms it. It is made once for a contract.
func (d *Desk) Bind(ctx context.Context, callOff deed.Hash, contract fsc.ContentHash, notBefore, notAfter int64) (deed.Hash, error) {
	s, err := d.Status(ctx, callOff)
	if err != nil {
		return "", err
	}
	have, err := d.States(ctx, StateFilter{Types: []deed.Type{dossier.TypeBinding}, Parent: callOff})
	if err != nil {
		return "", err
	}
	for _, b := range have {
		if c, err := d.BoundContract(ctx, b.Deed); err == nil && c == contract && !b.Final {
			return b.Deed, nil
		}
	}
	return d.Propose(ctx, deed.Draft{
		Type: dossier.TypeBinding, Parents: []deed.Hash{callOff}, Rule: deed.Rule{Kind: deed.RuleAll},
		NotBefore: max(notBefore, s.Deed.NotBefore), NotAfter: notAfter, Body: []byte(fmt.Sprintf("{%q:%q}", "contract", contract)),
		Parties: []deed.Party{{PeerID: dossier.Buyer(s.Deed), Role: dossier.RoleBuyer}, {PeerID: dossier.Supplier(s.Deed), Role: dossier.RoleSupplier}},
	}, Act{Act: deed.Accept, Role: dossier.RoleBuyer})
}

// BoundContract gives the contract that a binding is about.
func (d *Desk) BoundContract(ctx context.Context, h deed.Hash) (fsc.ContentHash, error) {
	s, err := d.Status(ctx, h)
	if err != nil {
		return "", err
	}
	b, err := dossier.ReadBinding(s.Deed)
	if err != nil {
		return "", err
	}
	return b.Contract, nil
}
