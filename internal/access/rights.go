// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
)

// Property is the grant property that narrows a connection to some operations;
// docs/extensions/connection-operations.md describes it.
const Property = "access.connection.operations"

// ownNames is how the names begin of properties that say what a connection gives a
// right to. One that isn't known here could narrow it in a way nobody here keeps.
const ownNames = "access.connection."

const (
	maxOperations = 100
	keptRights    = 4096
)

// rights are the operations a grant gives a right to. A nil value gives all.
type rights struct {
	operations []operation
	malformed  bool // allows nothing: nobody knows what was agreed
}

func (r *rights) allow(method string, path []string) bool {
	if r == nil {
		return true
	}
	for i := range r.operations {
		if r.operations[i].allows(method, path) {
			return true
		}
	}
	return false
}

// readRights gives nil for properties without the property.
func readRights(properties []byte) (*rights, error) {
	if len(properties) == 0 {
		return nil, nil // narrows nothing
	}
	var named map[string]jsontext.Value
	if err := json.Unmarshal(properties, &named); err != nil {
		return nil, fmt.Errorf("properties: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if name != Property && strings.HasPrefix(strings.ToLower(name), ownNames) {
			return nil, &propertyError{name, errors.New("is not known here; the property that narrows a connection is " + Property)}
		}
	}
	text, ok := named[Property]
	if !ok {
		return nil, nil
	}
	r, err := readOperations(text)
	if err != nil {
		return nil, &propertyError{Property, err}
	}
	return r, nil
}

// readOperations reads the value of [Property]. The error begins with where in it
// something is wrong.
func readOperations(text jsontext.Value) (*rights, error) {
	var wire []struct {
		Methods []string `json:"methods"`
		Paths   []string `json:"paths"`
	}
	if err := json.Unmarshal(text, &wire, json.RejectUnknownMembers(true)); err != nil || len(wire) == 0 || len(wire) > maxOperations {
		return nil, fmt.Errorf("must be an array of 1 to %d objects with the members methods, paths or both, which are arrays of texts", maxOperations)
	}
	r := &rights{}
	for i, w := range wire {
		if len(w.Methods) == 0 && len(w.Paths) == 0 {
			return nil, fmt.Errorf("[%d] must have methods, paths or both", i)
		}
		o, err := newOperation(w.Methods, w.Paths)
		if err != nil {
			return nil, fmt.Errorf("[%d].%w", i, err)
		}
		r.operations = append(r.operations, o)
	}
	return r, nil
}

// propertyError says which property can't be acted upon.
type propertyError struct {
	name  string
	cause error // begins with where in its value, if that is known
}

// Error gives the property and what is wrong with it.
func (e *propertyError) Error() string {
	cause := e.cause.Error()
	if strings.HasPrefix(cause, "[") {
		return e.name + cause
	}
	return e.name + " " + cause
}

// Unwrap gives what is wrong.
func (e *propertyError) Unwrap() error { return e.cause }

// Properties looks at the properties of grants before they are agreed, so that no
// contract is made whose calls are all refused.
type Properties struct{}

// Misread gives the name of a property that the Inway of the provider couldn't act
// upon, and what is wrong in words that begin with the name; both are empty when
// there is none. A publication can't have one, for it lets nobody call.
func (Properties) Misread(g *fsc.Grant) (property, problem string) {
	r, err := readRights(g.Properties)
	if e, ok := errors.AsType[*propertyError](err); ok {
		return e.name, err.Error()
	}
	if err != nil {
		return Property, "the properties can't be read"
	}
	if r != nil && !g.Type.IsConnection() {
		return Property, Property + " belongs to a connection; a publication lets nobody call"
	}
	return "", ""
}

// rightsOf keeps what was read: a grant's hash covers its properties.
type rightsOf struct {
	mu   sync.RWMutex
	kept map[fsc.GrantHash]*rights
}

func (k *rightsOf) grant(h fsc.GrantHash, properties []byte) *rights {
	k.mu.RLock()
	r, ok := k.kept[h]
	k.mu.RUnlock()
	if ok {
		return r
	}
	r, err := readRights(properties)
	if err != nil {
		r = &rights{malformed: true}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept == nil || len(k.kept) >= keptRights {
		k.kept = map[fsc.GrantHash]*rights{}
	}
	k.kept[h] = r
	return r
}
