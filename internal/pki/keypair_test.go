// SPDX-License-Identifier: EUPL-1.2

package pki_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

func TestParseKeyPairAcceptsEveryKeyTypeOfTheStandard(t *testing.T) {
	ca := newCA(t, time.Now())
	for _, keyType := range []string{localca.ECDSAP256, localca.ECDSAP384, localca.ECDSAP521, localca.RSA2048} {
		t.Run(keyType, func(t *testing.T) {
			pair := pairOf(t, issue(t, ca, localca.Request{KeyType: keyType}))
			if got, want := pair.CertificateThumbprint(), fsc.CertificateThumbprint(pair.Leaf().Raw); got != want {
				t.Errorf("certificate thumbprint %s, want %s", got, want)
			}
			want, err := fsc.PublicKeyThumbprint(pair.Key.Public())
			if err != nil || pair.PublicKeyThumbprint() != want {
				t.Errorf("public key thumbprint %s, want %s (%v)", pair.PublicKeyThumbprint(), want, err)
			}
			if got := pair.TLS(); len(got.Certificate) != 2 || got.Leaf != pair.Leaf() {
				t.Errorf("TLS certificate has %d certificates", len(got.Certificate))
			}
		})
	}
}

func TestParseKeyPairPutsTheChainInOrder(t *testing.T) {
	ca := newCA(t, time.Now())
	issued := issue(t, ca, localca.Request{})
	want := pairOf(t, issued).Chain
	leaf, intermediate := pki.MarshalCertificates(want[0]), pki.MarshalCertificates(want[1])
	crlf := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")) }
	bom := []byte("\xef\xbb\xbf")
	tests := map[string][]byte{
		"leaf last":              slices.Concat(intermediate, leaf),
		"root left out":          slices.Concat(ca.AnchorPEM(), intermediate, leaf),
		"twice the same":         slices.Concat(leaf, intermediate, leaf),
		"CRLF":                   crlf(slices.Concat(intermediate, leaf)),
		"byte order marks":       slices.Concat(bom, leaf, bom, intermediate),
		"text between":           slices.Concat([]byte("subject=CN = x\n"), leaf, []byte("issuer=y\n"), intermediate),
		"key in the same bundle": slices.Concat(issued.KeyPEM, intermediate, leaf),
	}
	for name, certPEM := range tests {
		t.Run(name, func(t *testing.T) {
			pair, err := pki.ParseKeyPair(certPEM, slices.Concat(bom, crlf(issued.KeyPEM)))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(pair.Chain, want, (*x509.Certificate).Equal) {
				t.Errorf("chain has %d certificates or another order", len(pair.Chain))
			}
		})
	}
}

func TestParseKeyPairReadsOlderKeyForms(t *testing.T) {
	ca := newCA(t, time.Now())
	for _, keyType := range []string{localca.ECDSAP256, localca.RSA2048} {
		issued := issue(t, ca, localca.Request{KeyType: keyType})
		block := &pem.Block{}
		switch key := pairOf(t, issued).Key.(type) {
		case *ecdsa.PrivateKey:
			der, err := x509.MarshalECPrivateKey(key)
			if err != nil {
				t.Fatal(err)
			}
			block.Type, block.Bytes = "EC PRIVATE KEY", der
		case *rsa.PrivateKey:
			block.Type, block.Bytes = "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)
		}
		parameters := pem.EncodeToMemory(&pem.Block{Type: "EC PARAMETERS", Bytes: []byte{6, 0}})
		if _, err := pki.ParseKeyPair(issued.CertificatePEM, append(parameters, pem.EncodeToMemory(block)...)); err != nil {
			t.Errorf("%s: %v", block.Type, err)
		}
	}
}

func TestParseKeyPairSaysWhatIsWrong(t *testing.T) {
	ca := newCA(t, time.Now())
	issued := issue(t, ca, localca.Request{})
	other := issue(t, ca, localca.Request{PeerID: provider})
	stranger := newCA(t, time.Now())
	tests := map[string]struct {
		cert, key []byte
		want      string
	}{
		"key of another certificate": {issued.CertificatePEM, other.KeyPEM, "doesn't belong"},
		"no certificate":             {issued.KeyPEM, issued.KeyPEM, "no PEM block CERTIFICATE"},
		"no key":                     {issued.CertificatePEM, issued.CertificatePEM, "no PEM block PRIVATE KEY"},
		"two keys":                   {issued.CertificatePEM, slices.Concat(issued.KeyPEM, other.KeyPEM), "more than one private key"},
		"a stranger in the chain": {
			slices.Concat(issued.CertificatePEM, pki.MarshalCertificates(stranger.Intermediate())),
			issued.KeyPEM, "not an issuer",
		},
		"damaged block":  {bytes.Replace(issued.CertificatePEM, []byte("-----END"), []byte("-----ENT"), 1), issued.KeyPEM, "damaged"},
		"huge":           {make([]byte, 2<<20), issued.KeyPEM, "bytes"},
		"encrypted key":  {issued.CertificatePEM, []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"), "encrypted"},
		"other block":    {issued.CertificatePEM, []byte("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), "unexpected PEM block"},
		"short RSA key":  {issued.CertificatePEM, weakRSA(t), "2048"},
		"P-224 key":      {issued.CertificatePEM, keyPEM(t, generateP224(t)), "P-224"},
		"Ed25519 key":    {issued.CertificatePEM, keyPEM(t, generateEd25519(t)), "RSA or ECDSA"},
		"not even a key": {issued.CertificatePEM, []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), "parse key"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := pki.ParseKeyPair(test.cert, test.key)
			wantError(t, err, test.want)
		})
	}
}

func keyPEM(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	out, err := pki.MarshalKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func weakRSA(t *testing.T) []byte {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return keyPEM(t, key)
}

func generateP224(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func generateEd25519(t *testing.T) crypto.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
