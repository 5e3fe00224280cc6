// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// registerPolicy registers the pages of this area.
func (s *server) registerPolicy() {
	s.handle("GET /policy", operator.PermissionRead, s.policyList)
	s.handle("POST /policy", operator.PermissionManage, s.policyPut)
	s.handle("GET /policy/new", operator.PermissionManage, s.policyNew)
	s.handle("GET /policy/dry-run", operator.PermissionRead, s.policyDryRun)
	s.handle("GET /policy/{id}", operator.PermissionRead, s.policyEdit)
	s.handle("POST /policy/{id}/enable", operator.PermissionManage, func(q *request) error { return s.policyEnable(q, true) })
	s.handle("POST /policy/{id}/disable", operator.PermissionManage, func(q *request) error { return s.policyEnable(q, false) })
	s.handle("GET /policy/{id}/delete", operator.PermissionManage, s.policyConfirm)
	s.handle("POST /policy/{id}/delete", operator.PermissionManage, s.policyDelete)
}

// policyView is the list of rules.
type policyView struct{ Rules []ruleView }

// ruleView is one rule in words.
type ruleView struct {
	controller.Rule
	Path, Try, Badge string
	Stored           bool
	Role             string
	Conditions       []string
	Waiting          []string
}

func (s *server) policyList(q *request) error {
	rules, err := s.cfg.Controller.Rules(q.Ctx, q.Actor)
	if err != nil {
		return err
	}
	if q.wants("csv") {
		return q.csv("policy", policyHeader(q), policyRows(q, rules))
	}
	v := policyView{}
	for _, r := range rules {
		v.Rules = append(v.Rules, q.ruleView(r))
	}
	return q.render("policy", q.t("policy.title"), v)
}

func policyHeader(q *request) []string {
	var out []string
	for _, key := range []string{"name", "origin", "state", "role", "conditions"} {
		out = append(out, q.t("policy.column."+key))
	}
	return out
}

func policyRows(q *request, rules []controller.Rule) func(func([]string, error) bool) {
	return func(yield func([]string, error) bool) {
		for _, r := range rules {
			v := q.ruleView(r)
			row := []string{r.Name, q.t("policy.origin." + string(r.Origin)), q.t("state." + v.Badge), v.Role, strings.Join(v.Conditions, "; ")}
			if !yield(row, nil) {
				return
			}
		}
	}
}

func (q *request) ruleView(r controller.Rule) ruleView {
	v := ruleView{
		Rule: r, Path: "/policy/" + r.ID, Badge: "disabled", Stored: r.Origin == manager.OriginStored,
		Role: q.t("policy.role." + string(r.Role)), Try: "/policy/dry-run?" + ruleValues(r.RuleForm).Encode(),
	}
	if r.Enabled {
		v.Badge = "enabled"
	}
	add := func(is bool, key string, args ...any) {
		if is {
			v.Conditions = append(v.Conditions, q.t("policy.if."+key, args...))
		}
	}
	add(len(r.Services) > 0, "services", "services", strings.Join(r.Services, ", "))
	add(len(r.Providers) > 0, "providers", "peers", q.peersText(r.ProviderPeers))
	add(len(r.Consumers) > 0, "consumers", "peers", q.peersText(r.ConsumerPeers))
	add(len(r.Delegators) > 0, "delegators", "peers", q.peersText(r.DelegatorPeers))
	add(len(r.Delegators) == 0, "no_delegators")
	add(r.MaxValidity > 0, "max_validity", "count", r.MaxValidityDays)
	for _, p := range r.Properties {
		add(true, "property", "name", visible(p.Name), "value", visible(p.Value))
	}
	add(!r.AllowOtherProperties, "no_other_properties")
	for _, w := range r.Requests {
		v.Waiting = append(v.Waiting, q.t("policy.waiting", "name", visible(w.Name)))
	}
	return v
}

// ruleFormView is the form of a rule.
type ruleFormView struct {
	ID         string
	Configured bool // can't be changed here
	Roles      []option
	Properties []string // prefixes of the fields of properties
	Second     bool
	Rule       *ruleView
}

