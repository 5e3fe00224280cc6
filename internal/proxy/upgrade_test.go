// SPDX-License-Identifier: EUPL-1.2

package proxy_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/proxy"
)

const upgradeRequest = "GET /chat HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: echo\r\nSec-Key: k\r\n\r\n"

func allowUpgrade(cfg *proxy.UpstreamConfig) { cfg.AllowUpgrade = true }

// echo switches protocols and sends back what it gets, until the end of it.
func echo(c net.Conn, br *bufio.Reader) {
	head := readHead(br)
	if !strings.Contains(head, "Connection: Upgrade\r\nUpgrade: echo\r\n") || !strings.Contains(head, "Sec-Key: k\r\n") {
		_, _ = io.WriteString(c, "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n")
		return
	}
	_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\nSec-Accept: a\r\n\r\nhello\n")
	_, _ = io.Copy(c, br)
	_, _ = io.WriteString(c, "bye\n")
}

func TestUpgradeJoinsBothConnections(t *testing.T) {
	t.Parallel()
	noLeak(t)
	c := newChain(t, newRaw(t, echo), proxy.Headers{Response: []proxy.Field{{Name: proxy.HeaderTransactionID, Value: "id"}}}, allowUpgrade)
	conn, br := dialRaw(t, c)
	_, _ = io.WriteString(conn, upgradeRequest+"early\n")
	resp, err := http.ReadResponse(br, nil)
	if err != nil || resp.StatusCode != 101 || resp.Header.Get("Sec-Accept") != "a" || resp.Header.Get("Upgrade") != "echo" ||
		resp.Header.Get(proxy.HeaderTransactionID) != "id" {
		t.Fatalf("%v %v", resp, err)
	}
	expectLines(t, br, "hello", "early")
	_, _ = io.WriteString(conn, "more\n")
	expectLines(t, br, "more")
	_ = conn.(*net.TCPConn).CloseWrite()
	expectLines(t, br, "bye") // a half-close leaves the other way open
	if err := c.outcome(t); err != nil {
		t.Error(err)
	}
	if n := proxy.Idle(c.up); n != 0 {
		t.Error("what was a connection of another protocol is kept for the next request")
	}
}

func expectLines(t *testing.T, br *bufio.Reader, lines ...string) {
	t.Helper()
	for _, want := range lines {
		if got, err := br.ReadString('\n'); err != nil || got != want+"\n" {
			t.Fatalf("got %q, %v, want %q", got, err, want)
		}
	}
}

func TestUpgradeEndsWhenOneSideBreaks(t *testing.T) {
	t.Parallel()
	noLeak(t)
	gone := make(chan struct{})
	target := newRaw(t, func(c net.Conn, br *bufio.Reader) {
		echo(c, br)
		close(gone)
	})
	c := newChain(t, target, proxy.Headers{}, allowUpgrade)
	conn, br := dialRaw(t, c)
	_, _ = io.WriteString(conn, upgradeRequest)
	if _, err := http.ReadResponse(br, nil); err != nil {
		t.Fatal(err)
	}
	expectLines(t, br, "hello")
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
	<-gone
	wantIs(t, c.outcome(t), proxy.ErrAfterResponse)
}

func TestUpgradeIsOnlyPassedWhenAllowed(t *testing.T) {
	t.Parallel()
	c := newChain(t, newRaw(t, echo), proxy.Headers{})
	conn, br := dialRaw(t, c)
	_, _ = io.WriteString(conn, upgradeRequest)
	if resp, err := http.ReadResponse(br, nil); err != nil || resp.StatusCode != 426 {
		t.Fatalf("%v %v", resp, err)
	}
}

// TestNobodySwitchesToAnotherHTTP: in such a tunnel a client would make calls that
// nobody decides about or records.
func TestNobodySwitchesToAnotherHTTP(t *testing.T) {
	t.Parallel()
	for _, asked := range []string{"h2c", "H2C", "websocket, h2c", "h2c;q=1", "HTTP/2.0", "TLS/1.2", "websocket\r\nUpgrade: h2c"} {
		c := newChain(t, newRaw(t, func(c net.Conn, br *bufio.Reader) {
			r, err := http.ReadRequest(br)
			if err != nil || r.Header.Get("Upgrade") == "" {
				_, _ = io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: "+r.Header.Get("Upgrade")+"\r\n\r\n")
		}), proxy.Headers{}, allowUpgrade)
		conn, br := dialRaw(t, c)
		_, _ = io.WriteString(conn, "GET /v1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nHttp2-Settings: AAMAAABkAAQAAP__\r\nUpgrade: "+asked+"\r\n\r\n")
		if resp, err := http.ReadResponse(br, nil); err != nil || resp.StatusCode != http.StatusNoContent {
			t.Errorf("%q: %v %v", asked, resp, err)
		}
	}
}

func TestRefusedUpgradeIsAnOrdinaryResponse(t *testing.T) {
	t.Parallel()
	up := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	c := newChain(t, up.URL, proxy.Headers{}, allowUpgrade)
	conn, br := dialRaw(t, c)
	for range 2 {
		_, _ = io.WriteString(conn, upgradeRequest)
		if resp, err := http.ReadResponse(br, nil); err != nil || resp.StatusCode != http.StatusForbidden {
			t.Fatalf("%v %v", resp, err)
		}
	}
	if n := c.dials.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestSwitchToAnotherProtocolIsRefused(t *testing.T) {
	t.Parallel()
	c := newChain(t, newRaw(t, answer("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n")), proxy.Headers{}, allowUpgrade)
	conn, br := dialRaw(t, c)
	_, _ = io.WriteString(conn, upgradeRequest)
	if resp, err := http.ReadResponse(br, nil); err != nil || resp.StatusCode != http.StatusBadGateway {
		t.Fatalf("%v %v", resp, err)
	}
}
