// SPDX-License-Identifier: EUPL-1.2

package oas

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/goccy/go-yaml"
)

// Document is an OpenAPI document.
type Document struct {
	// YAML and JSON are the same document in both forms.
	YAML, JSON []byte
	// Version is that of the API: info.version.
	Version string
	// Base is the path of the only server, such as /v1.
	Base string
	// Operations are sorted by path and method.
	Operations []*Operation
}

// Operation is one thing the API can do.
type Operation struct {
	ID     string
	Method string // in upper case
	Path   string // below the base, with {names}
	// Scope is the permission that it needs; empty: none.
	Scope string
	// Public tells that it needs no authentication.
	Public     bool
	Parameters []*Parameter
	// Body is nil for an operation without one.
	Body *Schema
	// Bytes tells that the body is a file as it is, application/octet-stream.
	Bytes bool
	// Responses are by status code; JSON bodies only.
	Responses map[string]*Response
}

// Parameter finds a parameter by place and name, or nil.
func (o *Operation) Parameter(in, name string) *Parameter {
	for _, p := range o.Parameters {
		if p.In == in && (p.Name == name || in == "header" && strings.EqualFold(p.Name, name)) {
			return p
		}
	}
	return nil
}

// Parameter is a parameter in the path, the query or a header.
type Parameter struct {
	Ref      string  `json:"$ref"`
	Name     string  `json:"name"`
	In       string  `json:"in"`
	Required bool    `json:"required"`
	Schema   *Schema `json:"schema"`
}

// Response is what an operation answers with one status.
type Response struct {
	Ref     string              `json:"$ref"`
	Headers map[string]any      `json:"headers"`
	Content map[string]*Content `json:"content"`
}

// Content is a body by its media type.
type Content struct {
	Schema *Schema `json:"schema"`
}

// Schema gives the schema of a JSON body, or nil.
func (r *Response) Schema() *Schema {
	for _, kind := range []string{"application/json", "application/problem+json"} {
		if c := r.Content[kind]; c != nil {
			return c.Schema
		}
	}
	return nil
}

// source is the document as it is written; members that aren't needed here are
// for readers.
type source struct {
	OpenAPI string `json:"openapi"`
	Info    struct {
		Version string `json:"version"`
	} `json:"info"`
	Servers []struct {
		URL string `json:"url"`
	} `json:"servers"`
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas       map[string]*Schema    `json:"schemas"`
		Parameters    map[string]*Parameter `json:"parameters"`
		Responses     map[string]*Response  `json:"responses"`
		RequestBodies map[string]*body      `json:"requestBodies"`
	} `json:"components"`
}

type operation struct {
	OperationID string               `json:"operationId"`
	Scope       string               `json:"x-scope"`
	Security    *[]any               `json:"security"`
	Parameters  []*Parameter         `json:"parameters"`
	RequestBody *body                `json:"requestBody"`
	Responses   map[string]*Response `json:"responses"`
}

type body struct {
	Content map[string]*Content `json:"content"`
}

// Load reads a document in YAML. Its references may only point inside its own
// components.
func Load(text []byte) (*Document, error) {
	raw, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, fmt.Errorf("read OpenAPI document: %w", err)
	}
	var src source
	if err := json.Unmarshal(raw, &src); err != nil {
		return nil, fmt.Errorf("read OpenAPI document: %w", err)
	}
	if !strings.HasPrefix(src.OpenAPI, "3.0.") || len(src.Servers) != 1 {
		return nil, errors.New("read OpenAPI document: it must be of version 3.0 with one server")
	}
	d := &Document{YAML: text, JSON: raw, Version: src.Info.Version, Base: src.Servers[0].URL}
	for name, s := range src.Components.Schemas {
		if err := src.resolve(s); err != nil {
			return nil, fmt.Errorf("schema %s: %w", name, err)
		}
	}
	for path, item := range src.Paths {
		for method, o := range item {
			op, err := src.operation(&o)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
			op.Method, op.Path = strings.ToUpper(method), path
			d.Operations = append(d.Operations, op)
		}
	}
	slices.SortFunc(d.Operations, func(a, b *Operation) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
	})
	return d, nil
}

func (src *source) operation(o *operation) (*Operation, error) {
	op := &Operation{ID: o.OperationID, Scope: o.Scope, Public: o.Security != nil && len(*o.Security) == 0, Responses: map[string]*Response{}}
	for _, p := range o.Parameters {
		p, err := deref(src.Components.Parameters, "parameters", p.Ref, p)
		if err != nil {
			return nil, err
		}
		if err := src.resolve(p.Schema); err != nil {
			return nil, fmt.Errorf("parameter %s: %w", p.Name, err)
		}
		op.Parameters = append(op.Parameters, p)
	}
	if o.RequestBody != nil {
		c := o.RequestBody.Content["application/json"]
		op.Bytes = o.RequestBody.Content["application/octet-stream"] != nil
		if (c == nil) != op.Bytes {
			return nil, errors.New("a body must be either application/json or application/octet-stream")
		}
		if c != nil {
			if err := src.resolve(c.Schema); err != nil {
				return nil, err
			}
			op.Body = c.Schema
		}
	}
	for _, status := range slices.Sorted(maps.Keys(o.Responses)) {
		r, err := deref(src.Components.Responses, "responses", o.Responses[status].Ref, o.Responses[status])
		if err != nil {
			return nil, err
		}
		for _, c := range r.Content {
			if err := src.resolve(c.Schema); err != nil {
				return nil, err
			}
		}
		op.Responses[status] = r
	}
	return op, nil
}

// deref follows a reference to one of the components.
func deref[T any](components map[string]*T, kind, ref string, direct *T) (*T, error) {
	if ref == "" {
		return direct, nil
	}
	name, ok := strings.CutPrefix(ref, "#/components/"+kind+"/")
	if found := components[name]; ok && found != nil {
		return found, nil
	}
	return nil, fmt.Errorf("reference %s leads nowhere", ref)
}

// resolve follows the references inside a schema, once.
func (src *source) resolve(s *Schema) error {
	if s == nil || s.resolved {
		return nil
	}
	s.resolved = true
	if s.Ref != "" {
		target, err := deref(src.Components.Schemas, "schemas", s.Ref, nil)
		if err != nil {
			return err
		}
		s.target = target
		return src.resolve(target)
	}
	if err := s.prepare(); err != nil {
		return err
	}
	for _, inner := range append(slices.Collect(maps.Values(s.Properties)), s.Items, s.Additional.Schema) {
		if err := src.resolve(inner); err != nil {
			return err
		}
	}
	return nil
}
