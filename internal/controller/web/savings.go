// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"cmp"
	"strings"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// savingNew is a step of stating what a call-off saves: 1 the document that shows
// the price before, 2 the form, 3 what one states. What is filled in travels in the
// body of a request and never in an address.
type savingNew struct {
	O         *controller.CallOffDetail
	URL, OURL string
	Step      int
	Document  []option // fields that travel along, once there is a document
	Hash      string
	Size      int64
	Price     string // proposed: as in the price sheet, or as the value of the call-off
	Quantity  string // proposed
	// Of step 3.
	Hidden   []option
	Form     controller.SavingForm
	Saved    savedView
	Forecast *forecastView
	CLI      string
}

// savedView is an amount that was saved, or that it costs more.
type savedView struct {
	Money string // without a sign
	More  bool   // it costs more
}

// savingRow is a saving that was stated.
type savingRow struct {
	controller.Saving
	deedRow
	Saved  savedView
	EndURL string // empty where one can't withdraw it
}

// registerSavings registers the page that states a saving.
func (s *server) registerSavings() {
	s.handle("GET /frameworks/{hash}/savings", operator.PermissionRead, s.savedTogether)
	s.handle("GET /calloffs/{hash}/saving", operator.PermissionSign, s.savingPage)
	s.handle("POST /calloffs/{hash}/saving", operator.PermissionSign, s.savingFilled)
}

// savedPage is what the buyers of a framework saved and need together.
type savedPage struct {
	F      *controller.FrameworkDetail
	URL    string
	Buyers int
	Saved  *savedView // nil: too few
	Demand []demandRow
	CLI    string
}

// demandRow is the demand for a lot; Enough is false when too few buyers are in it.
type demandRow struct {
	Name, Unit string
	usage.Total
}

// savedTogether asks who keeps the framework, which is why it is a page of its own:
// that can take a while.
func (s *server) savedTogether(q *request) error {
	f, err := s.cfg.Controller.Framework(q.Ctx, q.Actor, deed.Hash(q.path("hash")))
	if err != nil {
		return err
	}
	got, err := s.cfg.Controller.Savings(q.Ctx, q.Actor, f.Hash)
	if err != nil {
		return err
	}
	return q.render("framework_savings", q.t("frameworks.saved.title", "name", q.frameworkTitle(&f.Framework)), q.savedPage(f, got))
}

func (q *request) savedPage(f *controller.FrameworkDetail, got *collective.Savings) *savedPage {
	v := &savedPage{F: f, URL: deedURL(f.Hash), Buyers: got.Saved.Buyers, CLI: "samenspel usage savings " + quoted(string(f.Hash))}
	if got.Saved.Enough {
		saved := q.savedView(got.Saved.Sum)
		v.Saved = &saved
	}
	for _, d := range got.Demand {
		row := demandRow{Name: d.Lot, Total: d.Demand}
		for _, l := range f.Lots {
			if l.ID == d.Lot {
				row.Name, row.Unit = cmp.Or(l.Name, l.ID), l.Unit
			}
		}
		v.Demand = append(v.Demand, row)
	}
	return v
}

func (q *request) savedView(cents int64) savedView {
	return savedView{Money: moneyText(q.Lang, max(cents, -cents)), More: cents < 0}
}

func (q *request) savingRows(o *controller.CallOffDetail) []savingRow {
	var out []savingRow
	for i := range o.Savings {
		one := &o.Savings[i]
		row := savingRow{Saving: *one, deedRow: q.deedRow(&one.DeedState), Saved: q.savedView(one.Cents)}
		if one.Stands && q.maySign() {
			row.EndURL = signURL(one.Hash, deed.Revoke)
		}
		out = append(out, row)
	}
	return out
}

func (s *server) savingPage(q *request) error {
	v, err := s.savingNew(q)
	if err != nil {
		return err
	}
	return s.savingStep(q, v)
}

func (s *server) savingStep(q *request, v *savingNew) error {
	return q.render("saving_new", q.t("savings.new.title", "name", brief(cmp.Or(v.O.LotName, v.O.Lot))), v)
}

