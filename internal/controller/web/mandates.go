// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"strconv"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/controller"
)

type mandatesPage struct {
	Rows    []mandateRow
	Total   int
	Cursors cursors
	CLI     string
}

type mandateRow struct {
	controller.Mandate
	URL, Types, Ceiling string
	LastDay             time.Time
	Word                wordView
}

func (q *request) mandateRow(m *controller.Mandate) mandateRow {
	row := mandateRow{Mandate: *m, URL: deedURL(m.Hash), Word: q.wordOf(m.Word), Ceiling: q.t("mandates.ceiling.none")}
	var types []string
	for _, t := range m.Types {
		types = append(types, q.deedKind(t))
	}
	row.Types = strings.Join(types, ", ")
	if m.CeilingCents > 0 {
		row.Ceiling = moneyText(q.Lang, m.CeilingCents)
	}
	if !m.NotAfter.IsZero() {
		row.LastDay = m.NotAfter.Add(-time.Second)
	}
	return row
}

func (s *server) mandatesList(q *request) error {
	w, err := s.cfg.Controller.Mandates(q.Ctx, q.Actor, q.places())
	if err != nil {
		return err
	}
	d := &mandatesPage{Total: w.Total, Cursors: cursorsOf(w.Previous, w.Next), CLI: "samenspel mandate list"}
	for i := range w.Items {
		d.Rows = append(d.Rows, q.mandateRow(&w.Items[i]))
	}
	return q.render("mandates", q.t("mandates.title"), d)
}

type mandateView struct {
	Row       mandateRow
	Reasons   []reasonView
	History   []stepView
	RevokeURL string
	CLI       string
}

func (s *server) mandateDetail(q *request) error {
	m, err := s.cfg.Controller.Mandate(q.Ctx, q.Actor, deed.Hash(q.path("hash")))
	if err != nil {
		return err
	}
	return q.render("mandate", q.t("mandates.one", "name", brief(m.Mandatary.Name)), q.mandateView(m))
}

func (q *request) mandateView(m *controller.Mandate) *mandateView {
	v := &mandateView{
		Row: q.mandateRow(m), Reasons: q.reasonViews(m.Reasons), History: q.stepViews(m.History), CLI: "samenspel mandate show " + quoted(string(m.Hash)),
	}
	if m.MayRevoke {
		v.RevokeURL = signURL(m.Hash, deed.Revoke)
	}
	return v
}

// mandateForm is the form of a new mandate.
type mandateForm struct {
	Types   []typeChoice
	Keepers []option
	Self    string
	Until   string
	CLI     string
}

// typeChoice is a type of deeds that a mandate may be for.
type typeChoice struct {
	Number, Text string
	Chosen       bool
}

func (s *server) mandateNew(q *request) error {
	f := &mandateForm{
		Self: string(q.s.self.ID), Until: dayText(s.cfg.Now().AddDate(1, 0, 0)),
		CLI: "samenspel mandate give " + strings.Repeat("0", 64) + " --type 111 --until " + dayText(s.cfg.Now().AddDate(1, 0, 0)),
	}
	for _, t := range controller.MandateTypes() {
		f.Types = append(f.Types, typeChoice{decimal(int64(t)), q.deedKind(t), strings.Contains(" "+strings.Join(q.form["type"], " ")+" ", " "+decimal(int64(t))+" ")})
	}
	var err error
	if f.Keepers, err = s.keeperOptions(q); err != nil {
		return err
	}
	return q.render("mandate_new", q.t("mandates.new"), f)
}

func (s *server) mandateGive(q *request) error {
	f := controller.MandateForm{
		Mandatary: fsc.PeerID(q.value("mandatary")), KeyThumbprint: strings.ToLower(strings.TrimSpace(q.value("keyThumbprint"))), Keeper: fsc.PeerID(q.value("keeper")),
	}
	for _, v := range q.form["type"] {
		n, _ := strconv.ParseInt(v, 10, 32)
		f.Types = append(f.Types, deed.Type(n))
	}
	if text := q.value("ceilingCents"); text != "" {
		cents, ok := readMoney(text)
		if !ok {
			cents = -1
		}
		f.CeilingCents = cents
	}
	if day, err := time.ParseInLocation(time.DateOnly, q.value("notAfter"), location()); err == nil {
		f.NotAfter = day.AddDate(0, 0, 1)
	}
	h, err := s.cfg.Controller.GiveMandate(q.Ctx, q.Actor, f)
	if q.retry(err) {
		return s.mandateNew(q)
	}
	if err != nil {
		return err
	}
	return q.redirect(deedURL(h), "mandates.flash.given")
}
