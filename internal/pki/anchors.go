// SPDX-License-Identifier: EUPL-1.2

package pki

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"
)

// maxChain bounds the work a foreign chain can ask for; real ones have 2 to 4.
const maxChain = 10

// Anchors are the Trust Anchors of one Group: the only certificates whose
// descendants are accepted (Core, section Trust Anchor). A value is immutable;
// new anchors are a new value. A nil *Anchors trusts nobody.
type Anchors struct {
	certs []*x509.Certificate
	pool  *x509.CertPool
	known map[[sha256.Size]byte]struct{}
}

// LoadAnchors reads the anchors from one or more PEM files. At least one
// certificate is needed; each must be a certificate authority. Private keys
// and other blocks are refused, since they don't belong in such a file.
func LoadAnchors(pemFiles ...[]byte) (*Anchors, error) {
	a := &Anchors{pool: x509.NewCertPool(), known: map[[sha256.Size]byte]struct{}{}}
	for i, data := range pemFiles {
		certs, others, err := decodeCertificates(data)
		if err != nil {
			return nil, fmt.Errorf("load trust anchors: file %d: %w", i+1, err)
		}
		if len(others) > 0 {
			return nil, fmt.Errorf("load trust anchors: file %d: unexpected PEM block %q", i+1, others[0].Type)
		}
		for _, cert := range certs {
			if !cert.BasicConstraintsValid || !cert.IsCA {
				return nil, fmt.Errorf("load trust anchors: file %d: %q is not a certificate authority", i+1, cert.Subject)
			}
			a.add(cert)
		}
	}
	if len(a.certs) == 0 {
		return nil, errors.New("load trust anchors: none given")
	}
	return a, nil
}

func (a *Anchors) add(cert *x509.Certificate) {
	sum := sha256.Sum256(cert.Raw)
	if _, ok := a.known[sum]; ok {
		return
	}
	a.known[sum] = struct{}{}
	a.certs = append(a.certs, cert)
	a.pool.AddCert(cert)
}

// Certificates lists the anchors in the order they were loaded.
func (a *Anchors) Certificates() []*x509.Certificate {
	if a == nil {
		return nil
	}
	return slices.Clone(a.certs)
}

// Pool gives the anchors as a pool of the caller's own; empty, never the
// system's roots, for nil.
func (a *Anchors) Pool() *x509.CertPool {
	if a == nil {
		return x509.NewCertPool()
	}
	return a.pool.Clone()
}

// Verify checks a chain at time now and gives it back validated: leaf first,
// one issuer after the other, the anchor last. The chain's first certificate
// is the leaf; the others may come in any order and may include a root. Usage
// is what the leaf must be allowed to do; [x509.ExtKeyUsageAny] for signing
// contracts and tokens. The error has [fsc.CodePeerCertificateVerificationFailed].
func (a *Anchors) Verify(chain []*x509.Certificate, now time.Time, usage x509.ExtKeyUsage) ([]*x509.Certificate, error) {
	switch {
	case len(chain) == 0 || slices.Contains(chain, nil):
		return nil, refuse("no certificate was given", nil)
	case len(chain) > maxChain:
		return nil, refuse("the certificate chain is too long", nil)
	case a == nil:
		return nil, refuse("no trust anchors are known", nil)
	}
	leaf := chain[0]
	if err := checkPublicKey(leaf.PublicKey); err != nil {
		return nil, refuse("the certificate's key is not allowed", err)
	}
	intermediates := x509.NewCertPool()
	for _, cert := range chain[1:] {
		intermediates.AddCert(cert)
	}
	chains, err := leaf.Verify(x509.VerifyOptions{
		Roots:         a.pool,
		Intermediates: intermediates,
		CurrentTime:   now,
		KeyUsages:     []x509.ExtKeyUsage{usage},
	})
	if err != nil {
		return nil, refuse(verifyDetail(err), err)
	}
	return chains[0], nil
}

// verifyDetail says what is wrong in words that may be sent to the other Peer.
func verifyDetail(err error) string {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return "the certificate is not issued under a trust anchor of this Group"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "a certificate in the chain has expired or is not valid yet"
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return "the certificate may not be used for this purpose"
	default:
		return "the certificate chain can't be verified"
	}
}

// stillTrusted gives the first of the chains, verified earlier, that is still
// valid at now and still ends in one of the anchors; nil if there is none. It
// is cheap, since the signatures were checked when the chain was built.
func (a *Anchors) stillTrusted(chains [][]*x509.Certificate, now time.Time) []*x509.Certificate {
	if a == nil {
		return nil
	}
	for _, chain := range chains {
		if len(chain) == 0 {
			continue
		}
		_, known := a.known[sha256.Sum256(chain[len(chain)-1].Raw)]
		outdated := slices.ContainsFunc(chain, func(c *x509.Certificate) bool {
			return now.Before(c.NotBefore) || now.After(c.NotAfter)
		})
		if known && !outdated {
			return chain
		}
	}
	return nil
}
