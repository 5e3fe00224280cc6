// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"bytes"
	"cmp"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/store"
)

func TestOnlyOneFormOfAnIDIsKnown(t *testing.T) {
	const id = "0190f3a1-7bcd-7def-8123-456789abcdef"
	if got := store.EncodeID(id); len(got) != 16 || store.DecodeID(got) != id {
		t.Errorf("%s becomes %x", id, got)
	}
	for _, other := range []string{
		"", "x", strings.ToUpper(id), strings.ReplaceAll(id, "-", ""), id + "0", id[:35], "{" + id + "}", id[:34] + "g0", id[:34] + "/0", id[:8] + "0" + id[9:],
		id[:34] + "-0", id[:35] + "-", id[:35] + "é",
	} {
		if got := store.EncodeID(other); got != nil {
			t.Errorf("%s becomes %x", other, got)
		}
	}
}

// FuzzIDPlace: the bytes of an id and the place of a text compare like the texts.
func FuzzIDPlace(f *testing.F) {
	some := make([]byte, 16)
	for _, text := range []string{"", "0", "/", "z", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "0000000~", "00000000-0:"} {
		f.Add(some, text)
	}
	f.Add(bytes.Repeat([]byte{0xff}, 16), "ffffffff-ffff-ffff-ffff-ffffffffffff0")
	f.Fuzz(func(t *testing.T, id []byte, text string) {
		if len(id) != 16 {
			return
		}
		known := store.DecodeID(id)
		if !bytes.Equal(store.EncodeID(known), id) {
			t.Errorf("%s doesn't come back", known)
		}
		if found := store.EncodeID(text); found != nil && store.DecodeID(found) != text {
			t.Errorf("%s is taken for %s", text, store.DecodeID(found))
		}
		for _, text := range []string{text, known, known[:len(known)/2] + text} {
			if got, want := bytes.Compare(id, store.IDPlace(text)), cmp.Compare(known, text); got != want {
				t.Errorf("%s and %q compare as %d, their places as %d", known, text, want, got)
			}
		}
	})
}
