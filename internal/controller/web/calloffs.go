// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"slices"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/controller"
)

type callOffsPage struct {
	Rows     []callOffRow
	Words    []option
	Total    int
	Cursors  cursors
	Filtered bool
}

type callOffRow struct {
	controller.CallOff
	URL, FURL string
	Word      wordView
	TurnText  string
	Money     string // empty where it isn't for us
}

func (q *request) callOffRow(o *controller.CallOff) callOffRow {
	row := callOffRow{CallOff: *o, URL: deedURL(o.Hash), FURL: deedURL(o.Framework), Word: wordOf(o.Word), TurnText: q.awaitText(&o.DeedState)}
	if o.ValueCents > 0 {
		row.Money = moneyText(q.Lang, o.ValueCents)
	}
	return row
}

func callOffWords() []collective.Word {
	return []collective.Word{
		collective.WordOffered, collective.WordWaits, collective.WordPlanned, collective.WordLive, collective.WordCompleted,
		collective.WordTerminated, collective.WordRefused, collective.WordRejected, collective.WordLapsed,
	}
}

func (s *server) callOffsList(q *request) error {
	f := controller.CallOffFilter{Word: collective.Word(q.query("state")), Turn: q.query("turn") == "yes", Place: q.places()}
	w, err := s.cfg.Controller.CallOffs(q.Ctx, q.Actor, f)
	if err != nil {
		return err
	}
	if q.wants("csv") {
		return q.callOffsCSV(w.Items)
	}
	d := &callOffsPage{Words: q.wordOptions(callOffWords()), Total: w.Total, Cursors: cursorsOf(w.Previous, w.Next), Filtered: f.Word != "" || f.Turn}
	for i := range w.Items {
		d.Rows = append(d.Rows, q.callOffRow(&w.Items[i]))
	}
	return q.render("calloffs", q.t("calloffs.title"), d)
}

func (q *request) callOffsCSV(all []controller.CallOff) error {
	header := []string{
		"call_off", "state", "framework", "framework_name", "lot", "lot_name", "unit", "quantity", "value_cents", "buyer", "supplier", "not_before", "not_after",
	}
	return q.csv("calloffs", header, each(all, func(o controller.CallOff) []string {
		return []string{
			string(o.Hash), string(o.Word), string(o.Framework), o.FrameworkName, o.Lot, o.LotName, o.Unit, decimal(o.Quantity), decimal(o.ValueCents),
			string(o.Buyer.ID), string(o.Supplier.ID), dayText(o.NotBefore), lastDayText(o.NotAfter),
		}
	}))
}

// callOffView is one call-off.
type callOffView struct {
	O                            *controller.CallOffDetail
	Row                          callOffRow
	URL, AURL                    string
	UsageURL                     string // empty where there is none to see
	Savings                      []savingRow
	Next                         string
	Signers                      []signerRow
	Reasons, Notes               []reasonView
	History                      []stepView
	Bindings                     []bindingRow
	Services                     []option // that can be connected
	Changes                      []changedRow
	AcceptURL, RejectURL, EndURL string // empty where one can't
	CLI, DrawCLI, ChangeCLI      string
}

type bindingRow struct {
	deedRow
	ContractURL, Contract string
	State                 string // of the contract; empty when it isn't here
	Service               string // that the contract is about; empty when it isn't here
}

func (s *server) callOffPage(q *request) error {
	o, err := s.cfg.Controller.CallOff(q.Ctx, q.Actor, deed.Hash(q.path("hash")))
	if err != nil {
		return err
	}
	return q.render("calloff", q.t("calloff.title", "buyer", brief(o.Buyer.Name), "lot", brief(o.LotName)), q.callOffView(o))
}

func (q *request) callOffView(o *controller.CallOffDetail) *callOffView {
	v := &callOffView{
		O: o, Row: q.callOffRow(&o.CallOff), URL: deedURL(o.Hash), Signers: q.signerRows(&o.DeedState), Reasons: q.reasonViews(o.Reasons),
		Notes: q.reasonViews(o.Notes), History: q.stepViews(o.History), UsageURL: usageOf(o), Savings: q.savingRows(o), CLI: "samenspel calloff show " + quoted(string(o.Hash)),
		Changes: q.changedRows(o), DrawCLI: "samenspel calloff draw-own " + quoted(string(o.Hash)), ChangeCLI: changeCLI(o),
	}
	if o.Accession != "" {
		v.AURL = deedURL(o.Accession)
	}
	if o.Word == collective.WordLive {
		v.Reasons = nil // nothing needs an explanation
	}
	if key := "calloff.next." + string(o.Word) + "." + o.Part; q.s.words[q.Lang].has(key) {
		v.Next = q.t(key)
	}
	if o.MaySign {
		v.AcceptURL, v.RejectURL = signURL(o.Hash, deed.Accept), signURL(o.Hash, deed.Reject)
	}
	if o.MayEnd {
		v.EndURL = signURL(o.Hash, deed.Revoke)
	}
	for _, name := range o.Services {
		if o.MayConnect {
			v.Services = append(v.Services, option{name, name})
		}
	}
	for i := range o.Bindings {
		b := &o.Bindings[i]
		row := bindingRow{deedRow: q.deedRow(&b.DeedState), Contract: string(b.Contract)}
		if at := slices.IndexFunc(o.Contracts, func(c controller.Contract) bool { return c.Hash == b.Contract }); at >= 0 {
			row.ContractURL, row.State = contractURL(b.Contract), stateKey(o.Contracts[at].State)
			for _, g := range o.Contracts[at].Grants {
				row.Service = g.Service
			}
		}
		v.Bindings = append(v.Bindings, row)
	}
	return v
}

func signURL(h deed.Hash, act deed.Act) string { return "/deeds/" + string(h) + "/" + string(act) }

func (s *server) callOffConnect(q *request) error {
	h := deed.Hash(q.path("hash"))
	made, err := s.cfg.Controller.Connect(q.Ctx, q.Actor, h, q.value("service"))
	if q.retry(err) {
		return s.callOffPage(q)
	}
	if err != nil {
		return err
	}
	return q.redirect(contractURL(made), "calloff.flash.connected")
}
