// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

func formOfRule(r manager.StoredRule) RuleForm {
	f := RuleForm{
		ID: r.ID, Name: r.Name, Enabled: r.Enabled, Role: r.Rule.Role, Services: r.Rule.Services,
		Providers: r.Rule.Providers, Consumers: r.Rule.Consumers, Delegators: r.Rule.Delegators,
		MaxValidityDays: days(r.Rule.MaxValidity), AllowOtherProperties: r.Rule.AllowOtherProperties,
	}
	names := make([]string, 0, len(r.Rule.Properties))
	for name := range r.Rule.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		f.Properties = append(f.Properties, PropertyForm{Name: name, Value: string(r.Rule.Properties[name])})
	}
	return f
}

// rule checks the form and makes the Manager's rule of it.
func (f RuleForm) rule() (manager.StoredRule, error) {
	var found []error
	wrong := func(is bool, field, text string) {
		if is {
			found = append(found, invalid(field, text))
		}
	}
	f.Name = strings.TrimSpace(f.Name)
	wrong(f.Name == "" || utf8.RuneCountInString(f.Name) > maxRuleName, "name", "a rule has a name of at most 100 characters")
	wrong(!slices.Contains(RuleRoles(), f.Role), "role", "choose the part this organisation has in the grant")
	wrong(f.MaxValidityDays < 0 || f.MaxValidityDays > 36600, "maxValidityDays", "the longest validity is 0 to 36600 days")
	for field, peers := range map[string][]fsc.PeerID{"providers": f.Providers, "consumers": f.Consumers, "delegators": f.Delegators} {
		wrong(slices.ContainsFunc(peers, func(p fsc.PeerID) bool { return p.Validate() != nil }), field, "the ID of an organisation has 3 to 255 characters")
	}
	wrong(slices.ContainsFunc(f.Services, func(s string) bool { return fsc.ValidateServiceName(s) != nil }), "services", "a service is 3 to 100 letters, digits, '.', '_' or '-'")
	k := formCheck{}
	k.properties(&GrantForm{Properties: f.Properties})
	found = append(found, k.found...)
	if err := errors.Join(found...); err != nil {
		return manager.StoredRule{}, err
	}
	r := manager.StoredRule{ID: f.ID, Name: f.Name, Enabled: f.Enabled, Rule: manager.Rule{
		Role: f.Role, Services: f.Services, Providers: f.Providers, Consumers: f.Consumers, Delegators: f.Delegators,
		MaxValidity: time.Duration(f.MaxValidityDays) * 24 * time.Hour, AllowOtherProperties: f.AllowOtherProperties,
	}}
	for _, p := range f.Properties {
		if r.Rule.Properties == nil {
			r.Rule.Properties = map[string][]byte{}
		}
		r.Rule.Properties[p.Name] = []byte(p.Value)
	}
	return r, nil
}

// maxRuleName is in characters.
const maxRuleName = 100

// days rounds up, since no days at all would mean no limit.
func days(d time.Duration) int { return int((d + 24*time.Hour - 1) / (24 * time.Hour)) }

// ruleChanges lists the fields that differ.
func ruleChanges(before, after RuleForm) []operator.Change {
	var out []operator.Change
	x, y := before.fields(), after.fields()
	for i := range x {
		if x[i][1] != y[i][1] {
			out = append(out, operator.Change{Field: x[i][0], Before: x[i][1], After: y[i][1]})
		}
	}
	return out
}

func (f RuleForm) fields() [][2]string {
	properties := make([]string, 0, len(f.Properties))
	for _, p := range f.Properties {
		properties = append(properties, p.Name+"="+p.Value)
	}
	return [][2]string{
		{"name", f.Name},
		{"enabled", strconv.FormatBool(f.Enabled)},
		{"role", string(f.Role)},
		{"services", joined(f.Services)},
		{"providers", joined(f.Providers)},
		{"consumers", joined(f.Consumers)},
		{"delegators", joined(f.Delegators)},
		{"maxValidityDays", strconv.Itoa(f.MaxValidityDays)},
		{"properties", joined(properties)},
		{"allowOtherProperties", strconv.FormatBool(f.AllowOtherProperties)},
	}
}

func joined[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = string(v)
	}
	return strings.Join(texts, ", ")
}
