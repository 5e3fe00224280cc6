// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

func TestRulePolicy(t *testing.T) {
	w := newWorld(t)
	provider := manager.Rule{Role: manager.RoleProvider}
	with := func(change func(*manager.Rule)) manager.Rule {
		r := provider
		change(&r)
		return r
	}
	grant := func(base fsc.Grant, change func(*fsc.Grant)) []fsc.Grant {
		change(&base)
		return []fsc.Grant{base}
	}
	one := func(g fsc.Grant) []fsc.Grant { return []fsc.Grant{g} }
	toCarla := func(g *fsc.Grant) {
		g.Service.Type, g.Service.Delegator = fsc.ServiceTypeDelegatedService, carla
	}
	properties := func(text string) func(*fsc.Grant) {
		return func(g *fsc.Grant) { g.Properties = []byte(text) }
	}
	for _, test := range []struct {
		name   string
		self   fsc.PeerID // empty: anna
		rules  []manager.Rule
		grants []fsc.Grant
		want   bool
	}{
		{name: "no rules", grants: one(w.connection())},
		{name: "a rule without role", rules: []manager.Rule{{}}, grants: one(w.connection())},
		{name: "an unknown role", rules: []manager.Rule{{Role: "boss"}}, grants: one(w.connection())},
		{name: "as provider", rules: []manager.Rule{provider}, grants: one(w.connection()), want: true},
		{name: "not as provider", self: bart, rules: []manager.Rule{provider}, grants: one(w.connection())},
		{name: "as provider of a publication", rules: []manager.Rule{provider}, grants: one(publication()), want: true},
		{name: "as consumer", self: bart, rules: []manager.Rule{{Role: manager.RoleConsumer}}, grants: one(w.connection()), want: true},
		{name: "a publication has no consumer", rules: []manager.Rule{{Role: manager.RoleConsumer}}, grants: one(publication())},
		{name: "as delegator", self: carla, rules: []manager.Rule{{Role: manager.RoleDelegator}}, grants: one(w.delegated()), want: true},
		{name: "as delegator of the service", self: carla, rules: []manager.Rule{{Role: manager.RolePublicationDelegator}}, grants: grant(w.connection(), toCarla), want: true},
		{name: "as delegator of the publication", self: carla, rules: []manager.Rule{{Role: manager.RolePublicationDelegator}}, grants: grant(publication(), func(g *fsc.Grant) {
			g.Type, g.Delegator = fsc.GrantTypeDelegatedServicePublication, carla
		}), want: true},

		{name: "a service on the list", rules: []manager.Rule{with(func(r *manager.Rule) { r.Services = []string{"other", "persons"} })}, grants: one(w.connection()), want: true},
		{name: "a service that isn't", rules: []manager.Rule{with(func(r *manager.Rule) { r.Services = []string{"other"} })}, grants: one(w.connection())},
		{name: "a provider on the list", self: bart, rules: []manager.Rule{{Role: manager.RoleConsumer, Providers: []fsc.PeerID{anna}}}, grants: one(w.connection()), want: true},
		{name: "a provider that isn't", self: bart, rules: []manager.Rule{{Role: manager.RoleConsumer, Providers: []fsc.PeerID{erik}}}, grants: one(w.connection())},
		{name: "a consumer on the list", rules: []manager.Rule{with(func(r *manager.Rule) { r.Consumers = []fsc.PeerID{bart} })}, grants: one(w.connection()), want: true},
		{name: "a consumer that isn't", rules: []manager.Rule{with(func(r *manager.Rule) { r.Consumers = []fsc.PeerID{erik} })}, grants: one(w.connection())},
		{name: "consumers say nothing of a publication", rules: []manager.Rule{with(func(r *manager.Rule) { r.Consumers = []fsc.PeerID{erik} })}, grants: one(publication()), want: true},

		{name: "a delegator that isn't named", rules: []manager.Rule{provider}, grants: one(w.delegated())},
		{name: "a delegator on the list", rules: []manager.Rule{with(func(r *manager.Rule) { r.Delegators = []fsc.PeerID{carla} })}, grants: one(w.delegated()), want: true},
		{name: "a delegator that isn't", rules: []manager.Rule{with(func(r *manager.Rule) { r.Delegators = []fsc.PeerID{erik} })}, grants: one(w.delegated())},
		{name: "a delegator of the service that isn't named", rules: []manager.Rule{provider}, grants: grant(w.connection(), toCarla)},
		{name: "a delegator of the service on the list", rules: []manager.Rule{with(func(r *manager.Rule) { r.Delegators = []fsc.PeerID{carla} })}, grants: grant(w.connection(), toCarla), want: true},
		{name: "a call in our own name under a rule for providers", rules: []manager.Rule{provider}, grants: grant(w.delegated(), func(g *fsc.Grant) { g.Delegator = anna })},
		{name: "a service in our own name under a rule for delegators", self: carla, rules: []manager.Rule{{Role: manager.RoleDelegator}}, grants: grant(w.delegated(), toCarla)},

		{name: "as long as is allowed", rules: []manager.Rule{with(func(r *manager.Rule) { r.MaxValidity = 25 * time.Hour })}, grants: one(w.connection()), want: true},
		{name: "longer than is allowed", rules: []manager.Rule{with(func(r *manager.Rule) { r.MaxValidity = 25*time.Hour - time.Second })}, grants: one(w.connection())},

		{name: "a property that isn't named", rules: []manager.Rule{provider}, grants: grant(w.connection(), properties(`{"purpose":"x"}`))},
		{name: "other properties allowed", rules: []manager.Rule{with(func(r *manager.Rule) { r.AllowOtherProperties = true })}, grants: grant(w.connection(), properties(`{"purpose":"x"}`)), want: true},
		{name: "empty properties", rules: []manager.Rule{provider}, grants: grant(w.connection(), properties(`{}`)), want: true},
		{
			name: "a reference to a contract elsewhere", rules: []manager.Rule{with(func(r *manager.Rule) { r.AllowOtherProperties = true })},
			grants: grant(w.connection(), properties(`{"delegation.connection.external_contract_reference":{}}`)),
		},
		{name: "a reference even when a rule names it", rules: []manager.Rule{with(func(r *manager.Rule) {
			r.Properties = map[string][]byte{"delegation.connection.external_contract_reference": []byte(`{}`)}
		})}, grants: grant(w.connection(), properties(`{"delegation.connection.external_contract_reference":{}}`))},
		{
			name: "a reference of a publication", rules: []manager.Rule{with(func(r *manager.Rule) { r.AllowOtherProperties = true })},
			grants: grant(publication(), properties(`{"delegation.publication.external_contract_reference":{}}`)),
		},

		{
			name: "a rule for each grant", rules: []manager.Rule{with(func(r *manager.Rule) { r.Services = []string{"persons"} }), with(func(r *manager.Rule) { r.Services = []string{"other"} })},
			grants: []fsc.Grant{w.connection(), grant(w.connection(), func(g *fsc.Grant) { g.Service.Name = "other" })[0]}, want: true,
		},
		{
			name: "a grant without a rule", rules: []manager.Rule{with(func(r *manager.Rule) { r.Services = []string{"persons"} })},
			grants: []fsc.Grant{w.connection(), grant(w.connection(), func(g *fsc.Grant) { g.Service.Name = "other" })[0]},
		},
		{name: "a grant in which we have no part", rules: []manager.Rule{provider}, grants: []fsc.Grant{w.connection(), w.foreign()}},
	} {
		t.Run(test.name, func(t *testing.T) {
			self := test.self
			if self == "" {
				self = anna
			}
			d := manager.RulePolicy{Rules: test.rules}.Decide(t.Context(), self, content(t, draft(1, test.grants...)), nil)
			equal(t, "accepted", d.Accepts, test.want)
			equal(t, "has a reason", d.String() != manager.Decision{Accepts: true}.String(), !test.want)
		})
	}
}

