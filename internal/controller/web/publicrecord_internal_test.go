// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"bytes"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/collectivetest"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/publish"
	"github.com/samenspel/samenspel/internal/collective/verify"
)

func publicFixtures() []fixture {
	peer := fsc.Peer{ID: "00000099000000001000", Name: hostileText}
	at := testNow()
	f := &publish.Framework{
		Hash: "$1$110$x", OCID: "ocds-213czf-1", Name: hostileText, Word: "live", Concluded: at, From: at, Until: at.AddDate(2, 0, 0), Last: at.AddDate(4, 0, 0),
		Body: peer, Keeper: peer, Suppliers: []fsc.Peer{peer, {ID: "x"}}, Eligible: 342, Windows: []publish.Window{{From: at, Until: at.AddDate(0, 6, 0)}},
		Joined:   []publish.Accession{{Buyer: peer, Word: "effective", Since: at}},
		CallOffs: []publish.CallOff{{Buyer: peer, Supplier: peer, Word: "live", Quantity: 1200, Unit: hostileText, From: at}},
		Changes:  []publish.Change{{Kind: "indexation", Reason: hostileText, At: at}},
	}
	lot := publicLot{Lot: publish.Lot{Name: hostileText, Unit: hostileText, Maximum: 130_000, Committed: 40, Left: 129_960}, MaximumEuro: "€ 1.000"}
	finding := verify.Finding{Code: deed.CodeFeed, Detail: hostileText}
	d := &verify.Dossier{Keeper: fsc.PeerID(hostileText), Entries: 3, Covered: 2, Findings: []verify.Finding{finding}, Equivocations: 1, Withheld: []deed.Hash{"x"}}
	one := deedData{Deed: &verify.Deed{Hash: "$1$110$x", Kind: "framework", Name: hostileText, Word: "unheard", Reasons: []verify.Reason{{Detail: hostileText}}}, Since: at}
	report := &reportData{Report: &verify.Report{Unread: []verify.Unread{{Detail: hostileText}}, Missing: []deed.Hash{"y"}}, Dossiers: []dossierData{{d, []deedData{one}}}}
	return []fixture{
		{page: "public", name: "full", data: frameworksData{Frameworks: []*publish.Framework{f}, OpenData: true, Verify: true}, public: true},
		{page: "public", name: "empty", data: frameworksData{}, public: true},
		{page: "public_framework", name: "full", data: frameworkData{Framework: f, Lots: []publicLot{lot}, Withheld: publish.Withheld(), Verify: true}, public: true},
		{page: "public_framework", name: "empty", data: frameworkData{Framework: &publish.Framework{Word: "planned"}}, public: true},
		{page: "public_verify", name: "full", data: checkData{Group: hostileText, Limit: 1, Report: report}, public: true},
		{page: "public_verify", name: "empty", data: checkData{}, public: true},
	}
}

// glasshouse is a server with a public record of one framework.
type glasshouse struct {
	*collectivetest.Circle
	s         *server
	framework deed.Hash
	now       time.Time
}

func newGlasshouse(t *testing.T) *glasshouse {
	t.Helper()
	const office, maker = fsc.PeerID("00000099000000000001"), fsc.PeerID("00000099000000000002")
	g := &glasshouse{Circle: collectivetest.New(t, "example-group", testNow(), office, maker), now: testNow()}
	g.framework = g.Mantel(maker, 1000, "00000099000000000003")
	record, err := publish.New(publish.Config{
		Desk: g.Desk(office), Register: g.Register, Self: fsc.Peer{ID: office, Name: "Aankoopcentrale"}, Prefix: "ocds-213czf",
		Now: g.Now, Logger: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	verifier, err := verify.New(verify.Config{Group: "example-group", Anchors: [][]byte{g.AnchorPEM()}})
	must(t, err)
	g.s = testServer(t, func(c *Config) {
		c.Public = Public{Record: record, Verifier: verifier, Group: "example-group", Anchors: g.AnchorPEM}
		c.Now = func() time.Time { return g.now }
	})
	return g
}

func (g *glasshouse) ask(t *testing.T, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	rec := httptest.NewRecorder()
	g.s.guarded().ServeHTTP(rec, r)
	return rec
}

func (g *glasshouse) get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	return g.ask(t, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
}

func TestAnybodyReadsThePublicRecord(t *testing.T) {
	g := newGlasshouse(t)
	list := g.get(t, "/public")
	if list.Code != http.StatusOK || !strings.Contains(list.Body.String(), "Webdiensten burgerzaken") || list.Header().Get("Cache-Control") != publicCache {
		t.Fatalf("%d %s", list.Code, list.Body)
	}
	one := "/public/frameworks/" + string(g.framework)
	if !strings.Contains(list.Body.String(), `href="`+one+`"`) {
		t.Errorf("no link to %s", one)
	}
	for path, want := range map[string]string{
		one: "Organisatie 00000099000000000002", one + "/dossier": `"format":"collective-dossier"`, "/public/ocds/releases": `"ocid"`,
		"/public/anchors.pem": "BEGIN CERTIFICATE", "/public/verify": "multipart/form-data",
	} {
		if r := g.get(t, path); r.Code != http.StatusOK || !strings.Contains(r.Body.String(), want) {
			t.Errorf("%s: %d, without %q", path, r.Code, want)
		}
	}
	ocid := regexp.MustCompile(`ocds-213czf-[0-9a-f]{16}`).FindString(g.get(t, one).Body.String())
	if r := g.get(t, "/public/ocds/records/"+ocid); r.Code != http.StatusOK || !strings.Contains(r.Body.String(), "compiledRelease") {
		t.Errorf("record of %q: %d", ocid, r.Code)
	}
	for _, path := range []string{
		"/public/frameworks/x", "/public/frameworks/x/dossier", "/public/ocds/records/x", "/public/ocds/releases?skip=9", "/public/ocds/releases?skip=x",
	} {
		if r := g.get(t, path); r.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.Code)
		}
	}
}

