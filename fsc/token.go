// SPDX-License-Identifier: EUPL-1.2

package fsc

import (
	"crypto"
	"crypto/subtle"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// TokenLeeway is how far clocks may differ when a token's times are checked.
const TokenLeeway = 5 * time.Second

// Claims are what an access token says (Core, section Access token).
type Claims struct {
	GrantHash GrantHash // gth
	GroupID   GroupID   // gid
	// Subject is the Peer whose Outway may use the token (sub).
	Subject PeerID
	// Issuer is the Peer that offers the service (iss).
	Issuer    PeerID
	Service   string // svc
	Audience  string // aud: URL of the Inway with scheme and port
	ExpiresAt int64  // exp, Unix seconds
	NotBefore int64  // nbf, Unix seconds
	// CertificateThumbprint binds the token to the Outway's certificate (cnf, RFC 8705).
	CertificateThumbprint string
	// Delegator is the Peer the Outway acts for (act.sub); empty if none.
	Delegator PeerID
	// PublicationDelegator is the Peer the service is offered for (pdi); empty if none.
	PublicationDelegator PeerID
	// Properties are those of the grant, verbatim (prp); nil if it has none.
	Properties []byte
	// Additional is further data of the provider (add); nil is sent as {}.
	Additional []byte
}

type wireClaims struct {
	GrantHash  GrantHash      `json:"gth"`
	GroupID    GroupID        `json:"gid"`
	Subject    PeerID         `json:"sub"`
	Issuer     PeerID         `json:"iss"`
	Service    string         `json:"svc"`
	Audience   audience       `json:"aud"`
	ExpiresAt  int64          `json:"exp"`
	NotBefore  *int64         `json:"nbf"`
	Binding    wireBinding    `json:"cnf"`
	Actor      *wireActor     `json:"act,omitzero"`
	Delegator  PeerID         `json:"pdi,omitzero"`
	Properties jsontext.Value `json:"prp,omitzero"`
	Additional jsontext.Value `json:"add,omitzero"`
}

type wireBinding struct {
	Thumbprint string `json:"x5t#S256"`
}

type wireActor struct {
	Subject PeerID `json:"sub"`
}

// audience is sent as text and read as text or as an array of one.
type audience string

// UnmarshalJSON implements the two forms of RFC 7519, section 4.1.3.
func (a *audience) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		var list []string
		if err := json.Unmarshal(b, &list); err != nil || len(list) != 1 {
			return Errorf(CodeAccessTokenInvalid, "aud must name one Inway")
		}
		*a = audience(list[0])
		return nil
	}
	return json.Unmarshal(b, (*string)(a))
}

// IssueToken writes and signs an access token.
func IssueToken(signer *Signer, c Claims) (string, error) {
	w := wireClaims{
		GrantHash: c.GrantHash, GroupID: c.GroupID, Subject: c.Subject, Issuer: c.Issuer, Service: c.Service,
		Audience: audience(c.Audience), ExpiresAt: c.ExpiresAt, NotBefore: &c.NotBefore,
		Binding: wireBinding{Thumbprint: c.CertificateThumbprint}, Delegator: c.PublicationDelegator,
		Properties: jsontext.Value(c.Properties), Additional: jsontext.Value(c.Additional),
	}
	if c.Delegator != "" {
		w.Actor = &wireActor{Subject: c.Delegator}
	}
	if w.Additional == nil {
		w.Additional = jsontext.Value("{}")
	}
	payload, err := json.Marshal(w)
	if err != nil {
		return "", jsonError(err)
	}
	return signCompact(signer.token, payload)
}

// Token is a parsed access token. Its claims may be trusted only after
// [Token.Verify].
type Token struct {
	Claims                Claims
	CertificateThumbprint string // x5t#S256 of the issuer's signing certificate

	parts *jwsParts
}

