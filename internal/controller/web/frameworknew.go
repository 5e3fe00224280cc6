// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// frameworkNew is a step of drafting a framework agreement: 1 the form, 2 what
// would come of it, 3 the question whether to sign.
type frameworkNew struct {
	Step          int
	Steps         []wizardStep
	Lots, Windows []draftRow
	MoreLots      bool
	MoreWindows   bool
	Groups        []option // whose members can be put on the list at once
	Keepers       []option
	Hidden        []option
	Start         string // day to begin with
	Imported      bool
	Left          []string // what couldn't be taken over from open data
	// Of steps 2 and 3.
	Form     controller.FrameworkForm
	Forecast *forecastView
	Rows     []draftLot
	File     string // the form as JSON, for the command line or somebody else
	Second   bool   // a second person has to agree
	CLI      string
}

// LastDay and VeryLastDay are in the last days, without and with the options.
func (v *frameworkNew) LastDay() time.Time     { return v.Form.NotAfter.Add(-time.Second) }
func (v *frameworkNew) VeryLastDay() time.Time { return v.Form.ExtensionUntil.Add(-time.Second) }

// draftRow is a lot or a window in the form.
type draftRow struct {
	Number, Index int
	Prefix        string
	Removable     bool
}

// draftLot is a lot in the overview.
type draftLot struct {
	dossier.Lot
	Suppliers string
}

// registerFrameworkDrafts registers the pages that make a framework agreement.
func (s *server) registerFrameworkDrafts() {
	s.handle("GET /frameworks/new", operator.PermissionRead, s.frameworkBlank)
	s.handle("POST /frameworks/new", operator.PermissionRead, s.frameworkDrafted)
	s.handle("GET /frameworks/import", operator.PermissionRead, s.frameworkImportPage)
	s.handle("POST /frameworks/import", operator.PermissionRead, s.frameworkImport)
	s.handle("POST /frameworks/import/releases", operator.PermissionRead, s.frameworkReleases)
	s.handle("GET /frameworks/{hash}/confirm", operator.PermissionSign, s.frameworkConfirmPage)
	s.handle("POST /frameworks/{hash}/confirm", operator.PermissionSign, s.frameworkConfirm)
}

func (s *server) frameworkBlank(q *request) error {
	return s.frameworkStep(q, &frameworkDraft{values: q.r.URL.Query()}, 1)
}

// frameworkDrafted does what a button of the form asks. The controller asks for
// the permission to sign.
func (s *server) frameworkDrafted(q *request) error {
	d := &frameworkDraft{values: q.form}
	switch button := q.value("step"); button {
	case "sign":
		return s.frameworkSign(q, d)
	case "2", "3":
		step, _ := strconv.Atoi(button)
		return s.frameworkStep(q, d, step)
	case "group+":
		if err := s.addGroup(q, d); err != nil {
			return err
		}
		return s.frameworkStep(q, d, 1)
	default:
		d.edit(button)
		return s.frameworkStep(q, d, 1)
	}
}

// frameworkStep shows a step, or the form when something in it is wrong.
func (s *server) frameworkStep(q *request, d *frameworkDraft, step int) error {
	v := &frameworkNew{
		Step: step, Imported: d.get("source.hash") != "", Left: d.left, Start: dayText(s.cfg.Now()),
		Second: s.people.NeedsSecond("framework.sign"), CLI: "samenspel framework create raamovereenkomst.json",
	}
	if step > 1 {
		if err := s.frameworkOutcome(q, d, v); err != nil {
			return err
		}
	}
	for n, key := range []string{"what", "outcome", "sign"} {
		v.Steps = append(v.Steps, wizardStep{Key: "frameworks.new.step." + key, Current: n+1 == v.Step})
	}
	d.values.Del("step")
	if err := s.frameworkFields(q, d, v); err != nil {
		return err
	}
	q.showForm(d.values)
	title := "frameworks.new.title"
	if v.Imported {
		title = "frameworks.import.title"
	}
	return q.render("framework_new", q.t(title), v)
}

