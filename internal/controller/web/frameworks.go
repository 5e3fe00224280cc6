// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/controller"
)

// partSupplier is our part in frameworks in which we supply.
const partSupplier = "supplier"

type frameworksPage struct {
	Rows     []frameworkRow
	Words    []option
	Total    int
	Cursors  cursors
	Filtered bool
	CLI      string
}

type frameworkRow struct {
	controller.Framework
	URL  string
	Word wordView
	// Window is the text of the window that is open, or of the next one.
	Window string
	// Least is the lot of which the smallest part is left.
	Least *lotView
}

// lotView is a lot with what is left of it in percent.
type lotView struct {
	controller.FrameworkLot
	LeftPercent int64
}

func lotOf(l controller.FrameworkLot) lotView {
	v := lotView{FrameworkLot: l}
	if l.Maximum > 0 {
		v.LeftPercent = l.Left * 100 / l.Maximum
	}
	return v
}

func frameworkWords() []collective.Word {
	return []collective.Word{
		collective.WordLive, collective.WordProposed, collective.WordPlanned, collective.WordAsserted, collective.WordSuspended,
		collective.WordExhausted, collective.WordExpired, collective.WordTerminated, collective.WordAnnulled, collective.WordRejected,
	}
}

func (q *request) wordOptions(words []collective.Word) []option {
	out := []option{{"", q.t("collective.all")}}
	for _, w := range words {
		out = append(out, option{string(w), q.t("collective.word." + string(w))})
	}
	return out
}

func (s *server) frameworksList(q *request) error {
	f := controller.FrameworkFilter{Text: q.query("q"), Word: collective.Word(q.query("state")), Ours: q.query("ours") == "yes", Place: q.places()}
	w, err := s.cfg.Controller.Frameworks(q.Ctx, q.Actor, f)
	if err != nil {
		return err
	}
	if q.wants("csv") {
		return q.frameworksCSV(w.Items)
	}
	d := &frameworksPage{
		Words: q.wordOptions(frameworkWords()), Total: w.Total, Cursors: cursorsOf(w.Previous, w.Next),
		Filtered: f.Text != "" || f.Word != "" || f.Ours, CLI: "samenspel framework list",
	}
	for i := range w.Items {
		d.Rows = append(d.Rows, q.frameworkRow(&w.Items[i]))
	}
	return q.render("frameworks", q.t("frameworks.title"), d)
}

func (q *request) frameworkRow(f *controller.Framework) frameworkRow {
	row := frameworkRow{Framework: *f, URL: deedURL(f.Hash), Word: wordOf(f.Word), Window: q.windowText(f)}
	for _, l := range f.Lots {
		if v := lotOf(l); row.Least == nil || v.LeftPercent < row.Least.LeftPercent {
			row.Least = &v
		}
	}
	return row
}

// windowText tells until when one can join, or from when.
func (q *request) windowText(f *controller.Framework) string {
	last := time.Time{}
	for _, w := range f.Windows {
		if w.Open {
			return q.t("frameworks.window.open", "until", formatDate(q.Lang, w.Until.Add(-time.Second), location()))
		}
		if w.From.After(q.s.cfg.Now()) {
			return q.t("frameworks.window.next", "from", formatDate(q.Lang, w.From, location()))
		}
		last = w.Until
	}
	if last.IsZero() {
		return ""
	}
	return q.t("frameworks.window.closed", "until", formatDate(q.Lang, last.Add(-time.Second), location()))
}

