// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"bytes"
	"context"
	"crypto/x509"
	"slices"

	"github.com/samenspel/samenspel/fsc"
)

// renewBatch is how many contracts are looked at in one go.
const renewBatch = 500

// Renew signs every contract that runs and that this Peer accepted once more, if
// the signing certificate has been replaced by one that lasts longer or that is of
// another authority. Without that, contracts would fall back to proposed when the
// old certificate ends, and other Peers couldn't verify the accept any more once
// the Group has given up the anchor of the old authority. It tells how many were
// signed.
func (m *Manager) Renew(ctx context.Context) (int, error) {
	n, f := 0, ContractFilter{Party: m.cfg.Self.ID, EndsAfter: m.cfg.Now(), Limit: renewBatch}
	for {
		contracts, err := m.ListContracts(ctx, f)
		if err != nil {
			return n, err
		}
		for _, c := range contracts {
			if _, accepted := c.Signature(m.cfg.Self.ID, fsc.SignatureTypeAccept); !accepted || ended(c.State(m.cfg.Now())) || !m.renewed(c) {
				continue
			}
			if _, err := m.signNow(ctx, c.Content.Hash(), fsc.SignatureTypeAccept); err != nil {
				return n, err
			}
			n++
		}
		if len(contracts) < renewBatch {
			return n, nil
		}
		last := contracts[len(contracts)-1].Content
		f.After = &ContractKey{CreatedAt: last.CreatedAt, ContentHash: last.Hash()}
	}
}

// renewed tells whether our accept would be better if it were signed again, since
// the certificate it rests on has been replaced. A certificate of the same
// authority that ends earlier makes it worse.
func (m *Manager) renewed(c *Contract) bool {
	own, ok := c.Signature(m.cfg.Self.ID, fsc.SignatureTypeAccept)
	_, cert, err := m.cfg.Keys.ContractSigner()
	return ok && err == nil && (cert.NotAfter.After(own.CertificateNotAfter) || moved(own.Chain, cert.Chain))
}

// moved tells whether a certificate was replaced by one of another authority: with
// another issuer, or with an intermediate that has another one. Which anchors a
// Peer trusts of those in between is its own choice, so each of them counts.
func moved(from, to [][]byte) bool {
	if len(from) == 0 || len(to) == 0 || bytes.Equal(from[0], to[0]) {
		return false
	}
	return !slices.EqualFunc(from, to, sameIssuer)
}

// sameIssuer compares the issuers of two certificates by name and key. What can't
// be read says nothing.
func sameIssuer(a, b []byte) bool {
	one, err := x509.ParseCertificate(a)
	if err != nil {
		return true
	}
	other, err := x509.ParseCertificate(b)
	return err != nil || (bytes.Equal(one.RawIssuer, other.RawIssuer) && bytes.Equal(one.AuthorityKeyId, other.AuthorityKeyId))
}