func TestPropertiesHaveToBeEqualAsJSON(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		rule, grant string
		want        bool
	}{
		{`1`, `1`, true},
		{`1`, `1.0`, true},
		{`100`, `1e2`, true},
		{`0`, `-0`, true},
		{`0.1`, `1e-1`, true},
		{`1`, `2`, false},
		{`1`, `"1"`, false},
		{`1`, `true`, false},
		{`1`, `[1]`, false},
		{`"a"`, `"a"`, true},
		{`"a"`, `"\u0061"`, true},
		{`"a"`, `"A"`, false},
		{`true`, `true`, true},
		{`true`, `false`, false},
		{`{"a":1,"b":2}`, `{"b":2.0,"a":1}`, true},
		{`{"a":1}`, `{"a":1,"b":2}`, false},
		{`[1,2]`, `[1,2]`, true},
		{`[1,2]`, `[2,1]`, false},
		{`[]`, `{}`, false},
		{`nonsense`, `1`, false},
		{``, `1`, false},
	} {
		t.Run(test.rule+" and "+test.grant, func(t *testing.T) {
			g := w.connection()
			g.Properties = []byte(`{"p":` + test.grant + `}`)
			rule := manager.Rule{Role: manager.RoleProvider, Properties: map[string][]byte{"p": []byte(test.rule)}}
			d := manager.RulePolicy{Rules: []manager.Rule{rule}}.Decide(t.Context(), anna, content(t, draft(1, g)), nil)
			equal(t, "accepted", d.Accepts, test.want)
		})
	}
	t.Run("absent", func(t *testing.T) {
		rule := manager.Rule{Role: manager.RoleProvider, Properties: map[string][]byte{"p": []byte(`null`)}, AllowOtherProperties: true}
		for _, properties := range []string{"", `{}`, `{"q":null}`} {
			g := w.connection()
			if properties != "" {
				g.Properties = []byte(properties)
			}
			d := manager.RulePolicy{Rules: []manager.Rule{rule}}.Decide(t.Context(), anna, content(t, draft(1, g)), nil)
			equal(t, "accepted", d.Accepts, false)
		}
	})
}
