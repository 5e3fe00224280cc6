// SPDX-License-Identifier: EUPL-1.2

package http1_test

import (
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/http1"
)

// TestGrammar puts every byte at every place of a short and a long text.
func TestGrammar(t *testing.T) {
	const symbols = "!#$%&'*+-.^_`|~"
	for c := range 256 {
		letterOrDigit := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		token := letterOrDigit || c < 0x80 && strings.ContainsRune(symbols, rune(c))
		value := c >= ' ' && c != 0x7f || c == '\t'
		for _, long := range []string{"x", "bytes of a long value"} {
			for i := range len(long) {
				s := long[:i] + string([]byte{byte(c)}) + long[i+1:]
				if http1.FieldValue(s) != value {
					t.Errorf("%q as a value: %v", s, !value)
				}
				if s = strings.ReplaceAll(s, " ", "-"); c != ' ' && http1.Token(s) != token {
					t.Errorf("%q as a token: %v", s, !token)
				}
			}
		}
	}
	if http1.Token("") || !http1.FieldValue("") {
		t.Error("an empty name is none, an empty value is one")
	}
}
