// SPDX-License-Identifier: EUPL-1.2

package fieldlab_test

import (
	"bytes"
	"context"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/fieldlab"
)

// lab is a fieldlab that stays up, and a browser before its start page.
type lab struct {
	t      *testing.T
	url    string
	client *http.Client
}

// output tells when something has been written.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	up   chan struct{} // closed when the federation stays up
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(b)
	if bytes.Contains(b, []byte("stays up")) {
		close(o.up)
	}
	return len(b), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func startLab(t *testing.T) *lab {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	out, done := &output{up: make(chan struct{})}, make(chan error, 1)
	go func() { done <- fieldlab.Run(ctx, fieldlab.Options{Dir: t.TempDir(), Out: out}) }()
	select {
	case <-out.up:
	case err := <-done:
		t.Fatalf("%v\n%s", err, out)
	}
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	first, _, _ := strings.Cut(out.String(), "\n")
	address := regexp.MustCompile(`http://\S+`).FindString(first)
	if address == "" {
		t.Fatalf("the first line doesn't tell where the start page is: %q", first)
	}
	return &lab{t: t, url: address, client: browser(t)}
}

// browser keeps cookies and doesn't follow redirects.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

// answer is what came back.
type answer struct {
	status int
	body   string
	header http.Header
}

func (l *lab) send(method, address string, form url.Values, change ...func(*http.Request)) answer {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		l.t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range change {
		c(r)
	}
	res, err := l.client.Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return answer{res.StatusCode, html.UnescapeString(string(b)), res.Header}
}

func (l *lab) get(address string, change ...func(*http.Request)) answer {
	l.t.Helper()
	return l.send(http.MethodGet, address, nil, change...)
}

// press presses a button and gives the page after it.
func (l *lab) press(act string) string {
	l.t.Helper()
	a := l.send(http.MethodPost, l.url+"/act", url.Values{"act": {act}})
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/" {
		l.t.Fatalf("%s: %d %s", act, a.status, a.body)
	}
	return l.get(l.url + "/").body
}

// says presses a button until the page after it says something: what was agreed
// or mended takes a moment to be known everywhere.
func (l *lab) says(act, want string) {
	l.t.Helper()
	for began := time.Now(); ; {
		page := l.press(act)
		if strings.Contains(page, want) {
			return
		}
		if time.Since(began) > 20*time.Second {
			l.t.Fatalf("after %s the page doesn't say %q:\n%s", act, want, page)
		}
	}
}

// stopTime is enough for a node to stop; a poll at another node takes longer.
const stopTime = 10 * time.Second

const (
	answered = " kreeg antwoord van Landelijke Personenbron"
	silence  = " kreeg geen antwoord. "
	noGrant  = silence + "Geen bruikbaar contract voor deze aanroep"
)

// TestAFieldlabWithFaces keeps one federation up for all its parts, in this order.
func TestAFieldlabWithFaces(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	t.Parallel()
	l := startLab(t)
	for _, part := range []struct {
		name string
		run  func(*lab)
	}{
		{"the start page tells the story in two languages without script", (*lab).tellsTheStory},
		{"other sites can't press buttons or log anybody in", (*lab).refusesOtherSites},
		{"calls and contracts are real", (*lab).callsAndContracts},
		{"a municipality joins, calls off, connects, sends notices and ends it", (*lab).playsOnInTheTale},
		{"a person comes in as that person and nobody else", (*lab).comesInAsOnePerson},
		{"what is broken can be mended", (*lab).breaksAndMends},
	} {
		t.Run(part.name, func(t *testing.T) {
			part.run(&lab{t: t, url: l.url, client: browser(t)})
		})
	}
}

func (l *lab) tellsTheStory() {
	for language, want := range map[string][]string{
		"nl": {
			"Samenwerken in het klein", "Gemeente Veenhoven", "OIN 00000099000000300000", "Veenhoven trekt de machtiging in", "staat in beide logboeken", "<svg",
			"Samen inkopen", "knooppunt draait bij Stelselbeheer", "P01, P29", "Wortel van beide partijen", "agreement_missing", "Bezorgd onder transactienummer",
		},
		"en": {"Working together, in miniature", "Veenhoven revokes the mandate", "in both logs", "Go on as", "Buying together", "node runs at Stelselbeheer"},
	} {
		a := l.get(l.url+"/", func(r *http.Request) { r.Header.Set("Accept-Language", language) })
		for _, w := range want {
			if !strings.Contains(a.body, w) {
				l.t.Errorf("%s: the page lacks %q", language, w)
			}
		}
		if a.status != http.StatusOK || strings.Contains(a.body, "<no value>") {
			l.t.Errorf("%s: %d %s", language, a.status, a.body)
		}
		if csp := a.header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self';") || strings.Contains(csp, "form-action 'self';") {
			l.t.Errorf("content policy: %s", csp)
		}
	}
	if a := l.get(l.url + "/act"); a.status == http.StatusOK {
		l.t.Error("a link can press buttons")
	}
}

