// SPDX-License-Identifier: EUPL-1.2

package proxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/proxy"
)

// overHTTP2 gives a front that speaks HTTP/2 and forwards to target.
func overHTTP2(t *testing.T, target string) (*httptest.Server, chan error) {
	t.Helper()
	u, _ := url.Parse(target)
	up := proxy.NewUpstream(proxy.UpstreamConfig{URL: u})
	errs := make(chan error, 10)
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		errs <- up.Forward(w, r, proxy.Headers{})
	}))
	front.EnableHTTP2 = true
	front.StartTLS()
	t.Cleanup(func() { front.Close(); up.Close() })
	return front, errs
}

func TestHTTP2ClientIsServedByAnHTTP1Target(t *testing.T) {
	t.Parallel()
	noLeak(t)
	up := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		_, _ = fmt.Fprintf(w, "%s %s ", r.Method, r.RequestURI)
		_, _ = io.Copy(w, r.Body)
		w.Header().Set("X-Sum", "1")
	})
	front, errs := overHTTP2(t, up.URL)
	resp, err := front.Client().Post(front.URL+"/a%2Fb//?q", "text/plain", struct{ io.Reader }{strings.NewReader("body")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.ProtoMajor != 2 || string(body) != "POST /a%2Fb//?q body" || resp.Trailer.Get("X-Sum") != "1" {
		t.Errorf("%s %q %v %v", resp.Proto, body, resp.Trailer, err)
	}
	if err := <-errs; err != nil {
		t.Error(err)
	}
}

func TestEarlyResponseEndsAnHTTP2Upload(t *testing.T) {
	t.Parallel()
	noLeak(t)
	front, errs := overHTTP2(t, newRaw(t, func(c net.Conn, br *bufio.Reader) {
		answer("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")(c, br)
		_, _ = io.Copy(io.Discard, br)
	}))
	pr, pw := io.Pipe()
	defer func() { _ = pw.Close() }()
	resp, err := front.Client().Post(front.URL, "text/plain", pr)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if err := <-errs; err != nil || resp.StatusCode != 413 {
		t.Errorf("%d %v", resp.StatusCode, err)
	}
}
