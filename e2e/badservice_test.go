// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
)

// badService accepts connections and behaves, on each, as the path of its
// request asks.
func badService(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	var conns sync.WaitGroup
	t.Cleanup(func() {
		close(over)
		_ = l.Close()
		conns.Wait()
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() {
				defer func() { _ = c.Close() }()
				misbehave(c, over)
			})
		}
	}()
	return "http://" + l.Addr().String()
}

// misbehave reads one request and answers it badly.
func misbehave(c net.Conn, over <-chan struct{}) {
	head := make([]byte, 16<<10)
	n, err := c.Read(head)
	if err != nil {
		return
	}
	_, path, _ := strings.Cut(string(head[:n]), " ")
	path, _, _ = strings.Cut(path, " ")
	answer := "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n"
	switch path {
	case "/hangs":
		hold(c, over)
	case "/closes":
	case "/resets":
		reset(c)
	case "/resets-in-head":
		_, _ = io.WriteString(c, answer[:20])
		reset(c)
	case "/resets-in-body":
		_, _ = io.WriteString(c, answer+strings.Repeat("x", 10))
		reset(c)
	case "/trickles":
		for _, b := range answer + strings.Repeat("x", 40) {
			_, _ = c.Write([]byte(string(b)))
			pause(over, 10*time.Millisecond)
		}
	case "/hangs-in-body":
		_, _ = io.WriteString(c, answer+strings.Repeat("x", 10))
		hold(c, over)
	default:
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	}
}

// hold keeps the connection until the other side closes it.
func hold(c net.Conn, over <-chan struct{}) {
	closed := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, c)
		close(closed)
	}()
	select {
	case <-over:
	case <-closed:
	}
}

// reset has the kernel answer with RST.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}

func pause(over <-chan struct{}, d time.Duration) {
	select {
	case <-over:
	case <-time.After(d):
	}
}

// TestBadServicesAreToldToTheCallerAndLeaveNothingBehind has a service hang, reset
// and trickle, many times each.
func TestBadServicesAreToldToTheCallerAndLeaveNothingBehind(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	t.Parallel()
	p := newPair(t)
	provider := p.running[providerID]
	if err := provider.door.PutService(t.Context(), internalapi.Service{Name: service, Upstream: badService(t)}); err != nil {
		t.Fatal(err)
	}
	(&running{setup: provider.setup}).limit(t, service, `{"responseMilliseconds":1000}`)
	client, outway := plain(t), p.running[consumerID].outway()
	eventually(t, "the bad service at the Inway", func() bool {
		a := mustSend(t, client, http.MethodGet, outway+"/closes", p.header(), nil)
		return a.status == http.StatusBadGateway
	})
	refused := func(code fsc.ErrorCode, status int) func(t *testing.T, a answer, err error) {
		return func(t *testing.T, a answer, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			a.refused(t, code, status, fsc.DomainInway)
		}
	}
	cutOff := func(t *testing.T, a answer, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("a body that was cut off looks whole: %d %q", a.status, a.body)
		}
	}
	p.withoutLeak(t, func() {
		for path, judge := range map[string]func(*testing.T, answer, error){
			"/hangs":          refused(fsc.CodeServiceTimeout, http.StatusGatewayTimeout),
			"/closes":         refused(fsc.CodeServiceUnreachable, http.StatusBadGateway),
			"/resets":         refused(fsc.CodeServiceUnreachable, http.StatusBadGateway),
			"/resets-in-head": refused(fsc.CodeServiceUnreachable, http.StatusBadGateway),
			"/resets-in-body": cutOff,
			"/trickles": func(t *testing.T, a answer, err error) {
				t.Helper()
				if err != nil || a.status != http.StatusOK || len(a.body) != 40 {
					t.Errorf("%d %q, %v", a.status, a.body, err)
				}
			},
		} {
			t.Run("service "+path[1:], func(t *testing.T) {
				for o := range p.many(20, client, outway+path) {
					judge(t, o.answer, o.err)
				}
			})
		}
		p.leaveHanging(t, 20)
		client.CloseIdleConnections()
	})
}

// outcome is what became of a call.
type outcome struct {
	answer
	err error
}

// many makes n calls at once and gives what became of them.
func (p *pair) many(n int, client *http.Client, target string) <-chan outcome {
	out := make(chan outcome, n)
	var calls sync.WaitGroup
	for range n {
		calls.Go(func() {
			a, err := send(client, http.MethodGet, target, p.header(), nil)
			out <- outcome{a, err}
		})
	}
	calls.Wait()
	close(out)
	return out
}

// leaveHanging has applications go away while a body hangs halfway.
func (p *pair) leaveHanging(t *testing.T, n int) {
	t.Helper()
	hasty := &http.Client{Transport: &http.Transport{}, Timeout: time.Second}
	defer hasty.CloseIdleConnections()
	var calls sync.WaitGroup
	for range n {
		calls.Go(func() {
			_, err := send(hasty, http.MethodGet, p.running[consumerID].outway()+"/hangs-in-body", p.header(), nil)
			var timeout net.Error
			if !errors.As(err, &timeout) || !timeout.Timeout() {
				t.Errorf("the body that hangs: %v", err)
			}
		})
	}
	calls.Wait()
}
