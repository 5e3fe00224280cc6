// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"fmt"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
)

// Property is the grant property that narrows a connection to some operations;
// docs/extensions/connection-operations.md describes it.
const Property = "access.connection.operations"

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
	text, ok := named[Property]
	if !ok {
		return nil, nil
	}
	var wire []struct {
		Methods []string `json:"methods"`
		Paths   []string `json:"paths"`
	}
	if err := json.Unmarshal(text, &wire, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("%s: %w", Property, err)
	}
	if len(wire) == 0 || len(wire) > maxOperations {
		return nil, fmt.Errorf("%s: 1 to %d operations", Property, maxOperations)
	}
	r := &rights{}
	for i, w := range wire {
		if len(w.Methods) == 0 && len(w.Paths) == 0 {
			return nil, fmt.Errorf("%s[%d]: methods or paths is required", Property, i)
		}
		o, err := newOperation(w.Methods, w.Paths)
		if err != nil {
			return nil, fmt.Errorf("%s[%d].%w", Property, i, err)
		}
		r.operations = append(r.operations, o)
	}
	return r, nil
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
