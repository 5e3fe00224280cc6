// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// byName sorts a list as people look for names: whatever the case, the accents
// and the apostrophes. Equal names keep their order.
func byName[T any](list []T, name func(*T) string) {
	slices.SortStableFunc(list, func(x, y T) int { return cmp.Compare(nameKey(name(&x)), nameKey(name(&y))) })
}

// nameKey is a name as it is sorted. The marks are those of Dutch and Frisian.
func nameKey(name string) string {
	return strings.Map(func(r rune) rune {
		switch r = unicode.ToLower(r); r {
		case '\'', '’', '‘':
			return -1
		case 'á', 'à', 'â', 'ä':
			return 'a'
		case 'é', 'è', 'ê', 'ë':
			return 'e'
		case 'í', 'ì', 'î', 'ï':
			return 'i'
		case 'ó', 'ò', 'ô', 'ö':
			return 'o'
		case 'ú', 'ù', 'û', 'ü':
			return 'u'
		}
		return r
	}, name)
}
