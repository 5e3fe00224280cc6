// SPDX-License-Identifier: EUPL-1.2

package usage_test

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/usage"
)

func saving(t testing.TB) (deed.Draft, usage.SavingStatement) {
	t.Helper()
	d := statementDraft(t, byBuyer)
	d.Type, d.Annexes = usage.TypeSaving, []deed.Annex{annex}
	return d, usage.SavingStatement{
		Quantity: 4000, Price: 175, Baseline: usage.Baseline{Price: 230, Source: annex.Hash, Note: "Prijs per stuk in 2025, oude contract"},
	}
}

func TestASavingHasABaselineWithASource(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*deed.Draft, *usage.SavingStatement)
		want   usage.Reason
	}{
		"as it should be":        {func(*deed.Draft, *usage.SavingStatement) {}, ""},
		"dearer than before":     {func(_ *deed.Draft, s *usage.SavingStatement) { s.Price = 300 }, ""},
		"no source":              {func(d *deed.Draft, _ *usage.SavingStatement) { d.Annexes = nil }, usage.ReasonMalformed},
		"another source":         {func(_ *deed.Draft, s *usage.SavingStatement) { s.Baseline.Source = deed.AnnexHash([]byte("x")) }, usage.ReasonMalformed},
		"no note":                {func(_ *deed.Draft, s *usage.SavingStatement) { s.Baseline.Note = "" }, usage.ReasonMalformed},
		"no baseline":            {func(_ *deed.Draft, s *usage.SavingStatement) { s.Baseline.Price = 0 }, usage.ReasonMalformed},
		"a price below zero":     {func(_ *deed.Draft, s *usage.SavingStatement) { s.Price = -1 }, usage.ReasonMalformed},
		"nothing":                {func(_ *deed.Draft, s *usage.SavingStatement) { s.Quantity = 0 }, usage.ReasonMalformed},
		"more than can be held":  {func(_ *deed.Draft, s *usage.SavingStatement) { s.Quantity, s.Baseline.Price = 1<<53-1, 1<<53-1 }, usage.ReasonAmount},
		"the supplier states it": {func(d *deed.Draft, _ *usage.SavingStatement) { d.Parties[0] = bySupplier }, usage.ReasonSignatories},
		"it follows two deeds": {func(d *deed.Draft, _ *usage.SavingStatement) {
			d.Parents = append(d.Parents, write(t, statementDraft(t, byBuyer), november(t, 1)).Hash())
		}, usage.ReasonParent},
		"it follows a statement": {func(d *deed.Draft, _ *usage.SavingStatement) {
			d.Parents[0] = write(t, statementDraft(t, byBuyer), november(t, 1)).Hash()
		}, usage.ReasonParent},
		"it is a usage statement": {func(d *deed.Draft, _ *usage.SavingStatement) { d.Type = usage.TypeStatement }, usage.ReasonMalformed},
	} {
		d, s := saving(t)
		c.change(&d, &s)
		if _, err := usage.ReadSaving(write(t, d, s)); reasonOf(err) != c.want {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// TestTheMunicipalitiesOfTheSeedSaveMillions is the case of the seeds: 280
// municipalities, 130,000 subscriptions. The prices are examples.
func TestTheMunicipalitiesOfTheSeedSaveMillions(t *testing.T) {
	var all []usage.Saved
	var units, want int64
	for i := range int64(280) {
		s := usage.SavingStatement{Quantity: 464, Price: 4_950, Baseline: usage.Baseline{Price: 7_500 + i}}
		if i < 80 {
			s.Quantity++ // 280 × 464 + 80 = 130,000
		}
		units += s.Quantity
		want += (7_500 + i - 4_950) * s.Quantity
		all = append(all, usage.Saved{
			Buyer: fsc.PeerID(fmt.Sprintf("%020d", i)), CallOff: deed.AnnexHash([]byte{byte(i), byte(i >> 8)}), Statement: &s,
		})
	}
	got, err := usage.TotalSaving(all)
	if err != nil || units != 130_000 || got != (usage.Total{Enough: true, Buyers: 280, Sum: want}) {
		t.Errorf("got %+v for %d units, want %d, %v", got, units, want, err)
	}
	if got.Sum < 3_000_000_00 {
		t.Errorf("only %d cents", got.Sum)
	}
}

func TestATotalOfSavingsHidesTheOnlyBuyerInIt(t *testing.T) {
	_, s := saving(t)
	one, two := usage.Saved{Buyer: buyer, CallOff: "a", Statement: &s}, usage.Saved{Buyer: buyer, CallOff: "b", Statement: &s}
	other := usage.Saved{Buyer: stranger, CallOff: "c", Statement: &s}
	for _, c := range []struct {
		all  []usage.Saved
		want usage.Total
	}{
		{nil, usage.Total{}},
		{[]usage.Saved{one}, usage.Total{}},
		{[]usage.Saved{one, two}, usage.Total{}}, // still one buyer
		{[]usage.Saved{one, two, other}, usage.Total{Enough: true, Buyers: 2, Sum: 3 * 55 * 4000}},
	} {
		if got, err := usage.TotalSaving(c.all); err != nil || got != c.want {
			t.Errorf("%d statements: got %+v, %v", len(c.all), got, err)
		}
	}
	if _, err := usage.TotalSaving([]usage.Saved{one, other, one}); reasonOf(err) != usage.ReasonDouble {
		t.Error(err)
	}
}

func TestDemandIsShownOfFiveBuyersOrMore(t *testing.T) {
	var all []usage.Need
	for i := range 4 {
		all = append(all, usage.Need{Buyer: fsc.PeerID(fmt.Sprint(i)), Quantity: 1000})
	}
	all = append(all, usage.Need{Buyer: "0", Quantity: 1})
	if got, err := usage.TotalDemand(all); err != nil || got != (usage.Total{}) {
		t.Errorf("of four buyers: %+v, %v", got, err)
	}
	all = append(all, usage.Need{Buyer: "4", Quantity: 500})
	if got, err := usage.TotalDemand(all); err != nil || got != (usage.Total{Enough: true, Buyers: 5, Sum: 4501}) {
		t.Errorf("of five buyers: %+v, %v", got, err)
	}
	if _, err := usage.TotalDemand([]usage.Need{{"0", -1}}); reasonOf(err) != usage.ReasonAmount {
		t.Error(err)
	}
	if _, err := usage.TotalDemand([]usage.Need{{"0", 1 << 52}, {"1", 1 << 52}}); reasonOf(err) != usage.ReasonAmount {
		t.Error(err)
	}
}

func TestSavingsAreExactOrRefused(t *testing.T) {
	amount := rapid.OneOf(rapid.Int64Range(0, 1_000_000), rapid.Int64Range(0, math.MaxInt64))
	limit := big.NewInt(1<<53 - 1)
	rapid.Check(t, func(r *rapid.T) {
		baseline, price, quantity := amount.Draw(r, "baseline"), amount.Draw(r, "price"), amount.Draw(r, "quantity")
		want := new(big.Int).Mul(new(big.Int).Sub(big.NewInt(baseline), big.NewInt(price)), big.NewInt(quantity))
		got, err := usage.Saving(baseline, price, quantity)
		if fits := want.CmpAbs(limit) <= 0; fits != (err == nil) || fits && want.Cmp(big.NewInt(got)) != 0 {
			r.Fatalf("got %d, %v, want %v", got, err, want)
		}
	})
	for _, c := range [][3]int64{{-1, 0, 1}, {0, -1, 1}, {1, 0, -1}, {math.MinInt64, 0, 1}} {
		if _, err := usage.Saving(c[0], c[1], c[2]); reasonOf(err) != usage.ReasonAmount {
			t.Errorf("%v: %v", c, err)
		}
	}
}
