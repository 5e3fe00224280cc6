// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/internal/collective/register"
)

// fieldRow is a field of a process's form, its type in words.
type fieldRow struct {
	Name, Type string
	Required   bool
}

// fieldRows put the types of the forms, which are English, in the reader's language
// as far as they are known.
func (q *request) fieldRows(in []register.Field) []fieldRow {
	out := make([]fieldRow, 0, len(in))
	for _, f := range in {
		row := fieldRow{f.Name, visible(f.Type), f.Required}
		size, text := strings.CutPrefix(f.Type, "string(")
		if n, err := strconv.Atoi(strings.TrimSuffix(size, ")")); text && err == nil {
			row.Type = q.t("board.type.text", "count", n)
		} else if key := "board.type." + slug(f.Type); q.s.words[q.Lang].has(key) {
			row.Type = q.t(key)
		}
		out = append(out, row)
	}
	return out
}

// slug makes part of a key of a word or more.
func slug(text string) string {
	parts := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r < 'a' || r > 'z' })
	return strings.Join(parts, "_")
}

// loginWay tells how users of a process identify themselves.
func (q *request) loginWay(way string) string {
	if key := "board.login." + slug(way); way != "" && q.s.words[q.Lang].has(key) {
		return q.t(key)
	}
	return visible(way)
}
