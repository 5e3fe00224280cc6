// SPDX-License-Identifier: EUPL-1.2

package personen_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// specification is the OAS of the API, just enough of it to hold answers
// against the schemas.
type specification struct {
	schemas  map[string]any
	patterns map[string]*regexp.Regexp
}

// readSpecification reads the OAS, which is not part of this repository.
func readSpecification(t *testing.T) *specification {
	t.Helper()
	raw, err := os.ReadFile(filepath.FromSlash("../../../../shared/data/bronnen/brp/openapi-personen-2.7.0.yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the OAS of the BRP API (openapi-personen-2.7.0.yaml) is not present, so answers are not held against it")
	}
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Components struct {
			Schemas map[string]any `yaml:"schemas"`
		} `yaml:"components"`
	}
	if err := yaml.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	return &specification{schemas: document.Components.Schemas, patterns: map[string]*regexp.Regexp{}}
}

// flat is a schema with its references and allOf parts merged.
type flat struct {
	kind, pattern string
	properties    map[string]any
	required      []string
	items         any
	enum          []any
	mapping       map[string]any
	maxLength     int
}

func (s *specification) flatten(schema any, into *flat) {
	m, ok := schema.(map[string]any)
	if !ok {
		return
	}
	if ref, ok := m["$ref"].(string); ok {
		s.flatten(s.schemas[strings.TrimPrefix(ref, "#/components/schemas/")], into)
	}
	if parts, ok := m["allOf"].([]any); ok {
		for _, part := range parts {
			s.flatten(part, into)
		}
	}
	if kind, ok := m["type"].(string); ok {
		into.kind = kind
	}
	if pattern, ok := m["pattern"].(string); ok {
		into.pattern = pattern
	}
	if properties, ok := m["properties"].(map[string]any); ok {
		maps.Copy(into.properties, properties)
	}
	if required, ok := m["required"].([]any); ok {
		for _, name := range required {
			into.required = append(into.required, name.(string))
		}
	}
	if discriminator, ok := m["discriminator"].(map[string]any); ok {
		into.mapping, _ = discriminator["mapping"].(map[string]any)
	}
	if items, ok := m["items"]; ok {
		into.items = items
	}
	if enum, ok := m["enum"].([]any); ok {
		into.enum = enum
	}
	if limit, ok := m["maxLength"].(uint64); ok {
		into.maxLength = int(limit)
	}
}

// resolve flattens a schema and, when it has variants, the variant of value.
func (s *specification) resolve(schema, value any) flat {
	f := flat{properties: map[string]any{}}
	s.flatten(schema, &f)
	if object, ok := value.(map[string]any); ok && f.mapping != nil {
		if variant, ok := f.mapping[asText(object["type"])].(string); ok {
			f = flat{properties: map[string]any{}}
			s.flatten(map[string]any{"$ref": variant}, &f)
		}
	}
	return f
}

func asText(value any) string {
	text, _ := value.(string)
	return text
}

// check reports where value leaves the schema.
func (s *specification) check(at string, schema, value any, report func(where, what string)) {
	f := s.resolve(schema, value)
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			property, known := f.properties[name]
			if !known {
				report(at+"."+name, "is not in the schema")
				continue
			}
			s.check(at+"."+name, property, member, report)
		}
		for _, name := range f.required {
			if _, given := value[name]; !given {
				report(at+"."+name, "is required")
			}
		}
	case []any:
		if f.items == nil {
			report(at, "is no array in the schema")
		}
		for _, item := range value {
			s.check(at+"[]", f.items, item, report)
		}
	case string:
		s.checkText(at, f, value, report)
	case float64:
		if f.kind != "integer" {
			report(at, "is no integer in the schema")
		}
	case bool:
		if f.kind != "boolean" {
			report(at, "is no boolean in the schema")
		}
	}
}

func (s *specification) checkText(at string, f flat, value string, report func(where, what string)) {
	if f.kind != "string" {
		report(at, "is no string in the schema")
	}
	if f.maxLength > 0 && len([]rune(value)) > f.maxLength {
		report(at, "is too long")
	}
	if f.enum != nil && !slices.Contains(f.enum, any(value)) {
		report(at, "is not in the list of values")
	}
	// The test set tries out what names and places may hold, also outside the
	// patterns of the API, and is given out as it is registered.
	free := []string{"voornamen", "geslachtsnaam", "voorletters", "volledigeNaam", "omschrijving"}
	if f.pattern == "" || slices.Contains(free, at[strings.LastIndex(at, ".")+1:]) {
		return
	}
	if s.patterns[f.pattern] == nil {
		s.patterns[f.pattern] = regexp.MustCompile(f.pattern)
	}
	if !s.patterns[f.pattern].MatchString(value) {
		report(at, "does not match "+f.pattern+": "+value)
	}
}

