// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/controller"
)

type obligationsPage struct {
	Rows     []obligationRow
	Types    []option
	Total    int
	Cursors  cursors
	Filtered bool
	CLI      string
}

// obligationRow is a promise with its term.
type obligationRow struct {
	controller.Obligation
	URL, Title, Kind, Roles string
	Word                    wordView
	LastDay                 time.Time
	FrameworkURL            string // empty when the row is the framework itself
	// Notice tells when to decide what comes after it; empty: there is no such moment.
	Notice string
	Late   bool // a notice has passed and the end is near
}

// pathWord writes a hash or another word as a part of an address.
func pathWord[T ~string](s T) string { return url.PathEscape(string(s)) }

func (s *server) obligationsList(q *request) error {
	number, _ := strconv.ParseInt(q.query("type"), 10, 32)
	f := controller.ObligationFilter{Text: q.query("q"), Type: deed.Type(number), Over: q.query("over") == "yes", Place: q.places()}
	w, err := s.cfg.Controller.Obligations(q.Ctx, q.Actor, f)
	if err != nil {
		return err
	}
	d := &obligationsPage{
		Total: w.Total, Cursors: cursorsOf(w.Previous, w.Next), Filtered: f.Text != "" || f.Type != 0 || f.Over,
		Types: []option{{"", q.t("obligations.types")}}, CLI: "samenspel obligation list",
	}
	for _, t := range controller.ObligationTypes() {
		d.Types = append(d.Types, option{decimal(int64(t)), q.deedKind(t)})
	}
	for i := range w.Items {
		d.Rows = append(d.Rows, q.obligationRow(&w.Items[i]))
	}
	if q.wants("csv") {
		return q.obligationsCSV(d.Rows)
	}
	return q.render("obligations", q.t("obligations.title"), d)
}

func (q *request) obligationRow(o *controller.Obligation) obligationRow {
	row := obligationRow{Obligation: *o, URL: deedURL(o.Hash), Title: q.deedTitle(o.TitledDeed), Kind: q.deedKind(o.Type), Word: q.wordOf(o.Word)}
	var roles []string
	for _, r := range o.Roles {
		roles = append(roles, q.roleText(r))
	}
	row.Roles = strings.Join(roles, ", ")
	if !o.Ends.IsZero() {
		row.LastDay = o.Ends.Add(-time.Second)
	}
	if o.Framework != "" && o.Framework != o.Hash {
		row.FrameworkURL = deedURL(o.Framework)
	}
	switch {
	case o.Final || len(o.Notices) == 0:
	case o.Next.Months > 0:
		row.Notice = q.t("obligations.notice", "date", formatDate(q.Lang, o.Next.At, location()), "months", o.Next.Months)
	default:
		row.Notice, row.Late = q.t("obligations.notice.passed"), true
	}
	return row
}

// roleText names a role in a deed.
func (q *request) roleText(r deed.Role) string {
	if key := "collective.role." + string(r); q.s.words[q.Lang].has(key) {
		return q.t(key)
	}
	return q.t("collective.role.other")
}

func (q *request) obligationsCSV(rows []obligationRow) error {
	header := []string{"deed", "type", "title", "roles", "with", "state", "begins", "ends", "notice_18_months", "notice_12_months", "notice_6_months"}
	return q.csv("obligations", header, each(rows, func(o obligationRow) []string {
		row := []string{
			string(o.Hash), o.Kind, o.Obligation.Title, o.Roles, q.wholeNames(o.Others), string(o.Obligation.Word), dayText(o.Begins), lastDayText(o.Ends),
		}
		for i := range 3 {
			day := ""
			if i < len(o.Notices) {
				day = dayText(o.Notices[i].At)
			}
			row = append(row, day)
		}
		return row
	}))
}

// wholeNames names organisations in a file.
func (q *request) wholeNames(peers []fsc.Peer) string {
	var out []string
	for _, p := range peers {
		out = append(out, strings.TrimSpace(p.Name+" "+string(p.ID)))
	}
	return strings.Join(out, "; ")
}
