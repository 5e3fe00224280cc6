// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) routeCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := a.group("route", "Lead calls of applications to services", `With a route an application needs no grant hash: the Outway finds the contract by
the host or the beginning of the path of a call.`,
		a.routeListCommand(f), a.routeAddCommand(f), a.routeDeleteCommand(f),
	)
	f.add(cmd)
	return cmd
}

func (a *app) routeListCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the routes and the contract that serves each", Args: cobra.NoArgs}
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		routes, err := take(m.Routes(ctx, ""), everything)
		if err != nil {
			return err
		}
		return m.show(routes, func() error {
			var rows [][]string
			for _, r := range routes {
				grant := r.Choice.Reason
				if r.Choice.Grant != nil {
					grant = string(r.Choice.Grant.GrantHash)
				}
				rows = append(rows, []string{r.ID, r.Host, r.PathPrefix, r.Service, peerText(r.Provider), r.Origin, grant})
			}
			return m.table([]string{"ROUTE", "HOST", "PATH", "SERVICE", "PROVIDER", "FROM", "GRANT"}, rows)
		})
	})
}

func (a *app) routeAddCommand(f *nodeFlags) *cobra.Command {
	var r client.RouteForm
	var provider, delegator, serviceDelegator string
	cmd := &cobra.Command{
		Use: "add", Short: "Make a route", Args: cobra.NoArgs,
		Example: "  samenspel route add --host personen.local --provider 00000099000000001000 --service personen",
	}
	cmd.Flags().StringVar(&r.Host, "host", "", "`HOST` of the calls")
	cmd.Flags().StringVar(&r.PathPrefix, "path", "", "`PATH` that the calls begin with, like /personen")
	cmd.Flags().BoolVar(&r.StripPrefix, "strip", false, "remove --path before a call is sent on")
	cmd.Flags().StringVar(&provider, "provider", "", "`PEER` that offers the service")
	cmd.Flags().StringVar(&r.Service, "service", "", "`NAME` of the service")
	cmd.Flags().StringVar(&delegator, "delegator", "", "`PEER` on whose behalf is called")
	cmd.Flags().StringVar(&serviceDelegator, "service-delegator", "", "`PEER` on whose behalf the provider offers the service")
	check(cmd, func() error {
		if provider == "" || r.Service == "" || r.Host == "" && r.PathPrefix == "" {
			return usagef("--provider, --service and one of --host and --path are required")
		}
		r.ServicePeerID, r.Delegator, r.ServiceDelegator = fsc.PeerID(provider), fsc.PeerID(delegator), fsc.PeerID(serviceDelegator)
		return nil
	})
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		made, err := m.CreateRoute(ctx, r)
		if err != nil {
			return err
		}
		return m.show(made, func() error {
			return m.facts([2]string{"route", made.ID}, [2]string{"contract", made.Choice.Reason})
		})
	})
}

func (a *app) routeDeleteCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "delete ROUTE", Short: "Remove a route", Args: cobra.ExactArgs(1)}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		if err := m.DeleteRoute(ctx, args[0], client.If{}); err != nil {
			return err
		}
		return m.said(gone{args[0]}, "route %s is removed", args[0])
	})
}
