// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/operator"
)

func listed(h *townHall) {
	h.listings = []directory.Listing{
		{Peer: h.seats[source].peer, Name: "personen", Protocol: fsc.ProtocolHTTP11, Properties: []byte(`{"contact":"loket@bron.test"}`)},
		{Peer: h.seats[source].peer, Name: "adressen", Protocol: fsc.ProtocolHTTP2},
		{Peer: h.seats[guide].peer, Name: "wegen", Protocol: fsc.ProtocolHTTP11, Delegator: fsc.Peer{ID: source, Name: "Dienst Bron"}},
	}
}

func TestTheDirectoryIsSearchedByServiceOrganisationAndOIN(t *testing.T) {
	h := newTownHall(t)
	listed(h)
	for _, c := range []struct {
		filter controller.DirectoryFilter
		want   string
	}{
		{controller.DirectoryFilter{}, "adressen personen wegen"},
		{controller.DirectoryFilter{Sort: "-service"}, "wegen personen adressen"},
		{controller.DirectoryFilter{Sort: "peer"}, "adressen personen wegen"},
		{controller.DirectoryFilter{Text: "BRON pers"}, "personen"},
		{controller.DirectoryFilter{Text: string(guide[12:])}, "wegen"},
		{controller.DirectoryFilter{Peer: source}, "adressen personen wegen"},
		{controller.DirectoryFilter{Protocol: fsc.ProtocolHTTP2}, "adressen"},
		{controller.DirectoryFilter{Text: "niets"}, ""},
	} {
		w, err := h.Published(t.Context(), h.person(t, operator.RoleReader), c.filter)
		must(t, err)
		var names []string
		for _, l := range w.Items {
			names = append(names, l.Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%+v gives %q, want %q", c.filter, got, c.want)
		}
	}
	o, err := h.PublishedOrganisations(t.Context(), h.person(t, operator.RoleReader), controller.DirectoryFilter{Sort: "-services"})
	must(t, err)
	if len(o.Items) != 2 || o.Items[0].Peer.ID != source || o.Items[0].Services != 2 {
		t.Errorf("%+v", o)
	}
	h.away = errors.New("away")
	if _, err := h.Published(t.Context(), h.person(t, operator.RoleReader), controller.DirectoryFilter{}); !errors.Is(err, h.away) {
		t.Error(err)
	}
	if _, err := h.Published(t.Context(), operator.Actor{}, controller.DirectoryFilter{}); kindOf(err) != "forbidden " {
		t.Error(err)
	}
}

func TestAPublishedServiceTellsWhetherItCanBeCalled(t *testing.T) {
	h := newTownHall(t)
	listed(h)
	see := func() *controller.PublishedService {
		s, err := h.PublishedService(t.Context(), h.person(t, operator.RoleReader), source, "personen")
		must(t, err)
		return s
	}
	if s := see(); s.Callable() || s.Awaited() || s.Own || s.Listings[0].Properties[0].Name != "contact" {
		t.Errorf("%+v", s)
	}
	h.propose(t, h.calling("personen"))
	if s := see(); s.Callable() || !s.Awaited() {
		t.Errorf("%+v", s)
	}
	h.agree(t, h.calling("personen"))
	h.listings = nil
	if s := see(); !s.Callable() || len(s.Listings) != 0 || s.Provider.ID != source {
		t.Errorf("%+v", s)
	}
	if _, err := h.PublishedService(t.Context(), h.person(t, operator.RoleReader), source, "nergens"); kindOf(err) != "not_found " {
		t.Error(err)
	}
}

func TestTheHistoryOfAnOwnPublicationIsKnown(t *testing.T) {
	h := newTownHall(t)
	offer(t, h, "parkeren")
	c := h.agree(t, fsc.Grant{
		Type: fsc.GrantTypeServicePublication, Directory: guide,
		Service: fsc.Service{PeerID: town, Name: "parkeren", Protocol: fsc.ProtocolHTTP11},
	})
	_, err := h.manager.Sign(t.Context(), c.Hash(), fsc.SignatureTypeRevoke)
	must(t, err)
	s, err := h.PublishedService(t.Context(), h.person(t, operator.RoleReader), town, "parkeren")
	must(t, err)
	if len(s.History) != 1 || s.History[0].State != fsc.StateRevoked || !s.Own {
		t.Errorf("%+v", s)
	}
}

func TestAServiceThatIsGoneIsStillKnown(t *testing.T) {
	h := newTownHall(t)
	h.learn(t)
	at := noon
	listed := []directory.Listing{{Peer: h.seats[source].peer, Name: "personen", Protocol: fsc.ProtocolHTTP11}}
	for _, list := range [][]directory.Listing{listed, nil} {
		must(t, h.store.Observe(t.Context(), guide, func(known []directory.Observation) directory.News {
			return directory.Compare(guide, known, list, at)
		}))
		at = at.Add(time.Hour)
	}
	s, err := h.PublishedService(t.Context(), h.person(t, operator.RoleReader), source, "personen")
	must(t, err)
	if len(s.Listings) != 0 || len(s.Seen) != 1 || !s.Seen[0].GoneSince.Equal(noon.Add(time.Hour)) || s.Seen[0].Directory.ID != guide || s.Provider.Name == "" {
		t.Errorf("%+v", s)
	}
}

const petDocument = `openapi: 3.0.3
info: {title: Dieren, version: 1.0.0, description: Over dieren}
paths:
  /dieren/{id}:
    parameters:
      - {name: id, in: path, required: true}
    get:
      summary: Een dier
      parameters: [{$ref: '#/components/parameters/taal'}]
      responses: {200: {description: ok}, "404": {description: weg}}
    delete: {operationId: weg, deprecated: true, responses: {}}
components:
  parameters:
    taal: {name: Accept-Language, in: header}
`

func TestAnOpenAPIDocumentBecomesATableOfOperations(t *testing.T) {
	s, err := controller.ReadSpec([]byte(petDocument))
	must(t, err)
	if s.Title != "Dieren" || s.Version != "1.0.0" || len(s.Operations) != 2 || s.More != 0 {
		t.Fatalf("%+v", s)
	}
	get := s.Operations[0]
	if get.Method != "GET" || get.Path != "/dieren/{id}" || len(get.Parameters) != 2 || !get.Parameters[0].Required ||
		get.Parameters[1].Name != "Accept-Language" || !slices.Equal(get.Answers, []string{"200", "404"}) {
		t.Errorf("%+v", get)
	}
	if !s.Operations[1].Deprecated || s.Operations[1].Summary != "weg" {
		t.Errorf("%+v", s.Operations[1])
	}
	same, err := controller.ReadSpec([]byte(`{"swagger":"2.0","info":{"title":"x","version":"1"},"paths":{"/a":{"get":{}}}}`))
	if err != nil || same.OpenAPI != "2.0" || len(same.Operations) != 1 {
		t.Errorf("%+v, %v", same, err)
	}
}

func TestAHostileDocumentIsRefusedOrCut(t *testing.T) {
	for name, document := range map[string]string{
		"nothing":        "",
		"not text":       "openapi: \xff",
		"no paths":       "openapi: 3.0.0",
		"a web page":     "<html><body>hallo</body></html>",
		"too large":      "openapi: 3.0.0\npaths: {}\n#" + strings.Repeat("x", controller.MaxSpecBytes),
		"anchors":        "openapi: 3.0.0\na: &a [x,x]\nb: &b [*a,*a]\npaths: {}\n",
		"merge keys":     "openapi: 3.0.0\npaths:\n  <<: {}\n",
		"deep flow":      "openapi: 3.0.0\npaths: " + strings.Repeat("[", 100_000),
		"deep list":      "openapi: 3.0.0\npaths:\n" + strings.Repeat("- ", 100_000) + "x",
		"deep map":       "? ? ? " + strings.Repeat("? ", 100_000) + "x",
		"deep block":     "openapi: 3.0.0\npaths:\n" + deepBlock(2000),
		"deep JSON":      `{"openapi":"3.0.0","paths":` + strings.Repeat(`{"a":`, 100_000),
		"directives":     "openapi: 3.0.0\npaths: {}\n" + strings.Repeat("%YAML 1.2\n---\n", 18_000),
		"ends":           "openapi: 3.0.0\npaths: {}\n" + strings.Repeat("...\na: |\n", 25_000),
		"tabs in quotes": "openapi: \"" + strings.Repeat("a\t", 125_000) + "\"\npaths: {}\n",
		"tags":           "openapi: 3.0.0\npaths:\n" + strings.Repeat("- !!\n", 24_000),
		"empty items":    "openapi: 3.0.0\npaths:\n" + strings.Repeat("-\n", 120_000),
		"tagged binary":  "openapi: !!binary |\n  Zm9v\npaths: {}\nx: *y\n",
	} {
		began := time.Now()
		if s, err := controller.ReadSpec([]byte(document)); kindOf(err) != "invalid document" {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%s takes %v", name, took)
		}
	}
	long := strings.Repeat("é", 400)
	s, err := controller.ReadSpec([]byte("openapi: 3.0.0\ninfo: {title: " + long + "}\npaths:\n" + manyPaths(600)))
	must(t, err)
	if len([]rune(s.Title)) != 301 || len(s.Operations) != 500 || s.More != 100 {
		t.Errorf("title of %d, %d operations, %d more", len([]rune(s.Title)), len(s.Operations), s.More)
	}
}

func deepBlock(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i+1) + "a:\n")
	}
	return b.String()
}

