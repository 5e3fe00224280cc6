// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

func configuredRule(c *manager.Config) {
	c.Policy = manager.RulePolicy{Rules: []manager.Rule{{Role: manager.RoleProvider, Services: []string{"open-dienst"}, MaxValidity: 36 * time.Hour}}}
}

func ruleFor(service string) controller.RuleForm {
	return controller.RuleForm{
		Name: "voor " + service, Enabled: true, Role: manager.RoleProvider, Services: []string{service}, Consumers: []fsc.PeerID{source},
		Properties: []controller.PropertyForm{}, AllowOtherProperties: true,
	}
}

func TestARuleSignsFromThenOnUntilItIsTurnedOff(t *testing.T) {
	h := newTownHall(t, configuredRule)
	h.learn(t)
	h.offers(t, "personen")
	admin := h.person(t, operator.RoleAdministrator)
	rule, err := h.PutRule(t.Context(), admin, ruleFor("personen"))
	must(t, err)
	if rule.ConsumerPeers[0].Name != "Dienst Bron" || rule.Origin != manager.OriginStored {
		t.Errorf("%+v", rule)
	}
	state := func(c *fsc.Content) fsc.ContractState {
		d, err := h.Contract(t.Context(), admin, c.Hash())
		must(t, err)
		return d.State
	}
	if got := state(h.offer(t, h.called("personen"))); got != fsc.StateValid {
		t.Errorf("with the rule: %s", got)
	}
	if rule, err = h.EnableRule(t.Context(), admin, rule.ID, false); err != nil || rule.Enabled {
		t.Fatalf("%+v %v", rule, err)
	}
	if got := state(h.offer(t, h.called("personen"))); got != fsc.StateProposed {
		t.Errorf("with the rule turned off: %s", got)
	}
	must(t, h.DeleteRule(t.Context(), admin, rule.ID))
	rules, err := h.Rules(t.Context(), admin)
	must(t, err)
	if len(rules) != 1 || rules[0].Origin != manager.OriginConfiguration || rules[0].MaxValidity != 36*time.Hour || rules[0].MaxValidityDays != 2 {
		t.Errorf("rules at the end: %+v", rules)
	}
	want := []string{"rule.put " + rule.ID + " ok", "rule.put " + rule.ID + " ok", "rule.delete " + rule.ID + " ok"}
	if got := h.acts(t); !slices.Equal(got, want) {
		t.Errorf("audit trail %q", got)
	}
}

func TestRulesThatCannotBeAreRefused(t *testing.T) {
	h := newTownHall(t, configuredRule)
	admin := h.person(t, operator.RoleAdministrator)
	_, err := h.PutRule(t.Context(), admin, controller.RuleForm{
		Role: "king", Services: []string{"a b"}, Consumers: []fsc.PeerID{"1"}, MaxValidityDays: -1,
		Properties: []controller.PropertyForm{{Name: "a", Value: "b"}},
	})
	var got []string
	for _, e := range controller.FieldErrors(err) {
		got = append(got, e.Field)
	}
	if want := []string{"name", "role", "maxValidityDays", "consumers", "services", "properties[0].value"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for name, err := range map[string]error{
		"conflict ": h.DeleteRule(t.Context(), admin, "configuration-1"), "not_found ": h.DeleteRule(t.Context(), admin, "nothing"),
		"forbidden ": h.DeleteRule(t.Context(), h.person(t, operator.RoleSigner), "configuration-1"),
	} {
		if kindOf(err) != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	changed := ruleFor("personen")
	changed.ID = "configuration-1"
	if _, err := h.PutRule(t.Context(), admin, changed); kindOf(err) != "conflict " {
		t.Errorf("changing a rule of the configuration: %v", err)
	}
}

func TestARuleNeedsASecondPersonWhereSigningDoes(t *testing.T) {
	h := newTownHall(t)
	h.withSecond("contract.accept")
	first, second := h.staff(t, "eerste", operator.RoleAdministrator), h.staff(t, "tweede", operator.RoleAdministrator)
	if _, err := h.PutRule(t.Context(), first, ruleFor("personen")); kindOf(err) != "second_person " {
		t.Fatalf("alone: %v", err)
	}
	if rules, err := h.Rules(t.Context(), first); err != nil || len(rules) != 0 {
		t.Fatalf("a rule that waits: %+v %v", rules, err)
	}
	waiting, err := h.Requests(t.Context(), second)
	must(t, err)
	if _, err := h.Decide(t.Context(), second, waiting[0].ID, true); err != nil {
		t.Fatal(err)
	}
	rules, err := h.Rules(t.Context(), first)
	must(t, err)
	if len(rules) != 1 || !rules[0].Enabled {
		t.Fatalf("%+v", rules)
	}
	if _, err := h.EnableRule(t.Context(), first, rules[0].ID, false); err != nil {
		t.Errorf("turning it off alone: %v", err)
	}
	if _, err := h.EnableRule(t.Context(), first, rules[0].ID, true); kindOf(err) != "second_person " {
		t.Errorf("turning it on alone: %v", err)
	}
}

func TestADryRunTellsWhatARuleWouldHaveSigned(t *testing.T) {
	h := newTownHall(t)
	h.learn(t)
	h.offers(t, "personen")
	h.offers(t, "adressen")
	h.offer(t, h.called("personen"))
	h.offer(t, h.called("adressen"))
	reader := h.person(t, operator.RoleReader)
	run, err := h.DryRun(t.Context(), reader, ruleFor("personen"), noon.AddDate(0, 0, -30))
	must(t, err)
	if run.Signs != 1 || len(run.Proposals) != 2 || run.Truncated {
		t.Fatalf("%+v", run)
	}
	for _, p := range run.Proposals {
		if fits := p.Contract.Grants[0].Service == "personen"; p.Decision.Accepts != fits {
			t.Errorf("%s: %+v", p.Contract.Grants[0].Service, p.Decision)
		}
		if p.Contract.State != fsc.StateProposed {
			t.Errorf("the dry run signed %s", p.Contract.Hash)
		}
	}
	if _, err := h.DryRun(t.Context(), reader, ruleFor("personen"), noon.AddDate(-9, 0, 0)); kindOf(err) != "invalid since" {
		t.Errorf("too far back: %v", err)
	}
}
