// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/controller"
)

// mayPrice is a framework of which one may make a price.
func mayPrice(text string) *controller.FrameworkDetail {
	f := someFramework(text)
	f.MayPrice = true
	return f
}

// somePrice is the second step of making a price.
func somePrice(text string) *priceNew {
	former := priceRow{FrameworkPrice: controller.FrameworkPrice{Sheet: dossier.PriceSheet{Cents: 5}, From: testNow()}}
	return &priceNew{
		F: mayPrice(text), URL: "/x", FURL: "/x", Step: 2, Hidden: []option{{"note", text}}, Lot: someFramework(text).Lots[0],
		Supplier: fsc.Peer{ID: source, Name: text}, Cents: 1250, Hours: 40, Note: text, From: testNow(), Former: &former, Second: true, CLI: text,
		Forecast: &forecastView{Forecast: &controller.Forecast{OK: true, Signers: []fsc.Peer{{ID: office, Name: text}}}, Word: wordOf("in_force"), Signers: text},
	}
}

func TestASupplierMakesItsPriceHearsWhatIsWrongAndBothSign(t *testing.T) {
	j := newJoint(t)
	h := j.Mantel(source, 1000, town)
	f := deedURL(h)
	b := j.sites[source].browser(t).setUp()
	b.get(f).has(t, f+"/prices/new", "Er zijn nog geen prijzen")
	b.get(f+"/prices/new").has(t, `name="lot"`, `name="price"`, `name="hours"`, "framework price").hasNot(t, `name="supplier"`)
	fields := []string{"lot", "1", "price", "12,50", "hours", "40", "note", "Zonder <b>inrichting</b>."}
	send := func(step string, fields []string) answer {
		return b.post(f+"/prices/new", append(slices.Clone(fields), "step", step)...)
	}
	for name, wrong := range map[string]string{"price": "veel", "hours": "10.001", "lot": "9", "note": strings.Repeat("x", 501), "from": "morgen"} {
		send("2", withField(fields, name, wrong)).want(t, http.StatusBadRequest, "").has(t, `href="#f-`+name+`"`, "Zonder").hasNot(t, "Dit tekent u")
	}
	send("2", withField(fields, "from", "2020-01-01")).want(t, http.StatusOK, "").has(t, "Dit kan zo niet", "begint te vroeg").hasNot(t, `value="sign"`)
	outcome := send("2", fields)
	outcome.want(t, http.StatusOK, "").has(t, "Dit tekent u", "€ 12,50", "40", "Zonder &lt;b&gt;inrichting", "--unit-price-cents 1250 --effort-hours 40", string(office))
	send("1", outcome.fields()).want(t, http.StatusOK, "").has(t, `value="12,50"`, `value="40"`)
	signed := send("sign", fields)
	b.follow(signed).has(t, "U heeft de prijs getekend")
	j.Settle()

	body := j.sites[office].browser(t).setUp()
	question := body.get(signed.Header.Get("Location") + "/accept")
	question.has(t, "Wilt u deze prijs tekenen?", "€ 12,50", "naar schatting 40 uur werk", "kan niet worden ingetrokken")
	body.follow(body.post(signed.Header.Get("Location")+"/accept", "confirmed", "yes")).has(t, "U heeft getekend")
	j.Settle()
	buyer := j.sites[town].browser(t).setUp()
	buyer.get(f).has(t, "€ 12,50", "Zonder &lt;b&gt;inrichting").hasNot(t, "/prices/new", "<b>inrichting")
	buyer.get(f+"/accede").has(t, "rekent € 12,50 per stuk", "naar schatting 40 uur werk")
	buyer.get(f+"/prices/new").has(t, "Alleen de aankoopcentrale").hasNot(t, `name="price"`)
	buyer.post(f+"/prices/new", append(slices.Clone(fields), "step", "sign")...).want(t, http.StatusBadRequest, "")
	body.get(f+"/prices/new").has(t, `name="supplier"`)
	again := body.post(f+"/prices/new", append(withField(fields, "price", "11,00"), "supplier", string(source), "step", "2")...)
	again.has(t, "€ 11,00", "Nu € 12,50, sinds")
}

func TestAPriceWaitsForASecondPersonWhereThatIsSet(t *testing.T) {
	j := newJoint(t, "price.sign")
	h := j.Mantel(source, 1000, town)
	b := j.sites[source].browser(t).setUp()
	fields := []string{"lot", "1", "price", "12,50", "hours", "40"}
	b.post(deedURL(h)+"/prices/new", append(slices.Clone(fields), "step", "2")...).has(t, "tweede")
	b.follow(b.post(deedURL(h)+"/prices/new", append(slices.Clone(fields), "step", "sign")...)).has(t, "Prijs tekenen")
	b.get(deedURL(h)).has(t, "Er zijn nog geen prijzen", "/requests")
}
