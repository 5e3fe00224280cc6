// SPDX-License-Identifier: EUPL-1.2

package restapi_test

import (
	"bufio"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective/annex"
	"github.com/samenspel/samenspel/internal/collective/collectivetest"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
)

const (
	contentType = "Content-Type"
	asBytes     = "application/octet-stream"
)

// importing is a framework as a program imports it, with a document of anna.
func importing(now time.Time, name, text string) string {
	day := func(days int) string { return now.AddDate(0, 0, days).UTC().Format(time.RFC3339) }
	return `{"name":"Riolering","published":"` + day(-90) + `","notBefore":"` + day(-1) + `","notAfter":"` + day(700) + `","tailDays":30,"eligible":["` + string(bart) + `"],
		"entryWindows":[{"from":"` + day(-1) + `","until":"` + day(300) + `"}],
		"lots":[{"id":"1","name":"Inspectie","unit":"meter","maximumQuantity":500,"maximumValueCents":100000,"suppliers":["` + string(evert) + `"],"services":["riool"]}],
		"source":{"name":"` + name + `","mediaType":"text/html","size":` + strconv.Itoa(len(text)) + `,"hash":"` + string(deed.AnnexHash([]byte(text))) + `"}}`
}

func TestAProgramAddsAnAnnexAndGetsThoseOfOthers(t *testing.T) {
	circle := collectivetest.New(t, group, time.Now().Truncate(time.Second), anna, evert, bart)
	a := newAPI(t, func(o *options) {
		o.act = func(c *controller.Config) { c.Collective, c.Register = circle.Desk(anna), circle.Register }
	})
	const text = "<script>alert(1)</script>"
	a.ask("reader", post, "/v1/annexes", text, contentType, asBytes).problem(403, "forbidden")
	a.ask("signer", post, "/v1/annexes", `{}`).problem(415, "unsupported_media_type")
	a.ask("signer", post, "/v1/annexes", strings.Repeat("x", annex.MaxBytes+1), contentType, asBytes).problem(400, "invalid_input")
	a.ask("signer", post, "/v1/annexes", text, contentType, asBytes, "Content-Encoding", "gzip").problem(415, "unsupported_media_type")
	made := a.ask("signer", post, "/v1/annexes", text, contentType, asBytes).want(201)
	kept := into[client.Annex](made)
	at := made.header.Get("Location")
	if kept.Hash != string(deed.AnnexHash([]byte(text))) || kept.Size != int64(len(text)) || !kept.Here || len(kept.Named) != 0 {
		t.Errorf("kept %+v", kept)
	}
	a.ask("reader", get, at, "").problem(404, "not_found") // nobody named it yet
	a.ask("signer", get, at, "").want(200)
	a.ask("signer", post, "/v1/frameworks", importing(circle.Now(), "../<b>Overeenkomst</b>.html", text)).want(201)
	if found := into[client.Annex](a.ask("reader", get, at, "").want(200)); len(found.Named) != 1 || found.Named[0].Owner.PeerID != anna || found.Named[0].MediaType != "text/html" {
		t.Errorf("found %+v", found)
	}
	content := a.ask("reader", get, at+"/content", "").want(200)
	for name, want := range map[string]string{
		contentType: asBytes, "Content-Disposition": "attachment; filename=b_.html", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
	} {
		if got := content.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if string(content.body) != text {
		t.Errorf("got %q", content.body)
	}
	for _, odd := range []string{"$1$900$" + strings.Repeat("A", 86), "..%2F..%2Fnode.db", "$1$110$x"} {
		a.ask("signer", get, "/v1/annexes/"+odd, "").problem(404, "not_found")
		a.ask("signer", get, "/v1/annexes/"+odd+"/content", "").problem(404, "not_found")
	}
}

func TestAnAnnexOfAnotherIsFetchedWhenItIsAskedFor(t *testing.T) {
	circle := collectivetest.New(t, group, time.Now().Truncate(time.Second), anna, evert, bart)
	owner := newAPI(t, func(o *options) {
		o.act = func(c *controller.Config) { c.Collective, c.Register = circle.Desk(anna), circle.Register }
	})
	a := newAPI(t, func(o *options) {
		o.act = func(c *controller.Config) { c.Collective, c.Register = circle.Desk(evert), circle.Register }
	})
	at := owner.ask("signer", post, "/v1/annexes", "perceel", contentType, asBytes).want(201).header.Get("Location")
	for _, text := range []string{"perceel", "not kept anywhere"} {
		owner.ask("signer", post, "/v1/frameworks", importing(circle.Now(), "overeenkomst.pdf", text)).want(201)
	}
	circle.Settle()
	lost := "/v1/annexes/" + string(deed.AnnexHash([]byte("not kept anywhere")))
	a.ask("reader", get, lost+"/content", "").problem(502, "annex_refused")
	if got := a.ask("reader", get, at+"/content", "").want(200); string(got.body) != "perceel" || !circle.Desk(evert).HasAnnex(deed.AnnexHash([]byte("perceel"))) {
		t.Errorf("got %q", got.body)
	}
	circle.Cut(anna)
	p := a.ask("reader", get, lost+"/content", "").problem(502, "annex_away")
	if !strings.Contains(p.Detail, string(anna)) {
		t.Errorf("it isn't told who doesn't answer: %s", p.Detail)
	}
}

func TestAnUploadThatBreaksOffLeavesNothing(t *testing.T) {
	circle := collectivetest.New(t, group, time.Now().Truncate(time.Second), anna)
	a := newAPI(t, func(o *options) {
		o.act = func(c *controller.Config) { c.Collective, c.Register = circle.Desk(anna), circle.Register }
	})
	u, err := url.Parse(a.url)
	must(t, err)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", u.Host)
	must(t, err)
	defer func() { _ = conn.Close() }()
	_, err = conn.Write([]byte("POST /v1/annexes HTTP/1.1\r\nHost: " + u.Host + "\r\nAuthorization: Bearer " + a.secrets["signer"] +
		"\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nnot a chunk\r\n"))
	must(t, err)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusBadRequest {
		t.Errorf("answered %s", res.Status)
	}
	if n, err := circle.Desk(anna).SweepAnnexes(t.Context(), time.Now().Add(time.Hour)); n != 0 || err != nil {
		t.Errorf("%d files are left: %v", n, err)
	}
}
