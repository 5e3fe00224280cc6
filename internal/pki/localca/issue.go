// SPDX-License-Identifier: EUPL-1.2

package localca

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"regexp"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/pki"
)

// The values of [Request.KeyType].
const (
	ECDSAP256 = "ecdsa-p256"
	ECDSAP384 = "ecdsa-p384"
	ECDSAP521 = "ecdsa-p521"
	RSA2048   = "rsa-2048"
)

// Lifetime is how long an issued certificate is valid by default.
const Lifetime = 30 * 24 * time.Hour

// testOIN is the range of organisation numbers set aside for tests.
var testOIN = regexp.MustCompile(`^00000099[0-9]{12}$`)

// Request says what certificate to issue. PeerID and Name are needed.
type Request struct {
	// PeerID becomes the subject's serialNumber: 20 digits that start with
	// 00000099.
	PeerID fsc.PeerID
	// Name becomes the subject's organizationName, 3 to 255 characters.
	Name string
	// OrganizationalUnit is left out when empty.
	OrganizationalUnit string
	// Hosts are DNS names and IP addresses; the first is also the common name.
	Hosts []string
	// KeyType is [ECDSAP256] when empty.
	KeyType string
	// Key is certified instead of a new key, so that a renewed certificate
	// keeps its public key thumbprint. KeyType is not used then.
	Key crypto.Signer
	// NotBefore is an hour before the authority's moment when zero.
	NotBefore time.Time
	// NotAfter is 30 days after the later of NotBefore and the authority's
	// moment when zero.
	NotAfter time.Time
	// CRLURLs and OCSPURLs say where the certificate's status can be asked.
	CRLURLs, OCSPURLs []string
}

// Issued is a certificate with its key.
type Issued struct {
	// CertificatePEM is the leaf and the intermediate.
	CertificatePEM []byte
	// KeyPEM is the private key as PKCS #8.
	KeyPEM []byte
}

// KeyPair parses what was issued.
func (i *Issued) KeyPair() (*pki.KeyPair, error) {
	return pki.ParseKeyPair(i.CertificatePEM, i.KeyPEM)
}

// Issue makes a certificate for a Peer, for use as server, as client and for
// signatures. It refuses a PeerID outside the test range.
func (ca *CA) Issue(r Request) (*Issued, error) {
	if !testOIN.MatchString(string(r.PeerID)) {
		return nil, fmt.Errorf("issue certificate: PeerID %q is not 20 digits starting with 00000099", r.PeerID)
	}
	if n := len([]rune(r.Name)); n < 3 || n > 255 {
		return nil, fmt.Errorf("issue certificate: name must have 3 to 255 characters, got %d", n)
	}
	key := r.Key
	if key == nil {
		var err error
		if key, err = newKey(cmp.Or(r.KeyType, ECDSAP256)); err != nil {
			return nil, fmt.Errorf("issue certificate: %w", err)
		}
	}
	cert, err := sign(ca.leafTemplate(r), ca.intermediate.cert, key.Public(), ca.intermediate.key)
	if err != nil {
		return nil, fmt.Errorf("issue certificate: %w", err)
	}
	keyPEM, err := pki.MarshalKey(key)
	if err != nil {
		return nil, fmt.Errorf("issue certificate: %w", err)
	}
	return &Issued{CertificatePEM: pki.MarshalCertificates(cert, ca.intermediate.cert), KeyPEM: keyPEM}, nil
}

func (ca *CA) leafTemplate(r Request) *x509.Certificate {
	notBefore, notAfter := r.NotBefore, r.NotAfter
	if notBefore.IsZero() {
		notBefore = ca.now.Add(-backdate)
	}
	if notAfter.IsZero() {
		notAfter = notBefore.Add(Lifetime)
		if notBefore.Before(ca.now) {
			notAfter = ca.now.Add(Lifetime)
		}
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{Country: []string{"NL"}, Organization: []string{r.Name}, SerialNumber: string(r.PeerID)},
		NotBefore:             notBefore,
		NotAfter:              notAfter,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
		CRLDistributionPoints: r.CRLURLs,
		OCSPServer:            r.OCSPURLs,
	}
	if r.OrganizationalUnit != "" {
		template.Subject.OrganizationalUnit = []string{r.OrganizationalUnit}
	}
	for i, host := range r.Hosts {
		if i == 0 {
			template.Subject.CommonName = host
		}
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	return template
}

func newKey(keyType string) (crypto.Signer, error) {
	switch keyType {
	case ECDSAP256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case ECDSAP384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case ECDSAP521:
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case RSA2048:
		return rsa.GenerateKey(rand.Reader, 2048)
	default:
		return nil, fmt.Errorf("key type %q is not known", keyType)
	}
}
