// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"encoding/csv"
	"fmt"
	"iter"
	"strings"
	"unicode"
)

// csv answers with a table as a file. Rows are written as they come; an error
// among them ends the file early and is logged. What a spreadsheet could
// take for a formula gets an apostrophe in front.
func (q *request) csv(name string, header []string, rows iter.Seq2[[]string, error]) error {
	h := q.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+fileName(name)+`.csv"`)
	h.Set("Cache-Control", "no-store")
	out := csv.NewWriter(q.unhurried())
	out.UseCRLF = true
	if err := out.Write(header); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	for row, err := range rows {
		if err != nil {
			q.s.cfg.Logger.ErrorContext(q.Ctx, "csv ended early", "path", q.r.URL.Path, "error", err)
			break
		}
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = harmless(cell)
		}
		if err := out.Write(cells); err != nil {
			break // the browser went away
		}
	}
	out.Flush()
	return nil
}

// harmless keeps a cell, and what the Dutch Excel makes a cell behind a
// semicolon, from being read as a formula. Quotes and spaces don't count: a
// spreadsheet may drop them. Excel takes the wide signs of East Asia, too.
func harmless(cell string) string {
	if !strings.ContainsAny(cell, "=+-@\uff1d\uff0b\uff0d\uff20\t\r") {
		return cell
	}
	var out strings.Builder
	begins := true
	for i, r := range cell {
		switch r {
		case '=', '+', '-', '@', '\uff1d', '\uff0b', '\uff0d', '\uff20':
			if begins {
				out.WriteByte('\'')
			}
			begins = false
		case '\t', '\r':
			if i == 0 {
				out.WriteByte('\'')
			}
			begins = true
		case ';', '\n':
			begins = true
		default:
			begins = begins && (r == '"' || unicode.IsSpace(r))
		}
		out.WriteRune(r)
	}
	return out.String()
}

// fileName keeps letters, digits, - and _ of a name.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, name)
}
