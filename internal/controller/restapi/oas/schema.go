// SPDX-License-Identifier: EUPL-1.2

package oas

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
)

// Problem is one thing that is wrong with a value.
type Problem struct {
	// Pointer is the place as a JSON pointer in a URI fragment: #/grants/0/service.
	Pointer string
	// Code is for programs: the name of the keyword or rule that is broken.
	Code string
	// Detail is one English sentence.
	Detail string
}

// Schema is the part of JSON Schema that documents here may use.
type Schema struct {
	Ref        string             `json:"$ref"`
	Type       string             `json:"type"`
	Format     string             `json:"format"`
	Enum       []string           `json:"enum"`
	Pattern    string             `json:"pattern"`
	MinLength  int                `json:"minLength"` // in characters
	MaxLength  *int               `json:"maxLength"`
	Minimum    *float64           `json:"minimum"`
	Maximum    *float64           `json:"maximum"`
	MinItems   int                `json:"minItems"`
	MaxItems   *int               `json:"maxItems"`
	Items      *Schema            `json:"items"`
	Required   []string           `json:"required"`
	Properties map[string]*Schema `json:"properties"`
	Additional additional         `json:"additionalProperties"`

	Title       string `json:"title"`
	Description string `json:"description"`
	Default     any    `json:"default"`
	Example     any    `json:"example"`
	WriteOnly   bool   `json:"writeOnly"`

	target   *Schema
	pattern  *regexp.Regexp
	resolved bool
}

// UnmarshalJSON refuses keywords that aren't checked here.
func (s *Schema) UnmarshalJSON(b []byte) error {
	type plain Schema
	return json.Unmarshal(b, (*plain)(s), json.RejectUnknownMembers(true))
}

// additional is additionalProperties: false, true or a schema.
type additional struct {
	Closed bool
	Schema *Schema
}

// UnmarshalJSON reads the two forms.
func (a *additional) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case "true", "false":
		a.Closed = string(b) == "false"
		return nil
	}
	return json.Unmarshal(b, &a.Schema)
}

// prepare refuses what [Schema.Check] wouldn't check.
func (s *Schema) prepare() error {
	if !slices.Contains([]string{"", "string", "integer", "number", "boolean", "object", "array"}, s.Type) {
		return fmt.Errorf("type %q isn't checked here", s.Type)
	}
	if !slices.Contains([]string{"", "date-time", "date", "int64", "int32", "email", "password", "uri"}, s.Format) {
		return fmt.Errorf("format %q isn't known here", s.Format)
	}
	for _, name := range s.Required {
		if s.Properties[name] == nil {
			return fmt.Errorf("required member %q isn't described", name)
		}
	}
	if s.Pattern == "" {
		return nil
	}
	var err error
	s.pattern, err = regexp.Compile(s.Pattern)
	return err
}

// Check tells everything that is wrong with a value that [ReadJSON] gave.
func (s *Schema) Check(v any) []Problem { return s.check(v, "#") }

func (s *Schema) check(v any, at string) []Problem {
	if s.target != nil {
		return s.target.check(v, at)
	}
	if s.Type == "" {
		return nil
	}
	wrongType := []Problem{{at, "type", "must be " + article(s.Type)}}
	switch v := v.(type) {
	case string:
		if s.Type != "string" {
			return wrongType
		}
		return s.checkText(v, at)
	case Number:
		if s.Type != "number" && s.Type != "integer" {
			return wrongType
		}
		return s.checkNumber(v, at)
	case bool:
		if s.Type != "boolean" {
			return wrongType
		}
		return nil
	case []any:
		if s.Type != "array" {
			return wrongType
		}
		return s.checkItems(v, at)
	case Object:
		if s.Type != "object" {
			return wrongType
		}
		return s.checkMembers(v, at)
	}
	return wrongType
}

func article(kind string) string {
	if strings.ContainsAny(kind[:1], "aio") {
		return "an " + kind
	}
	return "a " + kind
}

