// SPDX-License-Identifier: EUPL-1.2

package ledger_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/collective/ledger"
)

func TestADrawTakesTheReservationFirstAndThenThePool(t *testing.T) {
	d := open(t, hundred)
	d.does(reserve("a", "town", 30, 40))
	d.stands(0, 30, 70)
	r := d.does(draw("b", "town", "c1", 50))
	if r.FromEscrow != 30 || r.FromPool != 20 || r.Escrow != 0 || r.Pool != 50 || r.Committed != 50 || r.Serial != 2 {
		t.Errorf("got %+v", r)
	}
	d.stands(50, 0, 50)
}

func TestTheReservationOfOneIsNotForAnother(t *testing.T) {
	d := open(t, hundred)
	d.does(reserve("a", "town", 60, 60))
	if r := d.refusal(draw("b", "village", "c1", 41), ledger.CodeNotEnough); r.Remaining != 40 || r.Source == "" || r.Field != "quantity" {
		t.Errorf("got %+v", r)
	}
	d.does(draw("b", "village", "c1", 40)) // the name of what was refused is free
	d.stands(40, 60, 0)
	d.does(draw("c", "town", "c2", 60))
	d.stands(100, 0, 0)
}

func TestOfTwoWhoWantTheLastUnitsOneGetsANumberAndOneAReason(t *testing.T) {
	d := open(t, hundred)
	d.does(draw("a", "town", "c1", 20))
	if r := d.does(draw("b", "town", "c2", 60)); r.Serial != 2 {
		t.Errorf("got %+v", r)
	}
	if r := d.refusal(draw("c", "village", "c3", 60), ledger.CodeNotEnough); r.Remaining != 20 || !strings.Contains(r.Error(), "20 now") {
		t.Errorf("got %+v", r)
	}
}

func TestWhatEndsOrShrinksReturnsToThePool(t *testing.T) {
	d := open(t, hundred)
	d.does(reserve("a", "town", 20, 60))
	d.does(draw("b", "town", "c1", 30))
	if r := d.does(change("c", "town", "c1", 12)); r.ToPool != 18 || r.Escrow != 0 {
		t.Errorf("got %+v", r)
	}
	d.stands(12, 0, 88)
	if r := d.does(change("d", "town", "c1", 40)); r.FromPool != 28 {
		t.Errorf("got %+v", r)
	}
	if r := d.refusal(change("e", "town", "c1", 101), ledger.CodeNotEnough); r.Remaining != 100 {
		t.Errorf("got %+v", r)
	}
	if r := d.does(release("f", "town", "c1")); r.ToPool != 40 || r.Committed != 0 {
		t.Errorf("got %+v", r)
	}
	d.does(reserve("g", "town", 10, 10))
	if r := d.does(withdraw("h", "town")); r.ToPool != 10 || r.Escrow != 0 {
		t.Errorf("got %+v", r)
	}
	d.stands(0, 0, 100)
}

func TestClosingTheWindowReturnsAllThatWasNotUsed(t *testing.T) {
	d := open(t, hundred)
	d.does(reserve("a", "town", 20, 60))
	d.does(reserve("b", "village", 30, 60))
	d.does(draw("c", "town", "c1", 5))
	d.refuses(closing("d", 2), ledger.CodeWindow)
	if r := d.does(closing("d", 1)); r.ToPool != 45 || r.Pool != 95 {
		t.Errorf("got %+v", r)
	}
	d.stands(5, 0, 95)
	d.refuses(reserve("e", "late", 5, 5), ledger.CodeWindow)
	next := reserve("e", "late", 5, 5)
	next.Window = 2
	d.does(next)
	d.stands(5, 5, 90)
}

func TestAReservationStaysWithinSixFifthsOfTheNeed(t *testing.T) {
	d := open(t, hundred)
	d.does(reserve("a", "town", 10, 20))
	d.does(draw("b", "town", "c1", 4))
	if r := d.refusal(reserve("c", "town", 15, 20), ledger.CodeOverReservation); r.Remaining != 14 {
		t.Errorf("got %+v", r)
	}
	d.does(reserve("c", "town", 14, 20))
	if r := d.refusal(reserve("d", "city", 77, 1000), ledger.CodeNotEnough); r.Remaining != 76 {
		t.Errorf("got %+v", r)
	}
}

