// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

const (
	// sampleGrantHash is what a grant hash looks like where no contract is behind it.
	sampleGrantHash fsc.GrantHash = "$1$4$0ZXV5sYdC2Yl7qkE0QmUyW3GgTqfCkS4mJrVQe2mK1q1v8PzqjN0xw7hJm3J1lZ9uWgQxT7rjm5bUq2VbL4sYw"

	groupID    fsc.GroupID = "bench"
	consumerID fsc.PeerID  = "00000099000000000001"
	providerID fsc.PeerID  = "00000099000000000002"
)

// group is the Group's trust anchor and the key pairs of its two Peers, as files.
// All chains use the same pairs, so all have the same handshakes and ciphers.
type group struct {
	anchor             string
	consumer, provider pair
}

// pair is a certificate with its intermediate, its key, and both in one file.
type pair struct{ certificate, key, both string }

func newGroup(dir string) (*group, error) {
	ca, err := localca.New(time.Now())
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil { //nolint:gosec // in the rig's folder
		return nil, err
	}
	g := &group{anchor: filepath.Join(dir, "anchor.pem")}
	if err := os.WriteFile(g.anchor, ca.AnchorPEM(), 0o600); err != nil { //nolint:gosec // in the rig's folder
		return nil, err
	}
	if g.consumer, err = issue(ca, dir, "consumer", consumerID); err != nil {
		return nil, err
	}
	g.provider, err = issue(ca, dir, "provider", providerID)
	return g, err
}

func issue(ca *localca.CA, dir, name string, id fsc.PeerID) (pair, error) {
	// nginx and haproxy check a name, not an address.
	issued, err := ca.Issue(localca.Request{PeerID: id, Name: "Bench " + name, Hosts: []string{"localhost", "127.0.0.1"}})
	if err != nil {
		return pair{}, err
	}
	base := filepath.Join(dir, name)
	p := pair{certificate: base + ".pem", key: base + ".key", both: base + "-both.pem"}
	for file, content := range map[string][]byte{
		p.certificate: issued.CertificatePEM,
		p.key:         issued.KeyPEM,
		p.both:        append(append([]byte{}, issued.CertificatePEM...), issued.KeyPEM...),
	} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			return pair{}, fmt.Errorf("write key pair: %w", err)
		}
	}
	return p, nil
}
