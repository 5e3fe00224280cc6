// SPDX-License-Identifier: EUPL-1.2

//go:build !race

package outway_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/outway"
	"github.com/samenspel/samenspel/internal/txlog"
)

// forgetful is a Recorder that costs nothing, so that only the hops are measured.
type forgetful struct{}

func (forgetful) Record(context.Context, *txlog.Record) error { return nil }

// wire calls the chain over a bare connection: neither client nor service
// allocates.
func wire(tb testing.TB, c *chain) func() {
	tb.Helper()
	conn := c.dial()
	question := []byte("GET /a?q=1 HTTP/1.1\r\nHost: " + named + "\r\nAccept: */*\r\nUser-Agent: test\r\n\r\n")
	buf := make([]byte, 4096)
	return func() {
		if _, err := conn.Write(question); err != nil {
			tb.Fatal(err)
		}
		n := 0
		for !strings.HasSuffix(string(buf[max(0, n-4):n]), "done") {
			m, err := conn.Read(buf[n:])
			if err != nil || n+m == len(buf) {
				tb.Fatalf("%v after %q", err, buf[:n+m])
			}
			n += m
		}
	}
}

func bareService(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				buf := make([]byte, 8192)
				reply := []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\ndone")
				for {
					if _, err := conn.Read(buf); err != nil {
						return
					}
					if _, err := conn.Write(reply); err != nil {
						return
					}
				}
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// TestACallThroughBothHopsStaysWithinItsAllocationBudget counts everything in
// between client and service: two servers, two clients, TLS, choice of grant, tokens and TransactionIDs. The log has budgets of its own.
func TestACallThroughBothHopsStaysWithinItsAllocationBudget(t *testing.T) {
	c := newChain(t, bareService(t), forgetful{})
	fixed := c.certificate()
	thumbprint := func() string { return fixed }
	o := outway.New(outway.Config{
		GroupID: group, PeerID: consumer, Certificate: thumbprint, Tokens: c.tokens, TLS: c.clientTLS, Recorder: forgetful{},
	})
	t.Cleanup(o.Close)
	o.Update(outway.SnapshotInput{Grants: []outway.Grant{c.grant(hash("a"))}})
	c.front = open(t, &http.Server{Handler: o}, nil)
	const budget = 12 // one of them asks TLS what is left behind a response
	if n := testing.AllocsPerRun(2000, wire(t, c)); n > budget {
		t.Errorf("%v allocations, the budget is %d", n, budget)
	} else {
		t.Logf("%v allocations", n)
	}
}
