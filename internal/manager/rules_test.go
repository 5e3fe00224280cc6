// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

// proposes has bart propose a contract, and tells whether the node signed it.
func (n *node) proposes(t testing.TB, c *fsc.Content) bool {
	t.Helper()
	from := n.org.world.orgs[bart]
	must(t, n.Submit(t.Context(), from.caller(), from.message(t, c, fsc.SignatureTypeAccept)))
	_, signed := n.find(t, c.Hash()).Signature(n.org.peer.ID, fsc.SignatureTypeAccept)
	return signed
}

func TestARuleSignsFromTheMomentItIsEnabled(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t)
	equal(t, "signed without a rule", n.proposes(t, content(t, draft(1, w.connection()))), false)
	r, err := n.PutRule(t.Context(), manager.StoredRule{Name: " Alles ", Rule: manager.Rule{Role: manager.RoleProvider}})
	must(t, err)
	equal(t, "signed by a rule that is off", n.proposes(t, content(t, draft(2, w.connection()))), false)
	r.Enabled = true
	w.clock.advance(time.Minute)
	again, err := n.PutRule(t.Context(), r)
	must(t, err)
	equal(t, "name", again.Name, "Alles")
	equal(t, "created", again.CreatedAt, start)
	equal(t, "signed by the rule", n.proposes(t, content(t, draft(3, w.connection()))), true)
	must(t, n.DeleteRule(t.Context(), r.ID))
	equal(t, "signed after it was deleted", n.proposes(t, content(t, draft(4, w.connection()))), false)
	refused(t, n.DeleteRule(t.Context(), r.ID), fsc.CodeNotFound)
	_, err = n.PutRule(t.Context(), r)
	refused(t, err, fsc.CodeNotFound)
}

func TestRulesOfTheConfigurationAndStoredOnesWorkTogether(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna, automatic).offers(t)
	letters := w.connection()
	letters.Outway.PeerID, letters.Service = anna, fsc.Service{Type: fsc.ServiceTypeService, PeerID: bart, Name: "letters"}
	equal(t, "signed by one", n.proposes(t, content(t, draft(1, w.connection(), letters))), false)
	stored, err := n.PutRule(t.Context(), manager.StoredRule{Name: "letters", Enabled: true, Rule: manager.Rule{Role: manager.RoleConsumer}})
	must(t, err)
	equal(t, "signed by both", n.proposes(t, content(t, draft(2, w.connection(), letters))), true)
	rules, err := n.ListRules(t.Context())
	must(t, err)
	var got []string
	for _, r := range rules {
		got = append(got, fmt.Sprint(r.ID, " ", r.Origin, " ", r.Enabled))
	}
	equalAll(t, "rules", got, []string{"configuration-1 configuration true", stored.ID + " stored true"})
	// What the configuration says can't be changed here.
	refused(t, n.DeleteRule(t.Context(), rules[0].ID), fsc.CodeNotFound)
	_, err = n.PutRule(t.Context(), rules[0])
	refused(t, err, fsc.CodeNotFound)
}

func TestAWrongRuleIsRefusedWithItsField(t *testing.T) {
	n := newWorld(t).node(t, anna)
	for _, test := range []struct {
		field  string
		change func(*manager.StoredRule)
	}{
		{"name", func(r *manager.StoredRule) { r.Name = "  " }},
		{"name", func(r *manager.StoredRule) { r.Name = strings.Repeat("é", 101) }},
		{"name", func(r *manager.StoredRule) { r.Name = "\xff" }},
		{"role", func(r *manager.StoredRule) { r.Rule.Role = "" }},
		{"role", func(r *manager.StoredRule) { r.Rule.Role = manager.RoleDirectory }},
		{"services", func(r *manager.StoredRule) { r.Rule.Services = []string{"persons", "no good"} }},
		{"services", func(r *manager.StoredRule) { r.Rule.Services = slices.Repeat([]string{"persons"}, 1001) }},
		{"providers", func(r *manager.StoredRule) { r.Rule.Providers = []fsc.PeerID{""} }},
		{"consumers", func(r *manager.StoredRule) { r.Rule.Consumers = []fsc.PeerID{"x"} }},
		{"delegators", func(r *manager.StoredRule) { r.Rule.Delegators = slices.Repeat([]fsc.PeerID{anna}, 1001) }},
		{"max_validity", func(r *manager.StoredRule) { r.Rule.MaxValidity = -1 }},
		{"properties", func(r *manager.StoredRule) { r.Rule.Properties = map[string][]byte{"a": []byte("{")} }},
		{"properties", func(r *manager.StoredRule) { r.Rule.Properties = map[string][]byte{"": []byte("1")} }},
	} {
		r := manager.StoredRule{Name: "x", Rule: manager.Rule{Role: manager.RoleProvider}}
		test.change(&r)
		_, err := n.PutRule(t.Context(), r)
		_ = wrong(t, err, test.field)
	}
}

