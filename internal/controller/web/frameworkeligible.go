// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"cmp"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/controller"
)

// Groups of organisations that can be put on the list of a tender at once begin
// with what they are.
const (
	groupOfDeeds    = "group:"
	groupOfProvince = "province:"
)

// eligibleGroups are the groups that a form offers: those that were founded, and
// the provinces of the register.
func (s *server) eligibleGroups(q *request) ([]option, error) {
	groups, err := s.cfg.Controller.Groups(q.Ctx, q.Actor, "", controller.Place{})
	if err != nil {
		return nil, err
	}
	out := []option{{"", q.t("frameworks.group.none")}}
	for i := range groups.Items {
		row := q.groupRow(&groups.Items[i])
		out = append(out, option{groupOfDeeds + string(row.Hash), row.Name})
	}
	adoption, err := s.cfg.Controller.Adoption(q.Ctx, q.Actor, "")
	if err != nil {
		return nil, err
	}
	for _, p := range adoption {
		if p.Province != "" {
			out = append(out, option{groupOfProvince + p.Province, q.t("frameworks.group.province", "province", p.Province)})
		}
	}
	return out, nil
}

// addGroup puts the members of the chosen group on the list, each once.
func (s *server) addGroup(q *request, d *frameworkDraft) error {
	members, err := s.membersOf(q, d.get("group"))
	if q.retry(err) {
		q.renameProblem("province", "group")
		return nil
	}
	if err != nil {
		return err
	}
	list := peerLines(d.get("eligible") + "\n" + onLines(members))
	d.values.Set("eligible", onLines(list))
	d.values.Del("group")
	return nil
}

func (s *server) membersOf(q *request, group string) ([]fsc.PeerID, error) {
	var out []fsc.PeerID
	if h, ok := strings.CutPrefix(group, groupOfDeeds); ok {
		g, err := s.cfg.Controller.Group(q.Ctx, q.Actor, deed.Hash(h))
		if err != nil {
			return nil, err
		}
		for i := range g.Memberships {
			if m := &g.Memberships[i]; !m.Final {
				out = append(out, m.Member.ID)
			}
		}
		return out, nil
	}
	province, ok := strings.CutPrefix(group, groupOfProvince)
	if !ok {
		q.wrong("group", "frameworks.problem.group")
		return nil, nil
	}
	p, err := s.cfg.Controller.ProposeGroup(q.Actor, controller.GroupSource{Province: cmp.Or(province, "-")})
	if err != nil {
		return nil, err
	}
	for _, m := range p.Candidates {
		if m.OIN != "" {
			out = append(out, fsc.PeerID(m.OIN))
		}
	}
	return out, nil
}
