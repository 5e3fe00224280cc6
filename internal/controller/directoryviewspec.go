// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// Limits of an OpenAPI document. It comes from outside, so its size, its depth
// and what is shown of it are bounded.
const (
	MaxSpecBytes      = 1 << 20
	maxYAMLBytes      = 256 << 10 // reading it costs much more than JSON
	maxYAMLTabWork    = 16 << 20  // some milliseconds
	maxYAMLDocuments  = 3         // marks around one: a directive, a begin and an end
	maxSpecDepth      = 64
	maxSpecOperations = 500
	maxSpecText       = 300
	maxSpecParameters = 50
)

// Spec is what is shown of an OpenAPI document. All texts are somebody else's:
// they are cut, and have to be escaped wherever they are shown.
type Spec struct {
	OpenAPI string // version of the format
	Title   string
	Version string // of the API
	About   string
	// Operations are sorted by path and method; More is how many were left out.
	Operations []SpecOperation
	More       int
}

// SpecOperation is one thing the API can do.
type SpecOperation struct {
	Method     string // in upper case
	Path       string
	Summary    string
	Parameters []SpecParameter
	Answers    []string // status codes
	Deprecated bool
}

// SpecParameter is a parameter of an operation.
type SpecParameter struct {
	Name     string
	In       string // path, query, header or cookie
	Required bool
}

type specDocument struct {
	OpenAPI string `json:"openapi"`
	Swagger string `json:"swagger"`
	Info    struct {
		Title       string `json:"title"`
		Version     string `json:"version"`
		Description string `json:"description"`
	} `json:"info"`
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Components struct {
		Parameters map[string]specParameter `json:"parameters"`
	} `json:"components"`
}

type specOperation struct {
	Summary     string                     `json:"summary"`
	OperationID string                     `json:"operationId"`
	Deprecated  bool                       `json:"deprecated"`
	Parameters  []specParameter            `json:"parameters"`
	Responses   map[string]json.RawMessage `json:"responses"`
}

type specParameter struct {
	Ref      string `json:"$ref"`
	Name     string `json:"name"`
	In       string `json:"in"`
	Required bool   `json:"required"`
}

// specMethods are the members of a path that are operations.
var specMethods = [...]string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// ReadSpec reads an OpenAPI document in JSON or YAML. References to other files
// or addresses are never followed.
func ReadSpec(raw []byte) (*Spec, error) {
	if len(raw) == 0 || len(raw) > MaxSpecBytes {
		return nil, specError("the document must be 1 byte to 1 MiB")
	}
	if !utf8.Valid(raw) {
		return nil, specError("the document is not UTF-8 text")
	}
	text := raw
	if first := strings.TrimSpace(string(raw[:min(len(raw), 64)])); !strings.HasPrefix(first, "{") {
		var err error
		if text, err = plainJSON(string(raw)); err != nil {
			return nil, err
		}
	}
	var d specDocument
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, specError("the document is not valid JSON or YAML, or not OpenAPI")
	}
	if d.OpenAPI == "" && d.Swagger == "" || d.Paths == nil {
		return nil, specError("the document is not an OpenAPI document: it has no version or no paths")
	}
	return d.spec(), nil
}

func specError(text string) error {
	return invalid("document", text)
}

// plainJSON turns YAML into JSON. Anchors are refused, since a few lines with them
// can stand for gigabytes; so is depth, before anything recursive sees the text.
func plainJSON(text string) ([]byte, error) {
	if len(text) > maxYAMLBytes {
		return nil, specError("a document in YAML must be at most 256 KiB; give it as JSON")
	}
	if tabs := tabWork(text); tabs > maxYAMLTabWork {
		return nil, specError("the document has too many tabs on long lines; use spaces")
	}
	depth, indents, line, documents := 0, 0, 0, 0
	for _, t := range lexer.Tokenize(text) {
		switch t.Type { //nolint:exhaustive // only what nests or repeats
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			return nil, specError("the document uses YAML anchors, which are not read here")
		case token.TagType: // in a list without values, memory by the square of their number
			return nil, specError("the document uses YAML tags, which are not read here")
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType, token.MappingKeyType:
			if t.Position.Line != line {
				line, indents = t.Position.Line, 0
			}
			indents++
			if t.Prev != nil && t.Prev.Type == t.Type && t.Prev.Position.Line != t.Position.Line { // takes time by the square, too
				return nil, specError("the document has list items without a value")
			}
		case token.DirectiveType, token.DocumentHeaderType, token.DocumentEndType: // reading many takes time by their square
			if documents++; documents > maxYAMLDocuments {
				return nil, specError("the document has many YAML documents or directives")
			}
		}
		if depth > maxSpecDepth || indents > maxSpecDepth || t.Position.Column > 4*maxSpecDepth && startsNode(t) {
			return nil, specError("the document is nested too deeply")
		}
	}
	out, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return nil, specError("the document is not valid YAML")
	}
	return out, nil
}

// tabWork is how many bytes the lexer looks at because of tabs: at each one in
// quotes it looks at the rest of the line.
func tabWork(text string) (n int) {
	for line := range strings.Lines(text) {
		n += strings.Count(line, "\t") * len(line)
	}
	return n
}

// startsNode tells whether a token in a far column makes the nesting deeper.
func startsNode(t *token.Token) bool {
	return t.Type == token.SequenceEntryType || t.Type == token.MappingKeyType || t.Type == token.MappingValueType && t.Prev != nil && t.Prev.Position.Column > 4*maxSpecDepth
}

func (d *specDocument) spec() *Spec {
	s := &Spec{
		OpenAPI: short(cmp.Or(d.OpenAPI, d.Swagger)), Title: short(d.Info.Title),
		Version: short(d.Info.Version), About: short(d.Info.Description),
	}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		item := d.Paths[path]
		var shared []specParameter
		_ = json.Unmarshal(item["parameters"], &shared) // absent or malformed: none
		for _, method := range specMethods {
			var o specOperation
			if item[method] == nil || json.Unmarshal(item[method], &o) != nil {
				continue
			}
			if len(s.Operations) == maxSpecOperations {
				s.More++
				continue
			}
			s.Operations = append(s.Operations, d.operation(method, path, o, shared))
		}
	}
	return s
}

func (d *specDocument) operation(method, path string, o specOperation, shared []specParameter) SpecOperation {
	out := SpecOperation{
		Method: strings.ToUpper(method), Path: short(path), Summary: short(cmp.Or(o.Summary, o.OperationID)), Deprecated: o.Deprecated,
	}
	for _, p := range slices.Concat(shared, o.Parameters) {
		if name, ok := strings.CutPrefix(p.Ref, "#/components/parameters/"); ok {
			p = d.Components.Parameters[name]
		}
		if p.Name != "" && len(out.Parameters) < maxSpecParameters {
			out.Parameters = append(out.Parameters, SpecParameter{Name: short(p.Name), In: short(p.In), Required: p.Required})
		}
	}
	for _, status := range slices.Sorted(maps.Keys(o.Responses)) {
		if len(out.Answers) < 20 {
			out.Answers = append(out.Answers, short(status))
		}
	}
	return out
}

// short cuts a text of others to what fits on a page.
func short(s string) string {
	if utf8.RuneCountInString(s) <= maxSpecText {
		return s
	}
	return string([]rune(s)[:maxSpecText]) + "…"
}
