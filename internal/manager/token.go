// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// TokenRequest asks for an access token (Core, POST /token).
type TokenRequest struct {
	GrantType string        // client_credentials
	Scope     fsc.GrantHash // the grant
	ClientID  fsc.PeerID
	// Certificate is the client's TLS certificate; the token is bound to it.
	Certificate *x509.Certificate
	Peer        fsc.PeerID // of that certificate
}

// errUnknownGrant() is all that somebody who is not on a contract gets to know.
func errUnknownGrant() error { return fsc.NewTokenError(fsc.TokenInvalidScope, "unknown grant") }

// IssueToken checks the request against the live contract and gives a token
// (Core, access tokens, checks before issuing). Refusals are *fsc.TokenError.
func (m *Manager) IssueToken(ctx context.Context, r TokenRequest) (token string, lifetime time.Duration, err error) {
	if err := checkTokenRequest(r); err != nil {
		return "", 0, err
	}
	c, err := m.contractOfGrant(ctx, r.Scope)
	if err != nil {
		return "", 0, err
	}
	g, ok := c.Content.Grant(r.Scope)
	if !ok || !g.Type.IsConnection() || g.Service.PeerID != m.cfg.Self.ID || !c.Content.HasParty(r.Peer) {
		return "", 0, errUnknownGrant()
	}
	now := m.cfg.Now()
	if state := c.State(now); state != fsc.StateValid {
		return "", 0, fsc.NewTokenError(fsc.TokenInvalidGrant, "the contract can't be used now: it is "+describe(c, state, now))
	}
	if err := m.checkOutway(g, r); err != nil {
		return "", 0, err
	}
	service, err := m.serviceOf(ctx, g)
	if err != nil {
		return "", 0, err
	}
	inway, err := m.inwayOf(service, g.Hash)
	if err != nil {
		return "", 0, err
	}
	if err := m.tokenCovered(ctx, g, c.Content.Validity, service.RequiresAgreement); err != nil {
		return "", 0, err
	}
	return m.issue(c, g, r, inway)
}

func checkTokenRequest(r TokenRequest) error {
	if r.GrantType != "client_credentials" {
		return fsc.NewTokenError(fsc.TokenUnsupportedGrantType, "grant_type must be client_credentials")
	}
	if r.ClientID != r.Peer || r.Certificate == nil {
		return fsc.NewTokenError(fsc.TokenInvalidClient, "client_id must be the PeerID of the client certificate")
	}
	if err := r.Scope.Validate(); err != nil {
		detail := "scope must be a grant hash"
		if e, ok := errors.AsType[*fsc.Error](err); ok {
			detail = "scope: " + e.Detail
		}
		return fsc.NewTokenError(fsc.TokenInvalidScope, detail)
	}
	return nil
}