func TestADecisionNamesEachConditionThatDoesNotFit(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t)
	g := w.delegated()
	g.Properties = []byte(`{"level":2,"more":1}`)
	c := content(t, draft(1, g, w.connection()))
	n.proposes(t, c)
	decide := func() manager.Decision {
		d, err := n.Decide(t.Context(), c.Hash())
		must(t, err)
		return d
	}
	equal(t, "reason without rules", decide().Reason, manager.ReasonNoRules)
	put := func(name string, r manager.Rule) string {
		stored, err := n.PutRule(t.Context(), manager.StoredRule{Name: name, Enabled: true, Rule: r})
		must(t, err)
		return stored.ID
	}
	strict := put("strict", manager.Rule{
		Role: manager.RoleConsumer, Services: []string{"other"}, Providers: []fsc.PeerID{erik}, Consumers: []fsc.PeerID{erik},
		MaxValidity: time.Hour, Properties: map[string][]byte{"level": []byte("1"), "purpose": []byte(`"x"`)},
	})
	open := put("open", manager.Rule{Role: manager.RoleProvider})
	d := decide()
	equal(t, "accepts", d.Accepts, false)
	equal(t, "rule of the second grant", d.Grants[1].FitsRule, open)
	var got []string
	for _, m := range d.Grants[0].Misfits {
		for _, c := range m.Conditions {
			got = append(got, fmt.Sprint(m.RuleName, " ", c.Field, " ", c.Value))
		}
	}
	equal(t, "rule", d.Grants[0].Misfits[0].RuleID, strict)
	equalAll(t, "conditions", got, []string{
		"strict role consumer", "strict services persons", "strict providers " + string(anna), "strict consumers " + string(bart),
		"strict delegators " + string(carla), "strict max_validity 25h0m0s", "strict properties level", "strict properties purpose",
		"strict allow_other_properties more",
		"open delegators " + string(carla), "open allow_other_properties level", "open allow_other_properties more",
	})
	if text := d.String(); !strings.Contains(text, string(c.Grants[0].Hash)) || !strings.Contains(text, "max_validity=25h0m0s") {
		t.Errorf("in words: %s", text)
	}
	must(t, n.DeleteService(t.Context(), "persons"))
	d = decide()
	if d.Reason != manager.ReasonNotOffered || d.Detail != "persons" {
		t.Errorf("without the service: %+v", d)
	}
	_, err := n.Decide(t.Context(), "$1$1$none")
	refused(t, err, fsc.CodeNotFound)
}

func TestADryRunTellsWhatARuleWouldHaveSigned(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t)
	at := func(number int, age time.Duration, gs ...fsc.Grant) *fsc.Content {
		d := draft(number, gs...)
		d.CreatedAt = start.Add(-age)
		return content(t, d)
	}
	byConfigured := w.delegated()
	signs, refuses, old := at(1, time.Hour, w.connection()), at(2, 2*time.Hour, byConfigured), at(3, 48*time.Hour, w.connection())
	for _, c := range []*fsc.Content{signs, refuses, old} {
		n.proposes(t, c)
	}
	_, err := n.Create(t.Context(), manager.Proposal{NotAfter: start.AddDate(1, 0, 0), Grants: []fsc.Grant{w.connection()}})
	must(t, err)
	run, err := n.DryRun(t.Context(), manager.Rule{Role: manager.RoleProvider}, start.Add(-24*time.Hour))
	must(t, err)
	if len(run.Proposals) != 2 || run.Signs != 1 || run.Truncated {
		t.Fatalf("%d proposals, %d signed", len(run.Proposals), run.Signs)
	}
	first, second := run.Proposals[0], run.Proposals[1]
	if first.Contract.Content.Hash() != signs.Hash() || !first.Decision.Accepts || first.SignedNow {
		t.Errorf("first: %+v", first)
	}
	if second.Contract.Content.Hash() != refuses.Hash() || second.Decision.Accepts ||
		second.Decision.Grants[0].Misfits[0].Conditions[0].Field != manager.FieldDelegators {
		t.Errorf("second: %+v", second)
	}
	equal(t, "nothing is signed", n.marks(t, signs.Hash()), string(bart[16:])+" accept")
	_, err = n.PutRule(t.Context(), manager.StoredRule{Name: "x", Enabled: true, Rule: manager.Rule{Role: manager.RoleProvider, Delegators: []fsc.PeerID{carla}}})
	must(t, err)
	run, err = n.DryRun(t.Context(), manager.Rule{Role: manager.RoleConsumer}, start.Add(-72*time.Hour))
	must(t, err)
	equal(t, "proposals", len(run.Proposals), 3)
	for _, p := range run.Proposals {
		if p.Decision.Accepts || !p.SignedNow {
			t.Errorf("a rule that adds nothing: %+v", p)
		}
	}
	_, err = n.DryRun(t.Context(), manager.Rule{}, start)
	_ = wrong(t, err, "role")
}
