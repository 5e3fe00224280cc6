// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"encoding/base32"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/operator/secondfactor"
)

var shownSecret = regexp.MustCompile(`otpauth://totp/[^"<]*secret=([A-Z2-7]{32})`)

// enrol sets up a second factor on the pages. The clock stands still, so code gives
// those of the three steps that count, which are used in their order.
func (b *browser) enrol() (code func(off int64) string) {
	b.t.Helper()
	page := b.post("/account/second-factor").want(b.t, http.StatusOK, "")
	found := shownSecret.FindStringSubmatch(html.UnescapeString(page.text))
	if found == nil {
		b.t.Fatalf("no secret on the page:\n%s", page.text)
	}
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(found[1])
	must(b.t, err)
	code = func(off int64) string { return secondfactor.Secret(raw).Code(secondfactor.Step(testNow()) + off) }
	b.post("/account/second-factor/confirm", codeField, "no code").want(b.t, http.StatusBadRequest, "").has(b.t, `href="#f-release_code"`).hasNot(b.t, found[1])
	b.post("/account/second-factor/confirm", codeField, code(-1)).want(b.t, http.StatusOK, "").has(b.t, "Uw herstelcodes")
	b.get("/account/second-factor").has(b.t, "Uw tweede factor werkt").hasNot(b.t, found[1])
	return code
}

func TestOnAHostedNodeEachSignatureIsReleasedOnAPage(t *testing.T) {
	j := newHosted(t, "Regio <b>Noord")
	b := j.sites[town].browser(t).setUp()
	f := "/frameworks/" + string(j.Mantel(source, 1000, town))
	b.post(f+"/accede", "need.0", "400", "reserved.0", "300").want(t, http.StatusForbidden, "").has(t, "Stel eerst een tweede factor in", "/account/second-factor")
	code := b.enrol()
	b.get("/account/second-factor").has(t, "Regio &lt;b&gt;Noord")

	ask := b.post(f+"/accede", "need.0", "400", "reserved.0", "300").want(t, http.StatusForbidden, "")
	ask.has(t, "Bevestig met uw tweede factor", "Regio &lt;b&gt;Noord", `action="`+f+`/accede"`, `name="need.0" value="400"`, `name="reserved.0" value="300"`, `autocomplete="one-time-code"`)
	b.post(f+"/accede", "need.0", "400", "reserved.0", "300", codeField, code(-1)).want(t, http.StatusForbidden, "").has(t, "is al gebruikt").hasNot(t, code(-1))
	b.get(f).has(t, "/accede")
	made := b.post(f+"/accede", "need.0", "400", "reserved.0", "300", codeField, code(0))
	if made.StatusCode != http.StatusSeeOther {
		t.Fatalf("released: %d\n%s", made.StatusCode, made.text)
	}
	j.Settle()
	b.get(made.Header.Get("Location")).has(t, "300")
	b.get("/audit").has(t, "Tweede factor ingesteld", "Regio &lt;b&gt;Noord")
	for range operator.FactorAttempts {
		b.post(f+"/accede", "need.0", "1", codeField, "000000 no")
	}
	b.post(f+"/accede", "need.0", "1", codeField, code(1)).want(t, http.StatusTooManyRequests, "").has(t, "Te veel verkeerde codes")
}

func TestTheFormForACodeShowsWhatWasSentAndRunsNothing(t *testing.T) {
	j := newHosted(t, "Regio Noord")
	b := j.sites[town].browser(t).setUp()
	f := "/frameworks/" + string(j.Mantel(source, 1000, town))
	b.enrol()
	for _, attack := range attacks[:len(attacks)-1] {
		page := b.post(f+"/accede?x="+url.QueryEscape(attack), attack, attack, "need.0", "1").want(t, http.StatusForbidden, "")
		if strings.Contains(page.text, "<img src=x") || strings.Contains(page.text, "<svg onload") || strings.Contains(page.text, "<script>fetch") {
			t.Errorf("%q stands in the page as it is", attack)
		}
		if !strings.Contains(page.text, `action="`+f+`/accede`) {
			t.Errorf("%q leads away", attack)
		}
	}
}

func TestASecondFactorIsRemovedByItsOwnerWithACode(t *testing.T) {
	b := newSite(t).browser(t).setUp()
	b.get("/account").has(t, "/account/second-factor")
	code := b.enrol()
	b.post("/account/second-factor/remove").want(t, http.StatusForbidden, "").has(t, "Voor deze stap", `action="/account/second-factor/remove"`)
	b.post("/account/second-factor/remove", codeField, code(0)).want(t, http.StatusSeeOther, "/account/second-factor")
	b.get("/account/second-factor").has(t, "U hebt nog geen tweede factor")
}
