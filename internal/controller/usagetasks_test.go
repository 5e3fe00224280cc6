// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/controller"
)

// states lets a side of a call-off state a number of calls in this month.
func (all *alliance) states(t *testing.T, id fsc.PeerID, role deed.Role, callOff deed.Hash, m usage.Month, root usage.Root) {
	t.Helper()
	body, err := json.Marshal(usage.Statement{Month: m, Count: 3, Root: root})
	check(t, err)
	_, err = all.Desk(id).Propose(t.Context(), deed.Draft{
		Type: usage.TypeStatement, Parents: []deed.Hash{callOff}, Rule: deed.Rule{Kind: deed.RuleOne}, Body: body, Parties: []deed.Party{{PeerID: id, Role: role}},
	}, collective.Act{Act: deed.Accept, Role: role})
	check(t, err)
	all.Settle()
}

func TestAMonthThatTheOtherSideStatedOrThatDiffersIsToDo(t *testing.T) {
	all := newAlliance(t)
	o := all.buys(t, anna, all.Mantel(evert, 1000, anna))
	now := all.Now()
	month := usage.Month{Year: now.Year(), Month: now.Month()}
	all.Pass(time.Date(now.Year(), now.Month()+1, 1, 1, 0, 0, 0, time.UTC).Sub(now)) // before certificates end
	months := func(id fsc.PeerID) []controller.UsageTask {
		t.Helper()
		tasks, err := all.at[id].Tasks(t.Context(), everything())
		check(t, err)
		if len(tasks.Months) > tasks.Count() {
			t.Errorf("%d months of %d tasks", len(tasks.Months), tasks.Count())
		}
		return tasks.Months
	}
	all.states(t, evert, dossier.RoleSupplier, o, month, usage.Root{1})
	if got := months(anna); len(got) != 1 || got[0].CallOff != o || got[0].Month != month || got[0].Word != collective.UsageStated || got[0].Other.ID != evert || got[0].Title == "" {
		t.Fatalf("the buyer has to do %+v", got)
	}
	if got := months(evert); len(got) != 0 {
		t.Errorf("who stated it has to do %+v", got)
	}
	all.states(t, anna, dossier.RoleBuyer, o, month, usage.Root{2})
	for id, other := range map[fsc.PeerID]fsc.PeerID{anna: evert, evert: anna} {
		if got := months(id); len(got) != 1 || got[0].Word != collective.UsageDisputed || got[0].Other.ID != other {
			t.Errorf("%s has to do %+v", id, got)
		}
	}
	if got := months(cora); len(got) != 0 {
		t.Errorf("the keeper has to do %+v", got)
	}
}