func (l *lab) refusesOtherSites() {
	before := strings.Count(l.get(l.url+"/?live=off").body, "<time ")
	for site, change := range map[string]func(*http.Request){
		"another site":            func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"another port":            func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"an old browser":          func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "https://example.com") },
		"a name that became ours": func(r *http.Request) { r.Host = "example.com" },
	} {
		for path, form := range map[string]url.Values{"/act": {"act": {"call:duinwijk"}}, "/switch": {"as": {"duinwijk/beheerder"}}} {
			a := l.send(http.MethodPost, l.url+path, form, change)
			if a.status != http.StatusForbidden && a.status != http.StatusMisdirectedRequest || a.header.Get("Location") != "" {
				l.t.Errorf("%s, %s: %d %s", path, site, a.status, a.header.Get("Location"))
			}
		}
	}
	if after := strings.Count(l.get(l.url+"/?live=off").body, "<time "); after != before {
		l.t.Errorf("there were %d calls, there are %d", before, after)
	}
}

func (l *lab) callsAndContracts() {
	l.says("call:duinwijk", "Gemeente Duinwijk"+answered)
	l.says("call:veenhoven", "Gemeente Veenhoven"+noGrant)
	l.says("call:formulierenhuis", "Formulierenhuis"+noGrant)
	l.press("agree:delegated")
	l.says("call:formulierenhuis", "Formulierenhuis"+answered)
	l.press("revoke:delegated")
	l.says("call:formulierenhuis", "Formulierenhuis"+noGrant)
	l.press("revoke:direct")
	l.says("call:duinwijk", "Gemeente Duinwijk"+noGrant)
	if a := l.send(http.MethodPost, l.url+"/act", url.Values{"act": {"revoke:direct"}}); a.status != http.StatusConflict {
		l.t.Errorf("a button on an old page: %d", a.status)
	}
	l.press("agree:direct")
	l.says("call:duinwijk", "Gemeente Duinwijk"+answered)
	for _, act := range []string{"", "call:", "call:niemand", "dance:duinwijk", "break:", "mend:niets", "agree:refused", "revoke:"} {
		if a := l.send(http.MethodPost, l.url+"/act", url.Values{"act": {act}}); a.status != http.StatusNotFound {
			l.t.Errorf("act %q: %d", act, a.status)
		}
	}
}

func (l *lab) playsOnInTheTale() {
	const refused = "De aanroep van Gemeente Veenhoven" + noGrant
	arrived := "Gemeente Veenhoven kreeg antwoord van Formulierenhuis: Gemeente Zilverbroek, ZIL-"
	l.says("move:veenhoven", refused)
	for _, act := range []string{"call_off:veenhoven", "connect:veenhoven", "end:veenhoven", "accede:duinwijk", "call_off:zilverbroek"} {
		if a := l.send(http.MethodPost, l.url+"/act", url.Values{"act": {act}}); a.status != http.StatusConflict {
			l.t.Errorf("act %q doesn't fit, and gives %d", act, a.status)
		}
	}
	for _, step := range []struct{ act, flash, shown string }{
		{"accede:veenhoven", "De gemeente is toegetreden", "call_off:veenhoven"},
		{"call_off:veenhoven", "door beide kanten getekend en afgeboekt", "connect:veenhoven"},
		{"connect:veenhoven", "De gemeente is aangesloten", "end:veenhoven"},
	} {
		if page := l.press(step.act); !strings.Contains(page, step.flash) || !strings.Contains(page, `value="`+step.shown+`"`) {
			l.t.Fatalf("after %s the page lacks %q or the button %s:\n%s", step.act, step.flash, step.shown, page)
		}
	}
	l.says("move:veenhoven", arrived)
	l.says("death:veenhoven", arrived)
	if page := l.press("end:veenhoven"); !strings.Contains(page, "De nadere overeenkomst is beëindigd") || !strings.Contains(page, `value="call_off:veenhoven"`) {
		l.t.Errorf("after the end: %s", page)
	}
	l.says("move:veenhoven", refused)
	for _, act := range []string{"accede:", "accede:personenbron", "move:stelselbeheer", "end:niemand", "usage:duinwijk"} {
		if a := l.send(http.MethodPost, l.url+"/act", url.Values{"act": {act}}); a.status != http.StatusNotFound {
			l.t.Errorf("act %q: %d", act, a.status)
		}
	}
}

// enter asks for a way in.
func (l *lab) enter(as string) *url.URL {
	l.t.Helper()
	a := l.send(http.MethodPost, l.url+"/switch", url.Values{"as": {as}})
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || a.status != http.StatusSeeOther || u.Host == "" {
		l.t.Fatalf("%s: %d %s", as, a.status, a.header.Get("Location"))
	}
	return u
}

