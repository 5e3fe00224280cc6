// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/goccy/go-yaml"

	"github.com/samenspel/samenspel/fsc"
)

const (
	maxRuleFile = 1 << 20
	maxServices = 1000
	maxRules    = 1000
	maxName     = 100
	// noDelegator is the word for calls of a Peer for itself.
	noDelegator = "none"
)

// ruleSet is what a file with rules says. It is never changed after it was read.
type ruleSet struct {
	services map[serviceKey][]rule
	version  string // names the content in records
}

// serviceKey names a service; the provider is for an Outway only.
type serviceKey struct {
	provider fsc.PeerID
	name     string
}

type rule struct {
	name      string
	deny      bool
	operation operation
	peers     []fsc.PeerID // consumers; nil is all
	acting    []string     // delegators; nil is all
	claims    [2]map[string][]byte
}

type wireRules struct {
	Services []wireService `yaml:"services"`
}

type wireService struct {
	Name     string     `yaml:"name"`
	Provider fsc.PeerID `yaml:"provider"`
	Rules    []wireRule `yaml:"rules"`
}

type wireRule struct {
	Name       string         `yaml:"name"`
	Effect     string         `yaml:"effect"`
	Methods    []string       `yaml:"methods"`
	Paths      []string       `yaml:"paths"`
	Consumers  []fsc.PeerID   `yaml:"consumers"`
	Delegators []string       `yaml:"delegators"`
	Properties map[string]any `yaml:"properties"`
	Additional map[string]any `yaml:"additional"`
}

// parseRules reads a file strictly. The error names the field.
func parseRules(b []byte, of Component) (*ruleSet, error) {
	if len(b) > maxRuleFile {
		return nil, fmt.Errorf("larger than %d bytes", maxRuleFile)
	}
	var w wireRules
	if err := decodeYAML(b, &w); err != nil {
		return nil, err
	}
	if len(w.Services) == 0 || len(w.Services) > maxServices {
		return nil, fmt.Errorf("services: 1 to %d services", maxServices)
	}
	sum := sha256.Sum256(b)
	set := &ruleSet{services: map[serviceKey][]rule{}, version: "sha256:" + hex.EncodeToString(sum[:])}
	for i, s := range w.Services {
		key, rules, err := s.read(of)
		if err != nil {
			return nil, fmt.Errorf("services[%d].%w", i, err)
		}
		if _, ok := set.services[key]; ok {
			return nil, fmt.Errorf("services[%d].name: %q was there before; put all its rules in one list", i, key.name)
		}
		set.services[key] = rules
	}
	return set, nil
}

// decodeYAML reads one document. The library panics on some malformed input.
func decodeYAML(b []byte, v any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("malformed YAML")
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict())
	if err := d.Decode(v); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	var more any
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return errors.New("there is more than one document")
	}
	return nil
}

func (w *wireService) read(of Component) (serviceKey, []rule, error) {
	key := serviceKey{w.Provider, w.Name}
	switch {
	case w.Name == "" || len(w.Name) > 255:
		return key, nil, errors.New("name is required")
	case of == Inway && w.Provider != "":
		return key, nil, errors.New("provider can't be set for an Inway: its services are this Peer's own")
	case of == Outway && w.Provider.Validate() != nil:
		return key, nil, errors.New("provider is required for an Outway: the ID of the Peer that offers the service")
	case len(w.Rules) > maxRules:
		return key, nil, fmt.Errorf("rules: at most %d", maxRules)
	}
	rules := make([]rule, len(w.Rules))
	for i := range w.Rules {
		r, err := w.Rules[i].read(of)
		if err != nil {
			return key, nil, fmt.Errorf("rules[%d].%w", i, err)
		}
		if r.name == "" {
			r.name = fmt.Sprintf("rules[%d]", i)
		}
		rules[i] = r
	}
	return key, rules, nil
}

func (w *wireRule) read(of Component) (r rule, err error) {
	if w.Effect != "allow" && w.Effect != "deny" {
		return r, fmt.Errorf("effect is %.40q; it must be allow or deny", w.Effect)
	}
	if len(w.Name) > maxName {
		return r, fmt.Errorf("name: at most %d bytes", maxName)
	}
	if of == Outway && (w.Consumers != nil || w.Properties != nil || w.Additional != nil) {
		return r, errors.New("consumers, properties and additional can't be set for an Outway: it decides before there is a token, for this Peer only")
	}
	for i, id := range w.Consumers {
		if id.Validate() != nil {
			return r, fmt.Errorf("consumers[%d] is %.100q, which is not the ID of a Peer", i, id)
		}
	}
	for i, id := range w.Delegators {
		if id != noDelegator && fsc.PeerID(id).Validate() != nil {
			return r, fmt.Errorf("delegators[%d] is %.100q; it must be the ID of a Peer, or none", i, id)
		}
	}
	r = rule{name: w.Name, deny: w.Effect == "deny", peers: w.Consumers, acting: w.Delegators}
	if r.operation, err = newOperation(w.Methods, w.Paths); err != nil {
		return r, err
	}
	for i, members := range []map[string]any{w.Properties, w.Additional} {
		if r.claims[i], err = canonicalMembers(members); err != nil {
			return r, fmt.Errorf("%s: %w", [...]string{"properties", "additional"}[i], err)
		}
	}
	return r, nil
}

func canonicalMembers(members map[string]any) (map[string][]byte, error) {
	out := map[string][]byte{}
	for name, v := range members {
		text, err := json.Marshal(v)
		if err == nil {
			err = (*jsontext.Value)(&text).Canonicalize()
		}
		if err != nil {
			return nil, fmt.Errorf("%.100q has a value that can't stand in a contract", name)
		}
		out[name] = text
	}
	return out, nil
}

// decide gives the first rule that fits. No rule is a refusal.
func (s *ruleSet) decide(c *Call, path []string) (allow bool, name string) {
	rules := s.services[serviceKey{c.provider(), c.Service}]
	for i := range rules {
		r := &rules[i]
		fits := r.operation.allows
		if r.deny {
			fits = r.operation.touches
		}
		if fits(c.Method, path) && r.concerns(c) {
			return !r.deny, r.name
		}
	}
	return false, ""
}

// concerns tells whether the rule is about who calls, and with what.
func (r *rule) concerns(c *Call) bool {
	acting := string(c.Delegator)
	if acting == "" {
		acting = noDelegator
	}
	return (r.peers == nil || slices.Contains(r.peers, c.Consumer)) &&
		(r.acting == nil || slices.Contains(r.acting, acting)) &&
		hasMembers(c.Properties, r.claims[0]) && hasMembers(c.Additional, r.claims[1])
}

// hasMembers tells whether an object has all members with exactly these values.
func hasMembers(object []byte, want map[string][]byte) bool {
	if len(want) == 0 {
		return true
	}
	var have map[string]jsontext.Value
	if json.Unmarshal(object, &have) != nil {
		return false
	}
	for name, text := range want {
		v, ok := have[name]
		if !ok || v.Canonicalize() != nil || !bytes.Equal(v, text) {
			return false
		}
	}
	return true
}
