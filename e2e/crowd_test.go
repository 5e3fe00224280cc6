// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/manager/internalapi"
)

// openFiles is how many descriptors this process and its children may have.
func openFiles(t *testing.T) int {
	t.Helper()
	n, ok := fileLimit()
	if !ok {
		t.Skip("the limit of open files can't be read here")
	}
	return n
}

// crowd holds connections to a door.
type crowd []net.Conn

// newCrowd connects n times, a few at once.
func newCrowd(t *testing.T, address string, n int) crowd {
	t.Helper()
	c := make(crowd, n)
	var dialers sync.WaitGroup
	for part := range 8 {
		dialers.Go(func() {
			for i := part; i < n; i += 8 {
				conn, err := net.Dial("tcp", address)
				if err != nil {
					t.Error(err)
					return
				}
				c[i] = conn
			}
		})
	}
	t.Cleanup(c.close)
	dialers.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return c
}

func (c crowd) close() {
	for _, conn := range c {
		if conn != nil {
			_ = conn.Close()
		}
	}
}

// TestSlowClientsInGreatNumbersDontKeepOthersFromBeingServed has thousands of
// clients send a byte a second. Each is cut off once it has had ten seconds for
// its head, the node's memory stays small, and calls go through meanwhile.
func TestSlowClientsInGreatNumbersDontKeepOthersFromBeingServed(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	t.Parallel()
	p := newPair(t)
	consumer := p.running[consumerID]
	n := min(longOrShort(10_000, 2_000), openFiles(t)-2_000)
	if n < 500 {
		t.Skipf("only %d files may be open", openFiles(t))
	}
	before, _ := consumer.memory(t)
	slow := newCrowd(t, consumer.addresses["outway"], n)
	head := "GET / HTTP/1.1\r\nHost: langzaam\r\nFsc-Grant-Hash: " + string(p.grant) + "\r\n"
	client, began := plain(t), time.Now()
	served := 0
	for at := 0; time.Since(began) < 9*time.Second; at++ {
		tick := time.Now()
		for _, c := range slow {
			_, _ = io.WriteString(c, head[at:at+1]) // one that is closed already doesn't matter
		}
		for range 10 {
			a, err := p.call(client)
			if err != nil || a.status != http.StatusOK {
				t.Fatalf("a call beside the slow ones: %d %s, %v", a.status, a.body, err)
			}
			served++
		}
		pause(nil, time.Second-time.Since(tick))
	}
	_, most := consumer.memory(t)
	if perClient := float64(most-before) * 1024 / float64(n); most > before+64+n*24/1024 {
		t.Errorf("%d slow clients took %d MiB, %.1f KiB each", n, most-before, perClient)
	} else {
		t.Logf("%d slow clients, %d calls served beside them, %d MiB more: %.1f KiB a client", n, served, most-before, perClient)
	}
	for i, c := range slow {
		if err := c.SetReadDeadline(time.Now().Add(cutOff)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, c); err != nil && strings.Contains(err.Error(), "timeout") {
			t.Fatalf("slow client %d is still connected", i)
		}
	}
	eventually(t, "the end of all slow connections", func() bool { return consumer.figure(t, "process_open_fds") < 200 })
}

// echo is a service that speaks a protocol of its own after an upgrade, as
// WebSockets do: it gives back what it gets.
func echo(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		_, _ = io.Copy(c, rw)
	}))
	t.Cleanup(s.CloseClientConnections)
	t.Cleanup(s.Close)
	return s.URL
}

// socket is one WebSocket of an application.
type socket struct {
	net.Conn
	reader *bufio.Reader
}

// upgrade makes a connection to the Outway one to the service behind the Inway.
func (p *pair) upgrade(c net.Conn) (*socket, error) {
	_, err := fmt.Fprintf(c, "GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nFsc-Grant-Hash: %s\r\n\r\n", p.grant)
	if err != nil {
		return nil, err
	}
	s := &socket{c, bufio.NewReaderSize(c, 512)}
	res, err := http.ReadResponse(s.reader, nil)
	if err == nil && res.StatusCode != http.StatusSwitchingProtocols {
		err = fmt.Errorf("status %d", res.StatusCode)
	}
	return s, err
}

