// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"strconv"
	"strings"
	"time"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/controller"
)

type registerPage struct {
	Rows      []municipalityRow
	Provinces []option
	Sizes     []option
	Total     int
	Cursors   cursors
	Filtered  bool
	Figures   register.Figures
	Map       adoptionMap
	Sources   []sourceRow
	CLI       string
}

type municipalityRow struct {
	controller.Municipality
	URL, Size string // Size is a key
}

// sourceRow tells where a part of the register comes from.
type sourceRow struct {
	controller.RegisterSource
	Name string // key
	Date time.Time
}

func municipalityOf(m controller.Municipality) municipalityRow {
	return municipalityRow{Municipality: m, URL: municipalityURL(m.Code), Size: "register.size." + string(m.Size)}
}

func municipalityURL(code register.Code) string { return "/register/" + pathWord(code) }

func sizeClasses() []register.SizeClass {
	return []register.SizeClass{register.SizeSmall, register.SizeMiddle, register.SizeUpper, register.SizeLarge}
}

func (s *server) registerList(q *request) error {
	f := controller.MunicipalityFilter{
		Text: q.query("q"), Province: q.query("province"), Size: register.SizeClass(q.query("size")), Place: q.places(),
	}
	w, err := s.cfg.Controller.Municipalities(q.Ctx, q.Actor, f)
	if err != nil {
		return err
	}
	if q.wants("csv") {
		return q.municipalitiesCSV(w.Items)
	}
	d := &registerPage{
		Total: w.Total, Cursors: cursorsOf(w.Previous, w.Next), Filtered: f.Text != "" || f.Province != "" || f.Size != "",
		Provinces: []option{{"", q.t("register.all")}}, Sizes: []option{{"", q.t("register.all")}}, CLI: "samenspel municipality list",
	}
	for _, m := range w.Items {
		d.Rows = append(d.Rows, municipalityOf(m))
	}
	for _, c := range sizeClasses() {
		d.Sizes = append(d.Sizes, option{string(c), q.t("register.size." + string(c))})
	}
	if err := s.registerAround(q, d); err != nil {
		return err
	}
	return q.render("register", q.t("register.title"), d)
}

// registerAround adds figures, the map and where all comes from.
func (s *server) registerAround(q *request, d *registerPage) (err error) {
	if d.Figures, err = s.cfg.Controller.Figures(q.Actor); err != nil {
		return err
	}
	adoption, err := s.cfg.Controller.Adoption(q.Ctx, q.Actor, deed.Hash(""))
	if err != nil {
		return err
	}
	d.Map = drawAdoption(q.Lang, adoption)
	for _, p := range adoption {
		if p.Province != "" {
			d.Provinces = append(d.Provinces, option{p.Province, p.Province})
		}
	}
	sources, err := s.cfg.Controller.RegisterSources(q.Actor)
	if err != nil {
		return err
	}
	for _, one := range sources {
		d.Sources = append(d.Sources, sourceRow{one, "register.source." + one.Attribute, registerDay(one.Source.Date)})
	}
	return nil
}

// registerDay is a day of the register; zero when it isn't known.
func registerDay(d register.Date) time.Time {
	at, err := time.ParseInLocation(time.DateOnly, string(d), location())
	if err != nil {
		return time.Time{}
	}
	return at
}

func (q *request) municipalitiesCSV(all []controller.Municipality) error {
	header := []string{"code", "name", "oin", "rsin", "kvk", "province", "inhabitants", "frameworks"}
	return q.csv("municipalities", header, each(all, func(m controller.Municipality) []string {
		return []string{string(m.Code), m.Name, m.OIN, m.RSIN, m.KvK, m.Province, strconv.Itoa(m.Inhabitants), strconv.Itoa(m.Joined)}
	}))
}

type municipalityView struct {
	M            *controller.MunicipalityDetail
	Row          municipalityRow
	Predecessors []predecessorRow
	Groups       []groupRow
	Arrangements []arrangementRow
	Uses         []useRow
	Neighbours   []neighbourRow
	CLI          string
}

type predecessorRow struct {
	controller.Predecessor
	Ended time.Time
}

type arrangementRow struct {
	controller.ArrangementLine
	URL   string
	Since time.Time
}

type useRow struct {
	controller.FrameworkUse
	URL string
}

type neighbourRow struct {
	controller.Neighbour
	URL  string
	Uses []useRow
}

