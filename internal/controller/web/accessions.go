// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"strconv"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// accedeView is the wizard with which one joins a framework agreement: first
// what one needs, then what would come of it.
type accedeView struct {
	F      *controller.FrameworkDetail
	URL    string
	Step   int // 1 or 2
	Checks []accedeCheck
	Able   bool // all checks are well
	Lots   []accedeLot
	// Forecast is of step 2; nil before.
	Forecast *forecastView
	Second   bool   // a second person has to agree
	Share    string // address for who may sign
	CLI      string
}

// accedeCheck is a thing that has to be so before one can join.
type accedeCheck struct {
	Text, Class, Icon, Source, Detail string
}

// accedeLot is a lot with the names of its fields and what was filled in.
type accedeLot struct {
	lotView
	NeedField, ReservedField string
	// Need and Reserve are what was filled in.
	Need, Reserve int64
	// Cents is what the need costs at most on average.
	Cents int64
	// Prices are those that hold, one of each supplier.
	Prices []accedePrice
}

// accedePrice is what a need costs at one supplier, in money and hours.
type accedePrice struct {
	priceRow
	Who string // the supplier
	// Cents is the need times the price; Known: it can be counted exactly.
	Cents int64
	Known bool
}

// forecastView is what would come of a deed.
type forecastView struct {
	*controller.Forecast
	Word    wordView
	Reasons []reasonView
	Signers string
}

func (q *request) forecastView(f *controller.Forecast) *forecastView {
	return &forecastView{Forecast: f, Word: wordOf(f.Word), Reasons: q.reasonViews(f.Reasons), Signers: q.peersText(f.Signers)}
}

func (s *server) accedePage(q *request) error {
	f, err := s.cfg.Controller.Framework(q.Ctx, q.Actor, deed.Hash(q.path("hash")))
	if err != nil {
		return err
	}
	v := &accedeView{F: f, URL: deedURL(f.Hash), Step: 1, Second: s.people.NeedsSecond("accession.seal"), Share: q.r.URL.RequestURI()}
	if err := s.accedeChecks(q, v); err != nil {
		return err
	}
	form := q.accessionForm(v)
	if q.field("step") == "2" && len(form.Lots) == 0 {
		q.wrong("need.0", "accede.problem.need")
	}
	if q.field("step") == "2" && len(form.Lots) > 0 {
		v.Step = 2
		forecast, err := s.cfg.Controller.ForeseeAccession(q.Ctx, q.Actor, form)
		switch {
		case q.retry(err):
			v.Step = 1
		case err != nil:
			return err
		default:
			v.Forecast = q.forecastView(forecast)
		}
	}
	return q.render("accede", q.t("accede.title", "name", q.frameworkTitle(&f.Framework)), v)
}

// accessionForm reads needs and reservations from the fields, lot by lot.
func (q *request) accessionForm(v *accedeView) controller.AccessionForm {
	form := controller.AccessionForm{Framework: v.F.Hash}
	v.CLI = "samenspel accession create " + quoted(string(v.F.Hash))
	for i, l := range v.F.Lots {
		lot := accedeLot{lotView: lotOf(l), NeedField: "need." + strconv.Itoa(i), ReservedField: "reserved." + strconv.Itoa(i)}
		if need := q.field(lot.NeedField); need != "" {
			lot.Need = readCount(need)
			if reserved := q.field(lot.ReservedField); reserved != "" {
				lot.Reserve = readCount(reserved)
			}
			lot.Cents = lot.Need * l.UnitCents
			form.Lots = append(form.Lots, dossier.Reservation{Lot: l.ID, Need: lot.Need, Reserved: lot.Reserve})
			v.CLI += " --lot " + quoted(l.ID+"="+decimal(lot.Need)+"/"+decimal(lot.Reserve))
		}
		lot.Prices = q.accedePrices(v.F, l.ID, lot.Need)
		v.Lots = append(v.Lots, lot)
	}
	if len(form.Lots) == 0 && len(v.F.Lots) > 0 {
		v.CLI += " --lot " + quoted(v.F.Lots[0].ID+"=100/100")
	}
	return form
}

// accedePrices tells what a need costs at each supplier of a lot, as it is now.
func (q *request) accedePrices(f *controller.FrameworkDetail, lot string, need int64) []accedePrice {
	var out []accedePrice
	for i := range f.Prices {
		p := &f.Prices[i]
		if !p.Current || p.Sheet.Lot != lot {
			continue
		}
		one := accedePrice{priceRow: q.priceRow(p), Who: q.peerText(p.Supplier)}
		one.Cents, one.Known = p.Sheet.Cost(need)
		out = append(out, one)
	}
	return out
}

