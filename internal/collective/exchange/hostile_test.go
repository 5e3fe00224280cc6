// SPDX-License-Identifier: EUPL-1.2

package exchange_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/exchange"
)

func encoded(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v, json.Deterministic(true))
	must(t, err)
	return string(raw)
}

func TestBodiesThatAreNotTheFormAreRefused(t *testing.T) {
	s, n := newStory(t), start(t)
	deedAt := "/deeds/" + string(s.content.Hash())
	signatureAt := deedAt + "/signatures/" + string(s.signature.Hash())
	other := draft(t, 9, "{}")
	raw := string(s.content.Raw())
	signed := encoded(t, map[string]any{"jws": s.signature.JWS, "chain": s.town.chain})
	cp := s.batch.Checkpoints[0]
	shown := encoded(t, map[string]any{"checkpoints": []string{cp.JWS}, "certificates": [][][]byte{s.keeper.chain}})
	edit := func(text, old, with string) string {
		t.Helper()
		if !strings.Contains(text, old) {
			t.Fatalf("%q is not in %.200s", old, text)
		}
		return strings.Replace(text, old, with, 1)
	}
	for _, tc := range []struct {
		name, method, path, body string
		status                   int
		code                     string
	}{
		{"no JSON", "PUT", deedAt, "deed", 400, "malformed"},
		{"nothing", "PUT", deedAt, "", 400, "malformed"},
		{"a smuggled member", "PUT", deedAt, edit(raw, `{"annexes"`, `{"admin":true,"annexes"`), 400, "malformed"},
		{"a member in another case", "PUT", deedAt, edit(raw, `"parents"`, `"Parents"`), 400, "malformed"},
		{"a member twice", "PUT", deedAt, edit(raw, `{"annexes"`, `{"annexes":[],"annexes"`), 400, "malformed"},
		{"two deeds", "PUT", deedAt, raw + raw, 400, "malformed"},
		{"another deed than in the path", "PUT", deedAt, string(other.Raw()), 400, "hash"},
		{"a deed as a signature", "PUT", signatureAt, raw, 400, "malformed"},
		{"a signature on another deed", "PUT", "/deeds/" + string(other.Hash()) + "/signatures/" + string(s.signature.Hash()), signed, 400, "hash"},
		{"another signature than in the path", "PUT", deedAt + "/signatures/" + string(s.content.Hash()), signed, 400, "hash"},
		{"a signature with a member too many", "PUT", signatureAt, edit(signed, `{"chain"`, `{"role":"supplier","chain"`), 400, "malformed"},
		{"a signature with a chain twice", "PUT", signatureAt, edit(signed, `{"chain"`, `{"chain":[],"chain"`), 400, "malformed"},
		{"a signature without chain", "PUT", signatureAt, encoded(t, map[string]any{"jws": s.signature.JWS, "chain": []string{}}), 400, "limit"},
		{"a signature with null for a chain", "PUT", signatureAt, encoded(t, map[string]any{"jws": s.signature.JWS, "chain": nil}), 400, "malformed"},
		{"a signature with an empty certificate", "PUT", signatureAt, encoded(t, map[string]any{"jws": s.signature.JWS, "chain": []string{""}}), 400, "limit"},
		{"a signature with another certificate", "PUT", signatureAt, encoded(t, map[string]any{"jws": s.signature.JWS, "chain": s.keeper.chain}), 400, "certificate"},
		{"a checkpoint as a signature", "PUT", signatureAt, encoded(t, map[string]any{"jws": cp.JWS, "chain": s.keeper.chain}), 400, "signature"},
		{"a signature as a checkpoint", "POST", "/checkpoints", edit(shown, cp.JWS, s.signature.JWS), 400, "signature"},
		{"a checkpoint without its certificate", "POST", "/checkpoints", encoded(t, map[string]any{"checkpoints": []string{cp.JWS}, "certificates": []string{}}), 400, "certificate"},
		{"a certificate that nothing needs", "POST", "/checkpoints", encoded(t, map[string]any{"checkpoints": []string{}, "certificates": [][][]byte{s.keeper.chain}}), 400, "malformed"},
		{"a certificate twice", "POST", "/checkpoints", encoded(t, map[string]any{"checkpoints": []string{cp.JWS}, "certificates": [][][]byte{s.keeper.chain, s.keeper.chain}}), 400, "duplicate"},
		{"no checkpoints", "POST", "/checkpoints", `{"certificates":[]}`, 400, "malformed"},
		{
			"too many checkpoints", "POST", "/checkpoints",
			encoded(t, map[string]any{"checkpoints": strings.Split(strings.Repeat(cp.JWS+" ", 100)+cp.JWS, " "), "certificates": [][][]byte{s.keeper.chain}}), 400, "limit",
		},
		{"a large deed", "PUT", deedAt, strings.Repeat(" ", 2<<20) + raw, 413, "too_large"},
		{"a large signature", "PUT", signatureAt, signed + strings.Repeat(" ", 2<<20), 413, "too_large"},
		{"large checkpoints", "POST", "/checkpoints", shown + strings.Repeat(" ", 2<<20), 413, "too_large"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n.want(n.do(tc.method, tc.path, strings.NewReader(tc.body)), tc.status, tc.code)
		})
	}
	if len(n.desk.got)+len(n.desk.seen) != 0 {
		t.Errorf("the desk got %d items and %d checkpoints", len(n.desk.got), len(n.desk.seen))
	}
}

