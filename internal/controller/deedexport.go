// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/operator"
)

// Dossier writes the dossier that a deed stands in, in the form that anybody can
// verify offline. It is for who may read the audit trail: it has what all parties
// agreed. Who supplies under a framework gets an excerpt with its own call-offs
// and not what others need or pay (design, section 3.3).
func (c *Controller) Dossier(ctx context.Context, a operator.Actor, h deed.Hash) ([]byte, error) {
	desk, err := c.desk(a, operator.PermissionReadAudit)
	if err != nil {
		return nil, err
	}
	at, err := desk.State(ctx, h)
	if err != nil {
		return nil, told(err)
	}
	raw, err := desk.Dossier(ctx, at.Dossier)
	if err != nil {
		return nil, told(err)
	}
	d, err := deed.ParseDossier(raw)
	if err != nil {
		return nil, err
	}
	if !supplies(d, c.Self().ID) {
		return raw, nil
	}
	return d.Excerpt(ours(d, c.Self().ID)).Raw()
}

// supplies tells whether a Peer is a supplier in a dossier.
func supplies(d *deed.Dossier, self fsc.PeerID) bool {
	return slices.ContainsFunc(d.Deeds, func(c *deed.Content) bool { return c.HasParty(self, dossier.RoleSupplier) })
}

// ours chooses what a supplier sees of a dossier: what it is a party of, what was
// counted for that, and the agreement with its changes.
func ours(d *deed.Dossier, self fsc.PeerID) func(*deed.Content) bool {
	own := map[deed.Hash]bool{}
	for _, c := range d.Deeds {
		own[c.Hash()] = slices.ContainsFunc(c.Parties, func(p deed.Party) bool { return p.PeerID == self })
	}
	return func(c *deed.Content) bool {
		switch c.Type {
		case dossier.TypeChange, dossier.TypeConfirmation:
			return true
		case dossier.TypeAllocation, dossier.TypeOwnDraw:
			return slices.ContainsFunc(c.Parents, func(p deed.Hash) bool { return p != d.Root && own[p] })
		default:
			return own[c.Hash()]
		}
	}
}

// DeedRebuild is what came of making all states anew from the deeds.
type DeedRebuild struct {
	// Deeds is how many there are, and Changed how many came out otherwise than they
	// were kept. Unless a state changed by the clock or by what came in meanwhile,
	// anything but 0 is a fault of this program.
	Deeds, Changed int
}

// RebuildDeeds makes the states of all deeds anew and compares them with those
// that were kept, byte for byte.
func (c *Controller) RebuildDeeds(ctx context.Context, a operator.Actor) (*DeedRebuild, error) {
	desk, err := c.desk(a, operator.PermissionRead)
	if err != nil {
		return nil, err
	}
	var out *DeedRebuild
	err = c.actWith(ctx, a, operator.PermissionManage, operator.Event{Act: "deed.rebuild"}, func(e *operator.Event) error {
		var err error
		if out, err = rebuild(ctx, desk); err != nil {
			return told(err)
		}
		e.Changes = append(e.Changes, operator.Change{Field: "changed", After: fmt.Sprint(out.Changed)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func rebuild(ctx context.Context, desk *collective.Desk) (*DeedRebuild, error) {
	if err := desk.Fold(ctx); err != nil { // what waits to be folded is no difference
		return nil, err
	}
	before, err := kept(ctx, desk)
	if err != nil {
		return nil, err
	}
	if err := desk.Rebuild(ctx); err != nil {
		return nil, err
	}
	after, err := kept(ctx, desk)
	if err != nil {
		return nil, err
	}
	out := &DeedRebuild{Deeds: len(after)}
	for h, now := range after {
		if was, ok := before[h]; !ok || !bytes.Equal(was, now) {
			out.Changed++
		}
	}
	for h := range before {
		if _, ok := after[h]; !ok {
			out.Changed++
		}
	}
	return out, nil
}

// kept gives the bytes of all states.
func kept(ctx context.Context, desk *collective.Desk) (map[deed.Hash][]byte, error) {
	states, err := desk.States(ctx, collective.StateFilter{})
	if err != nil {
		return nil, err
	}
	out := make(map[deed.Hash][]byte, len(states))
	for i := range states {
		if out[states[i].Deed], err = json.Marshal(states[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}
