// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"errors"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
)

// Token implements [controller.Scout]: a new token through the Outway's own
// client, which is thrown away; only its claims are looked at.
func (s scout) Token(ctx context.Context, hash fsc.GrantHash) (controller.SeenToken, error) {
	if s.n.outway == nil {
		return controller.SeenToken{}, fsc.Errorf(fsc.CodeUnknownGrantHashInHeader, "this process has no Outway")
	}
	found, err := s.n.manager.FindOutwayGrant(ctx, hash)
	if errors.Is(err, manager.ErrNotFound) {
		return controller.SeenToken{}, fsc.Errorf(fsc.CodeUnknownGrantHashInHeader, "this Outway has no contract with the grant")
	}
	if err != nil {
		return controller.SeenToken{}, err
	}
	own := s.n.keys.outway.Current()
	g := outwayGrant(found, own.Leaf(), own.PublicKeyThumbprint())
	now := s.n.now()
	switch {
	case g.Problem != "":
		return controller.SeenToken{}, fsc.Errorf(fsc.CodeUnknownGrantHashInHeader, "the grant can't be used: %s", g.Problem)
	case now.Before(g.NotBefore) || !now.Before(g.NotAfter):
		return controller.SeenToken{}, fsc.Errorf(fsc.CodeUnknownGrantHashInHeader, "the contract isn't in force now")
	}
	ctx, cancel := context.WithTimeout(ctx, wayTime)
	defer cancel()
	t, err := s.n.tokens.Token(ctx, g)
	if err != nil {
		return controller.SeenToken{}, err
	}
	c := &t.Claims
	if c.GroupID != s.n.group || c.GrantHash != hash || c.Issuer != g.ServicePeer.ID || c.Service != g.Service ||
		c.CertificateThumbprint != s.n.outwayThumbprint() {
		return controller.SeenToken{}, fsc.Errorf(fsc.CodeAccessTokenUnavailable, "Peer %s gave an access token for something else", g.ServicePeer.ID)
	}
	expires := time.Unix(c.ExpiresAt, 0).UTC()
	if !now.Before(expires) {
		return controller.SeenToken{}, fsc.Errorf(fsc.CodeAccessTokenUnavailable, "Peer %s gave an access token that has expired; compare the clocks", g.ServicePeer.ID)
	}
	return controller.SeenToken{Expires: expires, Inway: c.Audience}, nil
}
