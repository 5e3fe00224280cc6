// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/controller"
)

type groupsPage struct {
	Rows     []groupRow
	Total    int
	Cursors  cursors
	Filtered bool
	CLI      string
}

type groupRow struct {
	controller.Group
	URL, Kind, Name, Class string // Kind and Class are keys
	Basis                  string // in words
	Word                   wordView
}

func (q *request) groupRow(g *controller.Group) groupRow {
	row := groupRow{Group: *g, URL: deedURL(g.Hash), Kind: "groups.kind." + string(g.Kind), Name: brief(g.Name), Basis: q.basisText(g.Kind, g.Basis), Word: q.wordOf(g.Word)}
	if g.Class != "" {
		row.Class = "groups.class." + string(g.Class)
	}
	if !slices.Contains(groupKinds(), g.Kind) {
		row.Kind = "groups.kind.other"
	}
	if row.Name == "" {
		row.Name = q.t("groups.unnamed")
	}
	return row
}

// basisText puts in words what a group follows from. A rule of our own register has
// a fixed form; what somebody else wrote is shown as it is.
func (q *request) basisText(kind register.GroupKind, basis string) string {
	if least, ok := strings.CutPrefix(basis, "inhabitants>="); ok {
		if n, err := strconv.Atoi(least); err == nil && n > 0 {
			return q.t("groups.basis.inhabitants", "inhabitants", n)
		}
	}
	if province, ok := strings.CutPrefix(basis, register.AttrProvince+"="); ok && province != "" {
		return q.t("groups.basis.province", "province", brief(province))
	}
	if kind == register.GroupArrangement && basis != "" {
		return q.t("groups.basis.arrangement", "number", brief(basis))
	}
	return visible(basis)
}

func groupKinds() []register.GroupKind {
	return []register.GroupKind{
		register.GroupAssociation, register.GroupProgramme, register.GroupRegion, register.GroupSizeClass, register.GroupArrangement,
	}
}

func (s *server) groupsList(q *request) error {
	w, err := s.cfg.Controller.Groups(q.Ctx, q.Actor, q.query("q"), q.places())
	if err != nil {
		return err
	}
	d := &groupsPage{Total: w.Total, Cursors: cursorsOf(w.Previous, w.Next), Filtered: q.query("q") != "", CLI: "samenspel group list"}
	for i := range w.Items {
		d.Rows = append(d.Rows, q.groupRow(&w.Items[i]))
	}
	if q.wants("csv") {
		return q.csv("groups", []string{"deed", "name", "kind", "state", "members", "voting", "invited"}, each(d.Rows, func(g groupRow) []string {
			return []string{
				string(g.Hash), g.Group.Name, string(g.Group.Kind), string(g.Group.Word), strconv.Itoa(g.Members), strconv.Itoa(g.Voting), strconv.Itoa(g.Invited),
			}
		}))
	}
	return q.render("groups", q.t("groups.title"), d)
}

type groupView struct {
	G         *controller.GroupDetail
	Row       groupRow
	URL       string
	Members   []memberRow
	Decisions []decisionRow
	Classes   []option
	Reasons   []reasonView
	History   []stepView
	LeaveURL  string
	DecideURL string
	CLI       string
}

type memberRow struct {
	controller.Membership
	URL, Class string // Class is a key
	Word       wordView
}

func (s *server) groupDetail(q *request) error {
	g, err := s.cfg.Controller.Group(q.Ctx, q.Actor, deed.Hash(q.path("hash")))
	if err != nil {
		return err
	}
	v := q.groupView(g)
	return q.render("group", v.Row.Name, v)
}

func (q *request) groupView(g *controller.GroupDetail) *groupView {
	v := &groupView{
		G: g, Row: q.groupRow(&g.Group), URL: deedURL(g.Hash), Reasons: q.reasonViews(g.Reasons), History: q.stepViews(g.History),
		CLI: "samenspel group show " + quoted(string(g.Hash)),
	}
	for _, m := range g.Memberships {
		row := memberRow{Membership: m, URL: deedURL(m.Hash), Class: "groups.class." + string(m.Class), Word: q.wordOf(m.Word)}
		if !q.s.words[q.Lang].has(row.Class) {
			row.Class = "groups.class.other"
		}
		v.Members = append(v.Members, row)
	}
	for i := range g.Decisions {
		v.Decisions = append(v.Decisions, q.decisionRow(&g.Decisions[i]))
	}
	for _, c := range g.Classes {
		v.Classes = append(v.Classes, option{string(c), q.t("groups.class." + string(c))})
	}
	if g.MayLeave {
		v.LeaveURL = signURL(g.Ours, deed.Revoke)
	}
	if g.MayPropose {
		v.DecideURL = v.URL + "/decision"
	}
	return v
}

