// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"fmt"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/collective/usage"
)

// Savings is what a group may know of what its members saved and need together.
type Savings struct {
	// Saved is the sum of the saving statements that stand, in euro cents.
	Saved usage.Total
	// Demand has for each lot, in the order of the framework, what the buyers whose
	// accessions hold say to need, in units.
	Demand []LotDemand
}

// LotDemand is the demand for one lot.
type LotDemand struct {
	Lot    string
	Demand usage.Total
}

// Savings adds up what the buyers under a framework saved and need. A sum of too
// few buyers isn't told: it would tell what one of them pays or needs. Savings are
// added up by the keeper of the dossier, who alone has all statements; for other
// Peers, and for what is no framework, it is a [*Refusal].
func (d *Desk) Savings(ctx context.Context, framework deed.Hash) (*Savings, error) {
	if t, err := framework.Type(); err != nil || t != dossier.TypeFramework {
		return nil, &Refusal{Code: CodeUnknown, Field: "framework", Detail: "this is not a framework"}
	}
	at, v, err := d.whole(ctx, framework)
	if err != nil {
		return nil, err
	}
	if at.Keeper != d.cfg.Self {
		return nil, &Refusal{Code: CodeKeeper, Field: "framework", Detail: fmt.Sprintf("Peer %s keeps the statements and adds them up; ask it", at.Keeper)}
	}
	f, err := bodyOf(v, framework)
	if err != nil {
		return nil, fmt.Errorf("add up savings: %w", err)
	}
	out := &Savings{}
	if out.Saved, err = savedUnder(v, framework); err != nil {
		return nil, fmt.Errorf("add up savings: %w", err)
	}
	for i := range f.Lots {
		demand, err := demandFor(v, framework, f.Lots[i].ID)
		if err != nil {
			return nil, fmt.Errorf("add up demand: %w", err)
		}
		out.Demand = append(out.Demand, LotDemand{Lot: f.Lots[i].ID, Demand: demand})
	}
	return out, nil
}

// whole gives a dossier and its state.
func (d *Desk) whole(ctx context.Context, root deed.Hash) (at *Dossier, v *rule.View, err error) {
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		if at, err = tx.FindDossier(ctx, root); err != nil {
			return err
		}
		v, err = d.view(ctx, tx, root)
		return err
	})
	return at, v, err
}

// savedUnder adds up the statements that stand, at most one for a call-off.
func savedUnder(v *rule.View, framework deed.Hash) (usage.Total, error) {
	var all []usage.Saved
	for _, o := range v.Children(framework) {
		if t, _ := o.Type(); t != dossier.TypeCallOff {
			continue
		}
		for _, h := range v.Children(o) {
			s, _ := v.Status(h)
			if s.State != stateIssued || s.Deed.Type != usage.TypeSaving {
				continue
			}
			said, err := usage.ReadSaving(s.Deed)
			if err != nil {
				return usage.Total{}, err
			}
			all = append(all, usage.Saved{Buyer: dossier.Buyer(s.Deed), CallOff: o, Statement: said})
		}
	}
	return usage.TotalSaving(all)
}

func demandFor(v *rule.View, framework deed.Hash, lot string) (usage.Total, error) {
	var needs []usage.Need
	for _, h := range v.Children(framework) {
		s, _ := v.Status(h)
		if s.Deed.Type != dossier.TypeAccession || s.State != stateEffective {
			continue
		}
		a, err := dossier.ReadAccession(s.Deed)
		if err != nil {
			return usage.Total{}, err
		}
		for _, r := range a.Lots {
			if r.Lot == lot {
				needs = append(needs, usage.Need{Buyer: dossier.Buyer(s.Deed), Quantity: r.Need})
			}
		}
	}
	return usage.TotalDemand(needs)
}
