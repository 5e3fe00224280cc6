// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto/x509"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/pki"
)

const (
	maxCachedChains = 10_000
	// keySetEvery and keySetBurst bound how often one Peer's key set is fetched
	// because of thumbprints that aren't in it.
	keySetEvery = 10 * time.Second
	keySetBurst = 6
)

// certificates finds the certificates of signatures in the key sets of Peers
// and checks them each time they are used. It implements [manager.Certificates].
type certificates struct {
	client   *fscapi.Client
	anchors  func() *pki.Anchors
	identity pki.IdentityRule
	revoked  *pki.RevocationChecker // nil: not checked
	address  func(context.Context, fsc.PeerID) (string, error)
	self     fsc.PeerID
	own      func() [][][]byte // nil: our own key set is read at our own Manager
	now      func() time.Time

	mu      sync.Mutex
	chains  map[string][]*x509.Certificate // by thumbprint
	fetches map[fsc.PeerID]*rate.Limiter
}

// SigningCertificate implements [manager.Certificates].
func (c *certificates) SigningCertificate(ctx context.Context, p fsc.PeerID, address, thumbprint string) (manager.SigningCertificate, error) {
	chain, err := c.find(ctx, p, address, thumbprint)
	if err != nil {
		return manager.SigningCertificate{}, err
	}
	verified, err := c.anchors().Verify(chain, c.now(), x509.ExtKeyUsageAny)
	if err != nil {
		return manager.SigningCertificate{}, fsc.WrapError(fsc.CodeSignatureVerificationFailed, err, "the signing certificate is expired or not of a trust anchor of this Group")
	}
	if c.revoked != nil {
		if err := c.revoked.Check(verified); err != nil { //nolint:contextcheck // has its own time limit, and what it fetches serves others too
			return manager.SigningCertificate{}, fsc.WrapError(fsc.CodeSignatureVerificationFailed, err, "the signing certificate is revoked, or nobody can tell")
		}
	}
	owner, err := c.identity.Peer(chain[0])
	if err != nil {
		return manager.SigningCertificate{}, err
	}
	if owner.ID != p {
		return manager.SigningCertificate{}, fsc.Errorf(fsc.CodePeerIDSignatureMismatch, "the signing certificate is of Peer %s, not of %s", owner.ID, p)
	}
	out := manager.SigningCertificate{PublicKey: chain[0].PublicKey, NotAfter: chain[0].NotAfter}
	for _, cert := range chain {
		out.Chain = append(out.Chain, cert.Raw)
	}
	return out, nil
}

// find looks in memory, then in the Peer's key set.
func (c *certificates) find(ctx context.Context, p fsc.PeerID, address, thumbprint string) ([]*x509.Certificate, error) {
	if chain := c.cached(thumbprint); chain != nil {
		return chain, nil
	}
	if err := c.fetch(ctx, p, address); err != nil {
		return nil, err
	}
	if chain := c.cached(thumbprint); chain != nil {
		return chain, nil
	}
	return nil, fsc.Errorf(fsc.CodeSignatureVerificationFailed, "the key set of Peer %s has no certificate with the thumbprint of this signature", p)
}

func (c *certificates) cached(thumbprint string) []*x509.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.chains[thumbprint]
}

// fetch reads the key set of a Peer and remembers its chains under the
// thumbprints computed here.
func (c *certificates) fetch(ctx context.Context, p fsc.PeerID, address string) error {
	if p == c.self && c.own != nil {
		return c.remember(c.own())
	}
	if !c.allow(p) {
		return fsc.Errorf(fsc.CodeTooManyRequests, "too many signatures with unknown certificates; try again in a minute")
	}
	if address == "" {
		var err error
		if address, err = c.address(ctx, p); err != nil {
			return err
		}
	}
	set, err := c.client.KeySet(ctx, fsc.Peer{ID: p, ManagerAddress: address})
	if err != nil {
		return fsc.WrapError(fsc.CodeSignatureVerificationFailed, err, "the key set of Peer "+string(p)+" can't be read at its Manager")
	}
	var chains [][][]byte
	for _, k := range set.Keys {
		chains = append(chains, k.Chain)
	}
	return c.remember(chains)
}

func (c *certificates) allow(p fsc.PeerID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, ok := c.fetches[p]
	if !ok {
		l = rate.NewLimiter(rate.Every(keySetEvery), keySetBurst)
		c.fetches[p] = l
	}
	return l.Allow()
}

func (c *certificates) remember(chains [][][]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.chains) > maxCachedChains {
		clear(c.chains)
	}
	for _, ders := range chains {
		var chain []*x509.Certificate
		for _, der := range ders {
			cert, err := x509.ParseCertificate(der)
			if err != nil {
				return fsc.WrapError(fsc.CodeSignatureVerificationFailed, err, "a certificate in the key set is malformed")
			}
			chain = append(chain, cert)
		}
		if len(chain) > 0 {
			c.chains[fsc.CertificateThumbprint(chain[0].Raw)] = chain
		}
	}
	return nil
}