func (s *server) groupJoin(q *request) error {
	h := deed.Hash(q.path("hash"))
	_, err := s.cfg.Controller.JoinGroup(q.Ctx, q.Actor, h, register.MemberClass(q.value("class")))
	if q.retry(err) {
		return s.groupDetail(q)
	}
	if err != nil {
		return err
	}
	return q.redirect(deedURL(h), "groups.flash.joined")
}

// groupForm is the form of a new group: first what it follows from, then who is
// invited.
type groupForm struct {
	Proposal     *controller.GroupProposal // nil: nothing of the register was chosen
	Chosen       []fsc.PeerID              // nil: everybody
	Provinces    []option
	Arrangements []string
	Kinds        []option
	Keepers      []option
	Name, Basis  string
	BasisText    string // in words
	Kind         string
	Inhabitants  int64
	CLI          string
}

// Invites tells whether a candidate is ticked.
func (f *groupForm) Invites(m register.Municipality) bool {
	return f.Chosen == nil || slices.Contains(f.Chosen, fsc.PeerID(m.OIN))
}

func (s *server) groupNew(q *request) error {
	f := &groupForm{Kind: string(register.GroupAssociation), CLI: "samenspel group found 'Naam' --kind association"}
	source := controller.GroupSource{Arrangement: q.field("arrangement"), Province: q.field("province")}
	inhabitants, _ := strconv.Atoi(q.field("inhabitants"))
	source.Inhabitants = inhabitants
	if source != (controller.GroupSource{}) {
		p, err := s.cfg.Controller.ProposeGroup(q.Actor, source)
		if err != nil && !q.retry(err) {
			return err
		}
		if err == nil {
			f.Proposal, f.Kind, f.Basis, f.BasisText = p, string(p.Kind), p.Basis, q.basisText(p.Kind, p.Basis)
			f.Name = cmp.Or(p.Name, q.t("groups.name.size", "inhabitants", inhabitants))
			f.CLI = "samenspel group propose " + sourceFlags(source)
		}
	}
	for _, v := range q.form["invited"] {
		f.Chosen = append(f.Chosen, fsc.PeerID(v))
	}
	if err := s.groupChoices(q, f); err != nil {
		return err
	}
	return q.render("group_new", q.t("groups.new"), f)
}

func sourceFlags(s controller.GroupSource) string {
	switch {
	case s.Arrangement != "":
		return "--arrangement " + shellWord(s.Arrangement)
	case s.Province != "":
		return "--province " + quoted(s.Province)
	}
	return "--inhabitants " + strconv.Itoa(s.Inhabitants)
}

// groupChoices adds what can be chosen from.
func (s *server) groupChoices(q *request, f *groupForm) error {
	adoption, err := s.cfg.Controller.Adoption(q.Ctx, q.Actor, "")
	if err != nil {
		return err
	}
	f.Provinces = []option{{"", q.t("groups.province.none")}}
	for _, p := range adoption {
		if p.Province != "" && p.Municipalities > 1 {
			f.Provinces = append(f.Provinces, option{p.Province, p.Province})
		}
	}
	for _, k := range groupKinds() {
		f.Kinds = append(f.Kinds, option{string(k), q.t("groups.kind." + string(k))})
	}
	f.Keepers, err = s.keeperOptions(q)
	return err
}

// keeperOptions are who can keep a new dossier.
func (s *server) keeperOptions(q *request) ([]option, error) {
	keepers, err := s.cfg.Controller.Keepers(q.Ctx, q.Actor)
	return peerOptions(keepers), err
}

func (s *server) groupFound(q *request) error {
	f := controller.GroupForm{
		Name: q.value("name"), Kind: register.GroupKind(q.value("kind")), Basis: q.value("basis"), Keeper: fsc.PeerID(q.value("keeper")),
	}
	for _, p := range q.form["invited"] {
		f.Invited = append(f.Invited, fsc.PeerID(p))
	}
	h, err := s.cfg.Controller.FoundGroup(q.Ctx, q.Actor, f)
	if q.retry(err) {
		return s.groupNew(q)
	}
	if err != nil {
		return err
	}
	return q.redirect(deedURL(h), "groups.flash.founded")
}

// sourceURL is the form of a new group that follows from a row of the register.
func sourceURL(name, value string) string { return "/groups/new?" + url.Values{name: {value}}.Encode() }
