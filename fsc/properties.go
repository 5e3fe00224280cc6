// SPDX-License-Identifier: EUPL-1.2

package fsc

import (
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Property gives the value of one member of a grant's properties as JSON text.
// It tells false if properties are absent, malformed or lack the member.
func Property(properties []byte, name string) ([]byte, bool) {
	var members map[string]jsontext.Value
	if len(properties) == 0 || json.Unmarshal(properties, &members) != nil {
		return nil, false
	}
	v, ok := members[name]
	return v, ok
}

// HasProperty tells whether properties have the member.
func HasProperty(properties []byte, name string) bool {
	_, ok := Property(properties, name)
	return ok
}

// PropertyNames lists the members of a grant's properties in order of name;
// nil properties have none.
func PropertyNames(properties []byte) ([]string, error) {
	if len(properties) == 0 {
		return nil, nil
	}
	var members map[string]jsontext.Value
	if err := json.Unmarshal(properties, &members); err != nil {
		return nil, jsonError(err)
	}
	return slices.Sorted(maps.Keys(members)), nil
}
