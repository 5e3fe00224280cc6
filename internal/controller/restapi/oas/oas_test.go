// SPDX-License-Identifier: EUPL-1.2

package oas_test

import (
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/controller/restapi/oas"
)

const small = `
openapi: 3.0.3
info: {version: 1.2.3}
servers: [{url: /v1}]
paths:
  /things/{name}:
    put:
      operationId: putThing
      x-scope: manage
      security: []
      parameters:
      - {$ref: '#/components/parameters/Name'}
      - {name: If-Match, in: header, schema: {type: string}}
      - {name: n, in: query, schema: {type: integer, minimum: 1, maximum: 9}}
      - {name: on, in: query, schema: {type: boolean}}
      - {name: at, in: query, schema: {type: string, format: date-time}}
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
      responses: {'200': {description: ok}, default: {$ref: '#/components/responses/No'}}
components:
  parameters: {Name: {name: name, in: path, required: true, schema: {$ref: '#/components/schemas/Name'}}}
  responses: {No: {content: {application/problem+json: {schema: {$ref: '#/components/schemas/Name'}}}}}
  schemas:
    Name: {type: string, pattern: '^[a-z]+$', minLength: 2, maxLength: 4}
    Thing:
      type: object
      additionalProperties: false
      required: [name, many]
      properties:
        name: {$ref: '#/components/schemas/Name'}
        many: {type: array, minItems: 1, maxItems: 3, items: {type: string, enum: [a, b]}}
        by: {type: object, additionalProperties: {type: integer, minimum: 0}}
        day: {type: string, format: date}
        rate: {type: number, maximum: 1}
        part: {$ref: '#/components/schemas/Thing'}
        any: {}
`

