// SPDX-License-Identifier: EUPL-1.2

package loket_test

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/fieldlab/loket"
)

const host = "127.0.0.1:21900"

// site is the form pages of Duinwijk before a browser; outway answers what they send.
type site struct {
	t       *testing.T
	handler http.Handler
	log     lines
	sent    []string // bodies
	header  http.Header
	path    string
}

// newSite makes the pages; without an outway there is no agreement.
func newSite(t *testing.T, outway http.HandlerFunc) *site {
	t.Helper()
	s := &site{t: t}
	v, err := loket.VariationOf("duinwijk")
	if err != nil {
		t.Fatal(err)
	}
	cfg := loket.CounterConfig{
		Variation: v, Supplier: "Formulierenhuis", Host: host, Now: testNow, Logger: s.log.logger(),
		Service: func(loket.Kind) (loket.Target, bool) { return loket.Target{}, false },
	}
	if outway != nil {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			s.sent, s.header, s.path = append(s.sent, string(body)), r.Header, r.URL.Path
			outway(w, r)
		}))
		t.Cleanup(server.Close)
		cfg.Client = server.Client()
		cfg.Service = func(loket.Kind) (loket.Target, bool) {
			return loket.Target{URL: server.URL + "/loket", GrantHash: "$1$4$hash"}, true
		}
	}
	if s.handler, err = loket.NewCounter(cfg); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) do(r *http.Request) (int, string) {
	s.t.Helper()
	r.Host = host
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func (s *site) get(path string) (int, string) {
	s.t.Helper()
	return s.do(httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, path, nil))
}

func (s *site) post(path string, form url.Values) (int, string) {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.do(r)
}

// typedMove is a move as somebody types it.
func typedMove() url.Values {
	return url.Values{
		"kenmerk": {mark}, "rijen": {"2"}, "bsn": {"9999 90 019"}, "verhuisdatum": {"2026-12-01"}, "postcode": {" 0201 bb "}, "huisnummer": {"7"},
		"straatnaam": {"Turfkade"}, "meeverhuizendeGezinsleden.1.bsn": {partner},
		"meeverhuizendeGezinsleden.1.voornamen": {"Ommeke"}, "meeverhuizendeGezinsleden.1.achternaam": {"Zonderling"},
	}
}

func typedDeath() url.Values {
	return url.Values{
		"kenmerk": {mark}, "plaatsVanOverlijden": {"Duinwijk"}, "aangever.bsn": {partner}, "overledene.heeftBSN": {"ja"}, "overledene.bsn": {mover},
		"overledene.voornamen": {"Ommeke"}, "overledene.achternaam": {"Zonderling"}, "overledene.geboortedatum": {"1940-02-29"},
		"overledene.geslacht": {"vrouw"}, "datumBekend": {"ja"}, "datumOverlijden": {"2026-11-21"}, "tijdstipBekend": {"nee"},
		"tijdstipOverlijden": {"12:00"}, "aardOverlijden": {"natuurlijk"}, "doktersverklaring": {"A-1"}, "soortLijkbezorging": {"begraven"},
	}
}

func receive(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Fsc-Transaction-Id", "0190-1")
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write([]byte(`{"gemeente":"Veenhoven","referentie":"VEE-2026-00001","ontvangen":"2026-11-22T12:00:00Z"}`))
}

func contains(t *testing.T, page string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
}

func TestPagesShowTheirOwnMunicipality(t *testing.T) {
	s := newSite(t, nil)
	code, page := s.get("/")
	if code != http.StatusOK {
		t.Fatal(code)
	}
	contains(t, page, "Gemeente Duinwijk", "tussen zee en duin", "maandag", "09:00 tot 17:00 uur", `href="/formulier/verhuizing"`, `href="/formulier/overlijden"`)
	for _, path := range []string{"/formulier/verhuizing", "/formulier/overlijden", "/ontvangen"} {
		code, page := s.get(path)
		if code != http.StatusOK || strings.Contains(page, "loket.") {
			t.Errorf("%s: %d, and a text is missing: %v", path, code, strings.Contains(page, "loket."))
		}
	}
	if code, _ := s.get("/formulier/paspoort"); code != http.StatusNotFound {
		t.Errorf("a form that doesn't exist: %d", code)
	}
}

func TestMoveGoesOutAsTheServiceTakesIt(t *testing.T) {
	s := newSite(t, receive)
	code, page := s.post("/formulier/verhuizing", typedMove())
	if code != http.StatusOK {
		t.Fatalf("%d: %s", code, page)
	}
	contains(t, page, "VEE-2026-00001", "Gemeente Veenhoven", "0190-1")
	if len(s.sent) != 1 || s.path != "/loket/verhuizingen" || s.header.Get("Fsc-Grant-Hash") != "$1$4$hash" {
		t.Fatalf("sent %d to %s with %v", len(s.sent), s.path, s.header)
	}
	m, faults := loket.ParseMove([]byte(s.sent[0]), testNow())
	if len(faults) > 0 || m.BSN != mover || m.Postcode != "0201BB" || m.Key != mark || len(m.Relatives) != 1 || m.Consent != nil {
		t.Errorf("sent %+v %v", m, faults)
	}
	noPersonalData(t, s.log.String())
}

