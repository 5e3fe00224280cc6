// SPDX-License-Identifier: EUPL-1.2

package fsc_test

import (
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

func TestCheckJSONAcceptsIJSON(t *testing.T) {
	for name, in := range map[string]string{
		"a null":                          "null",
		"a text":                          `"x"`,
		"white space on both sides":       " \r\n\t{} \r\n\t",
		"the largest safe integer":        "9007199254740991",
		"the smallest safe integer":       "-9007199254740991",
		"a double beyond the integers":    "1e21",
		"a surrogate pair":                `"\ud83d\ude00"`,
		"minus zero":                      "-0",
		"a number too small for a double": "1e-999",
		"64 levels":                       strings.Repeat("[", 64) + strings.Repeat("]", 64),
		"names that differ in case":       `{"a":1,"A":2}`,
		"names equal in two objects":      `{"a":{"a":1}}`,
	} {
		if err := fsc.CheckJSON([]byte(in)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckJSONRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"nothing":                         "",
		"only white space":                " \n",
		"a byte order mark":               "\ufeff{}",
		"a name twice":                    `{"a":1,"a":2}`,
		"a name twice in an inner object": `{"x":[{"a":1,"b":2,"a":1}]}`,
		"a name twice, once escaped":      `{"a":1,"\u0061":2}`,
		"a lone high surrogate":           `"\ud800"`,
		"a lone low surrogate":            `"\udc00"`,
		"a lone surrogate in a name":      `{"\ud800":1}`,
		"invalid UTF-8":                   "\"\xff\"",
		"invalid UTF-8 in a name":         "{\"\xc3\x28\":1}",
		"an overlong form":                "\"\xc0\xaf\"",
		"a surrogate in UTF-8":            "\"\xed\xa0\x80\"",
		"an unsafe integer":               "9007199254740992",
		"an unsafe negative integer":      "[-9007199254740993]",
		"an unsafe integer with exponent": "1e20",
		"an infinite number":              "1e999",
		"NaN":                             "NaN",
		"a leading zero":                  "01",
		"a plus":                          "+1",
		"a bare point":                    "1.",
		"hexadecimal":                     "0x10",
		"single quotes":                   `{'a':1}`,
		"a comment":                       "{} // x",
		"a trailing comma":                "[1,]",
		"a missing bracket":               `{"a":[1}`,
		"an open object":                  `{"a":1`,
		"a second value":                  "{}{}",
		"a trailing letter":               "{}x",
		"a trailing NUL":                  "{}\x00",
		"a second number":                 "1 2",
		"a control character":             "\"\n\"",
		"an unknown escape":               `"\x41"`,
		"65 levels":                       strings.Repeat("[", 65) + strings.Repeat("]", 65),
		"65 levels of objects":            strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65),
	} {
		t.Run(name, func(t *testing.T) {
			wantCode(t, fsc.CheckJSON([]byte(in)), fsc.CodeInvalidRequest)
			_, err := fsc.Canonicalize([]byte(in))
			wantCode(t, err, fsc.CodeInvalidRequest)
			var v any
			wantCode(t, fsc.UnmarshalStrict([]byte(in), &v), fsc.CodeInvalidRequest)
		})
	}
}

func TestDeepNestingIsRefusedFast(t *testing.T) {
	for _, unit := range []string{"[", `{"a":`} {
		in := []byte(strings.Repeat(unit, 1<<20/len(unit)))
		start := time.Now()
		wantCode(t, fsc.CheckJSON(in), fsc.CodeInvalidRequest)
		_, err := fsc.ParseContent(in, rules())
		wantCode(t, err, fsc.CodeInvalidRequest)
		if d := time.Since(start); d > time.Second {
			t.Errorf("1 MB of %q took %v", unit, d)
		}
	}
}

func TestUnmarshalStrict(t *testing.T) {
	type inner struct {
		N int64 `json:"n"`
	}
	type outer struct {
		Text  string  `json:"text"`
		Inner inner   `json:"inner"`
		List  []inner `json:"list"`
	}
	var v outer
	if err := fsc.UnmarshalStrict([]byte(`{"text":"a","inner":{"n":1},"list":[{"n":2}]}`), &v); err != nil || v.Text != "a" || v.Inner.N != 1 || v.List[0].N != 2 {
		t.Fatalf("got %+v, %v", v, err)
	}
	for name, c := range map[string]struct{ in, detail string }{
		"an unknown member":          {`{"texts":"a"}`, `"texts"`},
		"a member in another case":   {`{"Text":"a"}`, `"Text"`},
		"an unknown inner member":    {`{"list":[{"n":1},{"m":1}]}`, `"list.1.m"`},
		"a text for a number":        {`{"inner":{"n":"1"}}`, `"inner.n"`},
		"a float for an integer":     {`{"inner":{"n":1.0}}`, `"inner.n"`},
		"an exponent for an integer": {`{"inner":{"n":1e3}}`, `"inner.n"`},
		"an array at the top":        {`[]`, "the top level"},
		"a duplicate name":           {`{"text":"a","text":"b"}`, `"text"`},
		"a long name, cut":           {`{"` + strings.Repeat("é", 1000) + `":1}`, "…"},
	} {
		t.Run(name, func(t *testing.T) {
			err := fsc.UnmarshalStrict([]byte(c.in), new(outer))
			wantCode(t, err, fsc.CodeInvalidRequest)
			wantDetail(t, err, c.detail)
		})
	}
}

func TestErrorNamesNumberOutOfRange(t *testing.T) {
	wantDetail(t, fsc.CheckJSON([]byte(`{"a":[1,{"b":9007199254740993}]}`)), `"a.1.b"`)
}
