// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"golang.org/x/time/rate"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
	"github.com/samenspel/samenspel/internal/outway"
)

// FetchToken fetches an access token for a grant from the provider's Manager,
// with the Outway's key pair of the configuration and the same checks the Outway
// makes. No node has to run. A failure is a [fsc.Error] with
// [fsc.CodeAccessTokenUnavailable], or tells which file can't be used.
func FetchToken(ctx context.Context, cfg *Config, o Options, provider fsc.Peer, grant fsc.GrantHash) (string, fsc.Claims, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	keys, err := openKeyring(cfg.Keys, o.Logger, o.Now)
	if err != nil {
		return "", fsc.Claims{}, err
	}
	trusted, err := openTrust(cfg.Group, o.Logger, o.Now)
	if err != nil {
		return "", fsc.Claims{}, err
	}
	self, err := trusted.identity.Peer(keys.outway.Current().Leaf())
	if err != nil {
		return "", fsc.Claims{}, fmt.Errorf("keys.outway: %w", err)
	}
	settings := trusted.tls(keys.outway)
	clients := newPeerClients(keys.outway, func(id fsc.PeerID) *tls.Config { return settings.Client(id) }) //nolint:contextcheck // the TLS callback has a time limit of its own
	defer clients.close()
	client := fscapi.NewClient(fscapi.ClientConfig{HTTP: clients.client, Address: cfg.Manager.Address})
	t, err := tokens{client: client, self: self.ID, own: keys.outway, certificates: &certificates{
		client: client, anchors: trusted.anchors.Load, identity: trusted.identity, revoked: trusted.revoked,
		address: func(context.Context, fsc.PeerID) (string, error) { return provider.ManagerAddress, nil },
		self:    self.ID, own: func() [][][]byte { return [][][]byte{chainOf(keys.token.Current())} }, now: o.Now,
		chains: map[string][]*x509.Certificate{}, fetches: map[fsc.PeerID]*rate.Limiter{},
	}}.Token(ctx, outway.Grant{Hash: grant, ServicePeer: provider})
	if _, told := errors.AsType[*fsc.Error](err); err != nil && !told {
		err = fsc.WrapError(fsc.CodeAccessTokenUnavailable, err, "the Manager of Peer "+string(provider.ID)+" can't be reached for an access token")
	}
	return t.JWT, t.Claims, err
}
