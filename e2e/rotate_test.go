// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/node"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// TestCertificatesAndTrustAnchorsChangeUnderLoad moves a Group from one authority
// to another while calls go on: the anchor of the new one is added, each Peer
// gets a certificate of it for its own key, which ends earlier than the old one,
// and the old anchor goes.
func TestCertificatesAndTrustAnchorsChangeUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	t.Parallel()
	l := newLab(t)
	options := node.Options{ReloadEvery: 50 * time.Millisecond}
	provider := l.startWith(t, l.configure(t, providerID, providing), options)
	consumer := l.startWith(t, l.configure(t, consumerID, func(c *node.Config) {
		providing(c)
		c.Group.Directories = []node.PeerConfig{{PeerID: providerID, ManagerAddress: provider.peer.ManagerAddress}}
	}), options)
	if err := provider.door.PutService(t.Context(), internalapi.Service{Name: service, Upstream: newUpstream(t).url}); err != nil {
		t.Fatal(err)
	}
	contract := propose(t, consumer, connection(consumerID, consumer.pair, providerID, service))
	grant := contract.GrantHashes[0]
	if a := callThrough(t, plain(t), consumer.outway, grant); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	calls := newLoad(t, 8, consumer.outway, grant, nil)
	calls.passes(t, 100)
	pause(nil, 1100*time.Millisecond) // signatures tell the time in seconds, and the new ones must be later
	next, err := localca.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	nodes, began := []*running{provider, consumer}, time.Now().Truncate(time.Second)
	for _, n := range nodes {
		replace(t, n, "anchors.pem", bytes.Join([][]byte{l.anchorPEM(), next.AnchorPEM()}, nil))
	}
	settle(t, calls)
	for _, n := range nodes {
		renewed, err := next.Issue(localca.Request{
			PeerID: n.peer.ID, Name: n.peer.Name, Hosts: []string{"localhost", "127.0.0.1"}, Key: n.pair.Key,
			NotAfter: time.Now().AddDate(0, 0, 20), // earlier than the old ones
		})
		if err != nil {
			t.Fatal(err)
		}
		replace(t, n, "cert.pem", renewed.CertificatePEM)
		settle(t, calls)
	}
	for _, n := range nodes {
		n.signedAnew(t, contract.ContentHash, began)
	}
	for _, n := range nodes {
		replace(t, n, "anchors.pem", next.AnchorPEM())
	}
	settle(t, calls)
	calls.unharmed(t)
}

// replace puts a file in the place of another at once, as whoever renews
// certificates has to.
func replace(t *testing.T, n *running, name string, content []byte) {
	t.Helper()
	beside := filepath.Join(n.dir, name+".new")
	if err := os.WriteFile(beside, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(beside, filepath.Join(n.dir, name)); err != nil {
		t.Fatal(err)
	}
}

// signedAnew waits until a node has signatures of both Peers that were made since.
func (r *running) signedAnew(t *testing.T, contract fsc.ContentHash, since time.Time) {
	t.Helper()
	eventually(t, "signatures with the new certificates at "+string(r.peer.ID), func() bool {
		c, err := r.door.ShowContract(t.Context(), contract)
		fresh := 0
		for _, s := range c.Signatures {
			if !s.SignedAt.Before(since) {
				fresh++
			}
		}
		return err == nil && fresh == 2
	})
}

// settle lets the nodes find a change, and calls go on with it.
func settle(t *testing.T, calls *load) {
	t.Helper()
	pause(nil, 500*time.Millisecond)
	calls.passes(t, 100)
}