func (q *request) frameworksCSV(all []controller.Framework) error {
	header := []string{
		"framework", "name", "state", "not_before", "until", "participants", "eligible", "lot", "lot_name", "unit", "maximum", "committed", "reserved", "left",
	}
	return q.csv("frameworks", header, func(yield func([]string, error) bool) {
		for i := range all {
			f := &all[i]
			for _, l := range f.Lots {
				row := []string{
					string(f.Hash), f.Name, string(f.Word), dayText(f.NotBefore), lastDayText(f.Until), strconv.Itoa(f.Participants), strconv.Itoa(f.Eligible),
					l.ID, l.Name, l.Unit, decimal(l.Maximum), decimal(l.Committed), decimal(l.Reserved), decimal(l.Left),
				}
				if !yield(row, nil) {
					return
				}
			}
		}
	})
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

type frameworkView struct {
	F          *controller.FrameworkDetail
	URL        string
	Word       wordView
	Turn       string
	Window     string
	MayBuy     bool // nothing in our part keeps us from joining
	Lots       []lotView
	Suppliers  string
	Accessions []accessionRow
	CallOffs   []callOffRow
	Prices     []priceRow
	PricesCLI  string
	Saved      *savedView // together; nil where it isn't told
	Changes    []changeRow
	Confirms   []deedRow
	Signers    []signerRow
	Reasons    []reasonView
	Notes      []reasonView
	History    []stepView
	Alarms     []alarmRow
	CLI        string
}

type accessionRow struct {
	controller.Accession
	URL  string
	Word wordView
}

type changeRow struct {
	controller.FrameworkChange
	deedRow
	Text string
}

// priceRow is what a unit of a lot costs at a supplier.
type priceRow struct {
	controller.FrameworkPrice
	deedRow
}

func (q *request) priceRow(p *controller.FrameworkPrice) priceRow {
	return priceRow{FrameworkPrice: *p, deedRow: q.deedRow(&p.DeedState)}
}

type deedRow struct {
	URL  string
	Word wordView
	Turn string
}

// signerRow is a party of a deed with what it does in it.
type signerRow struct {
	Peer fsc.Peer
	Self bool
	Role string // key
	Turn bool
	// Signed are its signatures; Without is the key of what is said when there are
	// none.
	Signed  []controller.SignedAct
	Without string
}

func (q *request) signerRows(d *controller.DeedState) []signerRow {
	var out []signerRow
	for _, p := range d.Parties {
		row := signerRow{
			Peer: p.Peer, Self: p.Peer.ID == q.s.self.ID, Role: "collective.role." + string(p.Role), Turn: p.Turn && !d.Final, Signed: p.Signed,
			Without: "collective.signed.unasked",
		}
		switch {
		case row.Turn:
			row.Without = "collective.signed.waiting"
		case p.Asked:
			row.Without = "collective.signed.none"
		}
		out = append(out, row)
	}
	return out
}

func (q *request) deedRow(d *controller.DeedState) deedRow {
	return deedRow{URL: deedURL(d.Hash), Word: wordOf(d.Word), Turn: q.awaitText(d)}
}

func (s *server) frameworkPage(q *request) error {
	f, err := s.cfg.Controller.Framework(q.Ctx, q.Actor, deed.Hash(q.path("hash")))
	if err != nil {
		return err
	}
	return q.render("framework", q.frameworkTitle(&f.Framework), q.frameworkView(f))
}

func (q *request) frameworkTitle(f *controller.Framework) string {
	if f.Name == "" {
		return q.t("frameworks.unnamed")
	}
	return brief(f.Name)
}

func (q *request) frameworkView(f *controller.FrameworkDetail) *frameworkView {
	v := &frameworkView{
		F: f, URL: deedURL(f.Hash), Word: wordOf(f.Word), Turn: q.awaitText(&f.DeedState), Window: q.windowText(&f.Framework),
		Suppliers: q.peersText(f.Suppliers), Signers: q.signerRows(&f.DeedState), Reasons: q.reasonViews(f.Reasons), Notes: q.reasonViews(f.Notes),
		History: q.stepViews(f.History), Alarms: q.alarmRows(f.Alarms), CLI: "samenspel framework show " + quoted(string(f.Hash)),
		PricesCLI: "samenspel framework prices " + quoted(string(f.Hash)),
		MayBuy:    f.Part == "" || slices.ContainsFunc(f.EligiblePeers, func(p fsc.Peer) bool { return p.ID == q.s.self.ID }),
	}
	if f.Saved != nil && f.Saved.Enough {
		saved := q.savedView(f.Saved.Sum)
		v.Saved = &saved
	}
	for _, l := range f.Lots {
		v.Lots = append(v.Lots, lotOf(l))
	}
	for i := range f.Accessions {
		a := &f.Accessions[i]
		v.Accessions = append(v.Accessions, accessionRow{Accession: *a, URL: deedURL(a.Hash), Word: wordOf(a.Word)})
	}
	for i := range f.CallOffs {
		v.CallOffs = append(v.CallOffs, q.callOffRow(&f.CallOffs[i]))
	}
	for i := range f.Prices {
		v.Prices = append(v.Prices, q.priceRow(&f.Prices[i]))
	}
	for i := range f.Changes {
		ch := &f.Changes[i]
		v.Changes = append(v.Changes, changeRow{FrameworkChange: *ch, deedRow: q.deedRow(&ch.DeedState), Text: q.changeText(ch)})
	}
	for i := range f.Confirmations {
		v.Confirms = append(v.Confirms, q.deedRow(&f.Confirmations[i]))
	}
	return v
}

func (q *request) changeText(ch *controller.FrameworkChange) string {
	text := []string{q.t("frameworks.change."+string(ch.Kind), "percent", percentText(q.Lang, ch.BasisPoints))}
	if ch.Supplier.ID != "" {
		text = append(text, q.peerText(ch.Supplier))
	}
	if ch.Successor.ID != "" {
		text = append(text, "→ "+q.peerText(ch.Successor))
	}
	return strings.Join(text, " ")
}

// percentText writes hundredths of a percent.
func percentText(l language, basisPoints int64) string {
	return strings.TrimPrefix(moneyText(l, basisPoints), "€ ")
}
