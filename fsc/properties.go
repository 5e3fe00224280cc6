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

// The properties of the extension External Contract Reference 1.0.0: a mandate
// of somebody without a Manager, which no machine can verify.
const (
	PropertyExternalConnection  = "delegation.connection.external_contract_reference"
	PropertyExternalPublication = "delegation.publication.external_contract_reference"
)

// HasExternalContract tells whether properties refer to a contract outside FSC,
// so that a person has to check it before the grant is accepted.
func HasExternalContract(properties []byte) bool {
	return HasProperty(properties, PropertyExternalConnection) || HasProperty(properties, PropertyExternalPublication)
}

// ExternalContract gives the members of properties that a log record has to keep
// as additional data, as a JSON object; nil if there are none (External Contract
// Reference, transaction log).
func ExternalContract(properties []byte) ([]byte, error) {
	names, err := PropertyNames(properties)
	if err != nil {
		return nil, err
	}
	kept := map[string]jsontext.Value{}
	for _, name := range names {
		if name == PropertyExternalConnection || name == PropertyExternalPublication {
			kept[name], _ = Property(properties, name)
		}
	}
	if len(kept) == 0 {
		return nil, nil
	}
	out, err := json.Marshal(kept, json.Deterministic(true))
	if err != nil {
		return nil, jsonError(err)
	}
	return out, nil
}
