// SPDX-License-Identifier: EUPL-1.2

package pki_test

import (
	"encoding/pem"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// crlServer is the distribution point of a CA. Its body can be replaced and it
// can be down; it counts how often it was asked.
type crlServer struct {
	url   string
	root  string // file with the root's list, since intermediates name no point
	now   *clock
	asked atomic.Int64
	down  atomic.Bool
	body  atomic.Pointer[[]byte]
}

func newCRLServer(t *testing.T, ca *localca.CA, now *clock) *crlServer {
	t.Helper()
	s := &crlServer{now: now, root: filepath.Join(t.TempDir(), "root.crl")}
	writeFile(t, s.root, mustList(t)(ca.RootCRL(now.Now())))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.asked.Add(1)
		if s.down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if body := s.body.Load(); body != nil {
			_, _ = w.Write(*body)
			return
		}
		list, err := ca.CRL(now.Now())
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(list)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL + "/intermediate.crl"
	return s
}

func mustList(t *testing.T) func([]byte, error) []byte {
	t.Helper()
	return func(list []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
}

func (s *crlServer) set(body []byte) { s.body.Store(&body) }

func (s *crlServer) checker(t *testing.T, cfg pki.RevocationConfig) *pki.RevocationChecker {
	t.Helper()
	cfg.CRLFiles = append(cfg.CRLFiles, s.root)
	cfg.Logger, cfg.Now = quiet(), s.now.Now
	checker, err := pki.NewRevocationChecker(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return checker
}

// withPoint issues a certificate whose list is at the server.
func (s *crlServer) withPoint(t *testing.T, ca *localca.CA) *pki.KeyPair {
	t.Helper()
	return pairOf(t, issue(t, ca, localca.Request{CRLURLs: []string{"ldap://ignored.example", s.url}}))
}

func wantAccepted(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
}

func wantCause(t *testing.T, err, cause error) {
	t.Helper()
	wantRefused(t, err, "")
	if !errors.Is(err, cause) {
		t.Fatalf("cause of %v, want %v", err, cause)
	}
}

func TestCheckFetchesAListOnceAndSeesRevocationsAfterARefresh(t *testing.T) {
	now := newClock()
	ca := newCA(t, now.Now())
	s := newCRLServer(t, ca, now)
	checker := s.checker(t, pki.RevocationConfig{})
	chain := chainOf(t, ca, s.withPoint(t, ca), now.Now())
	for range 3 {
		wantAccepted(t, checker.Check(chain))
	}
	if got := s.asked.Load(); got != 1 {
		t.Errorf("fetched %d times", got)
	}
	if err := ca.Revoke(chain[0], now.Now()); err != nil {
		t.Fatal(err)
	}
	wantAccepted(t, checker.Check(chain)) // The list known is still current.
	if err := checker.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantCause(t, checker.Check(chain), pki.ErrRevoked)
}

func TestAnOutdatedListIsFetchedAgain(t *testing.T) {
	now := newClock()
	ca := newCA(t, now.Now())
	s := newCRLServer(t, ca, now)
	soft := s.checker(t, pki.RevocationConfig{SoftFail: true})
	chain := chainOf(t, ca, s.withPoint(t, ca), now.Now())
	wantAccepted(t, soft.Check(chain))
	now.Advance(localca.CRLLifetime + time.Minute)
	wantAccepted(t, soft.Check(chain))
	if got := s.asked.Load(); got != 2 {
		t.Errorf("fetched %d times", got)
	}
}

func TestAnUnreachableListIsRefusedOrAcceptedByPolicy(t *testing.T) {
	now := newClock()
	ca := newCA(t, now.Now())
	s := newCRLServer(t, ca, now)
	s.down.Store(true)
	chain := chainOf(t, ca, s.withPoint(t, ca), now.Now())
	hard := s.checker(t, pki.RevocationConfig{})
	soft := s.checker(t, pki.RevocationConfig{SoftFail: true})
	wantCause(t, hard.Check(chain), pki.ErrRevocationUnknown)
	wantAccepted(t, soft.Check(chain))
	wantError(t, hard.Health(), "503")

	wantCause(t, hard.Check(chain), pki.ErrRevocationUnknown)
	if got := s.asked.Load(); got != 2 {
		t.Errorf("asked %d times by two checkers; an unreachable source needs a pause", got)
	}
	s.down.Store(false)
	now.Advance(2 * time.Minute)
	wantAccepted(t, hard.Check(chain))
	wantAccepted(t, hard.Health())
}

func TestAnOutdatedListStillShowsARevocation(t *testing.T) {
	now := newClock()
	ca := newCA(t, now.Now())
	s := newCRLServer(t, ca, now)
	chain := chainOf(t, ca, s.withPoint(t, ca), now.Now())
	if err := ca.Revoke(chain[0], now.Now()); err != nil {
		t.Fatal(err)
	}
	soft := s.checker(t, pki.RevocationConfig{SoftFail: true})
	wantCause(t, soft.Check(chain), pki.ErrRevoked)
	s.down.Store(true)
	now.Advance(localca.CRLLifetime + time.Minute)
	wantCause(t, soft.Check(chain), pki.ErrRevoked)
	wantError(t, soft.Health(), "outdated")
}

func TestACertificateThatNamesNoSourceIsUnknown(t *testing.T) {
	now := newClock()
	ca := newCA(t, now.Now())
	s := newCRLServer(t, ca, now)
	chain := chainOf(t, ca, pairOf(t, issue(t, ca, localca.Request{})), now.Now())
	wantCause(t, s.checker(t, pki.RevocationConfig{OCSP: true}).Check(chain), pki.ErrRevocationUnknown)
	wantCause(t, s.checker(t, pki.RevocationConfig{}).Check(nil), pki.ErrRevocationUnknown)
}

func TestAReplayedListDoesNotUndoARevocation(t *testing.T) {
	now := newClock()
	ca := newCA(t, now.Now())
	s := newCRLServer(t, ca, now)
	chain := chainOf(t, ca, s.withPoint(t, ca), now.Now())
	innocent := mustList(t)(ca.CRL(now.Now()))
	now.Advance(time.Hour)
	if err := ca.Revoke(chain[0], now.Now()); err != nil {
		t.Fatal(err)
	}
	checker := s.checker(t, pki.RevocationConfig{})
	wantCause(t, checker.Check(chain), pki.ErrRevoked)
	s.set(innocent)
	_ = checker.Refresh(t.Context())
	wantCause(t, checker.Check(chain), pki.ErrRevoked)
}

func TestForgedAndBrokenListsCountForNothing(t *testing.T) {
	now := newClock()
	ca := newCA(t, now.Now())
	s := newCRLServer(t, ca, now)
	chain := chainOf(t, ca, s.withPoint(t, ca), now.Now())
	bodies := map[string][]byte{
		"of another issuer": mustList(t)(newCA(t, now.Now()).CRL(now.Now())),
		"of the root":       mustList(t)(ca.RootCRL(now.Now())),
		"of the future":     mustList(t)(ca.CRL(now.Now().Add(time.Hour))),
		"garbage":           []byte("<html>login first</html>"),
		"empty":             {},
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			s.set(body)
			wantCause(t, s.checker(t, pki.RevocationConfig{}).Check(chain), pki.ErrRevocationUnknown)
		})
	}
}

func TestARevokedIntermediateRevokesItsPeers(t *testing.T) {
	now := newClock()
	ca := newCA(t, now.Now())
	if err := ca.Revoke(ca.Intermediate(), now.Now()); err != nil {
		t.Fatal(err)
	}
	s := newCRLServer(t, ca, now)
	chain := chainOf(t, ca, s.withPoint(t, ca), now.Now())
	wantCause(t, s.checker(t, pki.RevocationConfig{}).Check(chain), pki.ErrRevoked)
}

func TestListsOnDiskAreAskedFirstAndReadAgain(t *testing.T) {
	now := newClock()
	ca := newCA(t, now.Now())
	s := newCRLServer(t, ca, now)
	path := filepath.Join(t.TempDir(), "lists.pem")
	write := func() {
		lists := pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: mustList(t)(ca.RootCRL(now.Now()))})
		lists = append(lists, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: mustList(t)(ca.CRL(now.Now()))})...)
		writeFile(t, path, lists)
	}
	write()
	chain := chainOf(t, ca, s.withPoint(t, ca), now.Now())
	checker := s.checker(t, pki.RevocationConfig{CRLFiles: []string{path}})
	wantAccepted(t, checker.Check(chain))
	if s.asked.Load() != 0 {
		t.Error("the distribution point was asked although a list on disk knows")
	}
	if err := ca.Revoke(chain[0], now.Now()); err != nil {
		t.Fatal(err)
	}
	write()
	wantAccepted(t, checker.Refresh(t.Context()))
	wantCause(t, checker.Check(chain), pki.ErrRevoked)

	writeFile(t, path, []byte("broken"))
	wantError(t, checker.Refresh(t.Context()), path)
	wantCause(t, checker.Check(chain), pki.ErrRevoked)
	now.Advance(localca.CRLLifetime + time.Minute)
	wantError(t, checker.Health(), "on disk is outdated")
}

func TestAListOnDiskThatCannotBeReadStopsTheStart(t *testing.T) {
	cfg := pki.RevocationConfig{CRLFiles: []string{filepath.Join(t.TempDir(), "none.crl")}, Logger: quiet(), Now: time.Now}
	_, err := pki.NewRevocationChecker(cfg)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}
