// SPDX-License-Identifier: EUPL-1.2

package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
)

const (
	maxPEMBytes     = 1 << 20
	maxCertificates = 256

	blockCertificate = "CERTIFICATE"
	blockKey         = "PRIVATE KEY"
)

// decodePEM gives every block of data. Byte order marks and CRLF, as left by
// editors and concatenated bundles, are accepted; text between blocks too. A
// block that can't be decoded is an error, where encoding/pem would skip it.
func decodePEM(data []byte) ([]*pem.Block, error) {
	if len(data) > maxPEMBytes {
		return nil, fmt.Errorf("more than %d bytes", maxPEMBytes)
	}
	data = bytes.ReplaceAll(data, []byte("\xef\xbb\xbf"), nil)
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	announced := bytes.Count(data, []byte("-----BEGIN "))
	if announced > maxCertificates {
		return nil, fmt.Errorf("more than %d PEM blocks", maxCertificates)
	}
	var blocks []*pem.Block
	for {
		block, rest := pem.Decode(data)
		if block == nil {
			break
		}
		blocks, data = append(blocks, block), rest
	}
	if len(blocks) != announced {
		return nil, errors.New("damaged PEM block")
	}
	return blocks, nil
}

// decodeCertificates gives the distinct certificates of a PEM file in their
// order; blocks of another type are left to the caller's judgement.
func decodeCertificates(data []byte) (certs []*x509.Certificate, others []*pem.Block, err error) {
	blocks, err := decodePEM(data)
	if err != nil {
		return nil, nil, err
	}
	for i, block := range blocks {
		if block.Type != blockCertificate {
			others = append(others, block)
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, nil, fmt.Errorf("PEM block %d: %w", i+1, err)
		}
		if !slices.ContainsFunc(certs, cert.Equal) {
			certs = append(certs, cert)
		}
	}
	if len(certs) == 0 {
		return nil, nil, errors.New("no PEM block CERTIFICATE found")
	}
	return certs, others, nil
}

// MarshalCertificates writes the certificates as PEM in the order given.
func MarshalCertificates(certs ...*x509.Certificate) []byte {
	var out []byte
	for _, cert := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: blockCertificate, Bytes: cert.Raw})...)
	}
	return out
}

// MarshalKey writes a private key as unencrypted PKCS #8 in PEM.
func MarshalKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("marshal key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: blockKey, Bytes: der}), nil
}
