// SPDX-License-Identifier: EUPL-1.2

package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"
)

const (
	internalCAFile       = "internal-ca.pem"
	internalCALifetime   = 10 * 365 * 24 * time.Hour
	internalLeafLifetime = 2 * 365 * 24 * time.Hour
	internalBackdate     = 5 * time.Minute
	internalOrganization = "Samenspel internal"
)

// InternalCA issues the certificates by which the components of one Peer know
// each other. It has nothing to do with the Group's Trust Anchors; its
// certificates carry a role, not a PeerID.
type InternalCA struct {
	pair    *KeyPair
	anchors *Anchors
}

// LoadOrCreateInternalCA reads the authority kept in dir or makes one that is
// valid for ten years: one file with certificate and key that only its owner
// may read. Processes that start at the same moment end up with the same one.
func LoadOrCreateInternalCA(dir string, now time.Time) (*InternalCA, error) {
	path := filepath.Join(dir, internalCAFile)
	ca, err := loadInternalCA(path, now)
	if !errors.Is(err, fs.ErrNotExist) {
		return ca, err
	}
	content, err := createInternalCA(now)
	if err != nil {
		return nil, fmt.Errorf("create internal CA: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create internal CA: %w", err)
	}
	if err := writeOnce(path, content); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("create internal CA: %w", err)
	}
	return loadInternalCA(path, now)
}

func loadInternalCA(path string, now time.Time) (*InternalCA, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("load internal CA: %w", err)
	}
	if openToOthers(info.Mode()) {
		return nil, fmt.Errorf("load internal CA: %s can be read by others; set its mode to 0600", path)
	}
	content, err := readFile(path, maxPEMBytes)
	if err != nil {
		return nil, fmt.Errorf("load internal CA: %w", err)
	}
	pair, err := ParseKeyPair(content, content)
	if err != nil {
		return nil, fmt.Errorf("load internal CA: %s: %w", path, err)
	}
	if err := validNow(pair, now); err != nil {
		return nil, fmt.Errorf("load internal CA: %s: %w", path, err)
	}
	anchors, err := LoadAnchors(MarshalCertificates(pair.Leaf()))
	if err != nil {
		return nil, fmt.Errorf("load internal CA: %s: %w", path, err)
	}
	return &InternalCA{pair: pair, anchors: anchors}, nil
}

// Anchors is the trust the components share.
func (ca *InternalCA) Anchors() *Anchors { return ca.anchors }

// AnchorPEM is the authority's certificate, for components on other machines.
func (ca *InternalCA) AnchorPEM() []byte { return MarshalCertificates(ca.pair.Leaf()) }

var rolePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// Issue makes a key and a certificate for a component, valid for two years as
// server and as client. Role, such as "manager", "cli" or "inway-1", is 1 to 63
// lower-case letters, digits and hyphens and becomes the common name. The
// certificate is for localhost and its addresses and for hosts, which are DNS
// names or IP addresses. [ParseKeyPair] reads the result.
func (ca *InternalCA) Issue(role string, hosts []string, now time.Time) (certPEM, keyPEM []byte, err error) {
	if !rolePattern.MatchString(role) {
		return nil, nil, fmt.Errorf("issue internal certificate: role %q is not allowed", role)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("issue internal certificate: %w", err)
	}
	template := internalTemplate(role, now, internalLeafLifetime)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	for _, host := range append([]string{"localhost", "127.0.0.1", "::1"}, hosts...) {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if !slices.Contains(template.DNSNames, host) {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	cert, err := signCertificate(template, ca.pair.Leaf(), key.Public(), ca.pair.Key)
	if err != nil {
		return nil, nil, fmt.Errorf("issue internal certificate: %w", err)
	}
	keyPEM, err = MarshalKey(key)
	return MarshalCertificates(cert), keyPEM, err
}

func createInternalCA(now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := internalTemplate("internal CA "+rand.Text()[:8], now, internalCALifetime)
	template.IsCA, template.MaxPathLenZero = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	cert, err := signCertificate(template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	keyPEM, err := MarshalKey(key)
	return append(MarshalCertificates(cert), keyPEM...), err
}

func internalTemplate(name string, now time.Time, lifetime time.Duration) *x509.Certificate {
	return &x509.Certificate{
		Subject:               pkix.Name{Organization: []string{internalOrganization}, CommonName: name},
		NotBefore:             now.Add(-internalBackdate),
		NotAfter:              now.Add(lifetime),
		BasicConstraintsValid: true,
	}
}

func signCertificate(template, parent *x509.Certificate, pub crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// writeOnce makes the file complete or not at all, and never replaces one.
func writeOnce(path string, content []byte) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), ".new-*") // Mode 0600.
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(temp.Name())) }()
	_, err = temp.Write(content)
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Link(temp.Name(), path)
}
