// SPDX-License-Identifier: EUPL-1.2

package frozen_test

import (
	"maps"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/samenspel/samenspel/internal/frozen"
)

func TestAnEditIsWhatAMapOfGoWouldBeAndLeavesTheOldOneAlone(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var m *frozen.Map[string, int]
	want := map[string]int{}
	for round := range 60 {
		before, old := maps.Clone(want), m
		edit := m.Edit(r.IntN(3) * 500)
		for range r.IntN(400) {
			key := strconv.Itoa(r.IntN(3000))
			if r.IntN(3) == 0 {
				edit.Delete(key)
				delete(want, key)
			} else {
				edit.Set(key, round)
				want[key] = round
			}
			if edit.Get(key) != want[key] {
				t.Fatalf("round %d: the edit has %d under %s, want %d", round, edit.Get(key), key, want[key])
			}
		}
		m = edit.Freeze()
		same(t, old, before)
		same(t, m, want)
	}
}

func same(t *testing.T, got *frozen.Map[string, int], want map[string]int) {
	t.Helper()
	if got.Len() != len(want) || !maps.Equal(maps.Collect(got.All()), want) {
		t.Fatalf("%d keys, want %d", got.Len(), len(want))
	}
	for key := range want {
		if got.Get(key) != want[key] {
			t.Fatalf("%d under %s, want %d", got.Get(key), key, want[key])
		}
	}
}

func TestAChangeCopiesLittleAndAReadNothing(t *testing.T) {
	const n = 50_000
	edit := (*frozen.Map[string, int])(nil).Edit(n)
	for i := range n {
		edit.Set(strconv.Itoa(i), i)
	}
	m := edit.Freeze()
	if got := testing.AllocsPerRun(100, func() {
		if m.Get("4711") != 4711 || m.Get("none") != 0 {
			t.Error("wrong value")
		}
	}); got != 0 {
		t.Errorf("%v allocations of a read", got)
	}
	if got := testing.AllocsPerRun(100, func() {
		change := m.Edit(1)
		change.Set("4711", 1)
		change.Freeze()
	}); got > 20 {
		t.Errorf("%v allocations of a change among %d keys", got, n)
	}
}

func TestReadingGoesOnWhileOthersEdit(t *testing.T) {
	edit := (*frozen.Map[int, int])(nil).Edit(1000)
	for i := range 1000 {
		edit.Set(i, i)
	}
	m := edit.Freeze()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 1000 {
			change := m.Edit(1)
			change.Set(i, -1)
			change.Freeze()
		}
	}()
	for i := range 1000 {
		if m.Get(i) != i {
			t.Errorf("%d under %d", m.Get(i), i)
		}
	}
	<-done
}