// accedeChecks asks the rules what would come of joining with the smallest need.
func (s *server) accedeChecks(q *request, v *accedeView) error {
	if len(v.F.Lots) == 0 {
		return nil
	}
	least := controller.AccessionForm{Framework: v.F.Hash, Lots: []dossier.Reservation{{Lot: v.F.Lots[0].ID, Need: 1}}}
	forecast, err := s.cfg.Controller.ForeseeAccession(q.Ctx, q.Actor, least)
	if err != nil {
		return err
	}
	v.Able = forecast.OK
	failed := map[string]*controller.Because{}
	for i := range forecast.Reasons {
		failed[forecast.Reasons[i].Code] = &forecast.Reasons[i]
	}
	for _, check := range []struct {
		key   string
		ok    bool
		codes []dossier.Reason
	}{
		{"live", v.F.Word == collective.WordLive, []dossier.Reason{dossier.ReasonNotLive, dossier.ReasonExhausted, dossier.Reason(collective.CodeAsserted)}},
		{"eligible", v.F.Part == string(dossier.RoleBuyer), []dossier.Reason{dossier.ReasonNotEligible, dossier.ReasonRoles}},
		{"window", openWindow(&v.F.Framework), []dossier.Reason{dossier.ReasonWindowClosed}},
		{"joined", v.F.Joined == "", []dossier.Reason{dossier.Reason(collective.CodeAcceded)}},
	} {
		line := accedeCheck{Text: q.t("accede.check." + check.key + ".yes"), Class: "ok", Icon: "circle-check"}
		if check.key == "window" {
			line.Text += " " + q.windowText(&v.F.Framework)
		}
		ok := check.ok
		for _, code := range check.codes {
			if because := failed[string(code)]; because != nil {
				ok = false
				line.Source, line.Detail = q.law(because.Source), because.Detail
				if because.Room.Of != "" {
					line.Detail = "" // the page tells what is left
				}
			}
		}
		if !ok {
			line.Text, line.Class, line.Icon = q.t("accede.check."+check.key+".no"), "problem", "circle-x"
			if check.key == "window" {
				line.Text += " " + q.windowText(&v.F.Framework)
			}
		}
		v.Checks = append(v.Checks, line)
	}
	return nil
}

func openWindow(f *controller.Framework) bool {
	for _, w := range f.Windows {
		if w.Open {
			return true
		}
	}
	return false
}

func (s *server) accede(q *request) error {
	f, err := s.cfg.Controller.Framework(q.Ctx, q.Actor, deed.Hash(q.path("hash")))
	if err != nil {
		return err
	}
	h, err := s.cfg.Controller.Accede(q.Ctx, q.Actor, q.accessionForm(&accedeView{F: f}))
	if q.retry(err) {
		return s.accedePage(q)
	}
	if err != nil {
		return err
	}
	return q.redirect(deedURL(h), "accede.flash.sealed")
}

// accessionView is one accession, with what comes next.
type accessionView struct {
	A            *controller.AccessionDetail
	URL, FURL    string
	Word         wordView
	Next         string
	Reasons      []reasonView
	Notes        []reasonView
	History      []stepView
	CallOffs     []callOffRow
	Predecessors []string // addresses
	CLI          string
}

func (s *server) accessionPage(q *request) error {
	a, err := s.cfg.Controller.Accession(q.Ctx, q.Actor, deed.Hash(q.path("hash")))
	if err != nil {
		return err
	}
	return q.render("accession", q.t("accession.title", "buyer", brief(a.Buyer.Name), "name", q.frameworkTitle(a.Of)), q.accessionView(a))
}

func (q *request) accessionView(a *controller.AccessionDetail) *accessionView {
	v := &accessionView{
		A: a, URL: deedURL(a.Hash), FURL: deedURL(a.Framework), Word: wordOf(a.Word), Reasons: q.reasonViews(a.Reasons), Notes: q.reasonViews(a.Notes),
		History: q.stepViews(a.History), CLI: "samenspel accession show " + quoted(string(a.Hash)),
	}
	if key := "accession.next." + string(a.Word); a.Ours && q.s.words[q.Lang].has(key) {
		v.Next = q.t(key)
	}
	for i := range a.CallOffs {
		v.CallOffs = append(v.CallOffs, q.callOffRow(&a.CallOffs[i]))
	}
	for _, p := range a.Predecessors {
		v.Predecessors = append(v.Predecessors, deedURL(p))
	}
	return v
}

// maySign tells whether the person may put the organisation's seal.
func (q *request) maySign() bool { return q.can(operator.PermissionSign) }
