// SPDX-License-Identifier: EUPL-1.2

package loket

import (
	"errors"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxBody is the largest body of a request or an answer, in bytes.
const maxBody = 64 << 10

// maxPath is how much of the name of an unknown field is told back, in bytes.
const maxPath = 80

// decode reads JSON strictly into a value: unknown and double fields, other
// types and text that is not UTF-8 are a fault, which names the field.
func decode(body []byte, into any) []Fault {
	err := json.Unmarshal(body, into, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return []Fault{fault(pathOf(e.JSONPointer), faultDuplicate)}
		}
		return []Fault{fault("", faultJSON)}
	}
	if e, ok := errors.AsType[*json.SemanticError](err); ok {
		if errors.Is(err, json.ErrUnknownName) {
			return []Fault{fault(pathOf(e.JSONPointer), faultUnknown)}
		}
		return []Fault{fault(pathOf(e.JSONPointer), faultType)}
	}
	return []Fault{fault("", faultJSON)}
}

// pathOf writes the place of a field with points. The name of an unknown field
// can be anything: it is cut, and holds nothing that a log or page minds.
func pathOf(at jsontext.Pointer) string {
	var parts []string
	for one := range at.Tokens() {
		parts = append(parts, one)
	}
	path := strings.Join(parts, ".")
	if strings.ContainsFunc(path, impossible) {
		path = strings.Map(func(r rune) rune {
			if impossible(r) {
				return '?'
			}
			return r
		}, path)
	}
	if len(path) > maxPath {
		path = strings.ToValidUTF8(path[:maxPath], "") + "…"
	}
	return path
}
