// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/node"
)

// What a page may take over the line, in bytes: the first one, and those after it.
const firstLoad, nextLoad = 150_000, 30_000

// shortSample is of how many pages the loop while you work looks at one, once.
const shortSample = 16

// registered finds the pages in the source: what the server lists under GET.
var registered = regexp.MustCompile(`s\.(?:handle|public)\("GET (/[^"]*)"`)

// noPage are looked at apart, or are addresses that answer with something else than a page of their
// own: a redirect, a download or another site.
var noPage = []string{"/setup", "/login", "/api-tokens", "/contracts/{hash}/content", "/alarms/{dossier}/proof", "/handover", "/login/{provider}", "/login/{provider}/callback", "/theme.css", "/assets/{name}", "/calendar.ics", "/annexes/{hash}/content"}

// inTheTale are pages that need a framework, which the fieldlab has: see
// TestTheTaleOfTheMantelPlaysInABrowser.
var inTheTale = []string{"/frameworks/{hash}", "/frameworks/{hash}/accede", "/frameworks/{hash}/confirm", "/frameworks/{hash}/prices/new", "/frameworks/{hash}/savings", "/accessions/{hash}", "/accessions/{hash}/calloff", "/calloffs/{hash}", "/calloffs/{hash}/saving", "/calloffs/{hash}/usage", "/calloffs/{hash}/usage/{month}", "/deeds/{hash}", "/decisions/{hash}"}

// TestEveryPageIsAccessible looks at each page in both languages, light and
// dark, wide and narrow, with a checker for WCAG 2.2 and our own for contrast.
func TestEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	upstream := newUpstream(t)
	source := l.node(t, providerID, providing)
	r := l.node(t, consumerID, func(c *node.Config) {
		withPages(c)
		providing(c)
		c.Group.Directories = []node.PeerConfig{{PeerID: providerID, ManagerAddress: source.peer.ManagerAddress}}
		c.Collective = node.CollectiveConfig{TakePart: true, Secretariats: []fsc.PeerID{consumerID}}
	})
	for _, of := range []*running{source, r} {
		if err := of.door.PutService(t.Context(), internalapi.Service{Name: service, Upstream: upstream.url}); err != nil {
			t.Fatal(err)
		}
	}
	propose(t, source, publication(providerID, providerID, service))
	c := propose(t, r, connection(consumerID, r.pair, providerID, service))
	var a answer
	eventually(t, "a call", func() bool {
		a = callThrough(t, plain(t), r.outway, c.GrantHashes[0])
		return a.status == http.StatusOK
	})
	b := newPerson(t, "nl")
	b.open(r.controller + "/setup")
	b.everyLook("setup")
	b.weighed("the first page", firstLoad)
	b.setUp(r)
	published := "/directory/" + string(providerID) + "/" + service
	contract := "/contracts/" + string(c.ContentHash)
	rule := b.make(r.controller, "/policy/new", "/policy", map[string]string{"name": "Regel", "role": "provider", "services": service})
	route := b.make(r.controller, "/applications/routes/new", "/applications?view=routes", map[string]string{
		"path_prefix": "/x", "service_peer_id": string(providerID), "service": service,
	})

	group := b.made(r.controller, "/groups/new", map[string]string{"name": "Samen slim", "kind": "association", "keeper": string(consumerID)})
	mandate := b.made(r.controller, "/mandates/new", map[string]string{
		"mandatary": string(consumerID), "keyThumbprint": strings.Repeat("ab", 32), "type": "111",
		"notAfter": time.Now().AddDate(0, 6, 0).Format(time.DateOnly), "ceilingCents": "100",
	})
	b.open(r.controller + "/settings/events")
	b.fill(map[string]string{"url": "https://meldingen.example/"})
	b.submit()
	endpoint := b.link(r.controller+"/settings/events", "/settings/events/")

	// An example for each page whose address has a name in it.
	pages := map[string]string{
		"/{$}": "/", "/contracts/{hash}": contract, "/contracts/{hash}/renew": contract + "/renew", "/contracts/{hash}/": contract + "/revoke",
		"/services/{name}": "/services/" + service, "/services/{name}/edit": "/services/" + service + "/edit", "/services/{name}/publish": "/services/" + service + "/publish",
		"/services/{name}/limits": "/services/" + service + "/limits",
		"/peers/{id}":             "/peers/" + string(providerID), "/log/{transactionID}": "/log/" + a.header.Get("Fsc-Transaction-Id"),
		"/explain/{code}":                     "/explain/ERROR_CODE_SERVICE_UNREACHABLE",
		"/directory/{peer}/{service}":         published,
		"/directory/{peer}/{service}/openapi": published + "/openapi",
		"/policy/{id}":                        rule, "/policy/{id}/delete": rule + "/delete",
		"/applications/routes/{id}": route, "/applications/routes/{id}/edit": route + "/edit",
		"/applications/examples": "/applications/examples?grant=" + url.QueryEscape(string(c.GrantHashes[0])), "/policy/dry-run": "/policy/dry-run?role=provider",
		"/groups/{hash}": group, "/groups/{hash}/decision": group + "/decision", "/mandates/{hash}": mandate, "/settings/events/{id}/remove": endpoint,
		"/register/{code}": "/register/GM0014", "/register/arrangements/{roo}": b.link(r.controller+"/register/arrangements", "/register/arrangements/"),
		"/board/{code}": "/board/P29",
		"/people/{id}":  b.link(r.controller+"/people", "/people/"),
	}
	for i, pattern := range routes(t) {
		path, known := pages[pattern]
		switch {
		case slices.Contains(noPage, pattern), slices.Contains(inTheTale, pattern):
			continue
		case !known && strings.Contains(pattern, "{"):
			t.Errorf("the page %s isn't looked at: name an example of it here", pattern)
			continue
		case !known:
			path = pattern
		}
		if testing.Short() && i%shortSample != 0 {
			continue
		}
		b.everyLanguage(r.controller+path, pattern)
	}
	b.open(r.controller + "/audit")
	b.submit()
	b.everyLook("audit verified")
	b.run("choose en", network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": "en"}))
	b.open(r.controller + "/")
	b.click("Log out")
	b.open(r.controller + "/login")
	b.everyLook("login")
	b.fine()
}

