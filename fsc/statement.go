// SPDX-License-Identifier: EUPL-1.2

package fsc

import (
	"crypto"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// statementSuffix ends the typ of every statement that is signed with a Peer's
// key but isn't part of the standard. Contract signatures and tokens never
// carry such a typ, so neither can be shown as the other (RFC 8725, 3.11).
const statementSuffix = "+jws"

func typedStatement(typ string) bool { return strings.HasSuffix(strings.ToLower(typ), statementSuffix) }

// StatementSigner signs statements of one kind outside the standard with the key
// of a certificate. It is safe for use by several goroutines.
type StatementSigner struct {
	thumbprint string
	signer     jose.Signer
}

// NewStatementSigner makes a signer whose signatures say typ in their header.
// The typ has to end in "+jws", for instance "collective-deed+jws"; the standard
// uses none like it. The algorithm follows from the key, as with [NewSigner].
func NewStatementSigner(key crypto.Signer, certificate []byte, typ string) (*StatementSigner, error) {
	if !strings.HasSuffix(typ, statementSuffix) || len(typ) == len(statementSuffix) {
		return nil, Errorf(CodeInternal, "typ %.60q of a statement must end in %s", typ, statementSuffix)
	}
	algs, err := algorithmsOf(key.Public())
	if err != nil {
		return nil, err
	}
	thumbprint := CertificateThumbprint(certificate)
	opts := &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{"x5t#S256": thumbprint}}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algs[0], Key: key}, opts.WithType(jose.ContentType(typ)))
	if err != nil {
		return nil, WrapError(CodeInternal, err, "key can't sign")
	}
	return &StatementSigner{thumbprint: thumbprint, signer: signer}, nil
}

// Thumbprint is the x5t#S256 of the certificate the signer signs with.
func (s *StatementSigner) Thumbprint() string { return s.thumbprint }

// Sign gives the JWS in compact form over the payload.
func (s *StatementSigner) Sign(payload []byte) (string, error) { return signCompact(s.signer, payload) }

// Statement is a parsed statement outside the standard. Nothing in it may be
// trusted before [Statement.Verify] has succeeded.
type Statement struct {
	CertificateThumbprint string // x5t#S256
	Payload               []byte

	parts *jwsParts
}

// ParseStatement reads a JWS in compact form, under the same limits as a
// contract signature, and refuses every typ but the given one.
func ParseStatement(compact, typ string) (*Statement, error) {
	parts, err := splitJWS(compact)
	if err != nil {
		return nil, err
	}
	if !typedStatement(typ) || parts.typ != typ {
		return nil, Errorf(CodeSignatureVerificationFailed, "JWS typ must be %s", typ)
	}
	return &Statement{CertificateThumbprint: parts.thumbprint, Payload: parts.payload, parts: parts}, nil
}

// Verify checks the signature with the public key of the certificate whose
// thumbprint it names. The caller has checked that certificate.
func (s *Statement) Verify(pub crypto.PublicKey) error { return s.parts.verify(pub) }