// frameworkOutcome foresees the framework; what is wrong brings back step 1.
func (s *server) frameworkOutcome(q *request, d *frameworkDraft, v *frameworkNew) error {
	step := v.Step
	v.Step = 1
	form, ok := q.frameworkForm(d)
	if !ok {
		return nil
	}
	forecast, err := s.cfg.Controller.ForeseeFramework(q.Ctx, q.Actor, form)
	if q.retryFramework(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if !forecast.OK {
		q.frameworkReasons(forecast.Reasons)
		return nil
	}
	v.Step, v.Form, v.Forecast = step, form, q.forecastView(forecast)
	if v.File, err = frameworkText(form); err != nil {
		return err
	}
	for _, l := range form.Lots {
		row := draftLot{Lot: l, Suppliers: q.draftSuppliers(forecast, l.Suppliers)}
		v.Rows = append(v.Rows, row)
	}
	return nil
}

// draftSuppliers names suppliers, by the names that the forecast knows.
func (q *request) draftSuppliers(f *controller.Forecast, ids []fsc.PeerID) string {
	var peers []fsc.Peer
	for _, id := range ids {
		p := fsc.Peer{ID: id}
		if i := slices.IndexFunc(f.Signers, func(s fsc.Peer) bool { return s.ID == id }); i >= 0 {
			p = f.Signers[i]
		}
		peers = append(peers, p)
	}
	return q.peersText(peers)
}

// frameworkFields makes rows, choices and hidden fields of a step.
func (s *server) frameworkFields(q *request, d *frameworkDraft, v *frameworkNew) (err error) {
	for i := range d.lots() {
		v.Lots = append(v.Lots, draftRow{i + 1, i, lotField(i, ""), d.lots() > 1})
	}
	for i := range d.windows() {
		v.Windows = append(v.Windows, draftRow{i + 1, i, windowField(i, ""), d.windows() > 1})
	}
	v.MoreLots, v.MoreWindows = d.lots() < maxDraftLots, d.windows() < maxDraftWindows
	all := make([]string, 0, len(d.values))
	for name := range d.values {
		hidden := v.Step > 1 || name == "lots" || name == "windows" || strings.HasPrefix(name, "source.") || strings.HasSuffix(name, ".at")
		if hidden && d.get(name) != "" {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	for _, name := range all {
		v.Hidden = append(v.Hidden, option{name, d.get(name)})
	}
	if v.Groups, err = s.eligibleGroups(q); err != nil {
		return err
	}
	v.Keepers, err = s.keeperOptions(q)
	return err
}

// frameworkSign signs the framework and sends it to its suppliers.
func (s *server) frameworkSign(q *request, d *frameworkDraft) error {
	form, ok := q.frameworkForm(d)
	if !ok {
		return s.frameworkStep(q, d, 1)
	}
	h, err := s.cfg.Controller.ProposeFramework(q.Ctx, q.Actor, form)
	if q.retryFramework(err) {
		return s.frameworkStep(q, d, 1)
	}
	if err != nil {
		return err
	}
	if form.Source != nil {
		return q.redirect(deedURL(h), "frameworks.flash.imported")
	}
	return q.redirect(deedURL(h), "frameworks.flash.signed")
}

// retryFramework is retry with the names that the fields have on the page.
func (q *request) retryFramework(err error) bool {
	before := len(q.problems)
	if !q.retry(err) {
		return false
	}
	for i := range q.problems[before:] {
		p := &q.problems[before+i]
		if key := "frameworks.problem." + p.Field; p.Field != "" && q.s.words[q.Lang].has(key) {
			p.Text = q.t(key)
		}
		p.Field = draftField(p.Field)
	}
	return true
}

// frameworkReasons tells why the rules refuse, each at its field and with its
// article.
func (q *request) frameworkReasons(reasons []controller.Because) {
	views := q.reasonViews(reasons)
	for i, r := range reasons {
		p := fieldProblem{Field: draftField(r.Field), Text: views[i].Text}
		member := r.Field[strings.LastIndex(r.Field, ".")+1:]
		if key := "frameworks.problem." + member; member != "" && q.s.words[q.Lang].has(key) {
			p.Text = q.t(key)
		} else if r.Code == string(rule.ReasonForm) {
			p.Text += " " + r.Detail
		}
		switch {
		case p.Field != "":
		case r.Code == string(dossier.ReasonRoles):
			p.Field = "eligible"
		case r.Code == string(dossier.ReasonTerm): // the rules of that day aren't known
			p.Field, p.Text = "published", q.t("frameworks.problem.early")
		}
		if r.Source != "" {
			p.Text += " (" + r.Source + ")"
		}
		q.problems = append(q.problems, p)
	}
}

// draftField is the name on the page of a member of the deed; empty if there is
// none.
func draftField(member string) string {
	list, rest, isRow := strings.Cut(member, "[")
	if isRow {
		number, field, _ := strings.Cut(rest, "].")
		i, err := strconv.Atoi(number)
		switch {
		case err != nil:
			return ""
		case list == "lots":
			return lotField(i, draftNames()[field])
		case list == "entry_windows":
			return windowField(i, field)
		}
		member = list
	}
	return draftNames()[member]
}

// draftNames are the fields of the page by the members of the deed.
func draftNames() map[string]string {
	return map[string]string{
		"name": "name", "published": "published", "not_before": "notBefore", "not_after": "notAfter", "extension_until": "extensionUntil",
		"term_rationale": "termRationale", "tail_days": "tailDays", "eligible": "eligible", "keeper": "keeper", "entry_windows": "w0.from",
		"lots": "l0.id", "id": "id", "unit": "unit", "maximum_quantity": "quantity", "maximum_value_cents": "value", "suppliers": "suppliers",
		"services": "services",
	}
}
