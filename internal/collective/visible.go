// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/usage"
)

// maxUps is how many generations above a confidential deed are looked at.
const maxUps = 4

// MayRead tells whether another Peer may have a deed from us: most are for all of
// the Group; what a buyer and its supplier say of connections and use is for the
// parties of the deed and of the call-off above it, savings for the buyer alone,
// and prices for the buyers of the framework and who signs them (design, sections
// 3.2 and 3.3).
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
	if t, err := h.Type(); err != nil || !t.Confidential() {
		return true, nil //nolint:nilerr // a signature tells who signed, and not what
	}
	switch t, _ := h.Type(); t {
	case usage.TypeSaving:
		return partyOf(ctx, tx, reader, h, 0)
	case dossier.TypePriceSheet:
		return seesPrice(ctx, tx, reader, h)
	default:
		return partyOf(ctx, tx, reader, h, maxUps)
	}
}

// partyOf tells whether a Peer is a party of a deed, or of the confidential ones
// and the call-off above it.
func partyOf(ctx context.Context, tx Tx, reader fsc.PeerID, h deed.Hash, ups int) (bool, error) {
	on, c, err := find(ctx, tx, h)
	if on == nil || err != nil {
		return false, err
	}
	if isParty(c, reader) {
		return true, nil
	}
	for _, p := range c.Parents {
		if t, err := p.Type(); err != nil || ups == 0 || !t.Confidential() && t != dossier.TypeCallOff {
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
