// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"fmt"
	"strconv"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/controller"
)

type decisionsPage struct {
	Rows    []decisionRow
	Total   int
	Cursors cursors
	CLI     string
}

type decisionRow struct {
	controller.DecisionLine
	URL, Title, GroupURL string
	Stance               string // ours, in words; empty: none
	Word                 wordView
}

func (q *request) decisionRow(d *controller.DecisionLine) decisionRow {
	row := decisionRow{DecisionLine: *d, URL: deedURL(d.Hash), Title: brief(d.Title), Word: q.wordOf(d.Word)}
	if row.Title == "" {
		row.Title = q.t("decisions.unnamed")
	}
	if d.Group != "" {
		row.GroupURL = deedURL(d.Group)
	}
	if d.OurStance != "" {
		row.Stance = q.t("stance." + string(d.OurStance))
	}
	return row
}

func (s *server) decisionsList(q *request) error {
	w, err := s.cfg.Controller.Decisions(q.Ctx, q.Actor, q.query("open") == "yes", q.places())
	if err != nil {
		return err
	}
	d := &decisionsPage{Total: w.Total, Cursors: cursorsOf(w.Previous, w.Next), CLI: "samenspel decision list"}
	for i := range w.Items {
		d.Rows = append(d.Rows, q.decisionRow(&w.Items[i]))
	}
	if q.wants("csv") {
		return q.csv("decisions", []string{"deed", "title", "group", "state", "closes_at", "voters", "stated"}, each(d.Rows, func(r decisionRow) []string {
			return []string{
				string(r.Hash), r.DecisionLine.Title, r.GroupName, string(r.DecisionLine.Word), r.ClosesAt.Format(time.RFC3339), strconv.Itoa(r.Voters), strconv.Itoa(r.Stated),
			}
		}))
	}
	return q.render("decisions", q.t("decisions.title"), d)
}

type decisionView struct {
	D        *controller.DecisionDetail
	Row      decisionRow
	URL      string
	Bars     []shareBar
	Voices   []voiceRow
	NotNow   []codeRow
	Why      []reasonView
	Reasons  []reasonView
	History  []stepView
	Stances  []option
	Codes    []option
	Proxies  []option
	Method   string // key
	WouldBe  wordView
	Outcomes []outcomeRow
	CLI      string
}

// shareBar is a share that has to reach a bar.
type shareBar struct {
	Text        string
	Percent     string
	Width, Need string // of 600 units
	Reached     bool
}

// outcomeRow is a stance with how many took it.
type outcomeRow struct {
	Stance string
	rule.Count
}

type voiceRow struct {
	controller.Voice
	Stance, Code string
}

func (s *server) decisionDetail(q *request) error {
	d, err := s.cfg.Controller.Decision(q.Ctx, q.Actor, deed.Hash(q.path("hash")))
	if err != nil {
		return err
	}
	v := q.decisionView(d)
	return q.render("decision", v.Row.Title, v)
}

func (q *request) decisionView(d *controller.DecisionDetail) *decisionView {
	v := &decisionView{
		D: d, Row: q.decisionRow(&d.DecisionLine), URL: deedURL(d.Hash), NotNow: q.codeRows(d.NotNow), Why: q.reasonViews(d.Why),
		Reasons: q.reasonViews(d.Reasons), History: q.stepViews(d.History), Bars: q.shareBars(d), CLI: "samenspel decision show " + quoted(string(d.Hash)),
		Method: "decisions.method.majority",
	}
	if d.Rule.Method == rule.Consent {
		v.Method = "decisions.method.consent"
	}
	if d.Outcome.State != "" {
		v.WouldBe = q.wordOf(wordFrom(d.Outcome.State))
	}
	for _, one := range d.Voices {
		row := voiceRow{Voice: one, Stance: q.t("stance." + string(one.Kind))}
		if one.Code != "" {
			row.Code = q.t("notnow." + string(one.Code))
		}
		v.Voices = append(v.Voices, row)
	}
	o := d.Outcome
	for _, row := range []struct {
		kind  rule.StanceKind
		count rule.Count
	}{{rule.Agree, o.Agree}, {rule.Object, o.Object}, {rule.NotNow, o.NotNow}, {rule.Abstain, o.Abstain}} {
		v.Outcomes = append(v.Outcomes, outcomeRow{q.t("stance." + string(row.kind)), row.count})
	}
	q.stanceChoices(v)
	return v
}

