// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// Price is a price sheet that holds, is to begin or waits for a signature.
type Price struct {
	// Status is that of the deed.
	Status rule.Status
	// Sheet is what it says, and Supplier whose price it is.
	Sheet    *dossier.PriceSheet
	Supplier fsc.PeerID
	// Current: it holds now.
	Current bool
}

// Prices lists the price sheets of a framework that this Peer may have and that
// hold, are to begin or wait for a signature: by lot, then supplier, and the one
// that holds first. Of one supplier and lot at most one holds. For other than a
// buyer, the purchasing body, the keeper or the own supplier it is empty.
func (d *Desk) Prices(ctx context.Context, framework deed.Hash) ([]Price, error) {
	if t, err := framework.Type(); err != nil || t != dossier.TypeFramework {
		return nil, &Refusal{Code: CodeUnknown, Field: "framework", Detail: "this is not a framework"}
	}
	_, v, err := d.whole(ctx, framework)
	if err != nil {
		return nil, err
	}
	var out []Price
	for _, h := range v.Children(framework) {
		s, ok := v.Status(h)
		if !ok || s.Deed.Type != dossier.TypePriceSheet || !slices.Contains([]rule.State{rule.Proposed, rule.Pending, rule.InForce}, s.State) {
			continue
		}
		sheet, err := dossier.ReadPriceSheet(s.Deed)
		if err != nil {
			return nil, fmt.Errorf("price sheet %s: %w", h, err)
		}
		may, err := d.mayHavePrice(ctx, h)
		if err != nil {
			return nil, err
		}
		if may {
			out = append(out, Price{Status: s, Sheet: sheet, Supplier: dossier.Supplier(s.Deed), Current: s.State == rule.InForce})
		}
	}
	slices.SortFunc(out, comparePrices)
	return out, nil
}

func comparePrices(a, b Price) int {
	held := func(p Price) int {
		if p.Current {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.Sheet.Lot, b.Sheet.Lot), cmp.Compare(a.Supplier, b.Supplier), cmp.Compare(held(a), held(b)),
		cmp.Compare(a.Status.Deed.NotBefore, b.Status.Deed.NotBefore), cmp.Compare(a.Status.Deed.Hash(), b.Status.Deed.Hash()))
}

// mayHavePrice asks for this Peer itself what [Desk.MayRead] asks for others.
func (d *Desk) mayHavePrice(ctx context.Context, h deed.Hash) (may bool, err error) {
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		may, err = seesPrice(ctx, tx, d.cfg.Self, h)
		return err
	})
	return may, err
}

// seesPrice tells whether a Peer may have a price sheet: the purchasing body and
// the supplier that sign it, the keeper of the dossier, and the buyers of the
// framework. Another supplier never may, whatever else it is.
func seesPrice(ctx context.Context, tx Tx, reader fsc.PeerID, h deed.Hash) (bool, error) {
	on, c, err := find(ctx, tx, h)
	if on == nil || err != nil {
		return false, err
	}
	if isParty(c, reader) {
		return true, nil
	}
	home, err := tx.FindDossier(ctx, on.Dossier)
	if err != nil {
		return false, err
	}
	if home.Keeper == reader {
		return true, nil
	}
	if len(c.Parents) != 1 {
		return false, nil
	}
	above, framework, err := find(ctx, tx, c.Parents[0])
	if above == nil || err != nil || framework.Type != dossier.TypeFramework {
		return false, err
	}
	return buysUnder(ctx, tx, reader, framework)
}

// buysUnder tells whether a Peer is a buyer of a framework: by its frozen list, or
// by an accession that holds, as a legal successor has; and not a supplier too.
func buysUnder(ctx context.Context, tx Tx, reader fsc.PeerID, framework *deed.Content) (bool, error) {
	var body dossier.Framework
	if deed.Unmarshal(framework.Body, &body) != nil || supplies(reader, framework) {
		return false, nil //nolint:nilerr // what can't be read names no buyers
	}
	if slices.Contains(body.Eligible, reader) {
		return true, nil
	}
	joined, err := tx.ListStates(ctx, StateFilter{
		Types: []deed.Type{dossier.TypeAccession}, States: []rule.State{stateEffective}, Parent: framework.Hash(), Party: reader, Limit: 1,
	})
	return len(joined) > 0, err
}

// supplies tells whether a Peer is a supplier of a framework; of a void one all are.
func supplies(p fsc.PeerID, framework *deed.Content) bool {
	var body dossier.Framework
	return deed.Unmarshal(framework.Body, &body) != nil || framework.HasParty(p, dossier.RoleSupplier) ||
		slices.ContainsFunc(body.Lots, func(l dossier.Lot) bool { return slices.Contains(l.Suppliers, p) })
}

// find reads a deed; nothing when it isn't here.
func find(ctx context.Context, tx Tx, h deed.Hash) (*Deed, *deed.Content, error) {
	on, err := tx.FindDeed(ctx, h)
	if errors.Is(err, ErrNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	c, err := deed.Parse(on.Raw)
	return on, c, err
}

func isParty(c *deed.Content, p fsc.PeerID) bool {
	return slices.ContainsFunc(c.Parties, func(in deed.Party) bool { return in.PeerID == p })
}
