// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// proxies gives a node behind proxies in 10.0.0.0/24 and at fd00::1.
func proxies(t testing.TB, header string) *forwarded {
	t.Helper()
	f, err := forwardedBy(ControllerConfig{TrustedProxies: []string{"10.0.0.0/24", "fd00::1/128"}, ForwardedHeader: header})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// seen gives the address that a request seems to come from.
func (f *forwarded) seen(t testing.TB, remote string, header http.Header) string {
	t.Helper()
	var got string
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.RemoteAddr, r.Header = remote, header
	f.handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(httptest.NewRecorder(), r)
	if r.RemoteAddr != remote {
		t.Errorf("the request itself was changed to %s", r.RemoteAddr)
	}
	return got
}

func TestOnlyATrustedProxyTellsWhereARequestComesFrom(t *testing.T) {
	const proxy = "10.0.0.7:5000"
	many := strings.Repeat("10.0.0.1, ", 100)
	for name, c := range map[string]struct {
		remote string
		lines  []string
		want   string
	}{
		"nobody tells":                {proxy, nil, proxy},
		"a proxy tells":               {proxy, []string{"192.0.2.1"}, "192.0.2.1:0"},
		"with a port":                 {proxy, []string{"192.0.2.1:4711"}, "192.0.2.1:0"},
		"over IPv6":                   {"[fd00::1]:5000", []string{"2001:db8::1"}, "[2001:db8::1]:0"},
		"in brackets":                 {proxy, []string{"[2001:db8::1]"}, "[2001:db8::1]:0"},
		"in brackets with a port":     {proxy, []string{"[2001:db8::1]:80"}, "[2001:db8::1]:0"},
		"the proxy as mapped IPv4":    {"[::ffff:10.0.0.7]:5000", []string{"::ffff:192.0.2.1"}, "192.0.2.1:0"},
		"two proxies in a row":        {proxy, []string{"192.0.2.1, 10.0.0.8"}, "192.0.2.1:0"},
		"in two lines":                {proxy, []string{"192.0.2.1", "10.0.0.8"}, "192.0.2.1:0"},
		"a stranger connects":         {"192.0.2.9:5000", []string{"192.0.2.1"}, "192.0.2.9:5000"},
		"a stranger as a proxy":       {proxy, []string{"10.0.0.9, 192.0.2.9"}, "192.0.2.9:0"},
		"a stranger wrote before":     {proxy, []string{"198.51.100.1, 192.0.2.9"}, "192.0.2.9:0"},
		"in a line of its own":        {proxy, []string{"198.51.100.1", "192.0.2.9"}, "192.0.2.9:0"},
		"garbage before":              {proxy, []string{"\x00,\",;=,, 192.0.2.9"}, "192.0.2.9:0"},
		"garbage of the proxy":        {proxy, []string{"192.0.2.9, x"}, "10.0.0.7:5000"},
		"garbage of a proxy before":   {proxy, []string{"x, 10.0.0.8"}, "10.0.0.8:0"},
		"an empty entry":              {proxy, []string{"192.0.2.9,"}, "10.0.0.7:5000"},
		"a name":                      {proxy, []string{"evil.example"}, "10.0.0.7:5000"},
		"a zone, which can be a text": {proxy, []string{"fe80::1%<script>"}, "10.0.0.7:5000"},
		"more proxies than there are": {proxy, []string{"192.0.2.1, " + many + "10.0.0.1"}, "10.0.0.1:0"},
		"the wrong header":            {proxy, nil, proxy},
		"a remote address of a test":  {"pipe", []string{"192.0.2.1"}, "pipe"},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{"Forwarded": {"for=203.0.113.5"}}
			if c.lines != nil {
				header["X-Forwarded-For"] = c.lines
			}
			if got := proxies(t, headerXForwardedFor).seen(t, c.remote, header); got != c.want {
				t.Errorf("from %s, want %s", got, c.want)
			}
		})
	}
}

func TestForwardedHeader(t *testing.T) {
	const proxy = "10.0.0.7:5000"
	for line, want := range map[string]string{
		`for=192.0.2.1`: "192.0.2.1:0",
		`For="[2001:db8::1]:4711";proto=https;by=10.0.0.7`: "[2001:db8::1]:0",
		`proto=http; for="192.0.2.1:80"`:                   "192.0.2.1:0",
		`for=192.0.2.1, for=10.0.0.8`:                      "192.0.2.1:0",
		`for=unknown`:                                      proxy,
		`for=_hidden`:                                      proxy,
		`for=192.0.2.1;for=192.0.2.2`:                      proxy,
		`for=`:                                             proxy,
		`for="192.0.2.1`:                                   proxy,
		`by=192.0.2.1`:                                     proxy,
		`192.0.2.1`:                                        proxy,
		`for="198.51.100.1, for=192.0.2.9`:                 "192.0.2.9:0",
		`for=198.51.100.1;x=", for=192.0.2.9;proto=https`: "192.0.2.9:0",
	} {
		header := http.Header{"Forwarded": {line}, "X-Forwarded-For": {"203.0.113.5"}}
		if got := proxies(t, headerForwarded).seen(t, proxy, header); got != want {
			t.Errorf("%s: from %s, want %s", line, got, want)
		}
	}
}

func TestWithoutTrustedProxiesNobodyIsBelieved(t *testing.T) {
	f, err := forwardedBy(ControllerConfig{ForwardedHeader: headerXForwardedFor})
	if err != nil {
		t.Fatal(err)
	}
	if got := f.seen(t, "127.0.0.1:5000", http.Header{"X-Forwarded-For": {"192.0.2.1"}}); got != "127.0.0.1:5000" {
		t.Errorf("from %s", got)
	}
}

// FuzzForwarded checks that what a stranger sends through a proxy changes
// nothing: the proxy appends where it came from, and that is what counts.
func FuzzForwarded(f *testing.F) {
	f.Add("192.0.2.1", true)
	f.Add(`for="`, false)
	f.Add("10.0.0.1, 10.0.0.2", true)
	const stranger = "198.51.100.77"
	f.Fuzz(func(t *testing.T, sent string, plain bool) {
		header, own := headerForwarded, "for="+stranger
		if plain {
			header, own = headerXForwardedFor, stranger
		}
		p := proxies(t, header)
		peer := netip.MustParseAddr("10.0.0.7")
		if got := p.origin(peer, []string{sent + ", " + own}); got.String() != stranger {
			t.Errorf("after %q it comes from %s", sent, got)
		}
		if got := p.origin(peer, []string{sent}); got.Zone() != "" || !got.IsValid() {
			t.Errorf("%q gives %v", sent, got)
		}
	})
}