func TestThresholdsAreToldOnceEach(t *testing.T) {
	d := open(t, ledger.Lot{ID: "1", Max: 101})
	d.does(reserve("r", "city", 30, 30)) // what is reserved isn't committed
	steps := []struct {
		c    ledger.Command
		want []int
	}{
		{draw("a", "town", "c1", 70), nil}, // 69.3 percent
		{draw("b", "city", "c2", 1), []int{70}},
		{release("c", "city", "c2"), nil},
		{draw("d", "city", "c3", 1), nil},
		{draw("e", "city", "c4", 28), []int{90}},
		{draw("f", "city", "c5", 2), []int{100}},
	}
	for _, s := range steps {
		if r := d.does(s.c); !slices.Equal(r.Reached, s.want) {
			t.Errorf("%s: got %v, want %v", s.c.Request, r.Reached, s.want)
		}
	}
	all := open(t, ledger.Lot{ID: "1", Max: 1})
	if r := all.does(draw("a", "town", "c1", 1)); !slices.Equal(r.Reached, []int{70, 90, 100}) {
		t.Errorf("got %v", r.Reached)
	}
}

func TestAnExhaustedLotTakesNothingNewForGood(t *testing.T) {
	d := open(t, hundred, ledger.Lot{ID: "2", Max: 5})
	d.does(draw("a", "town", "c1", 60))
	d.does(draw("b", "village", "c2", 40))
	d.does(change("c", "town", "c1", 50)) // down is allowed
	d.does(release("d", "village", "c2"))
	d.stands(50, 0, 50)
	if !d.Lots()[0].Exhausted {
		t.Error("the lot isn't exhausted")
	}
	for _, c := range []ledger.Command{draw("e", "town", "c3", 1), change("f", "town", "c1", 51), reserve("g", "town", 1, 100)} {
		if r := d.refusal(c, ledger.CodeExhausted); r.Remaining != 0 || !strings.Contains(r.Source, "C-23/20") {
			t.Errorf("got %+v", r)
		}
	}
	other := draw("h", "town", "c3", 5)
	other.Lot = "2"
	if r := d.does(other); r.Serial != 1 {
		t.Errorf("the other lot has a count of its own, got %+v", r)
	}
}

func TestARepetitionGetsTheSameReceipt(t *testing.T) {
	d := open(t, hundred)
	first := d.does(draw("a", "town", "c1", 80))
	first.Reached[0] = 1 // what somebody does to a receipt stays with them
	d.does(release("b", "town", "c1"))
	again := d.does(draw("a", "town", "c1", 80))
	if again.Serial != 1 || again.Pool != 20 || !slices.Equal(again.Reached, []int{70}) || len(d.entries) != 2 {
		t.Errorf("got %+v, %d entries", again, len(d.entries))
	}
	d.refuses(draw("a", "town", "c1", 81), ledger.CodeRequestReused)
}

func TestToAskChangesNothing(t *testing.T) {
	d := open(t, hundred)
	asked, done, err := d.Ask(draw("a", "town", "c1", 80))
	if err != nil || done || asked.Serial != 1 || asked.Pool != 20 {
		t.Fatalf("got %+v, %t, %v", asked, done, err)
	}
	d.does(draw("a", "town", "c1", 80))
	if again, done, err := d.Ask(draw("a", "town", "c1", 80)); err != nil || !done || again.Serial != 1 || len(d.entries) != 1 {
		t.Errorf("got %+v, %t, %v", again, done, err)
	}
	_, _, err = d.Ask(draw("b", "town", "c2", 21))
	if r, ok := errors.AsType[*ledger.RefusalError](err); !ok || r.Code != ledger.CodeNotEnough || r.Remaining != 20 {
		t.Errorf("got %v", err)
	}
	if _, err := d.Apply(draw("b", "town", "c2", 20), func(ledger.Entry) error { return errors.New("no disk") }); err == nil {
		t.Fatal("an append that fails is no success")
	}
	if _, _, err := d.Ask(draw("c", "town", "c3", 1)); !errors.Is(err, ledger.ErrStale) {
		t.Errorf("got %v", err)
	}
}

