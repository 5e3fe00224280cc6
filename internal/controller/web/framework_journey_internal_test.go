// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/controller"
)

// draftFixtures are the pages that make a framework.
func draftFixtures() []fixture {
	var out []fixture
	for _, text := range []string{"Webdiensten", hostileText} {
		peer := fsc.Peer{ID: "00000099000000002000", Name: text}
		rows := []draftRow{{1, 0, "l0.", true}, {2, 1, "l1.", true}}
		v := frameworkNew{
			Step: 1, Steps: []wizardStep{{Key: "frameworks.new.step.what", Current: true}}, Lots: rows, Windows: rows, MoreLots: true, MoreWindows: true,
			Keepers: []option{{text, text}}, Groups: []option{{text, text}}, Hidden: []option{{"source.hash", text}}, Start: "2026-11-22", Imported: true, CLI: text,
		}
		outcome := v
		outcome.Step, outcome.File, outcome.Second = 2, text, true
		outcome.Rows = []draftLot{{Lot: dossier.Lot{ID: text, Name: text, Unit: text, MaximumQuantity: 5, MaximumValue: 100, Services: []string{text}}, Suppliers: text}}
		outcome.Form = controller.FrameworkForm{
			Name: text, NotAfter: testNow(), ExtensionUntil: testNow(), Eligible: []fsc.PeerID{town}, Source: &controller.DocumentForm{Name: text, Hash: "$1$900$abc"},
		}
		outcome.Forecast = &forecastView{Forecast: &controller.Forecast{OK: true, Signers: []fsc.Peer{peer}}, Word: wordOf("asserted"), Signers: text}
		question := outcome
		question.Step, question.Imported = 3, false
		out = append(out,
			fixture{page: "framework_new", name: "1 " + text[:4], data: &v, problems: problems{{"l0.value", text}}},
			fixture{page: "framework_new", name: "2 " + text[:4], data: &outcome},
			fixture{page: "framework_new", name: "3 " + text[:4], data: &question},
			fixture{page: "framework_import", name: "1 " + text[:4], data: &frameworkImportView{CLI: text}, problems: problems{{"json", text}}},
			fixture{page: "framework_import", name: "2 " + text[:4], data: &frameworkImportView{Document: []option{{"source.hash", text}}, Hash: text, Size: 3}},
			fixture{page: "framework_confirm", name: "may " + text[:4], data: &frameworkConfirmView{F: someFramework(text), URL: "/x", Lots: []lotView{lotOf(someFramework(text).Lots[0])}, Buyers: []option{{text, text}}, CLI: text}},
			fixture{page: "framework_confirm", name: "not " + text[:4], data: &frameworkConfirmView{F: &controller.FrameworkDetail{}, URL: "/x"}},
			fixture{page: "price_new", name: "1 " + text[:4], data: &priceNew{F: mayPrice(text), URL: "/x", FURL: "/x", Step: 1, Lots: []option{{text, text}}, Suppliers: []option{{text, text}}, Today: "2026-11-22", CLI: text}, problems: problems{{"price", text}}},
			fixture{page: "price_new", name: "2 " + text[:4], data: somePrice(text)},
			fixture{page: "price_new", name: "not " + text[:4], data: &priceNew{F: &controller.FrameworkDetail{}, URL: "/x", FURL: "/x", Step: 1}},
		)
	}
	return out
}

// mantelFields are the fields of a framework as a buyer fills them in.
func mantelFields() []string {
	return []string{
		"name", "Riolering", "published", "2026-08-01", "notBefore", "2026-11-22", "notAfter", "2031-11-21", "tailDays", "30", "keeper", string(office),
		"windows", "1", "w0.from", "2026-11-22", "w0.until", "2027-05-31", "eligible", string(town) + "\n", "lots", "1", "l0.id", "1", "l0.name", "Inspectie",
		"l0.unit", "meter", "l0.quantity", "1.000", "l0.value", "250.000,00", "l0.suppliers", string(source), "l0.services", "riool\nkaart",
	}
}

// withField gives fields with another value for one of them.
func withField(fields []string, name, value string) []string {
	fields = slices.Clone(fields)
	for i := 0; i < len(fields); i += 2 {
		if fields[i] == name {
			fields[i+1] = value
			return fields
		}
	}
	return append(fields, name, value)
}

