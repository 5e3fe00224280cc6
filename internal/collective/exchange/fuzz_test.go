// SPDX-License-Identifier: EUPL-1.2

package exchange_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/exchange"
)

// canned answers every request with the same.
type canned struct {
	status int
	media  string
	body   []byte
}

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: c.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {c.media}}, Body: io.NopCloser(bytes.NewReader(c.body)),
	}, nil
}

// FuzzServer sends requests of all kinds. The server never panics, and what
// reaches the desk has the hash that the path names.
func FuzzServer(f *testing.F) {
	s := newStory(f)
	deedAt := "/deeds/" + string(s.content.Hash())
	signed := encoded(f, map[string]any{"jws": s.signature.JWS, "chain": s.town.chain})
	shown := encoded(f, map[string]any{"checkpoints": []string{s.batch.Checkpoints[0].JWS}, "certificates": [][][]byte{s.keeper.chain}})
	f.Add("PUT", deedAt, s.content.Raw())
	f.Add("PUT", deedAt+"/signatures/"+string(s.signature.Hash()), []byte(signed))
	f.Add("POST", "/checkpoints", []byte(shown))
	f.Add("GET", "/feed?from=1", []byte{})
	f.Add("POST", "/usage/"+string(s.content.Hash())+"/2026-11/question", []byte(`{"prefixes":["01","02"]}`))
	f.Add("GET", "/usage/"+string(s.content.Hash())+"/2026-11", []byte{})
	f.Add("GET", "/savings/"+string(s.content.Hash()), []byte{})
	f.Add("GET", "/deeds/%24/..", []byte{})
	f.Fuzz(func(t *testing.T, method, target string, body []byte) {
		u, err := url.ParseRequestURI(target)
		if err != nil || u.Query().Has("wait") {
			return
		}
		d := newDesk()
		d.batch = s.batch
		h := exchange.NewServer(exchange.ServerConfig{Desk: d, Authenticate: byHeader, Now: time.Now, Logger: quiet()})
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Method, r.URL = method, u
		r.Header.Set(as, string(town))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code < 200 || w.Code > 499 {
			t.Errorf("%s %s: %d %s", method, target, w.Code, w.Body)
		}
		for _, it := range d.got {
			var hash deed.Hash
			if it.Deed != nil {
				c, err := deed.Parse(it.Deed)
				must(t, err)
				hash = c.Hash()
			} else {
				c, err := deed.ParseSignature(it.JWS)
				must(t, err)
				hash = c.Hash()
			}
			if !bytes.HasSuffix([]byte(u.Path), []byte(hash)) {
				t.Errorf("%s brought %s", u.Path, hash)
			}
		}
	})
}
