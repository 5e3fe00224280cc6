// SPDX-License-Identifier: EUPL-1.2

package fsc

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/gowebpki/jcs"
)

const (
	maxJSONDepth   = 64
	maxSafeInteger = 1<<53 - 1
	// depthGrantData is the depth of the members of contract.grants[i].data.
	depthGrantData = 4
)

// Canonicalize gives the RFC 8785 form of one strict I-JSON value (RFC 7493).
// It refuses what [CheckJSON] refuses.
func Canonicalize(raw []byte) ([]byte, error) {
	if err := CheckJSON(raw); err != nil {
		return nil, err
	}
	return canonical(raw)
}

func canonical(checked []byte) ([]byte, error) {
	out, err := jcs.Transform(checked)
	if err != nil {
		return nil, WrapError(CodeInvalidRequest, err, "JSON can't be brought into canonical form")
	}
	return out, nil
}

// CheckJSON reports whether raw is exactly one value of I-JSON: valid UTF-8, no
// lone surrogates, no member name twice, no number that a double can't hold
// exactly enough, at most 64 levels deep.
func CheckJSON(raw []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	for {
		tok, err := d.ReadToken()
		if err != nil {
			return jsonError(err)
		}
		if d.StackDepth() > maxJSONDepth {
			return Errorf(CodeInvalidRequest, "JSON is nested more than %d levels deep", maxJSONDepth)
		}
		if tok.Kind() == '0' && !safeNumber(tok.String()) {
			return Errorf(CodeInvalidRequest, "number at %s is outside the range of I-JSON", pointer(d.StackPointer()))
		}
		if d.StackDepth() == 0 {
			return checkNothingFollows(raw[d.InputOffset():])
		}
	}
}

// refuseNull refuses null outside the properties of a grant. No member of a
// contract may be null, and null, absence and an empty value that all read the
// same would have different hashes.
func refuseNull(checked []byte) error {
	if !bytes.Contains(checked, []byte("null")) {
		return nil
	}
	d := jsontext.NewDecoder(bytes.NewReader(checked))
	for {
		tok, err := d.ReadToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return jsonError(err)
		}
		if tok.Kind() == 'n' {
			return Errorf(CodeInvalidRequest, "field %s can't be null", pointer(d.StackPointer()))
		}
		if tok.Kind() == '"' && d.StackDepth() == depthGrantData && tok.String() == "properties" {
			if err := d.SkipValue(); err != nil {
				return jsonError(err)
			}
		}
	}
}

func checkNothingFollows(rest []byte) error {
	if len(bytes.Trim(rest, " \t\r\n")) > 0 {
		return Errorf(CodeInvalidRequest, "JSON value is followed by something else")
	}
	return nil
}

// safeNumber refuses infinity and every number whose canonical form would be an
// integer beyond 2^53-1, since two such texts can mean one double.
func safeNumber(text string) bool {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) {
		return false
	}
	abs := math.Abs(f)
	return abs <= maxSafeInteger || abs >= 1e21
}

// UnmarshalStrict decodes one I-JSON value into v: names are case-sensitive,
// unknown and duplicate members are refused and the error names the member.
func UnmarshalStrict(raw []byte, v any) error {
	if err := CheckJSON(raw); err != nil {
		return err
	}
	return decode(raw, v)
}

func decode(checked []byte, v any) error {
	if err := json.Unmarshal(checked, v, json.RejectUnknownMembers(true)); err != nil {
		return jsonError(err)
	}
	return nil
}

func decodeLenient(checked []byte, v any) error {
	if err := json.Unmarshal(checked, v); err != nil {
		return jsonError(err)
	}
	return nil
}

func jsonError(err error) *Error {
	if se, ok := errors.AsType[*json.SemanticError](err); ok {
		return WrapError(CodeInvalidRequest, err, "field "+pointer(se.JSONPointer)+" is unknown or has the wrong type")
	}
	if se, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return WrapError(CodeInvalidRequest, err, "JSON is malformed or has a name twice at "+pointer(se.JSONPointer))
	}
	return WrapError(CodeInvalidRequest, err, "JSON is malformed")
}

// pointer writes a JSON pointer as people read it: validity.not_before. It is
// cut, for it comes from outside.
func pointer(p jsontext.Pointer) string {
	s := strings.ReplaceAll(strings.TrimPrefix(string(p), "/"), "/", ".")
	if s == "" {
		return "the top level"
	}
	if len(s) > 120 {
		s = s[:120] + "…"
	}
	return strconv.Quote(s)
}