func (m *Manager) contractOfGrant(ctx context.Context, h fsc.GrantHash) (c *Contract, err error) {
	err = m.cfg.Store.View(ctx, func(tx Tx) error {
		c, err = tx.FindContractByGrant(ctx, h)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil, errUnknownGrant()
	}
	return c, err
}

// describe says why a contract isn't valid and whose turn it is; only parties
// get to read it.
func describe(c *Contract, state fsc.ContractState, now time.Time) string {
	switch state {
	case fsc.StateProposed:
		return "proposed; waiting for " + names(c.Awaiting(now)) + " to accept it"
	case fsc.StateRejected:
		if by := signers(c, fsc.SignatureTypeReject); by != "" {
			return "rejected by " + by + "; propose a new contract"
		}
		return "rejected: it ended before everybody had accepted; propose a new contract"
	case fsc.StateRevoked:
		return "revoked by " + signers(c, fsc.SignatureTypeRevoke) + "; propose a new contract"
	case fsc.StateExpired:
		return "expired at " + time.Unix(c.Content.Validity.NotAfter, 0).UTC().Format(time.RFC3339) + "; propose a new contract"
	case fsc.StateNotYetValid:
		return "accepted, but it begins only at " + time.Unix(c.Content.Validity.NotBefore, 0).UTC().Format(time.RFC3339)
	case fsc.StateValid:
	}
	return "valid"
}

func signers(c *Contract, t fsc.SignatureType) string {
	var by []fsc.PeerID
	for _, s := range c.Signatures {
		if s.Type == t {
			by = append(by, s.PeerID)
		}
	}
	return names(by)
}

func names(peers []fsc.PeerID) string {
	texts := make([]string, 0, len(peers))
	for _, p := range peers {
		texts = append(texts, "Peer "+string(p))
	}
	return strings.Join(texts, ", ")
}

// checkOutway checks that the client is the Outway of the grant, by key or by
// domain name.
func (m *Manager) checkOutway(g *fsc.Grant, r TokenRequest) error {
	if g.Outway.PeerID != r.Peer {
		return fsc.NewTokenError(fsc.TokenUnauthorizedClient, "the grant is for an Outway of another Peer")
	}
	if g.Outway.DomainName != "" {
		if m.cfg.RefuseDomainNames {
			return fsc.NewTokenError(fsc.TokenUnauthorizedClient, "this provider accepts only Outways named by their key")
		}
		if !slices.ContainsFunc(r.Certificate.DNSNames, func(n string) bool { return strings.EqualFold(n, g.Outway.DomainName) }) {
			return fsc.NewTokenError(fsc.TokenUnauthorizedClient, "the client certificate has no DNS name "+g.Outway.DomainName)
		}
		return nil
	}
	thumbprint, err := fsc.PublicKeyThumbprint(r.Certificate.PublicKey)
	if err != nil || !fsc.EqualThumbprints(thumbprint, g.Outway.PublicKeyThumbprint) {
		return fsc.NewTokenError(fsc.TokenUnauthorizedClient, "the grant is for an Outway with another key")
	}
	return nil
}

// serviceOf finds the service of a grant on one of ours.
func (m *Manager) serviceOf(ctx context.Context, g *fsc.Grant) (Service, error) {
	s, err := m.FindService(ctx, g.Service.Name)
	if errors.Is(err, ErrNotFound) {
		return Service{}, fsc.NewTokenError(fsc.TokenUnauthorizedClient, "the service is not offered any more; ask its provider")
	}
	return s, err
}

// inwayOf gives the address of an Inway that offers a service: the one people named
// for it, else one of those that report themselves, else that of the configuration.
func (m *Manager) inwayOf(s Service, h fsc.GrantHash) (string, error) {
	address := s.InwayAddress
	if address == "" {
		address = cmp.Or(m.inways.choose(h, m.cfg.Now()), m.cfg.InwayAddress)
	}
	if address == "" {
		return "", fsc.NewTokenError(fsc.TokenUnauthorizedClient, "the provider has no Inway for this service")
	}
	return address, nil
}

func (m *Manager) issue(c *Contract, g *fsc.Grant, r TokenRequest, inway string) (string, time.Duration, error) {
	now := m.cfg.Now()
	end := now.Add(m.cfg.TokenLifetime)
	if notAfter := time.Unix(c.Content.Validity.NotAfter, 0); end.After(notAfter) {
		end = notAfter
	}
	signer, err := m.cfg.Keys.TokenSigner()
	if err != nil {
		return "", 0, err
	}
	token, err := fsc.IssueToken(signer, fsc.Claims{
		GrantHash: g.Hash, GroupID: c.Content.GroupID, Subject: g.Outway.PeerID, Issuer: m.cfg.Self.ID,
		Service: g.Service.Name, Audience: inway, ExpiresAt: end.Unix(), NotBefore: now.Add(-fsc.TokenLeeway).Unix(),
		CertificateThumbprint: fsc.CertificateThumbprint(r.Certificate.Raw),
		Delegator:             g.Delegator, PublicationDelegator: g.Service.Delegator, Properties: g.Properties,
	})
	return token, end.Sub(now), err
}
