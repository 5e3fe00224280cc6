// SPDX-License-Identifier: EUPL-1.2

package fsc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	maxJWS     = 64 << 10
	minRSABits = 2048
)

// jwsPattern is stricter than the base64 decoder, which skips line breaks: one
// signature has one text.
var jwsPattern = regexp.MustCompile(`^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$`)

var (
	rsaAlgorithms = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512}
	allAlgorithms = append(slices.Clone(rsaAlgorithms), jose.ES256, jose.ES384, jose.ES512)
)

// jwsParts is a parsed but unverified JWS in compact form.
type jwsParts struct {
	compact    string
	algorithm  jose.SignatureAlgorithm
	typ        string
	thumbprint string
	payload    []byte
}

type jwsHeader struct {
	Algorithm  string         `json:"alg"`
	Type       string         `json:"typ"`
	Thumbprint string         `json:"x5t#S256"`
	Critical   jsontext.Value `json:"crit"`
	B64        jsontext.Value `json:"b64"`
}

// parseJWS reads a contract signature or a token. One that carries the typ of
// another kind of statement is refused, whatever its payload says.
func parseJWS(compact string) (*jwsParts, error) {
	p, err := splitJWS(compact)
	if err != nil {
		return nil, err
	}
	if typedStatement(p.typ) {
		return nil, Errorf(CodeSignatureVerificationFailed, "JWS typ %.60q belongs to a statement outside the standard", p.typ)
	}
	return p, nil
}

// splitJWS reads a compact JWS. The algorithm has to be one of the six of the
// standard; keys in the header (jwk, jku, x5u, x5c) are ignored.
func splitJWS(compact string) (*jwsParts, error) {
	if len(compact) > maxJWS || !jwsPattern.MatchString(compact) {
		return nil, Errorf(CodeSignatureVerificationFailed, "not a JWS in compact form")
	}
	parts := strings.Split(compact, ".")
	head, err := base64.RawURLEncoding.Strict().DecodeString(parts[0])
	if err != nil {
		return nil, WrapError(CodeSignatureVerificationFailed, err, "JWS header is not base64url")
	}
	payload, err := base64.RawURLEncoding.Strict().DecodeString(parts[1])
	if err != nil {
		return nil, WrapError(CodeSignatureVerificationFailed, err, "JWS payload is not base64url")
	}
	if _, err := base64.RawURLEncoding.Strict().DecodeString(parts[2]); err != nil {
		return nil, WrapError(CodeSignatureVerificationFailed, err, "JWS signature is not base64url")
	}
	var h jwsHeader
	if err := CheckJSON(head); err != nil {
		return nil, WrapError(CodeSignatureVerificationFailed, err, "JWS header is not strict JSON")
	}
	if err := decodeLenient(head, &h); err != nil {
		return nil, WrapError(CodeSignatureVerificationFailed, err, "JWS header has members of the wrong type")
	}
	alg := jose.SignatureAlgorithm(h.Algorithm)
	switch {
	case !slices.Contains(allAlgorithms, alg):
		return nil, Errorf(CodeUnknownAlgorithmSignature, "JWS alg %.20q is not one of RS256, RS384, RS512, ES256, ES384, ES512", h.Algorithm)
	case h.Critical != nil || h.B64 != nil:
		return nil, Errorf(CodeSignatureVerificationFailed, "JWS header asks for an extension (crit or b64) that is not supported")
	case h.Thumbprint == "":
		return nil, Errorf(CodeSignatureVerificationFailed, "JWS header lacks x5t#S256")
	}
	return &jwsParts{compact: compact, algorithm: alg, typ: h.Type, thumbprint: h.Thumbprint, payload: payload}, nil
}

// verify checks the signature with a key the caller trusts.
func (p *jwsParts) verify(pub crypto.PublicKey) error {
	algs, err := algorithmsOf(pub)
	if err != nil {
		return err
	}
	if !slices.Contains(algs, p.algorithm) {
		return Errorf(CodeSignatureVerificationFailed, "JWS alg %s doesn't go with the signer's key", p.algorithm)
	}
	sig, err := jose.ParseSignedCompact(p.compact, algs)
	if err != nil {
		return WrapError(CodeSignatureVerificationFailed, err, "not a JWS in compact form")
	}
	if _, err := sig.Verify(pub); err != nil {
		return WrapError(CodeSignatureVerificationFailed, err, "signature doesn't match")
	}
	return nil
}

// algorithmsOf binds the algorithm to the key: RSA of 2048 bits or more, and
// for each curve exactly its own.
func algorithmsOf(pub crypto.PublicKey) ([]jose.SignatureAlgorithm, error) {
	switch k := pub.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < minRSABits {
			return nil, Errorf(CodeSignatureVerificationFailed, "RSA key is shorter than %d bits", minRSABits)
		}
		return rsaAlgorithms, nil
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			return []jose.SignatureAlgorithm{jose.ES256}, nil
		case elliptic.P384():
			return []jose.SignatureAlgorithm{jose.ES384}, nil
		case elliptic.P521():
			return []jose.SignatureAlgorithm{jose.ES512}, nil
		}
	}
	return nil, Errorf(CodeSignatureVerificationFailed, "key type is not supported; use RSA or ECDSA on P-256, P-384 or P-521")
}

// Signer signs contracts or tokens with one certificate's key. It is safe for
// use by several goroutines.
type Signer struct {
	thumbprint string
	contract   jose.Signer
	token      jose.Signer
}

// NewSigner makes a Signer for the key that belongs to the certificate (DER).
// The algorithm follows from the key: RS256, ES256, ES384 or ES512.
func NewSigner(key crypto.Signer, certificate []byte) (*Signer, error) {
	algs, err := algorithmsOf(key.Public())
	if err != nil {
		return nil, err
	}
	thumbprint := CertificateThumbprint(certificate)
	sk := jose.SigningKey{Algorithm: algs[0], Key: key}
	opts := &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{"x5t#S256": thumbprint}}
	contract, err := jose.NewSigner(sk, opts)
	if err != nil {
		return nil, WrapError(CodeInternal, err, "key can't sign")
	}
	token, err := jose.NewSigner(sk, (&jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{"x5t#S256": thumbprint}}).WithType("JWT"))
	if err != nil {
		return nil, WrapError(CodeInternal, err, "key can't sign")
	}
	return &Signer{thumbprint: thumbprint, contract: contract, token: token}, nil
}

// Thumbprint is the x5t#S256 of the certificate the Signer signs with.
func (s *Signer) Thumbprint() string { return s.thumbprint }

func signCompact(s jose.Signer, payload []byte) (string, error) {
	obj, err := s.Sign(payload)
	if err != nil {
		return "", WrapError(CodeInternal, err, "sign")
	}
	compact, err := obj.CompactSerialize()
	if err != nil {
		return "", WrapError(CodeInternal, err, "serialise signature")
	}
	return compact, nil
}
