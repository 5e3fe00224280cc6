// SPDX-License-Identifier: EUPL-1.2

package pki

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"

	"github.com/samenspel/samenspel/fsc"
)

// KeyPair is a certificate chain with the private key of its leaf. It is never
// changed after [ParseKeyPair] made it. A KeyPair is itself a [Source] that
// always gives the same pair.
type KeyPair struct {
	// Chain is leaf first, then each issuer's certificate, without the root
	// (Core, JWKS: the complete chain excluding the root).
	Chain []*x509.Certificate
	// Key is the RSA or ECDSA key of the leaf.
	Key crypto.Signer

	thumbprint string // asked for at each call of an Outway
}

// Source gives the key pair to use now. Implementations are safe for use by
// several goroutines and never give nil.
type Source interface {
	Current() *KeyPair
}

// Keys are the three key pairs of a Peer. They may be one and the same Source.
type Keys struct {
	// Contract signs contracts.
	Contract Source
	// Token signs access tokens.
	Token Source
	// Transport identifies this Peer on mTLS connections.
	Transport Source
}

// Current gives the pair itself.
func (k *KeyPair) Current() *KeyPair { return k }

// Leaf is the certificate of the key.
func (k *KeyPair) Leaf() *x509.Certificate { return k.Chain[0] }

// CertificateThumbprint is the leaf's x5t#S256, see [fsc.CertificateThumbprint].
func (k *KeyPair) CertificateThumbprint() string {
	if k.thumbprint == "" {
		return fsc.CertificateThumbprint(k.Leaf().Raw)
	}
	return k.thumbprint
}

// PublicKeyThumbprint is the SHA-256 of the leaf's SubjectPublicKeyInfo in
// lower-case hex, the form of [fsc.PublicKeyThumbprint].
func (k *KeyPair) PublicKeyThumbprint() string {
	sum := sha256.Sum256(k.Leaf().RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

// TLS gives the pair in the form crypto/tls wants.
func (k *KeyPair) TLS() tls.Certificate {
	cert := tls.Certificate{PrivateKey: k.Key, Leaf: k.Leaf()}
	for _, c := range k.Chain {
		cert.Certificate = append(cert.Certificate, c.Raw)
	}
	return cert
}

// ParseKeyPair reads a certificate chain and its private key from PEM. The
// certificates may come in any order: the one that fits the key is the leaf
// and the others are ordered by issuer; a root is left out. The same file with
// certificates and key may be given twice. Keys are RSA of 2048 to 8192 bits
// or ECDSA on P-256, P-384 or P-521, in PKCS #8, PKCS #1 or SEC 1, not encrypted.
func ParseKeyPair(certPEM, keyPEM []byte) (*KeyPair, error) {
	certs, _, err := decodeCertificates(certPEM)
	if err != nil {
		return nil, fmt.Errorf("parse certificate: %w", err)
	}
	key, err := parseKey(keyPEM)
	if err != nil {
		return nil, fmt.Errorf("parse key: %w", err)
	}
	chain, err := orderChain(certs, key)
	if err != nil {
		return nil, fmt.Errorf("order certificate chain: %w", err)
	}
	return &KeyPair{Chain: chain, Key: key, thumbprint: fsc.CertificateThumbprint(chain[0].Raw)}, nil
}

func parseKey(keyPEM []byte) (crypto.Signer, error) {
	blocks, err := decodePEM(keyPEM)
	if err != nil {
		return nil, err
	}
	var key crypto.Signer
	for _, block := range blocks {
		if block.Type == blockCertificate || block.Type == "EC PARAMETERS" {
			continue
		}
		if key != nil {
			return nil, errors.New("more than one private key")
		}
		if key, err = parseKeyBlock(block); err != nil {
			return nil, err
		}
	}
	if key == nil {
		return nil, errors.New("no PEM block PRIVATE KEY found")
	}
	return key, nil
}

func parseKeyBlock(block *pem.Block) (crypto.Signer, error) {
	if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["Proc-Type"] != "" {
		return nil, errors.New("the private key is encrypted; store it without passphrase in a protected file")
	}
	var parsed any
	var err error
	switch block.Type {
	case blockKey:
		parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		parsed, err = x509.ParseECPrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("unexpected PEM block %q", block.Type)
	}
	if err != nil {
		return nil, err
	}
	signer, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a %T can't sign", parsed)
	}
	return signer, checkPublicKey(signer.Public())
}

// checkPublicKey refuses keys that none of the standard's signature algorithms
// can use, or that are too weak or too slow.
func checkPublicKey(pub crypto.PublicKey) error {
	switch key := pub.(type) {
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < 2048 || bits > 8192 {
			return fmt.Errorf("an RSA key must have 2048 to 8192 bits, got %d", bits)
		}
		return nil
	case *ecdsa.PublicKey:
		if !slices.Contains([]elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()}, key.Curve) {
			return fmt.Errorf("an ECDSA key must be on P-256, P-384 or P-521, got %s", key.Params().Name)
		}
		return nil
	default:
		return fmt.Errorf("a key must be RSA or ECDSA, got %T", pub)
	}
}

func orderChain(certs []*x509.Certificate, key crypto.Signer) ([]*x509.Certificate, error) {
	// All keys checkPublicKey lets through can be compared.
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok {
		return nil, errors.New("the key can't be compared with the certificate")
	}
	i := slices.IndexFunc(certs, func(c *x509.Certificate) bool { return public.Equal(c.PublicKey) })
	if i < 0 {
		return nil, errors.New("the private key doesn't belong to any of the certificates")
	}
	chain := []*x509.Certificate{certs[i]}
	rest := slices.Delete(slices.Clone(certs), i, i+1)
	rest = slices.DeleteFunc(rest, selfIssued)
	for len(rest) > 0 {
		last := chain[len(chain)-1]
		i := slices.IndexFunc(rest, func(c *x509.Certificate) bool { return last.CheckSignatureFrom(c) == nil })
		if i < 0 {
			return nil, fmt.Errorf("certificate %q is not an issuer in the chain of %q", rest[0].Subject, chain[0].Subject)
		}
		chain = append(chain, rest[i])
		rest = slices.Delete(rest, i, i+1)
	}
	return chain, nil
}

func selfIssued(c *x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, c.RawSubject)
}