func TestWithoutASettingNothingIsPublic(t *testing.T) {
	s := testServer(t)
	for _, path := range []string{"/public", "/public/verify", "/public/ocds/releases"} {
		rec := httptest.NewRecorder()
		s.guarded().ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if rec.Code == http.StatusOK {
			t.Errorf("%s is there", path)
		}
	}
}

func TestAnAddressCanNotAskThePublicPagesWithoutEnd(t *testing.T) {
	g := newGlasshouse(t)
	codes := map[int]int{}
	for range allowedAtOnce + 5 {
		codes[g.get(t, "/public/anchors.pem").Code]++
	}
	if codes[http.StatusOK] != allowedAtOnce || codes[http.StatusTooManyRequests] != 5 {
		t.Errorf("%v", codes)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/public/anchors.pem", nil)
	r.RemoteAddr = "198.51.100.7:1"
	if g.ask(t, r).Code != http.StatusOK {
		t.Error("another address is kept out as well")
	}
	g.now = g.now.Add(allowedEach)
	if g.get(t, "/public/anchors.pem").Code != http.StatusOK {
		t.Error("it stays kept out")
	}
}

func TestAddressesThatRestedAreForgotten(t *testing.T) {
	a := newAllowance()
	now := testNow()
	for i := range allowedKnown {
		if !a.take(string(rune('a'+i)), 1, now) {
			t.Fatal("an address is kept out")
		}
	}
	if a.take("one too many", 1, now) {
		t.Error("more addresses are remembered than fit")
	}
	if !a.take("one too many", 1, now.Add(2*allowedEach)) || len(a.full) != 1 {
		t.Errorf("%d addresses are remembered", len(a.full))
	}
}

func TestAFormChecksADossierOnTheServerAndSaysSo(t *testing.T) {
	g := newGlasshouse(t)
	good := g.get(t, "/public/frameworks/"+string(g.framework)+"/dossier").Body.Bytes()
	for _, tc := range []struct {
		name, want string
		raw        []byte
		code       int
	}{
		{"a good one", "utrecht-alert--ok", good, http.StatusOK},
		{"a changed one", "utrecht-alert--error", bytes.Replace(good, []byte("1000"), []byte("9000"), 1), http.StatusOK},
		{"no dossier", "utrecht-alert--error", []byte("{}"), http.StatusOK},
		{"no file", "role=\"alert\"", nil, http.StatusBadRequest},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/public/verify", nil)
		r.Body, r.Header = form(t, tc.raw)
		got := g.ask(t, r)
		if got.Code != tc.code || !strings.Contains(got.Body.String(), tc.want) || !strings.Contains(got.Body.String(), "server") {
			t.Errorf("%s: %d, without %q\n%s", tc.name, got.Code, tc.want, got.Body)
		}
	}
}

func form(t *testing.T, raw []byte) (io.ReadCloser, http.Header) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("dossier", "dossier.json")
	must(t, err)
	_, err = part.Write(raw)
	must(t, err)
	must(t, w.Close())
	return io.NopCloser(&b), http.Header{"Content-Type": {w.FormDataContentType()}}
}

// The program may run on the one page that needs it, and reach nothing but this
// address; its script asks for the program and for nothing else.
func TestOnlyThePageThatChecksMayRunAProgramAndItSendsNothing(t *testing.T) {
	g := newGlasshouse(t)
	policy := g.get(t, "/public/verify").Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "'wasm-unsafe-eval'") || !strings.Contains(policy, "connect-src 'self'") || strings.Contains(policy, "unsafe-inline") {
		t.Errorf("policy %q", policy)
	}
	if p := g.get(t, "/public").Header().Get("Content-Security-Policy"); strings.Contains(p, "wasm") {
		t.Errorf("policy of another page %q", p)
	}
	script, err := os.ReadFile(filepath.Join("assets", "verify.js"))
	must(t, err)
	if n := strings.Count(string(script), "fetch("); n != 1 || !strings.Contains(string(script), "fetch(here.dataset.program)") {
		t.Errorf("the script fetches %d times", n)
	}
	for _, way := range []string{"XMLHttpRequest", "sendBeacon", "WebSocket", "EventSource", "innerHTML", ".submit("} {
		if strings.Contains(string(script), way) {
			t.Errorf("the script uses %s", way)
		}
	}
}
