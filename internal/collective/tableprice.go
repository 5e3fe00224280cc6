// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"slices"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

const sourcePrice = "collective design 1, rows 54 and 70, and 3.3"

// priceSheet is the row of price sheets. What was agreed stays readable: a sheet is
// never revoked, a later one takes its place from the day on which that begins.
func (k *rules) priceSheet() rule.Spec {
	return rule.Spec{
		Type: dossier.TypePriceSheet, Name: "price_sheet", Mandates: rule.MandateOwn, Irrevocable: true,
		Roles: []rule.RoleCount{once(dossier.RolePurchasingBody), once(dossier.RoleSupplier)},
		Rules: []rule.Shape{{Kind: deed.RuleAll}},
		Parents: []rule.Parent{{
			Type: dossier.TypeFramework, Min: 1, Max: 1,
			States: []rule.State{rule.Pending, stateLive, stateAsserted, stateExhausted},
			Ties:   sameRole(dossier.RolePurchasingBody),
		}},
		Check: func(c *deed.Content) error {
			_, err := dossier.ReadPriceSheet(c)
			return check(err)
		},
		Admit: k.admitPrice,
		Final: []rule.State{stateReplaced},
		Moves: []rule.Move{{
			Of: rule.OfSibling, Type: dossier.TypePriceSheet, On: rule.InForce, From: []rule.State{rule.InForce}, To: stateReplaced,
			When: func(self, other rule.Snapshot) bool {
				return samePrice(self.Deed, other.Deed) && newer(other.Deed.NotBefore, other.Number, self.Deed.NotBefore, self.Number)
			},
		}},
	}
}

// samePrice tells whether two sheets are of one supplier for one lot.
func samePrice(a, b *deed.Content) bool {
	p, err := dossier.ReadPriceSheet(a)
	if err != nil {
		return false
	}
	q, err := dossier.ReadPriceSheet(b)
	return err == nil && p.Lot == q.Lot && dossier.Supplier(a) == dossier.Supplier(b)
}

// newer tells whether the first of two sheets begins later or, on the same
// second, was complete later, by the numbers of the receipts.
func newer(begin, number, otherBegin, otherNumber int64) bool {
	return begin > otherBegin || begin == otherBegin && number > otherNumber
}

func (k *rules) admitPrice(m rule.Moment) *rule.Reason {
	f, a := k.frameworkOf(m)
	p, err := dossier.ReadPriceSheet(m.Deed)
	if err != nil {
		return reasonOf(err)
	}
	lot, ok := a.body.Lot(p.Lot)
	switch supplier := dossier.Supplier(m.Deed); {
	case !ok:
		return because(rule.ReasonCode(dossier.ReasonLot), "", sourcePrice, "the framework has no lot %q", p.Lot)
	case !slices.Contains(lot.Suppliers, supplier):
		return because(rule.ReasonCode(dossier.ReasonSupplier), supplier, sourcePrice, "isn't a supplier of lot %q", p.Lot)
	case m.Deed.NotBefore < f.Deed.NotBefore:
		return because(CodeTerm, "", sourcePrice, "the price begins before the framework")
	}
	for _, before := range m.Children(f.Deed.Hash(), dossier.TypePriceSheet) {
		if before.State == rule.InForce && before.Deed.NotBefore > m.Deed.NotBefore && samePrice(before.Deed, m.Deed) {
			r := because(CodeTerm, dossier.Supplier(m.Deed), sourcePrice, "has a price that begins later and holds; give the new one a later beginning")
			r.Deed = before.Deed.Hash()
			return r
		}
	}
	return nil
}