func manyPaths(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("  /p" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i/26) + ": {get: {}}\n")
	}
	return b.String()
}

func FuzzReadSpec(f *testing.F) {
	f.Add([]byte(petDocument))
	f.Add([]byte(`{"openapi":"3.0.0","paths":{"/a":{"get":{"parameters":[{"$ref":"#/components/parameters/x"}]}}}}`))
	f.Add([]byte("? - ? - {a: [b, c]}\n"))
	f.Fuzz(func(t *testing.T, document []byte) {
		s, err := controller.ReadSpec(document)
		if err == nil && (len(s.Operations) > 500 || len(s.Title) > 4*301) {
			t.Errorf("%+v", s)
		}
	})
}

func TestADescriptionIsFetchedThroughTheOwnOutwayUnderTheContract(t *testing.T) {
	var asked []string
	outway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.RequestURI+" "+r.Header.Get("Fsc-Grant-Hash"))
		if r.URL.Path == "/openapi.yaml" {
			_, _ = w.Write([]byte(petDocument))
			return
		}
		http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
	}))
	defer outway.Close()
	h := newTownHall(t)
	h.outways[0].Address = outway.URL
	admin := h.person(t, operator.RoleAdministrator)
	q := controller.SpecRequest{Peer: source, Service: "personen", Path: "/openapi.yaml"}
	if _, err := h.FetchSpec(t.Context(), admin, q); kindOf(err) != "invalid contract" {
		t.Error(err)
	}
	c := h.agree(t, h.calling("personen"))
	s, err := h.FetchSpec(t.Context(), admin, q)
	if err != nil || s.Title != "Dieren" {
		t.Errorf("%+v, %v", s, err)
	}
	q.Path = "/elders"
	if _, err := h.FetchSpec(t.Context(), admin, q); kindOf(err) != "invalid path" {
		t.Error(err)
	}
	for _, path := range []string{"", "//evil.test/x", "http://evil.test/", "/a b", "/a?b", "/..", "/\r\nX: y"} {
		q.Path = path
		if s, err := h.FetchSpec(t.Context(), admin, q); err == nil {
			t.Errorf("%q: %+v", path, s)
		}
	}
	q.Path = "/openapi.yaml"
	if _, err := h.FetchSpec(t.Context(), h.person(t, operator.RoleReader), q); kindOf(err) != "forbidden " {
		t.Error(err)
	}
	for _, a := range asked {
		if !strings.HasSuffix(a, " "+string(c.Grants[0].Hash)) {
			t.Errorf("asked for %q", a)
		}
	}
}
