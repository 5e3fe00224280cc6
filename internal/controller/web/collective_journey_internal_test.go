// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/collectivetest"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// office buys centrally in these tests; town joins and source supplies.
const office fsc.PeerID = "00000099000000003000"

// joint is the pages of organisations that buy together.
type joint struct {
	*collectivetest.Circle
	sites     map[fsc.PeerID]*site
	connected []string
	host      string // who runs the nodes; empty: each its own
}

func newJoint(t *testing.T, second ...string) *joint {
	t.Helper()
	return newHosted(t, "", second...)
}

// newHosted is newJoint with nodes that a host runs.
func newHosted(t *testing.T, host string, second ...string) *joint {
	t.Helper()
	j := &joint{Circle: collectivetest.New(t, "test-group", testNow(), office, source, town), sites: map[fsc.PeerID]*site{}, host: host}
	for id, name := range map[fsc.PeerID]string{office: "Inkoopbureau", source: `Bron <b onclick="x">`, town: "Gemeente Voorbeeldstad"} {
		j.sites[id] = j.site(t, fsc.Peer{ID: id, Name: name, ManagerAddress: "https://manager.test:8443"}, second)
	}
	return j
}

func (j *joint) site(t *testing.T, self fsc.Peer, second []string) *site {
	t.Helper()
	quiet, db := slog.New(slog.DiscardHandler), j.Store(self.ID)
	m, err := manager.New(manager.Config{
		Self: self, Rules: fsc.Rules{GroupID: "test-group"}, Store: db, Policy: manager.RulePolicy{}, Now: testNow, Logger: quiet,
	})
	must(t, err)
	people := operator.New(operator.Config{Store: db.People(), FourEyes: second, Host: j.host, Now: testNow, Logger: quiet, HashMemory: 64})
	s := testServer(t, func(c *Config) {
		c.Controller = controller.New(controller.Config{
			Manager: m, People: people, Log: db.Log(), History: db, GroupID: "test-group", GroupType: "test", Now: testNow, Logger: quiet,
			Directory:  func(context.Context) ([]directory.Listing, error) { return nil, nil },
			Collective: j.Desk(self.ID), Register: j.Register, Connector: j, Events: j.hub(t, self.ID),
		})
	})
	s.people, s.self = people, self
	pages := httptest.NewServer(s.guarded())
	t.Cleanup(pages.Close)
	token, err := people.NewSetupToken(t.Context())
	must(t, err)
	return &site{s: s, url: pages.URL, token: token}
}

// Connect stands in for the node.
func (j *joint) Connect(_ context.Context, callOff deed.Hash, service string) (fsc.ContentHash, error) {
	j.connected = append(j.connected, service)
	return fsc.ContentHash("$1$1$" + strings.Repeat("a", 86)), nil
}