func load(t testing.TB) *oas.Operation {
	t.Helper()
	d, err := oas.Load([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	if d.Version != "1.2.3" || d.Base != "/v1" || len(d.Operations) != 1 {
		t.Fatalf("document %+v", d)
	}
	return d.Operations[0]
}

func told(found []oas.Problem) string {
	var lines []string
	for _, p := range found {
		lines = append(lines, p.Pointer+" "+p.Code)
	}
	return strings.Join(lines, ", ")
}

func TestAnOperationIsReadWithItsReferences(t *testing.T) {
	op := load(t)
	if op.ID != "putThing" || op.Method != "PUT" || op.Scope != "manage" || !op.Public || op.Parameter("header", "if-match") == nil || op.Responses["default"].Schema() == nil {
		t.Errorf("operation %+v", op)
	}
	if !op.Body.Has("many") || op.Body.Has("few") {
		t.Error("members aren't known")
	}
}

func TestABodyIsCheckedWhole(t *testing.T) {
	op := load(t)
	for body, want := range map[string]string{
		`{"name":"ab","many":["a"],"by":{"x":1},"day":"2026-02-03","rate":0.5,"any":[null,{}],"part":{"name":"cd","many":["b"]}}`: "",
		`{}`:                                     "#/name required, #/many required",
		`{"name":1,"many":"a"}`:                  "#/many type, #/name type",
		`{"name":"a","many":[]}`:                 "#/many minItems, #/name minLength",
		`{"name":"abcde","many":["c","a"]}`:      "#/many/0 enum, #/name maxLength",
		`{"name":"AB","many":["a","a","a","a"]}`: "#/many maxItems, #/name pattern",
		`{"name":"ab","many":["a"],"by":{"x":-1,"y":1.5,"z":"1"}}`:         "#/by/x minimum, #/by/y type, #/by/z type",
		`{"name":"ab","many":["a"],"day":"2026-02-30","rate":2}`:           "#/day date.format, #/rate maximum",
		`{"name":"ab","many":["a"],"a/b~c":1,"part":{"name":"ab","x":[]}}`: "#/a~1b~0c unknown, #/part/many required, #/part/x unknown",
		`{"name":"ab","many":["a"],"name":"ab"}`:                           "#/name duplicate",
		`{"name":"ab","many":["a"],"part":null}`:                           "#/part type",
		`[]`:                                                               "# type",
		`null`:                                                             "# type",
		`"x`:                                                               "# json",
		`{"a":1}{}`:                                                        "# json",
		``:                                                                 "# json",
		`{"a":1,}`:                                                         "# json",
		"\"\xff\"":                                                         "# json",
		`{"a" "b"}`:                                                        "# json",
		`[1,2`:                                                             "# json",
		`{"a":[1}]}`:                                                       "# json",
	} {
		v, found := oas.ReadJSON([]byte(body))
		if v != nil || len(found) == 0 {
			found = append(found, op.Body.Check(v)...)
		}
		if got := told(found); got != want {
			t.Errorf("%s\n got %s\nwant %s", body, got, want)
		}
	}
}

func TestABodyMayNotNestForEver(t *testing.T) {
	_, found := oas.ReadJSON([]byte(strings.Repeat("[", 5000) + strings.Repeat("]", 5000)))
	if len(found) != 1 || found[0].Code != "depth" {
		t.Errorf("found %+v", found)
	}
}

func TestParametersAreChecked(t *testing.T) {
	op := load(t)
	for _, c := range []struct{ in, name, text, want string }{
		{"path", "name", "ab", ""},
		{"path", "name", "A1", "name pattern"},
		{"query", "n", "3", ""},
		{"query", "n", "10", "n maximum"},
		{"query", "n", "x", "n type"},
		{"query", "n", "1.5", "n type"},
		{"query", "on", "true", ""},
		{"query", "on", "1", "on type"},
		{"query", "at", "2026-01-02T03:04:05+01:00", ""},
		{"query", "at", "2026-01-02", "at date-time.format"},
	} {
		if got := told(op.Parameter(c.in, c.name).Check(c.text)); got != c.want {
			t.Errorf("%s=%s: %s, want %s", c.name, c.text, got, c.want)
		}
	}
}

func TestADocumentThatAsksForMoreIsRefused(t *testing.T) {
	for name, change := range map[string][2]string{
		"another version":      {"3.0.3", "3.1.0"},
		"no server":            {"[{url: /v1}]", "[]"},
		"unknown keyword":      {"maximum: 1}", "multipleOf: 1}"},
		"unknown type":         {"type: number", "type: float"},
		"unknown format":       {"format: date}", "format: week}"},
		"undescribed required": {"[name, many]", "[name, few]"},
		"broken pattern":       {"^[a-z]+$", "^[a-z+$"},
		"lost schema":          {"schemas/Name'}, many", "schemas/Nome'}, many"},
		"lost response":        {"responses/No", "responses/Na"},
		"another media type":   {"requestBody: {content: {application/json", "requestBody: {content: {text/plain"},
		"no YAML":              {"openapi:", "{openapi:"},
	} {
		text := strings.Replace(small, change[0], change[1], 1)
		if name == "lost schema" {
			text = strings.Replace(small, "part: {$ref: '#/components/schemas/Thing'}", "part: {$ref: '#/components/schemas/Nothing'}", 1)
		}
		if _, err := oas.Load([]byte(text)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func FuzzReadJSON(f *testing.F) {
	for _, seed := range []string{`{"a":1,"a":2}`, `[{"x":null}]`, `"\ud800"`, `1e999`, `{"\u0000":[]}`} {
		f.Add([]byte(seed))
	}
	op := load(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, found := oas.ReadJSON(raw)
		if v == nil && len(found) == 0 && strings.TrimSpace(string(raw)) != "null" {
			t.Errorf("%q gives nothing and no problem", raw)
		}
		for _, p := range append(found, op.Body.Check(v)...) {
			if !strings.HasPrefix(p.Pointer, "#") || p.Code == "" || p.Detail == "" {
				t.Errorf("problem %+v", p)
			}
		}
	})
}