func TestBodyOfUnknownLengthHasTheSameLimit(t *testing.T) {
	s, n := newStory(t), start(t)
	body := io.MultiReader(strings.NewReader(strings.Repeat(" ", 2<<20)), bytes.NewReader(s.content.Raw()))
	a, err := n.try(http.MethodPut, "/deeds/"+string(s.content.Hash()), body)
	if err == nil { // the server may hang up before all was sent
		n.want(a, http.StatusRequestEntityTooLarge, "too_large")
	}
	if len(n.desk.got) != 0 {
		t.Error("the desk got it")
	}
}

func TestPathsAndQueriesThatAreNotTheFormAreRefused(t *testing.T) {
	s, n := newStory(t), start(t)
	n.desk.put(s.batch)
	hash := string(s.content.Hash())
	for _, tc := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", "/", 404, "not_found"},
		{"GET", "/deeds", 404, "not_found"},
		{"GET", "/deeds/", 404, "not_found"},
		{"GET", "/deeds/" + hash + "/", 404, "not_found"},
		{"GET", "//deeds/" + hash, 404, "not_found"},
		{"GET", "/deeds/" + hash + "%2Fsignatures", 404, "not_found"},
		{"GET", "/deeds/../deeds/" + hash, 404, "not_found"},
		{"GET", "/deeds/" + string(s.signature.Hash()), 404, "not_found"},
		{"GET", "/deeds/" + strings.Repeat("a", 1000), 404, "not_found"},
		{"GET", "/deeds/" + string(draft(t, 9, "{}").Hash()), 404, "not_found"},
		{"GET", "/state/" + string(draft(t, 9, "{}").Hash()), 404, "not_found"},
		{"GET", "/deeds/" + hash + "?x=1", 400, "takes_none"},
		{"DELETE", "/deeds/" + hash, 405, "method_not_allowed"},
		{"GET", "/checkpoints", 405, "method_not_allowed"},
		{"GET", "/feed?from=0", 400, "range"},
		{"GET", "/feed?from=-1", 400, "range"},
		{"GET", "/feed?from=", 400, "range"},
		{"GET", "/feed?from=01", 400, "range"},
		{"GET", "/feed?from=9007199254740992", 400, "range"},
		{"GET", "/feed?wait=31", 400, "range"},
		{"GET", "/feed?wait=%2B1", 400, "range"},
		{"GET", "/feed?from=1&from=2", 400, "duplicate"},
		{"GET", "/feed?peer=x", 400, "unknown"},
		{"GET", "/feed?from=1;wait=2", 400, "query"},
	} {
		t.Run(tc.method+" "+tc.path, func(t *testing.T) { n.want(n.do(tc.method, tc.path, nil), tc.status, tc.code) })
	}
}