func (q *request) stanceChoices(v *decisionView) {
	for _, k := range []rule.StanceKind{rule.Agree, rule.Abstain, rule.Object, rule.NotNow, rule.ByProxy} {
		v.Stances = append(v.Stances, option{string(k), q.t("stance." + string(k))})
	}
	v.Codes = []option{{"", q.t("decisions.code.none")}}
	for _, c := range rule.NotNowCodes() {
		v.Codes = append(v.Codes, option{string(c), q.t("notnow." + string(c))})
	}
	v.Proxies = []option{{"", q.t("decisions.proxy.none")}}
	var others []fsc.Peer
	for _, one := range v.D.Voices {
		others = append(others, one.Peer)
	}
	for _, p := range append(others, v.D.Silent...) {
		if p.ID != q.s.self.ID {
			v.Proxies = append(v.Proxies, peerOptions([]fsc.Peer{p})...)
		}
	}
}

// shareBars are the bars of a decision: who takes part, and who agrees, counted in
// organisations and in inhabitants.
func (q *request) shareBars(d *controller.DecisionDetail) []shareBar {
	o, r := d.Outcome, d.Rule
	return []shareBar{
		q.shareBar("decisions.bar.quorum.organisations", o.Stated.Organisations, o.Electorate.Organisations, r.Quorum.Organisations),
		q.shareBar("decisions.bar.quorum.inhabitants", o.Stated.Inhabitants, o.Electorate.Inhabitants, r.Quorum.Inhabitants),
		q.shareBar("decisions.bar.threshold.organisations", o.Agree.Organisations, o.Stated.Organisations, r.Threshold.Organisations),
		q.shareBar("decisions.bar.threshold.inhabitants", o.Agree.Inhabitants, o.Stated.Inhabitants, r.Threshold.Inhabitants),
	}
}

func (q *request) shareBar(key string, part, whole int64, need int) shareBar {
	b := shareBar{Reached: part*100 >= whole*int64(need) && whole > 0, Need: strconv.Itoa(need * 6), Width: "0", Percent: "0"}
	if whole > 0 {
		b.Width, b.Percent = fmt.Sprintf("%.1f", float64(part)*600/float64(whole)), decimal(part*100/whole)
	}
	b.Text = q.t(key, "part", part, "whole", whole, "percent", b.Percent, "need", need)
	return b
}

func (s *server) stanceState(q *request) error {
	h := deed.Hash(q.path("hash"))
	f := controller.StanceForm{
		Kind: rule.StanceKind(q.value("stance")), Reason: q.value("reason"), Proposal: q.value("proposal"), Code: rule.NotNowCode(q.value("code")),
		Proxy: fsc.PeerID(q.value("proxy")),
	}
	_, err := s.cfg.Controller.StateStance(q.Ctx, q.Actor, h, f)
	if q.retry(err) {
		return s.decisionDetail(q)
	}
	if err != nil {
		return err
	}
	return q.redirect(deedURL(h), "decisions.flash.stated")
}

// decisionForm is the form of a new decision.
type decisionForm struct {
	G       groupRow
	Methods []option
	Action  string
	Closes  string // proposed day
	Annex   annexChoice
	CLI     string
}

func (s *server) decisionNew(q *request) error {
	g, err := s.cfg.Controller.Group(q.Ctx, q.Actor, deed.Hash(q.path("hash")))
	if err != nil {
		return err
	}
	f := &decisionForm{
		G: q.groupRow(&g.Group), Action: deedURL(g.Hash) + "/decision", Closes: dayText(s.cfg.Now().AddDate(0, 0, 28)),
		Methods: []option{{string(rule.Majority), q.t("decisions.method.majority")}, {string(rule.Consent), q.t("decisions.method.consent")}},
		Annex:   q.annexChoice(deedURL(g.Hash)+"/decision", "document"),
		CLI:     "samenspel decision open " + quoted(string(g.Hash)) + " --title 'Titel' --text 'Voorstel' --closes " + dayText(s.cfg.Now().AddDate(0, 0, 28)),
	}
	return q.render("decision_new", q.t("decisions.new", "group", f.G.Name), f)
}

func (s *server) decisionOpen(q *request) error {
	if isUpload(q.r) {
		if err := q.takeAnnex("annex", "document"); err != nil {
			return err
		}
		return s.decisionNew(q)
	}
	f := controller.DecisionForm{
		Group: deed.Hash(q.path("hash")), Title: q.value("title"), Text: q.value("text"), Method: rule.Method(q.value("method")),
		Document: q.annexForm("document"),
	}
	if day, err := time.ParseInLocation(time.DateOnly, q.value("closesAt"), location()); err == nil {
		f.ClosesAt = day.AddDate(0, 0, 1) // up to and including that day
	}
	h, err := s.cfg.Controller.OpenDecision(q.Ctx, q.Actor, f)
	if q.retry(err) {
		return s.decisionNew(q)
	}
	if err != nil {
		return err
	}
	return q.redirect(deedURL(h), "decisions.flash.opened")
}
