// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"strconv"
	"strings"
)

// statement is SQL text with the arguments of its parameters. Values reach the
// database as arguments only; the text is made of constants.
type statement struct {
	text string
	args []any
}

// filter gathers conditions that all have to hold.
type filter struct {
	conditions []string
	args       []any
}

// param adds an argument and gives the name of its parameter. One name may
// stand in the text more than once.
func (f *filter) param(v any) string {
	f.args = append(f.args, v)
	return "$" + strconv.Itoa(len(f.args))
}

// and adds a condition.
func (f *filter) and(condition string) { f.conditions = append(f.conditions, condition) }

// where gives the clause, empty without conditions.
func (f *filter) where() string {
	if len(f.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(f.conditions, " AND ")
}

// limit gives the clause for at most n rows; 0 is no limit.
func (f *filter) limit(n int) string {
	if n <= 0 {
		return ""
	}
	return " LIMIT " + f.param(n)
}

// params adds a list of arguments: "$1, $2".
func params[T ~string](f *filter, values []T) string {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = f.param(string(v))
	}
	return strings.Join(names, ", ")
}

// orderBy gives the clause that sorts by columns, all in one direction.
func orderBy(descending bool, columns ...string) string {
	if !descending {
		return " ORDER BY " + strings.Join(columns, ", ")
	}
	return " ORDER BY " + strings.Join(columns, " DESC, ") + " DESC"
}

// behind compares with the last key of the page before.
func behind(descending bool) string {
	if descending {
		return " < "
	}
	return " > "
}

// rowsAtOnce is where SQLite inserts fastest: reading a statement takes it time
// that is quadratic in the number of parameters.
const rowsAtOnce = 10

// inserts writes rows in as few statements as possible. text is what stands
// before VALUES, suffix what stands behind it.
func inserts(text, suffix string, rows [][]any) []statement {
	var out []statement
	for start := 0; start < len(rows); start += rowsAtOnce {
		var f filter
		var b strings.Builder
		b.WriteString(text)
		for i, row := range rows[start:min(start+rowsAtOnce, len(rows))] {
			if i > 0 {
				b.WriteByte(',')
			}
			separator := "("
			for _, v := range row {
				b.WriteString(separator)
				b.WriteString(f.param(v))
				separator = ","
			}
			b.WriteByte(')')
		}
		b.WriteString(suffix)
		out = append(out, statement{text: b.String(), args: f.args})
	}
	return out
}
