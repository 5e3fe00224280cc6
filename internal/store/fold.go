// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"strings"
	"unicode"
)

// longestNeedle is more than any name of the standard can hold, in bytes.
const longestNeedle = 1024

// fold makes texts equal that differ in case only. Engines don't agree on case
// outside ASCII, so folded text is stored beside the text.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, s)
}

// contains gives a condition on a column of folded text. A needle that no name
// can hold matches nothing.
func contains(f *filter, column, needle string) string {
	if len(needle) > longestNeedle || strings.IndexByte(needle, 0) >= 0 {
		return "1 = 0"
	}
	escaped := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(fold(needle))
	return column + " LIKE " + f.param("%"+escaped+"%") + ` ESCAPE '\'`
}
