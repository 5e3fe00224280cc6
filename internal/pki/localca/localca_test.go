// SPDX-License-Identifier: EUPL-1.2

package localca_test

import (
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

const testPeer = fsc.PeerID("00000099000000001000")

func newCA(t *testing.T) *localca.CA {
	t.Helper()
	ca, err := localca.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func issue(t *testing.T, ca *localca.CA, r localca.Request) *pki.KeyPair {
	t.Helper()
	r.PeerID, r.Name = testPeer, "Gemeente Voorbeeld"
	issued, err := ca.Issue(r)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := issued.KeyPair()
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func verify(t *testing.T, ca *localca.CA, pair *pki.KeyPair) {
	t.Helper()
	anchors, err := pki.LoadAnchors(ca.AnchorPEM())
	if err != nil {
		t.Fatal(err)
	}
	for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
		if _, err := anchors.Verify(pair.Chain, time.Now(), usage); err != nil {
			t.Error(err)
		}
	}
}

func TestIssuedCertificatesCannotBeMistakenForRealOnes(t *testing.T) {
	ca := newCA(t)
	pair := issue(t, ca, localca.Request{Hosts: []string{"inway.example", "127.0.0.1"}, OrganizationalUnit: "Beheer"})
	verify(t, ca, pair)
	leaf := pair.Leaf()
	if got := leaf.Issuer.Organization[0]; got != "Samenspel Fieldlab - NIET VOOR PRODUCTIE" {
		t.Errorf("issuer %q", got)
	}
	if life := time.Until(leaf.NotAfter); life > 30*24*time.Hour {
		t.Errorf("valid for %s", life)
	}
	if leaf.VerifyHostname("inway.example") != nil || leaf.VerifyHostname("127.0.0.1") != nil {
		t.Error("not valid for its hosts")
	}
	peer, err := pki.IdentityRule{}.Peer(leaf)
	if err != nil || peer.ID != testPeer || peer.Name != "Gemeente Voorbeeld" || leaf.Subject.OrganizationalUnit[0] != "Beheer" {
		t.Errorf("identity %v in %s, %v", peer, leaf.Subject, err)
	}
}

func TestIssueRefuses(t *testing.T) {
	ca := newCA(t)
	for name, r := range map[string]localca.Request{
		"a real OIN":          {PeerID: "00000001001234567000", Name: "Gemeente Echt"},
		"a short number":      {PeerID: "00000099", Name: "Gemeente Kort"},
		"a trailing newline":  {PeerID: testPeer + "\n", Name: "Gemeente Regel"},
		"a name of 2 letters": {PeerID: testPeer, Name: "Ab"},
		"an unknown key type": {PeerID: testPeer, Name: "Gemeente Sleutel", KeyType: "dsa"},
	} {
		if _, err := ca.Issue(r); err == nil {
			t.Errorf("issued to %s", name)
		}
	}
}

func TestARenewedCertificateCanKeepItsKey(t *testing.T) {
	ca := newCA(t)
	first := issue(t, ca, localca.Request{KeyType: localca.ECDSAP384})
	second := issue(t, ca, localca.Request{Key: first.Key})
	if first.PublicKeyThumbprint() != second.PublicKeyThumbprint() || first.CertificateThumbprint() == second.CertificateThumbprint() {
		t.Error("thumbprints after a renewal with the same key")
	}
}

func TestValidityCanBeAskedFor(t *testing.T) {
	ca := newCA(t)
	start := time.Now().Add(24 * time.Hour).Truncate(time.Second)
	leaf := issue(t, ca, localca.Request{NotBefore: start}).Leaf()
	if !leaf.NotBefore.Equal(start) || !leaf.NotAfter.Equal(start.Add(localca.Lifetime)) {
		t.Errorf("valid from %s to %s", leaf.NotBefore, leaf.NotAfter)
	}
}

func TestRevocationsSurviveSaveAndLoad(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ca")
	if _, err := localca.Load(dir, time.Now()); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("load from nowhere: %v", err)
	}
	ca := newCA(t)
	pair := issue(t, ca, localca.Request{})
	for range 2 {
		if err := ca.Revoke(pair.Leaf(), time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if err := ca.Revoke(ca.Intermediate(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := ca.Save(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	loaded, err := localca.Load(dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	verify(t, ca, issue(t, loaded, localca.Request{}))
	for name, list := range map[string]func(time.Time) ([]byte, error){"leaf": loaded.CRL, "intermediate": loaded.RootCRL} {
		der, err := list(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		crl, err := x509.ParseRevocationList(der)
		if err != nil || len(crl.RevokedCertificateEntries) != 1 || crl.Number.Int64() != 2 {
			t.Errorf("%s: %d revoked, number %v, %v", name, len(crl.RevokedCertificateEntries), crl.Number, err)
		}
	}
	wantModes(t, dir)
}

func wantModes(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Fatalf("%d files, %v", len(entries), err)
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", entry.Name(), info.Mode(), err)
		}
	}
}

func TestLoadRefusesAuthoritiesThatDontBelongTogether(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	for _, d := range []string{dir, other} {
		if err := newCA(t).Save(d, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := localca.Load(dir, time.Now().AddDate(6, 0, 0)); err == nil {
		t.Error("loaded an expired authority")
	}
	if err := os.Rename(filepath.Join(other, "fieldlab-root.pem"), filepath.Join(dir, "fieldlab-root.pem")); err != nil {
		t.Fatal(err)
	}
	if _, err := localca.Load(dir, time.Now()); err == nil {
		t.Error("loaded a root with another's intermediate")
	}
}

func TestRevokeRefusesCertificatesOfOthers(t *testing.T) {
	if err := newCA(t).Revoke(issue(t, newCA(t), localca.Request{}).Leaf(), time.Now()); err == nil {
		t.Error("revoked a certificate of another authority")
	}
}