// allFields are the groups that together ask for everything.
const allFields = `"aNummer","burgerservicenummer","leeftijd","geslacht","datumEersteInschrijvingGBA","datumInschrijvingInGemeente",` +
	`"gemeenteVanInschrijving","naam","geboorte","overlijden","immigratie","nationaliteiten","adressering","verblijfplaats","ouders","partners","kinderen"`

func TestAnswersFollowTheOAS(t *testing.T) {
	spec := readSpecification(t)
	source := newSource(t)
	handler := source.Handler()
	bsns := append(source.SampleBSNs(1000), "999991139", "999990305", "999990482", "999997002", "000009866", "999992806", "999994992")
	for chunk := range slices.Chunk(bsns, 20) {
		list, err := json.Marshal(chunk)
		if err != nil {
			t.Fatal(err)
		}
		got := do(t, handler, request(`{"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":`+string(list)+`,"fields":[`+allFields+`]}`))
		if len(got.Persons) != len(chunk) {
			t.Fatalf("%d persons, want %d", len(got.Persons), len(chunk))
		}
		for _, person := range got.Persons {
			spec.check("persoon", spec.schemas["Persoon"], person, func(where, what string) {
				t.Errorf("%s %s: %s", person["burgerservicenummer"], where, what)
			})
		}
	}
}

func TestSearchAnswersFollowTheOAS(t *testing.T) {
	spec := readSpecification(t)
	for _, filters := range []string{
		`"geslachtsnaam":"mou*","geboortedatum":"1985-12-01"`,
		`"geslachtsnaam":"Streeveld","geboortedatum":"1961-12-30","inclusiefOverledenPersonen":true`,
	} {
		persons := ask(t, `{"type":"ZoekMetGeslachtsnaamEnGeboortedatum",`+filters+
			`,"fields":["burgerservicenummer","naam","geboorte","geslacht","leeftijd","adressering"]}`)
		if len(persons) == 0 {
			t.Fatal("no persons")
		}
		for _, person := range persons {
			spec.check("persoon", spec.schemas["PersoonBeperkt"], person, func(where, what string) { t.Errorf("%s: %s", where, what) })
		}
	}
}

func TestEveryFieldOfTheOASCanBeAsked(t *testing.T) {
	spec := readSpecification(t)
	handler := newSource(t).Handler()
	for schema, query := range map[string]string{
		"Persoon":        `"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":["999993653"]`,
		"PersoonBeperkt": `"type":"ZoekMetGeslachtsnaamEnGeboortedatum","geslachtsnaam":"moulin","geboortedatum":"1985-12-01"`,
	} {
		paths := spec.paths("", map[string]any{"$ref": "#/components/schemas/" + schema}, 0)
		if len(paths) < 20 {
			t.Fatalf("%s: only %d paths", schema, len(paths))
		}
		for _, field := range paths {
			got := do(t, handler, request(`{`+query+`,"fields":["`+field+`"]}`))
			if got.status != 200 {
				t.Errorf("%s: %s: %v", schema, field, got.InvalidParams)
			}
		}
	}
}

// paths lists the fields of a schema, without those that are given unasked
// and without the parts of gezag, which this source never fills.
func (s *specification) paths(prefix string, schema any, depth int) []string {
	if depth > 8 {
		return nil
	}
	f := s.resolve(schema, nil)
	if f.items != nil {
		return s.paths(prefix, f.items, depth+1)
	}
	variants := []flat{f}
	for name := range f.mapping {
		variants = append(variants, s.resolve(schema, map[string]any{"type": name}))
	}
	var all []string
	for _, variant := range variants {
		for name, property := range variant.properties {
			if slices.Contains([]string{"inOnderzoek", "geheimhoudingPersoonsgegevens", "opschortingBijhouding", "rni", "verificatie", "indicatieVastgesteldVerblijftNietOpAdres"}, name) {
				continue
			}
			path := strings.TrimPrefix(prefix+"."+name, ".")
			all = append(all, path)
			if name != "gezag" {
				all = append(all, s.paths(path, property, depth+1)...)
			}
		}
	}
	return all
}