func usesOf(in []controller.FrameworkUse) []useRow {
	var out []useRow
	for _, u := range in {
		out = append(out, useRow{u, deedURL(u.Framework)})
	}
	return out
}

func arrangementOf(a controller.ArrangementLine) arrangementRow {
	return arrangementRow{ArrangementLine: a, URL: "/register/arrangements/" + pathWord(a.ROO), Since: registerDay(a.Since)}
}

func (s *server) municipalityDetail(q *request) error {
	m, err := s.cfg.Controller.Municipality(q.Ctx, q.Actor, register.Code(strings.ToUpper(q.path("code"))))
	if err != nil {
		return err
	}
	return q.render("municipality", brief(m.Name), q.municipalityView(m))
}

func (q *request) municipalityView(m *controller.MunicipalityDetail) *municipalityView {
	v := &municipalityView{M: m, Row: municipalityOf(m.Municipality), Uses: usesOf(m.Uses), CLI: "samenspel municipality show " + shellWord(string(m.Code))}
	for _, p := range m.Predecessors {
		v.Predecessors = append(v.Predecessors, predecessorRow{p, registerDay(p.On)})
	}
	for i := range m.Groups {
		v.Groups = append(v.Groups, q.groupRow(&m.Groups[i]))
	}
	for _, a := range m.Arrangements {
		v.Arrangements = append(v.Arrangements, arrangementOf(a))
	}
	for _, n := range m.Neighbours {
		v.Neighbours = append(v.Neighbours, neighbourRow{Neighbour: n, URL: municipalityURL(n.Code), Uses: usesOf(n.Uses)})
	}
	return v
}

type endedPage struct {
	Rows     []endedRow
	Total    int
	Cursors  cursors
	Filtered bool
	CLI      string
}

type endedRow struct {
	controller.EndedMunicipality
	Ended time.Time
	Heirs []option // address and name
}

func endedOf(e controller.EndedMunicipality) endedRow {
	row := endedRow{EndedMunicipality: e, Ended: registerDay(e.On)}
	for _, m := range e.Successors {
		row.Heirs = append(row.Heirs, option{municipalityURL(m.Code), m.Name})
	}
	return row
}

func (s *server) registerEnded(q *request) error {
	w, err := s.cfg.Controller.EndedMunicipalities(q.Actor, q.query("q"), q.places())
	if err != nil {
		return err
	}
	d := &endedPage{Total: w.Total, Cursors: cursorsOf(w.Previous, w.Next), Filtered: q.query("q") != "", CLI: "samenspel municipality ended"}
	for _, e := range w.Items {
		d.Rows = append(d.Rows, endedOf(e))
	}
	return q.render("register_ended", q.t("register.ended"), d)
}

type arrangementsPage struct {
	Rows     []arrangementRow
	Total    int
	Cursors  cursors
	Filtered bool
	CLI      string
}

func (s *server) arrangementsList(q *request) error {
	w, err := s.cfg.Controller.Arrangements(q.Actor, q.query("q"), q.places())
	if err != nil {
		return err
	}
	d := &arrangementsPage{Total: w.Total, Cursors: cursorsOf(w.Previous, w.Next), Filtered: q.query("q") != "", CLI: "samenspel arrangement list"}
	for _, a := range w.Items {
		d.Rows = append(d.Rows, arrangementOf(a))
	}
	return q.render("arrangements", q.t("register.arrangements"), d)
}

type arrangementView struct {
	A       *controller.ArrangementDetail
	Since   time.Time
	Members []participantRow
	NewURL  string
	CLI     string
}

type participantRow struct {
	controller.ArrangementMember
	URL    string // of a municipality
	Joined time.Time
}

func (s *server) arrangementDetail(q *request) error {
	a, err := s.cfg.Controller.Arrangement(q.Actor, q.path("roo"))
	if err != nil {
		return err
	}
	return q.render("arrangement", brief(a.Name), drawArrangement(a))
}

func drawArrangement(a *controller.ArrangementDetail) *arrangementView {
	v := &arrangementView{
		A: a, Since: registerDay(a.Since), NewURL: sourceURL("arrangement", a.ROO), CLI: "samenspel arrangement show " + shellWord(a.ROO),
	}
	for _, m := range a.Members {
		row := participantRow{ArrangementMember: m, Joined: registerDay(m.Joined)}
		if m.Municipal {
			row.URL = municipalityURL(m.Code)
		}
		v.Members = append(v.Members, row)
	}
	return v
}
