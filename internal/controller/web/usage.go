// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"strconv"
	"strings"
	"time"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// registerUsage registers the pages about how much of a call-off was used.
func (s *server) registerUsage() {
	s.handle("GET /calloffs/{hash}/usage", operator.PermissionRead, s.usageList)
	s.handle("GET /calloffs/{hash}/usage/{month}", operator.PermissionRead, s.usageMonth)
	s.handle("POST /calloffs/{hash}/usage/{month}/state", operator.PermissionSign, s.usageState)
	s.handle("POST /calloffs/{hash}/usage/{month}/agree", operator.PermissionSign, s.usageAgree)
}

// usagePage lists the months of a call-off.
type usagePage struct {
	Row     callOffRow
	Months  []usageView
	Cursors cursors
	CLI     string
}

// usageView is one month.
type usageView struct {
	*collective.UsageMonth
	Name, URL, BackURL string
	State              wordView
	Next               string // what happens now, and whose turn it is
	// MayState and MayAgree tell what this person can do here.
	MayState, MayAgree bool
	// Count is the number that a settlement would begin with.
	Count                   string
	CLI, StateURL, AgreeURL string
}

func usageURL(h deed.Hash) string { return deedURL(h) + "/usage" }

func (q *request) monthText(m usage.Month) string {
	if m.Month < time.January || m.Month > time.December {
		return ""
	}
	return monthNames[q.Lang][m.Month-1] + " " + strconv.Itoa(m.Year)
}

func (q *request) usageView(part string, m *collective.UsageMonth) usageView {
	at := usageURL(m.CallOff)
	v := usageView{
		UsageMonth: m, Name: q.monthText(m.Month), URL: at + "/" + m.Month.String(), BackURL: at,
		State: wordView{usageClass(m.Word), "usage.word." + string(m.Word)},
	}
	v.StateURL, v.AgreeURL = v.URL+"/state", v.URL+"/agree"
	v.CLI = "samenspel usage show " + quoted(string(m.CallOff)) + " " + m.Month.String()
	if key := "usage.next." + string(m.Word); q.s.words[q.Lang].has(key) {
		v.Next = q.t(key)
	}
	if part == "" || !q.maySign() {
		return v
	}
	switch m.Word {
	case collective.UsageRunning, collective.UsageOpen, collective.UsageStated:
		v.MayState = true
	case collective.UsageDisputed, collective.UsageSettling:
		v.MayState = m.Report == nil || m.Report.Difference == nil
		v.MayAgree = true
	default:
	}
	if m.Settlement != nil {
		v.Count = decimal(m.Settlement.Count)
	}
	return v
}

func usageClass(w collective.UsageWord) string {
	switch w {
	case collective.UsageAgreed, collective.UsageSettled:
		return "ok"
	case collective.UsageDisputed:
		return "problem"
	case collective.UsageOpen, collective.UsageStated, collective.UsageSettling:
		return "waiting"
	default:
		return "plain"
	}
}

func (s *server) usageList(q *request) error {
	h := deed.Hash(q.path("hash"))
	o, err := s.cfg.Controller.CallOff(q.Ctx, q.Actor, h)
	if err != nil {
		return err
	}
	w, err := s.cfg.Controller.Usage(q.Ctx, q.Actor, h, q.places())
	if err != nil {
		return err
	}
	d := &usagePage{Row: q.callOffRow(&o.CallOff), Cursors: cursorsOf(w.Previous, w.Next), CLI: "samenspel usage list " + quoted(string(h))}
	for i := range w.Items {
		d.Months = append(d.Months, q.usageView(o.Part, &w.Items[i]))
	}
	return q.render("usage", q.t("usage.title"), d)
}

// showMonth shows a month, with what was counted in it just now if that isn't kept.
func (s *server) showMonth(q *request, counted *collective.UsageMonth) error {
	h := deed.Hash(q.path("hash"))
	o, err := s.cfg.Controller.CallOff(q.Ctx, q.Actor, h)
	if err != nil {
		return err
	}
	m := counted
	if m == nil {
		if m, err = s.cfg.Controller.UsageMonth(q.Ctx, q.Actor, h, q.path("month")); err != nil {
			return err
		}
	}
	v := q.usageView(o.Part, m)
	return q.render("usage_month", q.t("usage.month.title", "month", v.Name), &v)
}

func (s *server) usageMonth(q *request) error { return s.showMonth(q, nil) }

func (s *server) usageState(q *request) error {
	h := deed.Hash(q.path("hash"))
	m, err := s.cfg.Controller.StateUsage(q.Ctx, q.Actor, h, q.path("month"))
	if q.retry(err) {
		return s.showMonth(q, nil)
	}
	if err != nil {
		return err
	}
	if m.SoFar != nil {
		return s.showMonth(q, m)
	}
	return q.redirect(usageURL(h)+"/"+m.Month.String(), "usage.flash.stated")
}

func (s *server) usageAgree(q *request) error {
	h := deed.Hash(q.path("hash"))
	count, err := strconv.ParseInt(strings.ReplaceAll(strings.TrimSpace(q.value("count")), ".", ""), 10, 64)
	if err != nil {
		q.problems = append(q.problems, fieldProblem{Field: "count", Text: q.t("usage.problem.count")})
		return s.showMonth(q, nil)
	}
	m, err := s.cfg.Controller.AgreeUsage(q.Ctx, q.Actor, h, controller.UsageAgreement{
		Month: q.path("month"), Count: count, Reason: strings.ReplaceAll(q.value("reason"), "\r\n", "\n"),
	})
	if q.retry(err) {
		return s.showMonth(q, nil)
	}
	if err != nil {
		return err
	}
	return q.redirect(usageURL(h)+"/"+m.Month.String(), "usage.flash.agreed")
}

// usageOf tells whether a call-off has usage to show on its page.
func usageOf(o *controller.CallOffDetail) string {
	if !o.Allocated || o.Part == "" {
		return ""
	}
	return usageURL(o.Hash)
}
