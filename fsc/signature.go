// SPDX-License-Identifier: EUPL-1.2

package fsc

import (
	"crypto"
	"time"

	"github.com/go-json-experiment/json"
)

// SignatureType tells what a party does with a contract.
type SignatureType string

// The signature types of Core.
const (
	SignatureTypeAccept SignatureType = "accept"
	SignatureTypeReject SignatureType = "reject"
	SignatureTypeRevoke SignatureType = "revoke"
)

// Valid tells whether t is one of the three types.
func (t SignatureType) Valid() bool {
	return t == SignatureTypeAccept || t == SignatureTypeReject || t == SignatureTypeRevoke
}

// Signature is a parsed contract signature. Nothing in it may be trusted before
// [Signature.Verify] has succeeded with a key that belongs to the signing Peer.
type Signature struct {
	JWS                   string
	Algorithm             string
	CertificateThumbprint string // x5t#S256
	ContentHash           ContentHash
	Type                  SignatureType
	SignedAt              time.Time

	parts *jwsParts
}

type wireSignature struct {
	ContentHash *ContentHash   `json:"contract_content_hash"`
	Type        *SignatureType `json:"type"`
	SignedAt    *int64         `json:"signed_at"`
}

// ParseSignature reads a contract signature in JWS compact form without
// verifying it (Core, section Signatures).
func ParseSignature(jws string) (*Signature, error) {
	parts, err := parseJWS(jws)
	if err != nil {
		return nil, err
	}
	var w wireSignature
	if err := UnmarshalStrict(parts.payload, &w); err != nil {
		return nil, WrapError(CodeSignatureVerificationFailed, err, "payload of the signature is malformed")
	}
	if w.ContentHash == nil || w.Type == nil || w.SignedAt == nil || *w.SignedAt < 0 || !w.Type.Valid() {
		return nil, Errorf(CodeSignatureVerificationFailed, "payload of the signature needs contract_content_hash, type and signed_at")
	}
	return &Signature{
		JWS: jws, Algorithm: string(parts.algorithm), CertificateThumbprint: parts.thumbprint,
		ContentHash: *w.ContentHash, Type: *w.Type, SignedAt: time.Unix(*w.SignedAt, 0).UTC(), parts: parts,
	}, nil
}

// Check compares the signature with what it has to be about. It looks at
// signed_at only to refuse the future (60 s of skew allowed).
func (s *Signature) Check(hash ContentHash, t SignatureType, now time.Time) error {
	switch {
	case s.ContentHash != hash:
		return Errorf(CodeSignatureContractContentHashMismatch, "the signature is about another contract")
	case s.Type != t:
		return Errorf(CodeSignatureVerificationFailed, "the signature says %s where %s is expected", s.Type, t)
	case s.SignedAt.After(now.Add(time.Minute)):
		return Errorf(CodeSignatureVerificationFailed, "signed_at lies in the future; check the clocks of both Managers")
	}
	return nil
}

// Verify checks the signature with the public key of the certificate whose
// thumbprint it names. The caller has checked that certificate.
func (s *Signature) Verify(pub crypto.PublicKey) error { return s.parts.verify(pub) }

// Sign signs a contract on behalf of the Peer whose certificate signer has.
func Sign(signer *Signer, hash ContentHash, t SignatureType, at time.Time) (string, error) {
	signedAt := at.Unix()
	payload, err := json.Marshal(wireSignature{ContentHash: &hash, Type: &t, SignedAt: &signedAt})
	if err != nil {
		return "", jsonError(err)
	}
	return signCompact(signer.contract, payload)
}
