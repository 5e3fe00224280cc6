// SPDX-License-Identifier: EUPL-1.2

package pki_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

const (
	gemeente = fsc.PeerID("00000099000000001000")
	provider = fsc.PeerID("00000099000000002000")
)

// clock is a time that tests move by hand.
type clock struct{ nanos atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.nanos.Store(time.Now().UnixNano())
	return c
}

func (c *clock) Now() time.Time          { return time.Unix(0, c.nanos.Load()) }
func (c *clock) Advance(d time.Duration) { c.nanos.Add(int64(d)) }

func newCA(t *testing.T, now time.Time) *localca.CA {
	t.Helper()
	ca, err := localca.New(now)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func issue(t *testing.T, ca *localca.CA, r localca.Request) *localca.Issued {
	t.Helper()
	if r.PeerID == "" {
		r.PeerID = gemeente
	}
	if r.Name == "" {
		r.Name = "Gemeente Voorbeeld"
	}
	if r.Hosts == nil {
		r.Hosts = []string{"127.0.0.1"}
	}
	issued, err := ca.Issue(r)
	if err != nil {
		t.Fatal(err)
	}
	return issued
}

func pairOf(t *testing.T, issued *localca.Issued) *pki.KeyPair {
	t.Helper()
	pair, err := issued.KeyPair()
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func anchorsOf(t *testing.T, pem ...[]byte) *pki.Anchors {
	t.Helper()
	anchors, err := pki.LoadAnchors(pem...)
	if err != nil {
		t.Fatal(err)
	}
	return anchors
}

func chainOf(t *testing.T, ca *localca.CA, pair *pki.KeyPair, now time.Time) []*x509.Certificate {
	t.Helper()
	chain, err := anchorsOf(t, ca.AnchorPEM()).Verify(pair.Chain, now, x509.ExtKeyUsageAny)
	if err != nil {
		t.Fatal(err)
	}
	return chain
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// wantRefused checks that err is the standard's answer to a bad certificate.
func wantRefused(t *testing.T, err error, part string) {
	t.Helper()
	if err == nil {
		t.Fatalf("accepted, want an error about %q", part)
	}
	if code := fsc.CodeOf(err); code != fsc.CodePeerCertificateVerificationFailed {
		t.Errorf("code %s of %v", code, err)
	}
	if !strings.Contains(err.Error(), part) {
		t.Errorf("error %q doesn't mention %q", err, part)
	}
}

func wantError(t *testing.T, err error, part string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), part) {
		t.Fatalf("error %v, want one about %q", err, part)
	}
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func writePair(t *testing.T, dir string, issued *localca.Issued) pki.Files {
	t.Helper()
	files := pki.Files{Certificate: filepath.Join(dir, "peer.crt"), Key: filepath.Join(dir, "peer.key")}
	writeFile(t, files.Certificate, issued.CertificatePEM)
	writeFile(t, files.Key, issued.KeyPEM)
	return files
}

// server answers each connection with one line and closes it. Its handshake
// errors and connection states can be read.
type server struct {
	addr   string
	states chan tls.ConnectionState
	errs   chan error
}

func serve(t *testing.T, cfg *tls.Config) *server {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", cfg)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{addr: listener.Addr().String(), states: make(chan tls.ConnectionState, 16), errs: make(chan error, 16)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.handle(conn.(*tls.Conn))
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	return s
}

func (s *server) handle(conn *tls.Conn) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if err := conn.Handshake(); err != nil {
		s.errs <- err
		return
	}
	s.states <- conn.ConnectionState()
	_, _ = io.WriteString(conn, "hello\n")
	_, _ = io.Copy(io.Discard, conn)
}

// dial makes a connection and waits for the line, since under TLS 1.3 a client
// only then knows that it was let in, and has its session ticket.
func (s *server) dial(cfg *tls.Config) (tls.ConnectionState, error) {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	conn, err := tls.DialWithDialer(dialer, "tcp", s.addr, cfg)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && line != "hello\n" {
		err = errors.New("unexpected answer " + line)
	}
	return conn.ConnectionState(), errors.Join(err, conn.Close())
}

func (s *server) mustDial(t *testing.T, cfg *tls.Config) tls.ConnectionState {
	t.Helper()
	state, err := s.dial(cfg)
	if err != nil {
		t.Fatal(err)
	}
	<-s.states
	return state
}

// mustRefuse checks that the server doesn't let the client in and gives why.
func (s *server) mustRefuse(t *testing.T, cfg *tls.Config) error {
	t.Helper()
	if _, err := s.dial(cfg); err == nil {
		t.Fatal("the client was let in")
	}
	select {
	case err := <-s.errs:
		return err
	case <-time.After(5 * time.Second):
		t.Fatal("the server reported no error")
		return nil
	}
}
