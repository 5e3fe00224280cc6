// SPDX-License-Identifier: EUPL-1.2

package personen

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// params are the members of the request body, not yet decoded.
type params map[string]json.RawMessage

// maxUnknown bounds how many unknown parameters are named in one error.
const maxUnknown = 20

// readParams splits the body into its members. It refuses anything that is
// not one JSON object in UTF-8 and names that occur twice.
func readParams(body []byte) (params, *problem) {
	dec := json.NewDecoder(bytes.NewReader(body))
	if opening, err := dec.Token(); !utf8.Valid(body) || err != nil || opening != json.Delim('{') {
		return nil, malformed()
	}
	found := params{}
	var twice []fault
	for dec.More() {
		token, err := dec.Token()
		name, isName := token.(string)
		var value json.RawMessage
		if err != nil || !isName || dec.Decode(&value) != nil {
			return nil, malformed()
		}
		if _, seen := found[name]; seen && len(twice) < maxUnknown {
			twice = append(twice, fault{Name: shown(name), Code: "duplicate", Reason: "Parameter is meer dan een keer opgegeven."})
		}
		found[name] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, malformed()
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed()
	}
	if twice != nil {
		return nil, invalid(twice)
	}
	return found, nil
}

// unknown names the members that the search type does not have.
func (p params) unknown(known map[string]bool) []fault {
	var faults []fault
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if !known[name] && len(faults) < maxUnknown {
			faults = append(faults, fault{Name: shown(name), Code: "unknownParam", Reason: "Parameter is niet verwacht."})
		}
	}
	return faults
}

// shown is a parameter name as it may be repeated in an error: the API allows
// few characters there, and a stranger's text must not grow our answer.
func shown(name string) string {
	ok := name != "" && len(name) <= 30 && strings.IndexFunc(name, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		return !letter && (r < '0' || r > '9') && r != '.' && r != '_'
	}) < 0
	if !ok {
		return "onbekend"
	}
	return name
}
