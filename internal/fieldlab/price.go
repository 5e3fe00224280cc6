// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"context"
	"fmt"
	"strconv"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// hoursToJoin is the estimate in the price sheet.
const hoursToJoin = 24

// stateWord reads the state of a deed that has no words of its own.
func stateWord(s rule.Status) collective.Word { return collective.Word(s.State) }

// priced: the supplier makes its price sheet, the purchasing body signs it, and the
// wizard of a municipality tells what joining costs.
func (f *federation) priced(ctx context.Context, c *chapter) error {
	framework, there, err := f.framework(ctx, f.supplier)
	if err != nil {
		return err
	}
	if !there {
		return notNow("there is no framework that is live")
	}
	price, there, err := find(ctx, f.duinwijk, collective.StateFilter{Types: []deed.Type{dossier.TypePriceSheet}, Parent: framework}, stateWord, "in_force")
	if err == nil && !there {
		price, err = f.signPrice(ctx, framework)
	}
	if err != nil {
		return err
	}
	sheet, err := f.priceAt(ctx, f.duinwijk, framework)
	if err != nil {
		return err
	}
	cost, ok := sheet.Cost(theNeed)
	if !ok {
		return fmt.Errorf("what %d notices cost can't be counted", theNeed)
	}
	c.add("price", string(price))
	c.add("cost", "€ "+strconv.FormatInt(cost/100, 10))
	c.add("hours", strconv.FormatInt(sheet.Hours, 10))
	f.out.step("%s made its price sheet and %s signed it: %d cents a notice; the wizard of %s tells that %d notices cost € %d and joining takes %d hours",
		f.supplier.name, f.directory.name, sheet.Cents, f.duinwijk.name, theNeed, cost/100, sheet.Hours)
	return nil
}

// signPrice has both sides sign, and waits until the buyers have the price.
func (f *federation) signPrice(ctx context.Context, framework deed.Hash) (deed.Hash, error) {
	sheet := dossier.PriceSheet{Lot: theLot, Cents: centsANotice, Hours: hoursToJoin, Note: "Met aansluiting en beheer."}
	body, err := sheet.Body()
	if err != nil {
		return "", err
	}
	h, err := f.supplier.desk().Propose(ctx, deed.Draft{
		Type: dossier.TypePriceSheet, Parents: []deed.Hash{framework}, Rule: deed.Rule{Kind: deed.RuleAll}, Body: body,
		Parties: []deed.Party{{PeerID: f.directory.id, Role: dossier.RolePurchasingBody}, {PeerID: f.supplier.id, Role: dossier.RoleSupplier}},
	}, accepting(dossier.RoleSupplier))
	if err != nil {
		return "", fmt.Errorf("%s makes a price: %w", f.supplier.name, err)
	}
	if err := f.signAfter(ctx, f.directory, h, dossier.RolePurchasingBody); err != nil {
		return "", err
	}
	for _, m := range []*member{f.supplier, f.duinwijk, f.veenhoven, f.zilverbroek} {
		if err := awaitDeed(ctx, m, h, stateWord, "in_force"); err != nil {
			return "", err
		}
	}
	return h, nil
}

// signAfter has a member sign a deed that another proposed, once it has come in.
func (f *federation) signAfter(ctx context.Context, m *member, h deed.Hash, as deed.Role) error {
	if err := awaitDeed(ctx, m, h, stateWord, "proposed"); err != nil {
		return err
	}
	if err := m.desk().Sign(ctx, h, accepting(as)); err != nil {
		return fmt.Errorf("%s signs: %w", m.name, err)
	}
	return nil
}

// priceAt gives the price that holds, as a member may see it.
func (f *federation) priceAt(ctx context.Context, m *member, framework deed.Hash) (*dossier.PriceSheet, error) {
	all, err := m.desk().Prices(ctx, framework)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Current && all[i].Supplier == f.supplier.id {
			return all[i].Sheet, nil
		}
	}
	return nil, fmt.Errorf("%s sees no price of %s", m.name, f.supplier.name)
}
