// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/node"
)

type tokenFlags struct {
	node           nodeFlags
	provider       string
	managerAddress string
	claims         bool
}

func (a *app) tokenCommand() *cobra.Command {
	var o tokenFlags
	cmd := &cobra.Command{
		Use: "token GRANT_HASH", Short: "Fetch an access token as the Outway would", Args: cobra.ExactArgs(1),
		Long: `Fetches an access token from the provider's Manager with the certificate of the
Outway in --config, checks it and prints it. Who the provider is and where its
Manager is, is asked from the running node, unless both --provider and
--manager-address are given.

The token gives access to the service for whoever has the Outway's key too: keep
it out of logs and tickets.`,
		Example: "  samenspel token --config node.yaml --claims '$1$3$…'",
	}
	cmd.RunE = a.run(func(cmd *cobra.Command, args []string) error { return a.fetchToken(cmd.Context(), o, args[0]) })
	cmd.Flags().StringVar(&o.node.config, "config", "", "configuration `FILE` of the Outway")
	cmd.Flags().StringVar(&o.provider, "provider", "", "`PEER` that offers the service")
	cmd.Flags().StringVar(&o.managerAddress, "manager-address", "", "https `URL` with port of the provider's Manager")
	cmd.Flags().BoolVar(&o.claims, "claims", false, "print what the token says instead of the token")
	return cmd
}

func (a *app) fetchToken(ctx context.Context, o tokenFlags, hash string) error {
	grant := fsc.GrantHash(hash)
	if err := grant.Validate(); err != nil {
		return fmt.Errorf("%w; samenspel contract show tells the hashes of a contract's grants", err)
	}
	cfg, err := a.configuration(&o.node)
	if err != nil {
		return err
	}
	if cfg == nil {
		return usagef("--config is required")
	}
	provider := fsc.Peer{ID: fsc.PeerID(o.provider), ManagerAddress: o.managerAddress}
	if provider.ID == "" || provider.ManagerAddress == "" {
		found, err := a.providerOf(ctx, &o.node, grant)
		if err != nil {
			return err
		}
		provider.ID = cmp.Or(provider.ID, found.ID)
		provider.ManagerAddress = cmp.Or(provider.ManagerAddress, found.ManagerAddress, directoryAddress(cfg, provider.ID))
	}
	if provider.ManagerAddress == "" {
		return fmt.Errorf("no Manager address is known for Peer %s; give it with --manager-address", provider.ID)
	}
	logger := slog.New(slog.NewTextHandler(a.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	token, claims, err := node.FetchToken(ctx, cfg, node.Options{Logger: logger, Now: a.Now}, provider, grant)
	if err != nil {
		return err
	}
	if o.claims {
		return a.json(claimsView(claims))
	}
	return a.line("%s", token)
}

// directoryAddress gives the address of a Peer that keeps a Directory.
func directoryAddress(cfg *node.Config, id fsc.PeerID) string {
	for _, d := range cfg.Group.Directories {
		if d.PeerID == id {
			return d.ManagerAddress
		}
	}
	return ""
}

// providerOf asks the node which Peer offers the service of a grant.
func (a *app) providerOf(ctx context.Context, f *nodeFlags, grant fsc.GrantHash) (fsc.Peer, error) {
	client, err := a.dial(f)
	if err != nil {
		return fsc.Peer{}, err
	}
	for c, err := range contracts(ctx, client, "") {
		if err != nil {
			return fsc.Peer{}, err
		}
		i := slices.Index(c.GrantHashes, grant)
		if i < 0 {
			continue
		}
		g := c.content.Grants[i]
		if !g.Type.IsConnection() {
			return fsc.Peer{}, fmt.Errorf("grant %s is a publication; there are no access tokens for it", grant)
		}
		peers, err := client.ListPeers(ctx)
		if err != nil {
			return fsc.Peer{}, err
		}
		for _, p := range peers {
			if p.ID == g.Service.PeerID {
				return fsc.Peer{ID: p.ID, Name: p.Name, ManagerAddress: p.ManagerAddress}, nil
			}
		}
		return fsc.Peer{ID: g.Service.PeerID}, nil
	}
	return fsc.Peer{}, fmt.Errorf("this node has no contract with grant %s", grant)
}

// claimsOut is what a token says, in words instead of the letters on the wire.
type claimsOut struct {
	GrantHash             fsc.GrantHash  `json:"grant_hash"`
	GroupID               fsc.GroupID    `json:"group_id"`
	Subject               fsc.PeerID     `json:"subject"`
	Issuer                fsc.PeerID     `json:"issuer"`
	Service               string         `json:"service"`
	Audience              string         `json:"audience"`
	NotBefore             int64          `json:"not_before"`
	ExpiresAt             int64          `json:"expires_at"`
	CertificateThumbprint string         `json:"certificate_thumbprint"`
	Delegator             fsc.PeerID     `json:"delegator,omitzero"`
	PublicationDelegator  fsc.PeerID     `json:"publication_delegator,omitzero"`
	Properties            jsontext.Value `json:"properties,omitzero"`
	Additional            jsontext.Value `json:"additional,omitzero"`
}

func claimsView(c fsc.Claims) claimsOut {
	return claimsOut{
		GrantHash: c.GrantHash, GroupID: c.GroupID, Subject: c.Subject, Issuer: c.Issuer, Service: c.Service, Audience: c.Audience,
		NotBefore: c.NotBefore, ExpiresAt: c.ExpiresAt, CertificateThumbprint: c.CertificateThumbprint,
		Delegator: c.Delegator, PublicationDelegator: c.PublicationDelegator,
		Properties: jsontext.Value(c.Properties), Additional: jsontext.Value(c.Additional),
	}
}
