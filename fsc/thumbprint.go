// SPDX-License-Identifier: EUPL-1.2

package fsc

import (
	"crypto"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// CertificateThumbprint is the value of x5t#S256: base64url without padding of
// the SHA-256 of the certificate in DER form (RFC 7515, section 4.1.8).
func CertificateThumbprint(der []byte) string {
	sum := sha256.Sum256(der)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// PublicKeyThumbprint is the SHA-256 of the DER SubjectPublicKeyInfo in
// lower-case hex, the form of public_key_thumbprint in a grant.
func PublicKeyThumbprint(pub crypto.PublicKey) (string, error) {
	spki, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return "", WrapError(CodeIncorrectPublicKeyThumbprint, err, "unsupported public key")
	}
	sum := sha256.Sum256(spki)
	return hex.EncodeToString(sum[:]), nil
}

// EqualThumbprints compares two thumbprints of public keys in constant time,
// ignoring the case of hex digits.
func EqualThumbprints(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(strings.ToLower(a)), []byte(strings.ToLower(b))) == 1
}
