// SPDX-License-Identifier: EUPL-1.2

package proxy_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/proxy"
)

const (
	good   = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"
	poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
)

// secondAnswer gets what a chain answers to a GET after one request of the given
// method, when between those happened what between does.
func secondAnswer(t *testing.T, c *chain, method string, between func()) string {
	t.Helper()
	conn, br := dialRaw(t, c)
	_, _ = io.WriteString(conn, method+" /first HTTP/1.1\r\nHost: a\r\n\r\n")
	first, err := http.ReadResponse(br, &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, first.Body); err != nil {
		t.Fatal(err)
	}
	if err := c.outcome(t); err != nil {
		t.Fatal(err)
	}
	between()
	_, body := get(t, c, "/second")
	return body
}

// A service that says more than was asked for must not have it taken for the answer to
// somebody else's call.
func TestBytesBehindAResponseAreNeverTheNextOne(t *testing.T) {
	t.Parallel()
	for method, first := range map[string]string{http.MethodGet: good, http.MethodHead: strings.TrimSuffix(good, "good")} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			more, said := make(chan struct{}), make(chan struct{})
			target := newRaw(t, func(c net.Conn, br *bufio.Reader) {
				if strings.Contains(readHead(br), "/second") {
					_, _ = io.WriteString(c, good)
					return
				}
				_, _ = io.WriteString(c, first)
				<-more
				_, _ = io.WriteString(c, poison)
				close(said)
				_ = readHead(br)
			})
			c := newChain(t, target, proxy.Headers{})
			if body := secondAnswer(t, c, method, func() { close(more); <-said }); body != "good" {
				t.Errorf("the second caller got %q", body)
			}
		})
	}
}

// oneWrite gathers what TLS writes, so that several records arrive together.
type oneWrite struct {
	net.Conn
	held *bytes.Buffer
}

func (c *oneWrite) Write(p []byte) (int, error) {
	if c.held != nil {
		return c.held.Write(p)
	}
	return c.Conn.Write(p)
}

func TestRecordsBehindAResponseAreNeverTheNextOne(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 8000)
	for method, records := range map[string][]string{
		http.MethodHead: {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", poison},
		http.MethodGet:  {"HTTP/1.1 200 OK\r\nContent-Length: 8000\r\n\r\n", long + poison},
	} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			own := httptest.NewUnstartedServer(nil)
			own.StartTLS() // for its certificate
			config, certificate := own.TLS.Clone(), own.Certificate()
			own.Close()
			config.DynamicRecordSizingDisabled = true
			target := newRaw(t, func(raw net.Conn, _ *bufio.Reader) {
				w := &oneWrite{Conn: raw}
				c := tls.Server(w, config)
				br := bufio.NewReader(c)
				if !strings.Contains(readHead(br), "/first") {
					_, _ = io.WriteString(c, good)
					return
				}
				w.held = new(bytes.Buffer)
				for _, r := range records {
					_, _ = io.WriteString(c, r)
				}
				_, _ = raw.Write(w.held.Bytes())
				_ = readHead(br)
			})
			c := newChain(t, strings.Replace(target, "http:", "https:", 1), proxy.Headers{}, func(cfg *proxy.UpstreamConfig) {
				cfg.TLS = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS13}
				cfg.TLS.RootCAs.AddCert(certificate)
				cfg.TLS.ServerName = "example.com"
			})
			if body := secondAnswer(t, c, method, func() {}); body != "good" {
				t.Errorf("the second caller got %q", body)
			}
		})
	}
}

// A service may be one of several under a host, each with a base path of its own.
func TestNoPathLeadsOutOfTheBasePath(t *testing.T) {
	t.Parallel()
	up := newServer(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.RequestURI) })
	based, bare := newChain(t, up.URL+"/ours/", proxy.Headers{}), newChain(t, up.URL, proxy.Headers{})
	for path, passes := range map[string]bool{
		"/..": false, "/../theirs": false, "/a/../../theirs": false, "/%2e%2E/theirs": false, "/..%2ftheirs": false, `/..\theirs`: false,
		"/..%5Ctheirs": false, "/..;x/theirs": false, "/%252e./theirs": false, "/x%25/%25252e%252e/theirs": false, "/..%3b/theirs": false,
		"/a..b/...": true, "/.": true, "/100%25": true, "/a?b=/../c": true, "/..a": true, "/%2e%2ea": true,
	} {
		for c, want := range map[*chain]string{based: "/ours" + path, bare: path} {
			conn, br := dialRaw(t, c)
			_, _ = io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
			resp, err := http.ReadResponse(br, nil)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if passes || c == bare {
				if string(body) != want {
					t.Errorf("%s became %s", path, body)
				}
			} else if resp.StatusCode != http.StatusBadRequest {
				t.Errorf("%s passed as %s", path, body)
			}
		}
	}
}

