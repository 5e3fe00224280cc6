// SPDX-License-Identifier: EUPL-1.2

package fscapi

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/samenspel/samenspel/fsc"
)

const (
	keyTypeRSA = "RSA"
	keyTypeEC  = "EC"
)

// newWireKey writes the members of a public key (RFC 7518, section 6).
func newWireKey(pub crypto.PublicKey) (wireKey, error) {
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		return wireKey{
			Type: keyTypeRSA,
			N:    base64.RawURLEncoding.EncodeToString(pub.N.Bytes()),
			E:    base64.RawURLEncoding.EncodeToString(big.NewInt(int64(pub.E)).Bytes()),
		}, nil
	case *ecdsa.PublicKey:
		point, err := pub.Bytes() // 4, x, y; both as long as the curve's field
		if err != nil {
			return wireKey{}, fmt.Errorf("unusable key: %w", err)
		}
		x, y := point[1:1+len(point)/2], point[1+len(point)/2:]
		return wireKey{
			Type: keyTypeEC, Curve: pub.Curve.Params().Name,
			X: base64.RawURLEncoding.EncodeToString(x),
			Y: base64.RawURLEncoding.EncodeToString(y),
		}, nil
	}
	return wireKey{}, fmt.Errorf("keys of type %T can't sign contracts", pub)
}

// matches compares what the JWK says of the key with its certificate.
func (w *wireKey) matches(leaf *x509.Certificate) error {
	want, err := newWireKey(leaf.PublicKey)
	if err != nil {
		return err
	}
	if w.Type != want.Type || w.Curve != want.Curve {
		return errors.New("kty and crv aren't those of the certificate")
	}
	for _, pair := range [][2]string{{w.N, want.N}, {w.E, want.E}, {w.X, want.X}, {w.Y, want.Y}} {
		if !sameNumber(pair[0], pair[1]) {
			return errors.New("the key isn't that of the certificate")
		}
	}
	for _, t := range []string{w.Thumbprint, w.OtherThumbprint} {
		if t != "" && strings.TrimRight(t, "=") != fsc.CertificateThumbprint(leaf.Raw) {
			return errors.New("x5t#S256 isn't the thumbprint of the certificate")
		}
	}
	return nil
}

// sameNumber compares two numbers in base64url. Padding and leading zeros don't
// count: they are common mistakes and change no key.
func sameNumber(got, want string) bool {
	a, errA := base64.RawURLEncoding.DecodeString(strings.TrimRight(got, "="))
	b, errB := base64.RawURLEncoding.DecodeString(want)
	return errA == nil && errB == nil && bytes.Equal(bytes.TrimLeft(a, "\x00"), bytes.TrimLeft(b, "\x00"))
}
