// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// clean replaces what could steer a terminal: names and messages come from
// other Peers.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
}

// table prints columns under a header; with no rows only the header.
func (a *app) table(header []string, rows [][]string) error {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		cells := make([]string, 0, len(row))
		for _, cell := range row {
			if cell == "" {
				cell = "-"
			}
			cells = append(cells, clean(cell))
		}
		_, _ = fmt.Fprintln(w, strings.Join(cells, "\t")) // a buffer never fails to write
	}
	_ = w.Flush()
	_, err := a.Stdout.Write(b.Bytes())
	return err
}

// facts prints lines of a name and a value; empty values are left out.
func (a *app) facts(pairs ...[2]string) error {
	var b bytes.Buffer
	for _, p := range pairs {
		if p[1] != "" {
			_, _ = fmt.Fprintf(&b, "%-9s %s\n", p[0], clean(p[1]))
		}
	}
	_, err := a.Stdout.Write(b.Bytes())
	return err
}

// line prints one line of text.
func (a *app) line(format string, args ...any) error {
	_, err := fmt.Fprintln(a.Stdout, clean(fmt.Sprintf(format, args...)))
	return err
}

// json prints v as indented JSON.
func (a *app) json(v any) error {
	b, err := json.Marshal(v, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		return fmt.Errorf("encode output: %w", err)
	}
	_, err = a.Stdout.Write(append(b, '\n'))
	return err
}

// moment prints a time in one way everywhere.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func words[T ~string](list []T) string {
	out := make([]string, 0, len(list))
	for _, v := range list {
		out = append(out, string(v))
	}
	return strings.Join(out, ",")
}
