// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"fmt"
	"slices"
	"strings"
)

// formField is one field as the part "field" draws it.
type formField struct {
	Name, Type, Value, Problem string
	Label, Hint                string // keys; Hint may be empty
	Required, Checked          bool
	Depends                    bool // needed or not, as the hint tells
	Autocomplete, InputMode    string
	Max                        string
	Accept                     string // names of files that fit, like ".json,.yaml"
	Rows                       int
	Options                    []option
	Suggestions                []string
}

// option is a choice in a list; Text is shown as it is.
type option struct{ Value, Text string }

// newField makes a field of the page's form: its name, the key of its label
// and, in any order, settings such as "hint=some.key", "type=email",
// "required", "depends", "autocomplete=username", "value=x" (used when nothing was typed),
// "rows=4", "maxlength=100", "accept=.json" with "type=file", "checked" or "checked=true", a list of options ([]option) or of
// suggestions ([]string).
func newField(p *page, name, label string, settings ...any) (formField, error) {
	f := formField{Name: name, Label: label, Type: "text", Value: p.Form.Get(name), Problem: p.Problems.Of(name)}
	typed := p.Form.Has(name)
	for _, one := range settings {
		switch v := one.(type) {
		case []option:
			f.Options, f.Type = v, "select"
		case []string:
			f.Suggestions = v
		case string:
			if err := f.set(v, typed, p.Posted); err != nil {
				return f, err
			}
		default:
			return f, fmt.Errorf("field %s: setting %v is not known", name, one)
		}
	}
	if f.Type == "password" || f.Type == "file" {
		f.Value = ""
	}
	return f, nil
}

func (f *formField) set(setting string, typed, posted bool) error {
	key, value, _ := strings.Cut(setting, "=")
	switch key {
	case "hint":
		f.Hint = value
	case "type":
		f.Type = value
	case "required":
		f.Required = true
	case "depends":
		f.Depends = true
	case "autocomplete":
		f.Autocomplete = value
	case "inputmode":
		f.InputMode = value
	case "accept":
		f.Accept = value
	case "maxlength":
		f.Max = value
	case "checked":
		f.Checked = !posted && value != "false" && value != "<nil>"
	case "rows":
		f.Type = "textarea"
		if _, err := fmt.Sscan(value, &f.Rows); err != nil {
			return fmt.Errorf("field %s: rows: %w", f.Name, err)
		}
	case "value":
		if !typed {
			f.Value = value
		}
	default:
		return fmt.Errorf("field %s: setting %s is not known", f.Name, key)
	}
	return nil
}

// sortHeader is a column heading that sorts, as the part "th" draws it.
type sortHeader struct {
	Label string // key
	URL   string
	Order string // ascending, descending or none
}

// sortBy makes the heading of a column: ?sort=name, and ?sort=-name for the
// other way. It starts at the first page again.
func sortBy(p *page, column, label string) sortHeader {
	h := sortHeader{Label: label, Order: "none"}
	next := column
	switch p.URL.Query().Get("sort") {
	case column:
		h.Order, next = "ascending", "-"+column
	case "-" + column:
		h.Order = "descending"
	}
	h.URL = withQuery(p, "sort", next, "cursor", "")
	return h
}

// pages are the links to the pages before and after this one.
type pages struct{ Previous, Next string }

// newPager makes links by cursor; an empty cursor gives none.
func newPager(p *page, previous, next string) pages {
	var out pages
	if previous != "" {
		out.Previous = withQuery(p, "cursor", previous)
	}
	if next != "" {
		out.Next = withQuery(p, "cursor", next)
	}
	return out
}

// confirmation is the page that asks once more before something can't be
// undone. Texts are ready to be read.
type confirmation struct {
	Question     string
	Consequences []string
	Action       string // path the form is sent to
	Hidden       []option
	Button       string
	Cancel       string // path to go back to
	CLI          string
}

// confirm answers with that page.
func (q *request) confirm(c confirmation) error {
	c.Consequences = slices.Clip(c.Consequences)
	return q.render("confirm", c.Question, c)
}
