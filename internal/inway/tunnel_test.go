// SPDX-License-Identifier: EUPL-1.2

package inway_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// echo switches protocols and sends back what it receives.
func echo(t *testing.T) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "echo")
		w.WriteHeader(http.StatusSwitchingProtocols)
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.Copy(conn, rw)
		_ = conn.Close()
	}
}

// tunnel switches protocols and shows that both ways are open.
func (s *site) tunnel(token string) io.ReadWriteCloser {
	s.t.Helper()
	r := s.request(token)
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "echo")
	res, err := s.http.Transport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	conn, ok := res.Body.(io.ReadWriteCloser)
	if !ok || res.StatusCode != http.StatusSwitchingProtocols {
		s.t.Fatalf("status %d", res.StatusCode)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	if !passes(conn) {
		s.t.Fatal("nothing comes back")
	}
	return conn
}

func passes(conn io.ReadWriter) bool {
	if _, err := io.WriteString(conn, "hello"); err != nil {
		return false
	}
	got := make([]byte, len("hello"))
	_, err := io.ReadFull(conn, got)
	return err == nil && string(got) == "hello"
}

func TestATunnelEndsWithItsContract(t *testing.T) {
	s := newSite(t, echo(t))
	ended, stays := s.tunnel(s.token()), s.tunnel(s.token(func(c *fsc.Claims) { c.GrantHash = fsc.GrantHash("$1$3$" + strings.Repeat("b", 86)) }))
	in := s.input()
	in.Ended = []fsc.GrantHash{grantHash}
	s.inway.Update(in)
	over := make(chan error, 1)
	go func() {
		_, err := ended.Read(make([]byte, 1))
		over <- err
	}()
	select {
	case err := <-over:
		if err == nil {
			t.Error("a byte nobody sent")
		}
	case <-time.After(wait):
		t.Error("it is still open")
	}
	if !passes(stays) {
		t.Error("that of another contract ended as well")
	}
}
