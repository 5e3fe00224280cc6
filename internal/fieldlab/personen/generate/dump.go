// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// row is one row of the dump. A missing (NULL) value is the empty string;
// the dump has no empty strings of its own.
type row []string

// tables are the rows of the dump by table name.
type tables map[string][]row

// widths are the tables we read and the columns each must have.
func widths() map[string]int {
	return map[string]int{
		"lo3_pl": 28, "lo3_pl_persoon": 42, "lo3_pl_nationaliteit": 19,
		"lo3_pl_overlijden": 18, "lo3_pl_verblijfplaats": 25,
	}
}

const (
	insertPrefix = "INSERT INTO public."
	insertValues = " VALUES ("
)

var errRow = errors.New("not an insert row")

// parseDump reads the INSERT statements, one a line, of the tables we need.
func parseDump(r io.Reader) (tables, error) {
	want := widths()
	found := tables{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for number := 1; lines.Scan(); number++ {
		name, values, err := parseInsert(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		columns, wanted := want[name]
		if !wanted {
			continue
		}
		if len(values) != columns {
			return nil, fmt.Errorf("line %d: %s has %d columns, want %d", number, name, len(values), columns)
		}
		found[name] = append(found[name], values)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read lines: %w", err)
	}
	return found, nil
}

// parseInsert splits one INSERT statement into its table and values.
func parseInsert(line string) (string, row, error) {
	rest, ok := strings.CutPrefix(line, insertPrefix)
	if !ok {
		return "", nil, errRow
	}
	name, rest, ok := strings.Cut(rest, insertValues)
	if !ok {
		return "", nil, errRow
	}
	var values row
	for {
		value, after, err := parseValue(rest)
		if err != nil {
			return "", nil, err
		}
		values = append(values, value)
		if next, more := strings.CutPrefix(after, ", "); more {
			rest = next
			continue
		}
		if !strings.HasPrefix(after, ")") {
			return "", nil, errRow
		}
		return name, values, nil
	}
}

// parseValue takes one value off the front: NULL, a number, or a quoted text
// in which two quotes stand for one. Spaces around a text mean nothing.
func parseValue(s string) (value, rest string, err error) {
	quoted, isText := strings.CutPrefix(s, "'")
	if !isText {
		end := strings.IndexAny(s, ",)")
		if end <= 0 {
			return "", "", errRow
		}
		if s[:end] == "NULL" {
			return "", s[end:], nil
		}
		return s[:end], s[end:], nil
	}
	var text strings.Builder
	for {
		part, after, ok := strings.Cut(quoted, "'")
		if !ok {
			return "", "", errRow
		}
		text.WriteString(part)
		if next, escaped := strings.CutPrefix(after, "'"); escaped {
			text.WriteByte('\'')
			quoted = next
			continue
		}
		return strings.TrimSpace(text.String()), after, nil
	}
}
