// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// signerNames are the names of Peers as they signed deeds. Members of a framework
// often never had a contract with each other, so that the Manager doesn't know
// them; their certificates, which were verified when the deed came in, do.
type signerNames struct {
	mu   sync.Mutex
	read map[signedDeed]bool
	byID map[fsc.PeerID]string
}

// signedDeed is a deed with how many still have to sign: it is read again when
// somebody did.
type signedDeed struct {
	hash    deed.Hash
	waiting int
}

// maxSignerDeeds is of how many deeds is remembered that they were read.
const maxSignerDeeds = 10_000

func newSignerNames() *signerNames {
	return &signerNames{read: map[signedDeed]bool{}, byID: map[fsc.PeerID]string{}}
}

func (n *signerNames) of(id fsc.PeerID) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.byID[id]
}

func (n *signerNames) hasRead(d signedDeed) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.read[d]
}

// learn keeps who signed a deed.
func (n *signerNames) learn(d signedDeed, signers []fsc.Peer) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.read) >= maxSignerDeeds {
		clear(n.read)
	}
	n.read[d] = true
	for _, p := range signers {
		n.byID[p.ID] = p.Name
	}
}

// nameSigners learns the names of parties of deeds that nothing else names.
func (k *clerk) nameSigners(ctx context.Context, statuses []rule.Status) error {
	for _, s := range statuses {
		for _, p := range s.Deed.Parties {
			at := signedDeed{s.Deed.Hash(), len(s.Awaiting)}
			if k.peer(p.PeerID).Name != "" || k.c.signers.hasRead(at) {
				continue
			}
			if err := k.c.readSigners(ctx, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// readSigners takes names from the certificates with which a deed was signed. A
// deed that is only foreseen has none.
func (c *Controller) readSigners(ctx context.Context, d signedDeed) error {
	items, err := c.cfg.Collective.Signatures(ctx, d.hash)
	if errors.Is(err, collective.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("names of signers: %w", err)
	}
	var signers []fsc.Peer
	for _, it := range items {
		leaf, err := x509.ParseCertificate(it.Chain[0])
		if err != nil {
			return fmt.Errorf("names of signers: %w", err)
		}
		if p, err := c.cfg.Identity.Peer(leaf); err == nil && p.Name != "" {
			signers = append(signers, p)
		}
	}
	c.signers.learn(d, signers)
	return nil
}