func TestDeathGoesOutWithoutAnswersThatDontCount(t *testing.T) {
	s := newSite(t, receive)
	if code, page := s.post("/formulier/overlijden", typedDeath()); code != http.StatusOK {
		t.Fatalf("%d: %s", code, page)
	}
	d, faults := loket.ParseDeath([]byte(s.sent[0]), testNow())
	if len(faults) > 0 || d.Deceased.Sex != "" || d.Time != "" || s.path != "/loket/overlijdensaangiften" {
		t.Errorf("sent %+v %v to %s", d, faults, s.path)
	}
}

func TestFormShowsWhatIsWrongAndLosesNothing(t *testing.T) {
	const hostile = `"><script>alert(1)</script>`
	s := newSite(t, receive)
	form := typedMove()
	form.Set("bsn", realBSN)
	form.Set("verhuisdatum", "2026-02-30")
	form.Set("straatnaam", hostile)
	form.Set("meeverhuizendeGezinsleden.1.achternaam", "")
	code, page := s.post("/formulier/verhuizing", form)
	if code != http.StatusBadRequest || len(s.sent) > 0 {
		t.Fatalf("%d, sent %d", code, len(s.sent))
	}
	contains(t, page, `href="#f-bsn"`, `id="f-bsn-problem"`, `href="#f-verhuisdatum"`, `href="#f-straatnaam"`, `href="#f-meeverhuizendeGezinsleden.1.achternaam"`,
		`id="f-meeverhuizendeGezinsleden.1.achternaam"`, html.EscapeString(hostile), "Ommeke", `value="2026-02-30"`, `name="kenmerk" value="`+mark+`"`)
	if strings.Contains(page, hostile) {
		t.Error("what was typed is mark-up on the page")
	}
	noPersonalData(t, s.log.String())
}

func TestEmptyFormsNameAllThatIsNeeded(t *testing.T) {
	s := newSite(t, receive)
	_, page := s.post("/formulier/verhuizing", url.Values{})
	for _, field := range []string{"bsn", "verhuisdatum", "postcode", "huisnummer", "straatnaam"} {
		contains(t, page, `href="#f-`+field+`"`)
	}
	contains(t, page, "Huisnummer – Vul dit in.")
	_, page = s.post("/formulier/overlijden", url.Values{})
	for _, field := range []string{"plaatsVanOverlijden", "aangever.bsn", "overledene.heeftBSN", "overledene.voornamen", "datumBekend", "tijdstipBekend", "aardOverlijden", "soortLijkbezorging"} {
		contains(t, page, `href="#f-`+field+`"`, `id="f-`+field+`"`)
	}
	if strings.Contains(page, "kenmerk.") || len(s.sent) > 0 {
		t.Error("a mark that was left out is made, and nothing is sent")
	}
}

func TestPeopleAreAddedWithoutScript(t *testing.T) {
	s := newSite(t, receive)
	form := typedMove()
	form.Set("doen", "erbij")
	code, page := s.post("/formulier/verhuizing", form)
	if code != http.StatusOK || len(s.sent) > 0 {
		t.Fatalf("%d, sent %d", code, len(s.sent))
	}
	contains(t, page, `name="meeverhuizendeGezinsleden.2.bsn"`, `value="Zonderling"`, `value="Turfkade"`, `name="rijen" value="3"`)
	form.Set("rijen", "999999999")
	if _, page = s.post("/formulier/verhuizing", form); strings.Contains(page, "Gezinsleden.20.bsn") || strings.Contains(page, `value="erbij"`) {
		t.Error("there are more than 20 rows")
	}
}

func TestTwentyOneRelativesAreRefused(t *testing.T) {
	s := newSite(t, receive)
	form := typedMove()
	for i := range 21 {
		form.Set("meeverhuizendeGezinsleden."+strconv.Itoa(i)+".voornamen", "Ommeke")
	}
	code, page := s.post("/formulier/verhuizing", form)
	if code != http.StatusBadRequest || len(s.sent) > 0 {
		t.Fatalf("%d, sent %d", code, len(s.sent))
	}
	contains(t, page, `href="#f-meeverhuizendeGezinsleden"`, "hooguit 20 mensen")
}

