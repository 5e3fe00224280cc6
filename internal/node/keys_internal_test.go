// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// TestAKeyPairThatIsNamedTwiceIsFollowedForBothUses: only pairs in the key ring are
// read again, so one that is pushed out of it would be used until it ends.
func TestAKeyPairThatIsNamedTwiceIsFollowedForBothUses(t *testing.T) {
	dir := t.TempDir()
	ca, err := localca.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	issued, err := ca.Issue(localca.Request{PeerID: "00000099000000001000", Name: "Gemeente Voorbeeldstad", Hosts: []string{"localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"anchor.pem": ca.AnchorPEM(), "cert.pem": issued.CertificatePEM, "key.pem": issued.KeyPEM} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const free = "127.0.0.1:0"
	own := FilesConfig{Certificate: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	n, err := New(t.Context(), &Config{
		Roles: []string{RoleManager, RoleOutway}, DataDir: filepath.Join(dir, "data"),
		Group: GroupConfig{ID: "test-group", Type: "fieldlab", TrustAnchors: []string{filepath.Join(dir, "anchor.pem")}, Revocation: RevocationConfig{Mode: "off"}},
		Keys:  KeysConfig{Transport: own, Contract: own, Token: own, Outway: own}, Manager: ManagerConfig{Listen: free}, Internal: InternalConfig{Listen: free},
		Monitoring: MonitoringConfig{Listen: free}, Controller: ControllerConfig{Listen: free, TLS: own}, Outway: OutwayConfig{Listen: free, TLS: own},
	}, Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	followed := slices.Collect(maps.Values(n.keys.byFiles))
	for name, r := range map[string]*pki.Reloader{"transport": n.keys.transport, "contract": n.keys.contract, "outway": n.keys.outway} {
		if !slices.Contains(followed, r) {
			t.Errorf("keys.%s isn't followed", name)
		}
	}
}
