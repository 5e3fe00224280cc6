// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/samenspel/samenspel/fsc"
)

const (
	maxRules      = 500
	maxRuleName   = 100 // characters
	maxRuleList   = 1000
	maxProperties = 50
)

// Origin tells where a rule or route comes from.
type Origin string

// What the configuration says can't be changed while the node runs.
const (
	OriginConfiguration Origin = "configuration"
	OriginStored        Origin = "stored"
)

// StoredRule is a rule with what people keep of it.
type StoredRule struct {
	// ID is a UUID; of rules of the configuration "configuration-1" and so on.
	ID        string
	Name      string // for people
	Rule      Rule
	Enabled   bool
	CreatedAt time.Time // zero for rules of the configuration
	Origin    Origin
}

func configured(rules []Rule) []StoredRule {
	out := make([]StoredRule, 0, len(rules))
	for i, r := range rules {
		id := "configuration-" + strconv.Itoa(i+1)
		out = append(out, StoredRule{ID: id, Name: id, Rule: r, Enabled: true, Origin: OriginConfiguration})
	}
	return out
}

// PutRule stores a rule, or changes the one of that ID; without ID it is a new
// one. It gives the rule as stored. What is wrong with a field is a *FieldError.
func (m *Manager) PutRule(ctx context.Context, r StoredRule) (StoredRule, error) {
	r.Name, r.Origin = strings.TrimSpace(r.Name), OriginStored
	if err := r.check(); err != nil {
		return StoredRule{}, err
	}
	id, err := newID(r.ID)
	if err != nil {
		return StoredRule{}, err
	}
	var put StoredRule
	err = m.update(ctx, func(tx Tx) error {
		rules, err := tx.ListRules(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(rules, func(o StoredRule) bool { return o.ID == r.ID })
		put = r
		switch {
		case r.ID == "" && len(rules) >= maxRules:
			return &FieldError{Field: "name", Text: "can't be added: there are " + strconv.Itoa(maxRules) + " rules already"}
		case r.ID == "":
			put.ID, put.CreatedAt = id, m.storedNow()
		case i < 0:
			return notFound("rule", r.ID)
		default:
			put.CreatedAt = rules[i].CreatedAt
		}
		return tx.PutRule(ctx, put)
	})
	return put, err
}

// storedNow is the time with the precision of a store.
func (m *Manager) storedNow() time.Time { return m.cfg.Now().UTC().Truncate(time.Microsecond) }

func newID(id string) (string, error) {
	if id != "" {
		return id, nil
	}
	fresh, err := uuid.NewV7()
	return fresh.String(), err
}

func notFound(what, id string) error {
	return fsc.Errorf(fsc.CodeNotFound, "there is no %s %.60q that can be changed", what, id)
}

// DeleteRule removes a stored rule. What was signed by it stays signed.
func (m *Manager) DeleteRule(ctx context.Context, id string) error {
	err := m.update(ctx, func(tx Tx) error { return tx.DeleteRule(ctx, id) })
	if errors.Is(err, ErrNotFound) {
		return notFound("rule", id)
	}
	return err
}

// ListRules lists the rules of the configuration and then those that people
// stored, oldest first.
func (m *Manager) ListRules(ctx context.Context) (rules []StoredRule, err error) {
	err = m.cfg.Store.View(ctx, func(tx Tx) error {
		stored, err := tx.ListRules(ctx)
		rules = append(configured(m.cfg.Policy.Configured()), stored...)
		return err
	})
	return rules, err
}

func (r *StoredRule) check() error {
	if n := utf8.RuneCountInString(r.Name); n == 0 || n > maxRuleName || !utf8.ValidString(r.Name) {
		return &FieldError{Field: "name", Text: "must be 1 to " + strconv.Itoa(maxRuleName) + " characters"}
	}
	return r.Rule.check()
}

func (r *Rule) check() error {
	if !slices.Contains([]Role{RoleProvider, RoleConsumer, RoleDelegator, RolePublicationDelegator}, r.Role) {
		return &FieldError{Field: string(FieldRole), Text: "must be provider, consumer, delegator or publication_delegator"}
	}
	if len(r.Services) > maxRuleList {
		return tooMany(FieldServices, maxRuleList)
	}
	for _, name := range r.Services {
		if fsc.ValidateServiceName(name) != nil {
			return &FieldError{Field: string(FieldServices), Text: "must be names of services: " + strconv.Quote(cut(name))}
		}
	}
	for field, peers := range map[RuleField][]fsc.PeerID{FieldProviders: r.Providers, FieldConsumers: r.Consumers, FieldDelegators: r.Delegators} {
		if len(peers) > maxRuleList {
			return tooMany(field, maxRuleList)
		}
		for _, p := range peers {
			if p.Validate() != nil {
				return &FieldError{Field: string(field), Text: "must be IDs of Peers: " + strconv.Quote(cut(string(p)))}
			}
		}
	}
	if r.MaxValidity < 0 {
		return &FieldError{Field: string(FieldMaxValidity), Text: "can't be negative"}
	}
	return r.checkProperties()
}

func (r *Rule) checkProperties() error {
	if len(r.Properties) > maxProperties {
		return tooMany(FieldProperties, maxProperties)
	}
	for name, value := range r.Properties {
		if _, err := fsc.Canonicalize(value); name == "" || !utf8.ValidString(name) || err != nil {
			return &FieldError{Field: string(FieldProperties), Text: "must be names with values in JSON: " + strconv.Quote(cut(name))}
		}
	}
	return nil
}

func tooMany(f RuleField, limit int) error {
	return &FieldError{Field: string(f), Text: "has more than " + strconv.Itoa(limit) + " entries"}
}

// cut keeps messages about wrong values short.
func cut(s string) string {
	if len(s) > 60 {
		return s[:60]
	}
	return s
}
