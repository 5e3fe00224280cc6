// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"context"
	"html"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/access"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
)

const (
	town   fsc.PeerID = "00000099000000001000"
	source fsc.PeerID = "00000099000000002000"
)

// party is an organisation with its key. It is a manager.Keys.
type party struct {
	peer   fsc.Peer
	pair   *pki.KeyPair
	signer *fsc.Signer
}

func newParty(t testing.TB, ca *localca.CA, id fsc.PeerID, name string) *party {
	t.Helper()
	issued, err := ca.Issue(localca.Request{PeerID: id, Name: name, Hosts: []string{"outway.test"}})
	must(t, err)
	pair, err := issued.KeyPair()
	must(t, err)
	signer, err := fsc.NewSigner(pair.Key, pair.Leaf().Raw)
	must(t, err)
	return &party{fsc.Peer{ID: id, Name: name, ManagerAddress: "https://manager-" + string(id) + ".test:8443"}, pair, signer}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p *party) certificate() manager.SigningCertificate {
	leaf := p.pair.Leaf()
	return manager.SigningCertificate{PublicKey: leaf.PublicKey, Chain: [][]byte{leaf.Raw}, NotAfter: leaf.NotAfter}
}

func (p *party) ContractSigner() (*fsc.Signer, manager.SigningCertificate, error) {
	return p.signer, p.certificate(), nil
}
func (p *party) TokenSigner() (*fsc.Signer, error) { return p.signer, nil }
func (p *party) Published() [][][]byte             { return [][][]byte{p.certificate().Chain} }

// deal is the pages of a town with a real Manager, and another organisation
// whose Manager is the test's.
type deal struct {
	*site
	db      *store.Store
	manager *manager.Manager
	parties map[fsc.PeerID]*party
}

func newDeal(t *testing.T) *deal {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	ca, err := localca.New(testNow())
	must(t, err)
	d := &deal{parties: map[fsc.PeerID]*party{
		town: newParty(t, ca, town, "Gemeente Voorbeeldstad"), source: newParty(t, ca, source, `Bron <b onclick="x">`),
	}}
	db, err := store.OpenSQLite(t.Context(), empty.Dir(t), quiet)
	must(t, err)
	d.db = db
	t.Cleanup(func() { _ = db.Close() })
	d.manager, err = manager.New(manager.Config{
		Self: d.parties[town].peer, Rules: fsc.Rules{GroupID: "test-group"}, Store: db, Certificates: d, Peers: d, Policy: manager.RulePolicy{},
		Keys: d.parties[town], InwayAddress: "https://inway.test:443", Properties: access.Properties{}, Now: testNow, Logger: quiet,
	})
	must(t, err)
	people := operator.New(operator.Config{Store: db.People(), Now: testNow, Logger: quiet, HashMemory: 64})
	s := testServer(t, func(c *Config) {
		c.Controller = controller.New(controller.Config{
			Manager: d.manager, People: people, Log: db.Log(), History: db, GroupID: "test-group", GroupType: "test", Now: testNow, Logger: quiet,
			Directory: func(context.Context) ([]directory.Listing, error) { return nil, nil },
			Outways: func() []controller.Outway {
				return []controller.Outway{{Name: "hoofd", PublicKeyThumbprint: d.parties[town].pair.PublicKeyThumbprint()}}
			},
		})
	})
	s.people, s.self = people, d.parties[town].peer
	web := httptest.NewServer(s.guarded())
	t.Cleanup(web.Close)
	token, err := people.NewSetupToken(t.Context())
	must(t, err)
	d.site = &site{s: s, url: web.URL, token: token}
	must(t, d.manager.Announce(t.Context(), d.caller(source)))
	return d
}

func (d *deal) caller(id fsc.PeerID) manager.Caller {
	p := d.parties[id]
	return manager.Caller{Peer: fsc.Peer{ID: id, Name: p.peer.Name}, ManagerAddress: p.peer.ManagerAddress, Certificate: p.pair.Leaf()}
}

func (d *deal) SigningCertificate(_ context.Context, p fsc.PeerID, _, _ string) (manager.SigningCertificate, error) {
	return d.parties[p].certificate(), nil
}

