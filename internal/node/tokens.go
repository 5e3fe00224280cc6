// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"errors"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
	"github.com/samenspel/samenspel/internal/outway"
	"github.com/samenspel/samenspel/internal/pki"
)

// tokens fetches access tokens with the Outway's own certificate, to which they
// are bound, and verifies them with the provider's key set, since the token
// decides where data goes. It implements [outway.Tokens].
type tokens struct {
	client       *fscapi.Client
	certificates *certificates
	self         fsc.PeerID
	own          pki.Source
}

// Token implements [outway.Tokens]. A token that came while the own certificate
// was replaced may be bound to the old one, and is fetched anew.
func (t tokens) Token(ctx context.Context, g outway.Grant) (outway.Token, error) {
	for {
		with := t.own.Current()
		token, err := t.fetch(ctx, g)
		if err != nil || t.own.Current() == with {
			return token, err
		}
	}
}

func (t tokens) fetch(ctx context.Context, g outway.Grant) (outway.Token, error) {
	if g.ServicePeer.ManagerAddress == "" {
		return outway.Token{}, fsc.Errorf(fsc.CodeAccessTokenUnavailable,
			"no Manager address is known for Peer %s; it has to announce itself", g.ServicePeer.ID)
	}
	res, err := t.client.Token(ctx, g.ServicePeer, fscapi.TokenRequest{Scope: g.Hash, ClientID: t.self})
	if e, ok := errors.AsType[*fsc.TokenError](err); ok {
		detail := fsc.Errorf(fsc.CodeAccessTokenUnavailable, "the Manager of Peer %s gives no access token: %s", g.ServicePeer.ID, e.Error())
		return outway.Token{}, &noTokenError{told: detail, said: e}
	}
	if err != nil {
		return outway.Token{}, err
	}
	token, err := fsc.ParseToken(res.AccessToken)
	if err != nil {
		return outway.Token{}, fsc.WrapError(fsc.CodeAccessTokenUnavailable, err, "the provider's Manager gave something that is not an access token")
	}
	cert, err := t.certificates.SigningCertificate(ctx, g.ServicePeer.ID, g.ServicePeer.ManagerAddress, token.CertificateThumbprint)
	if err == nil {
		err = token.Verify(cert.PublicKey)
	}
	if err != nil {
		return outway.Token{}, fsc.WrapError(fsc.CodeAccessTokenUnavailable, err, "the access token is not signed by the provider")
	}
	return outway.Token{JWT: res.AccessToken, Claims: token.Claims}, nil
}

// noTokenError is an error for the application, with what the provider's Manager
// said for those who explain it.
type noTokenError struct {
	told *fsc.Error
	said *fsc.TokenError
}

// Error gives what the application is told.
func (e *noTokenError) Error() string { return e.told.Error() }

// Unwrap gives both.
func (e *noTokenError) Unwrap() []error { return []error{e.told, e.said} }
