// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
)

const (
	adminEmail    = "beheer@voorbeeldstad.nl"
	adminPassword = "zeven paarse olifanten zingen"
)

// site is the pages over real http, with real people in a real store.
type site struct {
	s     *server
	url   string
	token string // of the first run
}

func newSite(t *testing.T, change ...func(*Config)) *site {
	t.Helper()
	db, err := store.OpenSQLite(t.Context(), empty.Dir(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s := testServer(t, change...)
	s.people = operator.New(operator.Config{Store: db.People(), Now: testNow, Logger: slog.New(slog.DiscardHandler), HashMemory: 64})
	token, err := s.people.NewSetupToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s.guarded())
	t.Cleanup(web.Close)
	return &site{s: s, url: web.URL, token: token}
}

// browser is somebody with their own cookies, who follows no redirect by itself.
type browser struct {
	t    *testing.T
	site *site
	http *http.Client
}

func (s *site) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, site: s, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// answer is what came back.
type answer struct {
	*http.Response
	text string
}

func (b *browser) do(r *http.Request) answer {
	b.t.Helper()
	resp, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{resp, string(body)}
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.site.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(r)
}

func (b *browser) post(path string, fields ...string) answer {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.site.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// want checks a status and, at a redirect, where to.
func (a answer) want(t *testing.T, status int, location string) answer {
	t.Helper()
	if a.StatusCode != status || a.Header.Get("Location") != location {
		t.Fatalf("answer is %d to %q, want %d to %q\n%.600s", a.StatusCode, a.Header.Get("Location"), status, location, a.text)
	}
	return a
}

// setUp makes the first administrator, who is logged in then.
func (b *browser) setUp() *browser {
	b.t.Helper()
	b.post("/setup", "token", b.site.token, "name", "Sanne de Vries", "email", adminEmail, "password", adminPassword,
		"password_again", adminPassword).want(b.t, http.StatusSeeOther, "/")
	return b
}

func (b *browser) logIn(email, password string) answer {
	b.t.Helper()
	return b.post("/login", "email", email, "password", password, "return-to", "/account")
}

func TestFirstRunMakesAnAdministratorWithTheTokenOnly(t *testing.T) {
	b := newSite(t).browser(t)
	b.get("/").want(t, http.StatusSeeOther, "/login")
	if page := b.get("/login"); !strings.Contains(page.text, `href="/setup"`) {
		t.Error("the login page doesn't lead to the first run")
	}
	wrong := b.post("/setup", "token", "guess", "name", "x", "email", adminEmail, "password", adminPassword, "password_again", adminPassword)
	if wrong.want(t, http.StatusBadRequest, ""); !strings.Contains(wrong.text, "f-token-problem") || strings.Contains(wrong.text, adminPassword) {
		t.Error("a wrong token isn't told at its field, or the password came back")
	}
	weak := b.post("/setup", "token", b.site.token, "name", "Sanne", "email", adminEmail, "password", "kort", "password_again", "kort")
	if weak.want(t, http.StatusBadRequest, ""); !strings.Contains(weak.text, "f-password-problem") || !strings.Contains(weak.text, `value="Sanne"`) {
		t.Error("a weak password isn't told at its field, or what was typed got lost")
	}
	b.setUp()
	if page := b.get("/account").want(t, http.StatusOK, ""); !strings.Contains(page.text, "Uw account is aangemaakt") {
		t.Error("the first page doesn't say that the account was made")
	}
	if page := b.get("/account"); strings.Contains(page.text, "Uw account is aangemaakt") {
		t.Error("the message stays")
	}
	b.get("/setup").want(t, http.StatusSeeOther, "/login")
	other := b.site.browser(t)
	other.post("/setup", "token", b.site.token, "name", "y", "email", "y@x.nl", "password", adminPassword, "password_again", adminPassword).
		want(t, http.StatusSeeOther, "/login")
}

func TestLoginGivesANewSessionAndLogoutEndsIt(t *testing.T) {
	b := newSite(t).browser(t).setUp()
	stranger := b.site.browser(t)
	if page := stranger.logIn(adminEmail, "wrong password"); !strings.Contains(page.want(t, http.StatusBadRequest, "").text, "klopt niet") {
		t.Error("a wrong password isn't told")
	}
	// Fixation: a session chosen by somebody else never becomes a logged-in one.
	at, err := url.Parse(b.site.url)
	if err != nil {
		t.Fatal(err)
	}
	stranger.http.Jar.SetCookies(at, []*http.Cookie{{Name: sessionCookie, Value: "chosen-by-somebody-else"}})
	in := stranger.logIn(adminEmail, adminPassword).want(t, http.StatusSeeOther, "/account")
	var given *http.Cookie
	for _, c := range in.Cookies() {
		if c.Name == sessionCookie {
			given = c
		}
	}
	if given == nil || given.Value == "chosen-by-somebody-else" || !given.HttpOnly || given.SameSite != http.SameSiteLaxMode || given.Path != "/" {
		t.Fatalf("session cookie is %v", given)
	}
	stranger.get("/account").want(t, http.StatusOK, "")
	stranger.post("/logout").want(t, http.StatusSeeOther, "/login")
	stranger.http.Jar.SetCookies(at, []*http.Cookie{given})
	stranger.get("/account").want(t, http.StatusSeeOther, "/login?return-to=%2Faccount")
	b.get("/account").want(t, http.StatusOK, "")
}

func TestCookiesAreBoundToHTTPSAndHost(t *testing.T) {
	s := testServer(t, func(c *Config) { c.Secure, c.CookieLabel = true, "duinwijk" })
	rec := httptest.NewRecorder()
	s.setCookie(rec, sessionCookie, "x", operator.SessionLifetime)
	got := rec.Header().Get("Set-Cookie")
	if want := "__Host-session-duinwijk=x; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Lax"; got != want {
		t.Errorf("cookie is %q, want %q", got, want)
	}
}

func TestReturnAddressStaysOnThisSite(t *testing.T) {
	b := newSite(t).browser(t).setUp()
	for _, to := range []string{"https://evil.example/", "//evil.example/", `/\evil.example`, "/%5c/evil", "javascript:alert(1)", "\t//evil.example", "", "/\r\nX: y", "http:evil"} {
		got := b.post("/preferences", "language", "en", "return-to", to)
		if at := got.Header.Get("Location"); at != "/" && !regexp.MustCompile(`^/%5c`).MatchString(at) {
			t.Errorf("%q leads to %q", to, at)
		}
	}
	b.post("/login", "email", adminEmail, "password", adminPassword, "return-to", "//evil.example").want(t, http.StatusSeeOther, "/")
	if page := b.site.browser(t).get("/login?return-to=https://evil.example"); !strings.Contains(page.text, `name="return-to" value="/">`) {
		t.Error("the login page keeps a foreign return address")
	}
}

func TestPeopleAreManagedByTheirPages(t *testing.T) {
	b := newSite(t).browser(t).setUp()
	b.post("/people", "name", "Pieter Bakker", "email", "p.bakker@voorbeeldstad.nl", "password", "vier groene fietsen wachten", "roles", "reader").
		want(t, http.StatusSeeOther, "/people")
	list := b.get("/people?q=bakker").want(t, http.StatusOK, "")
	id := regexp.MustCompile(`/people/([0-9a-f-]{36})"`).FindStringSubmatch(list.text)
	if id == nil || !strings.Contains(list.text, "p.bakker@voorbeeldstad.nl") || strings.Contains(list.text, `>Sanne de Vries</a>`) {
		t.Fatalf("the list doesn't have who was searched for only")
	}
	if csv := b.get("/people?format=csv"); !strings.Contains(csv.text, "Pieter Bakker,p.bakker@voorbeeldstad.nl,Lezer,Aan,") {
		t.Errorf("csv is %q", csv.text)
	}
	bad := b.post("/people/"+id[1], "name", "", "email", "p.bakker@voorbeeldstad.nl")
	if bad.want(t, http.StatusBadRequest, ""); !strings.Contains(bad.text, `href="#f-roles"`) && !strings.Contains(bad.text, `href="#f-name"`) {
		t.Error("problems don't lead to their fields")
	}

	reader := b.site.browser(t)
	reader.logIn("p.bakker@voorbeeldstad.nl", "vier groene fietsen wachten").want(t, http.StatusSeeOther, "/account")
	for _, path := range []string{"/people", "/people/new", "/people/" + id[1]} {
		reader.get(path).want(t, http.StatusForbidden, "").has(t, "Dit recht ontbreekt: <strong>mensen beheren</strong>").hasNot(t, "it needs the permission")
	}
	reader.post("/people/"+id[1], "name", "Pieter", "email", "p.bakker@voorbeeldstad.nl", "roles", "administrator").want(t, http.StatusForbidden, "")
	if page := reader.get("/account"); strings.Contains(page.text, `href="/people"`) {
		t.Error("the menu shows a page that isn't allowed")
	}

	b.post("/people/"+id[1], "name", "Pieter Bakker", "email", "p.bakker@voorbeeldstad.nl", "roles", "reader", "disabled", "yes").
		want(t, http.StatusSeeOther, "/people")
	reader.get("/account").want(t, http.StatusSeeOther, "/login?return-to=%2Faccount")
}

func TestTokenIsShownOnceAndRevoked(t *testing.T) {
	b := newSite(t).browser(t).setUp()
	none := b.post("/account/tokens", "token_name", "export", "days", "90")
	if none.want(t, http.StatusBadRequest, ""); !strings.Contains(none.text, `href="#f-scopes"`) {
		t.Error("a token without scopes isn't told at its field")
	}
	made := b.post("/account/tokens", "token_name", "export", "days", "90", "scopes", "read").want(t, http.StatusOK, "")
	secret := regexp.MustCompile(`snsp_[A-Za-z0-9_-]{43}`).FindString(made.text)
	if secret == "" || made.Header.Get("Cache-Control") != "no-store" {
		t.Fatal("the secret isn't shown, or the page is kept")
	}
	if _, err := b.site.s.people.AuthenticateToken(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	list := b.get("/account")
	if strings.Contains(list.text, secret) {
		t.Error("the secret is shown again")
	}
	id := regexp.MustCompile(`/account/tokens/([0-9a-f-]{36})/revoke`).FindStringSubmatch(list.text)
	if id == nil {
		t.Fatal("the token isn't listed")
	}
	b.post("/account/tokens/"+id[1]+"/revoke").want(t, http.StatusSeeOther, "/account#tokens")
	if _, err := b.site.s.people.AuthenticateToken(t.Context(), secret); err == nil {
		t.Error("the token works after it was revoked")
	}
}

func TestOwnPasswordChangeEndsOtherSessions(t *testing.T) {
	b := newSite(t).browser(t).setUp()
	other := b.site.browser(t)
	other.logIn(adminEmail, adminPassword).want(t, http.StatusSeeOther, "/account")
	next := "acht trage walvissen dromen"
	if page := b.post("/account/password", "old_password", "wrong", "password", next, "password_again", next); !strings.Contains(page.want(t, http.StatusBadRequest, "").text, "f-old_password-problem") {
		t.Error("a wrong present password isn't told at its field")
	}
	b.post("/account/password", "old_password", adminPassword, "password", next, "password_again", next).want(t, http.StatusSeeOther, "/account")
	b.get("/account").want(t, http.StatusOK, "")
	other.get("/account").want(t, http.StatusSeeOther, "/login?return-to=%2Faccount")
}

func TestResetPasswordBecomesAnOwnOneWithALinkOfSomebodyElse(t *testing.T) {
	anna := newSite(t).browser(t).setUp()
	for _, role := range []string{"administrator", "signer"} {
		anna.post("/people", "name", role, "email", role+"@voorbeeldstad.nl", "password", adminPassword, "roles", role).want(t, http.StatusSeeOther, "/people")
	}
	list := anna.get("/people").want(t, http.StatusOK, "").text
	signer := regexp.MustCompile(`href="(/people/[0-9a-f-]{36})"[^>]*>signer`).FindStringSubmatch(list)
	if signer == nil {
		t.Fatalf("the signer isn't listed:\n%s", list)
	}
	const given, own = "drie roeiboten op dinsdag", "zeven kersen zonder pit"
	anna.post(signer[1]+"/password", "password", given).want(t, http.StatusSeeOther, signer[1])
	if page := anna.get(signer[1]).want(t, http.StatusOK, "").text; !strings.Contains(page, "U kunt de link niet maken") {
		t.Error("who gave the password is offered the link")
	}
	anna.post(signer[1]+"/link").want(t, http.StatusForbidden, "")

	tom, sam := anna.site.browser(t), anna.site.browser(t)
	tom.logIn("administrator@voorbeeldstad.nl", adminPassword).want(t, http.StatusSeeOther, "/account")
	if page := tom.get("/people").want(t, http.StatusOK, "").text; !strings.Contains(page, "signer") {
		t.Error("the other administrator sees nobody")
	}
	link := tom.post(signer[1]+"/link").want(t, http.StatusOK, "").text
	code := regexp.MustCompile(`/account/own-password\?link_code=([A-Za-z0-9_-]{43})`).FindStringSubmatch(link)
	if code == nil {
		t.Fatalf("there is no link:\n%s", link)
	}
	sam.get("/account/own-password?link_code="+code[1]).want(t, http.StatusSeeOther, "/login?return-to=%2Faccount%2Fown-password%3Flink_code%3D"+code[1])
	sam.logIn("signer@voorbeeldstad.nl", given).want(t, http.StatusSeeOther, "/account")
	if page := sam.get("/account").want(t, http.StatusOK, "").text; !strings.Contains(page, "Iemand anders stelde uw wachtwoord in") {
		t.Error("the person isn't told")
	}
	if page := sam.get("/account/own-password?link_code="+code[1]).want(t, http.StatusOK, "").text; !strings.Contains(page, code[1]) {
		t.Error("the code of the link isn't filled in")
	}
	send := func(code string) answer {
		return sam.post("/account/own-password", "link_code", code, "old_password", given, "password", own, "password_again", own)
	}
	if page := send("x").want(t, http.StatusBadRequest, ""); !strings.Contains(page.text, "f-link_code-problem") {
		t.Error("a wrong code isn't told at its field")
	}
	send(code[1]).want(t, http.StatusSeeOther, "/")
	if page := sam.get("/account").want(t, http.StatusOK, "").text; strings.Contains(page, "Iemand anders stelde uw wachtwoord in") || !strings.Contains(page, "contracten tekenen") {
		t.Error("the person may not sign again")
	}
	sam.get("/account/own-password").want(t, http.StatusOK, "")
}

func TestTooManyAttemptsAreToldWithHowLongToWait(t *testing.T) {
	s := newSite(t).s
	rec := httptest.NewRecorder()
	q := &request{Ctx: t.Context(), Lang: dutch, s: s, r: httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/login", nil), w: rec}
	if err := s.loginAgain(q, &operator.Error{Kind: operator.KindTooMany, RetryAfter: 61 * time.Second}); err != nil {
		t.Fatal(err)
	}
	if rec.Header().Get("Retry-After") != "61" || !strings.Contains(rec.Body.String(), "Wacht 2 minuten") {
		t.Errorf("the page doesn't say how long to wait: %v", rec.Header())
	}
}

func TestPartOfAPageIsSentToTheLoginAsAWhole(t *testing.T) {
	b := newSite(t).browser(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.site.url+"/people?q=a", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("HX-Request", "true")
	if got := b.do(r).want(t, http.StatusNoContent, ""); got.Header.Get("HX-Redirect") != "/login?return-to=%2Fpeople%3Fq%3Da" {
		t.Errorf("headers are %v", got.Header)
	}
}

func TestSwitchLeadsToOtherOrganisations(t *testing.T) {
	s := testServer(t, func(c *Config) {
		c.Switch = func(*http.Request) []SwitchLink {
			return []SwitchLink{{Label: hostileText, URL: "http://127.0.0.1:9001/"}, {Label: "b", URL: "javascript:alert(1)", Current: true}}
		}
	})
	page := draw(t, s, dutch, peopleFixtures()[4])
	if !strings.Contains(page, `href="http://127.0.0.1:9001/"`) || strings.Contains(page, "javascript:alert(1)\"") {
		t.Error("the switch isn't there, or leads to a script")
	}
	checkMarkup(t, strings.ReplaceAll(page, "#ZgotmplZ", "/"))
}
