// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// priceNew is a step of making a price sheet: 1 the form, 2 what one signs. What
// is filled in travels in the body of a request and never in an address, which
// browsers and servers keep.
type priceNew struct {
	F         *controller.FrameworkDetail
	URL, FURL string
	Step      int
	Lots      []option
	Suppliers []option // to choose from, by the purchasing body
	Today     string
	// Of step 2.
	Hidden       []option
	Lot          controller.FrameworkLot
	Supplier     fsc.Peer
	Cents, Hours int64
	Note         string
	From         time.Time // zero: when it is signed, or with the framework
	Former       *priceRow // the price that it takes the place of; nil: none
	Forecast     *forecastView
	Second       bool // a second person has to agree
	CLI          string
}

// registerPrices registers the page that makes a price sheet.
func (s *server) registerPrices() {
	s.handle("GET /frameworks/{hash}/prices/new", operator.PermissionSign, s.priceBlank)
	s.handle("POST /frameworks/{hash}/prices/new", operator.PermissionSign, s.priceFilled)
}

func (s *server) priceBlank(q *request) error {
	v, err := s.priceNew(q)
	if err != nil {
		return err
	}
	return s.pricePage(q, v)
}

func (s *server) pricePage(q *request, v *priceNew) error {
	return q.render("price_new", q.t("prices.new.title", "name", q.frameworkTitle(&v.F.Framework)), v)
}

// priceNew makes the form, with the lots and suppliers that this Peer may price.
func (s *server) priceNew(q *request) (*priceNew, error) {
	f, err := s.cfg.Controller.Framework(q.Ctx, q.Actor, deed.Hash(q.path("hash")))
	if err != nil {
		return nil, err
	}
	v := &priceNew{
		F: f, FURL: deedURL(f.Hash), URL: deedURL(f.Hash) + "/prices/new", Step: 1, Today: dayText(s.cfg.Now()), Second: s.people.NeedsSecond("price.sign"),
		CLI: "samenspel framework price " + quoted(string(f.Hash)),
	}
	var suppliers []fsc.Peer
	for _, l := range f.Lots {
		if f.Part == partSupplier && !slices.ContainsFunc(l.Suppliers, func(p fsc.Peer) bool { return p.ID == s.self.ID }) {
			continue
		}
		v.Lots = append(v.Lots, option{l.ID, brief(cmp.Or(l.Name, l.ID)) + " (" + brief(l.Unit) + ")"})
		for _, p := range l.Suppliers {
			if !slices.Contains(suppliers, p) {
				suppliers = append(suppliers, p)
			}
		}
	}
	if f.Part != partSupplier {
		v.Suppliers = peerOptions(suppliers)
	}
	return v, nil
}

// priceFilled shows what one signs or signs it, as the button asks; what is wrong
// brings back the form.
func (s *server) priceFilled(q *request) error {
	v, err := s.priceNew(q)
	if err != nil {
		return err
	}
	form, ok := q.priceForm()
	if !ok || q.value("step") == "1" {
		return s.pricePage(q, v)
	}
	if q.value("step") == "sign" {
		h, err := s.cfg.Controller.ProposePrice(q.Ctx, q.Actor, v.F.Hash, form)
		if q.retryPrice(err) {
			return s.pricePage(q, v)
		}
		if err != nil {
			return err
		}
		return q.redirect(deedURL(h), "prices.flash.signed")
	}
	forecast, err := s.cfg.Controller.ForeseePrice(q.Ctx, q.Actor, v.F.Hash, form)
	if q.retryPrice(err) {
		return s.pricePage(q, v)
	}
	if err != nil {
		return err
	}
	v.Step, v.Forecast = 2, q.forecastView(forecast)
	q.priceOutcome(v, form)
	return s.pricePage(q, v)
}

// retryPrice is retry with the names and texts that the fields have on the page.
func (q *request) retryPrice(err error) bool {
	before := len(q.problems)
	if !q.retry(err) {
		return false
	}
	for i := range q.problems[before:] {
		p := &q.problems[before+i]
		if p.Field == "unitCents" {
			p.Field = "price"
		}
		if key := "prices.problem." + p.Field; p.Field != "" && q.s.words[q.Lang].has(key) {
			p.Text = q.t(key)
		}
	}
	return true
}

// priceForm reads the fields; false when one of them can't be read.
func (q *request) priceForm() (controller.PriceForm, bool) {
	f := controller.PriceForm{
		Lot: q.value("lot"), Supplier: fsc.PeerID(q.value("supplier")), Hours: readCount(q.value("hours")),
		Note: strings.TrimSpace(strings.ReplaceAll(q.value("note"), "\r\n", "\n")),
	}
	var ok bool
	if f.UnitCents, ok = readMoney(q.value("price")); !ok {
		q.wrong("price", "prices.problem.price")
	}
	if q.value("hours") == "" || f.Hours < 0 {
		q.wrong("hours", "prices.problem.hours")
	}
	f.From, _, _ = q.validityOf("from", "")
	return f, len(q.problems) == 0
}

// priceOutcome tells what is signed and what it takes the place of.
func (q *request) priceOutcome(v *priceNew, f controller.PriceForm) {
	for _, l := range v.F.Lots {
		if l.ID == f.Lot {
			v.Lot = l
		}
	}
	if v.Supplier = (fsc.Peer{ID: f.Supplier}); f.Supplier == "" {
		v.Supplier.ID = q.s.self.ID
		if v.F.Part != partSupplier && len(v.Lot.Suppliers) == 1 {
			v.Supplier.ID = v.Lot.Suppliers[0].ID
		}
	}
	for _, p := range v.Lot.Suppliers {
		if p.ID == v.Supplier.ID {
			v.Supplier = p
		}
	}
	v.Cents, v.Hours, v.Note, v.From = f.UnitCents, f.Hours, f.Note, f.From
	for i := range v.F.Prices {
		p := &v.F.Prices[i]
		if p.Current && p.Sheet.Lot == f.Lot && p.Supplier.ID == v.Supplier.ID {
			row := q.priceRow(p)
			v.Former = &row
		}
	}
	for _, name := range []string{"lot", "supplier", "price", "hours", "note", "from"} {
		v.Hidden = append(v.Hidden, option{name, q.value(name)})
	}
	v.CLI += " --lot " + quoted(f.Lot) + " --supplier " + quoted(string(v.Supplier.ID)) + " --unit-price-cents " + decimal(f.UnitCents) +
		" --effort-hours " + decimal(f.Hours)
	if f.Note != "" {
		v.CLI += " --note " + quoted(f.Note)
	}
	if !f.From.IsZero() {
		v.CLI += " --from " + f.From.UTC().Format(time.RFC3339)
	}
}

// priceConsequences tell what one signs with a price sheet.
func (s *server) priceConsequences(q *request, d *controller.Deed) ([]string, error) {
	all, err := s.cfg.Controller.Prices(q.Ctx, q.Actor, d.Dossier)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if p := &all[i]; p.Hash == d.Hash {
			return []string{q.t("deeds.confirm.price.what", "supplier", q.peerText(p.Supplier), "money", moneyText(q.Lang, p.Sheet.Cents), "unit", visible(p.Unit),
				"lot", brief(cmp.Or(p.LotName, p.Sheet.Lot)), "hours", p.Sheet.Hours, "from", formatDate(q.Lang, p.From, location()))}, nil
		}
	}
	return nil, nil
}
