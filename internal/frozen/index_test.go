// SPDX-License-Identifier: EUPL-1.2

package frozen_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/frozen"
)

// words are found by what stands before their colon, and named by their last letter.
func words() frozen.Terms[string, byte, string] {
	return frozen.Terms[string, byte, string]{
		Key:   func(w string) string { before, _, _ := strings.Cut(w, ":"); return before },
		Name:  func(w string) byte { return w[len(w)-1] },
		Order: strings.Compare,
	}
}

func TestAnIndexKeepsItsListsInOrderAndThoseOfOlderCopies(t *testing.T) {
	edit := (*frozen.Index[string, byte, string])(nil).Edit(3, words())
	for _, w := range []string{"c:1a", "a:1a", "b:1a"} {
		edit.Put(w)
	}
	old := edit.Freeze()
	edit = old.Edit(1, words())
	edit.Put("b:2a")
	edit.Put("d:1z")
	edit.Remove("c")
	edit.Remove("none")
	x := edit.Freeze()
	if got := edit.Removed; !slices.Equal(got, []string{"b:1a", "c:1a"}) {
		t.Errorf("removed %q", got)
	}
	if got := old.Named('a'); !slices.Equal(got, []string{"a:1a", "b:1a", "c:1a"}) || old.Get("b") != "b:1a" || old.Get("d") != "" {
		t.Errorf("the old one has %q", got)
	}
	if got := x.Named('a'); !slices.Equal(got, []string{"a:1a", "b:2a"}) || x.Get("b") != "b:2a" || x.Get("c") != "" || x.Named('z')[0] != "d:1z" {
		t.Errorf("the new one has %q", got)
	}
	if got := slices.Sorted(x.Values()); !slices.Equal(got, []string{"a:1a", "b:2a", "d:1z"}) {
		t.Errorf("all are %q", got)
	}
	edit = x.Edit(0, words())
	edit.Remove("d")
	if got := edit.Freeze().Named('z'); got != nil {
		t.Errorf("%q is left", got)
	}
	edit = x.Edit(0, words())
	edit.Clear(1)
	edit.Put("e:1a")
	if got := slices.Sorted(slices.Values(edit.Removed)); !slices.Equal(got, []string{"a:1a", "b:2a", "d:1z"}) {
		t.Errorf("cleared of %q", got)
	}
	if got := slices.Collect(edit.Freeze().Values()); !slices.Equal(got, []string{"e:1a"}) {
		t.Errorf("after clearing it has %q", got)
	}
}