// echoes sends a frame and reads it back.
func (s *socket) echoes() error {
	sent := append([]byte{0x82, 0x20}, make([]byte, 32)...)
	_, _ = rand.Read(sent[2:]) // never fails
	if _, err := s.Write(sent); err != nil {
		return err
	}
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(s.reader, got); err != nil {
		return err
	}
	if string(got) != string(sent) {
		return fmt.Errorf("%x came back as %x", sent, got)
	}
	return nil
}

// TestAThousandWebSocketsEchoAtOnce holds them open through Outway and Inway, and
// has each echo while all others are open.
func TestAThousandWebSocketsEchoAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	t.Parallel()
	p := newPair(t)
	n := min(1_000, (openFiles(t)-500)/4)
	if n < 100 {
		t.Skipf("only %d files may be open", openFiles(t))
	}
	if err := p.running[providerID].door.PutService(t.Context(), internalapi.Service{Name: service, Upstream: echo(t)}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the echo at the Inway", func() bool {
		c, err := net.Dial("tcp", p.running[consumerID].addresses["outway"])
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		_ = c.SetDeadline(time.Now().Add(patience))
		_, err = p.upgrade(c)
		return err == nil
	})
	p.withoutLeak(t, func() {
		conns := newCrowd(t, p.running[consumerID].addresses["outway"], n)
		sockets := make([]*socket, n)
		eachOf(t, n, func(i int) (err error) {
			if err := conns[i].SetDeadline(time.Now().Add(3 * patience)); err != nil {
				return err
			}
			sockets[i], err = p.upgrade(conns[i])
			return err
		})
		if got := p.running[consumerID].figure(t, "samenspel_calls_in_flight"); int(got) != n {
			t.Errorf("%v of %d are open", got, n)
		}
		for range 3 {
			eachOf(t, n, func(i int) error { return sockets[i].echoes() })
		}
		conns.close()
	})
}

// eachOf does something n times, some at once.
func eachOf(t *testing.T, n int, do func(i int) error) {
	t.Helper()
	var workers sync.WaitGroup
	for part := range 50 {
		workers.Go(func() {
			for i := part; i < n; i += 50 {
				if err := do(i); err != nil {
					t.Errorf("%d of %d: %v", i, n, err)
					return
				}
			}
		})
	}
	workers.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// TestABodyOfTwoGigabytesPassesBothWaysInConstantMemory sends and gets a body that
// fits in no buffer.
func TestABodyOfTwoGigabytesPassesBothWaysInConstantMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	t.Parallel()
	p := newPair(t)
	size := int64(longOrShort(2<<30, 192<<20))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil || n != size {
			http.Error(w, fmt.Sprint(n, err), http.StatusBadRequest)
			return
		}
		_, _ = io.Copy(w, io.LimitReader(zeros{}, size))
	}))
	t.Cleanup(s.Close)
	if err := p.running[providerID].door.PutService(t.Context(), internalapi.Service{Name: service, Upstream: s.URL}); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	eventually(t, "the service at the Inway", func() bool {
		a := mustSend(t, client, http.MethodPost, p.running[consumerID].outway()+"/", p.header(), nil)
		return a.status == http.StatusBadRequest
	})
	for name, length := range map[string]int64{"length told": size, "in chunks": -1} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.running[consumerID].outway()+"/", io.NopCloser(io.LimitReader(zeros{}, size)))
			if err != nil {
				t.Fatal(err)
			}
			r.ContentLength, r.Header = length, p.header()
			res, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			n, err := io.Copy(io.Discard, res.Body)
			if err != nil || n != size || res.StatusCode != http.StatusOK {
				t.Errorf("%d, %d of %d bytes, %v", res.StatusCode, n, size, err)
			}
		})
	}
	const most = 128 // MiB, of which some 60 are there before the first call
	for _, r := range p.all() {
		if _, peak := r.memory(t); peak > most {
			t.Errorf("node %s took %d MiB for bodies of %d MiB", r.peer.ID, peak, size>>20)
		} else {
			t.Logf("node %s: %d MiB at the most", r.peer.ID, peak)
		}
	}
}
