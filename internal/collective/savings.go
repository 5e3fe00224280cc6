// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/fsc"
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

// CodeTotals is the code for who isn't told what the buyers of a framework saved
// together, and CodeKeeperAway for a keeper that doesn't answer.
const (
	CodeTotals     = "not_for_you"
	CodeKeeperAway = "keeper_away"
)

// totalsPatience is how long somebody waits for totals of another Peer.
const totalsPatience = 10 * time.Second

// Savings tells what the buyers under a framework saved and need together. The
// keeper of the dossier, who alone has all statements, adds them up; others ask it
// over the layer, and are told when they are buyers of the framework or its
// purchasing body. A sum of too few buyers isn't told: it would tell what one of
// them pays or needs. What can't be told is a [*Refusal].
func (d *Desk) Savings(ctx context.Context, framework deed.Hash) (*Savings, error) {
	at, v, err := d.wholeFramework(ctx, framework)
	if err != nil {
		return nil, err
	}
	if at.Keeper == d.cfg.Self {
		return addUp(v, framework)
	}
	if d.cfg.Partner == nil {
		return nil, &Refusal{Code: CodeKeeper, Field: "framework", Detail: fmt.Sprintf("Peer %s keeps the statements and adds them up; ask it", at.Keeper)}
	}
	within, cancel := context.WithTimeout(ctx, totalsPatience)
	defer cancel()
	got, err := d.cfg.Partner.AskSavings(within, at.Keeper, framework)
	if r, ok := errors.AsType[*Refused](err); ok {
		return nil, &Refusal{Code: CodeTotals, Field: "framework", Detail: fmt.Sprintf("Peer %s keeps the statements and doesn't tell their total: %s", at.Keeper, r.Code)}
	}
	if err != nil && ctx.Err() == nil {
		d.cfg.Logger.WarnContext(ctx, "keeper doesn't tell savings", "peer_id", at.Keeper, "framework", framework, "error", err)
		return nil, &Refusal{Code: CodeKeeperAway, Field: "framework", Detail: fmt.Sprintf("Peer %s keeps the statements and doesn't answer now; try again later", at.Keeper)}
	}
	return got, err
}

// SavingsFor is [Desk.Savings] for another Peer, at the keeper. It is a [*Refusal]
// for suppliers and for who may not buy under the framework.
func (d *Desk) SavingsFor(ctx context.Context, reader fsc.PeerID, framework deed.Hash) (*Savings, error) {
	at, v, err := d.wholeFramework(ctx, framework)
	if err != nil {
		return nil, err
	}
	if at.Keeper != d.cfg.Self {
		return nil, &Refusal{Code: CodeKeeper, Field: "framework", Detail: fmt.Sprintf("Peer %s keeps the statements and adds them up; ask it", at.Keeper)}
	}
	s, _ := v.Status(framework)
	may := false
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		may, err = mayKnowTotals(ctx, tx, reader, s.Deed)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !may {
		return nil, &Refusal{Code: CodeTotals, Detail: "what was saved together is told to the buyers of the framework and its purchasing body"}
	}
	return addUp(v, framework)
}

func mayKnowTotals(ctx context.Context, tx Tx, reader fsc.PeerID, framework *deed.Content) (bool, error) {
	if framework.HasParty(reader, dossier.RolePurchasingBody) && !supplies(reader, framework) {
		return true, nil
	}
	return buysUnder(ctx, tx, reader, framework)
}

func (d *Desk) wholeFramework(ctx context.Context, framework deed.Hash) (*Dossier, *rule.View, error) {
	if t, err := framework.Type(); err != nil || t != dossier.TypeFramework {
		return nil, nil, &Refusal{Code: CodeUnknown, Field: "framework", Detail: "this is not a framework"}
	}
	return d.whole(ctx, framework)
}

// addUp makes the totals of all statements.
func addUp(v *rule.View, framework deed.Hash) (*Savings, error) {
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