func TestRefusalsTellWhatHappenedWhoseTurnItIsAndWhatToDo(t *testing.T) {
	refused := func(code string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Fsc-Error-Code", code)
			w.Header().Set("Fsc-Transaction-Id", "0190-2")
			w.WriteHeader(http.StatusBadGateway)
			_, _ = w.Write([]byte(`{"message":"the <b>contract</b> was revoked","domain":"ERROR_DOMAIN_OUTWAY","code":"` + code + `"}`))
		}
	}
	plain := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	for name, tc := range map[string]struct {
		outway http.HandlerFunc
		wants  []string
	}{
		"no agreement yet":          {nil, []string{"geen geldige afspraak"}},
		"the agreement was revoked": {refused("UNKNOWN_GRANT_HASH_IN_HEADER"), []string{"geen geldige afspraak", "UNKNOWN_GRANT_HASH_IN_HEADER", "0190-2", "the &lt;b&gt;contract"}},
		"no token":                  {refused("ERROR_CODE_ACCESS_TOKEN_UNAVAILABLE"), []string{"kreeg van Formulierenhuis geen toegang"}},
		"the supplier is away":      {refused("ERROR_CODE_INWAY_UNREACHABLE"), []string{"Formulierenhuis was niet bereikbaar", "telt dan maar één keer"}},
		"too busy":                  {refused("ERROR_CODE_TOO_MANY_REQUESTS"), []string{"te druk"}},
		"the own log is full":       {refused("TRANSACTION_LOG_WRITE_ERROR"), []string{"Het systeem van Gemeente Duinwijk zelf"}},
		"a code nobody knows":       {refused("<b>"), []string{"Het systeem van Gemeente Duinwijk zelf", "&lt;b&gt;"}},
		"the own Outway is away":    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, []string{"Het systeem van Gemeente Duinwijk zelf"}},
		"not delivered":             {plain(502, `{"title":"x","status":502,"detail":"x","code":"not_delivered","gemeente":"Veenhoven","foutcode":"ERROR_CODE_INWAY_UNREACHABLE"}`), []string{"niet bezorgen bij gemeente Veenhoven", "ERROR_CODE_INWAY_UNREACHABLE"}},
		"changed":                   {plain(409, `{"title":"x","status":409,"detail":"x","code":"changed"}`), []string{"heeft deze melding al"}},
		"delivered to <b>":          {plain(502, `{"title":"x","status":502,"detail":"x","code":"not_delivered","gemeente":"<b>"}`), []string{"een antwoord dat we niet begrijpen"}},
		"an error page":             {plain(500, `<html>`), []string{"een antwoord dat we niet begrijpen"}},
		"a receipt without number":  {plain(201, `{"gemeente":"Veenhoven"}`), []string{"een antwoord dat we niet begrijpen"}},
		"a fault nobody knows":      {plain(422, `{"title":"x","status":422,"detail":"x","code":"invalid","invalidParams":[{"name":"x","code":"<b>","reason":"x"}]}`), []string{"een antwoord dat we niet begrijpen"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, tc.outway)
			code, page := s.post("/formulier/verhuizing", typedMove())
			if code != http.StatusBadGateway {
				t.Errorf("status %d", code)
			}
			contains(t, page, tc.wants...)
			contains(t, page, "Wie is aan de beurt?", "Wat kunt u doen?", `value="Turfkade"`, `value="Zonderling"`, `name="kenmerk" value="`+mark+`"`)
			if strings.Contains(page, "<b>") || strings.Contains(page, "loket.") {
				t.Error("the page has mark-up of others, or lacks a text")
			}
			noPersonalData(t, s.log.String())
		})
	}
}

func TestFaultsThatTheServiceFindsStandAtTheirFields(t *testing.T) {
	codes := []string{
		"json", "unknown", "duplicate", "type", "required", "not_needed", "too_long", "too_many", "characters", "key", "bsn", "bsn_not_test", "bsn_twice",
		"date", "time", "too_early", "too_late", "before_birth", "postcode", "address", "town", "place", "choice", "consent",
	}
	for _, code := range codes {
		s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnprocessableEntity)
			_ = json.NewEncoder(w).Encode(object{
				"title": "x", "status": 422, "detail": "x", "code": "invalid",
				"invalidParams": []loket.Fault{{Field: "meeverhuizendeGezinsleden.0.bsn", Code: code, Reason: "x"}, {Field: "postcode", Code: code, Reason: "x"}, {Field: "zoo.0", Code: code, Reason: "x"}},
			})
		})
		status, page := s.post("/formulier/verhuizing", typedMove())
		if status != http.StatusBadRequest || strings.Contains(page, "loket.fault") {
			t.Errorf("%s: %d, or there is no text", code, status)
		}
		contains(t, page, `href="#f-meeverhuizendeGezinsleden.1.bsn"`, "Persoon 2, Burgerservicenummer", `id="f-postcode-problem"`) // the first row of the form was empty
		if strings.Contains(page, "zoo") {
			t.Errorf("%s: a field that isn't there has a link", code)
		}
	}
}

func TestPagesRefuseOtherSitesAndNamesAndLargeForms(t *testing.T) {
	s := newSite(t, receive)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/formulier/verhuizing", strings.NewReader(typedMove().Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if code, _ := s.do(r); code != http.StatusForbidden {
		t.Errorf("from another site: %d", code)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://evil.example/", nil))
	if w.Code != http.StatusMisdirectedRequest {
		t.Errorf("under another name: %d", w.Code)
	}
	large := typedMove()
	large.Set("straatnaam", strings.Repeat("x", 2<<20))
	if code, _ := s.post("/formulier/verhuizing", large); code != http.StatusBadRequest {
		t.Errorf("large: %d", code)
	}
	w = httptest.NewRecorder()
	r = httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.Host = host
	s.handler.ServeHTTP(w, r)
	if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self'") || strings.Contains(policy, "unsafe") || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", w.Header())
	}
	if len(s.sent) > 0 {
		t.Error("something was sent")
	}
}