func (l *lab) comesInAsOnePerson() {
	first, second := l.enter("duinwijk/tekenaar"), l.enter("veenhoven/lezer")
	for _, u := range []*url.URL{first, second} {
		if a := l.get(u.String()); a.status != http.StatusSeeOther || a.header.Get("Location") != "/" {
			l.t.Fatalf("way in: %d %s", a.status, a.header.Get("Location"))
		}
	}
	for u, want := range map[*url.URL][]string{
		first: {"Tekenaar van Duinwijk", "Gemeente Duinwijk", l.url + "/#veenhoven"}, second: {"Lezer van Veenhoven", "Gemeente Veenhoven"},
	} { // logged in at both at the same time
		page := l.get("http://" + u.Host + "/")
		for _, w := range want {
			if !strings.Contains(page.body, w) {
				l.t.Errorf("%s: the page lacks %q: %d", u.Host, w, page.status)
			}
		}
		if a := l.get("http://" + u.Host + "/people"); a.status != http.StatusForbidden {
			l.t.Errorf("%s: a page for administrators: %d", u.Host, a.status)
		}
	}
	l.findsTheTaleOnTheBoard()
	l.keepsOrganisationsApart(first, second)
	for _, as := range []string{"", "duinwijk", "duinwijk/niemand", "niemand/lezer", "duinwijk/../veenhoven/lezer"} {
		if a := l.send(http.MethodPost, l.url+"/switch", url.Values{"as": {as}}); a.status != http.StatusNotFound {
			l.t.Errorf("as %q: %d", as, a.status)
		}
	}
}

// findsTheTaleOnTheBoard follows the links from the board to the framework.
func (l *lab) findsTheTaleOnTheBoard() {
	l.t.Helper()
	door := l.enter("zilverbroek/lezer")
	l.get(door.String())
	pages := "http://" + door.Host
	board := l.get(pages + "/board")
	if strings.Count(board.body, "Er is verbonden") != 2 {
		l.t.Errorf("the board doesn't show the two processes of the tale: %d\n%s", board.status, board.body)
	}
	for _, code := range []string{"P01", "P29"} {
		process := l.get(pages + "/board/" + code)
		framework := regexp.MustCompile(`/frameworks/[^"]+`).FindString(process.body)
		if !strings.Contains(board.body, `href="/board/`+code+`"`) || framework == "" || l.get(pages+framework).status != http.StatusOK {
			l.t.Errorf("process %s leads to %q:\n%s", code, framework, process.body)
		}
	}
}

// keepsOrganisationsApart shows that neither a ticket nor a session is good at
// another organisation.
func (l *lab) keepsOrganisationsApart(first, second *url.URL) {
	l.t.Helper()
	theirs := l.cookie(first, "session-duinwijk")
	stranger := &lab{t: l.t, url: l.url, client: browser(l.t)}
	if a := stranger.get(first.String()); a.status != http.StatusForbidden {
		l.t.Errorf("a ticket is good twice: %d", a.status)
	}
	elsewhere := l.enter("duinwijk/beheerder")
	elsewhere.Host = second.Host
	if a := stranger.get(elsewhere.String()); a.status != http.StatusForbidden {
		l.t.Errorf("a ticket is good at another organisation: %d", a.status)
	}
	if a := stranger.get("http://" + first.Host + "/handover?ticket="); a.status != http.StatusForbidden {
		l.t.Errorf("no ticket: %d", a.status)
	}
	for _, name := range []string{"session-duinwijk", "session-veenhoven", "session"} {
		a := stranger.get("http://"+second.Host+"/contracts", func(r *http.Request) { r.AddCookie(&http.Cookie{Name: name, Value: theirs}) })
		if a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/login") {
			l.t.Errorf("a session of another organisation as %s: %d", name, a.status)
		}
	}
}

func (l *lab) cookie(u *url.URL, name string) string {
	l.t.Helper()
	for _, c := range l.client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	l.t.Fatalf("there is no cookie %s", name)
	return ""
}

func (l *lab) breaksAndMends() {
	in := l.enter("duinwijk/lezer")
	l.get(in.String())
	for _, fault := range []struct{ key, seen string }{
		{"source", silence + "De dienst achter de Inway antwoordt niet"},
		{"personenbron", silence},
		{"duinwijk", "Dit lukte nu niet"},
		{"stelselbeheer", answered}, // who has a contract doesn't miss the Directory
	} {
		began := time.Now()
		if l.press("break:" + fault.key); time.Since(began) > stopTime {
			l.t.Errorf("%s waits for its own polls of others: %v", fault.key, time.Since(began))
		}
		if a := l.send(http.MethodPost, l.url+"/act", url.Values{"act": {"break:" + fault.key}}); a.status != http.StatusConflict {
			l.t.Errorf("%s is off, and can be switched off: %d", fault.key, a.status)
		}
		l.says("call:duinwijk", fault.seen)
		l.press("mend:" + fault.key)
		l.says("call:duinwijk", answered)
	}
	l.press("agree:delegated")
	l.says("call:formulierenhuis", answered)
	if a := l.get("http://" + in.Host + "/"); !strings.Contains(a.body, "Lezer van Duinwijk") {
		l.t.Errorf("after a restart of the node the session is gone: %d", a.status)
	}
}