func TestBodyMustBeJSON(t *testing.T) {
	s, n := newStory(t), start(t)
	for _, header := range [][]string{
		{"Content-Type", ""}, {"Content-Type", "text/plain"}, {"Content-Type", "application/json; charset=latin1"}, {"Content-Encoding", "gzip"},
	} {
		a := n.do(http.MethodPut, "/deeds/"+string(s.content.Hash()), bytes.NewReader(s.content.Raw()), header...)
		n.want(a, http.StatusUnsupportedMediaType, "unsupported_media_type")
	}
}

func TestNobodyGetsAnythingWithoutToken(t *testing.T) {
	s, n := newStory(t), start(t)
	n.desk.put(s.batch)
	for _, path := range []string{"/feed", "/deeds/" + string(s.content.Hash()), "/openapi.json", "/nowhere"} {
		a := n.do(http.MethodGet, path, nil, as, "")
		n.want(a, http.StatusUnauthorized, "unauthorized")
		if a.header.Get("Fsc-Error-Code") != "" {
			t.Error("a service doesn't speak for the layer")
		}
	}
}

func TestPollsOfOnePeerAreFew(t *testing.T) {
	n := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range 4 {
		go func() { _, _ = n.client.Feed(ctx, keeper, 0, 30*time.Second) }()
	}
	eventually(t, "four polls wait", func() bool { return n.desk.readCount() == 4 })
	var a answer
	eventually(t, "the fifth is refused", func() bool {
		a = n.do(http.MethodGet, "/feed?wait=1", nil)
		return a.status != http.StatusOK
	})
	n.want(a, http.StatusTooManyRequests, "too_many_requests")
	if a.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	if a := n.do(http.MethodGet, "/feed?wait=1", nil, as, string(village)); a.status != http.StatusOK {
		t.Errorf("another Peer got %d %s", a.status, a.body)
	}
	cancel() // who leaves makes room
	eventually(t, "there is room again", func() bool { return n.do(http.MethodGet, "/feed?wait=1", nil).status == http.StatusOK })
}

// TestThousandsOfPolls lets in 2,000, refuses the rest, reads for all of them
// with few at once, and ends them when the node stops.
func TestThousandsOfPolls(t *testing.T) {
	if testing.Short() {
		t.Skip("opens thousands of connections")
	}
	stop := make(chan struct{})
	n := start(t, func(c *exchange.ServerConfig) { c.Stopping = stop })
	var busy, stopped, fed atomic.Int64
	done := make(chan struct{})
	const polls, peers = 2400, 600
	for i := range polls {
		go func() {
			defer func() { done <- struct{}{} }()
			a, err := n.try(http.MethodGet, "/feed?wait=30", nil, as, fmt.Sprintf("peer-%03d", i%peers))
			switch {
			case err != nil:
				t.Errorf("poll %d: %v", i, err)
			case strings.Contains(a.body, `"busy"`):
				busy.Add(1)
			case strings.Contains(a.body, `"stopping"`):
				stopped.Add(1)
			case a.status == http.StatusOK:
				fed.Add(1)
			default:
				t.Errorf("poll %d: %d %s", i, a.status, a.body)
			}
		}()
	}
	for range polls - 2000 {
		<-done
	}
	if busy.Load() != polls-2000 {
		t.Errorf("%d were refused, want %d", busy.Load(), polls-2000)
	}
	before := n.desk.readCount()
	n.desk.put(collective.Batch{})
	eventually(t, "all have looked again", func() bool { return n.desk.readCount() == before+2000 })
	close(stop)
	for range 2000 {
		<-done
	}
	if stopped.Load() != 2000 || fed.Load() != 0 {
		t.Errorf("%d were told that the node stops, %d were fed", stopped.Load(), fed.Load())
	}
}

