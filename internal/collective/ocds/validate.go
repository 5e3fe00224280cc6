// SPDX-License-Identifier: EUPL-1.2

package ocds

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const maxUnknown = 1000

// checker holds one value against a shape. Strict means that a field no schema
// knows is a problem; otherwise it is only noted.
type checker struct {
	strict  bool
	found   findings
	unknown []string
}

func (c *checker) check(s *shape, path string, v any) {
	if c.found.full() {
		return
	}
	if s.foreign != "" {
		c.unknownField(path)
		return
	}
	if s.types != nil && !typeMatches(s.types, v) {
		c.found.add(path, "type", "is %s, must be %s", typeName(v), strings.Join(slices.Sorted(maps.Keys(s.types)), " or "))
		return
	}
	if s.enum != nil && !s.enum[canonical(v)] {
		c.found.add(path, "enum", "has a value that isn't in the codelist")
	}
	switch v := v.(type) {
	case string:
		c.text(s, path, v)
	case []any:
		c.array(s, path, v)
	case object:
		c.object(s, path, v)
	}
}

func (c *checker) text(s *shape, path, v string) {
	if utf8.RuneCountInString(v) < s.minLength {
		c.found.add(path, "minLength", "must have at least %d characters", s.minLength)
	}
	if s.pattern != nil && !s.pattern.MatchString(v) {
		c.found.add(path, "pattern", "must match %s", s.pattern)
	}
	switch s.format {
	case "date-time":
		if _, err := time.Parse(time.RFC3339, v); err != nil {
			c.found.add(path, "format", "must be a date and time with offset (RFC 3339)")
		}
	case "uri":
		if !isURI(v) {
			c.found.add(path, "format", "must be a URI with a scheme (RFC 3986)")
		}
	}
}

func (c *checker) array(s *shape, path string, v []any) {
	if len(v) < s.minItems {
		c.found.add(path, "minItems", "must have at least %d elements", s.minItems)
	}
	if s.unique {
		seen := make(map[string]bool, len(v))
		for i, e := range v {
			key := canonical(e)
			if seen[key] {
				c.found.add(element(path, i), "uniqueItems", "stands in the list twice")
			}
			seen[key] = true
		}
	}
	if s.keyed(v) && !s.sharedIDs {
		c.ids(path, v)
	}
	for i, e := range v {
		if s.items != nil {
			c.check(s.items, element(path, i), e)
		}
	}
}

// ids refuses two objects with one id: a merge would make one of them disappear.
func (c *checker) ids(path string, v []any) {
	seen := make(map[string]bool, len(v))
	for i, e := range v {
		o, ok := e.(object)
		if id, has := o["id"]; ok && has && id != nil {
			key := canonical(id)
			if seen[key] {
				c.found.add(element(path, i)+"/id", ruleDuplicate, "is the id of an earlier element; ids must differ within a list")
			}
			seen[key] = true
		}
	}
}

func (c *checker) object(s *shape, path string, v object) {
	if len(v) < s.minProperties {
		c.found.add(path, "minProperties", "must have at least %d field", s.minProperties)
	}
	for _, name := range s.required {
		if _, ok := v[name]; !ok {
			c.found.add(path+"/"+pointerToken(name), "required", "is missing")
		}
	}
	if s.fields == nil {
		return // free form, such as the details of a party
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		at := path + "/" + pointerToken(name)
		if f := s.field(name); f != nil {
			c.check(f, at, v[name])
		} else {
			c.unknownField(at)
		}
	}
}

func (c *checker) unknownField(path string) {
	if c.strict {
		c.found.add(path, "additionalProperties", "is no field of OCDS 1.1.5 or of the extensions in use")
	}
	if len(c.unknown) < maxUnknown {
		c.unknown = append(c.unknown, path)
	}
}

// field is the shape of a field, or nil when no schema knows it.
func (s *shape) field(name string) *shape {
	if s == nil {
		return nil
	}
	if f := s.fields[name]; f != nil {
		return f
	}
	for _, p := range s.patterned {
		if p.name.MatchString(name) {
			return p.shape
		}
	}
	return nil
}

func typeMatches(types map[string]bool, v any) bool {
	name := typeName(v)
	return types[name] || (name == "integer" && types["number"])
}

// typeName is the type in the words of JSON Schema draft 4, where 1.0 is no integer.
func typeName(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case object:
		return "object"
	case json.Number:
		if !strings.ContainsAny(v.String(), ".eE") {
			return "integer"
		}
	}
	return "number"
}

func isURI(v string) bool {
	if strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune("<>\"{}|\\^`", r) }) {
		return false
	}
	u, err := url.Parse(v)
	return err == nil && u.Scheme != "" && (u.Opaque != "" || u.Host != "" || u.Path != "")
}

func element(path string, i int) string { return path + "/" + strconv.Itoa(i) }

// pointerToken escapes a name for a JSON Pointer (RFC 6901); hardly any needs it.
func pointerToken(name string) string {
	if !strings.ContainsAny(name, "~/") {
		return name
	}
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}
