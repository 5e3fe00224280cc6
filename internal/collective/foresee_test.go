// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"testing"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

func TestWhatCannotWorkIsForeseenBeforeTheSupplierIsAsked(t *testing.T) {
	c := newCircle(t, office, maker, duinwijk)
	f := c.mantel(1000, duinwijk)
	a, err := c.accede(duinwijk, f, 400, 300)
	fatal(t, err)
	c.settle()
	for name, tc := range map[string]struct {
		days int64
		want rule.State
		code rule.ReasonCode
	}{
		"within the term of the framework": {365, "signed", ""},
		"beyond its tail":                  {800, rule.Refused, rule.ReasonCode(dossier.ReasonTail)},
	} {
		t.Run(name, func(t *testing.T) {
			content, err := c.at(duinwijk).Draft(deed.Draft{
				Type: dossier.TypeCallOff, Parents: []deed.Hash{f, a}, Rule: deed.Rule{Kind: deed.RuleAll}, NotAfter: c.now().Unix() + tc.days*day,
				Parties: []deed.Party{{PeerID: duinwijk, Role: dossier.RoleBuyer}, {PeerID: maker, Role: dossier.RoleSupplier}},
				Body:    body(t, dossier.CallOff{Lot: "1", Quantity: 250, Value: 100, Services: []string{"verhuizing-doorgeven"}}),
			})
			fatal(t, err)
			s, err := c.at(duinwijk).Foresee(t.Context(), content)
			fatal(t, err)
			if s.State != tc.want || tc.code != "" && (len(s.Reasons) != 1 || s.Reasons[0].Code != tc.code || s.Reasons[0].Source == "") {
				t.Errorf("foresees %s %v, want %s with %q", s.State, s.Reasons, tc.want, tc.code)
			}
			if _, err := c.at(duinwijk).State(t.Context(), content.Hash()); err == nil {
				t.Error("what was only foreseen is there")
			}
		})
	}
}
