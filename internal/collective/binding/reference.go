// SPDX-License-Identifier: EUPL-1.2

package binding

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
)

// Property is the name of the grant property that carries a [Reference].
const Property = "collective.connection.agreement_reference"

const (
	maxHash = 256 // bytes
	maxLot  = 100 // bytes
)

// Reference says under which agreement a connection is made. Framework,
// Accession and CallOff are hashes of deeds; Lot is the identifier of a lot in
// the framework.
type Reference struct {
	Framework string `json:"framework"`
	Accession string `json:"accession"`
	CallOff   string `json:"call_off"`
	Lot       string `json:"lot"`
}

// ParseReference reads the reference in the properties of a grant; false when
// there is none. It refuses unknown and double members and what is no hash of a
// deed, naming the member.
func ParseReference(properties []byte) (Reference, bool, error) {
	if _, err := fsc.PropertyNames(properties); err != nil {
		return Reference{}, true, refuse(ReasonMalformed, "the properties of the grant can't be read")
	}
	value, ok := fsc.Property(properties, Property)
	if !ok {
		return Reference{}, false, nil
	}
	var r Reference
	err := json.Unmarshal(value, &r, json.RejectUnknownMembers(true), jsontext.AllowDuplicateNames(false))
	if err != nil {
		return Reference{}, true, refuse(ReasonMalformed, "%s is not an object with the four texts framework, accession, call_off and lot", Property)
	}
	return r, true, r.validate()
}

func (r Reference) validate() error {
	for _, m := range []struct{ name, value string }{{"framework", r.Framework}, {"accession", r.Accession}, {"call_off", r.CallOff}} {
		if !isHash(m.value) {
			return refuse(ReasonMalformed, "%s: %s is not the hash of a deed", Property, m.name)
		}
	}
	if r.Lot == "" || len(r.Lot) > maxLot || !utf8.ValidString(r.Lot) {
		return refuse(ReasonMalformed, "%s: lot must have 1 to %d bytes", Property, maxLot)
	}
	return nil
}

// isHash tells whether s has the form of a hash of a deed: $1$, a type of three
// digits (100 or more, so never that of a contract or grant), $ and base64url.
func isHash(s string) bool {
	rest, ok := strings.CutPrefix(s, "$1$")
	kind, digest, cut := strings.Cut(rest, "$")
	if !ok || !cut || len(s) > maxHash || len(kind) != 3 || kind[0] < '1' || !all(kind, "0123456789") {
		return false
	}
	return digest != "" && all(digest, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
}

func all(s, set string) bool { return strings.Trim(s, set) == "" }

// Properties gives properties that hold the reference next to the members of
// others, which may be nil and must not have one already.
func (r Reference) Properties(others []byte) ([]byte, error) {
	if err := r.validate(); err != nil {
		return nil, err
	}
	members := map[string]jsontext.Value{}
	if len(others) > 0 {
		if err := json.Unmarshal(others, &members); err != nil {
			return nil, fmt.Errorf("properties: %w", err)
		}
	}
	if _, ok := members[Property]; ok {
		return nil, refuse(ReasonMalformed, "the properties have %s already", Property)
	}
	value, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("properties: %w", err)
	}
	members[Property] = value
	return json.Marshal(members, json.Deterministic(true))
}
