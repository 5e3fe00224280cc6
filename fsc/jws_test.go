// SPDX-License-Identifier: EUPL-1.2

package fsc_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/samenspel/samenspel/fsc"
)

const hashText = "$1$1$PqKA7_8fCK0q_zqDIQtvsiBQS3qVJSnvptPp4fZiRf1Gqu_zNl_H_V7Db8edb3RQs-UHQq8ZyHxh4vELOZhveg"

const acceptPayload = `{"contract_content_hash":"` + hashText + `","type":"accept","signed_at":1767222000}`

func TestSignerTakesTheAlgorithmFromTheKey(t *testing.T) {
	for alg, key := range map[string]crypto.Signer{"RS256": rsaKey(), "ES256": p256Key(), "ES384": p384Key(), "ES512": p521Key()} {
		signer := newSigner(t, key)
		if got, want := signer.Thumbprint(), fsc.CertificateThumbprint(certificate); got != want {
			t.Errorf("%s: thumbprint %s, want %s", alg, got, want)
		}
		for _, typ := range []fsc.SignatureType{fsc.SignatureTypeAccept, fsc.SignatureTypeReject, fsc.SignatureTypeRevoke} {
			jws, err := fsc.Sign(signer, hashText, typ, created)
			if err != nil {
				t.Fatal(err)
			}
			sig, err := fsc.ParseSignature(jws)
			if err != nil {
				t.Fatal(err)
			}
			if err := sig.Verify(key.Public()); err != nil {
				t.Error(alg, err)
			}
			if err := sig.Check(hashText, typ, created); err != nil {
				t.Error(alg, err)
			}
			if sig.Algorithm != alg || sig.Type != typ || !sig.SignedAt.Equal(created) || sig.CertificateThumbprint != signer.Thumbprint() {
				t.Errorf("%s: got %+v", alg, sig)
			}
		}
	}
}

// signOther signs with another library's defaults, in every algorithm.
func signOther(t testing.TB, alg jose.SignatureAlgorithm, key any, payload string) string {
	t.Helper()
	opts := (&jose.SignerOptions{}).WithHeader("x5t#S256", "x")
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, opts)
	if err != nil {
		t.Fatal(err)
	}
	obj, err := s.Sign([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	jws, err := obj.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return jws
}

func TestAllSixAlgorithmsVerify(t *testing.T) {
	for alg, key := range map[jose.SignatureAlgorithm]crypto.Signer{
		jose.RS256: rsaKey(), jose.RS384: rsaKey(), jose.RS512: rsaKey(),
		jose.ES256: p256Key(), jose.ES384: p384Key(), jose.ES512: p521Key(),
	} {
		sig, err := fsc.ParseSignature(signOther(t, alg, key, acceptPayload))
		if err != nil {
			t.Fatal(alg, err)
		}
		if err := sig.Verify(key.Public()); err != nil {
			t.Error(alg, err)
		}
	}
}

func TestOtherAlgorithmsAreUnknown(t *testing.T) {
	secret := []byte(strings.Repeat("s", 32))
	for name, jws := range map[string]string{
		"PS256":         signOther(t, jose.PS256, rsaKey(), acceptPayload),
		"HS256":         signOther(t, jose.HS256, secret, acceptPayload),
		"EdDSA":         signOther(t, jose.EdDSA, ed25519.NewKeyFromSeed(secret), acceptPayload),
		"none":          signRaw(t, `{"alg":"none","x5t#S256":"x"}`, acceptPayload),
		"None":          signRaw(t, `{"alg":"None","x5t#S256":"x"}`, acceptPayload),
		"lower case":    signRaw(t, `{"alg":"es256","x5t#S256":"x"}`, acceptPayload),
		"with a space":  signRaw(t, `{"alg":"ES256 ","x5t#S256":"x"}`, acceptPayload),
		"an empty text": signRaw(t, `{"alg":"","x5t#S256":"x"}`, acceptPayload),
		"null":          signRaw(t, `{"alg":null,"x5t#S256":"x"}`, acceptPayload),
		"no alg":        signRaw(t, `{"x5t#S256":"x"}`, acceptPayload),
		"only ALG":      signRaw(t, `{"ALG":"ES256","x5t#S256":"x"}`, acceptPayload),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := fsc.ParseSignature(jws)
			wantCode(t, err, fsc.CodeUnknownAlgorithmSignature)
		})
	}
}