func TestAPurchasingBodyDraftsAFrameworkHearsWhatIsWrongAndSigns(t *testing.T) {
	j := newJoint(t)
	b := j.sites[office].browser(t).setUp()
	b.get("/frameworks").has(t, "/frameworks/new", "/frameworks/import")
	b.get("/frameworks/new").has(t, `name="l0.quantity"`, `name="w0.from"`, "Nog een perceel").hasNot(t, "Perceel 1 weghalen")
	fields := mantelFields()
	send := func(step string, fields []string) answer {
		return b.post("/frameworks/new", append(slices.Clone(fields), "step", step)...)
	}

	more := send("lot+", fields)
	more.has(t, "Perceel 2 weghalen", `name="l1.quantity"`, `value="250.000,00"`)
	both := withField(withField(fields, "lots", "2"), "l1.name", "Kaarten")
	send("lot-0", both).has(t, `name="l0.name" type="text" value="Kaarten"`).hasNot(t, "l1.name", "Inspectie")
	send("group+", fields).want(t, http.StatusBadRequest, "").has(t, `href="#f-group"`, string(town))
	send("group+", withField(fields, "group", "province:Atlantis")).want(t, http.StatusBadRequest, "").has(t, `href="#f-group"`, string(town))
	send("group+", withField(fields, "group", "province:Groningen")).want(t, http.StatusOK, "").has(t, string(town), "00000001", "Gemeenten in Groningen")
	send("2", both).want(t, http.StatusBadRequest, "").has(t, `href="#f-l1.quantity"`, `href="#f-l1.suppliers"`, "Vul dit in", "Inspectie")
	send("2", withField(fields, "l0.value", "veel")).want(t, http.StatusBadRequest, "").has(t, `href="#f-l0.value"`, `value="veel"`)
	send("2", withField(fields, "eligible", strings.Repeat("9", 300))).want(t, http.StatusBadRequest, "").has(t, `href="#f-eligible"`, "Dit is geen OIN: 9999")
	send("2", withField(fields, "eligible", string(source))).want(t, http.StatusBadRequest, "").has(t, `href="#f-eligible"`, "art. 24")
	send("2", fields).want(t, http.StatusBadRequest, "").has(t, `href="#f-termRationale"`, "langer dan vier jaar", "art. 33(1)", `value="2031-11-21"`)

	fields = withField(fields, "notAfter", "2028-11-21")
	outcome := send("2", fields)
	outcome.want(t, http.StatusOK, "").has(t, "Dit kan.", "Actief", "21 november 2028", "1.000 meter", "€ 250.000,00", "OIN "+string(source), "framework create", "maximumValueCents").hasNot(t, "<b onclick")
	question := b.post("/frameworks/new", append(outcome.fields(), "step", "3")...)
	question.has(t, "Wilt u deze raamovereenkomst tekenen?", "Tekenen en versturen")
	send("1", question.fields()).has(t, `value="Riolering"`, `value="2028-11-21"`)
	signed := b.post("/frameworks/new", append(question.fields(), "step", "sign")...)
	b.follow(signed).has(t, "op weg naar de leveranciers", "Riolering", "Voorgesteld")
	j.Settle()
	f := signed.Header.Get("Location")
	maker := j.sites[source].browser(t).setUp()
	maker.get(f).has(t, "/accept", "/reject")
	h := deed.Hash(strings.TrimPrefix(f, "/frameworks/"))
	maker.follow(maker.post("/deeds/"+string(h)+"/accept", "confirmed", "yes")).has(t, "U heeft getekend")
	j.Settle()
	b.get(f).has(t, "Actief", "1 organisatie mag toetreden", "riool", "kaart", "30 dagen na het einde")
}

const paperMantel = `{"name":"Riolering","published":"2020-01-15T00:00:00+01:00","notBefore":"2026-01-01T00:00:00Z","notAfter":"2028-01-01T00:00:00Z","tailDays":30,
"eligible":["00000099000000001000"],"entryWindows":[{"from":"2026-01-01T00:00:00Z","until":"2027-06-01T00:00:00Z"}],
"lots":[{"id":"1","name":"Inspectie","unit":"meter","maximumQuantity":1000,"maximumValueCents":25000000,"suppliers":["00000099000000002000"],"services":["riool"]}]}`