func (s *server) policyNew(q *request) error {
	if !q.r.URL.Query().Has("role") {
		q.showForm(ruleValues(controller.RuleForm{Role: manager.RoleProvider}))
	}
	return s.policyForm(q, nil)
}

func (s *server) policyEdit(q *request) error {
	r, err := s.cfg.Controller.Rule(q.Ctx, q.Actor, q.path("id"))
	if err != nil {
		return err
	}
	q.showForm(ruleValues(r.RuleForm))
	return s.policyForm(q, r)
}

func (s *server) policyForm(q *request, r *controller.Rule) error {
	v := ruleFormView{ID: q.field("id"), Second: s.people.NeedsSecond("rule.put") || s.people.NeedsSecond("contract.accept")}
	for _, role := range controller.RuleRoles() {
		v.Roles = append(v.Roles, option{string(role), q.t("policy.role." + string(role))})
	}
	values := q.form
	if q.r.Method == http.MethodGet {
		values = q.r.URL.Query()
	}
	for j := range ruleRows(values) {
		v.Properties = append(v.Properties, "p"+strconv.Itoa(j)+".")
	}
	title := q.t("policy.new")
	if r != nil {
		one := q.ruleView(*r)
		v.Rule, v.Configured = &one, !one.Stored
		title = q.t("policy.edit", "name", visible(r.Name))
	}
	return q.render("policy_form", title, v)
}

func (s *server) policyPut(q *request) error {
	w := ruleForm{values: q.form}
	f := w.read()
	rule, err := s.cfg.Controller.PutRule(q.Ctx, q.Actor, f)
	if q.retryForm(err) {
		for i := range q.problems {
			q.problems[i] = q.ruleProblem(q.problems[i], &w)
		}
		return s.policyForm(q, nil)
	}
	if err != nil {
		return err
	}
	return q.redirect("/policy", "policy.flash.put", "name", visible(rule.Name))
}

// ruleProblem gives a problem the field and words of this page.
func (q *request) ruleProblem(p fieldProblem, w *ruleForm) fieldProblem {
	field := p.Field
	if rest, ok := strings.CutPrefix(field, "properties["); ok {
		number, last, _ := strings.Cut(rest, "].")
		if j, err := strconv.Atoi(number); err == nil && j < len(w.rows) {
			return fieldProblem{Field: "p" + strconv.Itoa(w.rows[j]) + "." + last, Text: q.t("contracts.problem." + last)}
		}
	}
	if field == "max_validity" {
		p.Field = "maxValidityDays"
	}
	if key := "policy.problem." + p.Field; q.s.words[q.Lang].has(key) {
		p.Text = q.t(key)
	}
	return p
}

func (s *server) policyEnable(q *request, on bool) error {
	r, err := s.cfg.Controller.EnableRule(q.Ctx, q.Actor, q.path("id"), on)
	if err != nil {
		return err
	}
	if on {
		return q.redirect("/policy", "policy.flash.enabled", "name", visible(r.Name))
	}
	return q.redirect("/policy", "policy.flash.disabled", "name", visible(r.Name))
}

func (s *server) policyConfirm(q *request) error {
	r, err := s.cfg.Controller.Rule(q.Ctx, q.Actor, q.path("id"))
	if err != nil {
		return err
	}
	return q.confirm(confirmation{
		Question: q.t("policy.delete.question", "name", visible(r.Name)), Consequences: []string{q.t("policy.delete.text")},
		Action: "/policy/" + r.ID + "/delete", Button: q.t("policy.delete.button"), Cancel: "/policy",
	})
}

func (s *server) policyDelete(q *request) error {
	if q.value("confirmed") != "yes" {
		return q.redirect("/policy/"+q.path("id")+"/delete", "")
	}
	if err := s.cfg.Controller.DeleteRule(q.Ctx, q.Actor, q.path("id")); err != nil {
		return err
	}
	return q.redirect("/policy", "policy.flash.deleted")
}
