// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/url"
	"reflect"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// policyFixtures are the pages of rules.
func policyFixtures() []fixture {
	q := drawRequest(wordsOnly())
	var out []fixture
	for name, text := range map[string]string{"full": "personen", "hostile": hostileText} {
		peers := []fsc.Peer{{ID: "00000099000000002000", Name: text}, {ID: "00000099000000003000"}}
		rule := controller.Rule{
			RuleForm: controller.RuleForm{
				ID: "1", Name: text, Role: manager.RoleProvider, Services: []string{text}, MaxValidityDays: 2, Enabled: true,
				Providers: []fsc.PeerID{"1"}, Consumers: []fsc.PeerID{"1"}, Delegators: []fsc.PeerID{"1"},
				Properties: []controller.PropertyForm{{Name: text, Value: text}},
			},
			Origin: manager.OriginStored, CreatedAt: testNow(), MaxValidity: 48, ProviderPeers: peers, ConsumerPeers: peers, DelegatorPeers: peers,
			Requests: []operator.Request{{Name: text}},
		}
		fixed := controller.Rule{RuleForm: controller.RuleForm{ID: "configuration-1", Name: "configuration-1", Role: manager.RoleDelegator}, Origin: manager.OriginConfiguration}
		one := q.ruleView(rule)
		form := ruleFormView{ID: "1", Configured: true, Second: true, Roles: []option{{"provider", text}}, Properties: []string{"p0.", "p1."}, Rule: &one}
		c := someContract(text)
		dry := dryRunView{
			Since: testNow(), Days: []option{{"90", text}}, Hidden: []option{{"name", text}}, Signs: 1, All: 2, Truncated: true, Edit: "/policy/new", Name: text,
			Rows: []dryRunRow{
				q.dryRunRow(&controller.DryRunProposal{Contract: c.Contract, Decision: *c.Decision}),
				q.dryRunRow(&controller.DryRunProposal{Contract: c.Contract, SignedNow: true, Decision: manager.Decision{Accepts: true}}),
				q.dryRunRow(&controller.DryRunProposal{Contract: c.Contract, Decision: manager.Decision{Reason: manager.ReasonNotOffered, Detail: text}}),
			},
		}
		out = append(out,
			fixture{page: "policy", name: name, data: policyView{Rules: []ruleView{one, q.ruleView(fixed)}}},
			fixture{page: "policy_form", name: name, data: form, path: "/policy/1?" + ruleValues(rule.RuleForm).Encode(), problems: problems{{Field: "name", Text: text}}},
			fixture{page: "policy_dryrun", name: name, data: dry},
		)
	}
	return append(out,
		fixture{page: "policy", name: "empty", data: policyView{}},
		fixture{page: "policy_dryrun", name: "empty", data: dryRunView{Since: testNow(), Edit: "/policy/new"}},
	)
}

func TestARuleIsReadBackFromItsFields(t *testing.T) {
	f := controller.RuleForm{
		ID: "1", Name: "voor de zorg", Enabled: true, Role: manager.RoleProvider, Services: []string{"een", "twee"},
		Consumers: []fsc.PeerID{"00000099000000002000", "00000099000000003000"}, MaxValidityDays: 365, AllowOtherProperties: true,
		Properties: []controller.PropertyForm{{Name: "doel", Value: `"zorg"`}, {Name: "lijst", Value: `[1]`}},
	}
	w := ruleForm{values: ruleValues(f)}
	if got := w.read(); !reflect.DeepEqual(got, f) {
		t.Errorf("got  %+v\nwant %+v", got, f)
	}
	w = ruleForm{values: url.Values{"consumers": {"Een (00000099000000002000)\r\n\r\n00000099000000003000, 00000099000000003000"}, "maxValidityDays": {"veel"}}}
	got := w.read()
	if len(got.Consumers) != 2 || got.Consumers[0] != "00000099000000002000" || got.MaxValidityDays != -1 {
		t.Errorf("as typed: %+v", got)
	}
}
