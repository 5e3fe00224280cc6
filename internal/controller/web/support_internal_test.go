// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/operator"
)

// hostileText is what another Peer could write anywhere: mark-up, a change of
// direction, a word without end.
const hostileText = `"><script>alert(1)</script><img src=x onerror=alert(2)> ' onclick='alert(3) {{.}} javascript:alert(4) ` +
	"\u202egnitekram\u202c \u200b" + `Zeerlangewoordzondereindezeerlangewoordzondereindezeerlangewoordzondereindezeerlangewoordzondereinde`

// testNow is the time in tests of pages.
func testNow() time.Time { return time.Date(2026, 11, 22, 14, 5, 0, 0, time.UTC) }

// parsed has read assets, catalogues and templates once for all tests.
var parsed = sync.OnceValues(func() (*server, error) {
	return newServer(Config{Now: testNow, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))})
})

// testServer makes a server without a controller: enough to draw pages.
func testServer(t testing.TB, change ...func(*Config)) *server {
	t.Helper()
	base, err := parsed()
	if errors.Is(err, errNoAssets) {
		t.Fatal("run make assets first: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := *base
	for _, c := range change {
		c(&s.cfg)
	}
	if s.theme, err = loadTheme(s.cfg.ThemeFile); err != nil {
		t.Fatal(err)
	}
	s.people = operator.New(operator.Config{Now: testNow, Logger: slog.New(slog.DiscardHandler)})
	s.self = fsc.Peer{ID: "00000099000000001000", Name: "Gemeente Voorbeeldstad"}
	s.groupType = "test"
	s.mux = http.NewServeMux()
	s.routes()
	return &s
}

// fixture is a page with something to show in it.
type fixture struct {
	page, name string
	data       any
	form       url.Values
	problems   problems
	path       string // of the page's address, with query; empty: /
	public     bool   // drawn for nobody in particular
}

// draw gives a page as a browser gets it.
func draw(t testing.TB, s *server, l language, f fixture) string {
	t.Helper()
	rec := httptest.NewRecorder()
	path := f.path
	if path == "" {
		path = "/"
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	q := &request{Ctx: t.Context(), Lang: l, s: s, r: r, w: rec, form: f.form, problems: f.problems}
	if !f.public {
		q.Actor = operator.Actor{Account: "1", Name: "Sanne de Vries", Roles: operator.Roles(), Permissions: operator.Permissions()}
	}
	if err := q.render(f.page, "Titel "+f.name, f.data); err != nil {
		t.Fatalf("%s %s in %s: %v", f.page, f.name, l, err)
	}
	return rec.Body.String()
}