func (d *deal) Send(context.Context, fsc.Peer, manager.DeliveryKind, []byte, fsc.ContentHash, string) error {
	return nil
}
func (d *deal) Announce(context.Context, fsc.Peer) error { return nil }
func (d *deal) Confirm(context.Context, fsc.Peer) error  { return nil }
func (d *deal) Contracts(context.Context, fsc.Peer) iter.Seq2[manager.RemoteContract, error] {
	return func(func(manager.RemoteContract, error) bool) {}
}

func (d *deal) Locate(_ context.Context, _ fsc.Peer, id fsc.PeerID) (fsc.Peer, error) {
	return d.parties[id].peer, nil
}

// asks makes the other organisation ask for a service of the town.
func (d *deal) asks(t *testing.T, service string) fsc.ContentHash {
	t.Helper()
	iv, err := uuid.NewV7()
	must(t, err)
	c, err := fsc.Draft{
		IV: iv.String(), GroupID: "test-group", NotBefore: testNow(), NotAfter: testNow().AddDate(1, 0, 0), CreatedAt: testNow(),
		Grants: []fsc.Grant{{
			Type: fsc.GrantTypeServiceConnection, Outway: fsc.Outway{PeerID: source, PublicKeyThumbprint: d.parties[source].pair.PublicKeyThumbprint()},
			Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: town, Name: service},
		}},
	}.Content(fsc.Rules{GroupID: "test-group"})
	must(t, err)
	jws, err := fsc.Sign(d.parties[source].signer, c.Hash(), fsc.SignatureTypeAccept, testNow())
	must(t, err)
	must(t, d.manager.Submit(t.Context(), d.caller(source), manager.Submission{Content: c.Raw(), Signature: jws}))
	return c.Hash()
}

func (a answer) has(t *testing.T, texts ...string) answer {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.text, text) {
			t.Fatalf("%s has no %q\n%.3000s", a.Request.URL, text, a.text[max(0, strings.Index(a.text, "<main")):])
		}
	}
	return a
}