func (s *Schema) checkText(v, at string) []Problem {
	n := utf8.RuneCountInString(v)
	one := func(code, detail string) []Problem { return []Problem{{at, code, detail}} }
	switch {
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, v):
		return one("enum", "must be one of "+strings.Join(s.Enum, ", "))
	case n < s.MinLength:
		return one("minLength", "must have at least "+strconv.Itoa(s.MinLength)+" characters")
	case s.MaxLength != nil && n > *s.MaxLength:
		return one("maxLength", "must have at most "+strconv.Itoa(*s.MaxLength)+" characters")
	case s.pattern != nil && !s.pattern.MatchString(v):
		return one("pattern", "must match "+s.Pattern)
	case s.Format == "date-time" && !isMoment(v):
		return one("date-time.format", "must be a moment as in RFC 3339, such as 2026-11-22T14:05:00Z")
	case s.Format == "date" && !isDate(v):
		return one("date.format", "must be a date as in RFC 3339, such as 2026-11-22")
	}
	return nil
}

func isMoment(v string) bool {
	_, err := time.Parse(time.RFC3339, v)
	return err == nil
}

func isDate(v string) bool {
	_, err := time.Parse(time.DateOnly, v)
	return err == nil
}

func (s *Schema) checkNumber(v Number, at string) []Problem {
	f, err := strconv.ParseFloat(string(v), 64)
	_, notWhole := strconv.ParseInt(string(v), 10, 64)
	switch {
	case err != nil || s.Type == "integer" && notWhole != nil:
		return []Problem{{at, "type", "must be " + article(s.Type)}}
	case s.Minimum != nil && f < *s.Minimum:
		return []Problem{{at, "minimum", "must be at least " + strconv.FormatFloat(*s.Minimum, 'f', -1, 64)}}
	case s.Maximum != nil && f > *s.Maximum:
		return []Problem{{at, "maximum", "must be at most " + strconv.FormatFloat(*s.Maximum, 'f', -1, 64)}}
	}
	return nil
}

func (s *Schema) checkItems(v []any, at string) []Problem {
	var out []Problem
	if len(v) < s.MinItems {
		out = append(out, Problem{at, "minItems", "must have at least " + strconv.Itoa(s.MinItems) + " items"})
	}
	if s.MaxItems != nil && len(v) > *s.MaxItems {
		return append(out, Problem{at, "maxItems", "must have at most " + strconv.Itoa(*s.MaxItems) + " items"})
	}
	if s.Items != nil {
		for i, item := range v {
			out = append(out, s.Items.check(item, at+"/"+strconv.Itoa(i))...)
		}
	}
	return out
}

func (s *Schema) checkMembers(v Object, at string) []Problem {
	var out []Problem
	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			out = append(out, Problem{at + "/" + escape(name), "required", "is required"})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		at := at + "/" + escape(name)
		switch {
		case s.Properties[name] != nil:
			out = append(out, s.Properties[name].check(v[name], at)...)
		case s.Additional.Schema != nil:
			out = append(out, s.Additional.Schema.check(v[name], at)...)
		case s.Additional.Closed:
			out = append(out, Problem{at, "unknown", "is unknown here"})
		}
	}
	return out
}

// Check tells what is wrong with the text of a parameter. Pointer is its name.
func (p *Parameter) Check(text string) []Problem {
	s := p.Schema
	for s.target != nil {
		s = s.target
	}
	var found []Problem
	switch s.Type {
	case "integer", "number":
		found = s.checkNumber(Number(text), p.Name)
	case "boolean":
		if text != "true" && text != "false" {
			found = []Problem{{p.Name, "type", "must be true or false"}}
		}
	default:
		found = s.checkText(text, p.Name)
	}
	return found
}

// Has tells whether an object may have a member of this name.
func (s *Schema) Has(name string) bool {
	for s.target != nil {
		s = s.target
	}
	return s.Properties[name] != nil
}
