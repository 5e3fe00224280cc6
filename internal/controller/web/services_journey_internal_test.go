// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

func TestAServiceIsMadeTestedPublishedAndDeleted(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<script>alert(1)</script>"))
	}))
	defer upstream.Close()
	d := newDeal(t)
	b := d.browser(t).setUp()
	b.get("/services").has(t, "U biedt nog geen diensten aan", `href="/services/-/new"`)
	b.post("/services", "name", "par keren", "upstream", upstream.URL).want(t, http.StatusBadRequest, "").
		has(t, `href="#f-name"`, `value="par keren"`, `value="`+upstream.URL+`"`)
	b.follow(b.post("/services", "name", "parkeren", "upstream", upstream.URL+"/api")).has(t, "De dienst parkeren is bewaard", upstream.URL+"/api", "Niet gepubliceerd")
	b.post("/services", "name", "parkeren", "upstream", upstream.URL).want(t, http.StatusBadRequest, "").has(t, `href="#f-name"`)
	b.get("/services/parkeren/edit").has(t, `value="`+upstream.URL+`/api"`)
	b.follow(b.post("/services/parkeren", "upstream", upstream.URL+"/v2")).has(t, upstream.URL+"/v2")
	b.post("/services/parkeren/check").want(t, http.StatusOK, "").has(t, "status 200", "&lt;script&gt;")
	b.get("/services/parkeren/publish").has(t, `name="directory"`)
	b.post("/services/parkeren/publish", "directory", string(source), "protocol", "PROTOCOL_TCP_HTTP_1.1", "until", "gisteren").
		want(t, http.StatusBadRequest, "").has(t, `href="#f-until"`, `value="gisteren"`)
	b.follow(b.post("/services/parkeren/publish", "directory", string(source), "protocol", "PROTOCOL_TCP_HTTP_1.1", "until", "2027-06-01")).
		has(t, "is voorgesteld", "Wacht op publicatie", "Bron &lt;b onclick=")
	d.asks(t, "parkeren")
	if csv := b.get("/services/parkeren?format=csv"); strings.TrimSpace(csv.text) != "consumer_peer_id,consumer,delegator_peer_id,delegator,outway_public_key_thumbprint,"+
		"outway_domain_name,not_after,calls_per_day,content_hash,grant_hash" {
		t.Errorf("%s", csv.text)
	}
	b.get("/services/nergens?format=csv").want(t, http.StatusNotFound, "")
	b.get("/services/parkeren").has(t, "1 voorstel voor deze dienst wacht", `href="/contracts?service=parkeren&amp;state=waiting"`)
	b.get("/services?q=park&sort=-calls").has(t, `href="/services/parkeren"`, "1 dienst")
	if csv := b.get("/services?format=csv"); !strings.Contains(csv.text, "parkeren,Wacht op publicatie,0,0") {
		t.Errorf("%s", csv.text)
	}
	b.post("/services/parkeren/delete").want(t, http.StatusOK, "").has(t, "Niemand heeft nu een geldig contract", `name="confirmed"`)
	b.follow(b.post("/services/parkeren/delete", "confirmed", "yes")).has(t, "De dienst parkeren is verwijderd")
	b.get("/services/parkeren").want(t, http.StatusNotFound, "")
}

func TestARouteIsMadeExplainedAndDeleted(t *testing.T) {
	d := newDeal(t)
	b := d.browser(t).setUp()
	b.get("/applications").has(t, "U hebt nog geen geldig contract", "hoofd")
	b.get("/applications?view=routes").has(t, "Er zijn nog geen routes")
	b.post("/applications/routes", "host", "Geen Host!", "service_peer_id", string(source), "service", "personen", "strip_prefix", "yes").
		want(t, http.StatusBadRequest, "").has(t, `href="#f-host"`, `value="Geen Host!"`, "checked")
	made := b.post("/applications/routes", "path_prefix", "/personen/", "service_peer_id", string(source), "service", "personen")
	page := made.Header.Get("Location")
	b.follow(made).has(t, "Er is geen contract voor deze dienst", "type=connection", "Bron &lt;b onclick=")
	b.post("/applications/routes", "path_prefix", "/personen", "service_peer_id", string(source), "service", "wegen").
		want(t, http.StatusBadRequest, "").has(t, "Er is al een route met dit pad")
	b.get(page+"/edit").has(t, `value="/personen"`)
	b.follow(b.post(page, "host", "personen.test", "path_prefix", "/personen", "service_peer_id", string(source), "service", "personen")).has(t, "personen.test/personen")
	b.get("/applications?view=routes&q=bron").has(t, "Geen contract", page)
	if csv := b.get("/applications?view=routes&format=csv"); !strings.Contains(csv.text, "personen.test,/personen,personen") {
		t.Errorf("%s", csv.text)
	}
	b.post(page+"/delete").want(t, http.StatusOK, "").has(t, "Contracten veranderen niet")
	b.follow(b.post(page+"/delete", "confirmed", "yes")).has(t, "De route is verwijderd")
	b.get(page).want(t, http.StatusNotFound, "")
}

