// SPDX-License-Identifier: EUPL-1.2

package fscapi

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/samenspel/samenspel/fsc"
)

const (
	maxKeys  = 64
	maxChain = 10
)

// KeySet are the certificates with which a Peer signs contracts and access
// tokens (Core, GET /.well-known/jwks.json).
type KeySet struct {
	Keys []Key
}

// Key is a public key as the chain of its certificate.
type Key struct {
	// Chain is in DER form: leaf first, all intermediates, no root. Whether it
	// leads to a Trust Anchor is for the receiver to check.
	Chain [][]byte
}

// Certificate gives the leaf.
func (k Key) Certificate() (*x509.Certificate, error) {
	if len(k.Chain) == 0 {
		return nil, errors.New("key has no certificate")
	}
	return x509.ParseCertificate(k.Chain[0])
}

type wireKeySet struct {
	Keys []wireKey `json:"keys"`
}

// wireKey is a JWK (RFC 7517 and RFC 7518, section 6) as the standard uses it.
type wireKey struct {
	Type       string   `json:"kty"`
	Use        string   `json:"use,omitzero"`
	ID         string   `json:"kid,omitzero"`
	Chain      []string `json:"x5c,omitempty"`
	Thumbprint string   `json:"x5t#S256,omitzero"`
	// OtherThumbprint is how the standard's manager.yaml spells the same.
	OtherThumbprint string `json:"x5t#s256,omitzero"`

	N     string `json:"n,omitzero"`
	E     string `json:"e,omitzero"`
	Curve string `json:"crv,omitzero"`
	X     string `json:"x,omitzero"`
	Y     string `json:"y,omitzero"`
}

func encodeKeySet(set KeySet) ([]byte, error) {
	out := wireKeySet{Keys: make([]wireKey, len(set.Keys))}
	for i, k := range set.Keys {
		leaf, err := k.Certificate()
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", i, err)
		}
		w, err := newWireKey(leaf.PublicKey)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", i, err)
		}
		w.Use, w.Thumbprint = "sig", fsc.CertificateThumbprint(leaf.Raw)
		w.ID = w.Thumbprint
		for _, der := range k.Chain {
			w.Chain = append(w.Chain, base64.StdEncoding.EncodeToString(der))
		}
		out.Keys[i] = w
	}
	return encode(out)
}

// decodeKeySet reads the set of another Peer. Keys that can't be meant for
// signatures of the standard are skipped; one that contradicts itself spoils
// the set, for then nobody can tell what the Peer meant.
func decodeKeySet(raw []byte) (KeySet, error) {
	var w wireKeySet
	if err := lenient(raw, &w); err != nil {
		return KeySet{}, err
	}
	if len(w.Keys) > maxKeys {
		return KeySet{}, fmt.Errorf("key set has more than %d keys", maxKeys)
	}
	var set KeySet
	for i := range w.Keys {
		k := &w.Keys[i]
		if len(k.Chain) == 0 || k.Use == "enc" || (k.Type != keyTypeRSA && k.Type != keyTypeEC) {
			continue
		}
		key, err := k.key()
		if err != nil {
			return KeySet{}, fmt.Errorf("key %d: %w", i, err)
		}
		set.Keys = append(set.Keys, key)
	}
	return set, nil
}

func (w *wireKey) key() (Key, error) {
	if len(w.Chain) > maxChain {
		return Key{}, fmt.Errorf("x5c has more than %d certificates", maxChain)
	}
	var k Key
	for i, text := range w.Chain {
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return Key{}, fmt.Errorf("x5c: certificate %d: %w", i, err)
		}
		if _, err := x509.ParseCertificate(der); err != nil {
			return Key{}, fmt.Errorf("x5c: certificate %d: %w", i, err)
		}
		k.Chain = append(k.Chain, der)
	}
	leaf, err := k.Certificate()
	if err != nil {
		return Key{}, err
	}
	if err := w.matches(leaf); err != nil {
		return Key{}, err
	}
	return k, nil
}