// ParseToken reads an access token without verifying it. Every failure has
// [CodeAccessTokenInvalid].
func ParseToken(jwt string) (*Token, error) {
	parts, err := parseJWS(jwt)
	if err != nil {
		return nil, WrapError(CodeAccessTokenInvalid, err, "the access token is not a JWS with an allowed algorithm")
	}
	var w wireClaims
	if err := CheckJSON(parts.payload); err != nil {
		return nil, WrapError(CodeAccessTokenInvalid, err, "the claims of the access token are malformed")
	}
	if err := decodeLenient(parts.payload, &w); err != nil {
		return nil, WrapError(CodeAccessTokenInvalid, err, "the claims of the access token are malformed")
	}
	if !w.complete() {
		return nil, Errorf(CodeAccessTokenInvalid, "the access token lacks a claim the standard demands, or has an empty one")
	}
	return &Token{CertificateThumbprint: parts.thumbprint, parts: parts, Claims: w.claims()}, nil
}

func (w *wireClaims) claims() Claims {
	c := Claims{
		GrantHash: w.GrantHash, GroupID: w.GroupID, Subject: w.Subject, Issuer: w.Issuer, Service: w.Service,
		Audience: string(w.Audience), ExpiresAt: w.ExpiresAt, NotBefore: *w.NotBefore,
		CertificateThumbprint: w.Binding.Thumbprint, PublicationDelegator: w.Delegator,
		Properties: []byte(w.Properties), Additional: []byte(w.Additional),
	}
	if w.Actor != nil {
		c.Delegator = w.Actor.Subject
	}
	return c
}

func (w *wireClaims) complete() bool {
	return w.GrantHash != "" && w.GroupID != "" && w.Subject != "" && w.Issuer != "" && w.Service != "" &&
		w.Audience != "" && w.ExpiresAt > 0 && w.NotBefore != nil && w.Binding.Thumbprint != "" &&
		(w.Actor == nil || w.Actor.Subject != "") && absentOrObject(w.Properties) && absentOrObject(w.Additional)
}

func absentOrObject(v jsontext.Value) bool { return v == nil || v.Kind() == '{' }

// Verify checks the token's signature with the issuer's key.
func (t *Token) Verify(pub crypto.PublicKey) error {
	if err := t.parts.verify(pub); err != nil {
		return WrapError(CodeAccessTokenInvalid, err, "the signature of the access token doesn't match")
	}
	return nil
}

// TokenUse is the call a token is used for.
type TokenUse struct {
	GroupID GroupID
	Issuer  PeerID
	// CertificateThumbprint and PeerID are those of the TLS client certificate.
	CertificateThumbprint string
	PeerID                PeerID
	Now                   time.Time
}

// CheckUse checks everything about verified claims that can differ per call:
// issuer, times, binding to the client's certificate, Peer and Group (Core,
// Inway, verification of the token). It allocates nothing when all is well.
func (c *Claims) CheckUse(u TokenUse) error {
	switch now := u.Now; {
	case c.Issuer != u.Issuer:
		return Errorf(CodeAccessTokenInvalid, "the access token was issued by another Peer")
	case !now.Before(time.Unix(c.ExpiresAt, 0).Add(TokenLeeway)):
		return Errorf(CodeAccessTokenExpired, "the access token has expired; ask the provider's Manager for a new one")
	case now.Before(time.Unix(c.NotBefore, 0).Add(-TokenLeeway)):
		return Errorf(CodeAccessTokenInvalid, "the access token can't be used yet")
	case subtle.ConstantTimeCompare([]byte(c.CertificateThumbprint), []byte(u.CertificateThumbprint)) != 1:
		return Errorf(CodeAccessTokenInvalid, "the access token is bound to another certificate")
	case u.PeerID == "" || (c.Subject != u.PeerID && c.Delegator != u.PeerID):
		return Errorf(CodeAccessTokenInvalid, "the access token was issued to another Peer")
	case c.GroupID != u.GroupID:
		return Errorf(CodeWrongGroupIDInToken, "the access token belongs to another Group")
	}
	return nil
}
