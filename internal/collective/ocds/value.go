// SPDX-License-Identifier: EUPL-1.2

package ocds

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// A JSON value is nil, bool, string, json.Number, []any or object here. Numbers
// stay text, so that no amount of money passes through a float.
type object = map[string]any

const (
	maxNumberText = 40
	maxExponent   = 30
)

// parser reads one JSON value within limits.
type parser struct {
	dec    *jsontext.Decoder
	limits Limits
	values int
}

// parse reads exactly one value: no name twice, no broken UTF-8, nothing after it.
func parse(raw []byte, limits Limits) (any, error) {
	if len(raw) > limits.Bytes {
		return nil, problem("", ruleLimit, "the file has %d bytes, at most %d are read", len(raw), limits.Bytes)
	}
	p := &parser{dec: jsontext.NewDecoder(bytes.NewReader(raw)), limits: limits}
	v, err := p.value()
	if err != nil {
		return nil, err
	}
	if rest := bytes.TrimSpace(raw[p.dec.InputOffset():]); len(rest) > 0 {
		return nil, problem("", ruleJSON, "something follows after the JSON value")
	}
	return v, nil
}

func (p *parser) value() (any, error) {
	p.values++
	if p.values > p.limits.Values {
		return nil, problem("", ruleLimit, "the file has more than %d values", p.limits.Values)
	}
	tok, err := p.dec.ReadToken()
	if err != nil {
		return nil, p.broken(err)
	}
	if p.dec.StackDepth() > p.limits.Depth {
		return nil, problem("", ruleLimit, "the file is nested more than %d levels deep", p.limits.Depth)
	}
	switch tok.Kind() {
	case '{':
		return p.object()
	case '[':
		return p.array()
	case '"':
		return tok.String(), nil
	case '0':
		return p.number(tok.String())
	case 't', 'f':
		return tok.Bool(), nil
	default:
		return nil, nil
	}
}

func (p *parser) object() (any, error) {
	out := object{}
	for p.dec.PeekKind() != '}' {
		name, err := p.value()
		if err != nil {
			return nil, err
		}
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		key, _ := name.(string) // the decoder lets nothing else be a name
		out[key] = v
	}
	return out, p.closed()
}

func (p *parser) array() (any, error) {
	out := []any{}
	for p.dec.PeekKind() != ']' {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, p.closed()
}

func (p *parser) closed() error {
	if _, err := p.dec.ReadToken(); err != nil {
		return p.broken(err)
	}
	return nil
}

// broken tells where the text stops being JSON that has one meaning.
func (p *parser) broken(err error) error {
	at := string(p.dec.StackPointer())
	if syntactic := (*jsontext.SyntacticError)(nil); errors.As(err, &syntactic) {
		at = string(syntactic.JSONPointer)
	}
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return problem(at, ruleDuplicate, "this name stands twice in one object")
	}
	return problem(at, ruleJSON, "this is not JSON, at byte %d", p.dec.InputOffset())
}

// number keeps the digits as they came. A number that would take a machine's
// memory to compare is no amount, count or rank.
func (p *parser) number(text string) (any, error) {
	_, exponent, has := strings.Cut(strings.ToLower(text), "e")
	if n, err := strconv.Atoi(exponent); len(text) > maxNumberText || (has && (err != nil || n > maxExponent || n < -maxExponent)) {
		return nil, problem(string(p.dec.StackPointer()), ruleLimit, "this number is longer than any amount or count")
	}
	return json.Number(text), nil
}

// canonical gives one text per value: names in order and 1, 1.0 and 1e0 alike.
// Equal texts mean equal values.
func canonical(v any) string {
	var b strings.Builder
	writeCanonical(&b, v)
	return b.String()
}

func writeCanonical(b *strings.Builder, v any) {
	switch v := v.(type) {
	case object:
		b.WriteByte('{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strconv.Quote(name))
			b.WriteByte(':')
			writeCanonical(b, v[name])
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			writeCanonical(b, e)
		}
		b.WriteByte(']')
	case string:
		b.WriteString(strconv.Quote(v))
	case json.Number:
		if r, ok := new(big.Rat).SetString(v.String()); ok {
			b.WriteString(r.RatString())
		}
	default:
		fmt.Fprint(b, v)
	}
}

// encode writes a value with names in order, so that equal values give equal bytes.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return b.Bytes(), nil
}

// clone copies objects and arrays, so that a caller's later change can't reach a release.
func clone(v any) any {
	switch v := v.(type) {
	case object:
		return cloned(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = clone(e)
		}
		return out
	default:
		return v
	}
}

func cloned(o object) object {
	out := make(object, len(o))
	for name, e := range o {
		out[name] = clone(e)
	}
	return out
}

// compact removes the fields of o that say nothing. False and zero say something.
func compact(o object) object {
	maps.DeleteFunc(o, func(_ string, v any) bool {
		switch v := v.(type) {
		case nil:
			return true
		case string:
			return v == ""
		case []any:
			return len(v) == 0
		case object:
			return len(v) == 0
		default:
			return false
		}
	})
	return o
}

// texts makes a JSON array of strings.
func texts(in []string) []any {
	out := make([]any, len(in))
	for i, s := range in {
		out[i] = s
	}
	return out
}

// text gives the string at name, or "".
func text(o object, name string) string {
	s, _ := o[name].(string)
	return s
}

// child gives the object at name, or nil.
func child(o object, name string) object {
	c, _ := o[name].(object)
	return c
}

// children gives the objects of the array at name.
func children(o object, name string) []object {
	list, _ := o[name].([]any)
	out := make([]object, 0, len(list))
	for _, e := range list {
		if c, ok := e.(object); ok {
			out = append(out, c)
		}
	}
	return out
}
