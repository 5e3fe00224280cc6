// SPDX-License-Identifier: EUPL-1.2

package deed

import (
	"crypto"

	"github.com/samenspel/samenspel/fsc"
)

// signatureTyp is the typ in the header of a signature of a deed. The readers of
// package fsc refuse every typ that ends like this one.
const signatureTyp = "collective-deed+jws"

// Act is what an organisation does with a deed by signing.
type Act string

// The acts. A reject or revoke can't be taken back.
const (
	Accept Act = "accept"
	Reject Act = "reject"
	Revoke Act = "revoke"
)

// Valid tells whether a is one of the three acts.
func (a Act) Valid() bool { return a == Accept || a == Reject || a == Revoke }

// Statement is what a signature says.
type Statement struct {
	DeedHash Hash
	Act      Act
	// Role is the party's role in which it is signed.
	Role Role
	// MandateHash names the mandate under which somebody signs for the party;
	// empty when the party signs itself.
	MandateHash Hash
	// SignedAt is the signer's clock in Unix seconds. Deadlines don't go by it.
	SignedAt int64
}

// Signature is a parsed signature. Nothing in it may be trusted before
// [Signature.Judge] has succeeded.
type Signature struct {
	Statement
	JWS                   string
	CertificateThumbprint string // x5t#S256

	signed *fsc.Statement
}

type wireStatement struct {
	DeedHash    Hash   `json:"deed_hash"`
	Act         Act    `json:"act"`
	Role        Role   `json:"role"`
	MandateHash *Hash  `json:"mandate_hash,omitzero"`
	SignedAt    *int64 `json:"signed_at"`
}

// ParseSignature reads a signature in JWS compact form without verifying it.
func ParseSignature(jws string) (*Signature, error) {
	signed, err := parseStatement(jws, signatureTyp)
	if err != nil {
		return nil, err
	}
	var w wireStatement
	if err := Unmarshal(signed.Payload, &w); err != nil {
		return nil, err
	}
	if _, err := w.DeedHash.Type(); err != nil {
		return nil, named("deed_hash", err)
	}
	switch {
	case !w.Act.Valid():
		return nil, fault(CodeMalformed, "act", "must be accept, reject or revoke")
	case !w.Role.Valid():
		return nil, fault(CodeMalformed, "role", "must be a lower-case word of at most 40 characters")
	case w.SignedAt == nil || *w.SignedAt < 0 || *w.SignedAt > MaxInstant:
		return nil, fault(CodeMalformed, "signed_at", "must be Unix seconds from 0 to %d", int64(MaxInstant))
	}
	s := &Signature{
		JWS: jws, CertificateThumbprint: signed.CertificateThumbprint, signed: signed,
		Statement: Statement{DeedHash: w.DeedHash, Act: w.Act, Role: w.Role, SignedAt: *w.SignedAt},
	}
	if w.MandateHash != nil {
		if _, err := w.MandateHash.Type(); err != nil {
			return nil, named("mandate_hash", err)
		}
		s.MandateHash = *w.MandateHash
	}
	return s, nil
}

func parseStatement(jws, typ string) (*fsc.Statement, error) {
	if len(jws) > MaxSignature {
		return nil, fault(CodeLimit, "", "signature is larger than %d bytes", MaxSignature)
	}
	signed, err := fsc.ParseStatement(jws, typ)
	if err != nil {
		e := jsonFault(err)
		e.Code = CodeSignature
		return nil, e
	}
	return signed, nil
}

// Hash names exactly these bytes in a feed.
func (s *Signature) Hash() Hash { return hashOf(numberSignature, []byte(s.JWS)) }

// Signer signs deeds and checkpoints with one organisation's key. It is safe
// for use by several goroutines.
type Signer struct {
	deeds, checkpoints *fsc.StatementSigner
}

// NewSigner makes a Signer for the key that belongs to the certificate (DER).
// The algorithm follows from the key: RS256, ES256, ES384 or ES512.
func NewSigner(key crypto.Signer, certificate []byte) (*Signer, error) {
	deeds, err := fsc.NewStatementSigner(key, certificate, signatureTyp)
	if err != nil {
		return nil, &Error{Code: CodeSignature, Detail: "this key can't sign deeds", Cause: err}
	}
	checkpoints, err := fsc.NewStatementSigner(key, certificate, checkpointTyp)
	if err != nil {
		return nil, &Error{Code: CodeSignature, Detail: "this key can't sign checkpoints", Cause: err}
	}
	return &Signer{deeds: deeds, checkpoints: checkpoints}, nil
}

// Sign signs a statement and reads the result back, so that nothing leaves that
// others would refuse.
func (s *Signer) Sign(st Statement) (*Signature, error) {
	w := wireStatement{DeedHash: st.DeedHash, Act: st.Act, Role: st.Role, SignedAt: &st.SignedAt}
	if st.MandateHash != "" {
		w.MandateHash = &st.MandateHash
	}
	payload, err := marshalCanonical(w)
	if err != nil {
		return nil, err
	}
	jws, err := s.deeds.Sign(payload)
	if err != nil {
		return nil, &Error{Code: CodeSignature, Detail: "signing didn't succeed", Cause: err}
	}
	return ParseSignature(jws)
}
