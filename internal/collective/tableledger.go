// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/ledger"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// The commands follow from deeds alone, names included, so that a sequencer that
// starts again asks the same once more and nobody counts it twice.

// reserveCommand reserves what an accession asks of a lot; false when it asks
// for nothing.
func reserveCommand(in *deed.Content, lot string, window int64) (ledger.Command, bool) {
	a, err := dossier.ReadAccession(in)
	if err != nil {
		return ledger.Command{}, false
	}
	i := slices.IndexFunc(a.Lots, func(r dossier.Reservation) bool { return r.Lot == lot })
	if i < 0 || a.Lots[i].Reserved == 0 {
		return ledger.Command{}, false
	}
	return ledger.Command{
		Request: reserveRequest(in, lot), Kind: ledger.Reserve, Lot: lot, Buyer: string(dossier.Buyer(in)),
		Quantity: a.Lots[i].Reserved, Need: a.Lots[i].Need, Window: window,
	}, true
}

func reserveRequest(in *deed.Content, lot string) string { return "r/" + string(in.Hash()) + "/" + lot }

// withdrawCommand gives up what is left of the reservation under an accession.
func withdrawCommand(in *deed.Content, lot string) ledger.Command {
	return ledger.Command{
		Request: "w/" + string(in.Hash()) + "/" + lot, Kind: ledger.Withdraw, Lot: lot, Buyer: string(dossier.Buyer(in)),
	}
}

// drawCommand asks for the units of a call-off.
func drawCommand(o *deed.Content) (ledger.Command, *rule.Reason) {
	body, err := dossier.ReadCallOff(o)
	if err != nil {
		return ledger.Command{}, reasonOf(err)
	}
	return ledger.Command{
		Request: "d/" + string(o.Hash()), Kind: ledger.Draw, Lot: body.Lot, Buyer: string(dossier.Buyer(o)),
		CallOff: string(o.Hash()), Quantity: body.Quantity,
	}, nil
}

// releaseCommand returns the units of a call-off that has ended.
func releaseCommand(o *deed.Content) (ledger.Command, *rule.Reason) {
	body, err := dossier.ReadCallOff(o)
	if err != nil {
		return ledger.Command{}, reasonOf(err)
	}
	return ledger.Command{
		Request: "e/" + string(o.Hash()), Kind: ledger.Release, Lot: body.Lot, Buyer: string(dossier.Buyer(o)), CallOff: string(o.Hash()),
	}, nil
}

// closeCommand ends an entry window of a lot.
func closeCommand(framework *deed.Content, lot string, window int64) ledger.Command {
	return ledger.Command{
		Request: fmt.Sprintf("c%d/%s/%s", window, framework.Hash(), lot), Kind: ledger.Close, Lot: lot, Window: window,
	}
}

func ledgerCommand(c dossier.Command) ledger.Command {
	return ledger.Command{
		Request: c.Request, Kind: ledger.Kind(c.Kind), Lot: c.Lot, Buyer: c.Buyer, CallOff: c.CallOff,
		Quantity: c.Quantity, Need: c.Need, Window: c.Window, Local: c.Local,
	}
}

func ledgerReceipt(r *dossier.Receipt) ledger.Receipt {
	return ledger.Receipt{
		Request: r.Request, Kind: ledger.Kind(r.Kind), Lot: r.Lot, Buyer: r.Buyer, Serial: r.Serial,
		FromEscrow: r.FromEscrow, FromPool: r.FromPool, ToPool: r.ToPool, Escrow: r.Escrow, Pool: r.Pool,
		Committed: r.Committed, Settled: r.Settled, Reached: r.Reached,
	}
}

// allocationBody writes down what the ledger gave for a command: a receipt, with
// how all lots stand, or a refusal.
func allocationBody(c ledger.Command, r ledger.Receipt, refusal *ledger.RefusalError, lots []ledger.Status) ([]byte, error) {
	a := dossier.Allocation{Command: dossierCommand(c)}
	if refusal != nil {
		a.Refusal = &dossier.CommandRefusal{
			Code: string(refusal.Code), Field: refusal.Field, Detail: refusal.Detail, Remaining: refusal.Remaining, Source: refusal.Source,
		}
	} else {
		a.Receipt = &dossier.Receipt{
			Request: r.Request, Kind: string(r.Kind), Lot: r.Lot, Buyer: r.Buyer, Serial: r.Serial,
			FromEscrow: r.FromEscrow, FromPool: r.FromPool, ToPool: r.ToPool, Escrow: r.Escrow, Pool: r.Pool,
			Committed: r.Committed, Settled: r.Settled, Reached: r.Reached,
		}
		a.Exhausted = exhausts(r, lots)
	}
	raw, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("write allocation: %w", err)
	}
	return raw, nil
}

// LedgerOf adds up the ledger of a framework from the allocations that hold in a
// view.
func LedgerOf(v *rule.View, framework deed.Hash) (*ledger.Ledger, error) {
	f, err := bodyOf(v, framework)
	if err != nil {
		return nil, fmt.Errorf("add up ledger: %w", err)
	}
	l, err := ledgerFor(f)
	if err != nil {
		return nil, fmt.Errorf("add up ledger: %w", err)
	}
	for _, e := range entriesOf(v, framework) {
		if err := l.Fold(e); err != nil {
			return nil, fmt.Errorf("add up ledger: %w", err)
		}
	}
	return l, nil
}

// bodyOf reads a framework of a view.
func bodyOf(v *rule.View, framework deed.Hash) (*dossier.Framework, error) {
	s, ok := v.Status(framework)
	if !ok || s.Deed.Type != dossier.TypeFramework {
		return nil, errors.New("the framework isn't known here")
	}
	var f dossier.Framework
	return &f, deed.Unmarshal(s.Deed.Body, &f)
}

// entriesOf lists the receipts that hold, by lot and serial number: lots are
// counted apart.
func entriesOf(v *rule.View, framework deed.Hash) []ledger.Entry {
	var out []ledger.Entry
	for _, h := range v.Children(framework) {
		s, ok := v.Status(h)
		if !ok || s.State != stateIssued {
			continue
		}
		a, err := dossier.ReadAllocation(s.Deed)
		if err == nil && a.Receipt != nil {
			out = append(out, ledger.Entry{Command: ledgerCommand(a.Command), Receipt: ledgerReceipt(a.Receipt)})
		}
	}
	slices.SortFunc(out, func(a, b ledger.Entry) int {
		return cmp.Or(cmp.Compare(a.Receipt.Lot, b.Receipt.Lot), cmp.Compare(a.Receipt.Serial, b.Receipt.Serial))
	})
	return out
}
