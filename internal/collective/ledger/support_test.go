// SPDX-License-Identifier: EUPL-1.2

package ledger_test

import (
	"errors"
	"testing"

	"github.com/samenspel/samenspel/internal/collective/ledger"
)

// journal is the log of a caller: what stands in it survives a crash.
type journal struct{ entries []ledger.Entry }

func (j *journal) add(e ledger.Entry) error {
	j.entries = append(j.entries, e)
	return nil
}

// desk is a ledger with its log.
type desk struct {
	t *testing.T
	*ledger.Ledger
	journal
}

func open(t *testing.T, lots ...ledger.Lot) *desk {
	t.Helper()
	g, err := ledger.New(lots...)
	if err != nil {
		t.Fatal(err)
	}
	return &desk{t: t, Ledger: g}
}

func (d *desk) does(c ledger.Command) ledger.Receipt {
	d.t.Helper()
	r, err := d.Apply(c, d.add)
	if err != nil {
		d.t.Fatalf("%+v: %v", c, err)
	}
	return r
}

func (d *desk) refuses(c ledger.Command, code ledger.Code) {
	d.t.Helper()
	_ = d.refusal(c, code)
}

// refusal gives the refusal, and sees to it that nothing was appended.
func (d *desk) refusal(c ledger.Command, code ledger.Code) *ledger.RefusalError {
	d.t.Helper()
	before := len(d.entries)
	r, err := d.Apply(c, d.add)
	refusal, ok := errors.AsType[*ledger.RefusalError](err)
	if !ok || refusal.Code != code {
		d.t.Fatalf("%+v: got %+v and %v, want a refusal %s", c, r, err, code)
	}
	if len(d.entries) != before {
		d.t.Errorf("a refusal was appended")
	}
	return refusal
}

func (d *desk) stands(committed, escrowed, pool int64) {
	d.t.Helper()
	s := d.Lots()[0]
	if s.Committed != committed || s.Escrowed != escrowed || s.Pool != pool {
		d.t.Errorf("got %d committed, %d reserved and %d in the pool, want %d, %d and %d", s.Committed, s.Escrowed, s.Pool, committed, escrowed, pool)
	}
}

// crash gives the state again from a snapshot and what was appended.
func (d *desk) crash(snapshot []byte) {
	d.t.Helper()
	g, err := ledger.Restore(snapshot)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, e := range d.entries {
		if err := g.Fold(e); err != nil {
			d.t.Fatal(err)
		}
	}
	d.Ledger = g
}

func (d *desk) snapshot() []byte {
	d.t.Helper()
	raw, err := d.Snapshot()
	if err != nil {
		d.t.Fatal(err)
	}
	return raw
}

var hundred = ledger.Lot{ID: "1", Max: 100}

func reserve(request, buyer string, units, need int64) ledger.Command {
	return ledger.Command{Request: request, Kind: ledger.Reserve, Lot: "1", Buyer: buyer, Quantity: units, Need: need, Window: 1}
}

func draw(request, buyer, callOff string, units int64) ledger.Command {
	return ledger.Command{Request: request, Kind: ledger.Draw, Lot: "1", Buyer: buyer, CallOff: callOff, Quantity: units}
}

func change(request, buyer, callOff string, units int64) ledger.Command {
	return ledger.Command{Request: request, Kind: ledger.Change, Lot: "1", Buyer: buyer, CallOff: callOff, Quantity: units}
}

func release(request, buyer, callOff string) ledger.Command {
	return ledger.Command{Request: request, Kind: ledger.Release, Lot: "1", Buyer: buyer, CallOff: callOff}
}

func withdraw(request, buyer string) ledger.Command {
	return ledger.Command{Request: request, Kind: ledger.Withdraw, Lot: "1", Buyer: buyer}
}

func closing(request string, window int64) ledger.Command {
	return ledger.Command{Request: request, Kind: ledger.Close, Lot: "1", Window: window}
}
