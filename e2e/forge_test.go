// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
)

// forge makes a JWS with an algorithm that no honest Peer uses: none, HS256
// keyed with the public key, or PS256. It names this Peer's certificate.
func (f *foreign) forge(t *testing.T, alg string, claims any) string {
	t.Helper()
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	input := part(map[string]any{"alg": alg, "x5t#S256": f.pair.CertificateThumbprint()}) + "." + part(claims)
	var sig []byte
	switch alg {
	case "HS256":
		der, err := x509.MarshalPKIXPublicKey(f.pair.Leaf().PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		mac := hmac.New(sha256.New, der)
		_, _ = mac.Write([]byte(input)) // a hash never fails to write
		sig = mac.Sum(nil)
	case "PS256":
		sum := sha256.Sum256([]byte(input))
		var err error
		sig, err = f.pair.Key.Sign(rand.Reader, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256})
		if err != nil {
			t.Fatal(err)
		}
	case "none":
		sig = []byte("x") // an empty one isn't even in compact form
	default:
		t.Fatalf("the test can't forge %s", alg)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(sig)
}

// algorithm reads the alg of a JWS.
func algorithm(t *testing.T, jws string) string {
	t.Helper()
	var h struct {
		Alg string `json:"alg"`
	}
	unmarshalPart(t, jws, 0, &h)
	return h.Alg
}

// unmarshalPart decodes the header (0) or payload (1) of a JWS.
func unmarshalPart(t *testing.T, jws string, i int, v any) {
	t.Helper()
	parts := strings.Split(jws, ".")
	if len(parts) != 3 {
		t.Fatalf("not a JWS: %q", jws)
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[i])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}