func (s *server) savingNew(q *request) (*savingNew, error) {
	o, err := s.cfg.Controller.CallOff(q.Ctx, q.Actor, deed.Hash(q.path("hash")))
	if err != nil {
		return nil, err
	}
	v := &savingNew{
		O: o, URL: deedURL(o.Hash) + "/saving", OURL: deedURL(o.Hash), Step: 1, Quantity: decimal(o.Quantity), CLI: "samenspel calloff saving " + quoted(string(o.Hash)),
	}
	if v.Hash = q.value("source.hash"); v.Hash != "" {
		v.Step, v.Size = 2, readCount(q.value("source.size"))
		for _, name := range []string{"source.hash", "source.size", "source.mediaType"} {
			v.Document = append(v.Document, option{name, q.value(name)})
		}
	}
	price, err := s.unitPrice(q, o)
	if err != nil {
		return nil, err
	}
	v.Price = strings.TrimPrefix(moneyText(q.Lang, price), "€ ")
	return v, nil
}

// unitPrice is what a unit of a call-off costs: by the price sheet that holds, or
// else by the value of the call-off.
func (s *server) unitPrice(q *request, o *controller.CallOffDetail) (int64, error) {
	all, err := s.cfg.Controller.Prices(q.Ctx, q.Actor, o.Framework)
	if err != nil {
		return 0, err
	}
	for i := range all {
		if p := &all[i]; p.Current && p.Sheet.Lot == o.Lot && p.Supplier.ID == o.Supplier.ID {
			return p.Sheet.Cents, nil
		}
	}
	return o.ValueCents / max(o.Quantity, 1), nil
}

func (s *server) savingFilled(q *request) error {
	if isUpload(q.r) {
		if err := q.takeAnnex("document", "source"); err != nil {
			return err
		}
		return s.savingPage(q)
	}
	v, err := s.savingNew(q)
	if err != nil {
		return err
	}
	if q.value("step") == "1" || v.Step == 1 {
		return s.savingStep(q, v)
	}
	form, ok := q.savingForm()
	if !ok || q.value("step") == "2" {
		return s.savingStep(q, v)
	}
	if q.value("step") == "sign" {
		_, err := s.cfg.Controller.StateSaving(q.Ctx, q.Actor, v.O.Hash, form)
		if q.retrySaving(err) {
			return s.savingStep(q, v)
		}
		if err != nil {
			return err
		}
		return q.redirect(v.OURL, "savings.flash.stated")
	}
	forecast, err := s.cfg.Controller.ForeseeSaving(q.Ctx, q.Actor, v.O.Hash, form)
	if q.retrySaving(err) {
		return s.savingStep(q, v)
	}
	if err != nil {
		return err
	}
	v.Step, v.Form, v.Saved, v.Forecast = 3, form, q.savedView(forecast.Cents), q.forecastView(&forecast.Forecast)
	for _, name := range []string{"source.hash", "source.size", "source.mediaType", "source.name", "baseline", "price", "quantity", "note"} {
		v.Hidden = append(v.Hidden, option{name, q.value(name)})
	}
	v.CLI += " --baseline-cents " + decimal(form.BaselineCents) + " --price-cents " + decimal(form.PriceCents) + " --quantity " + decimal(form.Quantity) +
		" --note " + quoted(form.Note) + " --source " + quoted(form.Source.Name)
	return s.savingStep(q, v)
}

// savingForm reads the fields; false when one of them can't be read.
func (q *request) savingForm() (controller.SavingForm, bool) {
	f := controller.SavingForm{
		Quantity: readCount(q.value("quantity")), Note: strings.TrimSpace(strings.ReplaceAll(q.value("note"), "\r\n", "\n")),
	}
	if d := q.annexForm("source"); d != nil {
		f.Source = *d
	}
	var ok bool
	if f.BaselineCents, ok = readMoney(q.value("baseline")); !ok {
		q.wrong("baseline", "savings.problem.baseline")
	}
	if f.PriceCents, ok = readMoney(q.value("price")); !ok {
		q.wrong("price", "savings.problem.price")
	}
	if f.Source.Name == "" {
		q.wrong("source.name", "savings.problem.source.name")
	}
	return f, len(q.problems) == 0
}

// retrySaving is retry with the names and texts that the fields have on the page.
func (q *request) retrySaving(err error) bool {
	before := len(q.problems)
	if !q.retry(err) {
		return false
	}
	for i := range q.problems[before:] {
		p := &q.problems[before+i]
		if p.Field == "baselineCents" {
			p.Field = "baseline"
		}
		if p.Field == "priceCents" {
			p.Field = "price"
		}
		if key := "savings.problem." + p.Field; p.Field != "" && q.s.words[q.Lang].has(key) {
			p.Text = q.t(key)
		}
	}
	return true
}