// With work that grew with the square of the length this would take minutes.
func TestAPathThatIsEncodedAgainAndAgainIsReadOnce(t *testing.T) {
	t.Parallel()
	again := strings.Repeat("25", 1<<19)
	if !proxy.Climbs("/%"+again+"2e./theirs") || proxy.Climbs("/%"+again+"2e") {
		t.Error("a path was judged wrongly")
	}
	for _, nested := range []string{"/%%32e./theirs", "/%2%65.%5c"} { // net/http refuses these by itself
		if !proxy.Climbs(nested) {
			t.Errorf("%s leads out of the base path", nested)
		}
	}
}

// To many services an underscore in a name is a hyphen.
func TestNamesThatOnlyLookLikeOursDoNotPass(t *testing.T) {
	t.Parallel()
	up := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		for name := range r.Header {
			if strings.Contains(name, "_") {
				w.Header().Add("Seen", name)
			}
		}
		w.Header().Set("Fsc_Error_Code", "x")
	})
	c := newChain(t, up.URL, proxy.Headers{})
	conn, br := dialRaw(t, c)
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\nFsc_Authorization: a\r\nFSC_TRANSACTION-ID: b\r\nfsc-transaction_id: c\r\nOther_name: d\r\n\r\n")
	resp, err := http.ReadResponse(br, nil)
	if err != nil {
		t.Fatal(err)
	}
	if seen := resp.Header.Values("Seen"); len(seen) != 1 || seen[0] != "Other_name" {
		t.Errorf("the service saw %q", seen)
	}
	if resp.Header["Fsc_error_code"] != nil {
		t.Error("the caller saw a code of the service's")
	}
}

// NTLM and its like sign on a connection, not a request.
func TestAConnectionThatSomebodySignedOnIsNotSharedWithOthers(t *testing.T) {
	t.Parallel()
	up := newServer(t, func(http.ResponseWriter, *http.Request) {})
	for credentials, dials := range map[string]int64{"NTLM TlRMTVNTUAAB": 2, "negotiate YIIC": 2, "Bearer x": 1} {
		c := newChain(t, up.URL, proxy.Headers{})
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", credentials)
		resp, err := c.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		_ = c.outcome(t)
		get(t, c, "/")
		if n := c.dials.Load(); n != dials {
			t.Errorf("%s: %d connections, want %d", credentials, n, dials)
		}
	}
}

// keeper is like the writer of HTTP/2 when its client resets a stream: Write returns
// while the connection may still read from what it was given.
type keeper struct {
	sink
	kept []byte
}

func (k *keeper) Write(p []byte) (int, error) {
	k.kept = p
	return 0, errors.New("stream closed")
}

func TestABufferThatHTTP2MayStillReadIsNotUsedForAnotherCall(t *testing.T) {
	t.Parallel()
	up := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		text := strings.Repeat(r.URL.Path[1:], 20_000)
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		_, _ = io.WriteString(w, text)
	})
	u, err := url.Parse(up.URL)
	if err != nil {
		t.Fatal(err)
	}
	target := proxy.NewUpstream(proxy.UpstreamConfig{URL: u})
	t.Cleanup(target.Close)
	k := &keeper{sink: sink{http.Header{}}}
	for i := range 20 {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/"+string(rune('a'+i)), http.NoBody)
		r.ProtoMajor, r.ProtoMinor = 2, 0
		before, was := k.kept, bytes.Clone(k.kept)
		wantIs(t, target.Forward(k, r, proxy.Headers{}), proxy.ErrClient)
		if !bytes.Equal(before, was) {
			t.Fatal("what was given to one call has become that of another")
		}
	}
}