func TestAProcurementOfficerJoinsAFrameworkCallsOffAndConnects(t *testing.T) {
	j := newJoint(t)
	b := j.sites[town].browser(t).setUp()
	b.get("/frameworks").has(t, "Er zijn nog geen raamovereenkomsten", "Samen inkopen")
	f := "/frameworks/" + string(j.Mantel(source, 1000, town))
	b.get("/frameworks?q=burgerzaken&state=live").has(t, "1 raamovereenkomst", "Webdiensten burgerzaken", "Actief", "0 van 1")
	b.get("/frameworks?state=expired").has(t, "Er is niets gevonden")
	b.get(f).has(t, "1.000 meldingen", "Toetreden", f+"/accede", "verhuizing-doorgeven")
	b.get(f+"/accede").has(t, "U kunt nu toetreden", "staat op de lijst", `name="need.0"`)
	b.get(f+"/accede?step=2").want(t, http.StatusBadRequest, "").has(t, "Vul bij minstens één perceel in")
	b.get(f+"/accede?step=2&need.0=100&reserved.0=121").has(t, "Dit kan zo niet", "120 procent").hasNot(t, "Tekenen en toetreden", "collective design")
	b.get(f+"/accede?step=2&need.0=400&reserved.0=300").has(t, "Dit kan.", "Toegetreden", "Tekenen en toetreden", "€ 400,00", "accession create")
	price := string(j.Price(deed.Hash(strings.TrimPrefix(f, "/frameworks/")), source, 12_50, 40))
	b.get(f).has(t, "Prijzen", "€ 12,50", "Zonder inrichting.", "/deeds/"+price, "framework prices")
	b.get(f+"/accede").has(t, "€ 12,50 per stuk", "naar schatting 40 uur").hasNot(t, "rekent gemiddeld hoogstens")
	b.get(f+"/accede?step=2&need.0=400&reserved.0=300").has(t, "Kost in totaal", "€ 5.000,00", "Uren werk om mee te doen").hasNot(t, "€ 400,00")
	done := b.follow(b.post(f+"/accede", "need.0", "400", "reserved.0", "300"))
	done.has(t, "U heeft getekend", "Aangevraagd")
	j.Settle()
	b.get(f).has(t, "Onze toetreding", "1 van 1", "waarvan 300 voor ons", "300")
	b.get(f+"/accede").has(t, "Uw organisatie is al toegetreden", "In het Engels:", `class="number">300<br><span class="muted">waarvan 300 voor ons`).
		hasNot(t, "collective design")
	accession := regexp.MustCompile(`/accessions/[^"]+`).FindString(b.get(f).text)
	b.get(accession).has(t, "U doet mee", "Nadere overeenkomst maken", accession+"/calloff")

	form := accession + "/calloff"
	b.get(form).has(t, `name="quantity"`, "verhuizing-doorgeven", `value="2027-11-22"`)
	common := "?step=2&lot=1&supplier=" + string(source) + "&value=200,00&notAfter=2027-11-21"
	b.get(form+common+"&quantity=0").want(t, http.StatusBadRequest, "").has(t, `href="#f-quantity"`)
	b.get(form+strings.Replace(common, "200,00", "veel", 1)+"&quantity=250").want(t, http.StatusBadRequest, "").has(t, `href="#f-value"`, `value="veel"`)
	b.get(form+common+"&quantity=1001").has(t, "Dit kan zo niet", "Boven het maximum", "C-216/17", "Er zijn er nog 1.000 over.").hasNot(t, "Tekenen en aanbieden", "In het Engels")
	b.get(form+common+"&quantity=250").has(t, "U roept 250 meldingen af", "€ 200,00", "21 november 2027", "Tekenen en aanbieden")
	offered := b.post(form, "lot", "1", "supplier", string(source), "quantity", "250", "value", "200,00", "notAfter", "2027-11-21")
	callOff := offered.Header.Get("Location")
	b.follow(offered).has(t, "op weg naar de leverancier", "De leverancier moet nog tekenen", "Nog niet getekend")
	j.Settle()

	maker := j.sites[source].browser(t).setUp()
	maker.get("/calloffs?turn=yes").has(t, "1 nadere overeenkomst", "Wacht op u", callOff)
	maker.get(callOff).has(t, "biedt u deze nadere overeenkomst aan", "/accept")
	sign := strings.Replace(callOff, "/calloffs/", "/deeds/", 1)
	maker.get(sign+"/accept").has(t, "250 meldingen", "€ 200,00", "deed sign")
	maker.follow(maker.post(sign+"/accept", "confirmed", "yes")).has(t, "U heeft getekend")
	j.Settle()
	b.get(callOff).has(t, "De nadere overeenkomst is actief", "Verbind", "toegewezen door de aankoopcentrale", "Getekend op").hasNot(t, "Nog niet getekend")
	if to := b.post(callOff+"/connect", "service", "verhuizing-doorgeven").Header.Get("Location"); !strings.HasPrefix(to, "/contracts/") || len(j.connected) != 1 {
		t.Errorf("connected %v, to %q", j.connected, to)
	}
	b.post(callOff+"/connect", "service", "iets").want(t, http.StatusBadRequest, "").has(t, `href="#f-service"`)
	b.get(callOff).has(t, "Gebruik", callOff+"/usage")
	b.get(callOff+"/usage").has(t, "november 2026", "Loopt nog", "usage list")
	month := callOff + "/usage/2026-11"
	b.get(month).has(t, "Gebruik in november 2026", "Tel wat er tot nu toe is").hasNot(t, "Maand vaststellen")
	b.post(month+"/state").want(t, http.StatusBadRequest, "").has(t, "transaction log") // none in this journey
	b.post(month+"/agree", "count", "veel", "reason", "x").want(t, http.StatusBadRequest, "").has(t, "48210")
	if csv := b.get("/calloffs?format=csv"); !strings.Contains(csv.text, ",live,") || !strings.Contains(csv.text, ",250,20000,") {
		t.Errorf("%s", csv.text)
	}
	if csv := b.get("/frameworks?format=csv"); !strings.Contains(csv.text, ",meldingen,1000,250,50,700") {
		t.Errorf("%s", csv.text)
	}
	j.changes(b, maker, callOff)
	j.Pass(time.Hour)
	b.get(sign+"/revoke").has(t, "Er stromen dan geen gegevens meer")
	b.follow(b.post(sign+"/revoke", "confirmed", "yes"))
	j.Settle()
	maker.get(callOff).has(t, "Beëindigd")
	b.get("/audit").has(t, "Nadere overeenkomst beëindigd", "Toegetreden tot een raamovereenkomst")
}

