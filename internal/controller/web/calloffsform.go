// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"cmp"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/controller"
)

// callOffNew is the form of a call-off, and what would come of it.
type callOffNew struct {
	A         *controller.AccessionDetail
	URL, AURL string
	Step      int // 1 or 2
	Lots      []option
	Suppliers []option
	Services  []serviceChoice
	Lot       *lotView // that was chosen
	LastDay   time.Time
	Quantity  int64
	End       string // proposed last day
	Money     string // of step 2
	Until     string
	Hidden    []option
	Forecast  *forecastView
	Second    bool
	Share     string
	Annex     annexChoice
	CLI       string
}

// serviceChoice is a service that can be opened.
type serviceChoice struct {
	Name   string
	Chosen bool
}

// callOffFields are the fields of the form.
func callOffFields() []string {
	return []string{"lot", "supplier", "quantity", "value", "notBefore", "notAfter", "variation.hash", "variation.size", "variation.mediaType", "variation.name"}
}

func (s *server) callOffForm(q *request) error {
	a, err := s.cfg.Controller.Accession(q.Ctx, q.Actor, deed.Hash(q.path("hash")))
	if err != nil {
		return err
	}
	v := q.callOffNew(a)
	if q.field("step") == "2" {
		form, ok := q.callOffOf(v)
		if ok {
			forecast, err := s.cfg.Controller.ForeseeCallOff(q.Ctx, q.Actor, form)
			if err != nil && !q.retryCallOff(err) {
				return err
			}
			if err == nil {
				v.Step, v.Forecast = 2, q.forecastView(forecast)
			}
		}
	}
	return q.render("calloff_new", q.t("calloff.new.title", "name", q.frameworkTitle(a.Of)), v)
}

func (q *request) callOffNew(a *controller.AccessionDetail) *callOffNew {
	v := &callOffNew{
		A: a, URL: deedURL(a.Hash) + "/calloff", AURL: deedURL(a.Hash), Step: 1, Second: q.s.people.NeedsSecond("calloff.sign"), Share: q.r.URL.RequestURI(),
		CLI: "samenspel calloff create " + quoted(string(a.Hash)),
	}
	v.Annex = q.annexChoice(v.URL, "variation")
	last := a.Of.Until.AddDate(0, 0, int(a.Of.TailDays))
	v.LastDay, v.End = last.Add(-time.Second), lastDayText(minTime(last, q.s.cfg.Now().AddDate(1, 0, 0)))
	var suppliers []fsc.Peer
	chosen := q.field("lot")
	for _, l := range a.Of.Lots {
		if !slices.ContainsFunc(a.Lots, func(r controller.ReservedLot) bool { return r.Lot == l.ID }) {
			continue
		}
		v.Lots = append(v.Lots, option{l.ID, brief(cmp.Or(l.Name, l.ID))})
		for _, p := range l.Suppliers {
			if !slices.Contains(suppliers, p) {
				suppliers = append(suppliers, p)
			}
		}
		for _, name := range l.Services {
			one := serviceChoice{name, slices.Contains(q.fields("service"), name)}
			if !slices.Contains(v.Services, one) {
				v.Services = append(v.Services, one)
			}
		}
		if lot := lotOf(l); v.Lot == nil || l.ID == chosen {
			v.Lot = &lot
		}
	}
	v.Suppliers = peerOptions(suppliers)
	return v
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// callOffOf reads the fields; false when one of them can't be read.
func (q *request) callOffOf(v *callOffNew) (controller.CallOffForm, bool) {
	f := controller.CallOffForm{
		Accession: v.A.Hash, Lot: q.field("lot"), Supplier: fsc.PeerID(q.field("supplier")), Quantity: readCount(q.field("quantity")),
		Services: q.fields("service"), Variation: q.annexForm("variation"),
	}
	var ok bool
	if f.NotBefore, f.NotAfter, ok = q.validityOf("notBefore", "notAfter"); !ok {
		return f, false
	}
	if f.ValueCents, ok = readMoney(q.field("value")); !ok {
		q.wrong("value", "calloff.problem.value")
		return f, false
	}
	v.Quantity, v.Money, v.Until = f.Quantity, moneyText(q.Lang, f.ValueCents), formatDate(q.Lang, f.NotAfter.Add(-time.Second), location())
	for _, name := range callOffFields() {
		v.Hidden = append(v.Hidden, option{name, q.field(name)})
	}
	v.CLI += " --lot " + quoted(f.Lot) + " --supplier " + quoted(string(f.Supplier)) + " --quantity " + decimal(f.Quantity) +
		" --value-cents " + decimal(f.ValueCents) + " --not-after " + f.NotAfter.UTC().Format(time.RFC3339)
	for _, name := range f.Services {
		v.Hidden = append(v.Hidden, option{"service", name})
		v.CLI += " --service " + quoted(name)
	}
	if f.Variation != nil {
		v.CLI += " --variation " + quoted(f.Variation.Name)
	}
	return f, true
}

// fields gives all values of a field, by POST or by GET.
func (q *request) fields(name string) []string {
	if q.form.Has(name) {
		return q.form[name]
	}
	return q.r.URL.Query()[name]
}

// retryCallOff is retry with the names that the fields have on the page.
func (q *request) retryCallOff(err error) bool {
	for _, o := range controller.FieldErrors(err) {
		if o.Field == "valueCents" {
			o.Field = "value"
		}
	}
	return q.retry(err)
}

func (s *server) callOffOffer(q *request) error {
	if isUpload(q.r) {
		if err := q.takeAnnex("annex", "variation"); err != nil {
			return err
		}
		return s.callOffForm(q)
	}
	a, err := s.cfg.Controller.Accession(q.Ctx, q.Actor, deed.Hash(q.path("hash")))
	if err != nil {
		return err
	}
	form, ok := q.callOffOf(q.callOffNew(a))
	if !ok {
		return s.callOffForm(q)
	}
	h, err := s.cfg.Controller.OfferCallOff(q.Ctx, q.Actor, form)
	if q.retryCallOff(err) {
		return s.callOffForm(q)
	}
	if err != nil {
		return err
	}
	return q.redirect(deedURL(h), "calloff.flash.offered")
}
