// SPDX-License-Identifier: EUPL-1.2

package localca

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"sync"
	"time"

	"github.com/samenspel/samenspel/internal/pki"
)

// Organization is the subject organization of root and intermediate.
const Organization = "Samenspel Fieldlab - NIET VOOR PRODUCTIE"

const (
	caLifetime = 5 * 365 * 24 * time.Hour
	// backdate lets certificates work on machines whose clock is a bit behind.
	backdate = time.Hour
)

// CA is a root and an intermediate with their keys. It is safe for use by
// several goroutines.
type CA struct {
	root         authority
	intermediate authority
	now          time.Time

	mu sync.Mutex // guards the revocations of both authorities
}

type authority struct {
	cert    *x509.Certificate
	key     crypto.Signer
	revoked []x509.RevocationListEntry
	number  int64
}

// New makes an authority that is valid for five years from now. Now is also the
// moment from which certificates are issued unless a [Request] says otherwise.
func New(now time.Time) (*CA, error) {
	rootKey, err := newKey(ECDSAP256)
	if err != nil {
		return nil, fmt.Errorf("make root: %w", err)
	}
	template := authorityTemplate("Root", now)
	root, err := sign(template, template, rootKey.Public(), rootKey)
	if err != nil {
		return nil, fmt.Errorf("make root: %w", err)
	}
	key, err := newKey(ECDSAP256)
	if err != nil {
		return nil, fmt.Errorf("make intermediate: %w", err)
	}
	template = authorityTemplate("Intermediate", now)
	template.MaxPathLenZero = true
	intermediate, err := sign(template, root, key.Public(), rootKey)
	if err != nil {
		return nil, fmt.Errorf("make intermediate: %w", err)
	}
	return &CA{
		root:         authority{cert: root, key: rootKey},
		intermediate: authority{cert: intermediate, key: key},
		now:          now,
	}, nil
}

// AnchorPEM is the root certificate: the Trust Anchor of the Group.
func (ca *CA) AnchorPEM() []byte { return pki.MarshalCertificates(ca.root.cert) }

// Intermediate is the certificate that signs those of Peers.
func (ca *CA) Intermediate() *x509.Certificate { return ca.intermediate.cert }

func authorityTemplate(name string, now time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{
			Country:      []string{"NL"},
			Organization: []string{Organization},
			CommonName:   "Samenspel Fieldlab " + name + " " + rand.Text()[:8],
		},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(caLifetime),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
}

func sign(template, parent *x509.Certificate, pub crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