// changes lets the buyer ask for more and the supplier sign it.
func (j *joint) changes(b, maker *browser, callOff string) {
	t := b.t
	b.get(callOff).has(t, "Andere hoeveelheid afspreken", "calloff change", callOff+"/change").hasNot(t, "De aankoopcentrale antwoordt niet")
	b.post(callOff+"/change", "quantity", "250", "value", "240,00", "reason", "Meer balies").want(t, http.StatusBadRequest, "").has(t, `href="#f-quantity"`)
	b.post(callOff+"/change", "quantity", "300", "value", "veel", "reason", "Meer balies").want(t, http.StatusBadRequest, "").has(t, `href="#f-value"`, `value="Meer balies"`)
	b.post(callOff+"/change", "quantity", "300", "value", "240,00", "reason", "").want(t, http.StatusBadRequest, "").has(t, `href="#f-reason"`)
	b.post(callOff+"/draw-own").want(t, http.StatusBadRequest, "").has(t, "has its units already")
	signed := b.post(callOff+"/change", "quantity", "300", "value", "240,00", "reason", "Meer balies")
	change := signed.Header.Get("Location")
	b.follow(signed).has(t, "U heeft de wijziging getekend", "Wijziging van een nadere overeenkomst")
	j.Settle()
	b.get(callOff).has(t, "250 meldingen", "300 meldingen", "Meer balies", change).hasNot(t, "Andere hoeveelheid afspreken")
	maker.get(change+"/accept").has(t, "De hoeveelheid wordt 300 meldingen. Nu is dat 250 meldingen", "€ 240,00")
	maker.follow(maker.post(change+"/accept", "confirmed", "yes")).has(t, "U heeft getekend")
	j.Settle()
	b.get(callOff).has(t, "Doorgevoerd", "€ 240,00", "Andere hoeveelheid afspreken")
	maker.get(callOff).has(t, "300 meldingen")
}

func TestWhoMayNotJoinHearsWhyAndBySource(t *testing.T) {
	j := newJoint(t)
	f := "/frameworks/" + string(j.Mantel(source, 1000, town))
	b := j.sites[source].browser(t).setUp()
	b.get(f+"/accede").has(t, "Uw organisatie mag niet toetreden", "<cite>").hasNot(t, "<b onclick")
	b.get("/frameworks/$1$110$nothing").want(t, http.StatusNotFound, "")
	b.get("/deeds/$1$1$nothing").want(t, http.StatusNotFound, "")
}

func TestANodeThatActsAloneHasNoPagesOfBuyingTogether(t *testing.T) {
	d := newDeal(t)
	b := d.browser(t).setUp()
	b.get("/contracts").hasNot(t, "Samen inkopen")
	for _, path := range []string{"/frameworks", "/calloffs", "/deeds/$1$125$x", "/accessions/x", "/calloffs/x", "/frameworks/x/accede"} {
		b.get(path).want(t, http.StatusNotFound, "")
	}
}

func (a answer) hasNot(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(a.text, text) {
			t.Errorf("the page has %q", text)
		}
	}
}
