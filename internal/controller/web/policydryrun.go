// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
)

// dryRunView is what a rule would have done.
type dryRunView struct {
	Since     time.Time
	Days      []option
	Hidden    []option
	Signs     int
	All       int
	Truncated bool
	Rows      []dryRunRow
	Edit      string
	Name      string
}

type dryRunRow struct {
	Path, Services string
	Hash           fsc.ContentHash
	Peers          []fsc.Peer
	CreatedAt      time.Time
	Badge, Would   string
	SignedNow      bool
	Reasons        []string
}

func (s *server) policyDryRun(q *request) error {
	w := ruleForm{values: q.r.URL.Query()}
	f := w.read()
	days, err := strconv.Atoi(q.query("days"))
	if err != nil || days < 1 || days > 366 {
		days = 90
	}
	run, err := s.cfg.Controller.DryRun(q.Ctx, q.Actor, f, s.cfg.Now().AddDate(0, 0, -days))
	if q.retryForm(err) {
		for i := range q.problems {
			q.problems[i] = q.ruleProblem(q.problems[i], &w)
		}
		return s.policyForm(q, nil)
	}
	if err != nil {
		return err
	}
	if q.wants("csv") {
		return q.csv("dry-run", dryRunHeader(q), dryRunCells(q, run))
	}
	v := dryRunView{Since: run.Since, Signs: run.Signs, All: len(run.Proposals), Truncated: run.Truncated, Name: f.Name}
	for _, d := range []int{30, 90, 366} {
		v.Days = append(v.Days, option{strconv.Itoa(d), q.t("policy.dry.days", "count", d)})
	}
	values := ruleValues(f)
	if v.Edit = "/policy/new?" + values.Encode(); f.ID != "" {
		v.Edit = "/policy/" + f.ID
	}
	for name := range values {
		v.Hidden = append(v.Hidden, option{name, values.Get(name)})
	}
	sortOptions(v.Hidden)
	for i := range run.Proposals {
		v.Rows = append(v.Rows, q.dryRunRow(&run.Proposals[i]))
	}
	return q.render("policy_dryrun", q.t("policy.dry.title"), v)
}

func (q *request) dryRunRow(p *controller.DryRunProposal) dryRunRow {
	row := dryRunRow{
		Path: contractPath(p.Contract.Hash), Services: services(&p.Contract), Hash: p.Contract.Hash, Peers: others(&p.Contract),
		CreatedAt: p.Contract.CreatedAt, Badge: stateBadge(&p.Contract), SignedNow: p.SignedNow, Would: "no",
	}
	if p.Decision.Accepts {
		row.Would = "yes"
		return row
	}
	row.Reasons = q.decisionTexts(p.Decision)
	return row
}

func dryRunHeader(q *request) []string {
	return []string{
		q.t("contracts.csv.hash"), q.t("contracts.csv.services"), q.t("contracts.csv.peers"), q.t("contracts.csv.created"),
		q.t("contracts.csv.state"), q.t("policy.dry.would"), q.t("policy.dry.reasons"),
	}
}

func dryRunCells(q *request, run *controller.DryRun) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for i := range run.Proposals {
			row := q.dryRunRow(&run.Proposals[i])
			cells := []string{
				string(row.Hash), row.Services, q.peersCell(row.Peers), row.CreatedAt.UTC().Format(time.RFC3339),
				q.t("state." + row.Badge), q.t("policy.dry.would." + row.Would), strings.Join(row.Reasons, " "),
			}
			if !yield(cells, nil) {
				return
			}
		}
	}
}