func TestRequestsOfOnePeerHaveARate(t *testing.T) {
	n := start(t, func(c *exchange.ServerConfig) { c.Now, c.Limits.CallsPerSecond = clock, 3 })
	for range 3 {
		if a := n.do(http.MethodGet, "/feed", nil); a.status != http.StatusOK {
			t.Fatalf("got %d %s", a.status, a.body)
		}
	}
	n.want(n.do(http.MethodGet, "/feed", nil), http.StatusTooManyRequests, "too_many_requests")
	if a := n.do(http.MethodGet, "/feed", nil, as, string(village)); a.status != http.StatusOK {
		t.Errorf("another Peer got %d", a.status)
	}
}

// dial opens a plain connection to the server.
func (n *node) dial() net.Conn {
	n.t.Helper()
	c, err := (&net.Dialer{}).DialContext(n.t.Context(), "tcp", strings.TrimPrefix(n.url, "http://"))
	must(n.t, err)
	n.t.Cleanup(func() { _ = c.Close() })
	must(n.t, c.SetDeadline(time.Now().Add(wait)))
	return c
}

func TestSlowReaderIsCutOff(t *testing.T) {
	s := newStory(t)
	n := start(t, func(c *exchange.ServerConfig) { c.Limits.Stall = time.Second })
	n.desk.put(s.batch)
	n.desk.dossier = bytes.Repeat([]byte(" "), 32<<20)
	path := "/dossiers/" + string(s.content.Hash())
	slow := n.dial()
	_, err := fmt.Fprintf(slow, "GET %s HTTP/1.1\r\nHost: x\r\n%s: %s\r\n\r\n", path, as, town)
	must(t, err)
	if _, err := slow.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	// It holds the one place its Peer has, until it is cut off.
	n.want(n.do(http.MethodGet, path, nil), http.StatusTooManyRequests, "too_many_requests")
	eventually(t, "its place is free again", func() bool {
		a, err := n.try(http.MethodGet, path, nil)
		return err == nil && a.status == http.StatusOK
	})
	if got, err := io.Copy(io.Discard, slow); got > 31<<20 && err == nil {
		t.Error("the slow reader got everything")
	}
}

func TestSlowSenderIsCutOff(t *testing.T) {
	s := newStory(t)
	n := start(t, func(c *exchange.ServerConfig) { c.Limits.Stall = 300 * time.Millisecond })
	for who, status := range map[string]int{string(town): http.StatusBadRequest, "": http.StatusUnauthorized} {
		slow := n.dial()
		_, err := fmt.Fprintf(slow, "PUT /deeds/%s HTTP/1.1\r\nHost: x\r\n%s: %s\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{", s.content.Hash(), as, who)
		must(t, err)
		res, err := http.ReadResponse(bufio.NewReader(slow), nil)
		if err != nil {
			t.Errorf("Peer %q: %v", who, err)
			continue
		}
		_ = res.Body.Close()
		if res.StatusCode != status {
			t.Errorf("Peer %q got %d, want %d", who, res.StatusCode, status)
		}
	}
}

func TestBodyThatBreaksOffIsNotTaken(t *testing.T) {
	s, n := newStory(t), start(t)
	raw := string(s.content.Raw())
	c := n.dial()
	_, err := fmt.Fprintf(c, "PUT /deeds/%s HTTP/1.1\r\nHost: x\r\n%s: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", s.content.Hash(), as, town, len(raw)+1, raw)
	must(t, err)
	must(t, c.(*net.TCPConn).CloseWrite())
	_, err = io.Copy(io.Discard, c)
	if err != nil && !errors.Is(err, io.EOF) {
		t.Logf("read: %v", err)
	}
	if len(n.desk.got) != 0 {
		t.Error("the desk got it")
	}
}