func TestHeaderRefuses(t *testing.T) {
	for name, header := range map[string]string{
		"crit":                       `{"alg":"ES256","x5t#S256":"x","crit":["exp"]}`,
		"an empty crit":              `{"alg":"ES256","x5t#S256":"x","crit":[]}`,
		"a null crit":                `{"alg":"ES256","x5t#S256":"x","crit":null}`,
		"b64":                        `{"alg":"ES256","x5t#S256":"x","b64":true}`,
		"b64 with crit":              `{"alg":"ES256","x5t#S256":"x","b64":false,"crit":["b64"]}`,
		"alg twice":                  `{"alg":"ES256","x5t#S256":"x","alg":"ES256"}`,
		"alg twice, once none":       `{"alg":"none","x5t#S256":"x","alg":"ES256"}`,
		"alg twice, once escaped":    `{"alg":"ES256","x5t#S256":"x","\u0061lg":"none"}`,
		"a thumbprint twice":         `{"alg":"ES256","x5t#S256":"x","x5t#S256":"y"}`,
		"no thumbprint":              `{"alg":"ES256"}`,
		"an empty thumbprint":        `{"alg":"ES256","x5t#S256":""}`,
		"a thumbprint in lower case": `{"alg":"ES256","x5t#s256":"x"}`,
		"a numeric alg":              `{"alg":256,"x5t#S256":"x"}`,
		"an alg in a list":           `{"alg":["ES256"],"x5t#S256":"x"}`,
		"a list":                     `["ES256"]`,
		"two objects":                es256Header + es256Header,
		"broken JSON":                `{"alg":"ES256"`,
		"a lone surrogate":           `{"alg":"ES256","x5t#S256":"\ud800"}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := fsc.ParseSignature(signRaw(t, header, acceptPayload))
			wantCode(t, err, fsc.CodeSignatureVerificationFailed)
		})
	}
}

func TestKeysInTheHeaderAreIgnored(t *testing.T) {
	jwk := string(must(jose.JSONWebKey{Key: p256Key().Public()}.MarshalJSON()))
	header := `{"alg":"ES256","x5t#S256":"x","jwk":` + jwk + `,"jku":"https://evil.example","x5u":"https://evil.example","kid":"1","typ":"JWT"}`
	sig, err := fsc.ParseSignature(signRaw(t, header, acceptPayload))
	if err != nil {
		t.Fatal(err)
	}
	if err := sig.Verify(p256Key().Public()); err != nil {
		t.Errorf("with the signer's key: %v", err)
	}
	wantCode(t, sig.Verify(newKey(elliptic.P256()).Public()), fsc.CodeSignatureVerificationFailed)
}

func TestCompactFormIsStrict(t *testing.T) {
	good := signRaw(t, es256Header, acceptPayload)
	parts := strings.Split(good, ".")
	// 64 octets end in a character with four unused bits; another character
	// with the same first bits would decode to the same signature.
	last := strings.IndexByte(base64Alphabet, good[len(good)-1])
	for name, jws := range map[string]string{
		"nothing":                      "",
		"two parts":                    parts[0] + "." + parts[1],
		"four parts":                   good + ".x",
		"five parts":                   good + ".x.y",
		"an empty header":              "." + parts[1] + "." + parts[2],
		"an empty payload":             parts[0] + ".." + parts[2],
		"an empty signature":           parts[0] + "." + parts[1] + ".",
		"a line break at the end":      good + "\n",
		"a line break in a part":       good[:10] + "\n" + good[10:],
		"a carriage return":            good[:10] + "\r" + good[10:],
		"a space before it":            " " + good,
		"padding":                      good + "==",
		"padding of the header":        parts[0] + "=." + parts[1] + "." + parts[2],
		"the standard alphabet":        parts[0] + "." + parts[1] + ".+" + parts[2][1:],
		"spare bits in the signature":  good[:len(good)-1] + string(base64Alphabet[last+1]),
		"a header of odd length":       parts[0] + "AAA." + parts[1] + "." + parts[2],
		"JSON serialisation":           `{"protected":"` + parts[0] + `","payload":"` + parts[1] + `","signature":"` + parts[2] + `"}`,
		"more than 64 KiB":             signRaw(t, es256Header, acceptPayload+strings.Repeat(" ", 64<<10)),
		"a header of one character":    "a." + parts[1] + "." + parts[2],
		"a payload of one character":   parts[0] + ".a." + parts[2],
		"a signature of one character": parts[0] + "." + parts[1] + ".a",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := fsc.ParseSignature(jws)
			wantCode(t, err, fsc.CodeSignatureVerificationFailed)
		})
	}
}

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func TestVerifyRefuses(t *testing.T) {
	es := signRaw(t, es256Header, acceptPayload)
	parts := strings.Split(es, ".")
	other := strings.Replace(acceptPayload, "accept", "reject", 1)
	// The same curve's key, once as ES256 header on an ES384 signature.
	p384 := strings.Split(signOther(t, jose.ES384, p384Key(), acceptPayload), ".")
	der := must(ecdsa.SignASN1(rand.Reader, p256Key(), make([]byte, 32)))
	for _, c := range []struct {
		name string
		jws  string
		key  crypto.PublicKey
	}{
		{"another key", es, newKey(elliptic.P256()).Public()},
		{"another payload", parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(other)) + "." + parts[2], p256Key().Public()},
		{"another header", base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","x5t#S256":"y"}`)) + "." + parts[1] + "." + parts[2], p256Key().Public()},
		{"a signature in DER", parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(der), p256Key().Public()},
		{"a signature of zeros", parts[0] + "." + parts[1] + "." + strings.Repeat("A", 86), p256Key().Public()},
		{"a short signature", parts[0] + "." + parts[1] + "." + "AAAA", p256Key().Public()},
		{"ES256 with an RSA key", es, rsaKey().Public()},
		{"ES256 with a P-384 key", es, p384Key().Public()},
		{"ES384 with a P-256 key", strings.Join(p384, "."), p256Key().Public()},
		{"an ES256 header on an ES384 signature", parts[0] + "." + p384[1] + "." + p384[2], p384Key().Public()},
		{"RS256 with an EC key", signOther(t, jose.RS256, rsaKey(), acceptPayload), p256Key().Public()},
		{"a curve that isn't allowed", es, newKey(elliptic.P224()).Public()},
		{"an Ed25519 key", es, ed25519.NewKeyFromSeed(make([]byte, 32)).Public()},
		{"a short RSA key", signOther(t, jose.RS256, rsaKey(), acceptPayload), shortRSA()},
		{"no key", es, nil},
		{"a private key", es, p256Key()},
		{"a secret", es, []byte("secret")},
	} {
		t.Run(c.name, func(t *testing.T) {
			sig, err := fsc.ParseSignature(c.jws)
			if err != nil {
				t.Fatal(err)
			}
			wantCode(t, sig.Verify(c.key), fsc.CodeSignatureVerificationFailed)
		})
	}
}

// shortRSA is half a key of 1024 bits; making a whole one is refused by the
// standard library. Its length has to be looked at before anything else.
func shortRSA() *rsa.PublicKey {
	return &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 1023, 1), E: 65537}
}

// opaque hides the key's type, as a key in hardware does.
type opaque struct {
	crypto.Signer
	pub crypto.PublicKey
}

func (o opaque) Public() crypto.PublicKey { return o.pub }

func TestNewSignerRefuses(t *testing.T) {
	for name, key := range map[string]crypto.Signer{
		"a short RSA key": opaque{pub: shortRSA()},
		"a P-224 key":     newKey(elliptic.P224()),
		"an Ed25519 key":  ed25519.NewKeyFromSeed(make([]byte, 32)),
	} {
		_, err := fsc.NewSigner(key, certificate)
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	_, err := fsc.NewSigner(opaque{p256Key(), p256Key().Public()}, certificate)
	wantCode(t, err, fsc.CodeInternal)
}
