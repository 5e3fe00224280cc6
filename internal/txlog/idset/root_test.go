// SPDX-License-Identifier: EUPL-1.2

package idset_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/samenspel/samenspel/internal/txlog/idset"
	"github.com/samenspel/samenspel/internal/txlog/idset/idsettest"
)

func TestRootsAreThoseOfAnIndependentProgram(t *testing.T) {
	raw, err := os.ReadFile("testdata/roots.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Name  string
		IDs   []string
		Count int64
		Root  idset.Root
	}
	if err := json.Unmarshal(raw, &vectors); err != nil || len(vectors) < 8 {
		t.Fatal(len(vectors), err)
	}
	for _, v := range vectors {
		if got := tree(idsettest.Parse(t, v.IDs...)).Summary(); got != (idset.Summary{Count: v.Count, Root: v.Root}) {
			t.Errorf("%s: got %d %s, want %d %s", v.Name, got.Count, got.Root, v.Count, v.Root)
		}
	}
}

func TestOrderAndDoublesDontMatterAndEveryChangeDoes(t *testing.T) {
	// Few bits, so that IDs are often neighbours and nodes lie at all depths.
	id := rapid.Custom(func(r *rapid.T) (id idset.ID) {
		for i := range 2 {
			id[rapid.IntRange(0, 15).Draw(r, "place")] = rapid.Byte().Draw(r, fmt.Sprint("byte ", i))
		}
		return id
	})
	rapid.Check(t, func(r *rapid.T) {
		set := rapid.SliceOfN(id, 0, 40).Draw(r, "ids")
		want := tree(set).Summary()
		again := slices.Concat(set, set[:len(set)/2])
		rand.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		if got := tree(again).Summary(); got != want {
			r.Fatalf("shuffled: got %v, want %v", got, want)
		}
		other := id.Draw(r, "other")
		if slices.Contains(set, other) {
			other[15] ^= 0x40
		}
		if more := tree(set, []idset.ID{other}).Summary(); !slices.Contains(set, other) && (more.Root == want.Root || more.Count != want.Count+1) {
			r.Fatalf("one more doesn't show: %v", more)
		}
		if len(set) == 0 || slices.Contains(set, other) {
			return
		}
		changed := slices.DeleteFunc(slices.Clone(again), func(i idset.ID) bool { return i == set[0] })
		if less := tree(changed).Summary(); less.Root == want.Root || less.Count != want.Count-1 {
			r.Fatalf("one less doesn't show: %v", less)
		}
		if got := tree(changed, []idset.ID{other}).Summary(); got.Root == want.Root {
			r.Fatal("another ID in the place of one doesn't show")
		}
	})
}

func TestAStreamGivesTheRootOfTheTree(t *testing.T) {
	month := tree(idsettest.Calls(5000, 1))
	var c idset.Counter
	for range 2 { // a Counter begins anew after its Summary
		for _, id := range month.IDs("") {
			if err := c.Add(id); err != nil {
				t.Fatal(err)
			}
		}
		if got := c.Summary(); got != month.Summary() {
			t.Errorf("got %v, want %v", got, month.Summary())
		}
	}
	if got := c.Summary(); got != (idset.Summary{Root: idset.EmptyRoot()}) {
		t.Errorf("an empty month is %v", got)
	}
}

func TestAStreamOutOfOrderIsRefused(t *testing.T) {
	var c idset.Counter
	set := tree(idsettest.Calls(2, 1)).IDs("")
	if err := c.Add(set[1]); err != nil {
		t.Fatal(err)
	}
	if c.Add(set[1]) != nil || c.Add(set[0]) == nil {
		t.Error("a double is refused, or an ID before the last one isn't")
	}
}

func TestAStreamTakesNoMemoryPerCall(t *testing.T) {
	month := tree(idsettest.Calls(20_000, 1)).IDs("")
	var c idset.Counter
	count := func() {
		for _, id := range month {
			if err := c.Add(id); err != nil {
				t.Fatal(err)
			}
		}
		c.Summary()
	}
	count() // buffers of the nodes
	if n := testing.AllocsPerRun(3, count); n > 0 {
		t.Errorf("%v allocations for a month", n)
	}
}

func TestOnlyOneTextIsARoot(t *testing.T) {
	var r idset.Root
	good := idset.EmptyRoot().String()
	if err := r.UnmarshalText([]byte(good)); err != nil || r != idset.EmptyRoot() {
		t.Fatal(err)
	}
	for _, text := range []string{"", good[:42], good + "A", good + "=", good[:42] + "B", "\n" + good[1:], good + "\n"} {
		if err := r.UnmarshalText([]byte(text)); reasonOf(err) != idset.ReasonMalformed {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestOnlyLowerCaseUUIDsAreTransactionIDs(t *testing.T) {
	for _, text := range []string{
		"", "019a3c5e-0000-7000-8000-00000000000", "019A3c5e-0000-7000-8000-000000000001", "019a3c5e00000-7000-8000-000000000001",
		"019a3c5e-0000-7000-8000-00000000000g", "{19a3c5e-0000-7000-8000-00000000000}",
	} {
		if _, err := idset.ParseID(text); reasonOf(err) != idset.ReasonMalformed {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func BenchmarkRoot(b *testing.B) {
	for _, n := range []int{100, 10_000, 1_000_000} {
		month := tree(idsettest.Calls(n, 1))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				month.Summary()
			}
		})
	}
}