func TestAConnectionComesWithExamples(t *testing.T) {
	d := newDeal(t)
	b := d.browser(t).setUp()
	c, err := d.manager.Create(t.Context(), manager.Proposal{NotAfter: testNow().AddDate(1, 0, 0), Grants: []fsc.Grant{{
		Type: fsc.GrantTypeServiceConnection, Outway: fsc.Outway{PeerID: town, PublicKeyThumbprint: d.parties[town].pair.PublicKeyThumbprint()},
		Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: source, Name: "personen"},
	}}})
	must(t, err)
	b.get("/directory/"+string(source)+"/personen").has(t, "U hebt om toegang gevraagd", "Deze dienst staat nu niet in de Directory")
	jws, err := fsc.Sign(d.parties[source].signer, c.Content.Hash(), fsc.SignatureTypeAccept, testNow())
	must(t, err)
	must(t, d.manager.PutSignature(t.Context(), d.caller(source), fsc.SignatureTypeAccept, c.Content.Hash(), manager.Submission{Content: c.Content.Raw(), Signature: jws}))
	b.get("/directory/"+string(source)+"/personen").has(t, "U hebt toegang", "/applications/examples?grant=")
	b.get("/applications").has(t, "personen", "/applications/examples?grant=")
	grant := url.QueryEscape(string(c.Content.Grants[0].Hash))
	b.get("/applications/examples?language=python&grant="+grant).has(t, "urllib.request", string(c.Content.Grants[0].Hash))
	b.get("/applications/examples?path=%2Fa+b&grant="+grant).want(t, http.StatusBadRequest, "").has(t, "curl", `href="#f-path"`)
	b.get("/applications/examples?grant=x").want(t, http.StatusBadRequest, "")
	if csv := b.get("/applications?format=csv"); !strings.Contains(csv.text, `'`) && !strings.Contains(csv.text, "personen,") {
		t.Errorf("%s", csv.text)
	}
}

func TestThePagesOfTheDirectoryAndOrganisationsWork(t *testing.T) {
	d := newDeal(t)
	b := d.browser(t).setUp()
	b.get("/directory").has(t, "Er staat nog niets in de Directory")
	b.get("/directory?view=organisations&q=x").has(t, "Er is niets gevonden")
	b.get("/directory/x/y").want(t, http.StatusNotFound, "")
	b.get("/peers?q=bron").has(t, "Bron &lt;b onclick=", "1 organisatie", `href="/peers/`+string(source)+`"`)
	b.get("/peers/"+string(source)).has(t, "U hebt geen contracten met deze organisatie", "Vergelijk nu")
	b.post("/peers/"+string(source)+"/reconcile").want(t, http.StatusOK, "").has(t, "Vergeleken: 0 contracten")
	d.asks(t, "parkeren")
	b.get("/peers/"+string(source)).has(t, "parkeren", "Wacht op u")
	b.follow(b.post("/peers/"+string(source)+"/retry")).has(t, "0 berichten worden nu opnieuw verstuurd")
	b.get("/peers/x").want(t, http.StatusNotFound, "")
	b.get("/peers/x?format=csv").want(t, http.StatusNotFound, "")
	if csv := b.get("/peers/" + string(source) + "?format=csv"); !strings.HasPrefix(csv.text, "id,kind,content_hash,status") {
		t.Errorf("%s", csv.text)
	}
	if csv := b.get("/peers?format=csv"); !strings.Contains(csv.text, string(source)) {
		t.Errorf("%s", csv.text)
	}
}

func TestAPastedDescriptionIsShownAndHarmless(t *testing.T) {
	d := newDeal(t)
	b := d.browser(t).setUp()
	d.asks(t, "parkeren")
	must(t, d.manager.PutService(t.Context(), manager.Service{Name: "personen", Upstream: "http://127.0.0.1:9"}))
	_, err := d.manager.Create(t.Context(), manager.Proposal{NotAfter: testNow().AddDate(1, 0, 0), Grants: []fsc.Grant{{
		Type: fsc.GrantTypeServicePublication, Directory: source, Service: fsc.Service{PeerID: town, Name: "personen", Protocol: fsc.ProtocolHTTP11},
	}}})
	must(t, err)
	page := "/directory/" + string(town) + "/personen"
	b.get(page).has(t, "Dit is uw eigen dienst", "Wacht op")
	b.get(page+"/openapi").has(t, `name="document"`)
	document := `{"openapi":"3.0.0","info":{"title":"<script>alert(1)</script>"},"paths":{"/a\u202eb":{"get":{"summary":"\" onclick=x"}}}}`
	b.post(page+"/openapi", "document", document).want(t, http.StatusOK, "").
		has(t, "&lt;script&gt;alert(1)&lt;/script&gt;", "/a[U&#43;202E]b", "&#34; onclick=x")
	b.post(page+"/openapi", "document", "geen document").want(t, http.StatusBadRequest, "").has(t, `href="#f-document"`, "geen document")
}
