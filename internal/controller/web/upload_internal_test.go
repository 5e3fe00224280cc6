// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/controller"
)

// sentFile is a form with one file, as browsers send it.
func sentFile(field, name, content string) string {
	return "--edge\r\nContent-Disposition: form-data; name=\"" + field + "\"; filename=\"" + name + "\"\r\n" +
		"Content-Type: application/octet-stream\r\n\r\n" + content + "\r\n--edge--\r\n"
}

// upload sends a form with its boundary, which is edge.
func (b *browser) upload(path, form string, headers ...string) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.site.url+path, strings.NewReader(form))
	must(b.t, err)
	r.Header.Set("Content-Type", "multipart/form-data; boundary=edge")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return b.do(r)
}

func TestAnUploadedDescriptionIsShownAndNoOtherFileIsRead(t *testing.T) {
	d := besieged(t)
	b := d.browser(t).setUp()
	page := directoryURL("00000099000000005000", "personen") + "/openapi"
	b.get(page).has(t, `enctype="multipart/form-data"`, `type="file" accept=".json,.yaml,.yml"`)
	document := "openapi: 3.0.3\ninfo: {title: Dieren, version: 1.0.0}\npaths:\n  /dieren: {get: {summary: Alle dieren}}\n"
	b.upload(page, sentFile("file", "../../dieren.yaml", document)).want(t, http.StatusOK, "").has(t, "Dieren", "/dieren", "Alle dieren")
	largest := `{"openapi":"3.0.3","paths":{}}` + strings.Repeat(" ", controller.MaxSpecBytes-30)
	b.upload(page, sentFile("file", "largest.json", largest)).want(t, http.StatusOK, "")

	none, wrong, unread := d.s.words[dutch].text("directory.openapi.file.none"), d.s.words[dutch].text("directory.openapi.file.wrong"), d.s.words[dutch].text("problem.document")
	whole := sentFile("file", "a.yaml", document)
	for name, c := range map[string]struct{ form, says string }{
		"no file":            {sentFile("file", "", ""), none},
		"an empty file":      {sentFile("file", "a.yaml", ""), none},
		"one byte too many":  {sentFile("file", "a.json", largest+" "), wrong},
		"far too large":      {sentFile("file", "a.json", strings.Repeat("x", 2*uploadLimit)), wrong},
		"another field":      {sentFile("document", "a.yaml", document), wrong},
		"two files":          {strings.TrimSuffix(whole, "--edge--\r\n") + whole, wrong},
		"a field beside it":  {"--edge\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\n/x\r\n" + whole, wrong},
		"no file's name":     {strings.Replace(whole, `; filename="a.yaml"`, "", 1), wrong},
		"no end":             {strings.TrimSuffix(whole, "\r\n--edge--\r\n"), wrong},
		"nothing":            {"", wrong},
		"an encoded file":    {strings.Replace(whole, "\r\n\r\n", "\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", 1), wrong},
		"many headers":       {strings.Replace(whole, "Content-Type", strings.Repeat("X: y\r\n", 20_000)+"Content-Type", 1), wrong},
		"no description":     {sentFile("file", "a.yaml", "hallo"), unread},
		"a picture":          {sentFile("file", "a.png", "\x89PNG\r\n\x1a\n\x00"), unread},
		"YAML with anchors":  {sentFile("file", "a.yaml", "openapi: 3.0.0\na: &a [x,x]\nb: &b [*a,*a]\npaths: {}\n"), unread},
		"YAML that is large": {sentFile("file", "a.yaml", "openapi: 3.0.0\npaths: {}\n#"+strings.Repeat("x", 600<<10)), unread},
	} {
		got := b.upload(page, c.form)
		if got.StatusCode != http.StatusBadRequest || !strings.Contains(got.text, c.says) || !strings.Contains(got.text, `href="#f-file"`) {
			t.Errorf("%s: %d without %q", name, got.StatusCode, c.says)
		}
		safePage(t, page, got.text)
	}
	b.upload(page, whole, "Content-Type", "multipart/form-data").want(t, http.StatusBadRequest, "").has(t, wrong)
	b.upload(page, whole, "Sec-Fetch-Site", "cross-site").want(t, http.StatusForbidden, "")
	d.browser(t).upload(page, whole).want(t, http.StatusSeeOther, "/login")
}

func TestAHostileUploadedDescriptionIsText(t *testing.T) {
	d := besieged(t)
	b := d.browser(t).setUp()
	page := directoryURL("00000099000000005000", "personen") + "/openapi"
	for _, attack := range attacks {
		document, err := json.Marshal(map[string]any{
			"openapi": attack, "info": map[string]any{"title": attack, "version": attack, "description": attack},
			"paths": map[string]any{"/" + attack: map[string]any{"get": map[string]any{"summary": attack, "responses": map[string]any{attack: 1}}}},
		})
		must(t, err)
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		must(t, w.SetBoundary("edge"))
		name := strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f { // no browser sends these, and no form with them is read
				return -1
			}
			return r
		}, attack)
		part, err := w.CreateFormFile("file", name)
		must(t, err)
		_, err = part.Write(document)
		must(t, err)
		must(t, w.Close())
		got := b.upload(page, form.String())
		got.want(t, http.StatusOK, "")
		safePage(t, page, got.text)
		if len(got.text) > 100_000 {
			t.Errorf("the page of %.20q has %d bytes", attack, len(got.text))
		}
	}
}

func FuzzUpload(f *testing.F) {
	f.Add(sentFile("file", "a.yaml", "openapi: 3.0.0\npaths: {}\n"))
	f.Add(sentFile("file", "", ""))
	f.Add("--edge\r\n\r\n--edge--")
	f.Fuzz(func(t *testing.T, form string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(form))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=edge")
		q := &request{r: r}
		const limit = 100
		if file, err := q.upload("file", limit); err == nil && (len(file) == 0 || len(file) > limit || !bytes.Contains([]byte(form), file)) {
			t.Errorf("a file of %d bytes that wasn't sent: %q", len(file), file)
		}
	})
}
