// SPDX-License-Identifier: EUPL-1.2

package ledger_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/samenspel/samenspel/internal/collective/ledger"
)

func escrow(t *testing.T, r ledger.Receipt) ledger.Escrow {
	t.Helper()
	e, err := ledger.OpenEscrow(r)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestABuyerDrawsAloneFromItsReservationAndSettlesLater(t *testing.T) {
	d := open(t, hundred)
	e := escrow(t, d.does(reserve("a", "town", 30, 40)))
	e, first, err := e.Draw("l1", "c1", 20)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = e.Draw("l2", "c2", 11)
	if r, ok := errors.AsType[*ledger.RefusalError](err); !ok || r.Code != ledger.CodeNotEnough || r.Remaining != 10 {
		t.Errorf("got %v", err)
	}
	e, second, err := e.Draw("l2", "c2", 10)
	if err != nil || e.Left() != 0 || len(e.Pending()) != 2 {
		t.Fatalf("got %v with %d left", err, e.Left())
	}
	d.does(draw("b", "village", "c9", 70)) // meanwhile others empty the pool
	r1, r2 := d.does(first), d.does(second)
	if r1.FromEscrow != 20 || r1.Settled != 1 || r2.Settled != 2 || r2.Escrow != 0 {
		t.Errorf("got %+v and %+v", r1, r2)
	}
	for _, r := range []ledger.Receipt{r2, r1, r2} { // in any order, and twice
		if e, err = e.Learn(r); err != nil {
			t.Fatal(err)
		}
		if e.Left() != 0 || e.Short() != 0 {
			t.Errorf("got %d left, %d short", e.Left(), e.Short())
		}
	}
	if len(e.Pending()) != 0 {
		t.Errorf("got %v", e.Pending())
	}
	d.stands(100, 0, 0)
}

func TestADrawThatWasPassedByCantBeSettledAnyMore(t *testing.T) {
	d := open(t, hundred)
	e := escrow(t, d.does(reserve("a", "town", 30, 40)))
	e, first, err := e.Draw("l1", "c1", 5)
	if err != nil {
		t.Fatal(err)
	}
	e, second, err := e.Draw("l2", "c2", 5)
	if err != nil {
		t.Fatal(err)
	}
	if e, err = e.Learn(d.does(second)); err != nil {
		t.Fatal(err)
	}
	d.refuses(first, ledger.CodeOutOfOrder)
	if e.Left() != 25 { // what can't be settled takes nothing
		t.Errorf("got %d left", e.Left())
	}
	if e = e.Drop("l1"); e.Left() != 25 || len(e.Pending()) != 0 {
		t.Errorf("got %d left", e.Left())
	}
	if _, again, err := e.Draw("l3", "c1", 5); err != nil || again.Local != 3 {
		t.Errorf("got %+v and %v", again, err)
	}
}

func TestWhatWasDrawnAloneIsUnbackedOnceTheWindowIsClosed(t *testing.T) {
	d := open(t, hundred)
	e := escrow(t, d.does(reserve("a", "town", 30, 40)))
	e, c, err := e.Draw("l1", "c1", 20)
	if err != nil {
		t.Fatal(err)
	}
	closed := d.does(closing("b", 1))
	d.does(draw("c", "village", "c2", 90))
	if e, err = e.Learn(closed); err != nil || e.Short() != 20 || e.Left() != 0 {
		t.Fatalf("got %d short, %d left and %v", e.Short(), e.Left(), err)
	}
	if r := d.refusal(c, ledger.CodeNotEnough); r.Remaining != 10 {
		t.Errorf("got %+v", r)
	}
	if e = e.Drop("l1"); e.Short() != 0 {
		t.Errorf("got %d short", e.Short())
	}
	d.stands(90, 0, 10)
}

func TestAnEscrowIsHeldToItsForm(t *testing.T) {
	d := open(t, hundred)
	reserved := d.does(reserve("a", "town", 30, 40))
	e := escrow(t, reserved)
	e, _, err := e.Draw("l1", "c1", 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		request, callOff string
		units            int64
		code             ledger.Code
	}{
		"nothing":               {"l2", "c2", 0, ledger.CodeMalformed},
		"less than nothing":     {"l2", "c2", -5, ledger.CodeMalformed},
		"more than all":         {"l2", "c2", 1 << 62, ledger.CodeMalformed},
		"the same request":      {"l1", "c2", 1, ledger.CodeCallOffKnown},
		"the same call-off":     {"l2", "c1", 1, ledger.CodeCallOffKnown},
		"more than what's left": {"l2", "c2", 30, ledger.CodeNotEnough},
	} {
		if _, _, err := e.Draw(tc.request, tc.callOff, tc.units); codeOf(err) != tc.code {
			t.Errorf("%s: got %v", name, err)
		}
	}
	other := d.does(reserve("b", "village", 5, 5))
	for _, r := range []ledger.Receipt{other, {}, {Lot: "2", Buyer: "town", Serial: 9}, {Lot: "1", Buyer: "town", Serial: 9, Escrow: -1}} {
		if _, err := e.Learn(r); !errors.Is(err, ledger.ErrReceipt) {
			t.Errorf("%+v: got %v", r, err)
		}
	}
	if _, err := ledger.OpenEscrow(ledger.Receipt{Lot: "1", Serial: 1}); !errors.Is(err, ledger.ErrReceipt) {
		t.Errorf("got %v", err)
	}
}

func codeOf(err error) ledger.Code {
	if r, ok := errors.AsType[*ledger.RefusalError](err); ok {
		return r.Code
	}
	return ""
}

func TestTooManyDrawsAloneHaveToBeSettledFirst(t *testing.T) {
	d := open(t, ledger.Lot{ID: "1", Max: 2 * ledger.MaxPending})
	e := escrow(t, d.does(reserve("a", "town", 2*ledger.MaxPending, 2*ledger.MaxPending)))
	var err error
	for n := range ledger.MaxPending {
		if e, _, err = e.Draw(fmt.Sprint("l", n), fmt.Sprint("c", n), 1); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := e.Draw("l", "c", 1); codeOf(err) != ledger.CodeFull {
		t.Errorf("got %v", err)
	}
}

// TestNobodyOverdrawsWhileTheSequencerIsAway lets buyers draw alone and through
// a sequencer that comes and goes, with answers that get lost. As long as the
// window is open, all that a buyer drew alone is confirmed from its reservation.
func TestNobodyOverdrawsWhileTheSequencerIsAway(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 5))
		d := open(t, ledger.Lot{ID: "1", Max: 300})
		views := make([]ledger.Escrow, 6)
		for b := range views {
			views[b] = escrow(t, d.does(reserve(fmt.Sprint("r", b), fmt.Sprint("b", b), 40, 40)))
		}
		for n := range 200 {
			b := r.IntN(len(views))
			if r.IntN(3) > 0 {
				e, _, err := views[b].Draw(fmt.Sprint("l", n), fmt.Sprint("c", n), 1+r.Int64N(9))
				if err != nil && codeOf(err) != ledger.CodeNotEnough {
					t.Fatal(err)
				}
				views[b] = e
				continue
			}
			views[b] = settle(d, views[b], func() bool { return r.IntN(4) == 0 })
			d.Apply(draw(fmt.Sprint("p", n), fmt.Sprint("g", r.IntN(3)), fmt.Sprint("q", n), 1+r.Int64N(20)), d.add) //nolint:errcheck // the pool may be empty
		}
		for b := range views {
			views[b] = settle(d, views[b], func() bool { return false })
			if views[b].Short() != 0 || len(views[b].Pending()) != 0 {
				t.Errorf("seed %d: got %+v", seed, views[b])
			}
		}
		var left int64
		for _, v := range views {
			left += v.Left()
		}
		if s := d.Lots()[0]; s.Escrowed != left || s.Committed+s.Escrowed+s.Pool != s.Max || s.Pool < 0 {
			t.Errorf("seed %d: the buyers have %d left, the sequencer says %+v", seed, left, s)
		}
	}
}

// settle sends what is pending, in order, until an answer is lost.
func settle(d *desk, e ledger.Escrow, lost func() bool) ledger.Escrow {
	d.t.Helper()
	for _, c := range e.Pending() {
		receipt := d.does(c)
		if receipt.FromPool != 0 {
			d.t.Errorf("drawn alone, taken from the pool: %+v", receipt)
		}
		if lost() {
			return e
		}
		next, err := e.Learn(receipt)
		if err != nil {
			d.t.Fatal(err)
		}
		e = next
	}
	return e
}
