// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

// saved checks that an answer is a file to be saved and nothing else.
func (a answer) saved(t *testing.T, name, text string) {
	t.Helper()
	a.want(t, http.StatusOK, "")
	for header, want := range map[string]string{
		"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Content-Disposition": "attachment; filename=" + name, "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
	} {
		if got := a.Header.Get(header); got != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
	if a.text != text {
		t.Errorf("got %q", a.text)
	}
}

const scripted = `<script>alert("overeenkomst")</script>`

// importedBy has the office take over a framework with a document of this name.
func importedBy(t *testing.T, b *browser, name string) (framework string) {
	t.Helper()
	document := b.upload("/frameworks/import", sentFile("document", "../../x.html", scripted))
	outcome := b.post("/frameworks/import", append(document.fields(), "source.name", name, "json", paperMantel)...)
	return b.post("/frameworks/new", append(outcome.fields(), "step", "sign")...).Header.Get("Location")
}

func TestTheDocumentOfAFrameworkIsFetchedFromItsOwner(t *testing.T) {
	j := newJoint(t)
	b := j.sites[office].browser(t).setUp()
	f := importedBy(t, b, `../<b onclick="x">.html`)
	get := "/annexes/" + string(deed.AnnexHash([]byte(scripted))) + "/content"
	b.get(f).has(t, "Bijlagen", "38 bytes", "Bijlage ophalen", get).hasNot(t, "<b onclick")
	b.get(get).saved(t, `"_b onclick__x__.html"`, scripted)
	j.Settle()

	buyer := j.sites[town].browser(t).setUp()
	buyer.get(f).has(t, get)
	buyer.get(get).saved(t, `"_b onclick__x__.html"`, scripted)
	j.Cut(office)
	buyer.get(get).saved(t, `"_b onclick__x__.html"`, scripted) // it is here now
	away := j.sites[source].browser(t).setUp().get(get)
	away.want(t, http.StatusBadGateway, "").has(t, "De bijlage kan niet worden opgehaald", "geeft nu geen antwoord").hasNot(t, "connection")
	if stranger := j.sites[office].browser(t).get(get); !strings.HasPrefix(stranger.Header.Get("Location"), "/login") {
		t.Errorf("without a login: %d", stranger.StatusCode)
	}
	for _, odd := range []string{"$1$900$" + strings.Repeat("A", 86), "..%2F..%2Fnode.db", "x"} {
		b.get("/annexes/"+odd+"/content").want(t, http.StatusNotFound, "")
	}
}

func TestAFileThatBreaksOffOrIsTooLargeIsNotKept(t *testing.T) {
	j := newJoint(t)
	b := j.sites[office].browser(t).setUp()
	whole := sentFile("document", "a.pdf", "%PDF-1.7")
	for name, form := range map[string]string{
		"one byte too many": sentFile("document", "a.pdf", strings.Repeat("x", 25<<20+1)),
		"no end":            strings.TrimSuffix(whole, "\r\n--edge--\r\n"),
		"another field":     sentFile("file", "a.pdf", "x"),
		"two files":         strings.TrimSuffix(whole, "--edge--\r\n") + whole,
		"no file's name":    strings.Replace(whole, `; filename="a.pdf"`, "", 1),
	} {
		got := b.upload("/frameworks/import", form)
		if got.StatusCode != http.StatusBadRequest || !strings.Contains(got.text, "Kies één bestand van hoogstens 25 MB.") {
			t.Errorf("%s: %d %.300s", name, got.StatusCode, got.text)
		}
		got.hasNot(t, `name="source.hash"`)
	}
}

func TestADocumentGoesAlongWithACallOffAndADecision(t *testing.T) {
	j := newJoint(t)
	b := j.sites[town].browser(t).setUp()
	f := "/frameworks/" + string(j.Mantel(source, 1000, town))
	accession := b.post(f+"/accede", "need.0", "400", "reserved.0", "300").Header.Get("Location")
	j.Settle()
	form := accession + "/calloff"
	b.get(form).has(t, `enctype="multipart/form-data"`, "Hoogstens 25 MB")
	chosen := b.upload(form, sentFile("annex", "logo.png", "\x89PNG\r\n\x1a\n"))
	chosen.want(t, http.StatusOK, "").has(t, `name="variation.hash"`, `value="image/png"`, "8 bytes")
	offer := append(chosen.fields(), "variation.name", "logo.png", "lot", "1", "supplier", string(source), "quantity", "250", "value", "200,00", "notAfter", "2027-11-21")
	offered := b.post(form, offer...)
	b.follow(offered).has(t, "logo.png", "Bijlage ophalen")
	j.Settle()
	h := deed.AnnexHash([]byte("\x89PNG\r\n\x1a\n"))
	j.sites[source].browser(t).setUp().get("/annexes/"+string(h)+"/content").saved(t, "logo.png", "\x89PNG\r\n\x1a\n")

	group := b.post("/groups", "name", "Samen slim", "kind", "association", "keeper", string(office)).Header.Get("Location")
	j.Settle()
	document := b.upload(group+"/decision", sentFile("annex", "plan.txt", "Eén formulier."))
	document.has(t, `name="document.hash"`, `name="document.name"`, "15 bytes")
	again := b.post(group+"/decision", append(document.fields(), "document.name", "plan.txt", "title", "x", "text", "y", "closesAt", "2020-01-01")...)
	again.want(t, http.StatusBadRequest, "").has(t, `name="document.hash"`, `value="plan.txt"`)
	b.get("/audit").has(t, "Bijlage toegevoegd")
	if _, err := os.Stat("x.html"); err == nil {
		t.Error("the name of a file became a path")
	}
}
