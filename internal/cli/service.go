// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
)

func (a *app) serviceCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := a.group("service", "Offer services and publish them", "",
		a.serviceAddCommand(f), a.serviceRemoveCommand(f), a.servicePublishCommand(f), a.serviceListCommand(f), a.serviceShowCommand(f),
		a.serviceCheckCommand(f), a.serviceLimitCommand(f), a.serviceAgreementCommand(f), a.serviceUsersCommand(f),
	)
	f.add(cmd)
	return cmd
}

func (a *app) serviceAddCommand(f *nodeFlags) *cobra.Command {
	var s client.ServiceForm
	var agreement bool
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Offer a service, or change the one of that name", Args: cobra.ExactArgs(1),
		Long: `Offers a service through the Inway. Nobody can call it before there is a
contract; service publish makes it findable.`,
		Example: "  samenspel service add personen --upstream http://127.0.0.1:5010/haal-centraal",
	}
	cmd.Flags().StringVar(&s.Upstream, "upstream", "", "`URL` of the source, http or https; it stays inside this node")
	cmd.Flags().StringArrayVar(&s.MoreUpstreams, "more-upstream", nil, "further `URL` of the same source, over which calls are spread; may be repeated (default: none)")
	cmd.Flags().StringVar(&s.InwayAddress, "inway-address", "", "https `URL` with port of the Inway for this service (default: the node's own Inway)")
	cmd.Flags().BoolVar(&agreement, "requires-agreement", false, "open it only under an agreement (default: as it is; a new service is open)")
	check(cmd, func() error {
		if s.Upstream == "" {
			return usagef("--upstream is required")
		}
		if cmd.Flags().Changed("requires-agreement") {
			s.RequiresAgreement = &agreement
		}
		return nil
	})
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		put, err := m.PutService(ctx, args[0], s, client.If{})
		if err != nil {
			return err
		}
		return m.said(put.Value, "service %s is offered", args[0])
	})
}

func (a *app) serviceRemoveCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "remove NAME", Short: "Stop offering a service", Args: cobra.ExactArgs(1),
		Long: `Stops offering a service: calls are refused from now on. Contracts about it
stay; end them with contract revoke.`,
	}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		if err := m.DeleteService(ctx, args[0], client.If{}); err != nil {
			return err
		}
		return m.said(gone{args[0]}, "service %s is not offered any more", args[0])
	})
}

func (a *app) servicePublishCommand(f *nodeFlags) *cobra.Command {
	d := contractDraft{}
	cmd := &cobra.Command{
		Use: "publish NAME", Short: "Propose to list a service in a Directory", Args: cobra.ExactArgs(1),
		Long: `Makes a publication contract with the Peer that keeps the Directory. The service
is listed once that Peer, and the delegator if there is one, has accepted.`,
	}
	cmd.RunE = a.run(func(cmd *cobra.Command, args []string) error {
		d.grant.service, d.profile = args[0], string(fsc.ProfileV2)
		return a.publishService(cmd, f, &d)
	})
	d.validity.add(cmd.Flags())
	cmd.Flags().StringVar(&d.grant.directory, "directory", "", "`PEER` that keeps the Directory (default: the only one in --config)")
	cmd.Flags().StringVar(&d.grant.protocol, "protocol", "", "`PROTOCOL` of the service: http/1.1 or http/2 (default: http/1.1)")
	cmd.Flags().StringVar(&d.grant.delegator, "delegator", "", "`PEER` on whose behalf the service is published")
	cmd.Flags().StringArrayVar(&d.grant.properties, "property", nil, "property of the grant as `NAME=JSON`; may be repeated")
	cmd.Flags().BoolVar(&d.asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) publishService(cmd *cobra.Command, f *nodeFlags, d *contractDraft) error {
	d.grant.kind = "publication"
	if d.grant.delegator != "" {
		d.grant.kind = "delegated-publication"
	}
	if d.grant.directory == "" {
		cfg, err := a.configuration(f)
		if err != nil {
			return err
		}
		if cfg != nil && len(cfg.Group.Directories) == 1 {
			d.grant.directory = string(cfg.Group.Directories[0].PeerID)
		}
	}
	p := internalapi.Proposal{Profile: fsc.ProfileV2}
	var err error
	if p.NotBefore, p.NotAfter, err = d.validity.times(cmd.Flags(), a.Now()); err != nil {
		return err
	}
	t, err := d.grant.check(cmd.Flags())
	if err != nil {
		return err
	}
	c, err := a.dial(f)
	if err != nil {
		return err
	}
	if err := offered(cmd.Context(), c, d.grant.service); err != nil {
		return err
	}
	if p.Grants, err = a.grantOf(cmd.Context(), c, f, d, t); err != nil {
		return err
	}
	return a.propose(cmd.Context(), c, p, d.asJSON)
}

// offered refuses to publish what nobody could call.
func offered(ctx context.Context, c *internalapi.Client, name string) error {
	services, err := c.ListServices(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(services, func(s internalapi.Service) bool { return s.Name == name }) {
		return fmt.Errorf("service %q is not offered here; add it first: samenspel service add %s --upstream URL", name, name)
	}
	return nil
}

func (a *app) serviceListCommand(f *nodeFlags) *cobra.Command {
	var directory, asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List own services, or those in the Directories", Args: cobra.NoArgs,
		RunE: a.ask(f, func(ctx context.Context, c *internalapi.Client, _ []string) error {
			if directory {
				return a.listListings(ctx, c, asJSON)
			}
			return a.listServices(ctx, c, asJSON)
		}),
	}
	cmd.Flags().BoolVar(&directory, "directory", false, "list what the Directories of the Group list")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) listServices(ctx context.Context, c *internalapi.Client, asJSON bool) error {
	services, err := c.ListServices(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		return a.json(services)
	}
	var rows [][]string
	for _, s := range services {
		rows = append(rows, []string{s.Name, strings.Join(append([]string{s.Upstream}, s.MoreUpstreams...), " "), s.InwayAddress, requiredText(s.RequiresAgreement)})
	}
	return a.table([]string{"SERVICE", "UPSTREAM", "INWAY", "AGREEMENT"}, rows)
}

func (a *app) listListings(ctx context.Context, c *internalapi.Client, asJSON bool) error {
	listings, err := c.ListListings(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		return a.json(listings)
	}
	var rows [][]string
	for _, l := range listings {
		rows = append(rows, []string{l.Name, string(l.PeerID), l.PeerName, string(l.Protocol), string(l.Delegator)})
	}
	return a.table([]string{"SERVICE", "PEER", "NAME", "PROTOCOL", "ON BEHALF OF"}, rows)
}
