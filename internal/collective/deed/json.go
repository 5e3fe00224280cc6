// SPDX-License-Identifier: EUPL-1.2

package deed

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
)

// canonical gives the RFC 8785 form of one value, under the narrower rules of a
// deed: no null, and no number but an integer in its only spelling. Then every
// canonical form can be made without knowing how floats are written.
func canonical(raw []byte) ([]byte, error) {
	if err := fsc.CheckJSON(raw); err != nil {
		return nil, jsonFault(err)
	}
	if err := checkPlain(raw); err != nil {
		return nil, err
	}
	out, err := fsc.Canonicalize(raw)
	if err != nil {
		return nil, jsonFault(err)
	}
	return out, nil
}

func checkPlain(raw []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	for {
		tok, err := d.ReadToken()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return jsonFault(err)
		case d.StackDepth() > MaxDepth:
			return fault(CodeLimit, "", "content is nested more than %d levels deep", MaxDepth)
		case tok.Kind() == 'n':
			return fault(CodeMalformed, path(d.StackPointer()), "null is not used; leave the member out")
		case tok.Kind() == '0' && !plainInteger(tok.String()):
			return fault(CodeMalformed, path(d.StackPointer()), "a number must be an integer, without fraction or exponent")
		}
	}
}

// plainInteger refuses 1.0, 1e3 and -0, which all have another canonical form.
func plainInteger(s string) bool { return !strings.ContainsAny(s, ".eE") && s != "-0" }

// path writes a JSON pointer as people read it, cut, for it comes from outside.
func path(p jsontext.Pointer) string {
	s := strings.ReplaceAll(strings.TrimPrefix(string(p), "/"), "/", ".")
	if len(s) > 120 {
		s = s[:120] + "…"
	}
	return s
}

// Unmarshal reads one value under the rules of a deed into v: strict I-JSON,
// names case-sensitive, nothing unknown, no null, integers only. Packages that
// give a body its meaning read it with this.
func Unmarshal(raw []byte, v any) error {
	if err := checkPlainJSON(raw); err != nil {
		return err
	}
	if err := fsc.UnmarshalStrict(raw, v); err != nil {
		return jsonFault(err)
	}
	return nil
}

func checkPlainJSON(raw []byte) error {
	if err := fsc.CheckJSON(raw); err != nil {
		return jsonFault(err)
	}
	return checkPlain(raw)
}

// marshalCanonical writes v in canonical form.
func marshalCanonical(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, jsonFault(err)
	}
	return canonical(raw)
}
