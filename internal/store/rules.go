// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

// ruleJSON is a rule as it is stored.
type ruleJSON struct {
	Role                 manager.Role              `json:"role"`
	Services             []string                  `json:"services,omitzero"`
	Providers            []fsc.PeerID              `json:"providers,omitzero"`
	Consumers            []fsc.PeerID              `json:"consumers,omitzero"`
	Delegators           []fsc.PeerID              `json:"delegators,omitzero"`
	MaxValidity          int64                     `json:"max_validity_ns,omitzero"`
	Properties           map[string]jsontext.Value `json:"properties,omitzero"`
	AllowOtherProperties bool                      `json:"allow_other_properties,omitzero"`
}

func encodeRule(r manager.Rule) ([]byte, error) {
	w := ruleJSON{
		Role: r.Role, Services: r.Services, Providers: r.Providers, Consumers: r.Consumers, Delegators: r.Delegators,
		MaxValidity: int64(r.MaxValidity), AllowOtherProperties: r.AllowOtherProperties,
	}
	for name, v := range r.Properties {
		if w.Properties == nil {
			w.Properties = map[string]jsontext.Value{}
		}
		w.Properties[name] = v
	}
	return json.Marshal(w)
}

// decodeRule refuses what it doesn't know: a condition that was overlooked
// would make a rule accept more than it says.
func decodeRule(b []byte) (manager.Rule, error) {
	var w ruleJSON
	if err := json.Unmarshal(b, &w, json.RejectUnknownMembers(true)); err != nil {
		return manager.Rule{}, err
	}
	r := manager.Rule{
		Role: w.Role, Services: w.Services, Providers: w.Providers, Consumers: w.Consumers, Delegators: w.Delegators,
		MaxValidity: time.Duration(w.MaxValidity), AllowOtherProperties: w.AllowOtherProperties,
	}
	for name, v := range w.Properties {
		if r.Properties == nil {
			r.Properties = map[string][]byte{}
		}
		r.Properties[name] = v
	}
	return r, nil
}

// PutRule implements manager.RuleTx.
func (t *tx) PutRule(ctx context.Context, r manager.StoredRule) error {
	rule, err := encodeRule(r.Rule)
	if err != nil {
		return fmt.Errorf("put rule: %w", err)
	}
	_, err = t.q.ExecContext(ctx, `INSERT INTO rules (id, name, rule, enabled, created_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, rule = excluded.rule, enabled = excluded.enabled`,
		r.ID, r.Name, rule, number(r.Enabled), micros(r.CreatedAt))
	if err != nil {
		return fmt.Errorf("put rule: %w", err)
	}
	return nil
}

// number is how truth is stored, on all engines alike.
func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// DeleteRule implements manager.RuleTx.
func (t *tx) DeleteRule(ctx context.Context, id string) error {
	n, err := execute(ctx, t.q, "DELETE FROM rules WHERE id = $1", id)
	if err == nil && n == 0 {
		err = manager.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("delete rule: %w", err)
	}
	return nil
}

// ListRules implements manager.RuleTx.
func (t *tx) ListRules(ctx context.Context) ([]manager.StoredRule, error) {
	query := statement{text: "SELECT id, name, rule, enabled, created_at FROM rules ORDER BY created_at, id"}
	rules, err := collect(ctx, t.q, &query, func(rows *sql.Rows) (r manager.StoredRule, err error) {
		var rule []byte
		var enabled int
		var createdAt int64
		if err = rows.Scan(&r.ID, &r.Name, &rule, &enabled, &createdAt); err != nil {
			return r, err
		}
		r.Enabled, r.CreatedAt, r.Origin = enabled == 1, fromMicros(createdAt), manager.OriginStored
		r.Rule, err = decodeRule(rule)
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("list rules: %w", err)
	}
	return rules, nil
}
