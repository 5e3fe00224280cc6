// SPDX-License-Identifier: EUPL-1.2

package pki_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/pki"
)

func internalCA(t *testing.T, dir string) *pki.InternalCA {
	t.Helper()
	ca, err := pki.LoadOrCreateInternalCA(dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func component(t *testing.T, ca *pki.InternalCA, role string) pki.InternalTLS {
	t.Helper()
	certPEM, keyPEM, err := ca.Issue(role, []string{"manager.internal", "10.0.0.1"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	pair, err := pki.ParseKeyPair(certPEM, keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	return pki.InternalTLS{Anchors: anchorsOf(t, ca.AnchorPEM()), Component: pair, Now: time.Now}
}

func TestComponentsKnowEachOtherByRole(t *testing.T) {
	ca := internalCA(t, t.TempDir())
	s := serve(t, component(t, ca, "manager").Server("http/1.1"))
	state, err := s.dial(component(t, ca, "inway-1").Client())
	if err != nil {
		t.Fatal(err)
	}
	if role, err := pki.RoleOf(state); role != "manager" || err != nil {
		t.Errorf("the client sees %q, %v", role, err)
	}
	if role, err := pki.RoleOf(<-s.states); role != "inway-1" || err != nil {
		t.Errorf("the server sees %q, %v", role, err)
	}
}

func TestOtherPeersAreNoComponents(t *testing.T) {
	ca := internalCA(t, t.TempDir())
	_, inway, outway := newParties(t, newClock())
	_ = serve(t, component(t, ca, "manager").Server()).mustRefuse(t, outway.tls.Client(""))
	foreign := component(t, internalCA(t, t.TempDir()), "cli")
	foreign.Anchors = ca.Anchors()
	wantError(t, serve(t, component(t, ca, "manager").Server()).mustRefuse(t, foreign.Client()), "certificate")
	_ = serve(t, inway.tls.Server()).mustRefuse(t, component(t, ca, "cli").Client())

	state := serve(t, inway.tls.Server()).mustDial(t, outway.tls.Client(""))
	if role, err := pki.RoleOf(state); err == nil {
		t.Errorf("another Peer has role %q", role)
	}
}

func TestInternalCAIsMadeOnceEvenByManyProcesses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "internal")
	anchors := make([]string, 8)
	var wg sync.WaitGroup
	for i := range anchors {
		wg.Go(func() {
			if ca, err := pki.LoadOrCreateInternalCA(dir, time.Now()); err == nil {
				anchors[i] = string(ca.AnchorPEM())
			}
		})
	}
	wg.Wait()
	want := string(internalCA(t, dir).AnchorPEM())
	for i, got := range anchors {
		if got != want {
			t.Errorf("process %d has another authority", i)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d files in the folder, %v", len(entries), err)
	}
	info, err := entries[0].Info()
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestInternalCAIsRefusedWhenItCannotBeTrusted(t *testing.T) {
	dir := t.TempDir()
	internalCA(t, dir)
	path := filepath.Join(dir, "internal-ca.pem")
	_, err := pki.LoadOrCreateInternalCA(dir, time.Now().AddDate(11, 0, 0))
	wantError(t, err, "expired")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = pki.LoadOrCreateInternalCA(dir, time.Now())
	wantError(t, err, "read by others")
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, []byte("broken"))
	_, err = pki.LoadOrCreateInternalCA(dir, time.Now())
	wantError(t, err, path)
}

func TestInternalCAIssuesOnlyToRoles(t *testing.T) {
	ca := internalCA(t, t.TempDir())
	for _, role := range []string{"", "Manager", "a b", "-x", "1", strings.Repeat("a", 64), "role\n"} {
		if _, _, err := ca.Issue(role, nil, time.Now()); err == nil {
			t.Errorf("issued to %q", role)
		}
	}
}
