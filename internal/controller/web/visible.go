// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"fmt"
	"strings"
	"unicode"
)

// maxMarks is how many marks one letter may have: enough for every language,
// and too few to cover the lines above and below.
const maxMarks = 3

// visible shows characters that change the order of text or hide in it as their
// number, so that a name can't pass for another.
func visible(v any) string {
	var out strings.Builder
	marks := 0
	for _, r := range fmt.Sprint(v) {
		if unicode.In(r, unicode.Mn, unicode.Me) {
			marks++
		} else {
			marks = 0
		}
		if hidden(r) || marks > maxMarks {
			fmt.Fprintf(&out, "[U+%04X]", r)
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

// hidden tells of controls, marks of direction and characters that show nothing.
func hidden(r rune) bool {
	switch {
	case r < 0x7f:
		return r < 0x20 && r != '\n' && r != '\t'
	case r == 0x2028, r == 0x2029, r == 0x2800: // line, paragraph, Braille without dots
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
