// SPDX-License-Identifier: EUPL-1.2

package exchange_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/annex"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// imports has the keeper import a framework that comes from a document.
func (o *office) imports(t *testing.T, document []byte) collective.NamedAnnex {
	t.Helper()
	h, size, err := o.desk.KeepAnnex(bytes.NewReader(document))
	must(t, err)
	now := time.Now().Unix()
	body, err := json.Marshal(dossier.Framework{
		Name: "Riolering", Published: now - 90*86400, Eligible: []fsc.PeerID{village}, Windows: []dossier.Window{{From: now - 60, Until: now + 86400}},
		Lots:   []dossier.Lot{{ID: "1", Name: "Inspectie", Unit: "meter", MaximumQuantity: 10, MaximumValue: 1000, Suppliers: []fsc.PeerID{town}, Services: []string{"riool"}}},
		Source: h,
	})
	must(t, err)
	_, err = o.desk.Propose(t.Context(), deed.Draft{
		Type: dossier.TypeFramework, NotBefore: now, NotAfter: now + 700*86400, Body: body,
		Rule:    deed.Rule{Kind: deed.RuleAllOfRole, Role: dossier.RolePurchasingBody},
		Annexes: []deed.Annex{{Hash: h, Name: "overeenkomst.pdf", MediaType: "application/pdf", Size: size, Owner: keeper}},
		Parties: []deed.Party{{PeerID: keeper, Role: deed.Secretariat}, {PeerID: keeper, Role: dossier.RolePurchasingBody}, {PeerID: town, Role: dossier.RoleSupplier}},
	}, collective.Act{Act: deed.Accept, Role: dossier.RolePurchasingBody})
	must(t, err)
	named, err := o.desk.NamedAnnexes(t.Context(), h)
	if err != nil || len(named) != 1 {
		t.Fatalf("named %+v: %v", named, err)
	}
	return named[0]
}

// files lists what is in the folder of annexes.
func (o *office) files(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(o.annexes, "*"))
	must(t, err)
	return found
}

// TestAnAnnexIsFetchedFromItsOwnerOverTheLayer lets a supplier get the document of
// a framework through Outway, mutual TLS and Inway, and refuse it when it is
// another one.
func TestAnAnnexIsFetchedFromItsOwnerOverTheLayer(t *testing.T) {
	noLeak(t)
	ca, err := localca.New(time.Now())
	must(t, err)
	trusted, err := pki.LoadAnchors(ca.AnchorPEM())
	must(t, err)
	k := newOffice(t, newMember(t, ca, keeper), trusted, nil)
	supplies := newMember(t, ca, town)
	between := newLayer(t, supplies, k.member, trusted, k.desk)
	supplier := newOffice(t, supplies, trusted, between.client(between.connection))
	document := bytes.Repeat([]byte("perceel 1\n"), 300_000) // some pieces
	named := k.imports(t, document)

	must(t, supplier.desk.FetchAnnex(t.Context(), named))
	body, size, err := supplier.desk.OpenAnnex(named.Hash)
	must(t, err)
	got, err := io.ReadAll(body)
	if err = errors.Join(err, body.Close()); err != nil || size != int64(len(document)) || !bytes.Equal(got, document) {
		t.Errorf("got %d of %d bytes: %v", len(got), size, err)
	}

	loose, _, err := k.desk.KeepAnnex(strings.NewReader("een plan"))
	must(t, err)
	unnamed := collective.NamedAnnex{Annex: deed.Annex{Hash: loose, Size: 8, Owner: keeper}}
	refusedFetch(t, supplier.desk.FetchAnnex(t.Context(), unnamed), collective.CodeAnnexRefused)

	other := k.imports(t, []byte("the right one"))
	for _, name := range k.files(t) {
		if raw, err := os.ReadFile(name); err == nil && string(raw) == "the right one" {
			must(t, os.WriteFile(name, []byte("the wrong one"), 0o600))
		}
	}
	refusedFetch(t, supplier.desk.FetchAnnex(t.Context(), other), collective.CodeAnnexWrong)

	between.inway.Close()
	refusedFetch(t, supplier.desk.FetchAnnex(t.Context(), other), collective.CodeAnnexAway)
	if left := supplier.files(t); len(left) != 1 {
		t.Errorf("kept: %v", left)
	}
}

func refusedFetch(t *testing.T, err error, code string) {
	t.Helper()
	r, ok := errors.AsType[*collective.Refusal](err)
	if !ok || string(r.Code) != code || !strings.Contains(r.Detail, string(keeper)) {
		t.Errorf("got %v, want %s", err, code)
	}
}

func TestAnAnnexIsGivenAsBytesAndNothingElse(t *testing.T) {
	n := start(t)
	n.desk.annex = []byte("<script>alert(1)</script>")
	path := "/annexes/" + string(deed.AnnexHash(n.desk.annex))
	a := n.do(http.MethodGet, path, nil)
	if a.status != http.StatusOK || a.body != string(n.desk.annex) {
		t.Fatalf("got %d %q", a.status, a.body)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment",
		"Content-Security-Policy": "default-src 'none'; sandbox", "Content-Length": "25",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	n.want(n.do(http.MethodGet, path, nil, as, string(village)), http.StatusNotFound, "not_found")
	n.want(n.do(http.MethodGet, path, nil, as, ""), http.StatusUnauthorized, "unauthorized")
	n.want(n.do(http.MethodPut, path, nil), http.StatusMethodNotAllowed, "method_not_allowed")
	for _, odd := range []string{"..%2Fsecret", "%2Fetc%2Fpasswd", "$1$110$" + strings.Repeat("A", 86), "$1$900$..", "x"} {
		n.want(n.do(http.MethodGet, "/annexes/"+odd, nil), http.StatusNotFound, "not_found")
	}
	for _, odd := range []string{path + "/..", "/annexes/../annexes", "/annexes/"} {
		if a := n.do(http.MethodGet, odd, nil); a.status == http.StatusOK {
			t.Errorf("%s answers %d", odd, a.status)
		}
	}
}

// TestWhatAPeerSendsForAnAnnexIsHeldToItsHashAndSize lets hostile Peers answer.
func TestWhatAPeerSendsForAnAnnexIsHeldToItsHashAndSize(t *testing.T) {
	right := []byte("perceel")
	h := deed.AnnexHash(right)
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   error // nil: any
	}{
		"other bytes": {bytesOf([]byte("nothing")), annex.ErrOtherBytes},
		"without end": {endless, annex.ErrOtherBytes},
		"fewer bytes": {bytesOf(right[:3]), annex.ErrOtherBytes},
		"a page": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write(right)
		}, nil},
		"compressed": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			bytesOf(right)(w, r)
		}, nil},
		"a redirect":   {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, nil},
		"breaking off": {breaksOff(right), io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(c.answer)
			defer srv.Close()
			via := &http.Client{Transport: &http.Transport{}}
			defer via.CloseIdleConnections()
			folder := t.TempDir()
			kept, err := annex.Open(folder, 1<<30)
			must(t, err)
			defer func() { _ = kept.Close() }()
			body, err := clientOf(srv.URL, via).Annex(t.Context(), keeper, h)
			if err == nil {
				err = errors.Join(kept.PutAs(body, h, int64(len(right))), body.Close())
			}
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
		})
	}
}

func bytesOf(b []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(b)
	}
}

// breaksOff promises all bytes and sends some.
func breaksOff(b []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(b)))
		bytesOf(b[:len(b)/2])(w, r)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

func endless(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/octet-stream")
	for block := make([]byte, 64<<10); ; {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}
