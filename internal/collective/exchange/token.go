// SPDX-License-Identifier: EUPL-1.2

package exchange

import (
	"crypto"
	"net/http"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
)

// headerAuthorization carries the access token, also from Inway to service (Core).
const headerAuthorization = "Fsc-Authorization"

// maxToken bounds an access token with its properties.
const maxToken = 32 << 10

// TokenConfig is what [TokenAuth] needs. All fields are required.
type TokenConfig struct {
	Self  fsc.PeerID
	Group fsc.GroupID
	// Keys are those with which this Peer signs access tokens, by the thumbprint of
	// their certificate.
	Keys func() map[string]crypto.PublicKey
	Now  func() time.Time
}

// TokenAuth tells which Peer calls from the access token that the Inway passes
// on. The token has to be one of this Peer for collective-v1, in this Group, and
// not expired; the Inway has held it to the certificate of the connection, which
// can't be seen here. All its errors are an [fsc.Error].
//
// The caller is the Peer whose Outway calls (sub), also under a delegated grant:
// the delegator lends its connection, not its word, and what it says it signs
// itself. A token for a service that is offered on behalf of another Peer is
// refused: that caller means the dossiers of the other Peer.
func TokenAuth(cfg TokenConfig) func(*http.Request) (fsc.PeerID, error) {
	return func(r *http.Request) (fsc.PeerID, error) {
		text, err := bearer(r.Header.Values(headerAuthorization))
		if err != nil {
			return "", err
		}
		t, err := fsc.ParseToken(text)
		if err != nil {
			return "", err
		}
		key, ok := cfg.Keys()[t.CertificateThumbprint]
		if !ok {
			return "", fsc.Errorf(fsc.CodeAccessTokenInvalid, "the access token was not signed with a key of this Peer")
		}
		if err := t.Verify(key); err != nil {
			return "", err
		}
		return cfg.caller(&t.Claims)
	}
}

// caller holds verified claims to what this service takes.
func (cfg *TokenConfig) caller(c *fsc.Claims) (fsc.PeerID, error) {
	err := c.CheckUse(fsc.TokenUse{
		GroupID: cfg.Group, Issuer: cfg.Self, PeerID: c.Subject, Now: cfg.Now(),
		CertificateThumbprint: c.CertificateThumbprint, // the Inway compared it
	})
	switch {
	case err != nil:
		return "", err
	case c.Service != collective.ServiceName:
		return "", fsc.Errorf(fsc.CodeAccessTokenInvalid, "the access token is for another service than %s", collective.ServiceName)
	case c.PublicationDelegator != "":
		return "", fsc.Errorf(fsc.CodeAccessTokenInvalid, "the access token is for a service that is offered on behalf of another Peer; this one serves Peer %s only", cfg.Self)
	}
	if c.Subject.Validate() != nil {
		return "", fsc.Errorf(fsc.CodeAccessTokenInvalid, "the access token names no Peer")
	}
	return c.Subject, nil
}

// bearer reads the token, with or without the scheme.
func bearer(values []string) (string, error) {
	if len(values) == 0 {
		return "", fsc.Errorf(fsc.CodeAccessTokenMissing, "the header Fsc-Authorization with an access token is missing")
	}
	if len(values) > 1 || len(values[0]) > maxToken {
		return "", fsc.Errorf(fsc.CodeAccessTokenInvalid, "there must be one Fsc-Authorization header of at most %d bytes", maxToken)
	}
	scheme, token, found := strings.Cut(strings.TrimSpace(values[0]), " ")
	if !found {
		return scheme, nil
	}
	if !strings.EqualFold(scheme, "Bearer") {
		return "", fsc.Errorf(fsc.CodeAccessTokenInvalid, "the scheme of Fsc-Authorization must be Bearer")
	}
	return strings.TrimLeft(token, " "), nil
}
