// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestEveryAnswerHasTheHeadersForBrowsers(t *testing.T) {
	site := newSite(t, func(c *Config) { c.Secure = true })
	b := site.browser(t)
	for _, path := range []string{"/login", "/", "/no-such-page", site.s.assets.byName["app.css"].path, "/assets/../../etc/passwd"} {
		got := b.get(path).Header
		for name, want := range map[string]string{
			"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Strict-Transport-Security": "max-age=31536000", "Content-Security-Policy": contentPolicy,
		} {
			if got.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, got.Get(name))
			}
		}
	}
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(contentPolicy, part) {
			t.Errorf("the policy lacks %s", part)
		}
	}
	if strings.Contains(contentPolicy, "unsafe") {
		t.Error("the policy allows something unsafe")
	}
}

func TestPostsOfOtherSitesAreRefused(t *testing.T) {
	b := newSite(t).browser(t).setUp()
	for _, c := range []struct {
		name, header, value string
		status              int
	}{
		{"other site", "Sec-Fetch-Site", "cross-site", http.StatusForbidden},
		{"other host of the same site", "Sec-Fetch-Site", "same-site", http.StatusForbidden},
		{"old browser, other origin", "Origin", "https://evil.example", http.StatusForbidden},
		{"opaque origin", "Origin", "null", http.StatusForbidden},
		{"own page", "Sec-Fetch-Site", "same-origin", http.StatusSeeOther},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.site.url+"/account/sessions/end", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(c.header, c.value)
		if got := b.do(r); got.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", c.name, got.StatusCode, c.status)
		}
	}
}

func TestFormsAreBounded(t *testing.T) {
	b := newSite(t).browser(t)
	b.post("/login", "email", strings.Repeat("x", bodyLimit)).want(t, http.StatusBadRequest, "")
}

func TestAssetsAreServedForEverAndNothingElseIs(t *testing.T) {
	b := newSite(t).browser(t)
	css := b.site.s.assets.byName["app.css"].path
	got := b.get(css).want(t, http.StatusOK, "")
	if got.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || got.Header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("headers are %v", got.Header)
	}
	for _, path := range []string{
		"/assets/", "/assets", "/assets/manifest.json", "/assets/.stamp", "/assets/app.css", "/assets/..%2f..%2fweb.go", "/assets/%2e%2e/dist/manifest.json",
		"/assets/../templates/layout.html", "/theme.css", "/assets/axe.min.js",
	} {
		if got := b.get(path); got.StatusCode == http.StatusOK {
			t.Errorf("%s is served", path)
		}
	}
}

func TestFirstLoadAndLaterPagesAreSmall(t *testing.T) {
	site := newSite(t)
	b := site.browser(t)
	fetch := func(path string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "gzip") // set by hand, so it isn't unpacked
		got := b.do(r)
		size := len(got.text)
		for name, values := range got.Header {
			size += len(name) + len(strings.Join(values, "")) + 4
		}
		return size
	}
	first := fetch("/login")
	apart := []string{"verify.wasm", "wasm_exec.js", "verify.js"} // loaded by one page, mostly once a file was chosen
	for name, a := range site.s.assets.byName {
		if !slices.Contains(apart, name) {
			first += fetch(a.path)
		}
	}
	if program := fetch(site.s.assets.byName["verify.wasm"].path); program > 3_500_000 {
		t.Errorf("the program that checks dossiers is %d bytes", program)
	}
	if first > 150_000 {
		t.Errorf("the first load is %d bytes", first)
	}
	b.setUp()
	for _, path := range []string{"/account", "/people", "/people/new", "/requests"} {
		if size := fetch(path); size > 30_000 {
			t.Errorf("%s is %d bytes", path, size)
		}
	}
}

func TestThemeOfTheOrganisationIsServed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "theme.css")
	if err := os.WriteFile(file, []byte(".org-theme{--basis-color-accent-1-inverse-bg-default:#a00}"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := newSite(t, func(c *Config) { c.ThemeFile = file }).browser(t)
	page := b.get("/login")
	path := b.site.s.theme.path
	if !strings.Contains(page.text, path) {
		t.Error("the page doesn't load the theme")
	}
	if got := b.get(path); got.Header.Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(got.text, "#a00") {
		t.Errorf("theme is %q", got.text)
	}
	if err := os.WriteFile(file, make([]byte, themeLimit+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadTheme(file); err == nil {
		t.Error("a theme that is too large is taken")
	}
	if _, err := loadTheme(file + ".absent"); err == nil {
		t.Error("a theme that isn't there is taken")
	}
}

func TestProgramWithoutAssetsSaysWhatToDo(t *testing.T) {
	_, err := loadAssets(fstest.MapFS{"dist/.gitkeep": {}})
	if err == nil || err.Error() != "web assets are missing: run make assets" {
		t.Errorf("error is %v", err)
	}
}

func TestLanguageIsThatOfTheBrowserUntilSomebodyChooses(t *testing.T) {
	b := newSite(t).browser(t)
	for accept, want := range map[string]string{"": "nl", "en-GB,en;q=0.9": "en", "nl-BE": "nl", "fr": "nl", "de, en;q=0.5": "en", ";;;": "nl"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.site.url+"/login", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Language", accept)
		if got := b.do(r); got.Header.Get("Content-Language") != want || !strings.Contains(got.text, `<html lang="`+want+`"`) {
			t.Errorf("%q gives %s", accept, got.Header.Get("Content-Language"))
		}
	}
	b.post("/preferences", "language", "en", "return-to", "/login").want(t, http.StatusSeeOther, "/login")
	b.post("/preferences", "scheme", "dark", "return-to", "/login").want(t, http.StatusSeeOther, "/login")
	if page := b.get("/login"); !strings.Contains(page.text, "Log in") || !strings.Contains(page.text, "scheme-dark") {
		t.Error("a choice isn't kept")
	}
}