func TestCommandsAreHeldToTheirForm(t *testing.T) {
	d := open(t, hundred)
	d.does(draw("x", "town", "c1", 10))
	d.does(draw("y", "town", "c2", 10))
	d.does(release("z", "town", "c2"))
	alter := func(c ledger.Command, f func(*ledger.Command)) ledger.Command { f(&c); return c }
	for name, tc := range map[string]struct {
		c     ledger.Command
		code  ledger.Code
		field string
	}{
		"no request":            {draw("", "town", "c3", 1), ledger.CodeMalformed, "request"},
		"markup in a name":      {draw("a", "<b>", "c3", 1), ledger.CodeMalformed, "buyer"},
		"a name too long":       {draw("a", "town", strings.Repeat("c", 201), 1), ledger.CodeMalformed, "call_off"},
		"nothing":               {draw("a", "town", "c3", 0), ledger.CodeMalformed, "quantity"},
		"less than nothing":     {draw("a", "town", "c3", -1), ledger.CodeMalformed, "quantity"},
		"more than all":         {draw("a", "town", "c3", 1<<62), ledger.CodeMalformed, "quantity"},
		"a reservation unasked": {reserve("a", "town", 1, 0), ledger.CodeMalformed, "need"},
		"no window":             {closing("a", 0), ledger.CodeMalformed, "window"},
		"a kind unknown":        {alter(draw("a", "town", "c3", 1), func(c *ledger.Command) { c.Kind = "take" }), ledger.CodeMalformed, "kind"},
		"a member too many":     {alter(release("a", "town", "c1"), func(c *ledger.Command) { c.Quantity = 1 }), ledger.CodeMalformed, "quantity"},
		"a number on a change":  {alter(change("a", "town", "c1", 1), func(c *ledger.Command) { c.Local = 1 }), ledger.CodeMalformed, "local"},
		"no lot":                {alter(draw("a", "town", "c3", 1), func(c *ledger.Command) { c.Lot = "" }), ledger.CodeMalformed, "lot"},
		"another lot":           {alter(draw("a", "town", "c3", 1), func(c *ledger.Command) { c.Lot = "9" }), ledger.CodeUnknownLot, "lot"},
		"a call-off twice":      {draw("a", "town", "c1", 1), ledger.CodeCallOffKnown, "call_off"},
		"a call-off again":      {draw("a", "town", "c2", 1), ledger.CodeCallOffKnown, "call_off"},
		"somebody else's":       {change("a", "village", "c1", 1), ledger.CodeCallOffUnknown, "call_off"},
		"a call-off unknown":    {release("a", "town", "c3"), ledger.CodeCallOffUnknown, "call_off"},
		"a call-off ended":      {change("a", "town", "c2", 1), ledger.CodeCallOffEnded, "call_off"},
		"no change":             {change("a", "town", "c1", 10), ledger.CodeNoChange, "quantity"},
		"nothing to give up":    {withdraw("a", "town"), ledger.CodeNoChange, "buyer"},
	} {
		if r := d.refusal(tc.c, tc.code); r.Field != tc.field {
			t.Errorf("%s: got field %q, want %q", name, r.Field, tc.field)
		}
	}
}

func TestLotsThatCantBeCountedAreRefused(t *testing.T) {
	for name, lots := range map[string][]ledger.Lot{
		"none":       nil,
		"too many":   make([]ledger.Lot, ledger.MaxLots+1),
		"no name":    {{Max: 1}},
		"twice":      {hundred, hundred},
		"no maximum": {{ID: "1"}},
		"too large":  {{ID: "1", Max: ledger.MaxQuantity + 1}},
	} {
		if _, err := ledger.New(lots...); !errors.Is(err, ledger.ErrLots) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestTheLargestNumbersStayExact(t *testing.T) {
	d := open(t, ledger.Lot{ID: "1", Max: ledger.MaxQuantity})
	d.does(reserve("a", "town", ledger.MaxQuantity, ledger.MaxQuantity))
	if r := d.does(draw("b", "town", "c1", ledger.MaxQuantity)); len(r.Reached) != 3 {
		t.Errorf("got %+v", r)
	}
	d.stands(ledger.MaxQuantity, 0, 0)
}

func TestHoldingsAreToldInTheOrderOfTheBuyers(t *testing.T) {
	d := open(t, hundred)
	d.does(draw("a", "village", "c1", 5))
	d.does(reserve("b", "town", 7, 9))
	d.does(draw("c", "gone", "c2", 5))
	d.does(release("d", "gone", "c2"))
	want := []ledger.Holding{{Buyer: "town", Reserved: 7}, {Buyer: "village", Committed: 5}}
	if got := d.Holdings("1"); !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	if got := d.Holdings("2"); got != nil {
		t.Errorf("got %+v", got)
	}
}
