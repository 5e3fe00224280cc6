// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"errors"
	"slices"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

// underWay tells whether this Peer has said the same of a deed before and the
// keeper has not received it yet. Saying it again would only add a signature,
// and a deed takes few of one signer. What the keeper refused isn't under way.
func (d *Desk) underWay(ctx context.Context, on *Deed, a Act) (yes bool, err error) {
	said := func(s deed.Signed) bool {
		return s.DeedHash == on.Hash && s.Signer == d.cfg.Self && s.Receipt.Number == 0 &&
			s.Act == a.Act && s.Role == a.Role && s.MandateHash == a.Mandate
	}
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		k, err := d.load(ctx, tx, on.Dossier)
		if err != nil || !slices.ContainsFunc(k.facts.Signed, said) {
			return err
		}
		refused, err := refusedOn(ctx, tx, on.Hash)
		yes = !refused
		return err
	})
	return yes, err
}

// refusedOn tells whether the keeper won't have something that we said of a deed.
func refusedOn(ctx context.Context, tx Tx, h deed.Hash) (bool, error) {
	all, err := tx.ListDeliveries(ctx)
	if err != nil {
		return false, err
	}
	for _, v := range all {
		if !v.Refused {
			continue
		}
		s, err := tx.FindSignature(ctx, v.Subject)
		switch {
		case errors.Is(err, ErrNotFound): // a deed
		case err != nil:
			return false, err
		case s.Deed == h:
			return true, nil
		}
	}
	return false, nil
}
