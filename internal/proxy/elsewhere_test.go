// SPDX-License-Identifier: EUPL-1.2

package proxy_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/samenspel/samenspel/internal/proxy"
)

// TestARequestThatFoundNoConnectionCanBeSentElsewhere sends one request to two targets,
// of which the first isn't there.
func TestARequestThatFoundNoConnectionCanBeSentElsewhere(t *testing.T) {
	got := make(chan string, 1)
	live := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- string(body)
	})
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	var targets []*proxy.Upstream
	for _, address := range []string{"http://" + l.Addr().String(), live.URL} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		targets = append(targets, proxy.NewUpstream(proxy.UpstreamConfig{URL: u}))
	}
	for name, body := range map[string]string{"short": "een lichaam", "streamed": strings.Repeat("lang ", 10_000)} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/a", strings.NewReader(body))
			w := httptest.NewRecorder()
			var dial *proxy.DialError
			if err := targets[0].Forward(w, r, proxy.Headers{}); !errors.As(err, &dial) {
				t.Fatalf("first: %v", err)
			}
			if err := targets[1].Forward(w, r, proxy.Headers{}); err != nil {
				t.Fatalf("second: %v", err)
			}
			if text := <-got; text != body {
				t.Errorf("%d bytes arrived of %d", len(text), len(body))
			}
		})
	}
}

func TestATargetThatEndsItsConnectionIsNoticed(t *testing.T) {
	var ended atomic.Int64
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/last" {
			w.Header().Set("Connection", "close")
		}
	})
	c := newChain(t, s.URL, proxy.Headers{}, func(cfg *proxy.UpstreamConfig) { cfg.OnClose = func() { ended.Add(1) } })
	for i, path := range []string{"/", "/last", "/"} {
		get(t, c, path)
		if want := min(int64(i), 1); ended.Load() != want {
			t.Errorf("%s: noticed %d times, want %d", path, ended.Load(), want)
		}
	}
}