// make fills in a form and gives the path of what came of it, from a list.
func (b *browser) make(base, form, list string, fields map[string]string) string {
	b.t.Helper()
	b.open(base + form)
	b.fill(fields)
	b.submit()
	return b.link(base+list, strings.TrimSuffix(form, "new"))
}

// made fills in a form and gives the path of the page it leads to.
func (b *browser) made(base, form string, fields map[string]string) string {
	b.t.Helper()
	b.open(base + form)
	b.fill(fields)
	b.submit()
	path, ok := strings.CutPrefix(b.location(), base)
	if !ok || path == strings.TrimSuffix(form, "/new") {
		b.t.Fatalf("%s leads nowhere:\n%s", form, b.describe())
	}
	return path
}

// link gives the path of the first link in the main part that begins so and
// has something behind it.
func (b *browser) link(page, prefix string) (path string) {
	b.t.Helper()
	b.open(page)
	script := fmt.Sprintf(`[...document.querySelectorAll("main a")].map(a => a.getAttribute("href")).find(h => h.startsWith(%[1]q) && !/new|dry-run|examples/.test(h)) ?? ""`, prefix)
	b.run("find a link", chromedp.Evaluate(script, &path))
	if path == "" {
		b.t.Fatalf("no link to %s…:\n%s", prefix, b.describe())
	}
	return strings.TrimSuffix(path, "/edit")
}

// routes lists the GET patterns of the pages.
func routes(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "internal", "controller", "web", "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no source of pages: %v", err)
	}
	var out []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range registered.FindAllStringSubmatch(string(text), -1) {
			out = append(out, m[1])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (b *browser) everyLanguage(page, name string) {
	b.t.Helper()
	languages := []string{"nl", "en"}
	if testing.Short() {
		languages = languages[:1]
	}
	for _, language := range languages {
		b.run("choose "+language, network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": language}))
		b.open(page)
		b.everyLook(name + " " + language)
		b.weighed(name, nextLoad)
	}
}

func (b *browser) everyLook(name string) {
	b.t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{wide, narrow} {
			odd := len(name)%2 == 1
			if testing.Short() && ((width == narrow) != odd || (scheme == "dark") != odd) {
				continue // the loop while you work looks once at each page
			}
			b.look(width, scheme)
			where := name + " " + scheme
			if width == narrow {
				where += " narrow"
			}
			b.accessible(where)
			b.contrasts(where)
		}
	}
	b.look(wide, "light")
}

// contrasts computes the contrast of every visible text against the first
// opaque background below it (WCAG 2.2, 1.4.3). Axe leaves some of them open.
func (b *browser) contrasts(where string) {
	b.t.Helper()
	var found string
	b.run("contrasts of "+where, chromedp.Evaluate(contrastScript, &found))
	var low []string
	if err := json.Unmarshal([]byte(found), &low); err != nil {
		b.t.Fatal(err)
	}
	for i, text := range low {
		if i < 5 {
			b.t.Errorf("%s: contrast too low: %s", where, text)
		}
	}
}

const contrastScript = `(() => {
	const rgba = s => { const m = s.match(/[\d.]+/g).map(Number); return [m[0], m[1], m[2], m.length > 3 ? m[3] : 1]; };
	const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
	const light = c => { const l = c.slice(0, 3).map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2]; };
	const ground = e => {
		const layers = [];
		for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] > 0) layers.push(c); if (c[3] === 1) break; }
		return layers.reduceRight((below, c) => over(c, below), [255, 255, 255, 1]);
	};
	const low = [];
	for (const e of document.body.querySelectorAll("*")) {
		if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || e.closest("svg, option, [disabled], [aria-disabled=true]")) continue;
		const box = e.getBoundingClientRect(), s = getComputedStyle(e);
		if (box.width < 2 || box.height < 2 || s.visibility !== "visible" || s.opacity === "0" || !e.checkVisibility()) continue;
		const back = ground(e), front = over(rgba(s.color), back);
		const [a, b] = [light(front), light(back)].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
		const size = parseFloat(s.fontSize), large = size >= 24 || size >= 18.66 && parseInt(s.fontWeight) >= 700;
		if (ratio < (large ? 3 : 4.5)) low.push(e.textContent.trim().slice(0, 40) + " " + ratio.toFixed(2) + " " + s.color + " on " + back);
	}
	return JSON.stringify(low);
})()`