func TestAFrameworkOnPaperIsTakenOverAndConfirmedByOthers(t *testing.T) {
	j := newJoint(t)
	b := j.sites[office].browser(t).setUp()
	b.get("/frameworks/import").has(t, `enctype="multipart/form-data"`, `name="json"`, "--source")
	b.upload("/frameworks/import", sentFile("document", "", "")).want(t, http.StatusBadRequest, "").has(t, `href="#f-document"`)
	document := b.upload("/frameworks/import", sentFile("document", "mantel.pdf", "%PDF-1.7 mantel"))
	document.has(t, `name="source.hash"`, "15 bytes", `value="application/pdf"`)
	send := func(json string) answer {
		return b.post("/frameworks/import", append(document.fields(), "source.name", "mantel.pdf", "json", json)...)
	}
	for _, wrong := range []string{"", "niets", `{"name":1}`, `{"naam":"x"}`, strings.Replace(paperMantel, `"tailDays":30`, `"tailDays":30,"tailDays":31`, 1)} {
		send(wrong).want(t, http.StatusBadRequest, "").has(t, `href="#f-json"`, `value="mantel.pdf"`, `name="source.hash"`)
	}
	send(strings.Replace(paperMantel, `"maximumQuantity":1000`, `"maximumQuantity":0`, 1)).want(t, http.StatusBadRequest, "").has(t, `href="#f-l0.quantity"`, "C-23/20", `name="source.hash"`)
	outcome := send(paperMantel)
	outcome.want(t, http.StatusOK, "").has(t, "Nog niet bevestigd", "al elders gesloten", "mantel.pdf", "2028-01-01T00:00:00Z")
	signed := b.post("/frameworks/new", append(outcome.fields(), "step", "sign")...)
	b.follow(signed).has(t, "wacht op bevestiging", "Nog niet bevestigd", "mantel.pdf").hasNot(t, "/confirm")
	j.Settle()

	f := signed.Header.Get("Location")
	b.get(f+"/confirm").has(t, "U kunt hier nu niets bevestigen")
	b.post(f+"/confirm", "confirmed", "yes").want(t, http.StatusBadRequest, "")
	maker := j.sites[source].browser(t).setUp()
	maker.get(f).has(t, f+"/confirm")
	maker.get(f+"/confirm").has(t, "Deelnemer die ook bevestigt", "framework confirm", "mantel.pdf", "1.000 meter")
	maker.post(f+"/confirm", "confirmed", "yes", "buyer", string(office)).want(t, http.StatusBadRequest, "").has(t, `href="#f-buyer"`)
	made := maker.post(f+"/confirm", "confirmed", "yes", "buyer", string(town))
	maker.follow(made).has(t, "U heeft de bevestiging getekend")
	j.Settle()
	buyer := j.sites[town].browser(t).setUp()
	confirmation := made.Header.Get("Location")
	buyer.get(f).has(t, confirmation, "Nog niet bevestigd").hasNot(t, f+"/confirm")
	buyer.get(confirmation).has(t, confirmation+"/accept", confirmation+"/reject")
	buyer.follow(buyer.post(confirmation+"/accept", "confirmed", "yes")).has(t, "U heeft getekend")
	j.Settle()
	buyer.get(f).has(t, "Actief", f+"/accede")
}

func TestAFrameworkTellsThatWhoKeepsItsDossierDidWrong(t *testing.T) {
	j := newJoint(t)
	h := j.Mantel(source, 1000, town)
	b := j.sites[town].browser(t).setUp()
	b.get("/frameworks/"+string(h)).hasNot(t, "/alarms/")
	must(t, j.Store(town).Collective().Update(t.Context(), func(tx collective.Tx) error {
		return tx.PutAlarm(t.Context(), &collective.Alarm{At: testNow().Unix(), Peer: office, Dossier: h, Code: "equivocation", Proof: []byte("{}")})
	}))
	b.get("/frameworks/"+string(h)).has(t, "twee verschillende verhalen", "/alarms/"+string(h)+"/proof", "Teken niets meer")
	b.get("/frameworks/"+string(j.Mantel(source, 10, town))).hasNot(t, "/alarms/")
}

func FuzzAFrameworkFileBecomesFieldsAndAForm(f *testing.F) {
	f.Add([]byte(paperMantel))
	s, err := parsed()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var file frameworkFile
		if deed.Unmarshal(raw, &file) != nil {
			return
		}
		q := &request{Lang: dutch, s: s}
		d := q.frameworkDraftOf(file.form())
		got, ok := q.frameworkForm(d)
		if ok && (!got.NotAfter.Equal(file.NotAfter.Truncate(time.Second)) || len(got.Lots) != len(file.Lots)) {
			t.Errorf("%s became %+v", raw, got)
		}
		for _, button := range []string{"lot+", "lot-0", "window+", "window-0"} {
			d.edit(button)
		}
	})
}
