// SPDX-License-Identifier: EUPL-1.2

package localca

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// CRLLifetime is the time between this and next update of a revocation list.
const CRLLifetime = 24 * time.Hour

// Revoke puts a certificate on the list of its issuer from now on. Revoking
// the intermediate revokes every Peer; revoking twice is the same as once.
func (ca *CA) Revoke(cert *x509.Certificate, now time.Time) error {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	for _, a := range []*authority{&ca.intermediate, &ca.root} {
		if bytes.Equal(cert.RawIssuer, a.cert.RawSubject) && cert.CheckSignatureFrom(a.cert) == nil {
			a.revoke(cert.SerialNumber, now)
			return nil
		}
	}
	return errors.New("revoke certificate: it was not issued here")
}

// CRL gives the intermediate's list of revoked Peers as DER, dated now.
func (ca *CA) CRL(now time.Time) ([]byte, error) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	return ca.intermediate.list(now)
}

// RootCRL gives the root's list of revoked intermediates as DER, dated now.
func (ca *CA) RootCRL(now time.Time) ([]byte, error) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	return ca.root.list(now)
}

func (a *authority) revoke(serial *big.Int, now time.Time) {
	for _, entry := range a.revoked {
		if entry.SerialNumber.Cmp(serial) == 0 {
			return
		}
	}
	a.revoked = append(a.revoked, x509.RevocationListEntry{SerialNumber: serial, RevocationTime: now})
}

func (a *authority) list(now time.Time) ([]byte, error) {
	a.number++
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		RevokedCertificateEntries: a.revoked,
		Number:                    big.NewInt(a.number),
		ThisUpdate:                now,
		NextUpdate:                now.Add(CRLLifetime),
	}, a.cert, a.key)
	if err != nil {
		return nil, fmt.Errorf("sign CRL: %w", err)
	}
	return der, nil
}
