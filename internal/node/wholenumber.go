// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// wholeNumberError is what stands where a whole number belongs.
type wholeNumberError string

func (n wholeNumberError) Error() string { return fmt.Sprintf("%s must be a whole number", string(n)) }

// wholeNumber reads a number. The library would cut off what is behind the point.
func wholeNumber(n *int, b []byte) error {
	var v any
	if err := yaml.Unmarshal(b, &v); err != nil {
		return err
	}
	if _, fraction := v.(float64); fraction || yaml.Unmarshal(b, n) != nil {
		return wholeNumberError(strings.TrimSpace(string(b)))
	}
	return nil
}

// placed names the fields of a document that an error is about, if it is one of
// [wholeNumber].
func placed(err error, document []byte) error {
	n, ok := errors.AsType[wholeNumberError](err)
	if !ok {
		return err
	}
	file, parseErr := parser.ParseBytes(document, 0)
	if parseErr != nil || len(file.Docs) == 0 {
		return err
	}
	found := places{value: string(n)}
	ast.Walk(&found, file.Docs[0].Body)
	if len(found.fields) == 0 {
		return err
	}
	return fmt.Errorf("%s is %s; it must be a whole number", strings.Join(found.fields, " or "), string(n))
}

// places finds the fields with a value.
type places struct {
	value  string
	fields []string
}

// Visit implements [ast.Visitor].
func (p *places) Visit(n ast.Node) ast.Visitor {
	field := strings.TrimPrefix(strings.TrimPrefix(n.GetPath(), "$"), ".")
	if _, isField := n.(*ast.MappingValueNode); !isField && field != "" && strings.TrimSpace(n.String()) == p.value {
		p.fields = append(p.fields, field)
	}
	return p
}
