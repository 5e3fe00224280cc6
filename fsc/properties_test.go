// SPDX-License-Identifier: EUPL-1.2

package fsc_test

import (
	"slices"
	"testing"

	"github.com/samenspel/samenspel/fsc"
)

func TestPropertiesAreReadByName(t *testing.T) {
	text := []byte(`{"b.c": {"x": 1.50}, "a": null, "": "€"}`)
	for name, want := range map[string]string{"b.c": `{"x": 1.50}`, "a": "null", "": `"€"`} {
		if got, ok := fsc.Property(text, name); !ok || string(got) != want || !fsc.HasProperty(text, name) {
			t.Errorf("%q: got %s, %v, want %s", name, got, ok, want)
		}
	}
	for name, in := range map[string]string{
		"another name": `{"b":1}`, "another case": `{"A":1}`, "an inner member": `{"b":{"a":1}}`, "no properties": "",
		"a list": `["a"]`, "a null": `null`, "broken JSON": `{"a":`, "a name twice": `{"a":1,"a":2}`,
	} {
		if got, ok := fsc.Property([]byte(in), "a"); ok || fsc.HasProperty([]byte(in), "a") {
			t.Errorf("%s: got %s", name, got)
		}
	}
	if got, err := fsc.PropertyNames(text); err != nil || !slices.Equal(got, []string{"", "a", "b.c"}) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := fsc.PropertyNames(nil); err != nil || got != nil {
		t.Errorf("got %v, %v", got, err)
	}
	_, err := fsc.PropertyNames([]byte(`[]`))
	wantCode(t, err, fsc.CodeInvalidRequest)
}
