// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/http"
	"slices"
	"testing"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// someSaving is what a buyer stated to save.
func someSaving(text string, cents int64) controller.Saving {
	said := usage.SavingStatement{Quantity: 250, Price: 80, Baseline: usage.Baseline{Price: 150, Source: "$1$900$abc", Note: text}}
	return controller.Saving{DeedState: someState(text, "issued"), Statement: said, Source: deed.Annex{Name: text, Hash: "$1$900$abc"}, Cents: cents, Stands: true}
}

// savingFixtures are the pages that state a saving.
func savingFixtures(text string) []fixture {
	may := someCallOff(text, "buyer")
	may.MaySave = true
	v := savingNew{O: may, URL: "/x", OURL: "/x", Step: 1, Price: "0,80", Quantity: "250", CLI: text}
	form, outcome := v, v
	form.Step, form.Document, form.Hash, form.Size = 2, []option{{"source.hash", text}}, text, 3
	outcome.Step, outcome.Hidden = 3, []option{{"note", text}}
	outcome.Form = controller.SavingForm{Quantity: 250, PriceCents: 80, BaselineCents: 150, Note: text, Source: controller.DocumentForm{Name: text, Hash: "$1$900$abc"}}
	outcome.Saved, outcome.Forecast = savedView{"€ 175,00", false}, &forecastView{Forecast: &controller.Forecast{OK: true}, Word: wordOf("issued")}
	more := outcome
	more.Saved.More = true
	q := &request{Lang: dutch}
	together := &collective.Savings{
		Saved:  usage.Total{Enough: true, Buyers: 2, Sum: -500},
		Demand: []collective.LotDemand{{Lot: text, Demand: usage.Total{Enough: true, Buyers: 5, Sum: 900}}, {Lot: "2"}},
	}
	return []fixture{
		{page: "framework_savings", name: text[:4], data: q.savedPage(someFramework(text), together)},
		{page: "framework_savings", name: "few " + text[:4], data: q.savedPage(someFramework(text), &collective.Savings{})},
		{page: "saving_new", name: "1 " + text[:4], data: &v, problems: problems{{"document", text}}},
		{page: "saving_new", name: "2 " + text[:4], data: &form, problems: problems{{"baseline", text}}},
		{page: "saving_new", name: "3 " + text[:4], data: &outcome},
		{page: "saving_new", name: "more " + text[:4], data: &more},
		{page: "saving_new", name: "not " + text[:4], data: &savingNew{O: someCallOff(text, "supplier"), URL: "/x", OURL: "/x", Step: 1}},
	}
}

// ordered is a call-off of 100 units by the town, agreed to by all.
func (j *joint) ordered(t *testing.T, f deed.Hash) deed.Hash {
	t.Helper()
	all := operator.Actor{Name: "Tester", Permissions: operator.Permissions()}
	c := j.sites[town].s.cfg.Controller
	a, err := c.Accede(t.Context(), all, controller.AccessionForm{Framework: f, Lots: []dossier.Reservation{{Lot: "1", Need: 100, Reserved: 100}}})
	must(t, err)
	j.Settle()
	o, err := c.OfferCallOff(t.Context(), all, controller.CallOffForm{Accession: a, Lot: "1", Quantity: 100, ValueCents: 8000, NotAfter: testNow().AddDate(1, 0, 0)})
	must(t, err)
	j.Settle()
	must(t, j.Desk(source).Sign(t.Context(), o, collective.Act{Act: deed.Accept, Role: dossier.RoleSupplier}))
	j.Settle()
	return o
}

func TestABuyerStatesItsSavingWithTheOldContractAndWithdrawsIt(t *testing.T) {
	j := newJoint(t)
	f := j.Mantel(source, 1000, town)
	o := j.ordered(t, f)
	at := deedURL(o)
	b := j.sites[town].browser(t).setUp()
	b.get(at).has(t, "Besparing vastleggen", at+"/saving")
	b.get(at+"/saving").has(t, `enctype="multipart/form-data"`, "calloff saving").hasNot(t, `name="baseline"`)
	b.upload(at+"/saving", sentFile("document", "", "")).want(t, http.StatusBadRequest, "").has(t, `href="#f-document"`)
	document := b.upload(at+"/saving", sentFile("document", "oud.pdf", "%PDF-1.7 oud"))
	document.has(t, `name="source.hash"`, `value="0,80"`, `value="100"`, "12 bytes")
	if h := deed.AnnexHash([]byte("%PDF-1.7 oud")); !j.Desk(town).HasAnnex(h) {
		t.Error("the document isn't kept")
	}
	fields := append(document.fields(), "source.name", "oud.pdf", "baseline", "1,50", "price", "0,80", "quantity", "100", "note", "Contract <i>2025</i>")
	send := func(step string, fields []string) answer {
		return b.post(at+"/saving", append(slices.Clone(fields), "step", step)...)
	}
	for name, wrong := range map[string]string{"baseline": "0", "price": "veel", "quantity": "101", "note": " ", "source.name": ""} {
		send("3", withField(fields, name, wrong)).want(t, http.StatusBadRequest, "").has(t, `href="#f-`+name+`"`, `name="source.hash"`).hasNot(t, "Tekenen en vastleggen")
	}
	send("3", withField(fields, "price", "1,60")).want(t, http.StatusOK, "").has(t, "Dit kost € 10,00 meer dan eerst.")
	send("3", fields).want(t, http.StatusOK, "").has(t, "Bespaard: € 70,00.", "--baseline-cents 150 --price-cents 80 --quantity 100", "Contract &lt;i&gt;2025")
	send("2", fields).want(t, http.StatusOK, "").has(t, `value="1,50"`, `name="source.hash"`)
	b.follow(send("sign", fields)).has(t, "De besparing is vastgelegd", "Bespaard: € 70,00.", "oud.pdf").hasNot(t, at+"/saving", "<i>2025")
	j.Settle()
	b.get(at).has(t, "Afgegeven", "Opgave intrekken", "/annexes/$1$900$")
	kept := "/annexes/" + string(deed.AnnexHash([]byte("%PDF-1.7 oud"))) + "/content"
	if got := b.get(kept); got.text != "%PDF-1.7 oud" {
		t.Errorf("the document is %q", got.text)
	}
	maker := j.sites[source].browser(t).setUp()
	maker.get(at).hasNot(t, "Besparing", "oud.pdf", "70,00")
	maker.get(deedURL(f)).hasNot(t, "Samen bespaard")
	maker.get(kept).want(t, http.StatusNotFound, "")
	maker.get(at+"/saving").has(t, "U kunt hier nu geen besparing vastleggen")
	keeper := j.sites[office].browser(t).setUp()
	maker.get(deedURL(f)+"/savings").want(t, http.StatusConflict, "")
	keeper.get(deedURL(f)+"/savings").has(t, "Samen bespaard", "nog te weinig opgaven", "Te zien vanaf vijf deelnemers").hasNot(t, "70,00")
	keeper.get(deedURL(f)).has(t, "Samen bespaard", "nog te weinig opgaven").hasNot(t, "70,00")
	saved, err := j.sites[town].s.cfg.Controller.SavingsOf(t.Context(), operator.Actor{Name: "Tester", Permissions: operator.Permissions()}, o)
	must(t, err)
	end := signURL(saved[0].Hash, deed.Revoke)
	b.get(end).has(t, "Wilt u dit intrekken?")
	b.follow(b.post(end, "confirmed", "yes"))
	j.Settle()
	b.get(at).has(t, "Teruggetrokken", at+"/saving")
	b.get("/audit").has(t, "Besparing vastgelegd")
}
