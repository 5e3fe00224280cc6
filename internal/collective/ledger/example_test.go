// SPDX-License-Identifier: EUPL-1.2

package ledger_test

import (
	"fmt"

	"github.com/samenspel/samenspel/internal/collective/ledger"
)

// A municipality reserves at its accession, draws for a call-off, and another
// one asks for more than there is.
func Example() {
	g, err := ledger.New(ledger.Lot{ID: "lot-1", Max: 1000})
	if err != nil {
		fmt.Println(err)
		return
	}
	var log []ledger.Entry // a caller keeps it on disk
	add := func(e ledger.Entry) error {
		log = append(log, e)
		return nil
	}
	for _, c := range []ledger.Command{
		{Request: "r1", Kind: ledger.Reserve, Lot: "lot-1", Buyer: "town", Quantity: 300, Need: 400, Window: 1},
		{Request: "r2", Kind: ledger.Draw, Lot: "lot-1", Buyer: "town", CallOff: "c1", Quantity: 350},
		{Request: "r3", Kind: ledger.Draw, Lot: "lot-1", Buyer: "village", CallOff: "c2", Quantity: 700},
		{Request: "r3", Kind: ledger.Draw, Lot: "lot-1", Buyer: "village", CallOff: "c2", Quantity: 650},
	} {
		r, err := g.Apply(c, add)
		if err != nil {
			fmt.Println("refused:", err)
			continue
		}
		fmt.Println(r.Serial, r.Kind, "reserved:", r.Escrow, "pool:", r.Pool, "reached:", r.Reached)
	}
	// Output:
	// 1 reserve reserved: 300 pool: 700 reached: []
	// 2 draw reserved: 0 pool: 650 reached: []
	// refused: quantity: is more than you can have, which is 650 now; ask for that or less
	// 3 draw reserved: 0 pool: 0 reached: [70 90 100]
}

// While the sequencer can't be reached, a buyer draws from what it reserved.
func ExampleEscrow() {
	reserved := ledger.Receipt{Request: "r1", Kind: ledger.Reserve, Lot: "lot-1", Buyer: "town", Serial: 7, FromPool: 300, Escrow: 300, Pool: 200}
	e, err := ledger.OpenEscrow(reserved)
	if err != nil {
		fmt.Println(err)
		return
	}
	e, later, err := e.Draw("r2", "c1", 250)
	fmt.Println(later.Kind, later.Local, "left:", e.Left(), err)
	_, _, err = e.Draw("r3", "c2", 60)
	fmt.Println(err)
	// Output:
	// draw 1 left: 50 <nil>
	// quantity: the sequencer can't be reached and your own reservation has 50 left; ask for that or less, or wait
}
