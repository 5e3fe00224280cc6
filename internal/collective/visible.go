// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"errors"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// The types of deeds that only some may read (design, sections 3.2 and 3.3): what
// a buyer and its supplier say of connections and use is between the two.
const (
	typeBinding   deed.Type = 114
	firstUsage    deed.Type = 115
	lastUsage     deed.Type = 117 // a saving, which the supplier of the call-off doesn't get either
	maxVisibleUps           = 4   // parents above a deed that are looked at
)

// MayRead tells whether another Peer may have a deed or signature from us: most
// is for all of the Group; bindings and statements of use are for the parties of
// the deed and of the call-off above it, and savings for the buyer alone. [ErrNotFound] if it isn't here.
func (d *Desk) MayRead(ctx context.Context, reader fsc.PeerID, h deed.Hash) (may bool, err error) {
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		may, err = d.mayRead(ctx, tx, reader, h)
		return err
	})
	return may, err
}

func (d *Desk) mayRead(ctx context.Context, tx Tx, reader fsc.PeerID, h deed.Hash) (bool, error) {
	if reader == d.cfg.Self {
		return true, nil
	}
	if _, err := h.Type(); err != nil { // a signature is as secret as its deed
		s, err := tx.FindSignature(ctx, h)
		if errors.Is(err, ErrNotFound) {
			return false, nil // withheld from us as well, or it didn't hold
		}
		if err != nil {
			return false, err
		}
		h = s.Deed
	}
	t, err := h.Type()
	if err != nil || t < typeBinding || t > lastUsage {
		return err == nil, err
	}
	if t == lastUsage {
		return partyOf(ctx, tx, reader, h, 0)
	}
	return partyOf(ctx, tx, reader, h, maxVisibleUps)
}

// partyOf tells whether a Peer is a party of a deed, or of the confidential ones
// and the call-off above it.
func partyOf(ctx context.Context, tx Tx, reader fsc.PeerID, h deed.Hash, ups int) (bool, error) {
	on, err := tx.FindDeed(ctx, h)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	c, err := deed.Parse(on.Raw)
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(c.Parties, func(p deed.Party) bool { return p.PeerID == reader }) {
		return true, nil
	}
	for _, p := range c.Parents {
		if t, err := p.Type(); err != nil || ups == 0 || t < typeBinding-2 || t > lastUsage {
			continue // a framework has everybody as its parties
		}
		if is, err := partyOf(ctx, tx, reader, p, ups-1); err != nil || is {
			return is, err
		}
	}
	return false, nil
}

// DossierFor gives a dossier as [Desk.Dossier] does, without what the reader may
// not have.
func (d *Desk) DossierFor(ctx context.Context, reader fsc.PeerID, h deed.Hash) (raw []byte, err error) {
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		file := deed.Dossier{Root: h}
		if err := d.fill(ctx, tx, reader, &file); err != nil {
			return err
		}
		raw, err = file.Raw()
		return err
	})
	return raw, err
}
