// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// TestTheTaleOfTheMantelPlaysInABrowser goes on where the fieldlab's tale stops:
// a notice from the form page of a municipality arrives; its signer looks at what
// stands behind it and ends the call-off; the next notice is refused with the
// reason, and what was typed is still there.
func TestTheTaleOfTheMantelPlaysInABrowser(t *testing.T) {
	longTale(t)
	t.Parallel()
	start := fieldlabUp(t)
	b := newPerson(t, "nl")
	b.open(start)
	form := b.formsOf("Gemeente Duinwijk")
	b.everyLook("start page with the tale")

	zilverbroek := b.formsOf("Gemeente Zilverbroek")
	b.notice(zilverbroek)
	b.says("Gemeente Duinwijk")
	b.everyLook("a notice that arrived")
	b.open(form)
	b.everyLook("forms of a municipality")

	b.open(start)
	b.leave("go on as", `document.querySelector("main button[value='zilverbroek/tekenaar']").click()`)
	controller := strings.TrimSuffix(originOf(t, b.location()), "/")
	b.jointPages(controller)
	b.open(controller + b.liveCallOff(controller))
	b.click("Beëindigen")
	b.everyLook("end of a call-off")
	b.submit()
	b.says("Bevestig met uw tweede factor")
	b.everyLook("release of a signature")
	b.release(start)
	b.says("Beëindigd")

	eventually(t, "the refusal of a notice", func() bool {
		b.notice(zilverbroek)
		return strings.Contains(b.text(), "geldige afspraak")
	})
	b.everyLook("a notice that was refused")
	var kept string
	b.run("read the street", chromedp.Value(`main [name="straatnaam"]`, &kept, chromedp.ByQuery))
	if kept != "Ommekeer" {
		t.Errorf("of what was typed is left: %q", kept)
	}
	b.fine()
}

// release gives the code that the phone of the hosted signer shows, which stands on
// the start page. A new one may take half a minute.
func (b *browser) release(start string) {
	b.t.Helper()
	client, code := plain(b.t), ""
	eventually(b.t, "a code on the start page", func() bool {
		req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, start, nil)
		if err != nil {
			b.t.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			return false
		}
		defer func() { _ = res.Body.Close() }()
		page, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
		if found := shownCode.FindSubmatch(page); err == nil && found != nil {
			code = string(found[1])
		}
		return code != ""
	})
	b.fill(map[string]string{"release_code": code})
	b.submit()
}

var shownCode = regexp.MustCompile(`<code>(\d{6})</code>`)

// formsOf gives the address of a municipality's form pages, from the start page.
func (b *browser) formsOf(name string) (address string) {
	b.t.Helper()
	script := fmt.Sprintf(`[...document.querySelectorAll("main a")].find(a => a.textContent.endsWith(%q))?.href ?? ""`, name)
	b.run("find the forms of "+name, chromedp.Evaluate(script, &address))
	if address == "" {
		b.t.Fatalf("no forms of %s:\n%s", name, b.describe())
	}
	return address
}

// jointPages looks at every page of what Peers agree together that can be
// reached from the lists.
func (b *browser) jointPages(controller string) {
	b.t.Helper()
	callOff := b.liveCallOff(controller)
	framework := b.link(controller+callOff, "/frameworks/")
	accession := b.link(controller+callOff, "/accessions/")
	for _, page := range []string{
		"/frameworks", framework, framework + "/accede", framework + "/confirm", framework + "/prices/new", framework + "/savings", accession, accession + "/calloff", "/calloffs", callOff,
		callOff + "/saving", callOff + "/usage", callOff + "/usage/" + time.Now().Format("2006-01"),
		"/deeds/" + strings.TrimPrefix(callOff, "/calloffs/"),
	} {
		b.everyLanguage(controller+page, page)
	}
	b.run("choose nl", network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": "nl"}))
}

// liveCallOff gives the path of the call-off that is live.
func (b *browser) liveCallOff(controller string) (path string) {
	b.t.Helper()
	b.open(controller + "/calloffs")
	script := `[...document.querySelectorAll("main tr")].filter(r => /Actief/.test(r.textContent)).
		flatMap(r => [...r.querySelectorAll("a")]).map(a => a.getAttribute("href")).find(h => h.startsWith("/calloffs/")) ?? ""`
	b.run("find the live call-off", chromedp.Evaluate(script, &path))
	if path == "" {
		b.t.Fatalf("no call-off is live:\n%s", b.describe())
	}
	return path
}

// notice fills in and sends the form for a move to another municipality.
func (b *browser) notice(municipality string) {
	b.t.Helper()
	b.open(municipality + "formulier/verhuizing")
	b.fill(map[string]string{
		"bsn": "999990019", "verhuisdatum": time.Now().AddDate(0, 0, 7).Format(time.DateOnly), "postcode": "0101AB",
		"huisnummer": "7", "straatnaam": "Ommekeer", "woonplaats": "Duinwijk",
	})
	b.submit()
}

func originOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Scheme + "://" + u.Host + "/"
}