// follow goes where a redirect leads.
func (b *browser) follow(a answer) answer {
	b.t.Helper()
	to := a.Header.Get("Location")
	if a.StatusCode != http.StatusSeeOther || to == "" {
		b.t.Fatalf("answer is %d without a place to go\n%.900s", a.StatusCode, a.text)
	}
	return b.get(to)
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// fields are the hidden fields of a page.
func (a answer) fields() []string {
	var out []string
	for _, m := range hiddenField.FindAllStringSubmatch(a.text, -1) {
		if m[1] != "return-to" {
			out = append(out, html.UnescapeString(m[1]), html.UnescapeString(m[2]))
		}
	}
	return out
}

func TestAContractIsMadeInFourStepsAndNothingIsLostOnErrors(t *testing.T) {
	d := newDeal(t)
	b := d.browser(t).setUp()
	b.get("/contracts").has(t, "Er zijn nog geen contracten", `href="/contracts/new"`)
	b.get("/contracts/new").has(t, "Een dienst gebruiken namens een ander", "g0.type=publication")
	page := b.follow(b.get("/contracts/new?type=connection&provider=" + string(source) + "&service=personen"))
	page.has(t, `value="personen"`, `value="`+string(source)+`"`, "Bron &lt;b onclick=&#34;x&#34;&gt; ("+string(source)+")", "hoofd (sleutel")
	v := url.Values{"n": {"1"}, "g0.type": {"connection"}, "g0.provider": {"Bron (" + string(source) + ")"}, "g0.service": {"x"}, "g0.outway": {otherOutway}, "step": {"3"}}
	page = b.get("/contracts/new?" + v.Encode())
	page.want(t, http.StatusBadRequest, "").has(t, `href="#f-g0.service"`, `href="#f-g0.outway"`, `value="Bron (`+string(source)+`)"`)
	v.Set("g0.service", "personen")
	v.Set("g0.outway", d.parties[town].pair.PublicKeyThumbprint())
	b.get("/contracts/new?"+v.Encode()).want(t, http.StatusOK, "").has(t, "Laatste dag", `value="2027-11-22"`, "Extra eigenschappen")
	v.Set("step", "4")
	v.Set("notAfter", "2020-01-01")
	v.Set("g0.p0.name", "doel")
	v.Set("g0.p0.value", `zorg "en" welzijn`)
	b.get("/contracts/new?"+v.Encode()).want(t, http.StatusBadRequest, "").has(t, `href="#f-notAfter"`, `value="zorg &#34;en&#34; welzijn"`, `value="2020-01-01"`)
	v.Set("notAfter", "2027-12-31")
	v.Set("notBefore", "32-13-2026")
	b.get("/contracts/new?"+v.Encode()).want(t, http.StatusBadRequest, "").has(t, `href="#f-notBefore"`)
	v.Del("notBefore")
	review := b.get("/contracts/new?"+v.Encode()).want(t, http.StatusOK, "")
	review.has(t, "Gemeente Voorbeeldstad (OIN "+string(town)+") mag de dienst personen van Bron", "tot en met 31 december 2027", "samenspel contract create --type connection", "Daarna moeten deze partijen tekenen")
	fields := append(review.fields(), "step", "4")
	made := b.follow(b.post("/contracts/new", fields...)).has(t, "Het contract is getekend en gaat naar de andere partijen", "Wacht op de ander", "doel", "zorg")
	again := b.follow(b.post("/contracts/new", fields...))
	if again.Request.URL.Path != made.Request.URL.Path {
		t.Errorf("the form that was sent twice made %s and %s", made.Request.URL.Path, again.Request.URL.Path)
	}
	path := made.Request.URL.Path
	raw := b.get(path + "/content")
	if raw.Header.Get("Content-Type") != "application/json" || !strings.HasPrefix(raw.text, "{") {
		t.Errorf("the content: %s", raw.Header)
	}
	b.get("/contracts?q=PERSO").has(t, path[len("/contracts/"):len("/contracts/")+5], "Dienst gebruiken")
	b.get("/contracts?type=connection").has(t, path[len("/contracts/"):len("/contracts/")+5], "contract search --type connection", `value="connection" selected`)
	b.get("/contracts?type=delegated-publication").has(t, "past bij uw keuze")
	b.get("/contracts?type=other").want(t, http.StatusBadRequest, "")
	b.get("/contracts?state=waiting&q=personen").has(t, "past bij uw keuze")
	csv := b.get("/contracts?format=csv")
	if lines := strings.Split(strings.TrimSpace(csv.text), "\r\n"); len(lines) != 2 || !strings.Contains(lines[1], "personen") {
		t.Errorf("csv %q", csv.text)
	}
	copied := b.follow(b.get("/contracts/new?copy=" + path[len("/contracts/"):]))
	copied.want(t, http.StatusOK, "").has(t, `value="personen"`)
	b.follow(b.post(path+"/retry")).has(t, "We versturen het nu opnieuw")
}

func TestContractsAreAcceptedRejectedAndRevokedAfterAQuestion(t *testing.T) {
	d := newDeal(t)
	b := d.browser(t).setUp()
	must(t, d.manager.PutService(t.Context(), manager.Service{Name: "personen", Upstream: "http://upstream.test"}))
	one, two, three, four := d.asks(t, "personen"), d.asks(t, "personen"), d.asks(t, "onbekend"), d.asks(t, "personen")
	b.get(contractPath(one)).has(t, "U bent aan de beurt", "Er zijn geen regels. Daarom beslist een mens", contractPath(one)+"/accept", "Bron &lt;b onclick=&#34;x&#34;&gt;")
	b.follow(b.post(contractPath(one)+"/accept")).has(t, "Wilt u dit contract tekenen?", "samenspel contract accept")
	b.follow(b.post(contractPath(one)+"/accept", "confirmed", "yes")).has(t, "Het contract is getekend.", "Alle partijen hebben getekend")
	b.follow(b.get(contractPath(one)+"/reject")).has(t, "Dit kan nu niet", "U kunt het contract nog wel intrekken")
	b.get(contractPath(one)+"/revoke").has(t, "In de laatste 7 dagen is dit contract niet gebruikt", "name=\"confirmed\"")
	b.follow(b.post(contractPath(one)+"/revoke", "confirmed", "yes")).has(t, "Het contract is ingetrokken.", "Ingetrokken op")
	b.follow(b.get(contractPath(three)+"/accept")).has(t, "biedt de dienst onbekend nog niet aan")

	b.get("/contracts?state=waiting").has(t, `name="hash"`, "Gekozen contracten tekenen")
	ask := b.post("/contracts/bulk", "act", "accept", "hash", string(two), "hash", string(three), "hash", "$1$1$nothing")
	ask.want(t, http.StatusOK, "").has(t, "Ja, teken deze 3 contracten", "mag de dienst onbekend")
	told := b.post("/contracts/bulk", ask.fields()...)
	told.want(t, http.StatusOK, "").has(t, "Getekend", "Niet gelukt", "Niet gevonden")
	b.follow(b.post(contractPath(four)+"/reject", "confirmed", "yes")).has(t, "Het contract is afgewezen.")
	b.post("/contracts/bulk", "act", "revoke", "hash", string(two)).want(t, http.StatusBadRequest, "")
	b.follow(b.post("/contracts/bulk", "act", "accept")).has(t, "U hebt geen contract gekozen")

	b.get(contractPath(two)+"/renew").has(t, `value="2027-11-22"`, "Het oude contract")
	b.post(contractPath(two)+"/renew", "notAfter", "2020-01-01").want(t, http.StatusBadRequest, "").has(t, `href="#f-notAfter"`, `value="2020-01-01"`)
	b.follow(b.post(contractPath(two)+"/renew", "notBefore", "2027-11-22", "notAfter", "2028-11-21")).has(t, "gaat naar de andere partijen", "21 november 2028")
	b.get("/contracts/$1$1$nothing").want(t, http.StatusNotFound, "")
}

func TestARuleIsTriedMadeTurnedOffAndDeleted(t *testing.T) {
	d := newDeal(t)
	b := d.browser(t).setUp()
	must(t, d.manager.PutService(t.Context(), manager.Service{Name: "personen", Upstream: "http://upstream.test"}))
	d.asks(t, "personen")
	d.asks(t, "onbekend")
	b.get("/policy").has(t, "Er zijn geen regels")
	b.get("/policy/new").has(t, "Naam van de regel")
	rule := []string{"name", "Zorg", "role", "provider", "services", "personen", "consumers", "Bron (" + string(source) + ")", "enabled", "yes", "p0.name", "doel", "p0.value", "{", "p0.json", "yes"}
	b.post("/policy", rule...).want(t, http.StatusBadRequest, "").has(t, `href="#f-p0.value"`, "Bron ("+string(source)+")", "checked")
	rule[13] = "1"
	b.follow(b.post("/policy", rule...)).has(t, "De regel Zorg is bewaard", "Alleen deze diensten: personen", "Met de eigenschap doel = 1")
	rule[11], rule[13], rule[15] = "", "", ""
	v := url.Values{}
	for i := 0; i < len(rule); i += 2 {
		v.Set(rule[i], rule[i+1])
	}
	b.get("/policy/dry-run?"+v.Encode()).want(t, http.StatusOK, "").has(t, "deden anderen 2 voorstellen", "er 1 getekend", "Aan een mens overgelaten")
	v.Set("format", "csv")
	if file := b.get("/policy/dry-run?" + v.Encode()); strings.Count(file.text, "\r\n") != 3 {
		t.Errorf("dry run as csv %q", file.text)
	}
	v.Set("role", "king")
	b.get("/policy/dry-run?"+v.Encode()).want(t, http.StatusBadRequest, "").has(t, `href="#f-role"`)
	path := regexp.MustCompile(`/policy/[0-9a-f-]{36}`).FindString(b.get("/policy").text)
	b.get(path).has(t, `value="Zorg"`, string(source))
	b.follow(b.post(path+"/disable")).has(t, "De regel Zorg staat uit")
	b.follow(b.post(path+"/enable")).has(t, "De regel Zorg staat aan")
	b.get(path+"/delete").has(t, "Wilt u de regel Zorg verwijderen?")
	if csv := b.get("/policy?format=csv"); !strings.Contains(csv.text, "Zorg") {
		t.Errorf("csv %q", csv.text)
	}
	b.follow(b.post(path+"/delete", "confirmed", "yes")).has(t, "De regel is verwijderd", "Er zijn geen regels")
}
